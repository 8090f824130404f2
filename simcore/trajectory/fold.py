"""Fold segments into the arrays of the trajectory.

Runs are written in their order, whole chunks at a time, so memory is that of a chunk. A fold is one transaction: killed
at any moment, the store has the arrays or the segments, never half of either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from simcore.trajectory.labelled import stacked
from simcore.trajectory.records import SUFFIX
from simcore.trajectory.rows import RowArray
from simcore.trajectory.segments import FOLDER, RUN, Frame
from simcore.trajectory.storefile import Transaction
from simcore.trajectory.table import (
    ERRORS,
    FACTS,
    NOTES,
    Column,
    Key,
    RunTable,
    fact,
    joined,
    part_keys,
    schema_text,
)
from simcore.trajectory.values import TEXT

Source = tuple[Frame, int, tuple[int, ...], int]  # frame, offset, shape, bytes


class Fold:
    """One fold: which parts of which runs are new or gone, then written column by column."""

    def __init__(self, txn: Transaction, table: RunTable):
        self.txn, self.table = txn, table
        self._numbers = {schema_text(strip(s)): i for i, s in enumerate(table.schemas)}
        self._new: dict[Key, dict[int, Source]] = {}
        self._gone: dict[Key, set[int]] = {}
        self._facts: dict[str, dict[int, Any]] = {name: {} for name in FACTS}
        self._errors: dict[int, str] = {}
        self._notes: dict[int, str] = {}
        self._of_segment: dict[tuple[Path, int], tuple[int, list[Key]]] = {}
        self._workers: dict[Path, int] = {}

    def take_frames(self) -> None:
        """All frames that the table knows."""
        for idx, frames in sorted(self.table.frames.items()):
            for frame in frames:
                self._take(idx, frame)
        for idx, (text, times) in self.table.errors.items():
            self._errors[idx] = text
            self._times(idx, times)

    def _take(self, idx: int, frame: Frame) -> None:
        number, keys = self._schema(frame)
        for key, (at, shape, n) in zip(keys, frame.layout(), strict=True):
            self._new.setdefault(key, {})[idx] = (frame, at, shape, n)
        old = self._facts["schema"].get(idx, int(self.table.of_run[idx]))
        self._facts["schema"][idx] = number if old < 0 else self._merged(idx, old, number)
        if frame.kind == RUN and frame.segment.has_record():
            self._facts["completed"][idx] = True
            self._facts["worker"][idx] = self._worker(frame)
            self._times(idx, frame.times)
            if ERRORS.path in self.txn.store.docs or idx in self._errors:
                self._errors[idx] = ""
        if frame.n_extra:
            before = json.loads(self._notes[idx]) if idx in self._notes else self._stored_notes(idx)
            self._notes[idx] = json.dumps({**before, **frame.extra}, sort_keys=True)

    def _stored_notes(self, idx: int) -> dict:
        array = self.txn.store.docs.get(NOTES.path)
        text = NOTES.read(self.txn.store, idx, idx + 1)[0] if array and idx < array["shape"][0] else ""
        return json.loads(text) if text else {}

    def _times(self, idx: int, times: tuple) -> None:
        for name, value in zip(("started", "ended", "cpu"), times, strict=True):
            self._facts[name][idx] = value

    def _schema(self, frame: Frame) -> tuple[int, list[Key]]:
        """Number of a frame's schema in the table, and keys of its parts."""
        where = (frame.segment.path, frame.schema)
        if where not in self._of_segment:
            schema = frame.segment.schemas[frame.schema]
            self._of_segment[where] = self._number(schema["leaves"]), part_keys(schema)
        return self._of_segment[where]

    def _number(self, leaves: Iterable[Mapping]) -> int:
        leaves = sorted(leaves, key=lambda leaf: (leaf["branch"], leaf["leaf"]))
        text = schema_text(leaves)
        if text not in self._numbers:
            self._numbers[text] = len(self.table.schemas)
            self.table.schemas.append({"leaves": list(leaves)})
        return self._numbers[text]

    def _merged(self, idx: int, old: int, new: int) -> int:
        """Number of the schema of a run that had leaves before."""
        leaves = {(leaf["branch"], leaf["leaf"]): leaf for leaf in self.table.schemas[old]["leaves"]}
        for leaf in self.table.schemas[new]["leaves"]:
            name = leaf["branch"], leaf["leaf"]
            leaves[name] = joined(leaves.get(name), leaf)
        number = self._number(leaves.values())
        for key in set(part_keys(self.table.schemas[old])) - set(part_keys(self.table.schemas[number])):
            self._gone.setdefault(key, set()).add(idx)
            self._new.get(key, {}).pop(idx, None)
        return number

    def take_table(self, other: RunTable, rows: Mapping[int, int]) -> None:
        """Runs of another table, {its run: run here}: values are read column by column."""
        numbers = {i: self._number(s["leaves"]) for i, s in enumerate(other.schemas)}
        workers = [self._known_worker({**other.records[w["record"]], "process": w["process"]}) for w in other.workers]
        for name in FACTS:
            array = fact(name)
            values = array.read(other.store, 0, other.n_runs).tolist() if other._stored_rows(array.path) else []
            for old, new in rows.items() if values else ():
                value = values[old]
                if name == "schema":
                    value = numbers.get(value, -1)
                elif name == "worker":
                    value = workers[value] if value >= 0 else -1
                self._facts[name][new] = value
        for array, texts in ((ERRORS, self._errors), (NOTES, self._notes)):
            found = array.read(other.store, 0, other.n_runs) if other._stored_rows(array.path) else ()
            texts.update({rows[i]: text for i, text in enumerate(found) if text and i in rows})
        for key, _column in other.columns.items():
            holders, values = stacked(other, key)
            self._new.setdefault(key, {}).update(
                {rows[i]: (v, -1, np.shape(v), 0) for i, v in zip(holders.tolist(), values, strict=True) if i in rows}
            )

    def delete(self, idx: int, branch: str, leaf: str, items: Iterable[str] | None = None) -> None:
        """Forget a leaf of a run, or only these items of it."""
        old = self._facts["schema"].get(idx, int(self.table.of_run[idx]))
        if old < 0:
            return
        kept = []
        for about in self.table.schemas[old]["leaves"]:
            if (about["branch"], about["leaf"]) != (branch, leaf):
                kept.append(about)
            elif items is not None:
                kept.append({**about, "items": [item for item in about["items"] if item[0] not in set(items)]})
        number = self._number(kept) if kept else -1
        gone = set(part_keys(self.table.schemas[old])) - set(part_keys({"leaves": kept}))
        for key in gone:
            self._gone.setdefault(key, set()).add(idx)
            self._new.get(key, {}).pop(idx, None)
        self._facts["schema"][idx] = number

    def _worker(self, frame: Frame) -> int:
        path = frame.segment.path
        if path not in self._workers:
            self._workers[path] = self._known_worker(frame.segment.record)
        return self._workers[path]

    def _known_worker(self, record: dict) -> int:
        common = {name: part for name, part in record.items() if name != "process"}
        own = {"record": _numbered(self.table.records, common), "process": record.get("process", {})}
        return _numbered(self.table.workers, own)

    # --- writing -----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write everything; after the transaction the segments are gone."""
        table, n_runs = self.table, self.table.n_runs
        self._write_facts(n_runs)
        of_run = table.of_run
        counts = np.bincount(of_run[of_run >= 0], minlength=len(table.schemas))
        holders: dict[Key, int] = {}
        for number, schema in enumerate(table.schemas):
            for key in part_keys(schema) if counts[number] else ():
                holders[key] = holders.get(key, 0) + int(counts[number])
        for key in [*table.columns, *(k for k in self._new if k not in table.columns)]:
            self._write_column(key, holders.get(key, 0))
        self.txn.group("results")
        self.txn.group(
            "runs",
            {
                "schemas": strip_all(table.schemas),
                "workers": table.workers,
                "records": table.records,
                "columns": [c.to_json() for c in table.columns.values()],
            },
        )
        folder = self.txn.store.path / FOLDER
        for path in [*(segment.path for segment in table.segments), *folder.glob(f"*{SUFFIX}")]:
            self.txn.remove(f"{FOLDER}/{path.name}")

    def _write_facts(self, n_runs: int) -> None:
        for name, values in self._facts.items():
            self._write_rows(fact(name), values, n_runs)
        for idx, number in self._facts["schema"].items():
            self.table.of_run[idx] = number
        for array, texts in ((ERRORS, self._errors), (NOTES, self._notes)):
            if texts or array.path in self.txn.store.docs:
                self._write_rows(array, texts, n_runs)

    def _write_rows(self, array: RowArray, values: Mapping[int, Any], n_runs: int, *, missing: bool = False) -> None:
        n_old = _length(self.txn, array.path)
        rows = np.array(sorted(values), np.int64)
        content = np.empty(len(rows), object if array.dtype == TEXT else array.dtype)
        content[:] = [values[i] for i in rows.tolist()]
        array.write(self.txn, rows, content, n_old=n_old)
        self.txn.array(array.path, array.document(n_runs, missing=missing))

    def _write_column(self, key: Key, n_holders: int) -> None:
        new, gone = self._new.get(key, {}), self._gone.get(key, set())
        column = self.table.columns.get(key)
        if n_holders == 0:
            if column is not None:
                self._drop(column)
            return
        shapes = {source[2] if key[4] != TEXT else () for source in new.values()}
        if column is None:
            column = Column(*key, path=self._free_path(key), shape=shapes.pop() if len(shapes) == 1 else None)
        elif column.shape is not None and shapes - {column.shape}:
            column = self._made_ragged(column)
        self.table.columns[key] = column
        if column.shape is None:
            self._write_ragged(column, new, gone)
        else:
            self._write_even(column, new, gone)
            document = column.array.document(self.table.n_runs, missing=n_holders < self.table.n_runs)
            self.txn.array(column.path, document)

    def _write_even(self, column: Column, new: Mapping[int, Source], gone: set[int]) -> None:
        array = column.array
        n_old = _length(self.txn, column.path)
        rows = np.array(sorted({*new, *gone}), np.int64)
        size, blank = array.chunk[0], array.blank()[:1]
        for start, stop in _chunks(rows, size):
            block = np.empty((stop - start, *array.inner), object if array.dtype == TEXT else array.dtype)
            for j, idx in enumerate(rows[start:stop].tolist()):
                block[j] = _value(new[idx], column) if idx in new else blank[0]
            array.write(self.txn, rows[start:stop], block, n_old=n_old)

    def _write_ragged(self, column: Column, new: Mapping[int, Source], gone: set[int]) -> None:
        """Counts and shapes in place; values appended if the new runs come after the old ones, else all anew."""
        n_runs, store = self.table.n_runs, self.txn.store
        counts = np.zeros(n_runs, np.int64)
        n_old = min(_length(self.txn, column.count.path), n_runs)
        if n_old:
            counts[:n_old] = column.count.read(store, 0, n_old)
        old_offsets = np.concatenate([[0], np.cumsum(counts)])
        had = np.flatnonzero(counts)
        first = min({*new, *gone}, default=n_runs)
        keep = int(old_offsets[first]) if first <= n_runs else int(old_offsets[-1])
        runs = sorted({*new, *(int(i) for i in had if i >= first)} - (gone - set(new))) if first < n_runs else []
        writer = _Appender(self.txn, column.flat, keep)
        for idx in runs:
            if idx in new:
                values = np.asarray(_value(new[idx], column)).reshape(-1)
            else:
                values = column.flat.read(store, int(old_offsets[idx]), int(old_offsets[idx + 1]))
            writer.add(values)
        n_values = writer.finish()
        changes = dict.fromkeys(gone, 0) | {i: int(np.prod(source[2])) for i, source in new.items()}
        self._write_rows(column.count, changes, n_runs)
        if column.n_dims > 1:
            rows = np.array(sorted(new), np.int64)
            content = np.array([new[i][2] for i in rows.tolist()], np.int64).reshape(len(rows), column.n_dims)
            column.extents.write(self.txn, rows, content, n_old=_length(self.txn, column.extents.path))
            self.txn.array(column.extents.path, column.extents.document(n_runs))
        self.txn.array(column.path, column.flat.document(n_values))
        self.table._offsets.pop(column.path, None)

    def _made_ragged(self, column: Column) -> Column:
        """An even column whose runs differ in shape from now on: its values are taken up as if they were new."""
        ragged = replace(column, path=self._free_path(column.key), shape=None)
        stored = _length(self.txn, column.path)
        holders = [
            i
            for i in range(min(stored, self.table.n_runs))
            if self.table.of_run[i] >= 0 and column.key in part_keys(self.table.schemas[self.table.of_run[i]])
        ]
        new = self._new.setdefault(column.key, {})
        values = column.array.read(self.txn.store, 0, stored)
        for idx in holders:
            if idx not in new:
                new[idx] = (values[idx], -1, column.shape or (), 0)  # type: ignore[assignment]
        self._drop(column)
        return ragged

    def _drop(self, column: Column) -> None:
        for path in (column.path, f"{column.path}.count", f"{column.path}.shape"):
            if path in self.txn.store.docs:
                self.txn.remove(path)
        self.table.columns.pop(column.key, None)

    def _free_path(self, key: Key) -> str:
        """results/a.b for the item b of a.b, results/a.b.x for x; with @2, @3 where that is taken."""
        branch, leaf, item, suffix, _, _ = key
        named = item == leaf.rpartition(".")[2] or (item == "data" and branch == "derived_parameters")
        name = leaf if named else f"{leaf}.{item}"
        path = f"{branch}/{name}{suffix}" if name not in ("trajectory", "runs") else f"{branch}/{name}@1"
        taken = {c.path for c in self.table.columns.values()} | set(self.txn.store.docs) | set(self.txn._removed)
        extra = {p + end for p in taken for end in (".count", ".shape")}
        free = next(p for i in range(1, 1000) if (p := path if i == 1 else f"{path}@{i}") not in taken | extra)
        return free


class _Appender:
    """Values appended to a flat array from position `start` on, chunk by chunk."""

    def __init__(self, txn: Transaction, array: RowArray, start: int):
        self._txn, self._array, self._held = txn, array, []
        size = array.chunk[0]
        self._at = start - start % size
        self._n = start - self._at
        if self._n:
            self._held = [array.read(txn.store, self._at, start)]

    def add(self, values: np.ndarray) -> None:
        """The next values."""
        self._held.append(values)
        self._n += len(values)
        size = self._array.chunk[0]
        if self._n >= size:
            whole = np.concatenate(self._held)
            n_full = self._n - self._n % size
            for start in range(0, n_full, size):
                self._txn.put(
                    self._array.file((self._at + start) // size), self._array.encode(whole[start : start + size])
                )
            self._held, self._at, self._n = [whole[n_full:]], self._at + n_full, self._n - n_full

    def finish(self) -> int:
        """Write what is left; the number of all values."""
        if self._n:
            chunk = self._array.blank()
            chunk[: self._n] = np.concatenate(self._held)
            self._txn.put(self._array.file(self._at // self._array.chunk[0]), self._array.encode(chunk))
        return self._at + self._n


def _numbered(known: list, entry: dict) -> int:
    if entry not in known:
        known.append(entry)
    return known.index(entry)


def _value(source: Source, column: Column) -> Any:
    frame, at, shape, n = source
    if not isinstance(frame, Frame):
        return frame  # a value of a column that was even
    view = frame.segment.view[at : at + n]
    return bytes(view).decode() if column.dtype == TEXT else np.frombuffer(view, column.dtype).reshape(shape)


def _chunks(rows: np.ndarray, size: int) -> Iterable[tuple[int, int]]:
    if not len(rows):
        return []
    cuts = np.flatnonzero(np.diff(rows // size)) + 1
    return zip([0, *cuts.tolist()], [*cuts.tolist(), len(rows)], strict=True)


def _length(txn: Transaction, path: str) -> int:
    document = txn.store.docs.get(path)
    return document["shape"][0] if document else 0


def strip(schema: Mapping) -> list[dict]:
    """Leaves of a schema, without what is only remembered in memory."""
    return list(schema["leaves"])


def strip_all(schemas: Iterable[Mapping]) -> list[dict]:
    """Schemas as they are kept."""
    return [{"leaves": strip(s)} for s in schemas]
