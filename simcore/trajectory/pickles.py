"""Pickles are loaded only if they were asked for: a pickle can run any code when it is loaded.

Asked for means: this process made a PickleParameter or PickleResult with data itself, or called `allow_pickle()`, or was
started with SIMCORE_ALLOW_PICKLE=1.
"""

from __future__ import annotations

import os
import pickle
from typing import Any

from simcore.errors import StoreError

_asked = False


def allow_pickle(allowed: bool = True) -> None:
    """Load pickles that trajectories hold, or (False) refuse them again. Do so only if you trust who wrote them."""
    global _asked
    _asked = allowed


def loaded(content: bytes, name: str) -> Any:
    """The value of a pickle; StoreError if none was asked for. name: of the leaf that it belongs to."""
    if not (_asked or os.environ.get("SIMCORE_ALLOW_PICKLE") == "1"):
        raise StoreError(f"{name} is stored as a pickle, which may run any code when it is loaded: if you trust who wrote "
                         "it, call simcore.trajectory.allow_pickle() before, or set SIMCORE_ALLOW_PICKLE=1", name=name)
    return pickle.loads(content)
