"""Parts of a merge that processes on other nodes can make: whole files of large arrays, which no two parts share.

A part is 100 runs of the traces, or ten million spikes. What is small (coordinates, scalars, tables of runs) is made where
merging was called, from the same stores. The files are those that one process writes, byte by byte.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simcore.store import layout
from simcore.store.reader import RunFile
from simcore.trajectory.shards import Concatenated, Stacked
from simcore.trajectory.survey import Outline, Survey


@dataclass(frozen=True)
class Part:
    """Arrays {path in the trajectory: outline}, the stores of some runs in a row, and where in the arrays they come."""

    folder: str
    arrays: dict[str, Outline]
    stores: tuple[str, ...]
    n_runs: int
    first: int = 0                      # number of the first run, or (of values end to end) of the file
    skip: int = 0
    factors: bool = False


def parts(folder: Path, found: Survey, sinks: Mapping[str, object], stores: Sequence[str]) -> Iterator[Part]:
    """The parts that arrays in files of their own fall into, among all that writes the trajectory."""
    stacked = {path: sink.outline for path, sink in sinks.items() if isinstance(sink, Stacked) and sink.sharded}
    for first in range(0, len(stores) if stacked else 0, layout.RUNS_PER_SHARD):
        some = tuple(stores[first : first + layout.RUNS_PER_SHARD])
        yield Part(str(folder), stacked, some, found.n_runs, first)
    for path, sink in sinks.items():
        if isinstance(sink, Concatenated):
            yield from _end_to_end(folder, path, sink.outline, found, stores)


def _end_to_end(folder: Path, path: str, outline: Outline, found: Survey, stores: Sequence[str]) -> Iterator[Part]:
    ends, size = list(itertools.accumulate(outline.lengths)), _events_per_shard()
    for start in range(0, ends[-1], size):
        run = bisect_right(ends, start)                 # the run that the first value of the file is of
        last = bisect_right(ends, min(start + size, ends[-1]) - 1)
        skip = start - (ends[run] - outline.lengths[run])
        yield Part(str(folder), {path: outline}, tuple(stores[run : last + 1]), found.n_runs,
                   start // size, skip, len(found.dts) > 1)


def write_part(part: Part) -> int:
    """Write the files of a part; how many runs were read."""
    sinks: list[Stacked | Concatenated] = []
    for path, outline in part.arrays.items():
        folder = Path(part.folder) / path
        if layout.row(outline.path).across == "concatenated":
            sinks.append(Concatenated(folder, outline, factors=part.factors, first=part.first, skip=part.skip,
                                      limit=_events_per_shard()))
        else:
            sinks.append(Stacked(folder, outline, part.n_runs, part.first))
    for path in part.stores:
        with RunFile(path) as run:
            for sink in sinks:
                sink.add(run)
    for sink in sinks:
        sink.finish()
    return len(part.stores)


def _events_per_shard() -> int:
    return layout.EVENTS_PER_CHUNK * layout.CHUNKS_PER_SHARD
