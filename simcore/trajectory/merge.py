"""Merge run stores into one trajectory: the same groups with the dimension `run` in front.

Two passes: one over the root documents of the stores (where do runs differ?), one that copies. Nothing is
kept of a run but its row of the table, so memory does not grow with runs (but for one line a run). The
trajectory is made under a temporary name and takes its place when whole; merging anew costs little more than
copying the bytes, so there is no way to add runs to a trajectory in place: a run put into the middle of a
range moves all behind it anyway.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from simcore.errors import StoreError
from simcore.provenance.agreement import rest
from simcore.provenance.record import Start, of_station
from simcore.store import layout, zarr3
from simcore.store.atomic import new_folder, write_bytes
from simcore.store.farm import each, place
from simcore.store.reader import RunFile
from simcore.trajectory.columns import axis_columns, fact_columns
from simcore.trajectory.parts import parts, write_part
from simcore.trajectory.shards import Concatenated, Counted, Once, Stacked, write_whole
from simcore.trajectory.survey import Outline, Survey, survey


def merge(
    paths_by_run_id: Mapping[str, str | os.PathLike],
    points: Mapping[str, object],
    out: str | os.PathLike,
    experiment: object,
    *,
    provenance: Mapping | None = None,
    on: str | None = None,
) -> Path:
    """Merge the stores of all points, in their order, into the trajectory `out`; returns its sidecar's path.

    points: {run id: Point}; their explored values become coordinates on `run`, with the units of
    experiment.axes. provenance: record of the merging process, if not what `of_station` finds. on: a dask cluster whose
    workers copy the large arrays (see `store.farm`), else it is done here; the files are the same. The sidecar,
    `trajectory.json` beside `trajectory.zarr`, has the digest of every array, the run ids and the commits: the
    small file for a workflow to follow. Raises StoreError for a run without a store, a store of another run, or
    arrays that cannot be merged; then an older trajectory stays.
    """
    start = Start()
    out, stores = Path(out), _stores(paths_by_run_id, points)
    found = survey(stores)
    sidecar = out.with_suffix(".json")
    with new_folder(out) as folder:
        target = _Target(folder)
        facts = fact_columns(_copy(target, found, stores, on), found.common)
        coordinates = axis_columns(points, experiment)
        for name, (values, attrs) in coordinates.items():
            target.whole(name, values, ("run",), attrs)
        for name, (values, attrs) in facts.items():
            target.whole(f"runs/{name}", values, ("run",), attrs)
        digests = _digests(found, coordinates)
        provenance = of_station(start) if provenance is None else provenance
        target.finish(
            {
                **_attributes(found, experiment, provenance),
                "digests": digests,
                "coordinates": " ".join(name for name in coordinates if name != "run"),
            }
        )
        sidecar.unlink(missing_ok=True)  # from here to its new writing there is no sidecar that could be wrong
    write_bytes(sidecar, zarr3.dumps(_sidecar(points, experiment, facts, digests)))
    return sidecar


class _Target:
    """The folder of the trajectory in the making, and the documents of its arrays and groups."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._documents: dict[str, dict] = {}

    def document(self, path: str, document: zarr3.ArrayDocument) -> None:
        """Note the document of an array that has been written, and its groups."""
        parts = path.split("/")
        for i in range(1, len(parts)):
            self._documents.setdefault("/".join(parts[:i]), zarr3.group_json())
        self._documents[path] = document.to_json()

    def whole(self, path: str, values: np.ndarray, dims: tuple[str, ...], attrs: dict) -> None:
        """Write a small array."""
        self.document(path, write_whole(self.folder / path, values, dims, attrs))

    def group(self, path: str, attrs: dict) -> None:
        """Set the attributes of a group."""
        self._documents[path] = zarr3.group_json(attrs)

    def finish(self, attrs: Mapping) -> None:
        """Write all documents, consolidated in the root's."""
        documents = dict(sorted(self._documents.items()))
        for path, document in documents.items():
            (self.folder / path).mkdir(parents=True, exist_ok=True)
            (self.folder / path / "zarr.json").write_bytes(zarr3.dumps(document, where=path))
        (self.folder / "zarr.json").write_bytes(zarr3.dumps(zarr3.group_json(attrs, documents), where="trajectory"))


def _copy(target: _Target, found: Survey, stores: list[tuple[str, str]], on: str | None) -> list[dict]:
    """Second pass: write all arrays of the runs; returns each run's attributes beyond the common ones."""
    sinks, counters, rests, forms = _sinks(target.folder, found), _counters(found), [], []
    elsewhere = _written_elsewhere(target.folder, found, sinks, stores, on)
    here = [sink for path, sink in sinks.items() if path not in elsewhere]
    for _, path in stores:
        with RunFile(path) as run:
            for sink in (*here, *counters.values()):
                sink.add(run)
            rests.append(rest(run.attrs, found.common))
            forms.append(_forms(run, found))
    for path, attrs in found.groups.items():
        target.group(path, attrs)
    for path, sink in sinks.items():
        target.document(path, sink.document() if path in elsewhere else sink.finish())
    for path, counter in counters.items():
        target.whole(path, np.array(counter.values, "int32"), ("run",), layout.counted(path).attrs)
    if any(forms):
        about = {"long_name": "type and shape of the results of this run that the merged array has otherwise, as JSON"}
        target.whole("runs/forms", np.array([json.dumps(form) for form in forms]), ("run",), about)
    return rests


def _written_elsewhere(
    folder: Path, found: Survey, sinks: Mapping, stores: list[tuple[str, str]], on: str | None
) -> frozenset[str]:
    """Have the large arrays written by the workers of a cluster, if there is one; their paths."""
    if not place(on):
        return frozenset()
    made = list(parts(folder.absolute(), found, sinks, [str(Path(path).absolute()) for _, path in stores]))
    each(write_part, [(part,) for part in made], on=on)
    return frozenset(path for part in made for path in part.arrays)


def _forms(run: RunFile, found: Survey) -> dict[str, list]:
    """Types and shapes of results that padding hides: what verifying the digests of a trajectory needs."""
    forms = {path: run.document(path) for path in run.arrays if path.startswith("results/")}
    return {
        path: [form.dtype, list(form.shape)]
        for path, form in forms.items()
        if (form.dtype, form.shape) != (found.outlines[path].stacked(found.n_runs)[0], found.outlines[path].shape)
    }


def _sinks(folder: Path, found: Survey) -> dict[str, Concatenated | Once | Stacked]:
    """What writes each array, by its path in the trajectory."""
    sinks: dict[str, Concatenated | Once | Stacked] = {}
    for path, outline in found.outlines.items():
        if layout.row(path).across == "concatenated":
            sinks[path] = Concatenated(folder / path, outline, factors=len(found.dts) > 1)
        elif _is_shared(outline):
            sinks[path] = Once(folder / path, outline)
        else:  # times that differ cannot be called as their dimension is
            name = path.removesuffix("/time") + "/sample_time" if path.endswith("/time") else path
            sinks[name] = Stacked(folder / name, outline, found.n_runs)
    return sinks


def _is_shared(outline: Outline) -> bool:
    """Whether all runs agree on this array, or their times on the beginning of the longest."""
    agree = outline.nested if outline.longest is not None else outline.same
    return layout.row(outline.path).across == "shared" and agree


def _counters(found: Survey) -> dict[str, Counted]:
    """n_cells and n_times of the groups in which runs differ."""
    counters: dict[str, Counted] = {}
    for path, outline in found.outlines.items():
        group, _, name = path.rpartition("/")
        differ = not outline.same or outline.n_runs < found.n_runs
        if differ and name in ("gid", "time") and layout.row(path).across == "shared":
            counters[f"{group}/{'n_times' if name == 'time' else 'n_cells'}"] = Counted(path, 0)
    return counters


def _stores(paths: Mapping[str, str | os.PathLike], points: Mapping[str, object]) -> list[tuple[str, str]]:
    """Pairs of run id and path in the order of points; StoreError if some are missing."""
    if not points:
        raise StoreError("there are no runs to merge", name="trajectory")
    missing = [run_id for run_id in points if run_id not in paths]
    if missing:
        raise StoreError(
            f"{len(missing)} of {len(points)} runs have no store: {', '.join(missing[:5])}; run them first",
            name=missing[0],
            got=missing,
        )
    return [(run_id, os.fspath(paths[run_id])) for run_id in points]


def _attributes(found: Survey, experiment: object, provenance: Mapping) -> dict:
    """Root attributes: layout, experiment, what all runs agree on, and the record of the merging process."""
    axes = [{"name": a.name, "units": a.units, "values": list(a.values)} for a in getattr(experiment, "axes", ())]
    about = {key: getattr(experiment, key, None) for key in ("name", "description", "model", "config")}
    agreed = {key: found.common[key] for key in ("dt", "duration", "populations") if key in found.common}
    return {
        "Conventions": layout.CONVENTIONS,
        "simcore_layout": layout.LAYOUT,
        **agreed,
        "experiment": {**about, "axes": axes},
        "common": found.common,
        "provenance": {"runs": found.common.get("provenance", {}), "merge": dict(provenance)},
    }


def _digests(found: Survey, coordinates: Mapping) -> dict[str, str]:
    """Digest of every array: of those from runs the digest of the runs' digests, of coordinates that of their
    values.
    """
    of_runs = {path: outline.tree.hexdigest() for path, outline in sorted(found.outlines.items())}
    return of_runs | {name: zarr3.digest(zarr3.canonical(values)) for name, (values, _) in coordinates.items()}


def _sidecar(points: Mapping, experiment: object, facts: Mapping, digests: Mapping) -> dict:
    """The small file beside the trajectory: it changes exactly if an array, the runs or their commits change."""
    commits = sorted({str(c) for c in facts["commit"][0]})
    return {
        "simcore_layout": layout.LAYOUT,
        "experiment": getattr(experiment, "name", None),
        "runs": list(points),
        "commits": commits,
        "arrays": dict(digests),
    }
