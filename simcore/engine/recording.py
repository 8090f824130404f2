"""What a simulation hands to the store: populations, spikes, traces, other results. Arrays only, no file
format.

The same bytes come out for any number of ranks, so nothing here speaks of ranks, hosts or wall time, except
`Recording.statistics`, which goes into the provenance record and never into an array.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class PopulationInfo:
    """A population as a range of global ids: gids first_gid … first_gid + size - 1 are cells of `model`."""

    name: str
    first_gid: int
    size: int
    model: str


@dataclass(frozen=True)
class SpikeRecord:
    """All recorded spikes of a run, sorted by (step, gid).

    step  : (n_spikes,) int64, a spike at step k has the time (k + 1) * dt
    gid   : (n_spikes,) int32, the cell that fired
    cells : (n_cells,) int32, gids of all cells whose spikes were recorded, ascending, also those that never
    fired
    """

    step: np.ndarray
    gid: np.ndarray
    cells: np.ndarray


@dataclass(frozen=True)
class Trace:
    """One variable of some cells of one population, sampled at first_time, first_time + interval, … [ms].

    cells  : (k,) int32 gids
    values : (n_times, k) float64 in `units`, or an iterator of blocks (n, k) of successive samples

    Traces of compartments: cells has the gid of each column (repeated), sections (k,) int32 the section of the cell it
    is of (0: soma), positions (k,) float32 where on it (0 to 1). None: one column a cell.
    """

    population: str
    variable: str
    units: str
    long_name: str
    cells: np.ndarray
    interval: float
    first_time: float
    values: np.ndarray
    sections: np.ndarray | None = None
    positions: np.ndarray | None = None


@dataclass(frozen=True)
class Recording:
    """Everything that a run leaves behind.

    dt, duration [ms]; results: other values by name, each becoming an array; statistics: counts and phase
    times of the run, for the provenance record only.
    """

    dt: float
    duration: float
    populations: tuple[PopulationInfo, ...]
    spikes: SpikeRecord | None
    traces: tuple[Trace, ...]
    results: dict[str, np.ndarray] = field(default_factory=dict)
    statistics: dict = field(default_factory=dict)
