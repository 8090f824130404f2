"""What is explored, as coordinates on `run` of the store: index, id of the point, one array for each parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.trajectory import ranges
from simcore.trajectory.constants import BRANCHES
from simcore.trajectory.leaves import OTHER, where
from simcore.trajectory.storefile import Transaction


def write_coordinates(txn: Transaction, traj: Any) -> None:
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
