"""Where runs run: in this process, on local processes, on dask, as jobs of Snakemake."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

from simcore.errors import ConfigurationError, nearest
from simcore.trajectory import pool
from simcore.trajectory.ondask import on_dask
from simcore.trajectory.segments import COMMITS
from simcore.trajectory.snakejobs import Snakemake, check_importable
from simcore.trajectory.worker import Done, Job

EXECUTORS = ("pool", "serial", "dask", "snakemake")


def check(
    function: Callable[..., Any], executor: Any, commit: str, n_workers: int | None, start_method: str | None
) -> None:
    """ConfigurationError for what `traj.run` cannot run, or run so."""
    if not callable(function):
        raise ConfigurationError(f"a function of a run is needed, got {function!r}", name="function", got=function)
    if isinstance(executor, str):
        _known("executor", executor, EXECUTORS)
    elif not isinstance(executor, Snakemake) and not hasattr(executor, "submit"):
        raise ConfigurationError(
            f"executor must be one of {', '.join(EXECUTORS)}, a Snakemake(…) or a client of dask.distributed, "
            f"got {executor!r}",
            name="executor",
            got=executor,
            valid=EXECUTORS,
        )
    _known("commit", commit, COMMITS)
    if start_method is not None:
        _known("start_method", start_method, multiprocessing.get_all_start_methods())
    if n_workers is not None and (not isinstance(n_workers, Integral) or n_workers < 1):
        raise ConfigurationError(
            f"n_workers must be a whole number of processes, at least 1, got {n_workers!r}", name="n_workers", got=n_workers
        )
    if executor == "snakemake" or isinstance(executor, Snakemake):
        check_importable(function)


def _known(name: str, given: str, valid: Sequence[str]) -> None:
    if given not in valid:
        near = nearest(given, valid) if isinstance(given, str) else ""
        raise ConfigurationError(
            f"{name} must be one of {', '.join(valid)}, got {given!r}{near}", name=name, got=given, valid=valid
        )


def execute(
    executor: Any,
    job: Job,
    todo: Sequence[int],
    report: Callable[[Done], bool],
    n_workers: int,
    start_method: str | None,
    committed: Callable[[Sequence[int]], set[int]],
) -> list[Any]:
    """Run all of `todo`; `report` gets what is done and says whether to go on, `committed` asks the store.

    Returns processes that are ending, to be joined.
    """
    if executor == "pool" and n_workers > 1:
        return pool.Pool(job, min(n_workers, len(todo)), start_method, committed).run(todo, report)
    if executor in ("serial", "pool"):
        pool.serial(job, todo, report)
    elif executor == "snakemake":
        Snakemake().run(job, todo, report, n_workers, committed)
    elif isinstance(executor, Snakemake):
        executor.run(job, todo, report, n_workers, committed)
    else:
        on_dask(job, todo, report, n_workers, committed, None if executor == "dask" else executor)
    return []
