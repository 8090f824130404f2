"""Warm workers for `run:` blocks under force-use-threads: a process for each job slot, that stays.

A worker imports simcore once (1 s) and then runs point after point. A crash (segmentation fault, out of memory, kill)
takes down one worker and fails the one job that it had; the next job gets a new worker. Workers end when this
process does, however it does: they notice that their input is closed. So no run goes on after `kill -9` of Snakemake.

A worker may be anywhere that a launcher takes it and its input and output: with `srun` it is on a node of a cluster, in an
allocation of its own or in the one that Snakemake runs in, and nothing else changes.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError

from simcore.parameters.points import Point

_WORKER = Path(__file__).with_name("worker.py")
_PATIENCE = 20.0                        # seconds that a worker with an allocation waits for another run
_idle: defaultdict[str, list[tuple[subprocess.Popen, float]]] = defaultdict(list)   # by launcher; since when
_lock = threading.Lock()


def simulate(point: Point, out: str, log: str, *, launcher: str = "", **how: object) -> None:
    """Simulate a point in a free worker and wait for it; WorkflowError naming run, parameters and log if it fails.

    launcher: words in front of the command that starts a worker, such as `srun --ntasks=1 --mem=1000`; only workers that
    were started by the same words are taken. how: what else `steps.simulate` takes: beside, inputs, user.
    """
    worker = _take(launcher)
    request = {"point": point.to_dict(), "out": out, "log": log, "title": _title(point), "command": sys.argv, **how}
    try:
        worker.stdin.write(json.dumps(request).encode() + b"\n")
        worker.stdin.flush()
        answer = worker.stdout.readline()
    except OSError:                     # it died before it could read
        answer = b""
    if not answer:
        raise WorkflowError(_failure(point, log, _death(worker, launcher)))
    _give_back(worker, launcher)
    error = json.loads(answer)["error"]
    if error:
        raise WorkflowError(_failure(point, log, error))


def _take(launcher: str) -> subprocess.Popen:
    """An idle worker of this launcher, or a new one."""
    with _lock:
        _end([worker for other, idle in _idle.items() if other != launcher for worker, _ in idle])
        for other in _idle.keys() - {launcher}:         # they hold memory that this one may need
            del _idle[other]
        while _idle[launcher]:
            worker, _ = _idle[launcher].pop()
            if worker.poll() is None:
                return worker
    return subprocess.Popen([*shlex.split(launcher), sys.executable, _WORKER], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"})


def _give_back(worker: subprocess.Popen, launcher: str) -> None:
    """The worker waits for another run; not for ever if it came by a launcher, since it holds an allocation."""
    with _lock:
        _idle[launcher].append((worker, time.monotonic()))
        if launcher and not _reaper.is_alive():
            _reaper.start()


def _reap() -> None:
    """End workers of launchers that have had nothing to do for a while."""
    while True:
        time.sleep(_PATIENCE / 4)
        with _lock:
            for launcher in filter(None, _idle):
                stale = [pair for pair in _idle[launcher] if time.monotonic() - pair[1] > _PATIENCE]
                _idle[launcher] = [pair for pair in _idle[launcher] if pair not in stale]
                _end([worker for worker, _ in stale])


_reaper = threading.Thread(target=_reap, daemon=True)


def _end(workers: list[subprocess.Popen]) -> None:
    for worker in workers:
        with suppress(OSError):         # what it did not read is lost
            worker.stdin.close()        # it ends by itself


def _death(worker: subprocess.Popen, launcher: str) -> str:
    """Why a worker that does not answer has died."""
    _end([worker])
    worker.stdout.close()
    code = worker.wait()
    if code >= 0:
        by = f" ({shlex.split(launcher)[0]} says above why)" if launcher else ""
        return f"its process ended with exit code {code}{by}"
    hint = " (out of memory?)" if code == -signal.SIGKILL else ""
    return f"its process was ended by {signal.Signals(-code).name}{hint}"


def _failure(point: Point, log: str, what: str) -> str:
    return f"{_title(point)} failed: {what}\n  log: {log}"


def _title(point: Point) -> str:
    explored = ", ".join(f"{name} = {value}" for name, value in point.explored.items())
    return f"run {point.run_id} ({explored})" if explored else f"run {point.run_id}"
