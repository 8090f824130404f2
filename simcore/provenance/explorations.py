"""Runs of a trajectory that was explored in Python (simcore.trajectory): their records as those of run stores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import StoreError

if TYPE_CHECKING:
    import xarray as xr


def runs_of_exploration(path: Path) -> dict[str, dict]:
    """{run id: what a run store would have as root attributes}; points hold what was explored.

    An exploration keeps no digests: those of its results are taken here, of each run's part of an array. Raises
    StoreError for what cannot be opened.
    """
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="zarr", zarr_format=3, decode_times=False, mask_and_scale=False) as tree:
            runs, root = tree.children["runs"].to_dataset(inherit=False).load(), tree.to_dataset().load()
            digests, constants = _digests(tree), _constants(tree)
    except Exception as error:          # xarray and zarr raise a dozen types; all mean: not a trajectory
        raise StoreError(f"{path} cannot be opened as a trajectory: {error}", name=str(path)) from error
    axes = [str(name) for name in root.coords if name not in ("run", "run_id")]
    found = {}
    for i, run_id in enumerate(map(str, root.run_id.values)):
        facts = {str(name): runs[name].values[i].item() for name in ("worker", "started", "ended", "cpu") if name in runs}
        parameters = {**constants, **{name: root[name].values[i].item() for name in axes if root[name].ndim == 1}}
        found[run_id] = {"run_id": run_id, "point": {"parameters": parameters}, "digests": digests[i],
                         "provenance": _record(runs.attrs, facts)}
    return found


def _constants(tree: xr.DataTree) -> dict:
    """Parameters that were not explored, as they are stored."""
    leaves = tree.children["parameters"].attrs.get("leaves", {}) if "parameters" in tree.children else {}
    parts = {name: {key: item.get("parts") for key, item in leaf.get("items", {}).items()}
             for name, leaf in leaves.items() if not leaf.get("explored")}
    return {name: found["data"][""] if {*found} == {"data"} and {*(found["data"] or ())} == {""} else json.dumps(found)
            for name, found in parts.items()}


def _digests(tree: xr.DataTree) -> list[dict[str, str]]:
    """For each run the digests of its part of every array of results."""
    found: list[dict[str, str]] = [{} for _ in range(tree.sizes["run"])]
    for node in (node for node in tree.subtree if node.path.startswith("/results")):
        for name, array in node.to_dataset(inherit=False).data_vars.items():
            if array.dims[:1] == ("run",):
                values = array.values if array.dtype.kind in "biuf" else array.values.astype(str)
                for digests, part in zip(found, values, strict=True):
                    digests[f"{node.path[1:]}/{name}"] = hashlib.blake2b(
                        f"{values.dtype.str} {np.shape(part)}".encode() + np.asarray(part).tobytes()).hexdigest()[:64]
    return found


def _record(attrs: Mapping, facts: Mapping) -> dict:
    """The record of a run: that of its worker, with its own times."""
    worker = int(facts.get("worker", -1))
    if not 0 <= worker < len(attrs.get("workers", ())):
        return {}                       # it was not run yet
    own = attrs["workers"][worker]
    record = attrs["records"][own["record"]]
    code = {"model": None, "model_name": record["code"].get("function", ""),
            "source_digest": record["code"].get("function_digest"), **record["code"]}
    process = {**own["process"], "started": _time(facts["started"]), "ended": _time(facts["ended"]),
               "cpu_s": facts.get("cpu", 0.0), "ranks": 1}
    return {**record, "code": code, "process": process}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds == seconds else ""
