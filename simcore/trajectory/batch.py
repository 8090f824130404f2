"""A job of Snakemake: a batch of runs, on processes of its own. Started in the folder that `snakejobs.py` has filled."""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from simcore.provenance.environment import host
from simcore.store.atomic import write_bytes
from simcore.trajectory.pool import Pool
from simcore.trajectory.service import ZarrStorageService
from simcore.trajectory.snakejobs import JOB, PLAN
from simcore.trajectory.worker import Done, Job

_POLL = 1.0  # seconds


class Batch:
    """The runs of one job; what comes of them is gathered in `done`."""

    def __init__(self, job: Job):
        self.job, self.done = job, Done()

    def run(self, indices: Sequence[int], n_processes: int, *, again: bool) -> Done:
        """Run these; again: only what an attempt before has not committed."""
        if again:
            known = self._committed(indices)
            indices = [idx for idx in indices if idx not in known]
        if indices:
            Pool(self.job, min(n_processes, len(indices)), None, self._committed).run(indices, self._gather)
        return self.done

    def _gather(self, part: Done) -> bool:
        self.done.failed += part.failed
        self.done.returned += part.returned
        self.done.n += part.n
        self.done.seconds += part.seconds
        self.done.fatal = self.done.fatal or part.fatal
        return self.done.fatal is None

    def _committed(self, indices: Sequence[int]) -> set[int]:
        service = ZarrStorageService(self.job.path)
        service.open(self.job.path)
        return service.table.committed(indices)


def watch(plan: dict[str, Any], folder: Path) -> None:
    """End this process when the exploration that it belongs to is over: its process is gone, or another has begun."""

    def look() -> None:
        while _plan(folder, plan["token"]) and (platform.node() != plan["host"] or psutil.pid_exists(plan["pid"])):
            time.sleep(_POLL)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def _plan(folder: Path, token: str) -> dict[str, Any] | None:
    """The plan, if it is the one of this token."""
    try:
        plan = json.loads((folder / PLAN).read_bytes())
    except FileNotFoundError:
        return None
    return plan if plan["token"] == token else None


def _cluster_job() -> dict[str, str]:
    return {"slurm_job": os.environ["SLURM_JOB_ID"]} if "SLURM_JOB_ID" in os.environ else {}


def main() -> None:
    """Run the batch of this number of the plan in the current folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int)
    parser.add_argument("--token", required=True)
    parser.add_argument("--attempt", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    folder = Path.cwd()
    plan = _plan(folder, options.token)
    if plan is None:
        sys.exit("this job belongs to an exploration that is over")
    watch(plan, folder)
    sys.path[:] = plan["path"]
    os.chdir(plan["cwd"])
    job = pickle.loads((folder / JOB).read_bytes())
    job.about |= {"host": host(), "process": {**job.about["process"], **_cluster_job()}}
    done = Batch(job).run(plan["batches"][options.number], options.processes, again=options.attempt > 1)
    write_bytes(folder / f"{options.number}.done", pickle.dumps(done))


if __name__ == "__main__":
    main()
