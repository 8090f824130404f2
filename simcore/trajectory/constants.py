"""Constants of loading, names of branches and runs, under the names that pypet's documentation gives them."""

from __future__ import annotations

import re
from functools import lru_cache

LOAD_NOTHING = 0
LOAD_SKELETON = 1
LOAD_DATA = 2
OVERWRITE_DATA = 3  # of pypet's package, not of the document: replaces what is in memory
UPDATE_SKELETON = -1
UPDATE_DATA = -2
LEVELS = (LOAD_NOTHING, LOAD_SKELETON, LOAD_DATA, OVERWRITE_DATA, UPDATE_SKELETON, UPDATE_DATA)

BRANCHES = ("config", "parameters", "derived_parameters", "results")
ABBREVIATIONS = {"par": "parameters", "conf": "config", "res": "results", "dpar": "derived_parameters"}
CURRENT_RUN = "crun"
RUNS = "runs"  # results.runs.run_00000007
OF_TRAJECTORY = "trajectory"  # derived_parameters.trajectory
MAX_NAME_LENGTH = 128
MAX_LOCATION_LENGTH = 256
MAX_VALUE_LENGTH = 64  # of values shown as text

WRAP_MODE_QUEUE = "QUEUE"
WRAP_MODE_LOCK = "LOCK"
WRAP_MODE_NONE = "NONE"

_RUN = re.compile(r"run_(\d{8,})")
_SHORT_RUN = re.compile(r"r(?:un)?_(\d{1,7})")


def run_name(idx: int) -> str:
    """`run_00000007` for 7."""
    return f"run_{idx:08d}"


@lru_cache(maxsize=65536)
def run_index(name: str) -> int | None:
    """7 for `run_00000007`; None for any other name."""
    match = _RUN.fullmatch(name)
    return int(match[1]) if match else None


def expanded(key: str | int) -> str:
    """A part of a name without abbreviation: par → parameters, 7, r_7 and run_7 → run_00000007."""
    if isinstance(key, int):
        return run_name(key)
    short = _SHORT_RUN.fullmatch(key) if key.startswith("r") else None
    return run_name(int(short[1])) if short else ABBREVIATIONS.get(key, key)
