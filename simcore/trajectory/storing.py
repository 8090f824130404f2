"""From memory to the store: only what is new is written, nothing is overwritten unless asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from simcore.store import layout
from simcore.trajectory.constants import BRANCHES, LOAD_DATA, RUNS, run_index
from simcore.trajectory.coordinates import write_coordinates
from simcore.trajectory.describing import Describer, notes_of
from simcore.trajectory.fold import Fold
from simcore.trajectory.leaves import delete_leaf, is_run_group, own_nodes, run_of, where, write_groups, write_leaves
from simcore.trajectory.results import Result
from simcore.trajectory.segments import DATA, FOLDER, SegmentWriter
from simcore.trajectory.storefile import TREE, Transaction
from simcore.trajectory.table import RunTable
from simcore.trajectory.views import connect_runs


def store_trajectory(
    service: Any, traj: Any, *, only_init: bool, also: Callable[[Fold], None] | None = None, flush: bool = True
) -> None:
    """One transaction: attributes, coordinates, leaves of the trajectory, what is new of runs."""
    store, table = service.ready
    if not only_init:
        if traj._source is not None and traj._source.table is not None and traj._source.table.frames:
            traj._source.fold()
        if traj._source is not None and not isinstance(traj._source.table, RunTable):
            _copy_merged(service, traj)
        commit_runs(service, traj, list(_run_leaves(traj)), overwrite=None)
    with store.transaction(flush=flush) as txn:
        _write_attrs(txn, traj)
        if not only_init:
            leaves = [node for node in own_nodes(traj) if node._is_leaf]
            groups = [node for node in own_nodes(traj) if not node._is_leaf]
            write_leaves(txn, leaves, overwrite=None)
            write_groups(txn, groups)
        write_coordinates(txn, traj)
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
    for node in () if only_init else own_nodes(traj):
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
        write_groups(txn, [n for n in nodes if not n._is_leaf and run_of(n) is None and not is_run_group(n)])
        table.refresh()
        work = Fold(txn, table)
        work.take_frames()
        work.write()
    service.reopen()
    for node in nodes:
        node._stored = True


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
            delete_leaf(txn, leaf, items)
        work.write()
    service.reopen()


def delete_group(service: Any, group: Any) -> None:
    """Forget comment and annotations of a group that has nothing below it any more."""
    store, _ = service.ready
    branch, name = where(group)
    with store.transaction() as txn:
        attrs = txn.store.docs.get(branch, {}).get("attributes", {})
        txn.group(branch, {**attrs, "groups": {k: v for k, v in attrs.get("groups", {}).items() if k != name}})

