"""From the rule of a projection to this rank's connections, sorted by source.

Connections lie by source, then delay, then target: those of source index i with the k-th delay are
target[indptr[i * n_delays + k] : indptr[i * n_delays + k + 1]]. A weight that all share is stored once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engine.draws import drawn
from simcore.engine.pairs import Pairs, local_pairs
from simcore.engine.partition import Partition
from simcore.errors import ConfigurationError
from simcore.kernels import draw
from simcore.network.network import Projection
from simcore.network.values import Normal, Uniform
from simcore.rng import streams


@dataclass(frozen=True)
class Connections:
    """A projection's connections onto this rank, by source, delay and target.

    delays: (n_delays,) int64 steps, ascending; weights: (n,) float64, or None where all share `weight`;
    indptr: (n_pre * n_delays + 1,) uint32 (int64 from 2**32 connections on) into target: (n,) uint16 or uint32 lids.
    """

    projection: Projection
    delays: np.ndarray
    weight: float
    weights: np.ndarray | None
    indptr: np.ndarray
    target: np.ndarray

    @property
    def n(self) -> int:
        """Number of connections."""
        return self.target.size


def connected(projection: Projection, part: Partition, dt: float, key: tuple[int, int]) -> Connections:
    """This rank's connections of a projection. Raises ConfigurationError for delays below dt."""
    pairs = local_pairs(projection, part.slot(projection.post), key)
    weights = values_of(projection.weight, pairs.weight, pairs, streams.WEIGHT, projection, key)
    delays = values_of(projection.delay, pairs.delay, pairs, streams.DELAY, projection, key)
    steps = delay_steps(delays, dt, projection)
    dtype = np.uint16 if part.n_cells <= 1 << 16 else np.uint32
    if np.ndim(steps) == 0:
        return by_source(projection, np.array([steps]), pairs.pre, pairs.lid, weights, dtype)
    distinct, which = np.unique(steps, return_inverse=True)
    row = pairs.pre.astype(np.int64) * distinct.size + which
    return by_source(projection, distinct, row, pairs.lid, weights, dtype)


def delay_steps(delay: float | np.ndarray, dt: float, projection: Projection) -> np.ndarray:
    """Delays in whole steps. # ASSUME: rounded to the nearest step, as NEST does; drawn ones are at least one step."""
    steps = np.floor(np.asarray(delay) / dt + 0.5).astype(np.int64)
    if isinstance(projection.delay, (Uniform, Normal)):
        return np.maximum(steps, 1)
    if steps.size and steps.min() < 1:
        raise ConfigurationError(f"a delay must be at least one step (dt = {dt:g} ms), got {np.min(delay):g} ms",
                                 where=f"projection {projection.name!r}")
    return steps


def values_of(value: object, given: np.ndarray | None, pairs: Pairs, purpose: int, projection: Projection,
              key: tuple[int, int]) -> float | np.ndarray:
    """Weights or delays: those that the connector gives, one number for all, or (n,) float64 draws."""
    if given is not None:
        return given
    if isinstance(value, (Uniform, Normal)):
        return drawn(value, *pairs.coordinates(), streams.lane(purpose, projection.number), key)
    return float(value)


def by_source(projection: Projection, delays: np.ndarray, row: np.ndarray, lid: np.ndarray,
              weights: float | np.ndarray, dtype: type) -> Connections:
    """Connections sorted by row = source index * n_delays + index of the delay; stable, so targets stay in order."""
    indptr = np.zeros(projection.pre.size * delays.size + 1, dtype=np.int64)
    draw.count_by(row, indptr)
    np.cumsum(indptr, out=indptr)
    target = np.empty(row.size, dtype=dtype)
    draw.place_by(row, indptr[:-1].copy(), lid, target)
    sorted_weights = None
    if np.ndim(weights):
        sorted_weights = np.empty(row.size)
        draw.place_by(row, indptr[:-1].copy(), weights, sorted_weights)
    narrow = indptr.astype(np.uint32) if row.size < 1 << 32 else indptr
    return Connections(projection, delays, float(weights) if sorted_weights is None else 0.0, sorted_weights, narrow,
                       target)


