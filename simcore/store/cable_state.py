"""Saved states of detailed cells: one npz file, written under a temporary name and renamed when whole."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from simcore.errors import StoreError


def save_state(path: str | Path, state: dict[str, np.ndarray]) -> Path:
    """Write the arrays of `simcore.engine.cable_state.state_of`; returns the path."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with partial.open("wb") as file:
        np.savez(file, **state)
    partial.replace(path)
    return path


def load_state(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays that `save_state` wrote. Raises StoreError for a file that is missing or no state."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise StoreError(f"cannot read the saved state: {error}", name="path", got=str(path), where=str(path)) from None
