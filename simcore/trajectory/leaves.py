"""Leaves and groups of the trajectory itself, as their branch's attributes describe them; large values are arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from simcore.trajectory.constants import BRANCHES, RUNS, run_index
from simcore.trajectory.describing import arrays_of, class_name, items_to_json, notes_of
from simcore.trajectory.rows import RowArray
from simcore.trajectory.storefile import Transaction

OTHER = "other"  # leaves outside of the four branches


def own_nodes(traj: Any, *, runs: bool = False) -> Iterator[Any]:
    """Nodes that belong to the trajectory, not to a run; runs=True: also those of runs that are in memory."""
    waiting = list(traj._children.values())
    while waiting:
        node = waiting.pop()
        yield node
        if not node._is_leaf:
            children = node._children.plain_items() if node._holds_runs else node._children.items()
            waiting += [c for n, c in children if runs or not (node._holds_runs and run_index(n) is not None)]


def is_run_group(node: Any) -> bool:
    """Whether a node is a run's group or below it."""
    return any(run_index(part) is not None for part in node.v_full_name.split("."))


def where(leaf: Any) -> tuple[str, str]:
    """Group of the store that describes a leaf of the trajectory, and the leaf's name there."""
    branch, _, rest = leaf.v_full_name.partition(".")
    return (branch, rest) if branch in BRANCHES and rest else (OTHER, leaf.v_full_name)


def run_of(leaf: Any) -> tuple[int, str, str] | None:
    """Run, branch and name below the run of a leaf of a run; None for one of the trajectory."""
    parts = leaf.v_full_name.split(".")
    if len(parts) > 3 and parts[0] in ("results", "derived_parameters") and parts[1] == RUNS:
        idx = run_index(parts[2])
        if idx is not None:
            return idx, parts[0], ".".join(parts[3:])
    return None


def write_leaves(txn: Transaction, leaves: Iterable[Any], *, overwrite: Any) -> None:
    """Describe leaves of the trajectory in their branch's attributes."""
    for leaf in leaves:
        if leaf._pending is not None and not overwrite:
            continue
        branch, name = where(leaf)
        txn.group(branch)
        known = txn.store.docs[branch]["attributes"].setdefault("leaves", {})
        about = dict(known.get(name) or {"class": class_name(type(leaf)), "comment": leaf.v_comment, "items": {}})
        if leaf.f_is_empty() and name in known:
            about["annotations"] = {**about.get("annotations", {}), **notes_of(leaf)}
        else:
            _write_items(txn, leaf, branch, name, about, overwrite)
        if leaf.v_is_parameter and leaf.v_explored:
            about["explored"] = True
        attrs = txn.store.docs[branch]["attributes"]
        txn.group(branch, {**attrs, "leaves": {**known, name: about}})


def _write_items(txn: Transaction, leaf: Any, branch: str, name: str, about: dict, overwrite: Any) -> None:
    values = {} if leaf.f_is_empty() else leaf._store()
    chosen = (
        values
        if overwrite is True
        else {k: v for k, v in values.items() if k not in about["items"] or k in (overwrite or ())}
    )
    taken = set(txn.store.docs)

    def place(item: str, suffix: str) -> str:
        parent = f"{branch}/trajectory" if branch in ("results", "derived_parameters") else branch
        path = f"{parent}/{name}{suffix}" if item in (leaf.v_name, "data") else f"{parent}/{name}.{item}{suffix}"
        free = next(p for i in range(1, 10000) if (p := path if i == 1 else f"{path}@{i}") not in taken)
        taken.add(free)
        return free

    for path in arrays_of({k: about["items"][k] for k in chosen if k in about["items"]}):
        txn.remove(path)
    new = items_to_json(chosen, place, lambda path, array: _put_array(txn, path, array))
    if overwrite:
        about["comment"], about["class"] = leaf.v_comment, class_name(type(leaf))
    about["items"] = {**about["items"], **new}
    about["annotations"] = {**about.get("annotations", {}), **notes_of(leaf)}


def _put_array(txn: Transaction, path: str, array: np.ndarray) -> None:
    """An array of the trajectory: one chunk file for each 16 MB of rows."""
    name = path.rpartition("/")[2]
    if array.ndim == 0:
        array = array.reshape(1)
    row = max(1, array[:1].nbytes)
    size = max(1, min(len(array), (16 << 20) // row)) if len(array) else 1
    dims = tuple(f"{name}_dim{i}" for i in range(array.ndim))
    chunks = RowArray(path, array.dtype.str, array.shape[1:], rows=size, dims=dims, fill=0)
    txn.group(path.rpartition("/")[0])
    chunks.write(txn, np.arange(len(array)), array, n_old=0)
    txn.array(path, chunks.document(len(array)))


def write_groups(txn: Transaction, groups: Iterable[Any]) -> None:
    """Comments and annotations of groups of the trajectory, in their branch's attributes."""
    for group in groups:
        branch, name = where(group) if group.v_full_name not in BRANCHES else (group.v_full_name, "")
        if name == RUNS and branch in ("results", "derived_parameters") and not group.v_comment:
            continue
        txn.group(branch)
        attrs = txn.store.docs[branch]["attributes"]
        known = attrs.get("groups", {})
        about = dict(known.get(name, {"comment": group.v_comment}))
        about["annotations"] = {**about.get("annotations", {}), **notes_of(group)}
        if known.get(name) != about:
            txn.group(branch, {**attrs, "groups": {**known, name: about}})


def delete_leaf(txn: Transaction, leaf: Any, items: Iterable[str] | None) -> None:
    """Forget a leaf of the trajectory, or these items of it, with their arrays."""
    branch, name = where(leaf)
    attrs = txn.store.docs.get(branch, {}).get("attributes", {})
    known = dict(attrs.get("leaves", {}))
    about = known.pop(name, None)
    if about is None:
        return
    chosen = about["items"] if items is None else {k: v for k, v in about["items"].items() if k in set(items)}
    for path in arrays_of(chosen):
        txn.remove(path)
    if items is not None:
        known[name] = {**about, "items": {k: v for k, v in about["items"].items() if k not in chosen}}
    elif "range" in about and about["range"]["path"] in txn.store.docs:
        txn.remove(about["range"]["path"])
    txn.group(branch, {**attrs, "leaves": known})
