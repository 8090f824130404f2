"""Write what a run leaves behind as one file: zarr 3 in a zip, whole or not at all, same bytes for same
content.

Members are written as they become ready, chunk by chunk, so what comes in blocks or from a file never is in memory
as a whole; the documents come last, that of the root at the very end.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
from simcore.errors import StoreError
from simcore.store import layout, zarr3
from simcore.store.archive import ArchiveWriter
from simcore.store.atomic import new_file
from simcore.store.blocks import parts, pieces, regrouped
from simcore.store.spikes import flags, population_of, ticks_by_cell


def write_run(
    path: str | os.PathLike, recording: Recording, point: Any, provenance: Mapping
) -> dict[str, str]:
    """Write one run store; returns the digests of its arrays by path, such as {"spikes/gid": "8c1f…"}.

    point: a Point, or its mapping; then the run is named as the file. provenance: the record, kept as it is.
    Raises StoreError, naming file and cure, for a full disk, a read-only folder, or values that have no place
    in the layout; then no store is left, and an older one under `path` stays untouched.
    """
    where = os.fspath(path)
    fields, run_id = _identity(point, Path(path))
    with new_file(path) as stream, ArchiveWriter(stream) as archive:
        run = _RunWriter(archive, where)
        if recording.spikes is not None:
            _write_spikes(run, recording, recording.spikes, Path(path).parent)
        _write_traces(run, recording.traces)
        if recording.results:
            run.group("results")
        for name, values in sorted(recording.results.items()):
            run.array(f"results/{layout.checked_name(name, 'result')}", values)
        run.finish(
            {
                "Conventions": layout.CONVENTIONS,
                "simcore_layout": layout.LAYOUT,
                "run_id": run_id,
                "point": fields,
                "dt": recording.dt,
                "duration": recording.duration,
                "populations": [_population(p) for p in recording.populations],
                "digests": run.digests,
                "provenance": dict(provenance),
            }
        )
    return run.digests


class _RunWriter:
    """The archive in the making: arrays written at once, their documents and digests kept until the end."""

    def __init__(self, archive: ArchiveWriter, where: str):
        self._archive, self._where = archive, where
        self._documents: dict[str, dict] = {}
        self.digests: dict[str, str] = {}

    def group(self, path: str, **attrs: object) -> None:
        """A group, and the groups above it where they are missing."""
        parts = path.split("/")
        for i in range(1, len(parts)):
            self._documents.setdefault("/".join(parts[:i]), zarr3.group_json())
        self._documents[path] = zarr3.group_json(attrs)

    def new_group(self, path: str, **attrs: object) -> str:
        """A group under this path, or, if there is one already, under the first free of path.2, path.3, …"""
        free = next(
            p for i in itertools.count(1) if (p := f"{path}.{i}" if i > 1 else path) not in self._documents
        )
        self.group(free, **attrs)
        return free

    def array(self, path: str, values: object, **attrs: object) -> tuple[int, ...]:
        """Write an array: one that is at hand, or an iterator of its blocks along the first dimension; its
        shape.
        """
        if path in self._documents:
            raise StoreError(f"{path} is recorded twice", name=path, where=self._where)
        blocks = map(self._canonical_of(path), values if isinstance(values, Iterator) else parts(values))
        digest, shape, chunks, dtype = self._write_blocks(path, blocks)
        row, kind = layout.row(path), zarr3.data_type(dtype)
        self.digests[path] = digest.hexdigest(kind, shape)
        self._documents[path] = zarr3.ArrayDocument(
            shape, kind, chunks, layout.dims(path, len(shape)), {**row.attrs, **attrs}, row.fill
        ).to_json()
        return shape

    def finish(self, attrs: Mapping) -> None:
        """Write all documents, the root's last, with the others consolidated into it."""
        documents = dict(sorted(self._documents.items()))
        for path, document in documents.items():
            self._archive.add(f"{path}/zarr.json", zarr3.dumps(document, where=f"{self._where}: {path}"))
        self._archive.add("zarr.json", zarr3.dumps(zarr3.group_json(attrs, documents), where=self._where))

    def _canonical_of(self, path: str) -> Callable[[object], np.ndarray]:
        dtype = layout.row(path).dtype
        return lambda values: zarr3.canonical(np.asarray(values, dtype), name=path, where=self._where)

    def _write_blocks(self, path: str, blocks: Iterator[np.ndarray]) -> tuple:
        """Write all chunks; returns the digest in the making, shape, shape of chunks and data type."""
        digest, n_rows, chunks = zarr3.Digest(), 0, None
        for rows in self._chunk_rows(path, blocks):
            chunks = layout.chunks(path, rows.shape, rows.dtype.itemsize) if chunks is None else chunks
            digest.update(rows)
            for at, piece in pieces(rows, chunks) if rows.size else ():
                index = (n_rows // chunks[0], *at[1:]) if at else ()
                self._archive.add("/".join((path, "c", *map(str, index))), zarr3.encode(piece))
            n_rows += len(rows) if rows.ndim else 0
        if chunks is None:
            raise StoreError(f"{path} came without a single block", name=path, where=self._where)
        return digest, (n_rows, *rows.shape[1:]) if rows.ndim else (), chunks, rows.dtype

    def _chunk_rows(self, path: str, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """The blocks regrouped to the number of rows that a chunk of an array without end has."""
        first = next(blocks, None)
        if first is None or first.ndim == 0:
            return iter(() if first is None else [first])
        n = layout.chunks(path, (2**62, *first.shape[1:]), first.dtype.itemsize)[0]
        return regrouped(itertools.chain([first], blocks), n, name=path, where=self._where)


def _write_spikes(run: _RunWriter, recording: Recording, spikes: SpikeRecord, folder: Path) -> None:
    """Spikes sorted by cell, then time, as a contiguous ragged array: ticks, and their number per cell."""
    cells = np.asarray(spikes.cells)
    counts, ticks = ticks_by_cell(spikes, folder)
    run.group("spikes", dt=recording.dt, duration=recording.duration)
    run.array("spikes/spike_time", ticks, scale_factor=recording.dt)
    run.array("spikes/n_spikes", counts)
    run.array("spikes/gid", cells)
    run.array("spikes/population", population_of(cells, recording.populations), **flags(recording.populations))


def _write_traces(run: _RunWriter, traces: Sequence[Trace]) -> None:
    """Traces by population; those of other cells or times get groups of their own: exc, exc.2, exc.3, …"""
    groups: dict[tuple, tuple[str, int]] = {}  # population, cells, times → path and number of samples
    for trace in traces:
        places = [(name, np.asarray(p)) for name, p in (("section", trace.sections), ("position", trace.positions))
                  if p is not None]
        grid = (trace.population, np.asarray(trace.cells).tobytes(), trace.interval, trace.first_time,
                *((name, p.tobytes()) for name, p in places))
        path, n_times = groups.get(grid, ("", 0))
        if trace.variable in ("time", "gid", "section", "position"):
            raise StoreError(f"a trace cannot be named {trace.variable!r} in a store", name=trace.variable)
        if not path:
            path = run.new_group(
                f"traces/{layout.checked_name(trace.population, 'population')}",
                population=trace.population,
                interval=trace.interval,
            )
        variable = layout.checked_name(trace.variable, "variable")
        shape = run.array(f"{path}/{variable}", trace.values, units=trace.units, long_name=trace.long_name)
        if len(shape) != 2 or shape[1] != len(trace.cells) or (n_times or shape[0]) != shape[0]:
            raise StoreError(
                f"trace {trace.variable} of population {trace.population} must have the shape (times, "
                f"{len(trace.cells)} cells){f', times = {n_times}' if n_times else ''}, got {shape}",
                name=f"{path}/{variable}",
                got=shape,
            )
        if grid not in groups:
            run.array(f"{path}/time", trace.first_time + np.arange(shape[0]) * trace.interval)
            run.array(f"{path}/gid", trace.cells)
            for name, p in places:
                if p.shape != (len(trace.cells),):
                    raise StoreError(f"{name}s must be one a column ({len(trace.cells)}), got shape {p.shape}",
                                     name=f"{path}/{name}", got=p.shape)
                run.array(f"{path}/{name}", p)
            groups[grid] = path, shape[0]


def _population(population: PopulationInfo) -> dict:
    return {
        "name": population.name,
        "first_gid": population.first_gid,
        "size": population.size,
        "model": population.model,
    }


def _identity(point: Any, path: Path) -> tuple[dict, str]:
    """Mapping and id of a point; a mapping without an id is named as its file is."""
    if isinstance(point, Mapping):
        return dict(point), path.name.split(".")[0]
    return point.to_dict(), point.run_id
