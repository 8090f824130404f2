"""A network of detailed cells as it is described: cells, connections, given spikes. No time, no ranks.

Under MPI a rank may describe only the cells that it will have (`CableSimulation(ranks=…)`) and the connections onto
them; `n_cells` then says how many there are in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.engine.cable_cell import CableCell
from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.morphology.attachments import Receptor
from simcore.morphology.sections import Section


@dataclass(frozen=True, eq=False)
class CableConnection:
    """Spikes of cell `source` add `weight` [uS] to `receptor` after `delay` [ms]."""

    source: int
    receptor: Receptor
    weight: float
    delay: float


class CableNetwork:
    """Detailed cells and their connections.

    n_cells: number of gids when not all cells are described here. Raises ConfigurationError.
    """

    def __init__(self, n_cells: int | None = None) -> None:
        self.cells: dict[int, CableCell] = {}
        self.connections: list[CableConnection] = []
        self.given: list[tuple[Receptor, np.ndarray, float]] = []
        self.foreign: dict[int, None] = {}                  # gids of point cells whose spikes are heard, see cable_hybrid
        self._n_cells = n_cells

    @property
    def n_cells(self) -> int:
        """Number of global ids, also of cells that other ranks describe."""
        return max(self._n_cells or 0, 1 + max(self.cells, default=-1))

    @property
    def n_sources(self) -> int:
        """Number of possible sources: gids, and behind them those of point cells."""
        return self.n_cells + 1 + max(self.foreign, default=-1)

    def add(self, root: Section, *, gid: int | None = None, detector: tuple[Section, float] | None = None,
            threshold: float = 10.0, probes: Sequence[tuple[Section, float]] = ()) -> CableCell:
        """Add the cell of this root section; its spikes are v of `detector` (root(0.5)) rising above threshold [mV]."""
        gid = len(self.cells) if gid is None else gid
        if gid in self.cells or gid < 0 or (self._n_cells is not None and gid >= self._n_cells):
            raise ConfigurationError(f"a gid must be new and from 0 to n_cells - 1, got {gid}", name="gid", got=gid)
        self.cells[gid] = CableCell(gid, root, detector or (root, 0.5), float(threshold), tuple(probes))
        return self.cells[gid]

    def connect(self, source: int, receptor: Receptor, *, weight: float, delay: float = 1.0) -> CableConnection:
        """Let spikes of cell `source` reach a receptor. weight [uS], delay [ms] >= 0."""
        where = f"cell {source} to {receptor.segment!r}"
        if not delay >= 0.0 or not np.isfinite(delay):
            raise InvalidParameterValueError(f"delay must be >= 0 ms, got {delay} ms", name="delay", got=delay,
                                             valid=">= 0 ms", where=where)
        if not np.isfinite(weight):
            raise InvalidParameterValueError(f"weight must be finite, got {weight} uS", name="weight", got=weight,
                                             where=where)
        if receptor.process.waveform:
            raise ConfigurationError(f"{receptor.process.name} follows time and hears no events", where=where)
        self.connections.append(CableConnection(int(source), receptor, float(weight), float(delay)))
        return self.connections[-1]

    def stimulate(self, receptor: Receptor, times: Sequence[float], *, weight: float, delay: float = 0.0) -> None:
        """Events at given times [ms] plus delay, of one weight [uS]: what a NetStim or a replay sends."""
        times = np.sort(np.asarray(times, dtype=np.float64)) + delay
        if times.size and not (np.isfinite(times).all() and times[0] >= 0.0):
            raise InvalidParameterValueError(f"times must be >= 0 ms, got {times[0]:g} ms", name="times",
                                             got=float(times[0]), where=repr(receptor.segment))
        self.given.append((receptor, times, float(weight)))
