"""Which names nodes may have, and where a new one goes."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from simcore.errors import InvalidParameterValueError
from simcore.trajectory.constants import (
    ABBREVIATIONS,
    CURRENT_RUN,
    MAX_LOCATION_LENGTH,
    MAX_NAME_LENGTH,
    OF_TRAJECTORY,
    RUNS,
    expanded,
    run_index,
)

_ADMISSIBLE = re.compile(r"[A-Za-z0-9_-]+")
_WITH_RUNS = ("results", "derived_parameters")


class InvalidNameError(InvalidParameterValueError):
    """A name that a node or a trajectory cannot have."""


def check_trajectory_name(name: str) -> str:
    """The name itself; InvalidNameError (a ValueError) for other characters than letters, digits, _ and -."""
    if not isinstance(name, str) or not _ADMISSIBLE.fullmatch(name):
        raise InvalidNameError(
            f"a trajectory's name consists of letters, digits, _ and -, got {name!r}", name=str(name), got=name
        )
    return name


def check_parts(parts: list[str], location: str) -> None:
    """InvalidNameError for parts of a full name that no node below `location` can have."""
    runs = sum(run_index(part) is not None for part in [*location.split("."), *parts])
    for part in parts:
        fault = _fault(part)
        if fault:
            raise InvalidNameError(
                f"a node cannot be named {part!r}: {fault} (adding {'.'.join(parts)!r} below "
                f"{location or 'the root'!r})",
                name=part,
                got=part,
            )
    if runs > 1:
        raise InvalidNameError(
            f"a name can pass through one run only: {location}.{'.'.join(parts)}", got=".".join(parts)
        )
    if len(location) + sum(map(len, parts)) + len(parts) > MAX_LOCATION_LENGTH:
        raise InvalidNameError(
            f"a full name has at most {MAX_LOCATION_LENGTH} characters: {location}.{'.'.join(parts)}"
        )
    if not location and parts[0] == "overview":
        raise InvalidNameError("`overview` at the root is reserved", got="overview")


@lru_cache(maxsize=4096)
def plain(name: str) -> bool:
    """Whether a name is one valid part that no rule treats in a special way."""
    special = (RUNS, OF_TRAJECTORY, "overview", *_WITH_RUNS)
    return not _fault(name) and run_index(expanded(name)) is None and name not in special and len(name) < 100


@lru_cache(maxsize=4096)
def _fault(part: str) -> str:
    if not _ADMISSIBLE.fullmatch(part):
        return "names consist of letters, digits, _ and -"
    if part.startswith("_"):
        return "names do not begin with _"
    if len(part) >= MAX_NAME_LENGTH:
        return f"names are shorter than {MAX_NAME_LENGTH} characters, this has {len(part)}"
    if part in ABBREVIATIONS or part == CURRENT_RUN:
        return "it is an abbreviation"
    if part in _attributes():
        return "nodes have a method or property of this name"
    return ""


@cache
def _attributes() -> frozenset[str]:
    from simcore.trajectory.trajectory import Trajectory  # a node's class, which needs this module

    return frozenset(name for name in dir(Trajectory) if not name.startswith("_"))


def placed(node: Any, branch: str, name: str) -> str:
    """The name relative to `node` with the prefix that its branch wants.

    At the root: `parameters.`, `config.`, `results.`, `derived_parameters.trajectory.`; within a single run
    `results.runs.run_00000007.` and `derived_parameters.runs.run_00000007.`, also from the branch itself.
    """
    root = node._root()
    run = root.v_name if getattr(root, "_is_single_run", False) else None
    parts = name.split(".")
    at_root = node._depth == 0
    below = parts[1:] if at_root and parts[0] == branch else parts
    if not at_root and not (node._depth == 1 and branch in _WITH_RUNS):
        if run is not None and node._depth == 2 and node._name == RUNS and run_index(parts[0]) is None:
            return f"{run}.{name}"
        return name
    prefix = [branch] if at_root else []
    if branch in _WITH_RUNS and below:
        if run_index(below[0]) is not None:
            prefix.append(RUNS)
        elif run is not None and below[0] != RUNS:
            prefix += [RUNS, run]
        elif run is None and at_root and parts[0] != branch and branch == "derived_parameters" and below[0] != RUNS:
            prefix += [OF_TRAJECTORY] if below[0] != OF_TRAJECTORY else []
    return ".".join([*prefix, *below])
