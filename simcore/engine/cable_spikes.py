"""Spikes of detailed cells that are kept: those of each cell, and those of every further place of it that is watched.

A cell's spikes are those of its first place, under its gid: rates and SONATA files count each once. Further places
(`CableNetwork.watch`) are a table of their own, and their spikes name the row.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.engine.recording import SpikeRecord
from simcore.engine.spill import Rows, Spill
from simcore.errors import ConfigurationError


@dataclass(frozen=True, order=True)
class Place:
    """The number-th further place (from 1) that is watched on a cell: index of its section in the cell, position."""

    gid: int
    number: int
    section: int
    x: float


class CableSpikes:
    """All ranks' spikes, by step and source; source gid + k n_cells is the k-th place of a cell.

    wanted: gids whose spikes are kept, or True (all) or False; places: all further places, ascending.
    """

    def __init__(self, wanted: bool | Collection[int], n_cells: int, places: Sequence[Place], dt: float,
                 spill: Spill) -> None:
        self._chosen = np.full(n_cells, wanted is True)
        if not isinstance(wanted, bool):
            self._chosen[_checked(wanted, n_cells)] = True
        self.cells = np.flatnonzero(self._chosen).astype(np.int32)
        self._recorded, self._n_cells, self._dt = wanted is not False, n_cells, dt
        self._places = [p for p in places if self._chosen[p.gid]]
        self._row = {p.gid + p.number * n_cells: row for row, p in enumerate(self._places)}
        self._steps, self._gids = Rows(np.int64, (), spill), Rows(np.int32, (), spill)
        self._times, self._rows = Rows(np.float64, (), spill), Rows(np.int32, (), spill)
        self.n_seen = 0

    def take(self, steps: np.ndarray, sources: np.ndarray, *, keep: bool) -> None:
        """Count the cells' own spikes among these; keep those that are wanted."""
        own = np.flatnonzero(sources < self._n_cells)
        self.n_seen += own.size
        if not keep:
            return
        own = own[self._chosen[sources[own]]]
        if own.size:
            self._steps.append(steps[own])
            self._gids.append(sources[own])
        further = [(k, self._row[s]) for k, s in enumerate(sources.tolist()) if s in self._row] if self._row else []
        if further:
            k, rows = np.array(further).T
            self._times.append((steps[k] + 1) * self._dt)
            self._rows.append(rows.astype(np.int32))

    def clear(self) -> None:
        """Forget all spikes, not which are kept."""
        for rows in (self._steps, self._gids, self._times, self._rows):
            rows.clear()
        self.n_seen = 0

    def record(self) -> SpikeRecord | None:
        """The cells' own spikes so far; None if none are kept."""
        return SpikeRecord(self._steps.array(), self._gids.array(), self.cells) if self._recorded else None

    def watched(self) -> dict[str, np.ndarray]:
        """Further places and their spikes so far, as results of a run; {} without such places.

        watched_gid, watched_section (k,) int32, watched_position (k,) float64: the places; watched_spike_time (n,) ms and
        watched_spike_place (n,) int32, the row of the place: their spikes by step, then by number and gid.
        """
        if not self._places:
            return {}
        columns = {name: np.array(column, dtype=dtype) for name, column, dtype in (
            ("gid", [p.gid for p in self._places], np.int32), ("section", [p.section for p in self._places], np.int32),
            ("position", [p.x for p in self._places], np.float64))}
        found = columns | {"spike_time": self._times.array(), "spike_place": self._rows.array()}
        return {f"watched_{name}": values for name, values in found.items()}


def _checked(wanted: Collection[int], n_cells: int) -> np.ndarray:
    try:
        gids = [operator.index(gid) for gid in wanted]
    except TypeError:
        raise ConfigurationError(f"spikes must be recorded of all cells (True), none (False) or gids, got {wanted!r}",
                                 name="spikes", got=wanted) from None
    for gid in gids:
        if not 0 <= gid < n_cells:
            raise ConfigurationError(f"cells whose spikes are recorded must be from 0 to {n_cells - 1}, got {gid}",
                                     name="spikes", got=gid)
    return np.array(gids, dtype=np.int64)
