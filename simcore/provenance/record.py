"""The record of one run: everything needed to know where its bytes come from, and to make them again.

Times and hosts are here and nowhere else: arrays never hold them, so two runs of a point have equal arrays.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from simcore.errors import ProvenanceError
from simcore.parameters.canonical import digest_of_file
from simcore.provenance import sources
from simcore.provenance.environment import environment, host, without_secrets
from simcore.provenance.git import repository

try:
    import resource
except ImportError:  # Windows
    resource = None     # type: ignore[assignment]

VERSION = 1  # of the schema
SCHEMA = Path(__file__).with_name("provenance.schema.json")


@dataclass(frozen=True)
class Start:
    """Moment at which a run started: `start = Start()`, later `collect(point, start, …)`."""

    utc: datetime = field(default_factory=lambda: datetime.now(UTC))
    wall: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)


def collect(
    point: Any,
    start: Start,
    *,
    beside: Sequence[Path] = (),
    inputs: Iterable[Path] = (),
    statistics: Mapping | None = None,
    ranks: int = 1,
    cpu_s: float | None = None,
    peak_memory_mb: float | None = None,
    command: Sequence[str] | None = None,
    user: bool = True,
) -> dict:
    """The record of a run that ends now, valid after provenance.schema.json.

    point: a Point. beside: folders where its model is found before sys.path. inputs: files that were read.
    statistics: Recording.statistics. cpu_s, peak_memory_mb: of all ranks together and of the largest, if not
    only of this process. user=False records neither the user's name nor the home folder. Costs some 0.2 s in
    a process's first run and below 5 ms in later ones. Raises ProvenanceError if the record is not valid, or
    a file or module is missing.
    """
    process = _process(start, command, user)
    process |= {"ranks": ranks, "statistics": _plain(dict(statistics or {}))}
    process |= {} if cpu_s is None else {"cpu_s": cpu_s}
    process |= {} if peak_memory_mb is None else {"peak_memory_MB": peak_memory_mb}
    return valid({
        "provenance_version": VERSION,
        "point": _point(point),
        "code": _code(point.to_dict()["model"], tuple(beside)),
        "environment": environment(),
        "host": host(user=user),
        "process": process,
        "inputs": {without_secrets(str(path), user=user): file_digest(Path(path)) for path in inputs},
    })


def of_station(start: Start, *, command: Sequence[str] | None = None, user: bool = True) -> dict:
    """The record of a later station of the pipeline, such as merging: code, environment, host and process alone."""
    code = {"version": importlib.metadata.version("simcore"), "project": repository(sources.PACKAGE)}
    return {"code": code, "environment": environment(), "host": host(user=user),
            "process": _process(start, command, user)}


def valid(record: dict) -> dict:
    """The record itself; ProvenanceError, naming the entry, if it does not follow the schema."""
    error = next(_validator().iter_errors(record), None)
    if error is not None:
        where = "/".join(map(str, error.absolute_path)) or "its root"
        raise ProvenanceError(
            f"the provenance record is not valid at {where}: {error.message[:300]}",
            name=where,
            got=error.instance,
            where=SCHEMA.name,
        )
    return record


def file_digest(path: Path) -> str:
    """BLAKE2b-256 of a file's bytes; ProvenanceError if it cannot be read. Read again only if its size or
    time changed.
    """
    try:
        state = path.stat()
        return _file_digest(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise ProvenanceError(f"the input {path} cannot be read: {error.strerror}", name=str(path)) from error


@functools.lru_cache(maxsize=4096)
def _file_digest(path: Path, _mtime: int, _size: int) -> str:
    return digest_of_file(path)


def _point(point: Any) -> dict:
    fields = point.to_dict()
    return {"run_id": point.run_id, "digest": point.digest, "seed": fields["seed"], "trial": fields["trial"]}


@functools.lru_cache(maxsize=16)
def _code(model: str, beside: tuple[Path, ...]) -> dict:
    """Repositories and sources as they were at the first run of this process, which is when they were loaded."""
    project = repository(sources.PACKAGE)
    file = sources.model_file(model, beside=beside)
    own = None if file.is_relative_to(sources.PACKAGE) else repository(file)
    return {
        "version": importlib.metadata.version("simcore"),
        "project": project,
        "model": None if own == project else own,
        "model_name": model,
        "source_digest": sources.source_digest(model, beside=beside),
        "layers": sources.layer_digests(model, beside=beside),
    }


def _process(start: Start, command: Sequence[str] | None, user: bool) -> dict:
    return {
        "command": [without_secrets(part, user=user) for part in command or _command()],
        "started": start.utc.isoformat(),
        "ended": datetime.now(UTC).isoformat(),
        "wall_s": time.perf_counter() - start.wall,
        "cpu_s": time.process_time() - start.cpu,
        "peak_memory_MB": _peak_memory(),
    }


def _command() -> list[str]:
    """How this process was started; a worker has the arguments of the process that started it."""
    return sys.argv if sys.argv[:1] not in ([], [""], ["-c"]) else sys.orig_argv


def _peak_memory() -> float:
    """Largest resident memory of this process so far [MB]."""
    if resource is None:  # Windows
        return psutil.Process().memory_info().peak_wset / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _plain(statistics: dict) -> dict:
    """Statistics as JSON has them: numbers of numpy become Python's."""
    return json.loads(
        json.dumps(statistics, default=lambda value: value.tolist() if hasattr(value, "tolist") else str(value))
    )


@functools.lru_cache(maxsize=1)
def _validator():
    import jsonschema

    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)
