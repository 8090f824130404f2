"""Groups of runs as views on the store: made when they are looked at, their data read when it is asked for."""

from __future__ import annotations

from typing import Any

from simcore.trajectory import adding, search
from simcore.trajectory.constants import LOAD_DATA, OVERWRITE_DATA, RUNS, UPDATE_DATA, run_name
from simcore.trajectory.describing import class_of, set_notes


def connect_runs(service: Any, traj: Any, branch: str, level: int) -> None:
    """Make the groups of runs of a branch views on the store."""
    _, table = service.ready
    if not len(table.indices(branch)) and not search.exact(traj, (branch, RUNS)):
        return
    group = adding.ensure(traj, f"{branch}.{RUNS}")
    group._stored = traj._children[branch]._stored = True
    group._knows = lambda name: service.table.knows(branch, name)
    data = level in (LOAD_DATA, UPDATE_DATA, OVERWRITE_DATA)
    group._children.connect(
        lambda idx: service.table.has(idx, branch),
        lambda: service.table.indices(branch),
        lambda idx: run_view(service, traj, branch, idx, data=data),
    )


def run_view(service: Any, traj: Any, branch: str, idx: int, *, data: bool) -> Any:
    """The group of one run with its leaves; data is read when it is first asked for, or when loaded."""
    _, table = service.ready
    full_name = f"{branch}.{RUNS}.{run_name(idx)}"
    group = adding._new_group(full_name)
    group._parent = traj._children[branch]._children[RUNS]
    group._stored = True
    object.__setattr__(group, "_view", True)
    notes = table.notes(idx)
    for (owner, name), about in table.leaves(idx).items():
        if owner == branch:
            _hang_view(service, traj, group, name, about, notes.get(f"{branch}.{name}", {}), data=data)
    for name, about in notes.items():
        _note_group(group, name, about, branch)
    return group


def _hang_view(service: Any, traj: Any, group: Any, name: str, about: dict, notes: dict, *, data: bool) -> Any:
    cls = class_of(about["class"], traj._dynamic_imports)
    leaf = cls(f"{group.v_full_name}.{name}", comment=notes.get("comment", about.get("comment", "")))
    below = group
    *path, last = name.split(".")
    for part in path:
        below = _group_below(below, part)
    adding._hang(below, last, leaf)
    set_notes(leaf, notes.get("annotations", {}))
    leaf._stored = True
    if data and about["items"]:
        leaf._pending = lambda: service.load_leaf(leaf)
    return leaf


def _group_below(group: Any, name: str) -> Any:
    """The group of this name below another, made if missing."""
    child = group._children.get(name)
    if child is None:
        child = adding._new_group(f"{group.v_full_name}.{name}")
        child._stored = True
        adding._hang(group, name, child)
    return child


def _note_group(group: Any, name: str, about: dict, branch: str) -> None:
    """Comment and annotations of a group within a run."""
    if not about.get("group") or not (name == branch or name.startswith(f"{branch}.")):
        return
    node = group
    for part in name.split(".")[1:]:
        node = _group_below(node, part)
    node._comment = about.get("comment", "")
    set_notes(node, about.get("annotations", {}))
