"""Where work on many runs is done: in threads of this process, or by the workers of a dask cluster.

A cluster is named by text, which a profile of the workflow or the environment variable SIMCORE_DASK gives:

    ""                          threads here
    scheduler.json              a scheduler file (`dask scheduler --scheduler-file …`, dask-mpi)
    tcp://node:8786             the address of a scheduler
    slurm:8                     8 workers that dask-jobqueue starts for the time, as its own configuration says
                                (~/.config/dask/jobqueue.yaml); likewise pbs, lsf, sge, oar, htcondor, moab

Workers need this package and the same file system. What comes out does not depend on where it was done.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from simcore.errors import ConfigurationError, nearest

QUEUES = {"slurm": "SLURMCluster", "pbs": "PBSCluster", "lsf": "LSFCluster", "sge": "SGECluster", "oar": "OARCluster",
          "htcondor": "HTCondorCluster", "moab": "MoabCluster"}
_ADDRESS = re.compile(r"(tcp|tls|ucx|inproc)://")
_QUEUE = re.compile(r"([a-z]+):(\d+)")


def each(function: Callable, calls: Sequence[tuple], *, on: str | None = None, threads: int | None = None) -> list[Any]:
    """Results of `function(*call)` for each call, in the order of calls.

    on: the cluster, None: what SIMCORE_DASK says. threads: if they are here, default one for each core. For a cluster, the
    function must be one of a module that workers can import, and arguments and results must be picklable. The first
    error is raised as it is. ConfigurationError for a cluster that is not known or not there.
    """
    import dask

    where = place(on)
    if not where:
        tasks = [dask.delayed(function, pure=False, traverse=False)(*call) for call in calls]
        workers = threads or len(os.sched_getaffinity(0))
        return list(dask.compute(*tasks, scheduler="threads", num_workers=workers, traverse=False))
    with _client(where) as client:
        futures = [client.submit(function, *call, pure=False) for call in calls]
        return client.gather(futures)


def place(on: str | None = None) -> str:
    """The cluster that is meant: `on`, or what the environment says; "" for threads here."""
    return (os.environ.get("SIMCORE_DASK", "") if on is None else on).strip()


@contextmanager
def _client(where: str) -> Iterator[Any]:
    """A connection to the cluster; workers of a queue are started for it and ended after it."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigurationError(f"{where!r} asks for a dask cluster, which needs the package distributed: pip install "
                                 "'simcore[slurm]'", name="dask", got=where) from error
    queue = _QUEUE.fullmatch(where)
    with ExitStack() as stack:
        if queue and not _ADDRESS.match(where):
            cluster = stack.enter_context(_queue(queue[1]))
            cluster.scale(jobs=int(queue[2]))
            yield stack.enter_context(Client(cluster))
            return
        address = {"address": where} if _ADDRESS.match(where) else {"scheduler_file": _file(where)}
        try:
            client = stack.enter_context(Client(timeout="30s", **address))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"no dask scheduler answers at {where}: {error}", name="dask", got=where) from error
        yield client


def _queue(name: str) -> Any:
    """A cluster of dask-jobqueue, of the settings in its configuration, without workers yet."""
    if name not in QUEUES:
        raise ConfigurationError(f"dask knows no queue {name!r}{nearest(name, QUEUES)}; there are {', '.join(QUEUES)}",
                                 name="dask", got=name)
    try:
        import dask_jobqueue
    except ImportError as error:
        raise ConfigurationError(f"{name!r} needs the package dask-jobqueue: pip install 'simcore[slurm]'",
                                 name="dask", got=name) from error
    try:
        return getattr(dask_jobqueue, QUEUES[name])()
    except ValueError as error:         # it says which setting it lacks
        raise ConfigurationError(f"dask-jobqueue cannot start workers: {error} Settings are looked for under "
                                 f"jobqueue.{name} in ~/.config/dask/jobqueue.yaml", name="dask", got=name) from error


def _file(path: str) -> str:
    if not Path(path).is_file():
        raise ConfigurationError(f"dask scheduler file {path} does not exist; start one with: dask scheduler "
                                 f"--scheduler-file {path}", name="dask", got=path)
    return path
