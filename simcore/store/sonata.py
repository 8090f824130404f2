"""Spikes and reports of a run as SONATA files (HDF5): what libsonata, bluepysnap and bmtk read; and spikes to replay.

Layout: github.com/AllenInstitute/sonata, docs/SONATA_DEVELOPER_GUIDE.md (spike file, multi-compartment reports), as
libsonata 0.2 reads it. node_ids count from 0 within a population. Files appear whole or not at all, with the same bytes
for the same run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from simcore.engine.recording import Recording, Trace
from simcore.errors import StoreError, nearest
from simcore.store import zarr3
from simcore.store.atomic import new_path
from simcore.store.reader import RunFile

MAGIC, VERSION = 0x0A7A, (0, 1)
SORTING = {"none": 0, "by_id": 1, "by_time": 2}


@dataclass(frozen=True)
class Report:
    """Samples of a variable of elements (compartments; one a cell for a soma report) of one population.

    node_ids : (k,) cell of each element, from 0 in the population; equal ones side by side or not
    sections : (k,) section of each element, 0 is the soma; positions: (k,) 0 to 1 along it, or None
    values   : (n_times, k) in `units`, or an iterator of blocks of successive samples
    start, interval : time of the first sample and between two [ms]
    """

    population: str
    node_ids: np.ndarray
    sections: np.ndarray
    positions: np.ndarray | None
    units: str
    start: float
    interval: float
    values: np.ndarray | Iterator[np.ndarray]


def write_spikes(path: str | os.PathLike, spikes: Mapping[str, tuple[np.ndarray, np.ndarray]], *,
                 sorting: str = "by_time") -> None:
    """Write a spike file. spikes: population -> (times [ms], node ids), both (n,), in any order.

    sorting: "by_time" (then by id), "by_id" (then by time), or "none" (as they come). Raises StoreError.
    """
    if sorting not in SORTING:
        raise StoreError(f"spikes cannot be sorted {sorting!r}{nearest(sorting, SORTING)}", name="sorting", got=sorting)
    with _new_h5(path) as file:
        kind = h5py.enum_dtype(SORTING, basetype="u1")
        for population, (times, ids) in spikes.items():
            times, ids = np.asarray(times, dtype=np.float64), np.asarray(ids, dtype=np.uint64)
            if sorting != "none":
                order = np.lexsort((ids, times) if sorting == "by_time" else (times, ids))
                times, ids = times[order], ids[order]
            group = file.create_group(f"spikes/{_checked(population, path)}")
            group.attrs.create("sorting", SORTING[sorting], dtype=kind)
            group.create_dataset("timestamps", data=times, track_times=False).attrs["units"] = "ms"
            group.create_dataset("node_ids", data=ids, track_times=False)


def write_reports(path: str | os.PathLike, reports: Iterable[Report]) -> None:
    """Write a report file: one report a population. Values become float32, as the format wants. Raises StoreError."""
    with _new_h5(path) as file:
        for report in reports:
            name = f"report/{_checked(report.population, path)}"
            if name in file:
                raise StoreError(f"a report file has one report a population, got two of {report.population!r}",
                                 name=report.population, where=os.fspath(path))
            if not len(report.node_ids):
                raise StoreError("a report must have at least one element", name=report.population, where=os.fspath(path))
            group = file.create_group(name)
            order = _by_node(report)
            n_times = _write_values(group, report, order, path)
            _write_mapping(group.create_group("mapping"), report, order, n_times)


def read_spikes(path: str | os.PathLike, population: str | None = None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Spikes of a SONATA file, to replay them: population -> (times [ms], node ids int64), by time, then id.

    population: only this one. Raises StoreError if the file or the population is not there, or times are not in ms.
    """
    where = os.fspath(path)
    try:
        with h5py.File(path, "r") as file:
            groups = file.get("spikes", {})
            if population is not None and population not in groups:
                raise StoreError(f"{where} has no spikes of {population!r}{nearest(population, groups)}", name=population)
            return {name: _read_group(groups[name], f"{where}: spikes/{name}")
                    for name in ([population] if population is not None else sorted(groups))}
    except OSError as error:
        raise StoreError(f"cannot read {where}: {error}", name=where) from error


def _read_group(group: h5py.Group, where: str) -> tuple[np.ndarray, np.ndarray]:
    for name in ("timestamps", "node_ids"):
        if name not in group:
            raise StoreError(f"{where} has no dataset {name!r}", name=name)
    unit = group["timestamps"].attrs.get("units", "ms")
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    if unit not in ("ms", "milliseconds", "millisecond"):
        raise StoreError(f"{where}: times must be in ms, they are in {unit!r}", name="units", got=unit)
    times, ids = group["timestamps"][:].astype(np.float64), group["node_ids"][:].astype(np.int64)
    if times.shape != ids.shape:
        raise StoreError(f"{where} has {times.size} times and {ids.size} node ids", name="timestamps")
    order = np.lexsort((ids, times))
    return times[order], ids[order]


def export_run(store: str | os.PathLike, folder: str | os.PathLike, *, sorting: str = "by_time") -> list[Path]:
    """Export a run store: `spikes.h5`, and for each recorded variable `<variable>.h5` with all populations.

    A second set of cells or times of a population goes to `<variable>.2.h5`, and so on. Returns the files written.
    Raises StoreError if the store cannot be read or holds neither spikes nor traces.
    """
    with RunFile(store) as run:
        spikes = _stored_spikes(run) if "spikes/spike_time" in run.arrays else None
        return _export(spikes, list(_stored_reports(run)), Path(folder), sorting, os.fspath(store))


def export_recording(recording: Recording, folder: str | os.PathLike, *, sorting: str = "by_time") -> list[Path]:
    """Export what a simulation has recorded, without a store; see export_run."""
    spikes = None
    if recording.spikes is not None:
        record = recording.spikes
        times = (np.asarray(record.step) + 1) * recording.dt
        spikes = _by_population(times, np.asarray(record.gid), np.asarray(record.cells),
                                [(p.name, p.first_gid, p.size) for p in recording.populations])
    first = {p.name: p.first_gid for p in recording.populations}
    reports = [(t.variable, _report(t, first[t.population])) for t in recording.traces]
    return _export(spikes, reports, Path(folder), sorting, "this recording")


def _export(spikes: Mapping | None, reports: Sequence[tuple[str, Report]], folder: Path, sorting: str,
            source: str) -> list[Path]:
    files: list[dict[str, list[Report]]] = []           # files[i][variable]: reports of <variable>.<i + 1>.h5
    for variable, report in sorted(reports, key=lambda r: (r[0], r[1].population)):
        if not len(report.node_ids):
            continue
        for at in files:
            if all(r.population != report.population for r in at.setdefault(variable, [])):
                at[variable].append(report)
                break
        else:
            files.append({variable: [report]})
    written = []
    if spikes is not None:
        written.append(folder / "spikes.h5")
        write_spikes(written[-1], spikes, sorting=sorting)
    for i, at in enumerate(files):
        for variable, of_variable in at.items():
            if of_variable:
                stem = "spikes.report" if variable == "spikes" else variable
                written.append(folder / (f"{stem}.{i + 1}.h5" if i else f"{stem}.h5"))
                write_reports(written[-1], of_variable)
    if not written:
        raise StoreError(f"{source} has neither spikes nor traces to export", name="spikes", got=source)
    return written


def _report(trace: Trace, first_gid: int) -> Report:
    cells = np.asarray(trace.cells, dtype=np.int64)
    return Report(trace.population, cells - first_gid, _elements(cells, trace.sections), trace.positions, trace.units,
                  trace.first_time, trace.interval, trace.values)


def _elements(cells: np.ndarray, sections: np.ndarray | None) -> np.ndarray:
    """Sections as given; else the n-th column of a cell counts as its section n."""
    if sections is not None:
        return np.asarray(sections)
    order = np.argsort(cells, kind="stable")
    ordered = cells[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if cells.size else np.empty(0, int)
    number = np.arange(cells.size) - np.repeat(starts, np.diff(np.append(starts, cells.size)))
    return number[np.argsort(order, kind="stable")]


def _by_node(report: Report) -> np.ndarray | slice:
    """How to order the columns: by node, then as they come; a slice when they are so already."""
    ids = np.asarray(report.node_ids)
    return slice(None) if np.all(ids[1:] >= ids[:-1]) else np.argsort(ids, kind="stable")


def _write_values(group: h5py.Group, report: Report, order: np.ndarray | slice, path: str | os.PathLike) -> int:
    """Write blocks of samples as they come; returns the number of samples."""
    k = len(report.node_ids)
    data = group.create_dataset("data", shape=(0, k), maxshape=(None, k), dtype=np.float32, track_times=False,
                                chunks=(max(1, min(4096, (1 << 18) // max(k, 1))), max(1, min(k, 1 << 16))))
    data.attrs["units"] = report.units
    for block in report.values if isinstance(report.values, Iterator) else [report.values]:
        block = np.asarray(block)
        if block.ndim != 2 or block.shape[1] != k:
            raise StoreError(f"samples of a report must have the shape (times, {k} elements), got {block.shape}",
                             name=report.population, where=os.fspath(path))
        data.resize(data.shape[0] + block.shape[0], axis=0)
        data[data.shape[0] - block.shape[0]:] = block[:, order]
    return data.shape[0]


def _write_mapping(group: h5py.Group, report: Report, order: np.ndarray | slice, n_times: int) -> None:
    nodes, counts = np.unique(np.asarray(report.node_ids), return_counts=True)
    arrays = {"node_ids": nodes.astype(np.uint64),
              "index_pointers": np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64),
              "element_ids": np.asarray(report.sections)[order].astype(np.uint32),
              "time": np.array([report.start, report.start + n_times * report.interval, report.interval])}
    if report.positions is not None:
        arrays["element_pos"] = np.asarray(report.positions)[order].astype(np.float32)
    for name, values in arrays.items():
        group.create_dataset(name, data=values, track_times=False)
    group["node_ids"].attrs.create("sorted", 1, dtype=np.uint8)
    group["time"].attrs["units"] = "ms"


def _stored_spikes(run: RunFile) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    gid = run.read("spikes/gid").astype(np.int64)
    times = run.read("spikes/spike_time") * run.attrs["dt"]
    return _by_population(times, np.repeat(gid, run.read("spikes/n_spikes")), gid,
                          [(p["name"], p["first_gid"], p["size"]) for p in run.attrs["populations"]])


def _by_population(times: np.ndarray, gid: np.ndarray, cells: np.ndarray,
                   populations: Sequence[tuple[str, int, int]]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Spikes of each population that was recorded (also of one that was silent)."""
    found = {}
    for name, first, size in populations:
        if np.any((cells >= first) & (cells < first + size)):
            mine = (gid >= first) & (gid < first + size)
            found[name] = times[mine], gid[mine] - first
    return found


def _stored_reports(run: RunFile) -> Iterator[tuple[str, Report]]:
    first = {p["name"]: p["first_gid"] for p in run.attrs["populations"]}
    for path in sorted(run.arrays, key=len):              # exc before exc.2, as they were recorded
        top, _, variable = path.rpartition("/")
        if not top.startswith("traces/") or variable in ("time", "gid", "section", "position"):
            continue
        attrs = run.documents[top]["attributes"]
        population = attrs["population"]
        time, gid = run.read(f"{top}/time"), run.read(f"{top}/gid").astype(np.int64)
        sections, positions = (run.read(f"{top}/{n}") if f"{top}/{n}" in run.arrays else None
                               for n in ("section", "position"))
        document = run.document(path)
        yield variable, Report(population, gid - first[population], _elements(gid, sections), positions,
                               document.attrs.get("units", ""), float(time[0]) if time.size else 0.0,
                               float(attrs["interval"]), _row_blocks(run, path))


def _row_blocks(run: RunFile, path: str) -> Iterator[np.ndarray]:
    """The rows of a stored array, as many at a time as its chunks have."""
    document = run.document(path)
    n_rows, n_columns = document.shape
    rows = document.chunks[0]
    for i in range(document.grid[0]):
        parts = [zarr3.decode(run.chunk(path, (i, j)), document.dtype, document.chunks)
                 for j in range(document.grid[1])]
        yield np.concatenate(parts, axis=1)[:min(rows, n_rows - i * rows), :n_columns]


def _checked(population: str, path: str | os.PathLike) -> str:
    if not population or "/" in population or population in (".", ".."):
        raise StoreError(f"{population!r} cannot name a population in a SONATA file", name=population, got=population,
                         where=os.fspath(path))
    return population


@contextmanager
def _new_h5(path: str | os.PathLike) -> Iterator[h5py.File]:
    """A new HDF5 file with SONATA's magic number, closed and renamed into its place at the end of the block."""
    with new_path(path) as place, h5py.File(place, "w") as file:
        file.attrs.create("magic", MAGIC, dtype=np.uint32)
        file.attrs.create("version", VERSION, dtype=np.uint32)
        yield file
