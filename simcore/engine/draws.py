"""Numbers for cells and connections: a constant stays one number, a distribution becomes an array of draws."""

from __future__ import annotations

import numpy as np

from simcore.errors import ConfigurationError
from simcore.kernels import draw
from simcore.network.values import Normal, Uniform, Value
from simcore.rng import streams


def drawn(value: Value, owners: np.ndarray, indices: np.ndarray, lane: int, key: tuple[int, int]) -> np.ndarray:
    """(n,) float64 draws of a distribution: draw indices[i] of the stream of owners[i].

    owners, indices: (n,) int64. Raises ConfigurationError if a truncated distribution leaves no room.
    """
    out = np.empty(owners.size)
    if isinstance(value, Uniform):
        draw.fill_uniform(value.low, value.high, owners, indices, lane, *key, out)
    else:
        failed = draw.fill_normal(float(value.mean), float(value.std), float(value.low), float(value.high), owners,
                                  indices, lane, *key, out)
        if failed:
            raise ConfigurationError(f"{value} found no value in its limits in 1,000 draws, {failed} times: "
                                     "the limits lie too far from the mean")
    return out


def per_cell(value: object, addresses: np.ndarray, gids: np.ndarray, purpose: int, number: int,
             key: tuple[int, int]) -> float | np.ndarray:
    """A cell parameter or initial value on this rank: a float, or (n_local,) float64.

    value: number, (size,) values of the whole population, or a distribution (drawn by gid).
    """
    if isinstance(value, (Uniform, Normal)):
        return drawn(value, gids, np.zeros_like(gids), streams.lane(purpose, number), key)
    if np.ndim(value):
        return np.asarray(value, dtype=np.float64)[addresses]
    return float(value)
