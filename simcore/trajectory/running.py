"""Running an exploration: all runs that are not completed yet, each committed on its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from simcore.errors import ConfigurationError, SimulationError, nearest
from simcore.trajectory.access import Access
from simcore.trajectory.constants import run_name
from simcore.trajectory.segments import COMMITS, FOLDER, SegmentWriter
from simcore.trajectory.singlerun import SingleRun
from simcore.trajectory.worker import Done, Job, record_of

EXECUTORS = ("pool", "serial", "dask")


@dataclass
class Exploration:
    """What came of `traj.run`: runs completed now, runs that failed and why, values returned by run, seconds."""

    completed: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    returned: dict[int, Any] = field(default_factory=dict)
    seconds: float = 0.0


class Running(Access):
    """`run` of a trajectory."""

    def run(
        self,
        function: Callable[..., Any],
        *args: Any,
        executor: str | Any = "pool",
        n_workers: int | None = None,
        commit: str = "run",
        runs: Iterable[int] | None = None,
        keep_going: bool = True,
        start_method: str | None = None,
        progress: Callable[[int, int], None] | None = None,
        **kwargs: Any,
    ) -> Exploration:
        """Call function(run, *args, **kwargs) for every run that is not completed yet; run: a SingleRun.

        executor: pool (n_workers local processes), serial (this process), dask (its local processes), or a client of
        dask.distributed. commit: "run" makes each run safe from a killed process when it ends, "disk" from a power
        failure too, "batch" gathers up to 1 MB or half a second. runs: only these. progress(done, all) is called now
        and then. The trajectory can be loaded elsewhere meanwhile; if this process is killed, `run` again goes on.
        Raises SimulationError when all others are done if some runs failed (keep_going=False: at the first),
        StoreError for a full disk and the like; completed runs are kept in any case.
        """
        _check(executor, commit)
        self._prepare_experiment()
        self.f_restore_default()
        service = self._storage()
        if not self._stored or not self._expansion_stored or service.store is None:
            self.f_store()
        service.refuse_merged()
        n_workers = n_workers or len(os.sched_getaffinity(0))
        start = time.perf_counter()
        result = Exploration()
        with service.store.running():
            service.reopen()
            wanted = range(len(self)) if runs is None else sorted({self._index_of(i) for i in runs})  # type: ignore[attr-defined]
            todo = [i for i in wanted if not service.table.completed[i]]
            job = Job(
                function,
                args,
                kwargs,
                self._make_single_run(todo[0] if todo else 0),
                service.store.path,
                commit,
                record_of(function),
            )
            try:
                if todo:
                    self._execute(job, todo, executor, n_workers, start_method, result, keep_going, progress)
            finally:
                service.fold()
                self._show_runs()
        result.completed = [i for i in todo if service.table.completed[i]]
        result.seconds = time.perf_counter() - start
        if result.failed:
            first = min(result.failed)
            raise SimulationError(
                f"{len(result.failed)} of {len(todo)} runs failed, first {run_name(first)}:\n"
                f"{result.failed[first].strip()}",
                name=run_name(first),
                got=result.failed,
            )
        return result

    def _execute(
        self,
        job: Job,
        todo: list[int],
        executor: Any,
        n_workers: int,
        start_method: str | None,
        result: Exploration,
        keep_going: bool,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        from simcore.trajectory import pool

        done_so_far = 0

        def report(done: Done) -> bool:
            nonlocal done_so_far
            result.failed.update(done.failed)
            result.returned.update(done.returned)
            done_so_far += done.n + len(done.failed)
            if progress is not None:
                progress(done_so_far, len(todo))
            if done.fatal is not None:
                raise done.fatal
            return keep_going or not result.failed

        if executor == "serial" or (executor == "pool" and n_workers == 1):
            pool.serial(job, todo, report)
        elif executor == "pool":
            pool.Pool(
                job,
                min(n_workers, len(todo)),
                start_method,
                self._committed,
                lambda i, text: self._died(result, i, text),
            ).run(todo, report)
        else:
            pool.on_dask(job, todo, report, n_workers, None if executor == "dask" else executor)

    def _committed(self, indices: Sequence[int]) -> set[int]:
        table = self._service.table
        table.refresh()
        return {i for i in indices if table.completed[i] or i in table.errors}

    def _died(self, result: Exploration, idx: int, text: str) -> None:
        result.failed[idx] = text
        writer = SegmentWriter(self._service.store.path / FOLDER)
        writer.error(idx, text, (0.0, time.time(), 0.0))
        writer.close()

    def _make_single_run(self, idx: int) -> SingleRun:
        """The run of this index, as functions get it."""
        return SingleRun(run_name(idx), idx, self)

    def _show_runs(self) -> None:
        """Groups of runs are made anew on the next look."""
        from simcore.trajectory import loading
        from simcore.trajectory.constants import LOAD_DATA, RUNS

        for branch in ("results", "derived_parameters"):
            group = self._children.get(branch)
            runs = group._children.get(RUNS) if group is not None else None
            if runs is not None:
                runs._children.forget()
            loading.connect_runs(self._service, self, branch, LOAD_DATA)


def _check(executor: Any, commit: str) -> None:
    if isinstance(executor, str) and executor not in EXECUTORS:
        raise ConfigurationError(
            f"there is no executor {executor!r}{nearest(executor, EXECUTORS)}; Snakemake runs experiment "
            "files (docs/trajectory.md)",
            name="executor",
            got=executor,
            valid=EXECUTORS,
        )
    if commit not in COMMITS:
        raise ConfigurationError(
            f"commit must be one of {', '.join(COMMITS)}, got {commit!r}", name="commit", got=commit, valid=COMMITS
        )
