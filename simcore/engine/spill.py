"""Rows that a run leaves behind one after the other: in memory while they are few, in a file beyond.

A file is taken out of its folder in the moment it is made: it has no name, and however the process ends, the system takes
its space back. So there is nothing to clean up, and nothing that could be taken for a result.
"""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO
from weakref import WeakSet

import numpy as np

from simcore.errors import StoreError

HELD_BYTES = 64 << 20                   # in memory before rows go to a file, for all that a rank records together
_A_BLOCK = 256                          # bytes that a block takes beside its values
_settings: ContextVar[tuple[Path | None, int]] = ContextVar("spill", default=(None, HELD_BYTES))


@contextmanager
def spilling(folder: str | os.PathLike | None, held_bytes: int = HELD_BYTES) -> Iterator[None]:
    """Simulations that are made in this block keep at most held_bytes of recordings in memory, the rest in `folder`.

    None is the folder for temporary files (the environment variable TMPDIR).
    """
    token = _settings.set((Path(folder) if folder is not None else None, held_bytes))
    try:
        yield
    finally:
        _settings.reset(token)


class Spill:
    """What a rank holds of all its recordings, and where they go when that is too much."""

    def __init__(self) -> None:
        self.folder, self.held_bytes = _settings.get()
        self.held = 0
        self.rows: WeakSet[Rows] = WeakSet()            # a file goes with the last that refers to its rows

    def relieve(self) -> None:
        """Write rows to their files: all that hold much, and others until half of what may be held is free."""
        if self.held > self.held_bytes:
            for rows in sorted(self.rows, key=lambda r: -r.held):
                if rows.held >= Rows.AT_ONCE or (rows.held and 2 * self.held > self.held_bytes):
                    rows.write()


class Rows:
    """A growing array of rows of one type, (n, *row).

    Raises StoreError, naming folder and cure, where a file is needed and cannot be written.
    """

    AT_ONCE = 64 << 10                  # bytes; smaller blocks are collected before they are written

    def __init__(self, dtype: type, row: tuple[int, ...], spill: Spill) -> None:
        self._dtype, self._row, self._spill = np.dtype(dtype), row, spill
        self._bytes = self._dtype.itemsize * int(np.prod(row))
        self._file: IO[bytes] | None = None
        self._blocks: list[np.ndarray] = []
        self._n, self._n_written, self.held = 0, 0, 0
        spill.rows.add(self)

    def __len__(self) -> int:
        return self._n

    def append(self, block: np.ndarray) -> None:
        """Add rows (k, *row), which must not change afterwards."""
        self._n += len(block)
        if block.nbytes:
            self._blocks.append(block)
            self._hold(self.held + block.nbytes + _A_BLOCK)
            self._spill.relieve()

    def write_through(self, block: np.ndarray) -> bool:
        """Add rows if they can go to the file at once, and need not be kept; whether they did."""
        if self._file is None or block.nbytes < self.AT_ONCE:
            return False
        self.append(block)
        self.write()
        return True

    def array(self) -> np.ndarray:
        """All rows, (n, *row); where a file holds them, mapped from it, to be read only."""
        if self._file is None or not self._n * self._bytes:
            return np.concatenate(self._blocks) if self._blocks else np.empty((self._n, *self._row), self._dtype)
        self.write()
        mapped = mmap.mmap(self._file.fileno(), self._n * self._bytes, access=mmap.ACCESS_READ)
        return np.ndarray((self._n, *self._row), self._dtype, buffer=mapped)

    def part(self, begin: int, end: int) -> np.ndarray:
        """Rows begin … end - 1."""
        if self._file is None:
            whole = self.array()
            self._blocks = [whole] if whole.nbytes else []
            return whole[begin:end]
        self.write()
        part = np.empty((max(0, min(end, self._n) - begin), *self._row), self._dtype)
        read_rows(self._file, part, begin * self._bytes)
        return part

    def clear(self) -> None:
        """No rows any more; arrays made of them stay."""
        if self._file is not None:
            self._file.close()
        self._file, self._blocks, self._n, self._n_written = None, [], 0, 0
        self._hold(0)

    def write(self) -> None:
        """Move all blocks to the file."""
        with _named_errors(self._spill.folder):
            if self._file is None:
                self._file = unnamed_file(self._spill.folder)
            for block in self._blocks:
                write_rows(self._file, block, self._n_written * self._bytes)
                self._n_written += len(block)
        self._blocks = []
        self._hold(0)

    def _hold(self, held: int) -> None:
        self._spill.held += held - self.held
        self.held = held


def unnamed_file(folder: Path | None) -> IO[bytes]:
    """An empty file on the disk of a folder, which is made, that no name leads to and no end of the process leaves."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder, buffering=0)


def write_rows(file: IO[bytes], rows: np.ndarray, offset: int) -> None:
    """Write an array into a file from an offset [bytes] on. OSError when the disk is full."""
    left = _bytes_of(np.ascontiguousarray(rows))
    while left:
        n = os.pwrite(file.fileno(), left, offset)
        left, offset = left[n:], offset + n


def read_rows(file: IO[bytes], rows: np.ndarray, offset: int) -> None:
    """Fill a contiguous array from a file from an offset [bytes] on. OSError when the file ends before."""
    left = _bytes_of(rows)
    while left:
        n = os.preadv(file.fileno(), [left], offset)
        if not n:
            raise OSError(f"a file of recordings ends {len(left)} bytes early")
        left, offset = left[n:], offset + n


def _bytes_of(rows: np.ndarray) -> memoryview:
    return memoryview(rows.reshape(-1).view(np.uint8)) if rows.nbytes else memoryview(b"")


@contextmanager
def _named_errors(folder: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where, free = folder or Path(tempfile.gettempdir()), ""
        with suppress(OSError):
            free = f" ({shutil.disk_usage(where).free / 1e6:.1f} MB free)"
        cure = "there" if folder else "there, or let TMPDIR name a folder on a larger disk"
        raise StoreError(f"what this run records does not fit in memory and cannot be kept in {where}: "
                         f"{error.strerror or error}{free}; make room {cure}, or record fewer cells or at a longer "
                         "interval. Nothing half-written was left", name="record", got=error.strerror,
                         where=str(where)) from error
