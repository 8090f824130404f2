"""Values that are kept so that nobody can change them, and what is handed out of them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np

_ATOMS = (type(None), bool, int, float, complex, str, bytes, frozenset, np.generic)


def read_only(value: Any) -> Any:
    """The value with new containers around read-only views of its arrays; other objects as they are."""
    if type(value) is np.ndarray:
        view = value.view()
        view.flags.writeable = False
        return view
    if type(value) is dict:
        return {key: read_only(item) for key, item in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(read_only, value))
    return value


class _Pickled:
    def __init__(self, value: Any):
        try:
            self.content, self.copies = pickle.dumps(value, protocol=5), None
        except Exception:       # of many types: then a deep copy is made for each reader
            self.content, self.copies = None, copy.deepcopy(value)

    def value(self) -> Any:
        return copy.deepcopy(self.copies) if self.content is None else pickle.loads(self.content)


def freeze(value: Any) -> Any:
    """A copy that nothing outside refers to."""
    if isinstance(value, _ATOMS):
        return value
    if type(value) is np.ndarray and not value.dtype.hasobject:
        kept = value.copy()
        kept.flags.writeable = False
        return kept
    if type(value) is dict:
        return {key: freeze(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(freeze, value))
    return _Pickled(value)


def thaw(kept: Any) -> Any:
    """A value to hand out, of what freeze made."""
    if isinstance(kept, _Pickled):
        return kept.value()
    if type(kept) is np.ndarray:
        return kept.view()          # views of read-only arrays are read-only
    if type(kept) is dict:
        return {key: thaw(item) for key, item in kept.items()}
    if type(kept) in (list, tuple):
        return type(kept)(map(thaw, kept))
    return kept


def n_bytes(kept: Any) -> int:
    """About how much memory a frozen value takes."""
    if isinstance(kept, (np.ndarray, np.generic)):
        return kept.nbytes
    if isinstance(kept, dict):
        return 64 + sum(map(n_bytes, kept.values()))
    if isinstance(kept, (list, tuple)):
        return 64 + sum(map(n_bytes, kept))
    content = kept.content if isinstance(kept, _Pickled) else kept
    return len(content) if isinstance(content, (bytes, str)) else 32
