"""What the provenance records of an exploration's runs have in common: code, environment, host, command.

git is asked while the trajectory is stored, so the record is there before the first run, and every worker's segment
begins with it.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simcore.provenance import git, sources
from simcore.provenance.environment import environment, host, without_secrets


def begin(function: Callable[..., Any]) -> None:
    """Have git look already at what `record_of` will ask."""
    for file in (sources.PACKAGE, _file(function)):
        if file is not None:
            git.begin(file)


def record_of(function: Callable[..., Any]) -> dict:
    """What the records of all runs of a function have in common."""
    name, digest = _identity(function)
    project = git.repository(sources.PACKAGE)
    file = _file(function)
    own = git.repository(file) if file is not None else None
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
