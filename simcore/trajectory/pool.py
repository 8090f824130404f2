"""Runs on local processes, one segment each; a worker that dies takes at most its run with it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any

from simcore.errors import ConfigurationError
from simcore.trajectory.segments import FOLDER, SegmentWriter
from simcore.trajectory.worker import Done, Job, Worker, serve

BATCH_SECONDS = 0.2  # work handed out at a time, at most …
LEAST_SECONDS = 0.003  # … and at least, if runs are shorter
SHORT_SECONDS = 0.01  # if runs are shorter than this, workers get the next batch in advance


def serial(job: Job, indices: Sequence[int], report: Callable[[Done], bool]) -> None:
    """Runs in this process."""
    worker = Worker(job)
    try:
        for start in range(0, len(indices), 64):
            if not report(worker.batch(indices[start : start + 64])):
                break
    finally:
        worker.writer.close()


class Pool:
    """Worker processes that batches of runs are handed to.

    committed: asks the store which of some runs are committed, for when a worker died. A run that kills its worker
    twice has failed.
    """

    def __init__(
        self,
        job: Job,
        n_workers: int,
        start_method: str | None,
        committed: Callable[[Sequence[int]], set[int]],
    ):
        methods = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context(start_method or ("fork" if "fork" in methods else "spawn"))
        self._job, self._n = job, n_workers
        self._committed = committed
        self._failed: list[tuple[int, str]] = []  # by killing their workers, not reported yet
        self._given: dict[Any, list[int]] = {}  # by pipe, all runs this worker was given
        self._process: dict[Any, Any] = {}
        self._n_out: dict[Any, int] = {}  # by pipe, batches that were given and not answered
        self._waiting: deque[int] = deque()
        self._alone: deque[int] = deque()  # runs of dead workers: one at a time, flushed
        self._deaths: dict[int, int] = {}
        self._seconds = 0.0  # a run, as far as known
        self._ending: list[Any] = []

    def run(self, indices: Sequence[int], report: Callable[[Done], bool]) -> list[Any]:
        """Run all of these; `report` gets what is done and says whether to go on.

        Returns processes that are to be joined: they end by themselves, which takes some milliseconds of another core.
        """
        self._waiting.extend(indices)
        going = True
        try:
            while going and (self._waiting or self._alone or any(self._n_out.values())):
                self._hand_out()
                for ready in wait([*self._process, *(p.sentinel for p in self._process.values())], timeout=5):
                    if self._n_out.get(ready):
                        going = self._take(ready, report) and going
                    elif not hasattr(ready, "recv"):
                        self._bury(next((p for p, w in self._process.items() if w.sentinel == ready), None))
                if self._failed:
                    failed, self._failed = self._failed, []
                    going = report(Done(failed=failed)) and going
            self._end(graceful=going, report=report)
        finally:
            self._end(graceful=False, report=report)
        return self._ending

    def _start(self) -> Any:
        here, there = self._context.Pipe()
        process = self._context.Process(target=serve, args=(self._job, there, os.getpid()), daemon=True)
        try:
            process.start()
        except (pickle.PicklingError, AttributeError, TypeError) as error:  # not if it is forked
            raise ConfigurationError(
                f"{self._job.function} and its arguments cannot be sent to other processes: {error}; define the function "
                "at the top level of a module, or use start_method='fork' or n_workers=1",
                name="function",
            ) from error
        there.close()
        self._process[here], self._given[here], self._n_out[here] = process, [], 0
        return here

    def _free(self) -> Any:
        """The worker for the next batch: one without work, a new one, or one that will soon have done its own."""
        pipe = min(self._n_out, key=self._n_out.__getitem__, default=None)
        if pipe is None or (self._n_out[pipe] and len(self._process) < self._n):
            return self._start()
        return pipe if self._n_out[pipe] < (2 if 0 < self._seconds < SHORT_SECONDS else 1) else None

    def _hand_out(self) -> None:
        while (self._waiting or self._alone) and (pipe := self._free()) is not None:
            if self._alone:
                batch, flush = [self._alone.popleft()], True
            else:
                batch, flush = [self._waiting.popleft() for _ in range(self._size())], False
            self._given[pipe] += batch
            self._n_out[pipe] += 1
            try:
                pipe.send((batch, flush))
            except (BrokenPipeError, OSError):
                self._bury(pipe)

    def _size(self) -> int:
        if not self._seconds:
            return 1
        share = -(-len(self._waiting) // (2 * self._n))
        size = max(int(LEAST_SECONDS / self._seconds), min(int(BATCH_SECONDS / self._seconds), share))
        return min(max(size, 1), len(self._waiting))

    def _take(self, pipe: Any, report: Callable[[Done], bool]) -> bool:
        try:
            done = pipe.recv()
        except (EOFError, OSError):
            self._bury(pipe)
            return True
        self._n_out[pipe] -= 1
        if done.n:
            self._seconds = done.seconds / (done.n + len(done.failed))
        return report(done)

    def _bury(self, pipe: Any) -> None:
        """A worker died: what it had committed stays, the rest is handed out again, one by one."""
        if pipe is None or pipe not in self._process:
            return
        process, given = self._process.pop(pipe), self._given.pop(pipe)
        del self._n_out[pipe]
        process.join()
        pipe.close()
        committed = self._committed(given)
        lost = [idx for idx in given if idx not in committed]
        if lost:
            self._deaths[lost[0]] = self._deaths.get(lost[0], 0) + 1
            if self._deaths[lost[0]] > 1:
                self._note(lost[0], f"the worker process died twice in this run (exit code {process.exitcode})")
                lost = lost[1:]
        self._alone.extend(lost)

    def _note(self, idx: int, why: str) -> None:
        """A run has failed."""
        self._failed.append((idx, why))
        writer = SegmentWriter(self._job.path / FOLDER)
        writer.error(idx, why, (0.0, time.time(), 0.0))
        writer.close()

    def _end(self, *, graceful: bool, report: Callable[[Done], bool]) -> None:
        if graceful:
            for pipe in self._process:
                with suppress(BrokenPipeError):
                    pipe.send(None)
        for pipe, process in list(self._process.items()):
            if graceful:
                with suppress(EOFError, OSError):  # it died while closing; what it had committed is in its segment
                    report(pipe.recv())
                self._ending.append(process)
            else:
                process.terminate()
                process.join(10)
            pipe.close()
            del self._process[pipe], self._n_out[pipe]
