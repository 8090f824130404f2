"""From the store to memory: skeletons at once, data when it is asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from simcore.trajectory import adding, ranges, search
from simcore.trajectory.beside import NOTES, branch_of
from simcore.trajectory.constants import (
    BRANCHES,
    LEVELS,
    LOAD_DATA,
    LOAD_NOTHING,
    LOAD_SKELETON,
    OVERWRITE_DATA,
    RUNS,
    UPDATE_DATA,
    UPDATE_SKELETON,
)
from simcore.trajectory.describing import class_of, items_from_json, set_notes
from simcore.trajectory.errors import DataNotInStorageError
from simcore.trajectory.foreign import is_merged, synthesised
from simcore.trajectory.leaves import OTHER, run_of, where
from simcore.trajectory.rows import RowArray
from simcore.trajectory.storefile import StoreFile
from simcore.trajectory.values import from_json
from simcore.trajectory.views import connect_runs

log = logging.getLogger("simcore.trajectory")
_OF_LEVEL = {
    "config": "parameters",
    "parameters": "parameters",
    "derived_parameters": "derived_parameters",
    "results": "results",
    OTHER: "other_data",
}


def length(store: StoreFile) -> int:
    """Number of runs of a stored trajectory; 0 if nothing is explored."""
    document = store.docs.get("run")
    return int(document["shape"][0]) if document else 0


def load_trajectory(service: Any, traj: Any, levels: dict[str, int], *, as_new: bool) -> None:
    """Load attributes and skeleton; levels: of parameters, derived_parameters, results, other_data."""
    for name, level in levels.items():
        if level not in LEVELS:
            raise ValueError(f"load_{name} must be one of {', '.join(map(str, LEVELS))}, got {level!r}")
    store, _ = service.ready
    if not as_new:
        _take_attrs(store, traj)
        traj._length = max(1, length(store))
    if as_new:
        levels = {
            "parameters": LOAD_DATA,
            "derived_parameters": LOAD_NOTHING,
            "results": LOAD_NOTHING,
            "other_data": LOAD_NOTHING,
        }
    traj._stored = not as_new
    for branch in (*BRANCHES, OTHER):
        _load_branch(service, traj, branch, levels[_OF_LEVEL[branch]])
    if as_new:
        _make_new(service, traj)
    elif service.added is not None:
        _take_notes(service.added, traj)


def _take_notes(added: StoreFile, traj: Any) -> None:
    """Annotations that were added to nodes of a merged trajectory."""
    for name, notes in added.attrs.get(NOTES, {}).items():
        node = search.exact(traj, name.split(".")) if name else traj
        if node is not None:
            node.f_set_annotations(**{k: from_json(v) for k, v in notes.items()})


def _make_new(service: Any, traj: Any) -> None:
    for node in traj.f_iter_nodes():
        node._stored = False
        if node._is_leaf and node.v_is_parameter:
            node.f_unlock()
    service.store = service.table = None


def _take_attrs(store: StoreFile, traj: Any) -> None:
    attrs = store.attrs
    experiment = attrs.get("experiment") or {}
    traj._traj_name = attrs.get("name") or experiment.get("name") or store.path.stem
    traj._comment = attrs.get("comment") or experiment.get("description") or ""
    traj._timestamp = float(attrs.get("timestamp", traj._timestamp))
    traj._time = attrs.get("time", traj._time)
    traj._version, traj._python = attrs.get("version", traj._version), attrs.get("python", traj._python)
    environment = attrs.get("environment", {})
    traj._environment_name, traj._environment_hexsha = environment.get("name"), environment.get("hexsha")
    set_notes(traj, attrs.get("annotations", {}))


def _described(service: Any, branch: str) -> tuple[dict, dict]:
    """Leaves and groups of a branch as the store describes them."""
    store, _ = service.ready
    if is_merged(store):
        leaves, groups = branch_of(service.added, branch)
        return {**leaves, **synthesised(store).get(branch, {})}, groups
    attrs = store.docs.get(branch, {}).get("attributes", {})
    return attrs.get("leaves", {}), attrs.get("groups", {})


def _load_branch(service: Any, traj: Any, branch: str, level: int) -> None:
    if level == LOAD_NOTHING:
        return
    leaves, groups = _described(service, branch)
    for name, about in leaves.items():
        full_name = f"{branch}.{name}" if branch != OTHER else name
        _load_own(service, traj, full_name, about, level)
    _load_groups(traj, branch, groups)
    if branch in ("results", "derived_parameters"):
        connect_runs(service, traj, branch, level)


def _load_own(service: Any, traj: Any, full_name: str, about: dict, level: int) -> Any:
    """Make, or update, one leaf of the trajectory."""
    existing = search.exact(traj, full_name.split("."))
    if existing is not None and level in (LOAD_SKELETON, LOAD_DATA):
        raise AttributeError(
            f"{full_name!r} is in memory already: load with -1 or -2 to add only what is missing, or remove it"
        )
    if existing is not None and level != OVERWRITE_DATA:
        set_notes(existing, about.get("annotations", {}))
        return existing
    leaf = existing if existing is not None else _new_leaf(traj, full_name, about)
    set_notes(leaf, about.get("annotations", {}))
    leaf._stored = True
    if level in (LOAD_DATA, UPDATE_DATA, OVERWRITE_DATA):
        if existing is not None:
            _emptied(existing)
        _fill_own(service, leaf, about, traj)
    elif about.get("range"):
        _fill_own(service, leaf, about, traj)  # the space that is explored belongs to the skeleton
    return leaf


def _emptied(leaf: Any) -> None:
    if leaf.v_is_parameter:
        leaf.f_unlock()
        leaf._forget()
    else:
        leaf.f_empty()


def _new_leaf(traj: Any, full_name: str, about: dict) -> Any:
    leaf = class_of(about["class"], traj._dynamic_imports)(full_name, comment=about.get("comment", ""))
    adding.hang(traj, leaf)
    return leaf


def _fill_own(service: Any, leaf: Any, about: dict, root: Any, only: Any = None, but: Any = None) -> None:
    store, _ = service.ready
    if service.added is not None and where(leaf)[1] in branch_of(service.added, where(leaf)[0])[0]:
        store = service.added
    wanted = _chooser(leaf, about["items"], only, but)
    leaf._load(items_from_json(about["items"], lambda path: read_array(store, path), wanted))
    place = about.get("range")
    if place and leaf.v_is_parameter and not leaf.f_has_range():
        n = length(store)
        array = replace(ranges.coordinate(leaf, place["path"], place["form"]), rows=place.get("rows", 0))
        values = ranges.from_rows(array.read(store, 0, n), place["form"])
        leaf._range = leaf._range_from_store(values) if hasattr(leaf, "_range_from_store") else values
        leaf._explored = True
        if hasattr(root, "_explored"):
            root._explored[leaf.v_full_name] = leaf
            root._length = n
            if root.v_idx >= 0:
                leaf._set_parameter_access(root.v_idx)
    if leaf.v_is_parameter:
        leaf.f_lock()


def _chooser(leaf: Any, items: Iterable[str], only: Any, but: Any) -> Any:
    only, but = ({n} if isinstance(n, str) else None if n is None else set(n) for n in (only, but))
    if only is not None and but is not None:
        raise ValueError("give load_only or load_except, not both")
    unknown = set(only or but or ()) - set(items)
    if unknown:
        log.warning(
            "%s has no %s in the store; it has: %s", leaf.v_full_name, ", ".join(sorted(unknown)), ", ".join(items)
        )
    return lambda name: name in only if only is not None else name not in (but or ())


def read_array(store: StoreFile, path: str) -> np.ndarray:
    """An array of a leaf of the trajectory, whole."""
    document = store.docs.get(path)
    if document is None:
        raise DataNotInStorageError(f"{store.path} has no array {path!r}", name=path)
    shape = tuple(document["shape"])
    dtype = np.dtype(document["data_type"]).newbyteorder("<").str
    size = document["chunk_grid"]["configuration"]["chunk_shape"][0]
    return RowArray(path, dtype, shape[1:], rows=size, fill=0).read(store, 0, shape[0]).reshape(shape)


def _load_groups(traj: Any, branch: str, groups: dict) -> None:
    for name, about in groups.items():
        full_name = f"{branch}.{name}" if branch != OTHER and name else name or branch
        group = adding.ensure(traj, full_name)
        group._comment = group._comment or about.get("comment", "")
        set_notes(group, about.get("annotations", {}))
        group._stored = True


def load_leaf(service: Any, leaf: Any, *, only: Any = None, but: Any = None) -> None:
    """Load data of a leaf; DataNotInStorageError if the store does not have it."""
    _, table = service.ready
    place = run_of(leaf)
    if place is not None:
        idx, branch, name = place
        about = table.leaves(idx).get((branch, name)) if 0 <= idx < table.n_runs else None
        if about is None:
            raise DataNotInStorageError(f"the store has no {leaf.v_full_name!r}", name=leaf.v_full_name)
        wanted = _chooser(leaf, [item[0] for item in about["items"]], only, but)
        leaf._load(table.load(idx, branch, name, [item[0] for item in about["items"] if wanted(item[0])]))
        set_notes(leaf, table.notes(idx).get(f"{branch}.{name}", {}).get("annotations", {}))
        return
    branch, name = where(leaf)
    about = _described(service, branch)[0].get(name)
    if about is None:
        raise DataNotInStorageError(f"the store has no {leaf.v_full_name!r}", name=leaf.v_full_name)
    set_notes(leaf, about.get("annotations", {}))
    _fill_own(service, leaf, about, leaf._root(), only, but)


def stored_items(service: Any, leaf: Any) -> list[str]:
    """Names of the items that the store has of a leaf."""
    _, table = service.ready
    place = run_of(leaf)
    if place is not None:
        about = table.leaves(place[0]).get(place[1:])
        return [item[0] for item in about["items"]] if about else []
    branch, name = where(leaf)
    return list(_described(service, branch)[0].get(name, {}).get("items", {}))


def attach(service: Any, root: Any) -> None:
    """Add all nodes that are in the store and not in memory, empty."""
    _, table = service.ready
    table.refresh()
    for branch in (*BRANCHES, OTHER):
        _load_branch(service, root, branch, UPDATE_SKELETON)


def load_child(service: Any, node: Any, name: str, *, recursive: bool, level: int) -> Any:
    """Load a node below `node` by its path, all above it and, if wanted, all below."""
    root = node._root()
    parts = search.parts_of(name, getattr(root, "_run", None))
    full_name = ".".join([*([node.v_full_name] if node.v_full_name else []), *parts])
    branch = full_name.partition(".")[0]
    pieces = full_name.split(".")
    if branch in ("results", "derived_parameters") and len(pieces) > 1 and pieces[1] == RUNS:
        connect_runs(service, root, branch, UPDATE_SKELETON)
        found = search.exact(root, full_name.split("."))
    else:
        for known, about in _wanted(service, branch, full_name, recursive=recursive):
            _load_own(service, root, known, about, UPDATE_DATA if abs(level) == LOAD_DATA else UPDATE_SKELETON)
        found = search.exact(root, full_name.split(".")) or _ensure_group(service, root, full_name)
    if found is None:
        raise ValueError(f"the store has no node {full_name!r}")
    below = [found] if found._is_leaf else [n for n in found.f_iter_nodes() if n._is_leaf] if recursive else []
    for leaf in below:
        if level in (LOAD_DATA, UPDATE_DATA, OVERWRITE_DATA) and leaf.f_is_empty():
            load_leaf(service, leaf)
    return found


def _wanted(service: Any, branch: str, full_name: str, *, recursive: bool) -> Iterator[tuple[str, dict]]:
    """Described leaves that are this node or, if wanted, below it."""
    own = branch if branch in BRANCHES else OTHER
    for name, about in _described(service, own)[0].items():
        known = f"{own}.{name}" if own != OTHER else name
        if known == full_name or (recursive and known.startswith(f"{full_name}.")):
            yield known, about


def _ensure_group(service: Any, root: Any, full_name: str) -> Any:
    """The group of this name, if the store has it or anything below it; else None."""
    branch, _, rest = full_name.partition(".")
    own, name = (branch, rest) if branch in BRANCHES else (OTHER, full_name)
    leaves, groups = _described(service, own)
    if name and not any(n == name or n.startswith(f"{name}.") for n in [*leaves, *groups]):
        return None
    if not name and not leaves and not groups:
        return None
    group = adding.ensure(root, full_name)
    about = groups.get(name, {})
    group._comment = group._comment or about.get("comment", "")
    set_notes(group, about.get("annotations", {}))
    group._stored = True
    return group

