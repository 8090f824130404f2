"""Arrays with the dimension `run` in front, read and written row by row: whole chunks, each a file of its own.

The number of rows in a chunk does not depend on how many runs there are, so runs can be added at the cost of the last
chunk; a chunk at the end is filled up. Chunks are zstd frames as in run stores (`store/zarr3.py`).
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numcodecs import zstd

from simcore.errors import StoreError
from simcore.store import zarr3
from simcore.trajectory.values import TEXT

if TYPE_CHECKING:
    from simcore.trajectory.storefile import StoreFile, Transaction

CHUNK_BYTES = 1 << 20
MAX_ROWS = 4096  # scalars of 100,000 runs are 25 files
TEXT_ROWS = 1024
SMALL_BYTES = 1 << 16  # are packed sooner than a thread begins


def chunk_rows(dtype: str, inner: Sequence[int]) -> int:
    """Rows in a chunk: about 1 MB."""
    if dtype == TEXT:
        return TEXT_ROWS
    return max(1, min(MAX_ROWS, CHUNK_BYTES // max(1, np.dtype(dtype).itemsize * math.prod(inner))))


def fill_of(dtype: str) -> object:
    """What stands for a missing value: NaN, the most extreme whole number, False, ""."""
    if dtype == TEXT:
        return ""
    kind = np.dtype(dtype).kind
    if kind in "fc":
        return np.nan
    if kind == "b":
        return False
    limits = np.iinfo(dtype)
    return limits.min if limits.min else limits.max


@dataclass(frozen=True)
class RowArray:
    """An array (rows, *inner); dtype as numpy writes it ("<f8") or "text"."""

    path: str
    dtype: str
    inner: tuple[int, ...] = ()
    rows: int = 0  # in a chunk; 0: as chunk_rows says
    dims: tuple[str, ...] = ("run",)
    attrs: dict = field(default_factory=dict, hash=False)
    fill: object = None

    @property
    def chunk(self) -> tuple[int, ...]:
        """Shape of a chunk."""
        return (self.rows or chunk_rows(self.dtype, self.inner), *(max(n, 1) for n in self.inner))

    @property
    def filling(self) -> object:
        """What stands for a missing value."""
        return fill_of(self.dtype) if self.fill is None else self.fill

    def document(self, n_rows: int, *, missing: bool = False) -> dict:
        """The array's zarr.json; `missing`: some rows have no value, so whole numbers need a `_FillValue`."""
        attrs = dict(self.attrs)
        if missing and self.dtype != TEXT and np.dtype(self.dtype).kind in "iu":
            attrs["_FillValue"] = int(self.filling)  # type: ignore[call-overload]
        name = zarr3.TEXT if self.dtype == TEXT else np.dtype(self.dtype).name
        fill = None if self.dtype == TEXT else self.filling
        return zarr3.ArrayDocument((n_rows, *self.inner), name, self.chunk, self.dims, attrs, fill).to_json()

    def file(self, i: int) -> str:
        """Path of the file of chunk i."""
        return "/".join((self.path, "c", str(i), *["0"] * len(self.inner)))

    def blank(self) -> np.ndarray:
        """A chunk of missing values."""
        return np.full(
            self.chunk if 0 not in self.inner else (self.chunk[0], *self.inner),
            self.filling,
            object if self.dtype == TEXT else self.dtype,
        )

    def decode(self, stored: bytes) -> np.ndarray:
        """The chunk in stored bytes."""
        if self.dtype == TEXT:
            return _unpacked(zstd.decompress(stored))
        return zarr3.decode(stored, np.dtype(self.dtype).name, self.chunk)

    def encode(self, chunk: np.ndarray) -> bytes:
        """Stored bytes of a chunk."""
        return zstd.compress(_packed(chunk), zarr3.LEVEL, True) if self.dtype == TEXT else zarr3.encode(chunk)

    def write(self, txn: Transaction, rows: np.ndarray, values: np.ndarray, *, n_old: int) -> None:
        """Set rows (ascending numbers); n_old: rows that there are already, so that new chunks are not looked for."""
        if 0 in self.inner or not len(rows):
            return
        size = self.chunk[0]
        numbers = rows // size
        cuts = np.flatnonzero(np.diff(numbers)) + 1
        for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            i = int(numbers[start])
            old = txn.read(self.file(i)) if i * size < n_old and stop - start < size else None
            chunk = self.blank() if old is None else self.decode(old).copy()
            chunk[rows[start:stop] - i * size] = values[start:stop]
            pack = functools.partial(self.encode, chunk)
            txn.put(self.file(i), pack if chunk.nbytes > SMALL_BYTES else pack())

    def put(self, txn: Transaction, i: int, rows: Sequence[memoryview]) -> None:
        """Write chunk i anew: the bytes of its first rows, and missing values behind. Not for text, nor empty rows."""
        if 0 in self.inner:
            return
        missing = np.full((self.chunk[0] - len(rows), *self.inner), self.filling, self.dtype)
        txn.put(self.file(i), lambda: zstd.compress(b"".join((*rows, missing.tobytes())), zarr3.LEVEL, True))

    def read(self, store: StoreFile, start: int, stop: int) -> np.ndarray:
        """Rows start … stop; chunks that are not there are missing values."""
        size = self.chunk[0]
        if 0 in self.inner:
            return np.empty((stop - start, *self.inner), self.dtype)
        if stop - start == 1:
            return self._cached(store, start // size)[start % size : start % size + 1]
        result = np.empty((stop - start, *self.inner), object if self.dtype == TEXT else self.dtype)

        def take(i: int) -> None:
            a, b = max(start, i * size), min(stop, (i + 1) * size)
            result[a - start : b - start] = self._chunk(store, i)[a - i * size : b - i * size]

        numbers = range(start // size, -(-stop // size))
        if len(numbers) > 8 and self.dtype != TEXT:  # unpacking lets other threads run
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(take, numbers))
        else:
            for i in numbers:
                take(i)
        return result

    def _cached(self, store: StoreFile, i: int) -> np.ndarray:
        key = (self.path, i)
        chunk = store.chunks.get(key)
        if chunk is None:
            if len(store.chunks) > 16:
                store.chunks.clear()
            chunk = store.chunks[key] = self._chunk(store, i)
        return chunk

    def _chunk(self, store: StoreFile, i: int) -> np.ndarray:
        stored = store.read(self.file(i))
        if stored is None:
            return self.blank()
        try:
            return self.decode(stored)
        except (RuntimeError, ValueError) as error:
            raise StoreError(f"{store.path}: {self.path} is damaged in chunk {i} ({error})", name=self.path) from error


@functools.lru_cache(maxsize=4096)
def _encoded(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "little") + raw


def _packed(texts: np.ndarray) -> bytes:
    """The vlen-utf8 codec of zarr: their number, then length and bytes of each."""
    return len(texts).to_bytes(4, "little") + b"".join([_encoded(t) for t in texts])


def _unpacked(raw: bytes) -> np.ndarray:
    n, at = int.from_bytes(raw[:4], "little"), 4
    texts = np.empty(n, object)
    for i in range(n):
        end = at + 4 + int.from_bytes(raw[at : at + 4], "little")
        texts[i] = raw[at + 4 : end].decode()
        at = end
    return texts
