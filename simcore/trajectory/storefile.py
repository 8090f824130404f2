"""The file of a trajectory: a folder that is a zarr 3 group, changed by transactions that happen whole or not at all.

A transaction stages new files beside the old ones, notes what it is about to do (COMMIT), and then moves the files to
their places. A process that is killed before COMMIT has done nothing; after it, the next one that opens the store
finishes the moves. One process changes a store at a time (a lock); workers' segments need no lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from simcore.errors import StoreError
from simcore.store import layout, zarr3
from simcore.store.atomic import named_errors, write_bytes
from simcore.trajectory.errors import DataNotInStorageError, VersionMismatchError

TREE = 1  # version of what a trajectory adds to the layout of stores: attribute `simcore_trajectory`
_STAGE = ".transaction"
_PLAN, _COMMIT = "PLAN.json", "COMMIT.json"
_PACKERS = (os.cpu_count() or 1) + 1  # threads: one a core, and one that waits for the disk
_THREADS = 16  # a slow disk flushes many files at the cost of a few …
_SLOW = 1e-3  # … which is one that takes more seconds than this for a file
_AT_ONCE = 64  # files in the making, of about 1 MB


class StoreFile:
    """Documents and files of one trajectory; `docs`: zarr.json of groups and arrays by path, `attrs`: of the root."""

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self.docs: dict[str, dict] = {}
        self.attrs: dict = {}
        self.chunks: dict = {}  # read last, by array and number
        self._locks = 0
        self._lock_file = -1
        self._state: tuple[int, int] | None = None  # of the root document when it was read
        self._running = False
        self.unflushed: set[str] = set()  # files that a transaction left to the next to flush to the disk

    def exists(self) -> bool:
        """Whether there is a trajectory."""
        return (self.path / "zarr.json").is_file()

    def load(self, *, force: bool = False) -> None:
        """Read all documents; finishes a transaction that was committed but not carried out."""
        if (self.path / _STAGE / _COMMIT).is_file():
            self._recover()
        self._state = self._state_now()
        try:
            root = json.loads((self.path / "zarr.json").read_bytes())
        except FileNotFoundError:
            raise DataNotInStorageError(f"there is no trajectory at {self.path}", name=str(self.path)) from None
        except (OSError, ValueError) as error:
            raise StoreError(f"{self.path} cannot be read as a trajectory: {error}", name=str(self.path)) from error
        self.attrs = root.get("attributes", {})
        self._check_version(force=force)
        self.docs = dict(root.get("consolidated_metadata", {}).get("metadata", {}))
        self.chunks.clear()

    def _state_now(self) -> tuple[int, int] | None:
        try:
            now = (self.path / "zarr.json").stat()
        except OSError:
            return None
        return now.st_ino, now.st_mtime_ns

    def is_outdated(self) -> bool:
        """Whether another process has changed the store since it was read."""
        return not self._running and self._state is not None and self._state != self._state_now()

    def _check_version(self, *, force: bool) -> None:
        for name, known in (("simcore_layout", layout.LAYOUT), ("simcore_trajectory", TREE)):
            found = self.attrs.get(
                name, known if name == "simcore_trajectory" and "simcore_layout" in self.attrs else None
            )
            if found == known or (force and found is not None):
                continue
            what = f"{name} {found}" if found is not None else "no trajectory of simcore (no attribute simcore_layout)"
            cure = (
                "force=True tries to read it all the same"
                if found is not None
                else "open it with xarray or zarr, or convert it"
            )
            raise VersionMismatchError(
                f"{self.path} has {what}; this program reads {name} {known}: use the version that "
                f"wrote it ({self.attrs.get('version', 'unknown')}), or {cure}",
                name=name,
                got=found,
                valid=known,
            )

    def read(self, name: str) -> bytes | None:
        """Bytes of a file of the store; None if there is none."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one process that changes this store."""
        if self._locks == 0:
            self._lock_file = self._opened(".lock")
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        self._locks += 1
        try:
            yield
        finally:
            self._locks -= 1
            if self._locks == 0:
                os.close(self._lock_file)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be the one exploration that runs in this store; StoreError if there is another."""
        if self._running:
            yield
            return
        file = self._opened(".running")
        try:
            _take_lock(file, self.path)
            self._running = True
            yield
        finally:
            self._running = False
            os.close(file)

    def _opened(self, name: str) -> int:
        with named_errors(self.path / name):
            self.path.mkdir(parents=True, exist_ok=True)
            return os.open(self.path / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)

    @contextmanager
    def transaction(self, *, flush: bool = True) -> Iterator[Transaction]:
        """Change files and documents; all of it happens at the end of the block, or nothing.

        flush=False: a new store, in which there is nothing to lose yet, is written in place (it is none without its root
        document, the last file) and flushed to the disk with the next transaction; before, a killed process leaves it
        whole, but a power failure may not. StoreError while another process runs the exploration: its segments are not to
        be touched.
        """
        with self.running(), self.lock():
            self._recover()
            docs, attrs = dict(self.docs), dict(self.attrs)
            txn = Transaction(self, flush=flush or self.exists())
            try:
                with named_errors(self.path), txn:
                    yield txn
                    txn.commit(before=docs)
            except BaseException:
                self.docs, self.attrs = docs, attrs
                txn.forget()
                with suppress(OSError):
                    if not (txn.stage / _COMMIT).is_file():
                        shutil.rmtree(txn.stage, ignore_errors=True)
                raise
            self.chunks.clear()

    def _recover(self) -> None:
        """Finish a committed transaction of a dead process, drop one that was not committed."""
        stage = self.path / _STAGE
        if not stage.exists():
            return
        with named_errors(self.path), self.lock():
            if (stage / _COMMIT).is_file():
                _carry_out(stage, self.path)
            else:
                shutil.rmtree(stage, ignore_errors=True)


class Transaction:
    """Files to be written and removed, staged beside the store under numbers.

    Large ones are packed, written and flushed by threads. Small ones are flushed at the end, one after the other while the
    threads are at work: starting a thread takes as long as flushing five.
    """

    def __init__(self, store: StoreFile, *, flush: bool = True):
        self.store = store
        self.stage = store.path / _STAGE
        self._flush = flush
        self._removed: list[str] = []
        self._staged: dict[str, int] = {}  # number of the staged file by its name in the store
        self._threads = ThreadPoolExecutor(_PACKERS)  # starts none before there is work
        self._at_work: dict[str, Future] = {}
        self._small: set[str] = set()  # files that are written, and flushed at the end

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def put(self, name: str, content: bytes | Callable[[], bytes]) -> None:
        """Write a file; a function makes its content in a thread."""
        if not self._flush:
            self._put_in_place(name, content() if callable(content) else content)
            return
        if not self._staged:
            self.stage.mkdir(parents=True, exist_ok=True)
        self._finish(name)
        place = self.stage / str(self._staged.setdefault(name, len(self._staged)))
        if not callable(content):
            _write(place, content)
            self._small.add(name)
            return
        self._small.discard(name)
        if len(self._at_work) >= _AT_ONCE:
            self._finish(next(iter(self._at_work)))
        self._at_work[name] = self._threads.submit(_write, place, content, flush=True)

    def _put_in_place(self, name: str, content: bytes) -> None:
        path = self.store.path / name
        if name not in self._staged:
            self._staged[name] = len(self._staged)
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def forget(self) -> None:
        """Remove what was written in place, after a failure."""
        for name in self._staged if not self._flush else ():
            with suppress(OSError):
                (self.store.path / name).unlink(missing_ok=True)

    def _finish(self, name: str) -> None:
        """Wait until a file is written, if it is in the making."""
        if name in self._at_work:
            self._at_work.pop(name).result()

    def read(self, name: str) -> bytes | None:
        """Bytes of a file as it will be."""
        if name in self._staged:
            self._finish(name)
            place = self.stage / str(self._staged[name]) if self._flush else self.store.path / name
            return place.read_bytes()
        return self.store.read(name)

    def array(self, path: str, document: Mapping) -> None:
        """Set the document of an array."""
        self.store.docs[path] = dict(document)

    def group(self, path: str, attrs: Mapping | None = None) -> None:
        """Set the attributes of a group; None leaves those it has."""
        if attrs is not None or path not in self.store.docs:
            self.store.docs[path] = zarr3.group_json(attrs or {})

    def remove(self, path: str) -> None:
        """Remove an array, group or file with all below it."""
        self._removed.append(path)
        for name in [n for n in self.store.docs if n == path or n.startswith(f"{path}/")]:
            del self.store.docs[name]

    def commit(self, *, before: Mapping[str, Mapping]) -> None:
        """Make it happen."""
        docs = dict(sorted(self.store.docs.items()))
        for path in [p for p in docs if p.count("/")]:
            docs.setdefault(path.rpartition("/")[0], zarr3.group_json())
        self.store.docs = dict(sorted(docs.items()))
        for path, document in self.store.docs.items():
            if before.get(path) != document:
                self.put(f"{path}/zarr.json", zarr3.dumps(document, where=path))
        root = zarr3.group_json(self.store.attrs, self.store.docs)
        if not self._flush:
            write_bytes(self.store.path / "zarr.json", zarr3.dumps(root), flush=False)
            self.store.unflushed.update([*self._staged, "zarr.json"])
            return
        self.put("zarr.json", zarr3.dumps(root))  # last, so it is moved last
        _write(self.stage / _PLAN, json.dumps({"files": self._staged, "removed": self._removed}).encode())
        small = [self.stage / str(self._staged[name]) for name in self._small]
        _flush_all([*small, self.stage / _PLAN, *(self.store.path / name for name in self.store.unflushed)])
        for task in self._at_work.values():
            task.result()
        (self.stage / _PLAN).rename(self.stage / _COMMIT)
        _flush(self.stage)
        self.store.unflushed.clear()
        _carry_out(self.stage, self.store.path)


def _carry_out(stage: Path, path: Path) -> None:
    """Move staged files to their places; can be done again from any point.

    Needs no flush: file systems keep the order of these changes, so while one is missing the stage is still there.
    """
    plan = json.loads((stage / _COMMIT).read_bytes())
    for folder in sorted({name.rpartition("/")[0] for name in plan["files"]}):
        (path / folder).mkdir(parents=True, exist_ok=True)
    for name, number in plan["files"].items():
        with suppress(FileNotFoundError):  # moved before this process was killed
            (stage / str(number)).replace(path / name)
    for name in plan["removed"]:
        gone = path / name
        shutil.rmtree(gone, ignore_errors=True) if gone.is_dir() else gone.unlink(missing_ok=True)
    shutil.rmtree(stage, ignore_errors=True)


def _write(path: Path, content: bytes | Callable[[], bytes], *, flush: bool = False) -> None:
    with path.open("wb", buffering=0) as stream:
        left = memoryview(content() if callable(content) else content)
        while left:
            left = left[stream.write(left) :]
        if flush:
            os.fsync(stream.fileno())


def _flush_all(paths: Sequence[Path]) -> None:
    """Flush files to the disk: one after the other, and as soon as one takes long, by threads.

    The first may take long anywhere: a journal is written with what all have changed.
    """
    for i, path in enumerate(paths):
        start = time.perf_counter()
        _flush(path)
        if i and time.perf_counter() - start > _SLOW:
            with ThreadPoolExecutor(_THREADS) as threads:
                list(threads.map(_flush, paths[i + 1 :]))
            return


def _flush(path: Path) -> None:
    """Flush a file or folder to the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _take_lock(file: int, path: Path) -> None:
    """Lock a file; StoreError if another process keeps it for a second (a killed one's workers die at once)."""
    for _ in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.05)
    raise StoreError(
        f"another process runs the trajectory {path}, or changes it: it can be read meanwhile; wait for it, or stop it",
        name=str(path),
    )
