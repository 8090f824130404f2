"""Simulation: a network in time, on one rank or many.

Step k goes from k dt to (k + 1) dt; a spike of step k has time (k + 1) dt and arrives, after d steps of delay, at the
end of step k + d. Within an epoch (the smallest delay) no spike can reach another cell, so ranks exchange once an
epoch. On one rank nothing is exchanged and the compiled loop runs for as many steps as its spikes find room.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.agreement import together
from simcore.engine.exchange import Exchange, SpikeLog
from simcore.engine.inputs import is_private
from simcore.engine.machine import Connected, Machine
from simcore.engine.partition import partition
from simcore.engine.ranks import end_all_on_error
from simcore.engine.recorder import SpikeRecorder, TraceRecorder, spike_cells, trace_request
from simcore.engine.recording import PopulationInfo, Recording
from simcore.engine.spill import Spill
from simcore.errors import ConfigurationError, SimulationError
from simcore.network.network import Network, Population, Projection
from simcore.rng import streams

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

Progress = Callable[[float, float, int], None]          # biological time so far, end [ms], spikes so far

_CHUNK_S = 0.2                                          # wall time between two looks at progress and numbers
_CHUNK_STEPS = 500                                      # the same on several ranks, which must all look at once


class Simulation:
    """A network being simulated; between two runs its parameters, weights, currents and states may be changed.

    dt [ms]; seed, trial: whole numbers, the key of all random streams; record: {"spikes": …, "traces": [...]} as in an
    experiment file; comm: mpi4py communicator or None; max_delay [ms]: what plastic delays may grow to between runs (None:
    they cannot grow). Raises ConfigurationError and the errors of the models.
    """

    def __init__(self, network: Network, *, dt: float, seed: int, trial: int = 0, record: Mapping | None = None,
                 comm: Intracomm | None = None, max_delay: float | None = None):
        began = time.perf_counter()
        end_all_on_error(comm)
        self.network, self.dt, self.comm = network, float(dt), comm if comm is not None and comm.size > 1 else None
        if not dt > 0:
            raise ConfigurationError(f"dt must be > 0 ms, got {dt:g} ms")
        if max_delay is not None and not 0.0 <= max_delay < np.inf:
            raise ConfigurationError(f"max_delay must be >= 0 ms and finite, got {max_delay:g} ms", name="max_delay",
                                     got=max_delay)
        record = {"spikes": True} | dict(record or {})
        spill = Spill()
        self._spikes = SpikeRecorder(spike_cells(network, record["spikes"]), network.size, spill)
        self._listened: set[int] = set()
        part = partition(network, *((comm.rank, comm.size) if self.comm else (0, 1)))
        with together(self.comm):                       # values of connections may be wrong on the rank that has them
            self.machine = Machine(network, part, self.dt, streams.key(seed, trial), self._heard_sources(),
                                   round((max_delay or 0.0) / self.dt))
        self._traces = TraceRecorder([trace_request(network, t, self.dt) for t in record.get("traces") or ()], part,
                                     self.machine.state, spill)
        self._remembered = 0
        self._begin()
        self._find_epoch()
        self.build_s = time.perf_counter() - began
        self.run_s = 0.0

    def _begin(self) -> None:
        """Time 0: nothing said, nothing heard."""
        self.step = 0
        self._said = SpikeLog()
        self._heard = self._said

    @property
    def now(self) -> float:
        """Time [ms]."""
        return self.step * self.dt

    def run(self, duration: float, progress: Progress | None = None) -> None:
        """Advance by `duration` [ms], a whole number of steps. Two runs equal one of the sum.

        Raises SimulationError when a state is no longer finite, naming population, cell, variable and time.
        """
        n_steps = round(duration / self.dt)
        if n_steps < 0 or abs(n_steps * self.dt - duration) > 1e-9 * max(duration, self.dt):
            raise ConfigurationError(f"a duration must be a whole number of steps (dt = {self.dt:g} ms), "
                                     f"got {duration:g} ms")
        began = time.perf_counter()
        with np.errstate(all="ignore"):                 # interpreted kernels: IEEE arithmetic, as compiled ones
            (self._run_ranks if self.comm else self._run_alone)(self.step + n_steps, progress)
        self.run_s += time.perf_counter() - began

    def recording(self) -> Recording | None:
        """Everything recorded so far, on rank 0 (None elsewhere); collective."""
        traces = self._traces.traces(self.dt, self.comm)
        n_connections = self.machine.n_connections
        n_connections = self.comm.allreduce(n_connections) if self.comm else n_connections
        if self.comm and self.comm.rank:
            return None
        populations = tuple(PopulationInfo(p.name, p.first_gid, p.size, p.model.name) for p in self.network.populations)
        statistics = {"n_cells": self.network.size, "n_connections": n_connections, "n_spikes": self._spikes.n_seen,
                      "build_s": self.build_s, "run_s": self.run_s}
        spikes = self._spikes.record() if self._spikes.cells.size else None
        return Recording(self.dt, self.step * self.dt, populations, spikes, traces, {}, statistics)

    def remember(self, n_steps: int) -> None:
        """Keep the spikes of at least the last n_steps for `spikes_since`."""
        self._remembered = max(self._remembered, n_steps)

    def listen(self, gids: Iterable[int]) -> None:
        """Let `spikes_since` have the spikes of these cells from now on, also of Poisson cells that nothing else hears."""
        populations = [p for p in self.network.populations if p.model.source == "poisson"]
        self._listened |= {p.first_gid for gid in gids for p in populations if p.first_gid <= gid < p.first_gid + p.size}
        self.refresh()

    def spikes_since(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """(step, gid) of all ranks' spikes from `step` on, int64 and int32, ordered; see `remember`.

        Spikes of Poisson cells are among them if a projection sends them, or they are recorded or listened to.
        """
        return self._heard.since(step)

    def _run_alone(self, end: int, progress: Progress | None) -> None:
        log = self._said
        steps_at_once, room = 10, 4 * self.machine.room
        while self.step < end:
            n_steps = min(steps_at_once, end - self.step, self._traces.most_steps, self.machine.most_steps)
            log.forget_before(self.step - max(self._reach, self._remembered))
            log.make_room(room, n_steps)
            began = time.perf_counter()
            traces = self._traces.prepare(self.step, n_steps)
            self.machine.prepare(self.step, n_steps)
            reached = self.machine.advance(self.step, n_steps, log.view(), log.view(), (), traces)
            log.end_step = reached
            room *= 1 if reached == self.step + n_steps else 2
            self._after(self.step, reached, end, log, progress)
            steps_at_once = _next_chunk(reached - self.step, time.perf_counter() - began)
            self.step = reached

    def _run_ranks(self, end: int, progress: Progress | None) -> None:
        if self._heard is self._said:
            self._heard = SpikeLog()
        said, heard = self._said, self._heard
        exchange, room = Exchange(self.comm, self._epoch), 4 * self.machine.room
        most_steps = min(self.comm.allgather(min(self.machine.most_steps, self._traces.most_steps)))
        while self.step < end:
            begin, until = self.step, min(self.step + min(most_steps, _CHUNK_STEPS), end)
            heard.forget_before(begin - max(self._reach, self._remembered))
            heard.make_room(0, until - begin)
            traces = self._traces.prepare(begin, until - begin)
            self.machine.prepare(begin, until - begin)
            exchange.begin(begin, until)
            while heard.end_step < until:
                said.forget_before(heard.end_step)
                said.make_room(room, until - self.step)
                said.end_step = self.machine.advance(self.step, until - self.step, heard.view(), said.view(),
                                                     exchange.view(), traces)
                if not exchange.finish(said, heard) and said.end_step < until:
                    room *= 2
                self.step = said.end_step
            with together(self.comm):
                self._after(begin, until, end, heard, progress)

    def _after(self, begin: int, reached: int, end: int, log: SpikeLog, progress: Progress | None) -> None:
        if self.comm is None or self.comm.rank == 0:        # all ranks have heard them, one keeps them
            self._spikes.take(*log.since(begin))
        self._traces.take()
        if not np.isfinite(self.machine.state.pool.sum()):
            self._raise_not_finite(reached)
        if progress and (self.comm is None or self.comm.rank == 0):
            progress(reached * self.dt, end * self.dt, self._spikes.n_seen)

    def _raise_not_finite(self, step: int) -> None:
        for batch, view in zip(self.machine.part.batches, self.machine.state.views, strict=True):
            for k, name in enumerate(batch.model.states):
                bad = np.flatnonzero(~np.isfinite(view[k]))
                if bad.size:
                    lid = batch.first_lid + int(bad[0])
                    slot = next(s for s in batch.slots if s.first_lid <= lid < s.first_lid + s.size)
                    cell = int(slot.addresses[lid - slot.first_lid])
                    raise SimulationError(
                        f"{name} must stay finite, got {view[k][bad[0]]} {batch.model.states[name].units} before "
                        f"t = {step * self.dt:g} ms (population {slot.population.name!r}, cell {cell}, "
                        f"{batch.model.name}, {bad.size} cells in all)", name=name, got=float(view[k][bad[0]]))

    def _heard_sources(self) -> set[int]:
        """First gids of the Poisson populations whose spikes are needed: sent by a projection, recorded, listened to."""
        recorded = self._spikes.cells
        sent = {p.pre.first_gid for p in self.network.projections if not is_private(p)}
        chosen = np.searchsorted(recorded, [[p.first_gid, p.first_gid + p.size] for p in self.network.populations])
        pairs = zip(self.network.populations, chosen, strict=True)
        return sent | self._listened | {p.first_gid for p, (begin, end) in pairs if begin < end}

    def _find_epoch(self) -> None:
        """Smallest and largest delay [steps] over all ranks; an epoch of 100 steps where nothing is connected."""
        low, high = self.machine.delays()
        if self.comm:
            pairs = self.comm.allgather((low, high))
            low, high = min(p[0] for p in pairs), max(p[1] for p in pairs)
        self._epoch = min(low, 100)
        self._reach = max(high, self._epoch)                # spikes of the last `reach` steps are looked at again
        self.machine.set_epoch(self._epoch, self._reach, self._heard)

    # --- between two runs -----------------------------------------------------------------------------------------

    def record(self, spec: Mapping) -> None:
        """Record more from now on: {"spikes": …, "traces": [...]} as in an experiment file."""
        self._spikes.add(spike_cells(self.network, spec.get("spikes", False)))
        self._traces.add([trace_request(self.network, t, self.dt) for t in spec.get("traces") or ()], self.step)
        self.refresh()

    def clear_recordings(self) -> None:
        """Forget what was recorded, not what is being recorded."""
        self._spikes.clear()
        self._traces.clear(self.step)

    def refresh(self) -> None:
        """Use the parameters and injected currents that the network has now; states, time and connections stay.

        To be called when values in `population.parameters` or the `current` of an injection have changed.
        """
        self.machine.refresh(self._heard_sources())

    def reset(self) -> None:
        """Time 0 again: initial states, weights as last set (plastic ones too), no recordings, the same noise."""
        self.machine.reset(self._heard_sources())
        self._begin()
        self.clear_recordings()

    def state(self, population: Population, variable: str) -> tuple[np.ndarray, np.ndarray]:
        """(addresses (k,) int64, values (k,) float64) of a state of this rank's cells of a population."""
        addresses, values = self.machine.values(population, variable)
        return addresses, values.copy()

    def set_state(self, population: Population, variable: str, value: object) -> None:
        """Set a state of all cells of a population: number, (size,) values or distribution."""
        self.machine.set_values(population, variable, value)

    def n_connections(self, projection: Projection) -> int:
        """Number of this rank's connections of a projection."""
        return self.machine.n_connections_of(projection)

    def connections(self, projection: Projection) -> Connected:
        """This rank's connections of a projection, ordered by (pre, post), with their weights as of now."""
        return self.machine.connections(projection, self.step)

    def set_weights(self, projection: Projection, weights: float | np.ndarray) -> None:
        """Set all weights of a projection (one number) or this rank's, in the order of `connections`."""
        self.machine.set_weights(projection, weights, self.step)
        self.refresh()

    def set_delays(self, projection: Projection, delays: float | np.ndarray) -> None:
        """Set delays [ms] of the spikes to come; those under way keep the delay that they were sent with.

        Also in all their pairs under STDP (engine/plastic_delays.py). One number, or this rank's in the order of
        `connections`; collective. Raises ConfigurationError.
        """
        with together(self.comm):
            steps = self.machine.delay_steps(projection, delays, self.step)
        self.machine.set_delays(projection, steps, self._heard)
        self._find_epoch()
        self.refresh()

    def synapse_state(self, projection: Projection, name: str) -> float | np.ndarray:
        """A parameter or state (u, x, y) of a projection's dynamics: a number, or in the order of `connections`."""
        return self.machine.dynamics(projection, name)

    def set_synapse_parameter(self, projection: Projection, name: str, values: float | np.ndarray) -> None:
        """Set a parameter of a projection's dynamics: a number, or short-term ones in the order of `connections`."""
        self.machine.set_dynamics(projection, name, values)


def run_network(network: Network, *, duration: float, dt: float, seed: int, trial: int = 0,
                record: Mapping | None = None, comm: Intracomm | None = None,
                progress: Progress | None = None) -> Recording | None:
    """Simulate a network from 0 to `duration` [ms]; the recording on rank 0, None on the others."""
    simulation = Simulation(network, dt=dt, seed=seed, trial=trial, record=record, comm=comm)
    simulation.run(duration, progress)
    return simulation.recording()


def _next_chunk(n_steps: int, wall_s: float) -> int:
    """Steps that take about _CHUNK_S, growing at most tenfold at a time."""
    return max(1, min(10 * n_steps, int(n_steps * _CHUNK_S / max(wall_s, 1e-6)), 100_000))
