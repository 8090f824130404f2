"""Numbers for cells and connections: a constant stays one number, a distribution becomes an array of draws."""

from __future__ import annotations

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.parameters.drawing import ParameterDist
from simcore.rng import streams
from simcore.rng.fill import fill


def drawn(value: ParameterDist, owners: np.ndarray, indices: np.ndarray, lane: int, key: tuple[int, int]) -> np.ndarray:
    """(n,) float64 draws of a distribution: draw indices[i] of the stream of owners[i].

    owners, indices: (n,) int64. A seed or name of the distribution itself makes a stream apart. Raises
    ConfigurationError if its limits leave no room, or if it has units of its own.
    """
    if value.units is not None:
        raise ConfigurationError(f"numbers of cells and connections are drawn in their own units; leave them out of {value}",
                                 name="units", got=str(value.units))
    out = np.empty(owners.size)
    failed = fill(*value.law(), owners, indices, lane, False, *own_key(value, key), out)
    try:
        value.check_found(failed)
    except InvalidParameterValueError as error:
        raise ConfigurationError(error.message, got=error.got) from None
    return out


def own_key(value: ParameterDist, key: tuple[int, int]) -> tuple[int, int]:
    """The key of a distribution's draws in a simulation."""
    return streams.branch(key, f"{value.seed}/{value.name}") if value.seed or value.name else key


def per_cell(value: object, addresses: np.ndarray, gids: np.ndarray, purpose: int, number: int,
             key: tuple[int, int]) -> float | np.ndarray:
    """A cell parameter or initial value on this rank: a float, or (n_local,) float64.

    value: number, (size,) values of the whole population, or a distribution (drawn by gid).
    """
    if isinstance(value, ParameterDist):
        return drawn(value, gids, np.zeros_like(gids), streams.lane(purpose, number), key)
    if np.ndim(value):
        return np.asarray(value, dtype=np.float64)[addresses]
    return float(value)
