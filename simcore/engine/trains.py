"""What array and gamma sources send in the next steps: a list of events, made before the steps are.

A gamma source is a function of (seed, trial, gid) and of its parameters in time: neither the number of ranks nor how a
run is cut into parts has a say. When parameters change, each interval goes on with the hazard that it has left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simcore.engine.draws import drawn, per_cell
from simcore.engine.inputs import array_sources
from simcore.engine.partition import Partition, Slot
from simcore.errors import ConfigurationError
from simcore.kernels.renewal import use_up
from simcore.network.network import Population
from simcore.parameters.distributions import ExponentialDist
from simcore.rng import streams
from simcore.rng.gamma_hazard import log_gamma

Events = tuple[int, np.ndarray, np.ndarray, np.ndarray]         # the argument `events` of kernels.events.array_sources


class Trains:
    """The events of this rank's array and gamma sources. Raises ConfigurationError, on all ranks alike."""

    def __init__(self, part: Partition, dt: float, key: tuple[int, int]) -> None:
        self._part, self._dt = part, dt
        slots = [s for s in part.slots if s.population.model.source == "gamma"]
        self._gamma = _Gamma(slots, dt, key) if slots else None

    @property
    def change_in_time(self) -> bool:
        """Whether there are gamma sources, whose events are made as time goes on."""
        return self._gamma is not None

    def refresh(self) -> Events:
        """Take the parameters that the network has now; returns all events of the array sources."""
        self._arrays = array_sources(self._part, self._dt)
        if self._gamma:
            self._gamma.refresh()
        return self._arrays

    def prepare(self, step: int, n_steps: int) -> Events:
        """The events of the next n_steps."""
        steps, lids = self._gamma.events(step, step + n_steps)
        first, ptr, of_arrays, _ = self._arrays
        rows = np.clip([step - first, step + n_steps - first], 0, ptr.size - 1)
        begin, end = ptr[rows]
        own = np.repeat(np.arange(first, first + ptr.size - 1), np.diff(ptr))[begin:end]
        steps, lids = np.concatenate([own, steps]), np.concatenate([of_arrays[begin:end], lids])
        order = np.lexsort((lids, steps))
        ptr = np.searchsorted(steps[order], np.arange(step, step + n_steps + 1)).astype(np.int64)
        return step, ptr, lids[order].astype(np.int64), np.zeros(2, dtype=np.int64)


class _Parameters(NamedTuple):
    """begin, stop: (n_trains,) ms; bins: see kernels.renewal.use_up."""

    begin: np.ndarray
    stop: np.ndarray
    bins: tuple[np.ndarray, ...]

    def differ(self, other: _Parameters) -> bool:
        return not all(np.array_equal(a, b) for a, b in zip((*self[:2], *self.bins), (*other[:2], *other.bins), strict=True))


class _Gamma:
    """The trains of this rank's gamma sources.

    _state: (4, n_trains): time of the last spike [ms], time from which the hazard counts [ms], hazard left, number of the
    interval; _next: (n_trains,) ms; _sent: (train, step, state before it) of events that may still be taken back.
    """

    def __init__(self, slots: list[Slot], dt: float, key: tuple[int, int]) -> None:
        self._slots, self._dt, self._key = slots, dt, key
        self._gids = np.concatenate([s.gids for s in slots])
        self._lids = np.concatenate([s.first_lid + np.arange(s.size) for s in slots])
        self._present: _Parameters | None = None

    def refresh(self) -> None:
        """Note the parameters of now; they act from the next step on."""
        self._wanted = _parameters(self._slots, self._dt, self._key)

    def events(self, step: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """(steps, lids) of all spikes from `step` until before `end`."""
        if step == 0:
            self._begin()
        elif self._present.differ(self._wanted):
            self._change(step)
        while (due := np.flatnonzero(self._steps() < end)).size:
            self._sent.append((due, self._steps()[due], self._state[:, due]))
            self._state[0, due] = self._state[1, due] = self._next[due]
            self._state[3, due] += 1
            self._state[2, due] = self._intervals(due)
            self._find_next(due)
        self._sent = [(train[keep], s[keep], state[:, keep]) for train, s, state in self._sent if (keep := s >= step).any()]
        found = [(s[s < end], self._lids[train[s < end]]) for train, s, _ in self._sent]
        return tuple(np.concatenate([np.empty(0, np.int64), *column]) for column in zip(*found, strict=True)) if found else (
            np.empty(0, np.int64), np.empty(0, np.int64))

    def _begin(self) -> None:
        """# ASSUME: a spike at the beginning of each train, which is not sent (Muller et al. 2007)."""
        self._present, self._changed_at, self._sent = self._wanted, 0, []
        n = self._gids.size
        self._state = np.zeros((4, n))
        self._state[:2] = self._present.begin
        self._next = np.empty(n)
        everyone = np.arange(n)
        self._state[2] = self._intervals(everyone)
        self._find_next(everyone)

    def _change(self, step: int) -> None:
        """Other parameters from `step` on: take back what was sent ahead, use up hazard until now by the old ones."""
        for train, steps, state in reversed(self._sent):
            back = steps >= step
            self._state[:, train[back]] = state[:, back]
        self._sent = []
        everyone, now = np.arange(self._gids.size), step * self._dt
        self._use_up(everyone, np.minimum(now, self._present.stop), self._state)
        fresh = self._state[3] == 0                             # before its first spike a train may begin anew, or later
        unborn = fresh & ((self._state[0] >= now) | (self._wanted.begin >= now))
        self._state[:2, unborn] = np.maximum(self._wanted.begin[unborn], now)
        self._state[2, unborn] = self._intervals(everyone[unborn])
        self._state[1] = np.maximum(self._state[1], now)
        self._state[2] = np.maximum(self._state[2], 0.0)
        self._present, self._changed_at = self._wanted, step
        self._find_next(everyone)

    def _steps(self) -> np.ndarray:
        """Steps in which the next spikes lie, dated at their ends."""
        return np.maximum(np.floor(np.minimum(self._next / self._dt, 2.0**62)).astype(np.int64), self._changed_at)

    def _intervals(self, trains: np.ndarray) -> np.ndarray:
        return drawn(ExponentialDist(mean=1.0), self._gids[trains], self._state[3, trains].astype(np.int64),
                     streams.lane(streams.RENEWAL), self._key)

    def _find_next(self, trains: np.ndarray) -> None:
        self._next[trains] = self._use_up(trains, self._present.stop[trains], self._state.copy())

    def _use_up(self, trains: np.ndarray, until: np.ndarray, state: np.ndarray) -> np.ndarray:
        reached = np.empty(trains.size)
        use_up(trains, until, self._present.bins, state[0], state[1], state[2], reached)
        return reached


def _parameters(slots: list[Slot], dt: float, key: tuple[int, int]) -> _Parameters:
    begin, stop, bins = [], [], []
    for slot in slots:
        population = slot.population
        names = list(population.model.parameters)
        start, duration = (np.broadcast_to(per_cell(population.parameters[n], slot.addresses, slot.gids, streams.PARAMETER,
                                                    names.index(n), key), slot.size) for n in ("start", "duration"))
        tables = _tables(population, dt)
        own = [tables[address if len(tables) > 1 else 0] for address in slot.addresses]
        begin.append(np.maximum(start, [table[0][0] for table in own]) if own else start)
        stop.append(start + duration)
        bins += own
    ptr = np.cumsum([0, *(table.shape[1] for table in bins)]).astype(np.int64)
    columns = np.concatenate([np.empty((4, 0)), *bins], axis=1)
    return _Parameters(np.concatenate(begin), np.concatenate(stop), (ptr, *np.ascontiguousarray(columns)))


def _tables(population: Population, dt: float) -> list[np.ndarray]:
    """(4, n_bins) begin [ms], shape, ln Gamma(shape), scale [ms] of each source, or one that all share; checked."""
    where = f"population {population.name!r}"
    lists = {}
    for name in ("tbins", "a", "b"):
        value = population.parameters[name]
        lists[name] = [np.asarray(v, dtype=np.float64) for v in (value if len(value) and np.ndim(value[0]) else [value])]
    n = max(map(len, lists.values()))
    tables = []
    for k in range(n):
        begin, shape, scale = (lists[name][k if len(lists[name]) > 1 else 0] for name in ("tbins", "a", "b"))
        if not begin.size or not begin.size == shape.size == scale.size:
            raise ConfigurationError(f"a, b and tbins must have one value for each bin, at least one, got {shape.size}, "
                                     f"{scale.size} and {begin.size}", name="tbins", where=where)
        if not np.isfinite([begin, shape, scale]).all() or (np.diff(begin) <= 0).any():
            raise ConfigurationError(f"tbins must ascend, and a, b, tbins be finite, got tbins = {begin.tolist()} ms",
                                     name="tbins", where=where)
        scale = 1e3 * scale
        if (shape * scale < dt).any():
            raise ConfigurationError(f"the mean interval a b of a gamma source must be at least a time step (dt = {dt:g} "
                                     f"ms), got {(shape * scale).min():g} ms", name="b", where=where)
        tables.append(np.array([begin, shape, [log_gamma(float(a)) for a in shape], scale]))
    return tables
