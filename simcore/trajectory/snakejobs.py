"""Runs as jobs of Snakemake, on this machine or wherever a profile says: SLURM and the like.

A job is a batch of runs (`batches.smk`, `batch.py`). Its processes commit run by run into segments of the store, so
the store has to be on a file system that all machines see; nothing else is shared. Snakemake is started, not imported.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import json
import os
import pickle
import platform
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.errors import ConfigurationError
from simcore.store.atomic import named_errors, write_bytes
from simcore.trajectory.worker import Done, Job

JOBS = ".jobs"  # folder of the store: plan, results and logs of the jobs of one exploration
PLAN, JOB = "plan.json", "job.pickle"
_POLL = 0.1  # seconds
_PATIENCE = 60.0  # seconds that Snakemake gets to cancel its jobs
_SNAKEFILE = Path(__file__).with_name("batches.smk")


@dataclass(frozen=True)
class Snakemake:
    """An executor of `traj.run`: batches of runs are jobs of Snakemake.

    profile: folder of a Snakemake profile, which says where jobs run and with which resources (rule `runs`); None: on
    this machine. runs_a_job: runs in one job, by default a quarter of a worker's share here and a hundredth of all
    with a profile. processes: of a job, each with runs of its own. options: more words for Snakemake's command line,
    such as ("--retries", "2").
    """

    profile: str | Path | None = None
    runs_a_job: int | None = None
    processes: int = 1
    options: Sequence[str] = ()

    def run(
        self,
        job: Job,
        indices: Sequence[int],
        report: Callable[[Done], bool],
        n_workers: int,
        committed: Callable[[Sequence[int]], set[int]],
    ) -> None:
        """Run all of these; `report` gets what is done and says whether to go on, `committed` asks the store.

        ConfigurationError for arguments that cannot be sent to other processes, or without the profile's folder.
        """
        batches = self._batches(indices, n_workers)
        folder = job.path / JOBS
        token = _write_plan(folder, job, batches)
        command = self._command(token, len(batches), n_workers)
        waiting = dict(enumerate(batches))
        with (folder / "snakemake.log").open("wb") as log:
            # in a session of its own, so that Ctrl-C reaches it once, from here
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=log,
                preexec_fn=_interrupt_with_parent(),
                start_new_session=True,
            )
            going = True
            try:
                while going and process.poll() is None:
                    time.sleep(_POLL)
                    going = _collect(folder, waiting, report)
            finally:
                _end(process, folder)
        if _collect(folder, waiting, report) and going and waiting:
            report(Done(failed=_lost(folder, waiting, committed)))
        if not waiting:
            shutil.rmtree(folder, ignore_errors=True)

    def _batches(self, indices: Sequence[int], n_workers: int) -> list[list[int]]:
        parts = 4 * n_workers if self.profile is None else 100
        size = self.runs_a_job or -(-len(indices) // parts)
        return [list(indices[i : i + size]) for i in range(0, len(indices), size)]

    def _command(self, token: str, n_jobs: int, n_workers: int) -> list[str]:
        config = {"jobs": n_jobs, "threads": self.processes, "token": token, "python": sys.executable}
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(_SNAKEFILE), "--nocolor", "--keep-going"]
        command += ["--config", *(f"{name}={json.dumps(value)}" for name, value in config.items())]
        if self.profile is None:
            return [*command, "--workflow-profile", "none", "--cores", str(n_workers), *self.options]
        profile = Path(self.profile).resolve()
        if not profile.is_dir():
            raise ConfigurationError(
                f"there is no folder {profile}: profile is the folder of a Snakemake profile, the one that has its "
                "profile.yaml",
                name="profile",
                got=str(self.profile),
            )
        return [*command, "--workflow-profile", str(profile), *self.options]


def check_importable(function: Callable[..., Any]) -> None:
    """ConfigurationError unless another process gets this function by importing it from its module."""
    while isinstance(function, functools.partial):
        function = function.func
    bound = getattr(function, "__func__", function)
    module, name = getattr(bound, "__module__", None), getattr(bound, "__qualname__", type(bound).__qualname__)
    if module == "__main__":
        reason = f"it is defined in the script that was started: put it into a module (model.py), `from model import {name}`"
    elif "<lambda>" in name:
        reason = "a lambda has no name: write it with def, at the top level of a module"
    elif "<locals>" in name:
        reason = "it is defined within a function: move it to the top level of its module"
    elif not _found(module, name):
        reason = f"the module {module} has nothing of this name: define it at the module's top level"
    else:
        return
    raise ConfigurationError(
        f"{module}:{name} cannot be run by Snakemake, whose jobs import the function by its name; {reason}",
        name=f"{module}:{name}",
        where="function",
    )


def _found(module: str | None, name: str) -> bool:
    try:
        found: Any = importlib.import_module(module or "")
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError):
        return False
    return True


def _write_plan(folder: Path, job: Job, batches: list[list[int]]) -> str:
    """Write what jobs need into a fresh folder; the token that tells this exploration from one before."""
    with named_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            content = pickle.dumps(job)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise ConfigurationError(
                f"the arguments of {job.function} cannot be sent to other processes: {error}", name="args"
            ) from error
        plan = {
            "token": uuid.uuid4().hex,
            "host": platform.node(),
            "pid": os.getpid(),
            "cwd": str(Path.cwd()),
            "path": [str(Path(entry).resolve()) for entry in sys.path],
            "batches": batches,
        }
        write_bytes(folder / JOB, content)
        write_bytes(folder / PLAN, json.dumps(plan).encode())
    return plan["token"]


def _interrupt_with_parent() -> Callable[[], object] | None:
    """What asks Linux to interrupt Snakemake, which then cancels its jobs, when this process is killed."""
    if sys.platform != "linux":
        return None
    return functools.partial(ctypes.CDLL(None).prctl, 1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _collect(folder: Path, waiting: dict[int, list[int]], report: Callable[[Done], bool]) -> bool:
    """Report jobs that have ended; whether to go on."""
    going = True
    for file in folder.glob("*.done"):
        if waiting.pop(int(file.stem), None) is not None:
            going = report(pickle.loads(file.read_bytes())) and going
    return going


def _end(process: subprocess.Popen, folder: Path) -> None:
    """End Snakemake, which cancels jobs elsewhere; without the plan all jobs end themselves (`batch.watch`)."""
    if process.poll() is None:
        (folder / PLAN).unlink(missing_ok=True)
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _lost(
    folder: Path, waiting: dict[int, list[int]], committed: Callable[[Sequence[int]], set[int]]
) -> list[tuple[int, str]]:
    """Runs of jobs that have failed, with the ends of the logs that say why."""
    failed = []
    for number, indices in waiting.items():
        known = committed(indices)
        logs = (folder / f"{number}.log", folder / "snakemake.log")
        why = "\n".join(f"{log}:\n{_tail(log)}" for log in logs if log.exists())
        failed += [(idx, f"job {number} of Snakemake failed\n{why}") for idx in indices if idx not in known]
    return failed


def _tail(log: Path, n_lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-n_lines:])
