"""Segments: append-only journals that runs are committed to, one file a worker, so no worker waits for another.

A segment is a row of frames. A frame is a header of 64 bytes and a payload, with a checksum over both; a frame that is
not whole ends the segment, so what a killed process leaves behind is what it had finished. A run's leaves are described
once a segment (a schema frame); a run's own frame has the shapes and the bytes alone: one write a run, whatever it has.
Segments are folded into the arrays of the trajectory (`fold.py`) and removed.
"""

from __future__ import annotations

import errno
import itertools
import json
import math
import mmap
import os
import platform
import re
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import google_crc32c
import numpy as np

from simcore.errors import StoreError
from simcore.store.atomic import named_errors
from simcore.trajectory.values import TEXT, Part

FOLDER = "segments"
HEADER = struct.Struct("<4sBBHQIIIIQddd")  # magic kind flags - run schema n_shapes n_extra crc length started ended cpu
MAGIC = b"sRUN"
SCHEMA, RUN, DATA, ERROR, WORKER = 1, 2, 3, 4, 5  # RUN completes its run, DATA adds leaves, ERROR says why it failed
COMMITS = ("disk", "run", "batch")  # flushed to the disk / given to the system, each run; in blocks of BUFFER bytes
BUFFER = 1 << 20
_LAYOUTS = 1000  # remembered of a segment
_counter = itertools.count()
_HOST = re.sub(r"[^\w.]", "_", platform.node()) or "host"


class SegmentWriter:
    """The journal of one worker.

    commit: "disk" flushes each run to the disk (survives a power failure), "run" hands each to the system (survives
    kill -9), "batch" gathers 1 MB or `seconds` (a killed worker's last ones run again).
    """

    def __init__(self, folder: Path, commit: str = "run", seconds: float = 0.5):
        self.path = folder / f"{time.time_ns():020d}-{os.getpid()}-{_HOST}-{next(_counter)}.seg"
        self._commit, self._seconds = commit, seconds
        self._schemas: dict[str, int] = {}
        self._held: list[bytes] = []
        self._n_held, self._flushed, self._size = 0, time.monotonic(), 0
        with named_errors(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_APPEND, 0o644)

    def schema(self, text: str) -> int:
        """Number of a schema in this segment; written when new."""
        number = self._schemas.get(text)
        if number is None:
            number = self._schemas[text] = len(self._schemas)
            self._put(_frame(SCHEMA, number, number, text.encode()))
        return number

    def worker(self, about: Mapping) -> None:
        """What all runs of this segment have in common, for their provenance records."""
        self._put(_frame(WORKER, 0, 0, json.dumps(about, default=str).encode()))

    def run(
        self,
        idx: int,
        schema: str,
        parts: Sequence[Part],
        extra: bytes = b"",
        *,
        times: tuple[float, float, float] = (0, 0, 0),
        kind: int = RUN,
    ) -> None:
        """Commit a run: its parts in the order of the schema, its own notes as JSON, and start, end, CPU seconds."""
        number = self.schema(schema)
        shapes: list[int] = []
        raw: list[bytes] = []
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            shapes += [len(data)] if isinstance(data, bytes) else data.shape
            raw.append(data if isinstance(data, bytes) else data.tobytes())
            if len(raw[-1]) % 8:
                raw.append(bytes(-len(raw[-1]) % 8))
        payload = b"".join((struct.pack(f"<{len(shapes)}q", *shapes), *raw, extra))
        self._put(_frame(kind, idx, number, payload, n_shapes=len(shapes), n_extra=len(extra), times=times))
        if self._commit != "batch" or self._n_held > BUFFER or time.monotonic() - self._flushed > self._seconds:
            self.flush()

    def error(self, idx: int, text: str, times: tuple[float, float, float]) -> None:
        """Note why a run failed."""
        self._put(_frame(ERROR, idx, 0, text.encode(), times=times))
        self.flush()

    def flush(self) -> None:
        """Write what is held; on failure the segment ends with the last whole run."""
        if not self._held:
            return
        block = memoryview(b"".join(self._held))
        with named_errors(self.path):
            try:
                done = 0
                while done < len(block):
                    done += os.write(self._file, block[done:])
                if self._commit == "disk":
                    os.fdatasync(self._file)
            except OSError:
                os.ftruncate(self._file, self._size)
                raise
        self._size += len(block)
        self._held, self._n_held, self._flushed = [], 0, time.monotonic()

    def close(self) -> None:
        """Write what is held and close; a segment without frames is removed."""
        if self._file < 0:
            return
        try:
            self.flush()
        finally:
            os.close(self._file)
            self._file = -1
            if not self._size:
                self.path.unlink(missing_ok=True)

    def _put(self, frame: bytes) -> None:
        self._held.append(frame)
        self._n_held += len(frame)


def _frame(
    kind: int,
    run: int,
    schema: int,
    payload: bytes,
    *,
    n_shapes: int = 0,
    n_extra: int = 0,
    times: tuple[float, float, float] = (0, 0, 0),
) -> bytes:
    fields = (MAGIC, kind, 0, 0, run, schema, n_shapes, n_extra)
    crc = google_crc32c.extend(google_crc32c.value(HEADER.pack(*fields, 0, len(payload), *times)), payload)
    return HEADER.pack(*fields, crc, len(payload), *times) + payload


@dataclass(slots=True)
class Frame:
    """A whole frame: what it is about, and where its payload is."""

    segment: Segment
    kind: int
    run: int
    schema: int
    n_shapes: int
    n_extra: int
    start: int
    length: int
    times: tuple[float, float, float]

    @property
    def payload(self) -> memoryview:
        """The bytes."""
        return self.segment.view[self.start : self.start + self.length]

    @property
    def extra(self) -> dict:
        """Notes of this run alone."""
        end = self.start + self.length
        return json.loads(bytes(self.segment.view[end - self.n_extra : end])) if self.n_extra else {}

    def layout(self) -> list[tuple[int, tuple[int, ...], int]]:
        """Offset, shape and number of bytes of each part."""
        shapes_at, start = self.start, self.start + 8 * self.n_shapes
        key = self.schema, bytes(self.segment.view[shapes_at:start])
        known = self.segment.layouts.get(key)
        if known is None:
            known = self._layout()
            if len(self.segment.layouts) < _LAYOUTS:
                self.segment.layouts[key] = known
        return [(start + at, shape, n) for at, shape, n in known]

    def _layout(self) -> list[tuple[int, tuple[int, ...], int]]:
        """As `layout`, from the end of the shapes on."""
        shapes = struct.unpack_from(f"<{self.n_shapes}q", self.segment.view, self.start)
        at, i, result = 0, 0, []
        for itemsize, n_dims in self.segment.sizes(self.schema):
            shape = shapes[i : i + n_dims]
            i += n_dims
            n = itemsize * math.prod(shape)
            result.append((at, shape, n))
            at += n + -n % 8
        return result

    def read(self, part: int) -> Part:
        """One part, as a copy."""
        at, shape, n = self.layout()[part]
        dtype = self.segment.parts(self.schema)[part][1]
        data = bytes(self.segment.view[at : at + n])
        return data.decode() if dtype == TEXT else np.frombuffer(data, dtype).reshape(shape).copy()


class Segment:
    """A segment for reading; it may grow while it is read."""

    def __init__(self, path: Path):
        self.path = path
        self.view = memoryview(b"")
        self.schemas: dict[int, dict] = {}
        self.record: dict = {}  # what the worker's runs have in common
        self.end = 0
        self.layouts: dict[tuple[int, bytes], list] = {}  # by schema and shapes

    def frames(self) -> Iterator[Frame]:
        """Whole frames of runs since the last call."""
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size - self.end < HEADER.size:
                    return
                self.view = memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ))
        except FileNotFoundError:  # folded meanwhile
            return
        while (head := self._head(size)) is not None:
            kind, run, schema, n_shapes, n_extra, length, times = head
            start = self.end + HEADER.size
            self.end = start + length
            if kind == SCHEMA:
                self.schemas[schema] = json.loads(bytes(self.view[start : self.end]))
            elif kind == WORKER:
                self.record = json.loads(bytes(self.view[start : self.end]))
            else:
                yield Frame(self, kind, run, schema, n_shapes, n_extra, start, length, times)

    def _head(self, size: int) -> tuple | None:
        """Fields of the next frame, or None if it is not whole."""
        if size - self.end < HEADER.size:
            return None
        magic, kind, _, _, run, schema, n_shapes, n_extra, crc, length, *times = HEADER.unpack_from(self.view, self.end)
        start = self.end + HEADER.size
        if magic != MAGIC or length > size - start:
            return None
        head = HEADER.pack(MAGIC, kind, 0, 0, run, schema, n_shapes, n_extra, 0, length, *times)
        if google_crc32c.extend(google_crc32c.value(head), bytes(self.view[start : start + length])) != crc:
            return None
        return kind, run, schema, n_shapes, n_extra, length, tuple(times)

    def sizes(self, schema: int) -> list[tuple[int, int]]:
        """Item size and number of stored extents of each part."""
        return [(1, 1) if dtype == TEXT else (np.dtype(dtype).itemsize, n) for _, dtype, n in self.parts(schema)]

    def parts(self, schema: int) -> list[tuple]:
        """Suffix, data type and number of dimensions of each part."""
        return [
            tuple(part) for leaf in self.schemas[schema]["leaves"] for _, _, parts in leaf["items"] for part in parts
        ]


def segments(folder: Path) -> list[Segment]:
    """The segments in a folder, oldest first."""
    try:
        return [Segment(path) for path in sorted(folder.glob("*.seg"))]
    except OSError as error:
        raise StoreError(f"cannot read {folder}: {error.strerror}", name=str(folder)) from error


def is_full(error: StoreError) -> bool:
    """Whether a StoreError was caused by a full disk or quota: no further run can be committed."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
    )
