"""The run table: what each run has, and where its values are, in arrays of the store or still in segments.

Leaves of a run are described by a schema: their names, classes, comments, and for each item its form and parts
(`values.py`). Runs that have the same share a schema; the array `runs/schema` has its number for each run, -1 for a run
without anything. A part is a row of a column: an array (run, …) where all runs have the same shape, else a contiguous
ragged array (CF conventions, 9.3.3) with `.count` and `.shape` beside it. Parts of one item that differ in type are
columns of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from simcore.trajectory.runcolumns import ERRORS, NOTES, Column, Key, fact, joined, position
from simcore.trajectory.segments import ERROR, FOLDER, RUN, Frame, Segment, segments
from simcore.trajectory.storefile import StoreFile
from simcore.trajectory.values import TEXT, Part, decode


class RunTable:
    """What is known about the runs of one store; `refresh` reads what workers have committed since."""

    def __init__(self, store: StoreFile, n_runs: int):
        self.store, self.n_runs = store, n_runs
        about = store.docs.get("runs", {}).get("attributes", {})
        self.schemas: list[dict] = list(about.get("schemas", []))
        self.workers: list[dict] = list(about.get("workers", []))  # {"record": number, "process": …}
        self.records: list[dict] = list(about.get("records", []))  # what workers have in common, once
        self.columns: dict[Key, Column] = {c.key: c for c in map(Column.from_json, about.get("columns", []))}
        self.of_run = self._fact("schema")
        self.completed = self._fact("completed").astype(bool)
        self.segments: list[Segment] = []
        self.frames: dict[int, list[Frame]] = {}
        self.errors: dict[int, tuple[str, tuple]] = {}
        self._offsets: dict[str, np.ndarray] = {}
        self._names: set[str] | None = None
        self.refresh()

    def _fact(self, name: str) -> np.ndarray:
        array = fact(name)
        stored = array.read(self.store, 0, n) if (n := self._stored_rows(array.path)) else np.empty(0, array.dtype)
        result = np.full(self.n_runs, array.fill, array.dtype)
        result[: min(n, self.n_runs)] = stored[: self.n_runs]
        return result

    def _stored_rows(self, path: str) -> int:
        document = self.store.docs.get(path)
        return document["shape"][0] if document else 0

    def grow(self, n_runs: int) -> None:
        """There are more runs now."""
        more = n_runs - len(self.of_run)
        if more > 0:
            self.of_run = np.concatenate([self.of_run, np.full(more, -1, self.of_run.dtype)])
            self.completed = np.concatenate([self.completed, np.zeros(more, bool)])
        self.n_runs = n_runs

    def refresh(self) -> list[Frame]:
        """Read new frames of the segments; returns them."""
        known = {segment.path for segment in self.segments}
        self.segments += [s for s in segments(self.store.path / FOLDER) if s.path not in known]
        new = [frame for segment in self.segments for frame in segment.frames()]
        for frame in new:
            if frame.kind == ERROR:
                self.errors[frame.run] = bytes(frame.payload).decode(), frame.times
            elif frame.run < self.n_runs:
                self.frames.setdefault(frame.run, []).append(frame)
                if frame.kind == RUN:
                    self.completed[frame.run] = True
                    self.errors.pop(frame.run, None)
        if new:
            self._names = None
        return new

    # --- what runs have --------------------------------------------------------------------------------------

    def leaves(self, idx: int) -> dict[tuple[str, str], dict]:
        """Descriptions of the leaves of a run, by branch and name."""
        number = int(self.of_run[idx])
        found = {(leaf["branch"], leaf["leaf"]): leaf for leaf in self.schemas[number]["leaves"]} if number >= 0 else {}
        for frame in self.frames.get(idx, ()):
            for leaf in frame.segment.schemas[frame.schema]["leaves"]:
                found[leaf["branch"], leaf["leaf"]] = joined(found.get((leaf["branch"], leaf["leaf"])), leaf)
        return found

    def notes(self, idx: int) -> dict:
        """Annotations and comments that this run has alone."""
        result: dict = {}
        if NOTES.path in self.store.docs and idx < self._stored_rows(NOTES.path):
            text = NOTES.read(self.store, idx, idx + 1)[0]
            result = json.loads(text) if text else {}
        for frame in self.frames.get(idx, ()):
            result.update(frame.extra)
        return result

    def committed(self, indices: Iterable[int]) -> set[int]:
        """Which of these are completed, or have failed since the last fold."""
        return {idx for idx in indices if self.completed[idx] or idx in self.errors}

    def error(self, idx: int) -> str:
        """Why a run failed; empty if it did not."""
        if idx >= self.n_runs or self.completed[idx]:
            return ""
        if idx in self.errors:
            return self.errors[idx][0]
        return ERRORS.read(self.store, idx, idx + 1)[0] if idx < self._stored_rows(ERRORS.path) else ""

    def record_of(self, idx: int, worker: int) -> dict:
        """The part of a run's provenance record that all runs of its worker have in common."""
        frames = [frame for frame in self.frames.get(idx, ()) if frame.kind == RUN]
        if frames:
            return frames[-1].segment.record
        if worker < 0:
            return {}
        own = self.workers[worker]
        return {**self.records[own["record"]], "process": own["process"]}

    def has(self, idx: int, branch: str | None = None) -> bool:
        """Whether a run has anything (in this branch)."""
        if not 0 <= idx < self.n_runs or (self.of_run[idx] < 0 and idx not in self.frames):
            return False
        return branch is None or any(b == branch for b, _ in self.leaves(idx))

    def indices(self, branch: str) -> Iterable[int]:
        """Runs that have something in this branch."""
        numbers = [i for i, s in enumerate(self.schemas) if any(leaf["branch"] == branch for leaf in s["leaves"])]
        stored = np.isin(self.of_run, numbers)
        for idx in self.frames:
            stored[idx] = stored[idx] or self.has(idx, branch)
        return np.flatnonzero(stored)

    def knows(self, branch: str, name: str) -> bool:
        """Whether a part of a name of any leaf or group of runs is this one."""
        if self._names is None:
            all_schemas = [*self.schemas, *(s for segment in self.segments for s in segment.schemas.values())]
            self._names = {
                f"{leaf['branch']}/{part}"
                for s in all_schemas
                for leaf in s["leaves"]
                for part in leaf["leaf"].split(".")
            }
        return f"{branch}/{name}" in self._names

    # --- values ----------------------------------------------------------------------------------------------

    def load(self, idx: int, branch: str, leaf: str, only: Iterable[str] | None = None) -> dict[str, Any]:
        """Values of a leaf of a run by item; `only` these."""
        about = self.leaves(idx).get((branch, leaf))
        result = {}
        for item, form, parts in about["items"] if about else ():
            if only is None or item in only:
                found = {suffix: self._part(idx, (branch, leaf, item, suffix, dtype, n)) for suffix, dtype, n in parts}
                result[item] = decode(form, found)
        return result

    def _part(self, idx: int, key: Key) -> Part:
        for frame in reversed(self.frames.get(idx, ())):
            number = position(frame.segment.schemas[frame.schema], key)
            if number is not None:
                return frame.read(number)
        column = self.columns[key]
        if column.shape is not None:
            value = column.array.read(self.store, idx, idx + 1)[0]
            return value if column.dtype == TEXT else np.array(value)
        start = int(self.offsets(column)[idx])
        n = int(self.offsets(column)[idx + 1]) - start
        shape = tuple(column.extents.read(self.store, idx, idx + 1)[0]) if column.n_dims > 1 else (n,)
        return column.flat.read(self.store, start, start + n).reshape(shape).copy()

    def offsets(self, column: Column) -> np.ndarray:
        """Of a ragged column: where each run's values begin, and the end of the last."""
        if column.path not in self._offsets:
            counts = np.zeros(self.n_runs, np.int64)
            n = min(self._stored_rows(column.count.path), self.n_runs)
            counts[:n] = column.count.read(self.store, 0, n)
            self._offsets[column.path] = np.concatenate([[0], np.cumsum(counts)])
        return self._offsets[column.path]
