"""What a population records, and its samples as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn.cells import SYNTHETIC
from simcore.api.pynn.errors import NothingToWriteError, RecordingError
from simcore.api.pynn.ranks import gather_arrays
from simcore.api.pynn.synaptic_currents import MEANING, Reversals, matching, states_of
from simcore.engine.recording import Trace

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population


class Recorder:
    """What is recorded of one population: addresses of cells whose spikes, and of those whose states, are wanted."""

    def __init__(self, population: Population):
        self.population = population
        self.spikes: set[int] = set()
        self.asked: dict[str, set[int]] = {}                        # variable -> addresses that were asked for
        self._states: dict[str, set[int]] = {}                      # state -> addresses that the engine records
        self._requests: list[dict] = []
        self.reversals: Reversals | None = None                     # where synaptic currents are made of conductances

    def record(self, variable: str, addresses: np.ndarray, interval: float | None = None) -> None:
        """Record a variable of more cells from now on; cells that are recorded already are left as they are.

        RecordingError if the cells do not have it.
        """
        population = self.population
        if not population.celltype.can_record(variable):
            raise RecordingError(variable, population.celltype, population.celltype.recordable)
        if variable == "spikes":
            new = sorted(set(map(int, addresses)) - self.spikes)
            self.spikes.update(new)
            population.world.record({"spikes": {population.native.name: new}} if new else {})
            return
        traces = []
        for part in SYNTHETIC.get(variable, (variable,)):
            self.asked.setdefault(part, set()).update(map(int, addresses))
            states = states_of(part, population)
            if part not in states and self.reversals is None:
                self.reversals = Reversals(population)
                self.reversals.note()
            traces += [t for state in states if (t := self._request(state, addresses, interval))]
        self._requests += traces
        if traces:
            population.world.record({"traces": traces})

    def _request(self, state: str, addresses: np.ndarray, interval: float | None) -> dict | None:
        """The engine's request for a state of those cells that it does not record yet; None if there are none."""
        known = self._states.setdefault(state, set())
        new = sorted(set(map(int, addresses)) - known)
        known.update(new)
        name = self.population.native.name
        return {"population": name, "variable": state, "cells": new, "interval": interval} if new else None

    def wanted(self) -> dict:
        """All of it, as an engine's `record`."""
        spikes = {self.population.native.name: sorted(self.spikes)} if self.spikes else {}
        return {"spikes": spikes, "traces": self._requests}

    def recorded(self, variable: str) -> list[int]:
        """Addresses of the cells that record a variable, ascending. NothingToWriteError if there are none."""
        parts = SYNTHETIC.get(variable, (variable,))
        cells = sorted(self.spikes if variable == "spikes" else self.asked.get(parts[0], ()))
        if not cells:
            if not self.population.celltype.can_record(variable):
                raise RecordingError(variable, self.population.celltype, self.population.celltype.recordable)
            raise NothingToWriteError(f"no cell of {self.population.label!r} records {variable}: ask for it before run()",
                                      name=variable)
        return cells

    def spike_rows(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) int64 addresses and (n,) float64 times [ms] of all recorded spikes, ordered by time; collective."""
        self.recorded("spikes")
        population = self.population
        found = population.world.recording().spikes
        keep = (found.gid >= population.first_gid) & (found.gid < population.first_gid + population.size)
        return (found.gid[keep].astype(np.int64) - population.first_gid,
                (found.step[keep] + 1) * population.world.dt)

    def sample_rows(self, variable: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n,) addresses, times [ms] and values of a recorded variable, cell after cell; collective.

        Samples stand at 0, interval, … up to now, which is included.
        """
        self.recorded(variable)
        if variable in self.population.native.model.states:
            cells, times, values = self._state_rows(variable)
        else:
            cells, times, values = self._current_rows(variable)
        wanted = np.isin(cells, list(self.asked[variable]))
        return cells[wanted], times[wanted], values[wanted]

    def _current_rows(self, variable: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A synaptic current of cells with conductances; each rank knows the parameters of its own cells."""
        population = self.population
        of_v, of_conductance = (self._state_rows(state) for state in states_of(variable, population))
        at, other = matching(of_v, of_conductance)
        own = population.is_local(of_v[0][at])
        at, other = at[own], other[own]
        cells, times, v = (column[at] for column in of_v)
        values = self.reversals.current(variable, cells, times, v, of_conductance[2][other])
        rows = gather_arrays(population.world.comm, (cells, times, values))
        order = np.argsort(rows[0], kind="stable")
        return tuple(column[order] for column in rows)

    def current_traces(self) -> list[Trace]:
        """The synaptic currents that were asked for and are no states, as traces without the present moment; collective."""
        made, end = [], self.population.world.now - 1e-9
        for variable in sorted(set(self.asked) - set(self.population.native.model.states)):
            cells, times, values = self.sample_rows(variable)
            past = times < end
            made += _traces(self.population, variable, cells[past], times[past], values[past])
        return made

    def _state_rows(self, state: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        population = self.population
        world = population.world
        recording = world.recording()
        last = self._states_now(state)
        traces = [t for t in recording.traces if t.population == population.native.name and t.variable == state]
        rows = [_rows(t, population.first_gid, last, world.now, world.dt) for t in traces]
        cells, times, values = (np.concatenate(column) for column in zip(*rows, strict=True))
        order = np.argsort(cells, kind="stable")
        return cells[order], times[order], values[order]

    def _states_now(self, state: str) -> np.ndarray:
        """(size,) values of a state at this moment, on every rank; collective."""
        world = self.population.world
        addresses, values = gather_arrays(world.comm, world.simulation.state(self.population.native, state))
        made = np.empty(self.population.size)
        made[addresses] = values
        return made


def _rows(trace: Trace, first_gid: int, last: np.ndarray, now: float, dt: float) -> tuple[np.ndarray, ...]:
    cells = trace.cells.astype(np.int64) - first_gid
    values = np.asarray(trace.values)
    every, begun = round(trace.interval / dt), round(trace.first_time / dt)
    steps = begun + every * np.arange(len(values))
    if round(now / dt) == begun + every * len(values):          # the sample that the next run would begin with
        steps = np.append(steps, begun + every * len(values))
        values = np.vstack([values, last[cells]])
    return np.repeat(cells, len(steps)), np.tile(steps * dt, len(cells)), values.T.ravel()


def _traces(population: Population, variable: str, cells: np.ndarray, times: np.ndarray, values: np.ndarray) -> list[Trace]:
    """Samples, cell after cell, as one trace for all cells that have the same times."""
    begin = np.flatnonzero(np.diff(cells, prepend=-1))
    grids: dict[bytes, list[int]] = {}
    for row, end in zip(begin, [*begin[1:], cells.size], strict=True):
        grids.setdefault(times[row:end].tobytes(), []).append(int(row))
    made = []
    for grid, rows in grids.items():
        time = np.frombuffer(grid)
        every = round((time[1] - time[0]) / population.world.dt) if time.size > 1 else 1
        gids = (cells[rows] + population.first_gid).astype(np.int32)
        made.append(Trace(population.native.name, variable, "nA", MEANING[variable], gids, every * population.world.dt,
                          float(time[0]),
                          np.column_stack([values[row:row + time.size] for row in rows])))
    return made


def chosen_cells(group: object, record_from: object, rng: object, draw: Callable) -> np.ndarray:
    """Addresses of the cells of a group to record from: None all, a number chosen at random, or ids.

    draw(n): n uniform numbers, for when no rng is given.
    """
    if record_from is None:
        return group.indices
    if isinstance(record_from, int | np.integer) and not hasattr(record_from, "parent"):
        if not 0 <= record_from <= group.size:
            raise RecordingError(f"cannot choose {record_from} of {group.size} cells", got=record_from)
        numbers = draw(group.size) if rng is None else rng.next(group.size, "uniform", [0.0, 1.0], mask_local=False)
        return np.sort(group.indices[np.argsort(numbers, kind="stable")[:int(record_from)]])
    from simcore.api.pynn.ids import split_by_population

    parts = split_by_population(record_from)
    foreign = [p.label for p, _ in parts if p is not group.population]
    if foreign:
        raise RecordingError(f"cells to record from must be of {group.label!r}, got some of {foreign[0]!r}", got=foreign)
    return np.sort(parts[0][1]) if parts else np.empty(0, np.int64)
