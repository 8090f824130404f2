"""Files and folders that appear whole under their name or not at all.

They are made under `.<name>.tmp-<pid>.<number>-<host>` beside their place and renamed when finished. What a killed
process leaves behind under such a name is never read; the next process that writes to the folder sweeps it
away. Threads may write at the same time, also to the same path: the last to finish wins.
"""

from __future__ import annotations

import errno
import functools
import itertools
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import psutil

from simcore.errors import StoreError

_HOST = re.sub(r"[^\w.]", "_", platform.node()) or "host"
_TEMPORARY = re.compile(r"\..+\.tmp-(?P<pid>\d+)(\.\d+)?-(?P<host>.+?)(-old)?")
_counter = itertools.count()
_in_use: set[str] = set()  # names of the temporary places of this process
_CURES = {
    errno.ENOSPC: "free some space on this disk, or point the results folder at another, then run again",
    errno.EDQUOT: "your quota on this disk is used up: remove old results or use another folder",
    errno.EFBIG: "the limit on the size of a file (ulimit -f) is too low for this store",
    errno.EACCES: "give yourself the right to write there (chmod u+w), or use another results folder",
    errno.EPERM: "give yourself the right to write there (chmod u+w), or use another results folder",
    errno.EROFS: "this disk is mounted read-only: use another results folder",
    errno.ENOTDIR: "a part of this path is a file where a folder should be: move it away",
    errno.EISDIR: "there is a folder of this name: move it away",
}


@contextmanager
def new_file(path: str | os.PathLike, *, flush: bool = True) -> Iterator[BinaryIO]:
    """A binary stream whose content appears under `path` at the end of the block; a failure leaves nothing.

    An older file under `path` stays until then. flush=False leaves it to the system when it is on
    the disk. Raises StoreError naming the file and the cure for a full
    disk, a read-only folder and the like.
    """
    path = Path(path)
    with named_errors(path), _temporary(path) as temporary:
        with temporary.open("wb", buffering=1 << 20) as stream:
            yield stream
            stream.flush()
            if flush:
                os.fsync(stream.fileno())
        temporary.replace(path)


@contextmanager
def new_path(path: str | os.PathLike) -> Iterator[Path]:
    """A path to write a file to (for libraries that open it themselves), renamed to `path` at the end of the block.

    As new_file otherwise.
    """
    path = Path(path)
    with named_errors(path), _temporary(path) as temporary:
        yield temporary
        temporary.replace(path)


@contextmanager
def new_folder(path: str | os.PathLike) -> Iterator[Path]:
    """A folder to fill, which takes the place of `path` at the end; a failure leaves the old one."""
    path = Path(path)
    with named_errors(path), _temporary(path) as temporary:
        temporary.mkdir()
        yield temporary
        outgoing = temporary.with_name(f"{temporary.name}-old")
        if path.exists():
            path.rename(outgoing)
        temporary.rename(path)
        _remove(outgoing)


def write_bytes(path: str | os.PathLike, content: bytes, *, flush: bool = True) -> None:
    """Write a small file whole or not at all; flush: as of `new_file`."""
    with new_file(path, flush=flush) as stream:
        stream.write(content)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's error into a StoreError that says what to do."""
    try:
        yield
    except OSError as error:
        cure = _CURES.get(error.errno or 0, "see whether the folder exists and can be written to")
        free = ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            with suppress(OSError):
                free = f" ({shutil.disk_usage(path.parent).free / 1e6:.1f} MB free)"
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}{free}; {cure}. Nothing half-written was left",
            name=path.name,
            got=error.strerror,
            where=str(error.filename or ""),
        ) from error


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A temporary place for what is to be at `path`; a failure leaves nothing there.

    Its parent folder is made, and what dead processes left in that is swept away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}.{next(_counter)}-{_HOST}")
    _in_use.add(temporary.name)
    try:
        _sweep(path.parent.resolve())
        yield temporary
    except BaseException:
        _remove(temporary)
        raise
    finally:
        _in_use.discard(temporary.name)


@functools.lru_cache(maxsize=256)  # once a process: a scan of 10,000 runs takes 4 ms
def _sweep(folder: Path) -> None:
    """Remove the temporary places of dead processes of this machine, and those of others a day old."""
    for entry in os.scandir(folder):
        match = _TEMPORARY.fullmatch(entry.name)
        if match:
            with suppress(FileNotFoundError):  # another thread has just finished it, or sweeps too
                if _is_dead(int(match["pid"]), match["host"], entry):
                    _remove(Path(entry.path))


def _is_dead(pid: int, host: str, entry: os.DirEntry) -> bool:
    if host != _HOST:
        return time.time() - entry.stat().st_mtime > 86400
    if pid == os.getpid():  # or an earlier process of this number
        return entry.name.removesuffix("-old") not in _in_use
    return not psutil.pid_exists(pid)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
