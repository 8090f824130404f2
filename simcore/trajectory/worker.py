"""What a worker does: run by run, the user's function and one commit."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simcore.errors import StoreError
from simcore.trajectory.describing import Describer
from simcore.trajectory.leaves import run_of
from simcore.trajectory.segments import DATA, FOLDER, SegmentWriter
from simcore.trajectory.singlerun import SingleRun


@dataclass
class Job:
    """What every worker needs: the function, its arguments, the parameters, where to commit and how; `about`: what
    the provenance records of all runs have in common (`records.py`).
    """

    function: Callable[..., Any]
    args: tuple
    kwargs: dict
    run: SingleRun
    path: Path
    commit: str
    about: dict = field(default_factory=dict)


@dataclass
class Done:
    """What came of a batch: runs that failed and why, values that the function returned, seconds; `fatal`: no more.

    unsent: runs whose returned values cannot be sent between processes, and why.
    """

    failed: list[tuple[int, str]] = field(default_factory=list)
    returned: list[tuple[int, Any]] = field(default_factory=list)
    n: int = 0
    seconds: float = 0.0
    fatal: StoreError | None = None
    unsent: tuple[list[int], str] | None = None

    def sendable(self, dumps: Callable[[Any], bytes] = pickle.dumps) -> Done:
        """Itself, without returned values that cannot be pickled."""
        try:
            dumps(self.returned)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            self.unsent, self.returned = ([idx for idx, _ in self.returned], str(error)), []
        return self


class RunStorage:
    """The storage that a single run sees: leaves of its run go into the worker's segment."""

    def __init__(self, job: Job, writer: SegmentWriter, describer: Describer):
        self.filename = job.path
        self._job, self._writer, self._describer = job, writer, describer
        self._full: Any = None

    def store_run(self, run: SingleRun) -> None:
        """Commit what was added to the run so far, without completing it."""
        entries = list(run._new())
        if entries:
            self._commit(run, entries)

    def store_nodes(self, run: SingleRun, nodes: Iterable[Any], *, overwrite: Any = None) -> None:
        """Commit these leaves; TypeError for one that does not belong to the run."""
        entries = []
        for node in nodes:
            place = run_of(node)
            if not node._is_leaf:
                continue
            if place is None or place[0] != run.v_idx:
                raise TypeError(
                    f"{node.v_full_name!r} does not belong to {run.v_name}: a run stores what is below its own groups"
                )
            values = {} if node.f_is_empty() else node._store()
            if node._stored and overwrite is not True:
                values = {k: v for k, v in values.items() if k in (overwrite or ())}
            entries.append((place[1], place[2], node, values))
        self._commit(run, [e for e in entries if e[3] or not e[2]._stored])

    def _commit(self, run: SingleRun, entries: list) -> None:
        if entries:
            self._writer.run(run.v_idx, *self._describer.frame(entries), kind=DATA)
        for _, _, node, _ in entries:
            node._stored = True

    def load_leaf(self, leaf: Any, **parts: Any) -> None:
        """Read a leaf back."""
        from simcore.trajectory.service import ZarrStorageService

        self._writer.flush()
        if self._full is None:
            self._full = ZarrStorageService(self.filename)
        self._full.open(self.filename)
        self._full.load_leaf(leaf, **parts)

    def attach(self, root: Any) -> None:
        """A run does not look at others."""


class Worker:
    """Runs a job's function for one run after the other."""

    def __init__(self, job: Job):
        self.job, self.run = job, job.run
        self.writer, self.describer = SegmentWriter(job.path / FOLDER, job.commit), Describer()
        self.writer.worker({**job.about, "process": {**job.about.get("process", {}), "pid": os.getpid()}})
        self.run._service = RunStorage(job, self.writer, self.describer)
        self.run._stored = True

    def batch(self, indices: Sequence[int], *, flush: bool = False, parent: int = 0) -> Done:
        """Run these; stops between runs if the process `parent` is gone."""
        done, start = Done(), time.perf_counter()
        try:
            for idx in indices:
                if parent and os.getppid() != parent:
                    break
                self._one(idx, done)
            if flush:
                self.writer.flush()
        except StoreError as error:
            done.fatal = error
        done.seconds = time.perf_counter() - start
        return done

    def _one(self, idx: int, done: Done) -> None:
        started, cpu = time.time(), time.process_time()
        self.run._become(idx)
        try:
            value = self.job.function(self.run, *self.job.args, **self.job.kwargs)
            schema, parts, notes = self.run._frame(self.describer)
        except StoreError:
            raise
        except Exception as error:  # whatever the user's function raises ends this run, not the others
            text = "".join(traceback.format_exception(error))
            self.writer.error(idx, text, (started, time.time(), time.process_time() - cpu))
            done.failed.append((idx, text))
            return
        self.writer.run(idx, schema, parts, notes, times=(started, time.time(), time.process_time() - cpu))
        done.n += 1
        if value is not None:
            done.returned.append((idx, value))


def serve(job: Job, pipe: Any, parent: int) -> None:
    """Main loop of a worker process: batches come through the pipe until it closes."""
    _die_with_parent()
    gc.freeze()  # what came with the fork is not looked through again, which would copy it page by page
    worker = Worker(job)
    try:
        while True:
            if not pipe.poll():
                worker.writer.flush()  # while there is nothing else to do
            try:
                batch = pipe.recv()
            except (EOFError, OSError):
                break
            if batch is None or os.getppid() != parent:
                break
            done = worker.batch(batch[0], flush=batch[1], parent=parent)
            try:
                pipe.send(done)
            except (pickle.PicklingError, AttributeError, TypeError):
                pipe.send(done.sendable())
            if done.fatal is not None:
                break
        worker.writer.close()
        pipe.send(Done())
    except StoreError as error:
        pipe.send(Done(fatal=error))
    except (BrokenPipeError, KeyboardInterrupt):
        worker.writer.close()


def _die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is killed; elsewhere it is noticed between runs."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def one_batch(job: Job, indices: Sequence[int]) -> Done:
    """A batch on its own, for executors that hand out tasks (dask), maybe to several threads of one process."""
    worker = Worker(replace(job, run=pickle.loads(pickle.dumps(job.run))))
    done = worker.batch(indices)
    try:
        worker.writer.close()
    except StoreError as error:
        done.fatal = error
    if done.returned:
        import cloudpickle  # as dask does

        done.sendable(cloudpickle.dumps)
    return done
