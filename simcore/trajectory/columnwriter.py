"""Columns of runs in the store: even ones row by row, ragged ones value after value.

A column is even as long as the values of all runs have one shape (`table.Column`); the first that differs makes it ragged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simcore.trajectory.rows import RowArray
from simcore.trajectory.runcolumns import Column, Key, part_keys
from simcore.trajectory.segments import Frame
from simcore.trajectory.storefile import Transaction
from simcore.trajectory.table import RunTable
from simcore.trajectory.values import TEXT

Source = tuple[Frame, int, tuple[int, ...], int]  # frame, offset, shape, bytes


class ColumnWriter:
    """Writes columns of a table; new: sources of values by column and run; gone: runs that lose theirs."""

    def __init__(
        self,
        txn: Transaction,
        table: RunTable,
        new: dict[Key, dict[int, Source]],
        gone: dict[Key, set[int]],
    ):
        self.txn, self.table, self._new, self._gone = txn, table, new, gone

    def write(self, key: Key, n_holders: int) -> None:
        """Write what is new of a column, which has so many runs then; a column without runs goes."""
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
        size = array.chunk[0]
        for start, stop in _chunks(rows, size):
            part = rows[start:stop]
            sources = [new.get(idx) for idx in part.tolist()]
            last = int(part[-1]) + 1
            is_whole = part[0] % size == 0 and last - part[0] == len(part) and (len(part) == size or last >= n_old)
            if is_whole and array.dtype != TEXT and all(s is not None and isinstance(s[0], Frame) for s in sources):
                array.put(self.txn, int(part[0]) // size, [_bytes(s) for s in sources])  # type: ignore[arg-type]
                continue
            block = np.empty((len(part), *array.inner), object if array.dtype == TEXT else array.dtype)
            for j, source in enumerate(sources):
                block[j] = array.filling if source is None else _value(source, column)
            array.write(self.txn, part, block, n_old=n_old)

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
        write_rows(self.txn, column.count, changes, n_runs)
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


def write_rows(
    txn: Transaction, array: RowArray, values: Mapping[int, Any], n_runs: int, *, missing: bool = False
) -> None:
    """Set rows of an array (run, …), {run: value}; `missing`: some runs have none."""
    n_old = _length(txn, array.path)
    rows = np.array(sorted(values), np.int64)
    content = np.empty(len(rows), object if array.dtype == TEXT else array.dtype)
    content[:] = [values[i] for i in rows.tolist()]
    array.write(txn, rows, content, n_old=n_old)
    txn.array(array.path, array.document(n_runs, missing=missing))


def _value(source: Source, column: Column) -> Any:
    frame, _, shape, _ = source
    if not isinstance(frame, Frame):
        return frame  # a value of a column that was even
    view = _bytes(source)
    return bytes(view).decode() if column.dtype == TEXT else np.frombuffer(view, column.dtype).reshape(shape)


def _bytes(source: Source) -> memoryview:
    frame, at, _, n = source
    return frame.segment.view[at : at + n]


def _chunks(rows: np.ndarray, size: int) -> Iterable[tuple[int, int]]:
    if not len(rows):
        return []
    cuts = np.flatnonzero(np.diff(rows // size)) + 1
    return zip([0, *cuts.tolist()], [*cuts.tolist(), len(rows)], strict=True)


def _length(txn: Transaction, path: str) -> int:
    document = txn.store.docs.get(path)
    return document["shape"][0] if document else 0
