"""THE table: every group and array of a run store and of a trajectory, with dims, types, units and
attributes.

A run store is a zarr 3 group; a trajectory is the same with the dimension `run` in front. What happens to an
array when runs are merged is its `across`:

- stacked:      gets the dimension `run` in front; where runs differ in shape, padded with `fill`
- concatenated: laid end to end in the order of runs (contiguous ragged arrays of the CF conventions, chapter
  9)
- shared:       kept once if all runs agree on it, else stacked

Paths in braces stand for any name; `ROWS["traces/{group}/{variable}"]` is a trace of any variable.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from simcore.errors import StoreError

LAYOUT = 1  # version, attribute `simcore_layout`; readers refuse others
CONVENTIONS = "CF-1.11"
GROUPS = ("spikes", "traces", "results", "runs")  # runs: only in trajectories
CHUNK_BYTES = 4 << 20  # an array below this is one chunk: one run's trace in one read
EVENTS_PER_CHUNK = 100_000  # spikes: one run of a trajectory must not decode those of hundreds
CHUNKS_PER_SHARD = 100  # of spikes: 10 million in a file
RUN_BYTES = 1 << 16  # trajectory: parts of runs below this share a chunk
RUNS_PER_SHARD = 100  # trajectory: 1,000 runs in 10 files an array


@dataclass(frozen=True)
class Row:
    """One array: dims, numpy data type (None: that of the values), CF attributes, what merging does."""

    dims: tuple[str, ...]
    dtype: str | None
    across: str
    fill: object = None
    attrs: dict = field(default_factory=dict)


ROWS = {
    # ticks of dt: exact, a quarter smaller than float64; readers get ms by scale_factor, set by the writer
    "spikes/spike_time": Row(
        ("spike",), "int32", "concatenated", attrs={"units": "ms", "long_name": "time of the spike"}
    ),
    "spikes/n_spikes": Row(
        ("cell",),
        "int32",
        "stacked",
        0,
        {
            "sample_dimension": "spike",
            "units": "1",
            "long_name": "number of spikes",
            "coordinates": "gid population",
        },
    ),
    "spikes/gid": Row(("cell",), "int32", "shared", -1, {"units": "1", "long_name": "global id of the cell"}),
    "spikes/population": Row(("cell",), "int16", "shared", -1, {"long_name": "population of the cell"}),
    "traces/{group}/{variable}": Row(("time", "cell"), "float64", "stacked", float("nan"), {"coordinates": "gid"}),
    "traces/{group}/time": Row(
        ("time",),
        "float64",
        "shared",
        float("nan"),
        {"units": "ms", "long_name": "time since the start of the run"},
    ),
    "traces/{group}/gid": Row(("cell",), "int32", "shared", -1, {"units": "1", "long_name": "global id of the cell"}),
    "traces/{group}/section": Row(("cell",), "int32", "shared", -1, {"units": "1", "long_name": "section of the cell"}),
    "traces/{group}/position": Row(
        ("cell",), "float32", "shared", float("nan"), {"units": "1", "long_name": "position along the section, 0 to 1"}
    ),
    "results/{name}": Row((), None, "stacked"),
    # only in trajectories
    "run": Row(("run",), "int64", "coordinate", attrs={"long_name": "index of the run"}),
    "run_id": Row(
        ("run",), "str", "coordinate", attrs={"long_name": "digest of the point, first 12 hexadecimal digits"}
    ),
    "{axis}": Row(("run",), None, "coordinate"),
    "{group}/n_cells": Row(("run",), "int32", "counted", attrs={"units": "1", "long_name": "cells of this run"}),
    "{group}/n_times": Row(("run",), "int32", "counted", attrs={"units": "1", "long_name": "samples of this run"}),
    "runs/{fact}": Row(("run",), None, "record"),
}
_NAME = re.compile(r"(?!__)(?!\.)[^/\x00]+(?<!\.)")


def row(path: str) -> Row:
    """The row of the table for the path of an array of a run store, such as `traces/exc/v`."""
    if path in ROWS:
        return ROWS[path]
    top, *names = path.split("/")
    if top == "traces" and len(names) == 2:
        return ROWS.get(f"traces/{{group}}/{names[1]}", ROWS["traces/{group}/{variable}"])
    if top == "results" and len(names) == 1:
        return ROWS["results/{name}"]
    raise StoreError(f"layout {LAYOUT} has no array {path!r}", name=path, valid=sorted(ROWS))


def counted(path: str) -> Row:
    """The row of n_cells or n_times of any group."""
    return ROWS[f"{{group}}/{path.rsplit('/', 1)[-1]}"]


def dims(path: str, n_dims: int) -> tuple[str, ...]:
    """Names of the dimensions of an array; those of results are their own, as their shapes need not agree."""
    named = row(path).dims
    return named or tuple(f"{path.rsplit('/', 1)[-1]}_dim{i}" for i in range(n_dims))


def chunks(path: str, shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Shape of the chunks of an array of a run store; the first dimension is split so that blocks can stream
    in.
    """
    if path == "spikes/spike_time":
        return (min(max(shape[0], 1), EVENTS_PER_CHUNK),)
    if not shape:
        return ()
    inner, size = [], itemsize
    for n in reversed(shape[1:]):
        inner.append(min(max(n, 1), max(1, CHUNK_BYTES // size)))
        size *= inner[-1]
    return (min(max(shape[0], 1), max(1, CHUNK_BYTES // size)), *reversed(inner))


def checked_name(name: str, what: str) -> str:
    """The name, if it can be a part of a path in a store; StoreError otherwise."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StoreError(
            f"the {what} {name!r} cannot name an array: empty, or '/' in it, or '.' at an end, or leading '__'",
            name=str(name),
            got=name,
        )
    return name


def run_chunks(path: str, shape: tuple[int, ...], itemsize: int, n_runs: int) -> tuple[tuple, tuple | None]:
    """Shapes of chunks and shards of a stacked array of a trajectory, (run, …); no shards: None.

    A run's part of 64 kB or more keeps the chunks it has in the run's own store, so that merging copies their
    bytes, in shards of 100 runs; smaller parts are put together to chunks of about 1 MB.
    """
    n_bytes = itemsize * math.prod(shape)
    if n_bytes < RUN_BYTES:
        return (max(1, min(n_runs, (1 << 20) // max(n_bytes, 1))), *(max(n, 1) for n in shape)), None
    inner = chunks(path, shape, itemsize)
    whole = (-(-n // c) * c for n, c in zip(shape, inner, strict=True))
    return (1, *inner), (min(n_runs, RUNS_PER_SHARD), *whole)
