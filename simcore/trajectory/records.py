"""What the provenance records of an exploration's runs have in common: code, environment, host, command.

git is asked while the trajectory is stored, so the record is there before the first run, and every worker's segment
begins with it.
"""

from __future__ import annotations

import hashlib
import inspect
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

from simcore.provenance import git, sources
from simcore.provenance.environment import environment, host, version, without_secrets


def begin(function: Callable[..., Any]) -> None:
    """Have git look already at what `record_of` will ask."""
    file = _file(function)
    git.begin(sources.PACKAGE, *([file] if file is not None else []))


def record_of(function: Callable[..., Any]) -> dict:
    """What the records of all runs of a function have in common."""
    name, digest = _identity(function)
    file, software = _file(function), environment()  # which takes its time while git is at work
    project = git.repository(sources.PACKAGE)
    own = git.repository(file) if file is not None else None
    return {
        "code": {
            "version": version(),
            "project": project,
            "model": None if own == project else own,
            "function": name,
            "function_digest": digest,
        },
        "environment": software,
        "host": host(),
        "process": {"command": [without_secrets(part) for part in sys.argv]},
    }


def _identity(function: Callable[..., Any]) -> tuple[str, str]:
    """Name of a function and digest of its source."""
    name = f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', repr(function))}"
    code = getattr(function, "__code__", None)
    text = _source(code) if code is not None else ""
    return name, hashlib.blake2b(text.encode(), digest_size=32).hexdigest()


def _source(code: CodeType) -> str:
    """Text of a function, from its first line (or decorator) to the last that has code; "" if it is not in a file."""
    lines = linecache.getlines(code.co_filename)
    return "".join(lines[code.co_firstlineno - 1 : _last_line(code)])


def _last_line(code: CodeType) -> int:
    own = max((end for _, end, *_ in code.co_positions() if end), default=code.co_firstlineno)
    return max([own, *(_last_line(inner) for inner in code.co_consts if isinstance(inner, CodeType))])


def _file(function: Callable[..., Any]) -> Path | None:
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        return None
    return Path(file) if file and Path(file).exists() else None
