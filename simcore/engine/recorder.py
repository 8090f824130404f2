"""What is kept while a network runs: spikes of chosen cells, samples of chosen states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.assemble import State
from simcore.engine.inputs import is_private
from simcore.engine.partition import Partition
from simcore.engine.recording import SpikeRecord, Trace
from simcore.engine.spill import Rows, Spill
from simcore.errors import ConfigurationError, NonExistentParameterError, nearest
from simcore.network.network import Network, Population

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm


@dataclass(frozen=True)
class TraceRequest:
    """Which state of which cells, and how often. addresses: (k,) int64 indices in the population; interval in steps."""

    population: Population
    variable: str
    addresses: np.ndarray
    interval: int


class SpikeRecorder:
    """Spikes of the chosen cells: rows of steps and of gids."""

    def __init__(self, cells: np.ndarray, n_gids: int, spill: Spill) -> None:
        self._chosen = np.zeros(n_gids, dtype=bool)
        self._steps, self._gids = Rows(np.int64, (), spill), Rows(np.int32, (), spill)
        self.n_seen = 0
        self.add(cells)

    def add(self, cells: np.ndarray) -> None:
        """Keep the spikes of more cells from now on."""
        self._chosen[cells] = True
        self.cells = np.flatnonzero(self._chosen)
        self._all = self.cells.size == self._chosen.size

    def clear(self) -> None:
        """Forget all spikes, not which cells are recorded."""
        self._steps.clear()
        self._gids.clear()
        self.n_seen = 0

    def take(self, steps: np.ndarray, gids: np.ndarray) -> None:
        """Keep what was asked for out of new spikes, ordered by (step, gid)."""
        self.n_seen += gids.size
        if not self._all:
            keep = self._chosen[gids]
            steps, gids = steps[keep], gids[keep]
        if gids.size:
            self._steps.append(steps)
            self._gids.append(gids)

    def record(self) -> SpikeRecord:
        """All spikes so far."""
        return SpikeRecord(self._steps.array(), self._gids.array(), self.cells.astype(np.int32))


class TraceRecorder:
    """Samples of states at times 0, interval, 2 interval, … from when they were asked for to before the end."""

    def __init__(self, requests: Sequence[TraceRequest], part: Partition, state: State, spill: Spill) -> None:
        self._part, self._state, self._spill = part, state, spill
        self.requests: tuple[TraceRequest, ...] = ()
        self._begun: list[int] = []
        self._samples: list[Rows] = []
        self.add(requests, 0)

    def add(self, requests: Sequence[TraceRequest], step: int) -> None:
        """Sample more from `step` on."""
        self.requests = (*self.requests, *requests)
        self._begun += [-(-step // r.interval) * r.interval for r in requests]
        self._local, indices = [], []
        for request in self.requests:
            slot = self._part.slot(request.population)
            mine = (request.addresses + request.population.first_gid - slot.first_gid) % slot.stride == 0
            self._local.append(np.flatnonzero(mine))
            indices.append(self._state.index(self._part, slot, request.variable, request.addresses[mine]))
        self._width = np.array([len(i) for i in indices], dtype=np.int64)
        self._samples += [Rows(np.float64, (int(w),), self._spill) for w in self._width[len(self._samples):]]
        self._index = np.concatenate([np.empty(0, np.int64), *indices]).astype(np.int64)
        self._ptr = np.concatenate([[0], np.cumsum(self._width)]).astype(np.int64)
        self._interval = np.array([r.interval for r in self.requests], dtype=np.int64)
        self._rows = np.zeros(len(self.requests), dtype=np.int64)
        self._arrays: tuple = ()
        self._free = np.empty(0)

    def clear(self, step: int) -> None:
        """Forget all samples, not what is sampled; the next ones are those from `step` on."""
        self._begun = [-(-step // r.interval) * r.interval for r in self.requests]
        for samples in self._samples:
            samples.clear()

    @property
    def most_steps(self) -> int:
        """Steps to be sampled before samples are kept, alike on all ranks.

        Those of all ranks together take 2 MiB, so that they stay in the cache; if that is less than 500 steps, up to 32 MiB.
        """
        a_step = 8.0 * sum(r.addresses.size / r.interval for r in self.requests)
        cached, bounded = ((n << 20) / max(a_step, 1e-9) for n in (2, 32))
        return int(min(1 << 30, max(1, min(bounded, max(cached, 500)))))

    def prepare(self, first_step: int, n_steps: int) -> tuple:
        """The argument `traces` of kernels.events.sample for the next n_steps."""
        due = -(-(first_step + n_steps) // self._interval) - -(-first_step // self._interval)
        offset = np.concatenate([[0], np.cumsum(due * self._width)]).astype(np.int64)
        self._rows[:] = 0
        self._size = int(offset[-1])
        out = self._free if self._free.size >= self._size else np.empty(self._size)
        self._arrays = (self._state.pool, self._index, self._ptr, self._interval, self._rows, offset[:-1].copy(), out)
        return self._arrays

    def take(self) -> None:
        """Keep what the compiled loop has sampled since `prepare`."""
        *_, offset, out = self._arrays
        whole, lent = int(self._rows @ self._width) == self._size, False
        for k, samples in enumerate(self._samples):
            size = int(self._rows[k] * self._width[k])
            block = out[offset[k]:offset[k] + size].reshape(self._rows[k], self._width[k])
            if not samples.write_through(block):
                lend = whole and block.nbytes >= Rows.AT_ONCE            # else copied, so that a few do not keep all
                samples.append(block if lend else block.copy())
                lent |= lend
        self._free = np.empty(0) if lent else out                   # to be used again: fresh pages cost CUBA 4 %

    def traces(self, dt: float, comm: Intracomm | None = None) -> tuple[Trace, ...]:
        """All samples so far, on rank 0 (elsewhere an empty tuple); collective."""
        made = []
        for request, local, samples, begun in zip(self.requests, self._local, self._samples, self._begun, strict=True):
            values = _gathered(samples, local, request.addresses.size, comm, self._spill) if comm else samples.array()
            if comm and comm.rank:
                continue
            declared = request.population.model.states[request.variable]
            cells = (request.addresses + request.population.first_gid).astype(np.int32)
            made.append(Trace(request.population.name, request.variable, declared.units, declared.meaning, cells,
                              request.interval * dt, begun * dt, values))
        return tuple(made)


def _gathered(samples: Rows, local: np.ndarray, n_columns: int, comm: Intracomm, spill: Spill) -> np.ndarray:
    """Samples (n, n_columns) of all ranks on rank 0, where columns[rank] are of a rank; collective, 8 MiB at a time."""
    columns = comm.gather(local)
    n = max(1, (8 << 20) // (8 * max(1, n_columns)))
    whole = Rows(np.float64, (n_columns,), spill)
    for begin in range(0, len(samples), n):
        parts = comm.gather(samples.part(begin, begin + n))
        if parts is not None:
            block = np.empty((len(parts[0]), n_columns))
            for own, part in zip(columns, parts, strict=True):
                block[:, own] = part
            whole.append(block)
    made = whole.array()
    whole.clear()
    return made


def spike_cells(network: Network, wanted: bool | Mapping[str, object]) -> np.ndarray:
    """(n,) int64 ascending gids whose spikes are wanted: True, False, or {population: number, list or True}.

    True means all cells except private noise (Poisson sources that each drive one cell and nothing else): its spikes
    are many and of no interest; whoever wants them names the population.
    """
    if wanted is True:
        wanted = {p.name: True for p in network.populations if not _only_private(network, p)}
    chosen = [_addresses(network.find(name), n) + network.find(name).first_gid for name, n in (wanted or {}).items()]
    return np.unique(np.concatenate([np.empty(0, np.int64), *chosen]))


def _only_private(network: Network, population: Population) -> bool:
    uses = [is_private(p) for p in network.projections if p.pre is population]
    return bool(uses) and all(uses)


def trace_request(network: Network, spec: Mapping, dt: float) -> TraceRequest:
    """The request of {population, variable, cells (number, list or True; default all), interval [ms] (default dt)}."""
    population = network.find(spec["population"])
    states = population.model.states
    if spec["variable"] not in states:
        raise NonExistentParameterError(f"{population.model.name} has no variable {spec['variable']!r} to record"
                                        f"{nearest(spec['variable'], states)}", name=spec["variable"],
                                        where=f"population {population.name!r}")
    interval = spec.get("interval") or dt
    steps = round(interval / dt)
    if steps < 1 or abs(steps * dt - interval) > 1e-9 * interval:
        raise ConfigurationError(f"a sampling interval must be a whole number of steps (dt = {dt:g} ms), "
                                 f"got {interval:g} ms")
    return TraceRequest(population, spec["variable"], _addresses(population, spec.get("cells")), steps)


def _addresses(population: Population, wanted: object) -> np.ndarray:
    if wanted is None or wanted is True:
        return np.arange(population.size, dtype=np.int64)
    if np.ndim(wanted) == 0:
        return np.arange(min(int(wanted), population.size), dtype=np.int64)
    chosen = np.asarray(wanted, dtype=np.int64)
    if chosen.size and (chosen.min() < 0 or chosen.max() >= population.size):
        raise ConfigurationError(f"cells to record must be in [0, {population.size}), got {chosen.tolist()}",
                                 where=f"population {population.name!r}")
    return chosen
