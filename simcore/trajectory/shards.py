"""Write arrays of a trajectory run by run: what is in memory is a chunk, never the array.

A chunk of (1, time, cell) of the trajectory has the same bytes as the chunk (time, cell) of the run, and a
shard is a row of chunks with an index behind: so traces are copied as they are, neither unpacked nor packed
again (linking, in spirit; three times as fast as unpacking and packing). Source: zarr 3 sharding codec,
https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c
import numpy as np

from simcore.store import layout, zarr3
from simcore.store.blocks import filled, pieces
from simcore.store.reader import RunFile
from simcore.trajectory.survey import Outline

_NO_CHUNK = (2**64 - 1, 2**64 - 1)  # the index entry of a chunk that is all fill value


class ShardStream:
    """Chunks, in C order, into shard files of `per_shard` chunks each: <folder>/c/0/0, c/1/0, …, or from `first` on."""

    def __init__(self, folder: Path, per_shard: int, n_dims: int, first: int = 0):
        self._folder, self._per_shard, self._n_dims = folder / "c", per_shard, n_dims
        self._n_shards, self._at = first, 0
        self._index: list[tuple[int, int]] = []
        self._stream: BinaryIO | None = None

    def append(self, chunk: bytes | None) -> None:
        """The next chunk; None for one that is all fill value."""
        if self._stream is None:
            path = self._folder.joinpath(str(self._n_shards), *["0"] * (self._n_dims - 1))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream, self._at = path.open("wb"), 0
        self._index.append(_NO_CHUNK if chunk is None else (self._at, len(chunk)))
        if chunk is not None:
            self._stream.write(chunk)
            self._at += len(chunk)
        if len(self._index) == self._per_shard:
            self.close()

    def close(self) -> None:
        """End the shard in the making."""
        if self._stream is None:
            return
        self._index += [_NO_CHUNK] * (self._per_shard - len(self._index))
        index = np.array(self._index, "<u8").tobytes()
        with self._stream as stream:
            stream.write(index + google_crc32c.value(index).to_bytes(4, "little"))
        self._stream, self._index, self._n_shards = None, [], self._n_shards + 1


class Stacked:
    """An array with the dimension `run` in front, (run, …); runs that have less of it, or none, are padded.

    first: the run that is added first, a multiple of RUNS_PER_SHARD, of an array that is `sharded`.
    """

    def __init__(self, folder: Path, outline: Outline, n_runs: int, first: int = 0):
        self.outline, self._path, self._n_runs = outline, outline.path, n_runs
        self._dtype, self._attrs = outline.stacked(n_runs)
        self._shape, self._fill = outline.shape, outline.padding(n_runs)
        itemsize = 8 if self._dtype == zarr3.TEXT else np.dtype(self._dtype).itemsize
        self._chunks, self._shards = layout.run_chunks(self._path, self._shape, itemsize, n_runs)
        self._folder, self._n_written = folder, 0
        self._rows: list[np.ndarray] = []
        if self._shards:
            self._stream = ShardStream(
                self._folder,
                math.prod(self._shards) // math.prod(self._chunks),
                1 + len(self._shape),
                first // self._shards[0],
            )

    @property
    def sharded(self) -> bool:
        """Whether RUNS_PER_SHARD runs are a file of their own."""
        return self._shards is not None

    def add(self, run: RunFile) -> None:
        """Take the next run."""
        if self._shards:
            for chunk in self._chunks_of(run):
                self._stream.append(chunk)
            return
        values = (
            self._padded(run) if self._path in run.documents else np.full(self._shape, self._fill, self._numpy_type())
        )
        self._rows.append(values)
        if len(self._rows) == self._chunks[0]:
            self._flush()

    def finish(self) -> zarr3.ArrayDocument:
        """Write what is left; the document of the array."""
        if self._shards:
            self._stream.close()
        elif self._rows:
            self._flush()
        return self.document()

    def document(self) -> zarr3.ArrayDocument:
        """The document of the array, whoever writes it."""
        dims = ("run", *layout.dims(self._path, len(self._shape)))
        return zarr3.ArrayDocument(
            (self._n_runs, *self._shape), self._dtype, self._chunks, dims, self._attrs, self._fill, self._shards
        )

    def _chunks_of(self, run: RunFile) -> Iterator[bytes | None]:
        """Chunks of one run in C order: the stored bytes where they fit as they are, else packed anew."""
        inner = self._chunks[1:]
        if self._path not in run.documents:
            yield from [None] * math.prod(-(-n // c) for n, c in zip(self._shape, inner, strict=True))
            return
        document = run.document(self._path)
        if (document.shape, document.dtype, document.chunks) == (self._shape, self._dtype, inner):
            yield from (run.chunk(self._path, at) for at in np.ndindex(document.grid))
        else:
            yield from (zarr3.encode(piece) for _, piece in pieces(self._padded(run), inner))

    def _padded(self, run: RunFile) -> np.ndarray:
        return filled(run.read(self._path).astype(self._numpy_type(), copy=False), self._shape, self._fill)

    def _numpy_type(self) -> type | str:
        return str if self._dtype == zarr3.TEXT else self._dtype

    def _flush(self) -> None:
        write_chunk(self._folder, (self._n_written, *[0] * len(self._shape)), np.stack(self._rows), self._chunks)
        self._rows, self._n_written = [], self._n_written + 1


class Concatenated:
    """An array laid end to end in the order of runs: spike times, in ticks of dt.

    If runs differ in dt (then `factors` is true) the values are multiplied with their own scale: float64 ms. first: number
    of the file that is written first. skip: values of the first run that are in the file before. limit: values to take.
    """

    def __init__(self, folder: Path, outline: Outline, *, factors: bool, first: int = 0, skip: int = 0,
                 limit: int | None = None):
        self.outline, self._path, self._factors, self._n = outline, outline.path, factors, 0
        self._skip, self._limit = skip, limit
        self._held: list[np.ndarray] = []
        self._dtype = "float64" if factors else outline.dtype
        self._attrs = {k: v for k, v in outline.attrs.items() if not (factors and k == "scale_factor")}
        self._stream = ShardStream(folder, layout.CHUNKS_PER_SHARD, 1, first)

    def add(self, run: RunFile) -> None:
        """Take the next run."""
        if self._path not in run.documents:
            return
        values = run.read(self._path).astype(self._dtype)
        if self._factors:
            values *= run.document(self._path).attrs["scale_factor"]
        left = None if self._limit is None else self._limit - self._n
        values, self._skip = values[self._skip :][:left], 0
        self._held.append(values)
        self._n += len(values)
        if sum(map(len, self._held)) >= layout.EVENTS_PER_CHUNK:
            self._write(np.concatenate(self._held), layout.EVENTS_PER_CHUNK)

    def finish(self) -> zarr3.ArrayDocument:
        """Write what is left; the document of the array."""
        left = np.concatenate([*self._held, np.zeros(0, self._dtype)])
        if len(left):
            self._write(filled(left, (layout.EVENTS_PER_CHUNK,)), layout.EVENTS_PER_CHUNK)
        self._stream.close()
        return self.document()

    def document(self) -> zarr3.ArrayDocument:
        """The document of the array, whoever writes it."""
        chunks = (layout.EVENTS_PER_CHUNK,)
        return zarr3.ArrayDocument(
            (sum(self.outline.lengths),),
            self._dtype,
            chunks,
            layout.dims(self._path, 1),
            self._attrs,
            None,
            (layout.EVENTS_PER_CHUNK * layout.CHUNKS_PER_SHARD,),
        )

    def _write(self, values: np.ndarray, n: int) -> None:
        n_full = len(values) - len(values) % n
        for start in range(0, n_full, n):
            self._stream.append(zarr3.encode(values[start : start + n]))
        self._held = [values[n_full:]]


class Once:
    """An array that all runs agree on; of times, the longest."""

    def __init__(self, folder: Path, outline: Outline):
        self._folder, self._outline, self._values = folder, outline, outline.longest

    def add(self, run: RunFile) -> None:
        """Take the next run."""
        if self._values is None and self._outline.path in run.documents:
            self._values = run.read(self._outline.path)

    def finish(self) -> zarr3.ArrayDocument:
        """Write it; the document of the array."""
        assert self._values is not None     # some run has it, or there were no outline
        return write_whole(self._folder, self._values, layout.dims(self._outline.path, 1), self._outline.attrs)


class Counted:
    """How many cells or samples each run has, where runs differ: the extent of `path` along `axis`, per run."""

    def __init__(self, path: str, axis: int):
        self._path, self._axis = path, axis
        self.values: list[int] = []

    def add(self, run: RunFile) -> None:
        """Take the next run."""
        there = self._path in run.documents
        self.values.append(run.document(self._path).shape[self._axis] if there else 0)


def write_chunk(folder: Path, at: tuple[int, ...], values: np.ndarray, chunks: tuple[int, ...]) -> None:
    """One chunk file of an array without shards; nothing for an array without values."""
    if values.size:
        path = folder.joinpath("c", *map(str, at))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zarr3.encode(filled(values, chunks)))


def write_whole(folder: Path, values: np.ndarray, dims: tuple[str, ...], attrs: dict) -> zarr3.ArrayDocument:
    """A small array as one chunk; its document."""
    values = zarr3.canonical(values, name=folder.name)
    chunks = tuple(max(n, 1) for n in values.shape)
    write_chunk(folder, (0,) * values.ndim, values, chunks)
    return zarr3.ArrayDocument(values.shape, zarr3.data_type(values.dtype), chunks, dims, attrs)
