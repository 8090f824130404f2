"""Simulation: a network in time, on one rank or many.

Step k goes from k dt to (k + 1) dt; a spike of step k has time (k + 1) dt and arrives, after d steps of delay, at the
end of step k + d. Within an epoch (the smallest delay) no spike can reach another cell, so ranks exchange once an
epoch. On one rank nothing is exchanged and the compiled loop runs for as many steps as its spikes find room.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.assemble import batch_constants, compiled_loop, connect_all, initial_state, receptor_rows
from simcore.engine.exchange import SpikeLog, exchange
from simcore.engine.inputs import array_sources, is_private, most_spikes, poisson_inputs, poisson_sources
from simcore.engine.partition import partition
from simcore.engine.recorder import SpikeRecorder, TraceRecorder, spike_cells, trace_request
from simcore.engine.recording import PopulationInfo, Recording
from simcore.errors import ConfigurationError, SimulationError
from simcore.network.network import Network
from simcore.rng import streams

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

Progress = Callable[[float, float, int], None]          # biological time so far, end [ms], spikes so far

_CHUNK_S = 0.2                                          # wall time between two looks at progress and numbers


class Simulation:
    """A network being simulated.

    dt [ms]; seed, trial: whole numbers, the key of all random streams; record: {"spikes": …, "traces": [...]} as in an
    experiment file; comm: mpi4py communicator or None. Raises ConfigurationError and the errors of the models.
    """

    def __init__(self, network: Network, *, dt: float, seed: int, trial: int = 0, record: Mapping | None = None,
                 comm: Intracomm | None = None):
        began = time.perf_counter()
        self.network, self.dt, self.comm = network, float(dt), comm if comm is not None and comm.size > 1 else None
        if not dt > 0:
            raise ConfigurationError(f"dt must be > 0 ms, got {dt:g} ms")
        key = streams.key(seed, trial)
        record = record or {}
        part = self.part = partition(network, *((comm.rank, comm.size) if self.comm else (0, 1)))
        rows = receptor_rows(part)
        self.state = initial_state(part, key)
        constants = [batch_constants(b, self.dt, key) for b in part.batches]
        self._loop = compiled_loop(part.batches, [arrays for _, arrays in constants])
        self._classes, classes = connect_all(network, part, rows, self.dt, key)
        self.n_connections = sum(c.target.size for c in classes)
        self._epoch, self._reach = self._delays(self._classes[0])
        recorded = spike_cells(network, record.get("spikes", True))
        self._spikes = SpikeRecorder(recorded, network.size)
        requests = [trace_request(network, t, self.dt) for t in record.get("traces") or ()]
        self._traces = TraceRecorder(requests, part, self.state)
        self._inputs = poisson_inputs(network, part, rows, self.dt, key)
        self._sources = poisson_sources(network, part, self._heard_sources(recorded), self.dt, key)
        self._arrays = array_sources(part, self.dt)
        self._inbox = np.zeros((max(1, len(rows)), part.n_cells))
        self._fired = np.zeros(-(-part.n_local // 8) * 8, dtype=np.uint8)
        self._batches = tuple(
            (view, *(self._inbox[rows[r]][b.first_lid:b.first_lid + b.size] for r in b.model.receptors),
             self._fired[b.first_lid:b.first_lid + b.size], *c)
            for view, b, (c, _) in zip(self.state.views, part.batches, constants, strict=True))
        self._room = most_spikes(part, self._sources, self._arrays)
        self._said = SpikeLog(0, 0)
        self._heard = self._said
        self.step = 0
        self.build_s = time.perf_counter() - began
        self.run_s = 0.0

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
        n_connections = self.comm.allreduce(self.n_connections) if self.comm else self.n_connections
        if self.comm and self.comm.rank:
            return None
        populations = tuple(PopulationInfo(p.name, p.first_gid, p.size, p.model.name) for p in self.network.populations)
        statistics = {"n_cells": self.network.size, "n_connections": n_connections, "n_spikes": self._spikes.n_seen,
                      "build_s": self.build_s, "run_s": self.run_s}
        spikes = self._spikes.record() if self._spikes.cells.size else None
        return Recording(self.dt, self.step * self.dt, populations, spikes, traces, {}, statistics)

    def _run_alone(self, end: int, progress: Progress | None) -> None:
        log = self._said
        steps_at_once = 10
        while self.step < end:
            n_steps = min(steps_at_once, end - self.step, self._traces.most_steps)
            log.forget_before(self.step - self._reach)
            log.make_room(4 * self._room)
            _grow_steps(log, n_steps)
            began = time.perf_counter()
            reached = self._advance(n_steps, log, log)
            log.end_step = reached
            self._after(self.step, reached, end, log, progress)
            steps_at_once = _next_chunk(reached - self.step, time.perf_counter() - began)
            self.step = reached

    def _run_ranks(self, end: int, progress: Progress | None) -> None:
        if self._heard is self._said:
            self._heard = SpikeLog(0, 0)
        said, heard = self._said, self._heard
        while self.step < end:
            n_steps = min(self._epoch, end - self.step)
            said.forget_before(self.step)
            heard.forget_before(self.step - self._reach)
            said.make_room((n_steps + 1) * self._room)
            _grow_steps(said, n_steps)
            _grow_steps(heard, n_steps)
            said.end_step = self._advance(n_steps, heard, said)
            heard.append(*exchange(self.comm, *said.since(self.step), self.step, n_steps))
            self._after(self.step, self.step + n_steps, end, heard, progress)
            self.step += n_steps

    def _advance(self, n_steps: int, heard: SpikeLog, said: SpikeLog) -> int:
        traces = self._traces.prepare(self.step, n_steps)
        return int(self._loop.drive(self.step, n_steps, self._room, self._inbox, self._fired, heard.view(), said.view(),
                                    self._classes, self._inputs, self._sources, self._arrays, self.part.segments(),
                                    self.part.n_ranks, traces, self._batches))

    def _after(self, begin: int, reached: int, end: int, log: SpikeLog, progress: Progress | None) -> None:
        self._spikes.take(*log.since(begin))
        self._traces.take()
        if not np.isfinite(self.state.pool.sum()):
            self._raise_not_finite(reached)
        if progress and (self.comm is None or self.comm.rank == 0):
            progress(reached * self.dt, end * self.dt, self._spikes.n_seen)

    def _raise_not_finite(self, step: int) -> None:
        for batch, view in zip(self.part.batches, self.state.views, strict=True):
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

    def _heard_sources(self, recorded: np.ndarray) -> set[int]:
        """First gids of the Poisson populations whose spikes are needed: sent by a projection or recorded."""
        sent = {p.pre.first_gid for p in self.network.projections if not is_private(p)}
        chosen = np.searchsorted(recorded, [[p.first_gid, p.first_gid + p.size] for p in self.network.populations])
        pairs = zip(self.network.populations, chosen, strict=True)
        return sent | {p.first_gid for p, (begin, end) in pairs if begin < end}

    def _delays(self, delays: np.ndarray) -> tuple[int, int]:
        """Smallest and largest delay [steps] over all ranks; an epoch of 100 steps where nothing is connected."""
        low, high = (int(delays.min()), int(delays.max())) if delays.size else (1 << 30, 0)
        if self.comm:
            pairs = self.comm.allgather((low, high))
            low, high = min(p[0] for p in pairs), max(p[1] for p in pairs)
        return min(low, 100), high


def run_network(network: Network, *, duration: float, dt: float, seed: int, trial: int = 0,
                record: Mapping | None = None, comm: Intracomm | None = None,
                progress: Progress | None = None) -> Recording | None:
    """Simulate a network from 0 to `duration` [ms]; the recording on rank 0, None on the others."""
    simulation = Simulation(network, dt=dt, seed=seed, trial=trial, record=record, comm=comm)
    simulation.run(duration, progress)
    return simulation.recording()


def _grow_steps(log: SpikeLog, n_steps: int) -> None:
    """Let log.ptr reach n_steps beyond its end."""
    needed = log.end_step - log.first_step + n_steps + 1
    if log.ptr.size < needed:
        grown = np.zeros(2 * needed, dtype=np.int64)
        grown[:log.ptr.size] = log.ptr
        log.ptr = grown


def _next_chunk(n_steps: int, wall_s: float) -> int:
    """Steps that take about _CHUNK_S, growing at most tenfold at a time."""
    return max(1, min(10 * n_steps, int(n_steps * _CHUNK_S / max(wall_s, 1e-6)), 100_000))
