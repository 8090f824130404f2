"""Results of all runs at once: as values by run, and as DataArrays over the explored parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.trajectory import ranges
from simcore.trajectory.foreign import MergedTable
from simcore.trajectory.runcolumns import Column, part_keys
from simcore.trajectory.table import RunTable
from simcore.trajectory.values import TEXT, decode

_ONE_PART = ("int", "float", "bool", "complex", "array", "str", "scalar", "npstr")


def leaf_and_item(table: Any, branch: str, name: str) -> list[tuple[str, str]]:
    """Leaves and items that a name can mean: `a.b` is the leaf a.b (its item b), or the item b of a leaf a.

    Exact names come before those that end so.
    """
    schemas = [*table.schemas, *(s for segment in table.segments for s in segment.schemas.values())]
    leaves = {
        (leaf["leaf"], item[0])
        for s in schemas
        for leaf in s["leaves"]
        if leaf["branch"] == branch
        for item in leaf["items"]
    }
    names = {(leaf, item): leaf if item == leaf.rpartition(".")[2] else f"{leaf}.{item}" for leaf, item in leaves}
    names |= {(leaf, item): leaf for leaf, item in leaves if item == "data" and branch == "derived_parameters"}
    exact = [key for key, known in names.items() if known == name]
    return exact or [key for key, known in names.items() if known.endswith(f".{name}")]


def values_of_runs(service: Any, branch: str, name: str) -> list[tuple[int, Any]] | None:
    """Pairs of run and value, if the name is one leaf with one value, of one form; else None (search run by run)."""
    _, table = service.ready
    if not isinstance(table, RunTable):
        return None
    found = leaf_and_item(table, branch, name)
    if len(found) != 1:
        return None
    leaf, item = found[0]
    schemas = [*table.schemas, *(s for segment in table.segments for s in segment.schemas.values())]
    about = [entry for s in schemas for entry in s["leaves"] if entry["branch"] == branch and entry["leaf"] == leaf]
    same_name = [
        entry for s in schemas for entry in s["leaves"] if entry["leaf"].rpartition(".")[2] == name.rpartition(".")[2]
    ]
    forms = {(len(e["items"]), e["class"], e["items"][0][1], str(e["items"][0][2])) for e in about if e["items"]}
    if (
        len(forms) != 1
        or len({e["leaf"] for e in same_name}) != 1
        or next(iter(forms))[:2] not in ((1, "Result"), (1, "Parameter"))
    ):
        return None
    _, form, parts = about[0]["items"][0]
    if form not in _ONE_PART or len(parts) != 1:
        return None
    rows, values = stacked(table, (branch, leaf, item, parts[0][0], parts[0][1], parts[0][2]))
    if form in ("int", "float", "bool", "complex") and isinstance(values, np.ndarray):
        return list(zip(rows.tolist(), values.tolist(), strict=True))
    return [(int(i), decode(form, {"": v})) for i, v in zip(rows, values, strict=True)]


def stacked(table: RunTable, key: tuple) -> tuple[np.ndarray, Any]:
    """Runs that have a part, and its values: one array if all have one shape, else a list of arrays."""
    holders = np.zeros(table.n_runs, bool)
    numbers = [i for i, s in enumerate(table.schemas) if key in part_keys(s)]
    holders |= np.isin(table.of_run, numbers)
    column = table.columns.get(key)
    overlay = {}
    for idx, frames in table.frames.items():
        for frame in frames:
            keys = part_keys(frame.segment.schemas[frame.schema])
            if key in keys:
                overlay[idx] = (frame, keys.index(key))
                holders[idx] = True
    rows = np.flatnonzero(holders)
    if not overlay and column is not None and column.shape is not None:
        n = min(len(holders), table.store.docs[column.path]["shape"][0])
        values = column.array.read(table.store, 0, n)
        return rows, values if len(rows) == n else values[rows]
    return rows, _gathered(table, column, rows, overlay)


def _gathered(table: RunTable, column: Column | None, rows: np.ndarray, overlay: dict) -> Any:
    stored: Any = None
    if column is not None and len(rows) > len(overlay):
        n = table.store.docs[f"{column.path}.count" if column.shape is None else column.path]["shape"][0]
        if column.shape is not None:
            stored = column.array.read(table.store, 0, n)
        else:
            offsets = table.offsets(column)
            flat = column.flat.read(table.store, 0, int(offsets[-1]))
            shapes = column.extents.read(table.store, 0, n) if column.n_dims > 1 else None
            stored = [
                flat[offsets[i] : offsets[i + 1]].reshape(shapes[i] if shapes is not None else -1) for i in range(n)
            ]
    values = [overlay[i][0].read(overlay[i][1]) if i in overlay else stored[i] for i in rows.tolist()]  # type: ignore[index]
    arrays = all(isinstance(v, (np.ndarray, np.generic)) for v in values)
    if values and arrays and len({v.shape for v in values}) == 1:
        return np.stack(values)
    return values


def data_array(service: Any, traj: Any, name: str) -> Any:
    """A result of all runs as a DataArray (run, …) with the explored parameters as coordinates; None if there is none.

    Runs without it have NaN (numbers) or None. Ragged or mixed values give an array of objects.
    """
    _, table = service.ready
    if isinstance(table, MergedTable):
        known = [leaf for _, leaf in table.leaves(0) if leaf == name or leaf.endswith(f".{name}")]
        return table.array(name if name in known else known[0]) if len(known) == 1 or name in known else None
    found = leaf_and_item(table, "results", name)
    if len(found) != 1:
        return None
    import xarray as xr

    leaf, item = found[0]
    schemas = [*table.schemas, *(s for segment in table.segments for s in segment.schemas.values())]
    forms = {
        (form, tuple(map(tuple, parts)))
        for s in schemas
        for e in s["leaves"]
        if e["branch"] == "results" and e["leaf"] == leaf
        for i, form, parts in e["items"]
        if i == item
    }
    n = len(traj)
    values = None
    if len(forms) == 1:
        form, parts = next(iter(forms))
        if len(parts) == 1 and form.partition(":")[0] in (*_ONE_PART, "list", "tuple"):
            rows, content = stacked(table, ("results", leaf, item, *parts[0]))
            values = _padded(rows, content, n) if isinstance(content, np.ndarray) and parts[0][1] != TEXT else None
    if values is None:
        values = np.full(n, None, object)
        for idx in table.indices("results"):
            value = table.load(int(idx), "results", leaf, [item])
            values[int(idx)] = value.get(item)
    dims = ["run", *(f"{name}_dim{i}" for i in range(values.ndim - 1))]
    return xr.DataArray(values, coordinates(traj), dims, name=name, attrs={"long_name": f"{item} of results.{leaf}"})


def _padded(rows: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    if len(rows) == n:
        return values
    kind = np.result_type(values.dtype, np.float64) if values.dtype.kind in "biu" else values.dtype
    result = np.full((n, *values.shape[1:]), np.nan, kind)
    result[rows] = values
    return result


def coordinates(traj: Any) -> dict[str, tuple]:
    """Explored parameters as coordinates on `run`."""
    coords: dict[str, tuple] = {"run": ("run", np.arange(len(traj)))}
    for name, parameter in traj._explored.items():
        values = parameter.f_get_range(copy=False)
        form = ranges.form_of(values)
        content = ranges.to_rows(values, form)
        coords[ranges.coordinate_name(name, ())] = ("run", content, {"long_name": parameter.v_comment or name})
    return coords
