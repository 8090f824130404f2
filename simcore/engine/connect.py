"""From the rules of the projections to this rank's connections, sorted by source.

Connections of a projection lie by source, then delay, then target: those of source index i with the k-th delay are
target[indptr[i * n_delays + k] : indptr[i * n_delays + k + 1]]. A weight that all share is stored once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engine.connection_values import values_of
from simcore.engine.pairs import local_pairs
from simcore.engine.partition import Partition, Slot
from simcore.errors import ConfigurationError
from simcore.kernels import draw
from simcore.kernels.events import SHARED
from simcore.network.network import Projection
from simcore.parameters.drawing import ParameterDist
from simcore.rng import streams


@dataclass
class Rows:
    """Where the connections of a projection are in a ConnectionTable.

    delays: (n_delays,) int64 steps, ascending; n connections from `base` on in target, from weight_base on in weights
    (SHARED: all have `weight`); their rows from row_base on in indptr, relative to base.
    """

    projection: Projection
    delays: np.ndarray
    n: int
    base: int
    weight_base: int
    row_base: int
    weight: float

    @property
    def n_rows(self) -> int:
        """Number of rows: one for each source and delay."""
        return self.projection.pre.size * self.delays.size


class ConnectionTable:
    """All connections onto one rank: 2 or 4 bytes a target, 8 a weight of its own, 4 for each source and delay.

    target: (n,) uint16 (uint32 from 65,537 cells on) lids; weights: (m,) float64; indptr: uint32 (int64 where a
    projection has 2**32 connections or more). The arrays grow in place (realloc moves pages, not bytes).
    """

    def __init__(self, part: Partition) -> None:
        self.part = part
        self.rows: list[Rows] = []
        self.target = np.empty(0, dtype=np.uint16 if part.n_cells <= 1 << 16 else np.uint32)
        self.weights = np.empty(0)
        self.indptr = np.empty(0, dtype=np.uint32)

    def add(self, projection: Projection, dt: float, key: tuple[int, int]) -> None:
        """Connect a projection. Raises ConfigurationError for delays below dt."""
        slot = self.part.slot(projection.post)
        pairs = local_pairs(projection, slot, key)
        weights = values_of(projection.weight, pairs.weight, pairs, streams.WEIGHT, projection, slot, key)
        delays = values_of(projection.delay, pairs.delay, pairs, streams.DELAY, projection, slot, key)
        row, distinct = rows_of(pairs.pre, delay_steps(delays, dt, projection))
        base, weight_base, row_base = self.target.size, SHARED, self.indptr.size
        self.target.resize(base + row.size, refcheck=False)
        if np.ndim(weights):
            weight_base = self.weights.size
            self.weights.resize(weight_base + row.size, refcheck=False)
        shared = 0.0 if np.ndim(weights) else float(weights)
        rows = Rows(projection, distinct, row.size, base, weight_base, row_base, shared)
        self.rows.append(rows)
        self._place(rows, row, pairs.lid, weights)

    def _place(self, rows: Rows, row: np.ndarray, lid: np.ndarray, weights: float | np.ndarray) -> None:
        """Sort connections by row; stable, so that the connections of a row stay in the order of the pairs."""
        indptr = np.zeros(rows.n_rows + 1, dtype=np.int64)
        draw.count_by(row, indptr)
        np.cumsum(indptr, out=indptr)
        draw.place_by(row, indptr[:-1].copy(), lid, self.target[rows.base:rows.base + rows.n])
        if np.ndim(weights):
            draw.place_by(row, indptr[:-1].copy(), weights, self.own_weights(rows))
        if rows.n >= 1 << 32 and self.indptr.dtype == np.uint32:
            self.indptr = self.indptr.astype(np.int64)
        self.indptr.resize(rows.row_base + indptr.size, refcheck=False)
        self.indptr[rows.row_base:] = indptr

    def own_weights(self, rows: Rows) -> np.ndarray:
        """View of the weights of a projection that has its own, (n,) in the order of `target`."""
        return self.weights[rows.weight_base:rows.weight_base + rows.n]

    def give_own_weights(self, rows: Rows) -> None:
        """Let each connection of a projection have a weight of its own."""
        if rows.weight_base == SHARED:
            rows.weight_base = self.weights.size
            self.weights.resize(rows.weight_base + rows.n, refcheck=False)
            self.own_weights(rows)[:] = rows.weight

    def change_delays(self, rows: Rows, delays: np.ndarray) -> None:
        """Sort the connections of a projection anew; delays: (n,) steps in the order of `target`."""
        pre, _ = self.pre_and_delay(rows)
        row, rows.delays = rows_of(pre, delays)
        rows.row_base = self.indptr.size
        weights = rows.weight if rows.weight_base == SHARED else self.own_weights(rows).copy()
        self._place(rows, row, self.target[rows.base:rows.base + rows.n].astype(np.int32), weights)

    def pre_and_delay(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Index of the source (n,) int32 and delay [steps] (n,) int64 of each connection, in the order of `target`."""
        counts = np.diff(self.indptr[rows.row_base:rows.row_base + rows.n_rows + 1].astype(np.int64))
        row = np.repeat(np.arange(rows.n_rows), counts)
        return (row // rows.delays.size).astype(np.int32), rows.delays[row % rows.delays.size]

    def arrays(self, chosen: list[Rows], receptor_rows: dict[str, int]) -> tuple:
        """The argument `projections` of kernels.events.deliver for the chosen projections."""
        integers = [[r.projection.pre.first_gid for r in chosen],
                    [r.projection.pre.first_gid + r.projection.pre.size for r in chosen],
                    [receptor_rows[r.projection.receptor] for r in chosen]]
        bases = [[r.row_base for r in chosen], [r.base for r in chosen], [r.weight_base for r in chosen],
                 np.cumsum([0, *(r.delays.size for r in chosen)])]
        delays = np.concatenate([np.empty(0, np.int64), *(r.delays for r in chosen)])
        return (*(np.array(x, dtype=np.int64) for x in integers), np.array([r.weight for r in chosen], dtype=np.float64),
                *(np.array(x, dtype=np.int64) for x in bases), delays, self.indptr, self.target, self.weights)


def rows_of(pre: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row of each connection, (n,), and the distinct delays of the projection, ascending; steps: () or (n,) int64."""
    if np.ndim(steps) == 0 or steps.size == 0:
        return pre, np.array([steps] if np.ndim(steps) == 0 else [1], dtype=np.int64)
    first = int(steps.min())
    present = np.bincount(steps - first) > 0
    distinct = np.flatnonzero(present) + first
    which = np.cumsum(present) - 1
    return pre.astype(np.int64) * distinct.size + which[steps - first], distinct


def delay_steps(delay: float | np.ndarray, dt: float, projection: Projection) -> np.ndarray:
    """Delays in whole steps. # ASSUME: rounded to the nearest step, as NEST does; drawn ones are at least one step."""
    steps = np.floor(np.asarray(delay) / dt + 0.5).astype(np.int64)
    if isinstance(projection.delay, ParameterDist):
        return np.maximum(steps, 1)
    if steps.size and steps.min() < 1:
        raise ConfigurationError(f"a delay must be at least one step (dt = {dt:g} ms), got {np.min(delay):g} ms",
                                 where=f"projection {projection.name!r}")
    return steps


def connected_values(projection: Projection, slot: Slot, dt: float,
                     key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Weights and delays [steps] of a one-to-one projection, (n,) each, in the order of the local targets."""
    pairs = local_pairs(projection, slot, key)
    weights = values_of(projection.weight, pairs.weight, pairs, streams.WEIGHT, projection, slot, key)
    delays = values_of(projection.delay, pairs.delay, pairs, streams.DELAY, projection, slot, key)
    return np.broadcast_to(weights, slot.size), np.broadcast_to(delay_steps(delays, dt, projection), slot.size)
