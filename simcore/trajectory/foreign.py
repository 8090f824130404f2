"""Trajectories that the workflow's merge made, seen through the same interface as those of this package.

Every run of the experiment has the arrays that have the dimension `run`: results by name, spikes and traces as groups.
They are read through xarray, so spike times come in ms and missing values as NaN.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from simcore.provenance.agreement import together
from simcore.trajectory import values
from simcore.trajectory.rows import RowArray
from simcore.trajectory.storefile import StoreFile
from simcore.trajectory.values import TEXT, part_to_json

_TOPS = ("results", "spikes", "traces")


def is_merged(store: StoreFile) -> bool:
    """Whether the workflow's merge wrote this."""
    return "simcore_trajectory" not in store.attrs


class MergedTable:
    """The run table of a merged trajectory."""

    def __init__(self, store: StoreFile):
        self.store = store
        self.n_runs = store.docs["run"]["shape"][0]
        self.completed = np.ones(self.n_runs, bool)
        self.frames: dict = {}
        self.errors: dict = {}
        self.columns: dict = {}
        self._tree: Any = None
        self._leaves = {("results", name): _leaf(name) for name in self._names()}

    @property
    def tree(self) -> Any:
        """The whole as a lazy xarray tree."""
        if self._tree is None:
            import xarray as xr

            self._tree = xr.open_datatree(self.store.path, engine="zarr", zarr_format=3)
        return self._tree

    def _names(self) -> list[str]:
        """Names of what runs have: `rates.exc`, `spikes.spike_time`, `traces.exc.v`."""
        found = []
        for path, document in self.store.docs.items():
            top = path.partition("/")[0]
            dims = document.get("dimension_names") or ()
            if document["node_type"] == "array" and top in _TOPS and (dims[:1] == ["run"] or dims == ["spike"]):
                found.append(path.removeprefix("results/").replace("/", "."))
        return found

    def array(self, name: str) -> Any:
        """A result of all runs as a lazy DataArray."""
        top, _, rest = name.partition(".")
        if top == "traces":
            group, _, variable = rest.rpartition(".")
            array = self.tree[f"traces/{group}"][variable]
        else:
            array = self.tree["spikes"][rest] if top == "spikes" else self.tree["results"][name]
        if "run" not in array.dims:
            return array
        return array.assign_coords({n: c.variable for n, c in self.tree.coords.items() if c.dims == ("run",)})

    def grow(self, n_runs: int) -> None:
        """Nothing: what the workflow made stays as it is."""

    def refresh(self) -> list:
        """Nothing new can come."""
        return []

    def leaves(self, idx: int) -> dict:
        """All runs have the same leaves."""
        return self._leaves

    def notes(self, idx: int) -> dict:
        """Merged runs have no annotations."""
        return {}

    def error(self, idx: int) -> str:
        """Merged runs have not failed."""
        return ""

    def has(self, idx: int, branch: str | None = None) -> bool:
        """Whether there is such a run."""
        return 0 <= idx < self.n_runs and branch in (None, "results")

    def indices(self, branch: str) -> Iterable[int]:
        """All runs, in results."""
        return np.arange(self.n_runs if branch == "results" else 0)

    def knows(self, branch: str, name: str) -> bool:
        """Whether a part of a name is this one."""
        return branch == "results" and any(name in leaf.split(".") for _, leaf in self._leaves)

    def load(self, idx: int, branch: str, leaf: str, only: Iterable[str] | None = None) -> dict[str, Any]:
        """The value of one run."""
        array = self.array(leaf)
        if leaf == "spikes.spike_time":
            offsets = self._spike_offsets()
            value = array[int(offsets[idx]) : int(offsets[idx + 1])].values
        else:
            value = array.isel(run=idx).values
        return {leaf.rpartition(".")[2]: value[()] if value.ndim == 0 else value}

    def _spike_offsets(self) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(self.tree["spikes"].n_spikes.values.sum(axis=1))]).astype(np.int64)

    def record(self, idx: int) -> dict:
        """The provenance record of a run."""
        own = json.loads(str(self.tree["runs"].record.values[idx]))
        return together(self.store.attrs.get("common", {}), own).get("provenance", {})

    def facts(self, idx: int) -> dict:
        """Times of a run as seconds since 1970."""
        process = self.record(idx).get("process", {})
        times = {name: _seconds(process.get(name)) for name in ("started", "ended")}
        return {"completed": True, **times, "cpu": process.get("cpu_s", np.nan)}


def _seconds(text: str | None) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp() if text else float("nan")


def _leaf(name: str) -> dict:
    return {
        "branch": "results",
        "leaf": name,
        "class": "Result",
        "comment": "",
        "items": [[name.rpartition(".")[2], "array", [["", "", 0]]]],
    }


def synthesised(store: StoreFile) -> dict[str, dict[str, dict]]:
    """Descriptions of leaves by branch: parameters that the runs agree on, explored ones, the experiment as config."""
    point = store.attrs.get("common", {}).get("point", {})
    parameters = dict(_flat(point.get("parameters", {})))
    for name in ("duration", "dt", "seed", "trial"):
        if name in point and name not in parameters:
            parameters[name] = point[name]
    parameters = {name: _described(value) for name, value in parameters.items() if value is not None}
    for path, document in store.docs.items():
        if document["node_type"] == "array" and "/" not in path and path not in ("run", "run_id"):
            parameters[path] = _explored(store, path, document)
    experiment = {
        name: value for name, value in store.attrs.get("experiment", {}).items() if name != "axes" and value is not None
    }
    return {"parameters": parameters, "config": {f"experiment.{k}": _described(v) for k, v in experiment.items()}}


def _flat(tree: Mapping, prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _described(value: Any) -> dict:
    form, parts = values.encode(value)
    return {
        "class": "Parameter",
        "comment": "",
        "items": {"data": {"form": form, "parts": {s: part_to_json(p) for s, p in parts.items()}}},
    }


def _explored(store: StoreFile, path: str, document: Mapping) -> dict:
    kind = document["data_type"]
    form = {"int64": "int", "float64": "float", "bool": "bool", "string": "str"}.get(kind)
    dtype = TEXT if kind == "string" else np.dtype(kind).newbyteorder("<").str
    form = form or f"scalar:{dtype}"
    rows = document["chunk_grid"]["configuration"]["chunk_shape"][0]
    first = RowArray(path, dtype, rows=rows).read(store, 0, 1)[0]
    default = first if kind == "string" else first.item() if not form.startswith("scalar") else first
    attrs = document.get("attributes", {})
    notes = {"units": attrs["units"]} if attrs.get("units") else {}
    return {
        **_described(default),
        "comment": attrs.get("long_name", ""),
        "annotations": notes,
        "explored": True,
        "range": {"path": path, "form": form, "rows": rows},
    }
