"""Weights and delays of connections: one number for all, or one each."""

from __future__ import annotations

import numpy as np

from simcore.engine.draws import drawn
from simcore.engine.pairs import Pairs, local_pairs
from simcore.engine.partition import Slot
from simcore.errors import ConfigurationError
from simcore.network.connectors import Subset
from simcore.network.network import Projection
from simcore.network.values import Listed, PairFunction, Value
from simcore.parameters.drawing import ParameterDist
from simcore.rng import streams

_AT_ONCE = 1 << 17              # connections whose coordinates are in memory at a time


def values_of(value: Value, given: np.ndarray | None, pairs: Pairs, purpose: int, projection: Projection, slot: Slot,
              key: tuple[int, int]) -> float | np.ndarray:
    """Weights or delays: one number for all connections, or (n,) float64 in the order of the pairs.

    given: what the connector itself gives. Raises ConfigurationError for an array with too few numbers or with NaN where
    there is a connection.
    """
    if given is not None:
        return given
    if isinstance(value, ParameterDist):
        return _drawn(value, pairs, streams.lane(purpose, projection.number), key)
    if isinstance(value, PairFunction):
        return value(*_numbers(projection, slot, pairs)).copy()
    if isinstance(value, Listed) or np.ndim(value) == 1:
        chosen = _one_each(value, projection, slot, key)
    elif np.ndim(value) == 0:
        return float(value)
    else:
        chosen = _entries(np.asarray(value, dtype=np.float64), projection, slot, pairs)
    if np.isnan(chosen).any():
        raise ConfigurationError("an array of weights or delays must have a number for each connection, got NaN",
                                 where=f"projection {projection.name!r}")
    return chosen


def _drawn(value: ParameterDist, pairs: Pairs, lane: int, key: tuple[int, int]) -> np.ndarray:
    out = np.empty(pairs.pre.size)
    for first in range(0, out.size, _AT_ONCE):
        last = min(first + _AT_ONCE, out.size)
        out[first:last] = drawn(value, *pairs.coordinates(first, last), lane, key)
    return out


def _numbers(projection: Projection, slot: Slot, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of source and target among those that the rule connects."""
    pre, post = pairs.pre, slot.addresses[pairs.lid - slot.first_lid]
    rule = projection.connector
    if isinstance(rule, Subset):
        pre, post = (np.argsort(chosen)[np.searchsorted(np.sort(chosen), addresses)]
                     for chosen, addresses in ((rule.pre, pre), (rule.post, post)))
    return pre, post


def _entries(matrix: np.ndarray, projection: Projection, slot: Slot, pairs: Pairs) -> np.ndarray:
    rule = projection.connector
    shape = (rule.pre.size, rule.post.size) if isinstance(rule, Subset) else (projection.pre.size, projection.post.size)
    if matrix.shape != shape:
        raise ConfigurationError(f"a matrix of weights or delays must have the shape (source cells, target cells) = {shape}, "
                                 f"got {matrix.shape}", where=f"projection {projection.name!r}")
    return matrix[_numbers(projection, slot, pairs)]


def _one_each(value: Listed | np.ndarray, projection: Projection, slot: Slot, key: tuple[int, int]) -> np.ndarray:
    """(n,) float64: the numbers of the local connections; those of all ranks are counted by (pre, post)."""
    everywhere = Slot(slot.population, slot.population.first_gid, 0, slot.population.size, 1)
    pairs = local_pairs(projection, everywhere, key)
    n = pairs.pre.size
    numbers = np.asarray(value.numbers(n) if isinstance(value, Listed) else value, dtype=np.float64)
    if numbers.size < n:
        raise ConfigurationError(f"an array of weights or delays must have a number for each of the {n} connections, got "
                                 f"{numbers.size}", where=f"projection {projection.name!r}")
    in_order = np.empty(n)
    in_order[np.lexsort((pairs.lid, pairs.pre))] = numbers[:n]
    gid = pairs.lid + slot.population.first_gid
    return in_order[gid % slot.stride == slot.first_gid % slot.stride]
