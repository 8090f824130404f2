"""Detailed cells in time, on one rank or many.

Step k goes from k dt to (k + 1) dt; spikes are dated and exchanged as those of point cells are. A block of cells is
advanced for a whole epoch (the smallest delay) while it is in the cache; ranks exchange once an epoch.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.cable_block import Block
from simcore.engine.cable_cell import plan
from simcore.engine.cable_clamps import ClampValues
from simcore.engine.cable_grouping import blocks_of
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_recorder import CableRecorder
from simcore.engine.cable_spikes import CableSpikes, Place
from simcore.engine.cable_state import restore, state_of
from simcore.engine.cable_wiring import wire
from simcore.engine.exchange import Exchange, SpikeLog
from simcore.engine.ranks import end_all_on_error
from simcore.engine.recording import PopulationInfo, Recording
from simcore.engine.spill import Spill
from simcore.errors import ConfigurationError, NonExistentParameterError, SimulationError, nearest
from simcore.kernels.cable import SCHEMES
from simcore.morphology.sections import number_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

LONGEST_EPOCH = 2000            # steps, so that events and samples of an epoch stay small


class CableSimulation:
    """A network of detailed cells being simulated.

    dt [ms]; scheme: "default" (Crank-Nicolson, second order) or "neuron" (backward Euler, as NEURON); celsius; v_init
    [mV]; record: {"spikes": True, False or gids, "traces": [{"variable", "cells", "section", "x", "interval"}, …]}, see
    `cable_spikes`, `cable_recorder`; comm: mpi4py communicator; ranks: (n_cells,) rank of each gid, default gid % size;
    width: lanes of a block, chosen if None. Raises ConfigurationError, NonExistentParameterError.
    """

    def __init__(self, network: CableNetwork, *, dt: float = 0.025, scheme: str = "default", celsius: float = 6.3,
                 v_init: float = -65.0, record: Mapping | None = None, comm: Intracomm | None = None,
                 ranks: Sequence[int] | None = None, width: int | None = None) -> None:
        began = time.perf_counter()
        end_all_on_error(comm)
        if not 0.0 < number_of(dt) < np.inf:
            raise ConfigurationError(f"dt must be > 0 ms, got {dt} ms", name="dt", got=dt)
        for name, value, units in (("v_init", v_init, "mV"), ("celsius", celsius, "degC")):
            if not np.isfinite(number_of(value)):
                raise ConfigurationError(f"{name} must be finite, got {value} {units}", name=name, got=value)
        if width is not None and not width >= 1:
            raise ConfigurationError(f"a block must have at least one lane, got width = {width}", name="width", got=width)
        if scheme not in SCHEMES:
            raise ConfigurationError(f"scheme must be one of {', '.join(SCHEMES)}, got {scheme!r}", name="scheme",
                                     got=scheme, valid=tuple(SCHEMES))
        self.network, self.dt, self.scheme = network, float(dt), scheme
        self.comm = comm if comm is not None and comm.size > 1 else None
        self.gids = self._own_gids(ranks)
        known: dict = {}                    # cells that branch alike share one description of it
        plans = [plan(network.cells[g], dt=self.dt, scheme=scheme, celsius=celsius, v_init=v_init, known=known)
                 for g in self.gids]
        self.blocks = blocks_of(plans, width, scheme=scheme, v_init=v_init)
        self._home = {p.cell.gid: (b, lane) for b, block in enumerate(self.blocks) for lane, p in enumerate(block.plans)}
        self._clamps = [ClampValues(block, self.dt, mean=scheme != "neuron") for block in self.blocks]
        self._sources, places = self._number_detectors()
        self._wires = wire(network, self.blocks, self.n_sources // max(1, network.n_cells), self.dt)
        record, spill = {"spikes": True} | _checked(record or {}), Spill()
        self.recorder = CableRecorder(record, network, self.blocks, self._home, self.dt, scheme, spill)
        self.epoch, self._reach = self._delays(self._wires.delay)
        self.spikes = CableSpikes(record["spikes"], network.n_cells, places, self.dt, spill)
        self.begin(0, 0)
        self.build_s, self.run_s = time.perf_counter() - began, 0.0

    def begin(self, step: int, first_spike: int) -> None:
        """Be at `step`, with spikes from step `first_spike` on still to be heard (`log`); nothing said yet."""
        self.step = step
        self.log = SpikeLog(first_spike)
        self._said = SpikeLog(step)
        self._told = SpikeLog(step) if self.comm else self._said
        self._exchange = Exchange(self.comm, self.epoch) if self.comm else None

    @property
    def now(self) -> float:
        """Biological time [ms]."""
        return self.step * self.dt

    @property
    def n_spikes(self) -> int:
        """Number of all ranks' spikes so far, each cell's own."""
        return self.spikes.n_seen

    def run(self, duration: float) -> None:
        """Advance by `duration` [ms], a whole number of steps; two runs equal one of the sum. Collective.

        Raises SimulationError when a state is no longer finite, naming cell and time.
        """
        began, end = time.perf_counter(), self.step + self.steps_in(duration)
        while self.step < end:
            n_steps = min(self.epoch, end - self.step)
            self.hear(*self.advance_cells(n_steps), n_steps)
        self.run_s += time.perf_counter() - began

    def steps_in(self, duration: float) -> int:
        """Number of steps of a duration [ms]. ConfigurationError unless it is whole."""
        n_steps = round(duration / self.dt) if np.isfinite(duration) else -1
        if n_steps < 0 or abs(n_steps * self.dt - duration) > 1e-6 * max(duration, self.dt):
            raise ConfigurationError(f"a duration must be a whole number of steps (dt = {self.dt:g} ms), "
                                     f"got {duration:g} ms", name="duration", got=duration)
        return n_steps

    def recording(self) -> Recording | None:
        """Everything recorded so far, on rank 0 (None elsewhere); collective.

        Spikes are the cells' own; those of further places are in `results`, see `CableSpikes.watched`.
        """
        traces = self.recorder.traces(self.comm)
        if self.comm and self.comm.rank:
            return None
        n = self.network.n_cells
        statistics = {"n_cells": n, "n_spikes": self.n_spikes, "build_s": self.build_s, "run_s": self.run_s}
        return Recording(self.dt, self.now, (PopulationInfo("cells", 0, n, "detailed"),), self.spikes.record(), traces,
                         self.spikes.watched(), statistics)

    def state(self) -> dict[str, np.ndarray] | None:
        """The state at this moment on rank 0 (None elsewhere), see `cable_state.state_of`; collective."""
        return state_of(self)

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Go on from a state of the same network, on any number of ranks. Recordings begin anew. Raises StoreError."""
        restore(self, state)
        self.spikes.clear()

    # --- one epoch -------------------------------------------------------------------------------------------------

    def advance_cells(self, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Advance all cells by up to an epoch; returns (step, gid) of all ranks' spikes, to be given to `hear`."""
        log, first = self.log, self.step
        log.forget_before(first - 1 - self._reach)
        events = self._wires.events(log, first, n_steps)
        with np.errstate(all="ignore"):                 # interpreted kernels: IEEE arithmetic, as compiled ones
            found = [self._drive(b, block, first, n_steps, events[b]) for b, block in enumerate(self.blocks)]
        steps = np.concatenate([np.empty(0, np.int64), *(s for s, _ in found)])
        gids = np.concatenate([np.empty(0, np.int32), *(g for _, g in found)])
        order = np.lexsort((gids, steps))
        self._said.forget_before(first)
        self._said.add(steps[order], gids[order], n_steps)
        if self._exchange:
            self._told.forget_before(first)
            self._exchange.run(self._said, self._told, n_steps)
        self.step += n_steps
        return self._told.since(first)

    def hear(self, steps: np.ndarray, gids: np.ndarray, n_steps: int) -> None:
        """Take all ranks' spikes of the next n_steps, by step and gid; those below n_cells are cells', behind
        come more places of cells (`CableNetwork.watch`) and, from n_sources on, point cells."""
        self.log.add(steps, gids, n_steps)
        if gids.size:
            self.spikes.take(steps, gids, keep=self.comm is None or self.comm.rank == 0)

    def _drive(self, b: int, block: Block, first: int, n_steps: int, events: tuple) -> tuple[np.ndarray, np.ndarray]:
        room = block.above.size * (n_steps // 2 + 1)
        out_step, out_place = np.empty(room, np.int64), np.empty(room, np.int64)
        detectors = (*block.watched, block.above, out_step, out_place)
        n = block.loop.drive(first, n_steps, block.tree, block.dense, block.pool, block.layers, (*events, *block.jumps),
                             self._clamps[b].steps(first, n_steps), self.recorder.prepare(b, first, n_steps), detectors)
        self.recorder.take(b)
        if not np.isfinite(block.pool.sum()):
            self._raise_not_finite(block, first + n_steps)
        return out_step[:n], self._sources[b][out_place[:n]]

    def _raise_not_finite(self, block: Block, step: int) -> None:
        bad = (p.cell for k, p in enumerate(block.plans) if not np.isfinite(block.v_of(k)).all())
        cell = next(bad, block.plans[0].cell)
        raise SimulationError(f"v and all states must stay finite, but do not before t = {step * self.dt:g} ms "
                              f"(cell {cell.gid})", name="v", got=float("nan"))

    # --- building --------------------------------------------------------------------------------------------------

    def _own_gids(self, ranks: Sequence[int] | None) -> list[int]:
        n = self.network.n_cells
        rank, size = (self.comm.rank, self.comm.size) if self.comm else (0, 1)
        of = np.arange(n) % size if ranks is None else np.asarray(ranks)
        if of.shape != (n,) or (n and (of.min() < 0 or of.max() >= size)):
            raise ConfigurationError(f"ranks must be {n} numbers from 0 to {size - 1}, one for each gid, "
                                     f"got {of.tolist()[:10]}", name="ranks")
        own = np.flatnonzero(of == rank).tolist()
        missing = [g for g in own if g not in self.network.cells]
        if missing:
            raise ConfigurationError(f"rank {rank} must describe cell {missing[0]} ({len(missing)} cells in all)",
                                     name="ranks", got=missing[:10])
        return own

    def _number_detectors(self) -> tuple[list[np.ndarray], list[Place]]:
        """The source that each detector of each block is, int32, and the further places of all cells; sets n_sources.

        Collective.
        """
        n, plans = self.network.n_cells, [p for block in self.blocks for p in block.plans]
        own = [Place(p.cell.gid, k, p.tree.sections.index(d.section), float(d.x))
               for p in plans for k, d in enumerate(p.cell.detectors) if k]
        parts = self.comm.allgather(own) if self.comm else [own]
        places = sorted(place for part in parts for place in part)
        self.n_sources = n * (1 + max((place.number for place in places), default=0))
        sources = [np.array([p.cell.gid + k * n for p in block.plans for k in range(len(p.detectors))], dtype=np.int32)
                   for block in self.blocks]
        return sources, places

    def _delays(self, delays: np.ndarray) -> tuple[int, int]:
        """Steps of an epoch, whose samples are bounded, and the longest delay, over all ranks."""
        low, high = (int(delays.min()), int(delays.max())) if delays.size else (LONGEST_EPOCH, 0)
        low = min(low, self.recorder.most_steps)
        if self.comm:
            pairs = self.comm.allgather((low, high))
            low, high = min(p[0] for p in pairs), max(p[1] for p in pairs)
        return max(1, min(low, LONGEST_EPOCH)), high


def _checked(record: Mapping) -> dict:
    """What to record. NonExistentParameterError for a name that is none."""
    for name in record:
        if name not in ("spikes", "traces"):
            raise NonExistentParameterError(f"{name!r} is nothing to record{nearest(name, ('spikes', 'traces'))}", name=name,
                                            valid=("spikes", "traces"))
    return dict(record)
