"""Where runs run: in this process, on local processes, on dask, as jobs of Snakemake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simcore.errors import ConfigurationError, nearest
from simcore.trajectory import pool
from simcore.trajectory.ondask import on_dask
from simcore.trajectory.segments import COMMITS
from simcore.trajectory.snakejobs import Snakemake, check_importable
from simcore.trajectory.worker import Done, Job

EXECUTORS = ("pool", "serial", "dask", "snakemake")


def check(executor: Any, commit: str, function: Callable[..., Any]) -> None:
    """ConfigurationError for an unknown executor or commit, or a function that Snakemake's jobs cannot import."""
    if isinstance(executor, str) and executor not in EXECUTORS:
        raise ConfigurationError(
            f"there is no executor {executor!r}{nearest(executor, EXECUTORS)}",
            name="executor",
            got=executor,
            valid=EXECUTORS,
        )
    if commit not in COMMITS:
        raise ConfigurationError(
            f"commit must be one of {', '.join(COMMITS)}, got {commit!r}", name="commit", got=commit, valid=COMMITS
        )
    if executor == "snakemake" or isinstance(executor, Snakemake):
        check_importable(function)


def execute(
    executor: Any,
    job: Job,
    todo: Sequence[int],
    report: Callable[[Done], bool],
    n_workers: int,
    start_method: str | None,
    committed: Callable[[Sequence[int]], set[int]],
) -> None:
    """Run all of `todo`; `report` gets what is done and says whether to go on, `committed` asks the store."""
    if executor == "serial" or (executor == "pool" and n_workers == 1):
        pool.serial(job, todo, report)
    elif executor == "pool":
        pool.Pool(job, min(n_workers, len(todo)), start_method, committed).run(todo, report)
    elif executor == "snakemake":
        Snakemake().run(job, todo, report, n_workers, committed)
    elif isinstance(executor, Snakemake):
        executor.run(job, todo, report, n_workers, committed)
    else:
        on_dask(job, todo, report, n_workers, committed, None if executor == "dask" else executor)
