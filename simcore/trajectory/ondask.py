"""Runs as tasks of dask: its local processes, or a client of dask.distributed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any

from simcore.trajectory.worker import Done, Job, one_batch

_LARGEST = 1000  # runs of a task
_TASKS = 4  # of a worker, at least: the slowest ends a quarter of its share after the others


class _Enough(Exception):
    """Whoever is told what is done wants no more."""


def on_dask(
    job: Job,
    indices: Sequence[int],
    report: Callable[[Done], bool],
    n_workers: int,
    committed: Callable[[Sequence[int]], set[int]],
    client: Any = None,
) -> None:
    """Run all of these, in batches that commit themselves; `report` gets each when it is done and says whether to go on.

    client: of dask.distributed; None: dask's local processes. Runs whose worker died have failed, unless `committed`.
    """
    size = max(1, min(_LARGEST, -(-len(indices) // (_TASKS * n_workers))))
    batches = [indices[i : i + size] for i in range(0, len(indices), size)]
    with suppress(_Enough):
        if client is not None:
            _on_client(client, job, batches, report, committed)
        else:
            _on_processes(job, batches, report, n_workers, committed)


def _on_client(client: Any, job: Job, batches: list, report: Callable, committed: Callable) -> None:
    from distributed import as_completed

    futures = {client.submit(one_batch, job, batch, pure=False): batch for batch in batches}
    try:
        for future in as_completed(list(futures)):
            error = future.exception()
            _told(report, future.result() if error is None else _lost(futures[future], error, committed))
    finally:
        client.cancel(list(futures))


def _on_processes(job: Job, batches: list, report: Callable, n_workers: int, committed: Callable) -> None:
    import dask
    from dask.callbacks import Callback

    def told(_key: Any, value: Any, *_: Any) -> None:
        nonlocal n_told
        n_told += value.n + len(value.failed)
        _told(report, value)

    n_told = 0
    tasks = [dask.delayed(one_batch, pure=False)(job, batch) for batch in batches]
    try:
        with Callback(posttask=told):
            dask.compute(*tasks, scheduler="processes", num_workers=n_workers, optimize_graph=False, chunksize=1)
    except BrokenProcessPool as error:
        lost = _lost([idx for batch in batches for idx in batch], error, committed)
        lost.n = max(0, lost.n - n_told)
        _told(report, lost)


def _lost(batch: Sequence[int], error: BaseException, committed: Callable) -> Done:
    """What became of a batch that dask gave up, mostly since its worker died."""
    known = committed(batch)
    why = f"dask gave up this run: {type(error).__name__}: {error}"
    return Done(failed=[(idx, why) for idx in batch if idx not in known], n=len(known))


def _told(report: Callable[[Done], bool], done: Done) -> None:
    if not report(done):
        raise _Enough
