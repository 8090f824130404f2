"""Canonical JSON: one text for one content, whatever the order of keys or the process; and its digest.

As RFC 8785: sorted keys, no spaces, UTF-8; floats by `repr`, which gives all digits; -0.0 is 0.0; NaN and infinities are
refused, since no number equals them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simcore.errors import InvalidParameterValueError

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
encoded = _encoder.encode               # canonical JSON of what `canonical` gave


def canonical(value: Any, *, name: str = "", finite: bool = True) -> Any:
    """The value in plain types that JSON has: mappings with text keys, lists, text, numbers, booleans, None.

    Arrays and numpy numbers become lists and numbers. Raises InvalidParameterValueError for anything else, and (finite)
    for NaN and infinities. name: dotted path for errors.
    """
    if value is None or isinstance(value, (str, bool)):
        return str(value) if type(value) not in (str, bool, type(None)) else value
    if isinstance(value, float):
        if finite and not math.isfinite(value):
            raise InvalidParameterValueError(f"{name or 'a value'} must be finite, got {value}", name=name, got=value)
        return float(value) + 0.0       # -0.0 + 0.0 is 0.0
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        made = {}
        for key, inner in value.items():
            if not isinstance(key, str):
                raise InvalidParameterValueError(f"{name or 'a mapping'}: a name must be text, got {key!r}", name=name,
                                                 got=key)
            made[key] = canonical(inner, name=f"{name}.{key}" if name else key, finite=finite)
        return made
    if isinstance(value, (list, tuple)):
        return [canonical(v, name=f"{name}[{i}]", finite=finite) for i, v in enumerate(value)]
    if hasattr(value, "tolist"):
        return canonical(value.tolist(), name=name, finite=finite)
    raise InvalidParameterValueError(f"{name or 'a value'} must be a number, text, list or mapping, got {value!r}", name=name,
                                     got=value)


def digest(value: Any) -> str:
    """blake2b-256 (64 hex digits) of the canonical JSON of a value."""
    return digest_of_text(encoded(canonical(value)))


def digest_of_text(text: str) -> str:
    """blake2b-256 (64 hex digits) of canonical JSON."""
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()


def digest_of_file(path: Path) -> str:
    """blake2b-256 (64 hex digits) of a file's bytes; OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
