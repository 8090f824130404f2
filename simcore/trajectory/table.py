"""The run table: what each run has, and where its values are, in arrays of the store or still in segments.

Leaves of a run are described by a schema: their names, classes, comments, and for each item its form and parts
(`values.py`). Runs that have the same share a schema; the array `runs/schema` has its number for each run, -1 for a run
without anything. A part is a row of a column: an array (run, …) where all runs have the same shape, else a contiguous
ragged array (CF conventions, 9.3.3) with `.count` and `.shape` beside it. Parts of one item that differ in type are
columns of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simcore.trajectory.rows import RowArray
from simcore.trajectory.segments import DATA, ERROR, FOLDER, RUN, Frame, Segment, segments
from simcore.trajectory.storefile import StoreFile
from simcore.trajectory.values import TEXT, Part, decode

Key = tuple[str, str, str, str, str, int]  # branch, leaf, item, suffix, data type, number of dimensions
FACTS = {  # columns of the group `runs`: type, what stands for none, attributes
    "completed": ("|b1", False, {"long_name": "whether the run was completed"}),
    "schema": ("<i4", -1, {"long_name": "number of the description of what the run has, in the attribute `schemas`"}),
    "worker": ("<i4", -1, {"long_name": "number of the worker that made the run, in the attribute `workers`"}),
    "started": ("<f8", np.nan, {"units": "seconds since 1970-01-01", "long_name": "start of the run, UTC"}),
    "ended": ("<f8", np.nan, {"units": "seconds since 1970-01-01", "long_name": "end of the run, UTC"}),
    "cpu": ("<f8", np.nan, {"units": "s", "long_name": "CPU time of the run"}),
}


@dataclass(frozen=True)
class Column:
    """Where the values of one part are: array `path`, of shape (run, *shape), or ragged if shape is None."""

    branch: str
    leaf: str
    item: str
    suffix: str
    dtype: str
    n_dims: int
    path: str
    shape: tuple[int, ...] | None

    @property
    def key(self) -> Key:
        """What identifies the column."""
        return (self.branch, self.leaf, self.item, self.suffix, self.dtype, self.n_dims)

    @property
    def array(self) -> RowArray:
        """The array of a column that is not ragged."""
        names = [self.path.rpartition("/")[2]]
        dims = ("run", *(f"{names[0]}_dim{i}" for i in range(len(self.shape or ()))))
        return RowArray(self.path, self.dtype, self.shape or (), dims=dims, attrs=self.attrs)

    @property
    def attrs(self) -> dict:
        """Attributes: which item of which leaf this is."""
        return {"long_name": f"{self.item} of {self.branch}.{self.leaf}{f' ({self.suffix})' if self.suffix else ''}"}

    @property
    def count(self) -> RowArray:
        """Of a ragged column: number of values of each run."""
        attrs = {
            "sample_dimension": f"{self.path.rpartition('/')[2]}_value",
            "units": "1",
            "long_name": "number of values",
        }
        return RowArray(f"{self.path}.count", "<i8", attrs=attrs, fill=0)

    @property
    def extents(self) -> RowArray:
        """Of a ragged column: shape of each run's value."""
        dims = ("run", f"{self.path.rpartition('/')[2]}_axis")
        return RowArray(
            f"{self.path}.shape", "<i8", (self.n_dims,), dims=dims, attrs={"long_name": "shape of the value"}, fill=0
        )

    @property
    def flat(self) -> RowArray:
        """Of a ragged column: all values, run after run."""
        return RowArray(
            self.path, self.dtype, rows=131072, attrs=self.attrs, dims=(f"{self.path.rpartition('/')[2]}_value",)
        )

    def to_json(self) -> dict:
        """As it is kept in the attributes of the group `runs`."""
        return asdict(self)

    @classmethod
    def from_json(cls, about: Mapping) -> Column:
        """The inverse."""
        shape = about["shape"]
        return cls(**{**about, "shape": None if shape is None else tuple(shape)})


def fact(name: str) -> RowArray:
    """A column of the group `runs`."""
    dtype, fill, attrs = FACTS[name]
    return RowArray(f"runs/{name}", dtype, attrs=attrs, fill=fill)


ERRORS = RowArray("runs/error", TEXT, attrs={"long_name": "why the run failed"})
NOTES = RowArray("runs/notes", TEXT, attrs={"long_name": "annotations and comments of this run alone, as JSON"})


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
        self._unrecorded: list[Frame] = []  # frames of runs whose provenance record is not written yet
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
        unrecorded = {segment.path for segment in self.segments if not segment.has_record()}
        waiting, self._unrecorded = self._unrecorded, []
        for frame in waiting:
            self._complete(frame, unrecorded)
        for frame in new:
            if frame.kind == ERROR:
                self.errors[frame.run] = bytes(frame.payload).decode(), frame.times
            elif frame.run < self.n_runs:
                self.frames.setdefault(frame.run, []).append(frame)
                self._complete(frame, unrecorded)
        if new:
            self._names = None
        return new

    def _complete(self, frame: Frame, unrecorded: set[Path]) -> None:
        """A run counts as completed when the record of its segment is there too."""
        if frame.kind != RUN:
            return
        if frame.segment.path in unrecorded:
            self._unrecorded.append(frame)
        else:
            self.completed[frame.run] = True
            self.errors.pop(frame.run, None)

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


def joined(old: dict | None, new: dict) -> dict:
    """The description of a leaf after items were added or replaced."""
    if old is None or old["class"] != new["class"]:
        return new
    items = {item[0]: item for item in [*old["items"], *new["items"]]}
    return {**new, "items": list(items.values())}


def position(schema: dict, key: Key) -> int | None:
    """Which of the parts of a schema has this key."""
    keys = schema.get("_keys")
    if keys is None:
        keys = schema["_keys"] = {k: i for i, k in enumerate(part_keys(schema))}
    return keys.get(key)


def part_keys(schema: Mapping) -> list[Key]:
    """Keys of all parts in the order in which frames have them."""
    return [
        (leaf["branch"], leaf["leaf"], item, suffix, dtype, n)
        for leaf in schema["leaves"]
        for item, _, parts in leaf["items"]
        for suffix, dtype, n in parts
    ]


def schema_text(leaves: Iterable[Mapping]) -> str:
    """A schema as text: equal for equal leaves."""
    return json.dumps({"leaves": list(leaves)}, sort_keys=True)


__all__ = [
    "DATA",
    "ERRORS",
    "FACTS",
    "NOTES",
    "RUN",
    "Column",
    "RunTable",
    "fact",
    "joined",
    "part_keys",
    "position",
    "schema_text",
]
