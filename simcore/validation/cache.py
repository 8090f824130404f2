"""Caches of results: any value, handed out so that nobody can change what is kept.

What comes out of a cache has new containers (lists, dicts, sets, tuples) around arrays that are read-only views; any
other object is a copy. On disk a value is one file `<location>/<hh>/<key>.cache`, written whole or not at all: a
checksum, a pickle, and the buffers of its arrays, which are mapped into memory when read. Many processes may use
one folder: `DiskCache.alone` lets one of them at a time make the value of a key, the others then find it.
Like any pickle, a cache is to be read only by those who trust who wrote it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import pickle
import re
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from simcore.store.atomic import new_file
from simcore.validation.canonical import digest
from simcore.validation.errors import BackendException
from simcore.validation.frozen import freeze, n_bytes, thaw

MISSING = type("Missing", (), {"__repr__": lambda _: "MISSING", "__bool__": lambda _: False})()

_MAGIC = b"SIMCACH1"
_ALIGN = 64
_one_writer = [threading.Lock()]     # the first to write to a folder sweeps away what this process seems to have left
os.register_at_fork(after_in_child=lambda: _one_writer.__setitem__(0, threading.Lock()))
_FREE_AFTER = 1 << 16       # arrays from this many bytes on stay mapped; smaller ones are cheaper to copy


class MemoryCache:
    """The values that were used last: at most so many, of at most so many bytes together."""

    def __init__(self, entries: int = 1024, total_bytes: int = 1 << 30):
        self.entries, self.total_bytes = entries, total_bytes
        self._kept: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, to be read only; `default` if there is none."""
        with self._lock:
            if key not in self._kept:
                return default
            self._kept.move_to_end(key)
            kept = self._kept[key][0]
        return thaw(kept)

    def __setitem__(self, key: str, value: Any) -> None:
        kept = freeze(value)
        size = n_bytes(kept)
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = kept, size
            while len(self._kept) > self.entries or (self._bytes > self.total_bytes and len(self._kept) > 1):
                self._bytes -= self._kept.popitem(last=False)[1][1]

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def __getstate__(self) -> dict:
        return {key: value for key, value in vars(self).items() if key != "_lock"}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


class DiskCache:
    """Values in a folder, one file a key."""

    def __init__(self, location: str | os.PathLike):
        self.location = Path(location)

    def path(self, key: str) -> Path:
        """The file of a key; keys that are no digests are named by theirs."""
        name = key if re.fullmatch(r"[0-9a-f]{16,128}", key) else digest(key)
        return self.location / name[:2] / f"{name}.cache"

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, to be read only; `default` if there is none. A damaged file is removed and is none."""
        path = self.path(key)
        try:
            with path.open("rb") as file:
                content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (FileNotFoundError, NotADirectoryError):
            return default
        except ValueError:          # an empty file cannot be mapped
            content = memoryview(b"")
        try:
            return _loaded(content)
        except _Damaged:
            with suppress(OSError):
                path.unlink()
            return default

    def set(self, key: str, value: Any) -> None:
        """Keep a value; BackendException for one that cannot be pickled, StoreError if the folder cannot be written."""
        buffers: list[pickle.PickleBuffer] = []
        try:
            payload = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        except Exception as error:
            raise BackendException(f"the result cannot be kept on disk: {error}", name=key, got=type(value).__name__) \
                from error
        with _one_writer[0], new_file(self.path(key)) as file:
            for part in _parts(payload, [buffer.raw() for buffer in buffers]):
                file.write(part)

    def __contains__(self, key: str) -> bool:
        return self.path(key).exists()

    def clear(self) -> None:
        """Remove all values; what others are writing at this moment stays."""
        for path in self.location.glob("??/*.cache"):
            path.unlink(missing_ok=True)

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Wait until no other thread or process is in this block for this key.

        A process that dies leaves the block. The lock is a file beside the value, removed at the end.
        """
        with alone(self.path(key).with_suffix(".lock")):
            yield


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other thread or process is in a block with this lock file; it is removed at the end."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == lock.stat().st_ino:
                break
        os.close(descriptor)        # removed by who held it before
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


class _Damaged(Exception):
    pass


def _parts(payload: bytes, buffers: list[memoryview]) -> Iterator[bytes | memoryview]:
    """The file: magic, checksum, number and lengths of parts, parts from multiples of 64 bytes on."""
    parts = [memoryview(payload), *buffers]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    head = struct.pack(f"<8sIQ{len(parts)}Q", _MAGIC, checksum, len(parts), *(part.nbytes for part in parts))
    position = len(head)
    yield head
    for part in parts:
        padding = -position % _ALIGN
        yield bytes(padding)
        yield part
        position += padding + part.nbytes


def _loaded(content: memoryview) -> Any:
    try:
        magic, checksum, n = struct.unpack_from("<8sIQ", content)
        lengths = struct.unpack_from(f"<{n}Q", content, 20)
    except struct.error as error:
        raise _Damaged from error
    position, parts = 20 + 8 * n, []
    for length in lengths:
        position += -position % _ALIGN
        parts.append(content[position : position + length])
        position += length
    if magic != _MAGIC or position != content.nbytes:
        raise _Damaged
    found = 0
    for part in parts:
        found = zlib.crc32(part, found)
    if found != checksum:
        raise _Damaged
    return pickle.loads(parts[0], buffers=[part if part.nbytes >= _FREE_AFTER else bytes(part) for part in parts[1:]])
