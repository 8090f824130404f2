"""Fold segments into the arrays of the trajectory.

Runs are written in their order, whole chunks at a time, so memory is that of a chunk. A fold is one transaction: killed
at any moment, the store has the arrays or the segments, never half of either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from simcore.trajectory.columnwriter import ColumnWriter, Source, write_rows
from simcore.trajectory.labelled import stacked
from simcore.trajectory.runcolumns import ERRORS, FACTS, NOTES, Key, fact, joined, part_keys, schema_text
from simcore.trajectory.segments import FOLDER, RUN, Frame, Segment
from simcore.trajectory.storefile import Transaction
from simcore.trajectory.table import RunTable


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
        self._of_segment: dict[tuple[Segment, int], tuple[int, list[dict[int, Source]]]] = {}
        self._workers: dict[Segment, int] = {}

    def take_frames(self) -> None:
        """All frames that the table knows."""
        for idx, frames in sorted(self.table.frames.items()):
            for frame in frames:
                self._take(idx, frame)
        for idx, (text, times) in self.table.errors.items():
            self._errors[idx] = text
            self._times(idx, times)

    def _take(self, idx: int, frame: Frame) -> None:
        number, columns = self._schema(frame)
        for column, (at, shape, n) in zip(columns, frame.layout(), strict=True):
            column[idx] = (frame, at, shape, n)
        old = self._facts["schema"].get(idx, int(self.table.of_run[idx]))
        self._facts["schema"][idx] = number if old < 0 else self._merged(idx, old, number)
        if frame.kind == RUN:
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

    def _schema(self, frame: Frame) -> tuple[int, list[dict[int, Source]]]:
        """Number of a frame's schema in the table, and what is new of the columns of its parts."""
        where = (frame.segment, frame.schema)
        if where not in self._of_segment:
            schema = frame.segment.schemas[frame.schema]
            columns = [self._new.setdefault(key, {}) for key in part_keys(schema)]
            self._of_segment[where] = self._number(schema["leaves"]), columns
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
        segment = frame.segment
        if segment not in self._workers:
            self._workers[segment] = self._known_worker(segment.record)
        return self._workers[segment]

    def _known_worker(self, record: dict) -> int:
        common = {name: part for name, part in record.items() if name != "process"}
        own = {"record": _numbered(self.table.records, common), "process": record.get("process", {})}
        return _numbered(self.table.workers, own)

    # --- writing -----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write everything; after the transaction the segments are gone."""
        table = self.table
        for idx, number in self._facts["schema"].items():
            table.of_run[idx] = number
        of_run = table.of_run
        counts = np.bincount(of_run[of_run >= 0], minlength=len(table.schemas))
        holders: dict[Key, int] = {}
        for number, schema in enumerate(table.schemas):
            for key in part_keys(schema) if counts[number] else ():
                holders[key] = holders.get(key, 0) + int(counts[number])
        columns = ColumnWriter(self.txn, table, self._new, self._gone)
        for key in [*table.columns, *(k for k in self._new if k not in table.columns)]:
            columns.write(key, holders.get(key, 0))
        self._write_facts(table.n_runs)
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
        for segment in table.segments:
            self.txn.remove(f"{FOLDER}/{segment.path.name}")

    def _write_facts(self, n_runs: int) -> None:
        for name, values in self._facts.items():
            write_rows(self.txn, fact(name), values, n_runs)
        for array, texts in ((ERRORS, self._errors), (NOTES, self._notes)):
            if texts or array.path in self.txn.store.docs:
                write_rows(self.txn, array, texts, n_runs)


def _numbered(known: list, entry: dict) -> int:
    if entry not in known:
        known.append(entry)
    return known.index(entry)


def strip(schema: Mapping) -> list[dict]:
    """Leaves of a schema, without what is only remembered in memory."""
    return list(schema["leaves"])


def strip_all(schemas: Iterable[Mapping]) -> list[dict]:
    """Schemas as they are kept."""
    return [{"leaves": strip(s)} for s in schemas]
