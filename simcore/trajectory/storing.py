"""From memory to the store: only what is new is written, nothing is overwritten unless asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from simcore.store import layout, zarr3
from simcore.trajectory import ranges
from simcore.trajectory.constants import BRANCHES, LOAD_DATA, RUNS, run_index
from simcore.trajectory.describing import Describer, arrays_of, class_name, items_to_json, notes_of
from simcore.trajectory.fold import Fold
from simcore.trajectory.results import Result
from simcore.trajectory.rows import RowArray
from simcore.trajectory.segments import DATA, FOLDER, RUN, SegmentWriter
from simcore.trajectory.storefile import TREE, Transaction
from simcore.trajectory.table import RunTable
from simcore.trajectory.views import connect_runs

OTHER = "other"  # leaves outside of the four branches


def store_trajectory(service: Any, traj: Any, *, only_init: bool, also: Callable[[Fold], None] | None = None) -> None:
    """One transaction: attributes, coordinates, leaves of the trajectory, what is new of runs."""
    store, table = service.ready
    if not only_init:
        if traj._source is not None and traj._source.table is not None and traj._source.table.frames:
            traj._source.fold()
        if traj._source is not None and not isinstance(traj._source.table, RunTable):
            _copy_merged(service, traj)
        commit_runs(service, traj, list(_run_leaves(traj)), overwrite=None)
    with store.transaction() as txn:
        _write_attrs(txn, traj)
        if not only_init:
            leaves = [node for node in _own_nodes(traj) if node._is_leaf]
            groups = [node for node in _own_nodes(traj) if not node._is_leaf]
            write_leaves(txn, leaves, overwrite=None)
            _write_groups(txn, groups)
        _write_ranges(txn, traj)
        table.grow(len(traj))
        table.refresh()
        work = Fold(txn, table)
        work.take_frames()
        if isinstance(getattr(traj._source, "table", None), RunTable) and not only_init:
            work.take_table(traj._source.table, {i: i for i in range(min(len(traj), traj._source.table.n_runs))})
        if also is not None:
            also(work)
        work.write()
    service.reopen()
    traj._stored = True
    if not only_init:
        traj._source = None
        reconnect(service, traj)
    for node in () if only_init else _own_nodes(traj):
        node._stored = True


def _copy_merged(service: Any, traj: Any) -> None:
    """Runs of a trajectory that the workflow made, as runs of this one."""
    source, (store, _) = traj._source.table, service.ready
    writer, describer = SegmentWriter(store.path / FOLDER, "batch"), Describer()
    try:
        for idx in range(source.n_runs):
            facts = source.facts(idx)
            entries = [(b, n, Result(f"{b}.{n}"), source.load(idx, b, n)) for b, n in source.leaves(idx)]
            writer.run(idx, *describer.frame(entries), times=(facts["started"], facts["ended"], facts["cpu"]))
    finally:
        writer.close()


def reconnect(service: Any, traj: Any) -> None:
    """Views of runs look at this service from now on."""
    for branch in ("results", "derived_parameters"):
        group = traj._children.get(branch)
        if group is not None and RUNS in group._children:
            connect_runs(service, traj, branch, LOAD_DATA)


def _write_attrs(txn: Transaction, traj: Any) -> None:
    attrs = txn.store.attrs
    attrs.setdefault("Conventions", layout.CONVENTIONS)
    attrs.setdefault("simcore_layout", layout.LAYOUT)
    attrs.setdefault("simcore_trajectory", TREE)
    attrs.setdefault("stored_at", time.time())
    attrs |= {
        "name": traj.v_name,
        "comment": traj.v_comment,
        "timestamp": traj.v_timestamp,
        "time": traj.v_time,
        "version": traj.v_version,
        "python": traj.v_python,
        "length": len(traj),
        "annotations": notes_of(traj),
        "environment": {"name": traj.v_environment_name, "hexsha": traj.v_environment_hexsha},
    }
    for branch in (*BRANCHES, "runs"):
        txn.group(branch)


def _own_nodes(traj: Any, *, runs: bool = False) -> Iterator[Any]:
    """Nodes that belong to the trajectory, not to a run; runs=True: also those of runs that are in memory."""
    waiting = list(traj._children.values())
    while waiting:
        node = waiting.pop()
        yield node
        if not node._is_leaf:
            children = node._children.plain_items() if node._holds_runs else node._children.items()
            waiting += [c for n, c in children if runs or not (node._holds_runs and run_index(n) is not None)]


def _run_leaves(traj: Any) -> Iterator[Any]:
    """Leaves of runs that are in memory."""
    for branch in ("results", "derived_parameters"):
        runs = getattr(traj._children.get(branch), "_children", {}).get(RUNS)
        for name, group in runs._children.plain_items() if runs is not None else ():
            if run_index(name) is not None and not group._is_leaf:
                yield from (node for node in _below(group) if node._is_leaf)


def _below(group: Any) -> Iterator[Any]:
    for child in list(group._children.values()):
        yield child
        if not child._is_leaf:
            yield from _below(child)


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
        about = dict(known.get(name) or {"class": class_name(leaf), "comment": leaf.v_comment, "items": {}})
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
        about["comment"], about["class"] = leaf.v_comment, class_name(leaf)
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


def _write_groups(txn: Transaction, groups: Iterable[Any]) -> None:
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


def _write_ranges(txn: Transaction, traj: Any) -> None:
    """Coordinates on `run`: index, id, explored parameters. Rows that are there already are not written again."""
    n, store = len(traj), txn.store
    names = {}
    for parameter in traj._explored.values():
        branch, name = where(parameter)
        attrs = store.docs.get(branch, {}).get("attributes", {})
        about = attrs.get("leaves", {}).get(name)
        values = parameter.f_get_range(copy=False)
        taken = {*BRANCHES, "runs", "spikes", "traces", OTHER}
        before = (about or {}).get("range", {})
        form = ranges.form_of(values) if before.get("form") != "json" else "json"
        path = before.get("path") or ranges.coordinate_name(parameter.v_full_name, taken)
        array = ranges.coordinate(parameter, path, form)
        n_old = store.docs[path]["shape"][0] if path in store.docs and before.get("form") == form else 0
        values = parameter._range_to_store() if hasattr(parameter, "_range_to_store") else values
        array.write(txn, np.arange(n_old, n), ranges.to_rows(values[n_old:], form), n_old=n_old)
        txn.array(path, array.document(n))
        names[parameter.v_full_name] = path
        if about is not None and about.get("range") != {"path": path, "form": form}:
            txn.group(
                branch,
                {
                    **attrs,
                    "leaves": {
                        **attrs["leaves"],
                        name: {**about, "explored": True, "range": {"path": path, "form": form}},
                    },
                },
            )
    n_old = min(store.docs["run"]["shape"][0], n) if "run" in store.docs and "run_id" in store.docs else 0
    ids = np.array([*traj._point_ids(n_old, n), None], object)[:-1]
    for array, rows in ((ranges.RUN, np.arange(n_old, n)), (ranges.RUN_ID, ids)):
        array.write(txn, np.arange(n_old, n), rows, n_old=n_old)
        txn.array(array.path, array.document(n))
    store.attrs["coordinates"] = " ".join(["run_id", *names.values()])


# --- runs ------------------------------------------------------------------------------------------------------


def commit_runs(service: Any, root: Any, leaves: list[Any], *, overwrite: Any) -> None:
    """Put leaves of runs into a segment; of those that are stored already, only new items or those to overwrite."""
    store, table = service.ready
    by_run: dict[int, list] = {}
    for leaf in leaves:
        place = run_of(leaf)
        if place is None or leaf._pending is not None:
            continue
        idx, branch, name = place
        about = table.leaves(idx).get((branch, name)) if idx < table.n_runs else None
        known = {item[0] for item in about["items"]} if about else set()
        values = {} if leaf.f_is_empty() else leaf._store()
        items = (
            values
            if overwrite is True
            else {k: v for k, v in values.items() if k not in known or k in (overwrite or ())}
        )
        changed = about is not None and _noted(table, idx, f"{branch}.{name}") != notes_of(leaf)
        if items or changed or (about is None and not leaf._stored):
            by_run.setdefault(idx, []).append((branch, name, leaf, items))
    if not by_run:
        return
    writer, describer = SegmentWriter(store.path / FOLDER, "batch"), Describer()
    try:
        for idx, entries in sorted(by_run.items()):
            writer.run(idx, *describer.frame(entries), kind=DATA)
    finally:
        writer.close()
    for entries in by_run.values():
        for _, _, leaf, _ in entries:
            leaf._stored = True


def _noted(table: Any, idx: int, name: str) -> dict:
    return table.notes(idx).get(name, {}).get("annotations", {})


def store_nodes(service: Any, root: Any, nodes: list[Any], *, overwrite: Any) -> None:
    """Store some nodes."""
    store, table = service.ready
    leaves = [node for node in nodes if node._is_leaf]
    commit_runs(service, root, leaves, overwrite=overwrite)
    own = [leaf for leaf in leaves if run_of(leaf) is None]
    with store.transaction() as txn:
        write_leaves(txn, own, overwrite=overwrite)
        _write_groups(txn, [n for n in nodes if not n._is_leaf and run_of(n) is None and not _is_run_group(n)])
        table.refresh()
        work = Fold(txn, table)
        work.take_frames()
        work.write()
    service.reopen()
    for node in nodes:
        node._stored = True


def _is_run_group(node: Any) -> bool:
    return any(run_index(part) is not None for part in node.v_full_name.split("."))


def delete(service: Any, root: Any, leaf: Any, items: Iterable[str] | None) -> None:
    """Delete a leaf, or items of it."""
    store, table = service.ready
    place = run_of(leaf)
    with store.transaction() as txn:
        work = Fold(txn, table)
        work.take_frames()
        if place is not None:
            work.delete(place[0], place[1], place[2], items)
        else:
            _delete_own(txn, leaf, items)
        work.write()
    service.reopen()


def _delete_own(txn: Transaction, leaf: Any, items: Iterable[str] | None) -> None:
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


def delete_group(service: Any, group: Any) -> None:
    """Forget comment and annotations of a group that has nothing below it any more."""
    store, _ = service.ready
    branch, name = where(group)
    with store.transaction() as txn:
        attrs = txn.store.docs.get(branch, {}).get("attributes", {})
        txn.group(branch, {**attrs, "groups": {k: v for k, v in attrs.get("groups", {}).items() if k != name}})


__all__ = [
    "RUN",
    "commit_runs",
    "delete",
    "delete_group",
    "run_of",
    "store_nodes",
    "store_trajectory",
    "where",
    "zarr3",
]
