"""Warm workers for `run:` blocks under force-use-threads: a process for each job slot, that stays.

A worker imports simcore once (1 s) and then runs point after point. A crash (segmentation fault, out of memory, kill)
takes down one worker and fails the one job that it had; the next job gets a new worker. Workers end when this
process does, however it does: they notice that their input is closed. So no run goes on after `kill -9` of Snakemake.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError

from simcore.parameters.points import Point

_WORKER = Path(__file__).with_name("worker.py")
_idle: list[subprocess.Popen] = []
_lock = threading.Lock()


def simulate(point: Point, out: str, log: str, **how: object) -> None:
    """Simulate a point in a free worker and wait for it; WorkflowError naming run, parameters and log if it fails.

    how: what else `steps.simulate` takes: beside, inputs, user.
    """
    worker = _take()
    request = {"point": point.to_dict(), "out": out, "log": log, "title": _title(point), "command": sys.argv, **how}
    try:
        worker.stdin.write(json.dumps(request).encode() + b"\n")
        worker.stdin.flush()
        answer = worker.stdout.readline()
    except OSError:                     # it died before it could read
        answer = b""
    if not answer:
        raise WorkflowError(_failure(point, log, _death(worker)))
    with _lock:
        _idle.append(worker)
    error = json.loads(answer)["error"]
    if error:
        raise WorkflowError(_failure(point, log, error))


def _take() -> subprocess.Popen:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.poll() is None:
                return worker
    return subprocess.Popen([sys.executable, _WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"})


def _death(worker: subprocess.Popen) -> str:
    """Why a worker that does not answer has died."""
    worker.stdin.close()
    worker.stdout.close()
    code = worker.wait()
    if code >= 0:
        return f"its process ended with exit code {code}"
    hint = " (out of memory?)" if code == -signal.SIGKILL else ""
    return f"its process was ended by {signal.Signals(-code).name}{hint}"


def _failure(point: Point, log: str, what: str) -> str:
    return f"{_title(point)} failed: {what}\n  log: {log}"


def _title(point: Point) -> str:
    explored = ", ".join(f"{name} = {value}" for name, value in point.explored.items())
    return f"run {point.run_id} ({explored})" if explored else f"run {point.run_id}"
