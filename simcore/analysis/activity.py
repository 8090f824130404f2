"""What quantities are made from: the activity of one population in one run, and a run as all its populations.

Times of spikes are whole steps of dt, as they are stored, so that binning is exact: 0.1 ms is no binary fraction, and a
spike at the edge of a bin must not fall on either side by rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, nearest


@dataclass(frozen=True, eq=False)
class Samples:
    """One recorded variable of some cells of a population: time [ms] (n_times,), values (n_times, n_cells) in units.

    Of places of detailed cells: cells (k,) gid, sections (k,) number in its cell, positions (k,) 0 to 1, of each of k
    columns, by cell, then section; else None.
    """

    time: np.ndarray
    values: np.ndarray
    units: str
    cells: np.ndarray | None = None
    sections: np.ndarray | None = None
    positions: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Activity:
    """Spikes of the recorded cells of one population in one run, in the window start < time <= stop [ms].

    tick : (n_spikes,) int, times in steps of dt, sorted by cell, then time
    cell : (n_spikes,) int, which of the n_cells recorded cells fired (0 is the first)
    """

    population: str
    n_cells: int
    tick: np.ndarray
    cell: np.ndarray
    dt: float
    start: float
    stop: float
    read_samples: Callable[[str, str], Samples | None] = field(default=lambda population, variable: None, repr=False)

    @property
    def window(self) -> float:
        """Length of the window [ms]."""
        return self.stop - self.start

    @property
    def time(self) -> np.ndarray:
        """Times of the spikes [ms] (n_spikes,)."""
        return self.tick * self.dt

    @cached_property
    def n_spikes(self) -> np.ndarray:
        """Number of spikes of each cell (n_cells,)."""
        return np.bincount(self.cell, minlength=self.n_cells)

    @cached_property
    def intervals(self) -> tuple[np.ndarray, np.ndarray]:
        """Inter-spike intervals [ms] and the cell of each, both (n_intervals,), in the order of the spikes."""
        same = self.cell[1:] == self.cell[:-1]
        return np.diff(self.tick)[same] * self.dt, self.cell[1:][same]

    @cached_property
    def count_per_step(self) -> np.ndarray:
        """Number of spikes of the whole population in each step of dt of the window (n_steps,)."""
        first, last = self._edges
        return np.bincount(self.tick - first - 1, minlength=last - first)[: last - first]

    def counts(self, width: float) -> np.ndarray:
        """Spikes of the population in successive bins of `width` [ms] (n_bins,); an incomplete last bin is left out."""
        n = self.steps(width)
        n_bins = len(self.count_per_step) // n
        return self.count_per_step[: n_bins * n].reshape(n_bins, n).sum(axis=1)

    def counts_per_cell(self, width: float, *, cells: int | None = None) -> np.ndarray:
        """Spikes of each of the first `cells` cells (default all) in successive bins of `width` [ms]: (cell, bin)."""
        n, n_cells = self.steps(width), self.n_cells if cells is None else min(cells, self.n_cells)
        first, last = self._edges
        n_bins = (last - first) // n
        end = np.searchsorted(self.cell, n_cells)           # cells are sorted
        bins = (self.tick[:end] - first - 1) // n
        inside = bins < n_bins
        flat = self.cell[:end][inside].astype(np.int64) * n_bins + bins[inside]
        return np.bincount(flat, minlength=n_cells * n_bins).reshape(n_cells, n_bins)

    def samples(self, variable: str) -> Samples | None:
        """The recorded trace of a variable within the window, or None if there is none."""
        found = self.read_samples(self.population, variable)
        if found is None:
            return None
        inside = (found.time > self.start) & (found.time <= self.stop)
        return replace(found, time=found.time[inside], values=found.values[inside])

    def after(self, skip: float) -> Activity:
        """The same without what happened in the first `skip` ms of the window."""
        if skip == 0:
            return self
        start = min(self.start + skip, self.stop)
        later = self.tick > round(start / self.dt)
        return replace(self, tick=self.tick[later], cell=self.cell[later], start=start)

    def steps(self, width: float) -> int:
        """How many steps of dt make `width` [ms]; an error if it is not a whole number of them."""
        n = round(width / self.dt)
        if n < 1 or abs(n * self.dt - width) > 1e-9 * width:
            raise InvalidParameterValueError(f"a bin must be a whole number of steps of dt = {self.dt:g} ms, "
                                             f"got {width:g} ms", name="bin", got=width, valid=self.dt)
        return n

    @property
    def _edges(self) -> tuple[int, int]:
        return round(self.start / self.dt), round(self.stop / self.dt)


@dataclass(frozen=True, eq=False)
class Run:
    """One run: its explored parameters, the activity of each population (`run["exc"]`), and its other results."""

    index: int
    run_id: str
    explored: Mapping[str, object]
    dt: float
    start: float
    stop: float
    activities: Mapping[str, Activity] = field(repr=False)
    results: Mapping[str, np.ndarray] = field(repr=False)

    def __getitem__(self, population: str) -> Activity:
        """The activity of a population; NonExistentParameterError if no spikes of it were recorded."""
        if population not in self.activities:
            raise NonExistentParameterError(
                f"run {self.run_id} has no recorded population {population!r}{nearest(population, self.activities)}",
                name=population, valid=sorted(self.activities))
        return self.activities[population]

    def after(self, skip: float) -> Run:
        """The same without what happened in the first `skip` ms."""
        activities = {name: activity.after(skip) for name, activity in self.activities.items()}
        return replace(self, activities=activities, start=min(self.start + skip, self.stop))
