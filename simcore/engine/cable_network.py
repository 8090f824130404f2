"""A network of detailed cells as it is described: cells, connections, given spikes. No time, no ranks.

Under MPI a rank may describe only the cells that it will have (`CableSimulation(ranks=…)`) and the connections onto
them; `n_cells` then says how many there are in all.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import numpy as np

from simcore.engine.cable_cell import CableCell, Detector
from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.morphology.attachments import Receptor
from simcore.morphology.sections import Section, finite, number_of

MOST_GIDS = 2**31 - 1
POINT_CELL = -1                 # in place of the number of a detector: the source is a point cell, see cable_hybrid


class CableConnections:
    """Connections, a row each: 22 bytes, and one reference to the receptor.

    source: gid; place: number of its detector, or POINT_CELL; weight [uS]; delay [ms].
    """

    def __init__(self) -> None:
        self.receptors: list[Receptor] = []
        self._columns = {"source": array("i"), "place": array("h"), "weight": array("d"), "delay": array("d")}

    def __len__(self) -> int:
        return len(self.receptors)

    def add(self, source: int, place: int, receptor: Receptor, weight: float, delay: float) -> None:
        """Append a connection."""
        self.receptors.append(receptor)
        for column, value in zip(self._columns.values(), (source, place, weight, delay), strict=True):
            column.append(value)

    def column(self, name: str) -> np.ndarray:
        """(n,) a copy of one column, in order of connecting."""
        return np.array(self._columns[name])


class CableNetwork:
    """Detailed cells and their connections.

    n_cells: number of gids when not all cells are described here. Raises ConfigurationError.
    """

    def __init__(self, n_cells: int | None = None) -> None:
        self.cells: dict[int, CableCell] = {}
        self._roots: dict[Section, int] = {}
        self.connections = CableConnections()
        self.given: list[tuple[Receptor, np.ndarray, float]] = []
        self.foreign: dict[int, None] = {}                  # gids of point cells whose spikes are heard, see cable_hybrid
        self._n_cells = n_cells

    @property
    def n_cells(self) -> int:
        """Number of global ids, also of cells that other ranks describe."""
        return max(self._n_cells or 0, 1 + max(self.cells, default=-1))

    def add(self, root: Section, *, gid: int | None = None, detector: tuple[Section, float] | None = None,
            threshold: float = 10.0, probes: Sequence[tuple[Section, float]] = ()) -> CableCell:
        """Add the cell of this root section; its spikes are v of `detector` (root(0.5)) rising above threshold [mV]."""
        gid = len(self.cells) if gid is None else gid
        most = MOST_GIDS if self._n_cells is None else self._n_cells
        if gid in self.cells or not (_is_gid(gid) and gid < most):
            raise ConfigurationError(f"a gid must be new and a whole number from 0 to {most - 1}, got {gid}", name="gid",
                                     got=gid)
        if root in self._roots:
            raise ConfigurationError(f"the sections of {root.name!r} are those of cell {self._roots[root]} already",
                                     name="root", where=f"cell {gid}")
        first = Detector(*(detector or (root, 0.5)), finite(threshold, "threshold", "mV", f"cell {gid}"))
        self._roots[root] = gid
        self.cells[gid] = CableCell(gid, root, (first,), tuple(probes))
        return self.cells[gid]

    def gid_of(self, root: Section) -> int | None:
        """The cell of a root section; None if none that is described here has it."""
        return self._roots.get(root)

    def watch(self, gid: int, section: Section, x: float, *, threshold: float = 10.0) -> tuple[int, int]:
        """Detect spikes at another place of a cell, too; returns the source to `connect`, (gid, number of the place).

        The cell's own spikes stay those of its first place; see `CableSpikes.watched` for how these are recorded.
        """
        if gid not in self.cells:
            raise ConfigurationError(f"cell {gid} must be described before more places of it are watched", name="gid",
                                     got=gid)
        cell = self.cells[gid]
        cell.detectors += (Detector(section, section(x).x, finite(threshold, "threshold", "mV", f"cell {gid}")),)
        return gid, len(cell.detectors) - 1

    def connect(self, source: int | tuple[int, int], receptor: Receptor, *, weight: float, delay: float = 1.0) -> None:
        """Let spikes of a cell (its gid), or of a place that `watch` returned, reach a receptor.

        weight [uS], delay [ms] >= 0. Raises InvalidParameterValueError, ConfigurationError.
        """
        if not 0.0 <= number_of(delay) < math.inf:
            raise InvalidParameterValueError(f"delay must be >= 0 ms, got {delay} ms", name="delay", got=delay,
                                             valid=">= 0 ms", where=_end(source, receptor))
        if not math.isfinite(number_of(weight)):
            raise InvalidParameterValueError(f"weight must be finite, got {weight} uS", name="weight", got=weight,
                                             where=_end(source, receptor))
        if receptor.process.waveform:
            raise ConfigurationError(_hears_nothing(receptor), where=_end(source, receptor))
        gid, place = source if isinstance(source, tuple) else (source, 0)
        if not _is_gid(gid):
            raise ConfigurationError(f"a source must be a gid, a whole number from 0, got {gid}", name="source", got=gid,
                                     where=_end(source, receptor))
        self.connections.add(int(gid), place, receptor, float(weight), float(delay))

    def stimulate(self, receptor: Receptor, times: Sequence[float], *, weight: float, delay: float = 0.0) -> None:
        """Events at given times [ms] plus delay, of one weight [uS]: what a NetStim or a replay sends."""
        where = f"events to {receptor.segment!r}"
        times = np.sort(np.asarray(times, dtype=np.float64)) + finite(delay, "delay", "ms", where)
        bad = times[~((times >= 0.0) & (times < np.inf))]
        if bad.size:
            raise InvalidParameterValueError(f"times must be >= 0 ms, got {bad[0]:g} ms", name="times", got=float(bad[0]),
                                             where=where)
        if receptor.process.waveform:
            raise ConfigurationError(_hears_nothing(receptor), where=where)
        self.given.append((receptor, times, finite(weight, "weight", "uS", where)))


def _is_gid(gid: object) -> bool:
    return isinstance(gid, int | np.integer) and 0 <= gid < MOST_GIDS


def _hears_nothing(receptor: Receptor) -> str:
    return f"{receptor.process.name} follows time and hears no events"


def _end(source: int | tuple[int, int], receptor: Receptor) -> str:
    gid, place = source if isinstance(source, tuple) else (source, 0)
    return f"cell {gid}{f', place {place}' if place else ''} to {receptor.segment!r}"
