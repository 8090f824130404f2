"""What the provenance records of an exploration's runs have in common: code, environment, host, command.

Asking git takes as long as a thousand short runs. So a process of its own asks, while runs run already, and writes a file
beside the segments, whose workers name it. Until it is there their runs do not count as completed.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import multiprocessing
import sys
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simcore.errors import StoreError
from simcore.store.atomic import write_bytes

SUFFIX = ".record"
_known: dict[tuple[str, str], dict] = {}  # by name and digest of the function


class Recorder:
    """Writes the record of a function into a folder; `token` names it."""

    def __init__(self, folder: Path, function: Callable[..., Any]):
        self.token = uuid.uuid4().hex
        self._path, self._function, self._key = folder / f"{self.token}{SUFFIX}", function, _identity(function)
        self._process: Any = None
        if self._key not in _known and _may_fork():
            self._process = multiprocessing.get_context("fork").Process(target=self._try, daemon=True)
            self._process.start()
        else:
            self._write()

    def wait(self) -> None:
        """Return when the record is there. StoreError if it cannot be written."""
        if self._process is not None:
            self._process.join()
            self._process = None
            record = read(self._path.parent, self.token)
            if record is None:
                self._write()
            else:
                _known[self._key] = record

    def _write(self) -> None:
        if self._key not in _known:
            _known[self._key] = record_of(self._function)
        write_bytes(self._path, json.dumps(_known[self._key], default=str).encode())

    def _try(self) -> None:
        try:
            self._write()
        except StoreError:
            sys.exit(1)  # `wait` tries again and says it


def _may_fork() -> bool:
    return "fork" in multiprocessing.get_all_start_methods() and not multiprocessing.current_process().daemon


def read(folder: Path, token: str) -> dict | None:
    """The record of a token; None if it is not there (yet)."""
    try:
        return json.loads((folder / f"{token}{SUFFIX}").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None


def record_of(function: Callable[..., Any]) -> dict:
    """What the records of all runs of a function have in common."""
    from simcore.provenance import sources
    from simcore.provenance.environment import environment, host, without_secrets
    from simcore.provenance.git import repository

    name, digest = _identity(function)
    project = repository(sources.PACKAGE)
    file = _file(function)
    own = repository(file) if file is not None else None
    return {
        "code": {
            "version": version("simcore"),
            "project": project,
            "model": None if own == project else own,
            "function": name,
            "function_digest": digest,
        },
        "environment": environment(),
        "host": host(),
        "process": {"command": [without_secrets(part) for part in sys.argv]},
    }


def _identity(function: Callable[..., Any]) -> tuple[str, str]:
    """Name of a function and digest of its source."""
    name = f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', repr(function))}"
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        text = ""
    return name, hashlib.blake2b(text.encode(), digest_size=32).hexdigest()


def _file(function: Callable[..., Any]) -> Path | None:
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        return None
    return Path(file) if file and Path(file).exists() else None
