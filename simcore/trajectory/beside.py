"""What is added to a trajectory that the workflow's merge made: a file of its own beside it.

The merge makes its file anew whenever a run changes, and the steps after it rely on its digests, so that file is never
changed. What belongs to the whole trajectory (results, derived parameters, config, annotations) is kept in
`<name>.added.zarr` beside it and is seen whenever the merged one is loaded. What belongs to single runs, and more runs,
need a file of one's own: f_store(new_filename=…) copies the whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from simcore.errors import StoreError
from simcore.store import layout
from simcore.trajectory.constants import BRANCHES
from simcore.trajectory.describing import notes_of
from simcore.trajectory.foreign import synthesised
from simcore.trajectory.leaves import delete_leaf, is_run_group, run_of, where, write_groups, write_leaves
from simcore.trajectory.storefile import TREE, StoreFile, Transaction

NOTES = "notes"  # attribute: annotations of nodes that the merged file has, by full name


def beside(merged: Path) -> StoreFile:
    """The file of additions, which need not exist yet."""
    file = StoreFile(merged.with_name(f"{merged.stem}.added.zarr"))
    if file.exists():
        file.load()
    return file


def branch_of(added: StoreFile, branch: str) -> tuple[dict, dict]:
    """Leaves and groups that were added to a branch, as they are described."""
    attrs = added.docs.get(branch, {}).get("attributes", {})
    return attrs.get("leaves", {}), attrs.get("groups", {})


def store_beside(service: Any, traj: Any, nodes: Iterable[Any], *, overwrite: Any) -> None:
    """Store what is new of these nodes and of the annotations of the others; StoreError for what belongs to runs."""
    store, table = service.ready
    if len(traj) != table.n_runs:
        raise refused(store.path, f"it has {table.n_runs} runs, not {len(traj)}")
    known = synthesised(store)
    leaves, groups, noted = [], [], {"": notes_of(traj)}
    for node in nodes:
        if run_of(node) is not None or is_run_group(node):
            if not node._stored:
                raise refused(store.path, f"{node.v_full_name!r} belongs to one of its runs")
            continue
        branch, name = where(node)
        if node._is_leaf and name in known.get(branch, {}):
            given = known[branch][name].get("annotations", {})
            noted[node.v_full_name] = {k: v for k, v in notes_of(node).items() if given.get(k) != v}
        else:
            (leaves if node._is_leaf else groups).append(node)
    with service.added.transaction() as txn:
        _write_attrs(txn, traj, store, {name: notes for name, notes in noted.items() if notes})
        write_leaves(txn, leaves, overwrite=overwrite)
        write_groups(txn, groups)
    for node in (*leaves, *groups):
        node._stored = True


def _write_attrs(txn: Transaction, traj: Any, merged: StoreFile, noted: dict) -> None:
    for branch in (*BRANCHES, "runs"):
        txn.group(branch)
    txn.store.attrs |= {
        "Conventions": layout.CONVENTIONS,
        "simcore_layout": layout.LAYOUT,
        "simcore_trajectory": TREE,
        "name": traj.v_name,
        "comment": f"added to {merged.path.name}",
        "stored_at": txn.store.attrs.get("stored_at", time.time()),
        NOTES: {**txn.store.attrs.get(NOTES, {}), **noted},
    }


def delete_beside(service: Any, leaf: Any, items: Iterable[str] | None) -> None:
    """Delete a leaf that was added, or items of it; StoreError for one of the merged file."""
    branch, name = where(leaf)
    if run_of(leaf) is not None or name not in branch_of(service.added, branch)[0]:
        raise refused(service.store.path, f"{leaf.v_full_name!r} is part of it")
    with service.added.transaction() as txn:
        delete_leaf(txn, leaf, items)


def refused(path: Path, why: str) -> StoreError:
    """The error that says why a merged trajectory is not changed, and what to do."""
    return StoreError(
        f"{path} was made by the workflow's merge and stays as that made it ({why}): store the trajectory in a file of "
        "its own with f_store(new_filename=…)",
        name=str(path),
    )
