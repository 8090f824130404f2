"""Running an exploration: all runs that are not completed yet, each committed on its own."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simcore.errors import SimulationError
from simcore.trajectory import executors, records, views
from simcore.trajectory.access import Access
from simcore.trajectory.constants import LOAD_DATA, RUNS, run_name
from simcore.trajectory.singlerun import SingleRun
from simcore.trajectory.worker import Done, Job

log = logging.getLogger("simcore.trajectory")


@dataclass
class Exploration:
    """What came of `traj.run`: runs completed now, runs that failed and why, values returned by run, seconds."""

    completed: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    returned: dict[int, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def _take(self, done: Done) -> None:
        self.failed.update(done.failed)
        self.returned.update(done.returned)
        if done.unsent:
            log.warning("what these runs returned is lost, since it cannot be sent between processes: %s (%s)", *done.unsent)
        if done.fatal is not None:
            raise done.fatal

    def _raise_failure(self, n_runs: int) -> None:
        if self.failed:
            first = min(self.failed)
            raise SimulationError(
                f"{len(self.failed)} of {n_runs} runs failed, first {run_name(first)}:\n{self.failed[first].strip()}",
                name=run_name(first),
                got=self.failed,
            )


class Running(Access):
    """`run` of a trajectory."""

    def run(
        self,
        function: Callable[..., Any],
        *args: Any,
        executor: Any = "pool",
        n_workers: int | None = None,
        commit: str = "run",
        runs: Iterable[int | str] | int | str | None = None,
        keep_going: bool = True,
        start_method: str | None = None,
        progress: Callable[[int, int], None] | None = None,
        **kwargs: Any,
    ) -> Exploration:
        """Call function(run, *args, **kwargs) for every run that is not completed yet; run: a SingleRun.

        executor: "pool" (n_workers local processes), "serial" (this process), "dask" (its local processes), a client
        of dask.distributed, "snakemake" (jobs on this machine) or `Snakemake(profile=…)` (jobs on a cluster). commit:
        "run" makes each run safe from a killed process when it ends, "disk" from a power failure too, "batch" gathers
        up to 1 MB or half a second. runs: only these, by index or name. progress(done, all) is called now and then. The
        trajectory can be loaded elsewhere meanwhile; if this process is killed, `run` again goes on. Raises
        SimulationError when all others are done if some runs failed (keep_going=False: at the first), StoreError for a
        full disk and the like, ConfigurationError for arguments that make no sense; completed runs are kept in any case.
        """
        executors.check(function, executor, commit, n_workers, start_method)
        start, result = time.perf_counter(), Exploration()
        _keep_freed_memory()
        if not self.f_is_completed():  # type: ignore[attr-defined]
            records.begin(function)
        service = self._ready_to_run(commit)
        with service.store.running():
            service.reopen()
            wanted = self._wanted(runs)
            todo = [i for i in wanted if not service.table.completed[i]]
            report, ending = _reporter(result, len(todo), keep_going, progress), []
            try:
                if todo:
                    run, about = self._make_single_run(todo[0]), records.record_of(function)
                    job = Job(function, args, kwargs, run, service.store.path, commit, about)
                    n_workers = n_workers or len(os.sched_getaffinity(0))
                    ending = executors.execute(executor, job, todo, report, n_workers, start_method, self._committed)
            finally:
                service.fold()
                self._show_runs()
                for process in ending:  # which have the lock of this exploration too
                    process.join(10)
        result.completed = [i for i in todo if service.table.completed[i]]
        result.seconds = time.perf_counter() - start
        result._raise_failure(len(todo))
        return result

    def _wanted(self, runs: Iterable[int | str] | int | str | None) -> Sequence[int]:
        """Indices of runs that are given as indices or names; of all if None."""
        if runs is None:
            return range(len(self))  # type: ignore[arg-type]
        return sorted({self._index_of(i) for i in ([runs] if isinstance(runs, (int, str)) else runs)})  # type: ignore[attr-defined]

    def _ready_to_run(self, commit: str) -> Any:
        """Lock and store what runs depend on; the storage service."""
        self._prepare_experiment()
        self.f_restore_default()
        service = self._storage()
        if not self._stored or not self._expansion_stored or service.store is None:
            self._store_all(flush=commit == "disk")  # type: ignore[attr-defined]
        service.refuse_merged()
        return service

    def _committed(self, indices: Sequence[int]) -> set[int]:
        self._service.table.refresh()
        return self._service.table.committed(indices)

    def _make_single_run(self, idx: int) -> SingleRun:
        """The run of this index, as functions get it."""
        return SingleRun(run_name(idx), idx, self)

    def _show_runs(self) -> None:
        """Groups of runs are made anew on the next look."""
        for branch in ("results", "derived_parameters"):
            group = self._children.get(branch)
            runs = group._children.get(RUNS) if group is not None else None
            if runs is not None:
                runs._children.forget()
            views.connect_runs(self._service, self, branch, LOAD_DATA)


def _keep_freed_memory() -> None:
    """Have glibc keep some MB that are freed, rather than give them back and get them again page by page.

    It goes by the largest block that was freed (mallopt(3), M_MMAP_THRESHOLD), and workers inherit it: a tenth to a quarter
    of the page faults of a short exploration, of 2 µs or more each on a virtual machine.
    """
    np.empty(8 << 20, np.uint8)


def _reporter(
    result: Exploration, n_runs: int, keep_going: bool, progress: Callable[[int, int], None] | None
) -> Callable[[Done], bool]:
    """What executors tell of batches of runs that are done; it answers whether to go on."""
    n_done = 0

    def report(done: Done) -> bool:
        nonlocal n_done
        n_done += done.n + len(done.failed)
        result._take(done)
        if progress is not None:
            progress(n_done, n_runs)
        return keep_going or not result.failed

    return report
