"""What a question of provenance is about: the runs behind a path, each with its record.

A path leads to a run store, a trajectory, derived quantities, scores, or a folder of results. `PATH:NAME` picks one
variable of it, or one run by the beginning of its id.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from simcore.errors import NonExistentParameterError, ProvenanceError, StoreError, nearest
from simcore.provenance.agreement import together
from simcore.provenance.explorations import runs_of_exploration
from simcore.store.reader import read_attrs

_RUN = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True)
class Subject:
    """What a path leads to.

    kind: run, trajectory, exploration (made in Python), quantities or scores. runs: {run id: root attributes, with the
    record in `provenance`}.
    attrs: the file's own. arrays: {name: {dims, shape, dtype, attrs}}. variable: the one that was asked for, or "".
    """

    path: Path
    kind: str
    runs: Mapping[str, Mapping]
    attrs: Mapping = field(default_factory=dict)
    arrays: Mapping[str, Mapping] = field(default_factory=dict)
    variable: str = ""

    @property
    def source(self) -> Path:
        """The store of its runs: the trajectory for what was derived from one."""
        return self.path.with_name("trajectory.zarr") if self.kind in ("quantities", "scores") else self.path

    def only(self, run_id: str) -> Subject:
        """The same, of one run; its id may be shortened. ProvenanceError unless exactly one begins so."""
        found = [name for name in self.runs if name.startswith(run_id)]
        if len(found) != 1:
            raise ProvenanceError(f"{run_id!r} must be the beginning of one run id of {self.path}, and is that of "
                                  f"{len(found)} of {len(self.runs)}{nearest(run_id, self.runs)}", name=run_id)
        return replace(self, runs={found[0]: self.runs[found[0]]})


def subject(text: str | os.PathLike) -> Subject:
    """The subject of `PATH`, `PATH:variable` or `PATH:run id`.

    Raises StoreError for what is not there or not simcore's, NonExistentParameterError for an unknown variable.
    """
    path, _, name = os.fspath(text).rpartition(":")
    if Path(text).exists() or not path:
        return _read(Path(text))
    found = _read(Path(path))
    if name in found.arrays:
        mine = found.arrays[name]["attrs"].get("runs") if found.kind == "scores" else None
        runs = {run_id: run for run_id, run in found.runs.items() if mine is None or run_id in mine}
        return replace(found, variable=name, runs=runs)
    if _RUN.fullmatch(name) and any(run_id.startswith(name) for run_id in found.runs):
        return found.only(name)
    raise NonExistentParameterError(f"{path} has neither a variable nor a run {name!r}"
                                    f"{nearest(name, [*found.arrays, *found.runs])}", name=name)


def _read(path: Path) -> Subject:
    if path.is_dir() and not (path / "zarr.json").is_file():
        inside = next((path / name for name in ("trajectory.zarr", "quantities.zarr") if (path / name).is_dir()), None)
        if inside is None:
            raise StoreError(f"{path} is a folder without a trajectory: name a store, a trajectory.zarr, a quantities.zarr "
                             "or a scores.json", name=str(path))
        return _read(inside)
    if path.suffix == ".json":
        return _scores(path)
    if not path.is_dir():
        attrs = read_attrs(path)
        return Subject(path, "run", {attrs["run_id"]: attrs}, attrs, _arrays_of_run(path))
    return _group(path)


def _group(path: Path) -> Subject:
    try:
        root = json.loads((path / "zarr.json").read_bytes())
        attrs = root["attributes"]
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(f"{path} is no store: {error}", name=str(path)) from error
    documents = _documents(path, root)
    if "trajectory_digest" in attrs:
        return Subject(path, "quantities", _runs_beside(path), attrs, documents)
    if "simcore_trajectory" in attrs:
        return Subject(path, "exploration", runs_of_exploration(path), attrs, documents)
    if "common" not in attrs:
        raise StoreError(f"{path} is a zarr group, but neither a trajectory nor quantities of simcore", name=str(path))
    return Subject(path, "trajectory", runs_of_trajectory(path), attrs, documents)


def runs_of_trajectory(path: Path) -> dict[str, dict]:
    """{run id: root attributes of the run} of a trajectory that the workflow merged."""
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="zarr", zarr_format=3) as tree:
            common, records = tree.attrs["common"], tree.children["runs"].dataset["record"].values
    except Exception as error:          # xarray and zarr raise a dozen types; all mean: not a trajectory
        raise StoreError(f"{path} cannot be opened as a trajectory: {error}", name=str(path)) from error
    runs = (together(common, json.loads(str(own))) for own in records)
    return {run["run_id"]: run for run in runs}


def _runs_beside(path: Path) -> dict[str, dict]:
    """Runs of the trajectory that quantities or scores were made of: it lies beside them."""
    trajectory = path.with_name("trajectory.zarr")
    return runs_of_trajectory(trajectory) if trajectory.is_dir() else {}


def _scores(path: Path) -> Subject:
    try:
        content = json.loads(path.read_bytes())
        rows = content["scores"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is no file of scores ({error!r})", name=str(path)) from error
    arrays = {f"{row['test']} of {row['model']}": {"dims": [], "shape": [], "dtype": row.get("type", ""), "attrs": row}
              for row in rows}
    by_test: dict[str, list] = {}
    for row in rows:
        by_test.setdefault(row["test"], []).append(row)
    arrays |= {name: {"dims": [], "shape": [], "dtype": found[0].get("type", ""), "attrs": found[0]}
               for name, found in by_test.items() if len(found) == 1}
    of_suite = sorted({row["experiment"] for row in rows if "experiment" in row})
    runs = {}
    for name in of_suite:               # results/suites/<suite>/scores.json: its studies are results/<experiment>
        runs |= _runs_beside(path.absolute().parents[2] / name / path.name)
    return Subject(path, "scores", runs or _runs_beside(path), {k: v for k, v in content.items() if k != "scores"}, arrays)


def _documents(path: Path, root: Mapping) -> dict[str, dict]:
    """What arrays a group has, from its consolidated metadata, else from its folders."""
    known = (root.get("consolidated_metadata") or {}).get("metadata")
    if known is None:
        files = (file for file in path.rglob("zarr.json") if file.parent != path)
        known = {file.parent.relative_to(path).as_posix(): json.loads(file.read_bytes()) for file in files}
    return {name: _described(document) for name, document in sorted(known.items())
            if document.get("node_type") == "array"}


def _arrays_of_run(path: Path) -> dict[str, dict]:
    from simcore.store.reader import RunFile

    with RunFile(path) as run:
        return {name: _described(run.documents[name]) for name in run.arrays}


def _described(document: Mapping) -> dict:
    kind = document.get("data_type")
    return {"dims": document.get("dimension_names") or [], "shape": document.get("shape", []),
            "dtype": kind if isinstance(kind, str) else str((kind or {}).get("name", "")),
            "attrs": document.get("attributes", {})}
