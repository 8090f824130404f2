"""Values of connections: as lists and matrices, gathered from all ranks, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn.errors import (
    ConnectionError,
    InvalidDimensionsError,
    InvalidParameterValueError,
    InvalidWeightError,
)
from simcore.api.pynn.ranks import gather_arrays
from simcore.api.pynn.sampling import Sampler
from simcore.engine.agreement import together
from simcore.parameters.drawing import ParameterDist

if TYPE_CHECKING:
    from simcore.api.pynn.projections import Projection
    from simcore.api.pynn.world import World
    from simcore.engine.machine import Connected


class ProjectionValues:
    """getWeights, getDelays, getSynapseDynamics, weightHistogram, and weights over time."""

    def getWeights(self, format: str = "list", gather: bool = True) -> list | np.ndarray:
        """Weights: "list" of one for each connection, or "array" (source × target), NaN where nothing is connected.

        Several connections of a pair are summed in the array. gather: those of all ranks, on every rank.
        """
        return self._formatted(self.local().weight, format, gather, summed=True)

    def getDelays(self, format: str = "list", gather: bool = True) -> list | np.ndarray:
        """Delays [ms], as getWeights; of several connections of a pair the array has the longest."""
        return self._formatted(np.round(self.local().delay, 9), format, gather)

    def getSynapseDynamics(self, parameter_name: str, format: str = "list", gather: bool = True) -> list | np.ndarray:
        """A parameter or state (u, x, y) of the dynamics, as getWeights."""
        local = self.local()
        values = self._world.simulation.synapse_state(self.native, parameter_name)
        return self._formatted(np.broadcast_to(values, local.weight.shape), format, gather)

    def weightHistogram(self, min: float | None = None, max: float | None = None,
                        nbins: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Numbers (nbins,) of weights and edges (nbins + 1,) of bins, over all ranks. min, max: None: of the weights."""
        weights = np.asarray(self.getWeights())
        low = min if min is not None else weights.min() if weights.size else 0.0
        high = max if max is not None else weights.max() if weights.size else 1.0
        return np.histogram(weights, nbins, (low, high))

    def record_weights(self, sampling_interval: float = 1.0) -> None:
        """Look at all weights every sampling_interval [ms] from now on."""
        self._sampler = Sampler(self._world, sampling_interval, lambda: self.local().weight)
        self._world.samplers.append(self._sampler)

    def get_recorded_weights(self, gather: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Times (n,) [ms] and weights (n, n_connections) in the order of getWeights. ConnectionError if not recorded."""
        sampler = getattr(self, "_sampler", None)
        if sampler is None:
            raise ConnectionError(f"the weights of {self.label!r} are not recorded: call record_weights() before run()")
        values = np.array(sampler.values).reshape(len(sampler.times), -1)
        if gather and self._world.comm:
            order = self._global_order()
            parts = self._world.comm.allgather(values)
            values = np.concatenate(parts, axis=1)[:, order]
        return np.array(sampler.times) * self._world.dt, values

    def _formatted(self, values: np.ndarray, format: str, gather: bool, *, summed: bool = False) -> list | np.ndarray:
        if format not in ("list", "array"):
            raise InvalidParameterValueError(f"format must be 'list' or 'array', got {format!r}", name="format", got=format)
        pre, post, values = self._columns(values, gather)
        if format == "list":
            return values.tolist()
        made = np.full((self.pre.size, self.post.size), np.nan)
        at, to = _found(self.pre, pre), _found(self.post, post)
        if summed:
            made[at, to] = 0.0
            np.add.at(made, (at, to), values)
        else:
            made[at, to] = values                       # ordered by delay within a pair: the longest comes last
        return made

    def _columns(self, values: np.ndarray, gather: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Source, target (indices in the whole populations) and value of each connection, of all ranks if asked."""
        local = self.local()
        if not gather or self._world.comm is None:
            return local.pre, local.post, np.asarray(values)
        columns = gather_arrays(self._world.comm, (local.pre, local.post, np.ascontiguousarray(values)))
        order = self._global_order()
        return tuple(c[order] for c in columns)

    def _global_order(self) -> np.ndarray:
        """The permutation that orders the connections of all ranks, one rank behind the other; collective."""
        if self._order is None:
            local = self.local()
            pre, post = gather_arrays(self._world.comm, (local.pre, local.post))
            self._order = np.lexsort((post, pre))       # stable: pairs are on one rank, in order
        return self._order

    def _in_order(self, values: object) -> float | np.ndarray:
        """One number, or (n,) values of this rank's connections, out of a number, a list or a matrix; collective."""
        try:
            given = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            hint = ": draw from distributions by randomize…" if hasattr(values, "next") else ""
            raise InvalidParameterValueError(f"values of {self.label!r} must be a number, a list or a matrix, got {values!r}"
                                             f"{hint}", got=values, where=self.label) from None
        if given.ndim == 0:
            return float(given)
        local = self.local()
        n_local, n_all = len(local.weight), self.size()
        first = int(sum(self._world.comm.allgather(n_local)[:self._world.rank])) if self._world.comm else 0
        order = self._global_order()
        with together(self._world.comm):                # a rank without connections must not go on alone
            if given.ndim == 2:
                return self._picked(given, local)
            if given.shape == (n_all,):
                merged = np.empty(n_all)
                merged[order] = given
                return merged[first:first + n_local]
            if given.shape == (n_local,):
                return given
            raise InvalidDimensionsError(f"a list for {self.label!r} must have {n_all} values, one for each connection"
                                         f"{f' (or {n_local}, of this rank)' if n_local != n_all else ''}, got "
                                         f"{given.size}", got=given.shape)

    def _picked(self, matrix: np.ndarray, local: Connected) -> np.ndarray:
        """The values of a matrix (source × target) for some connections."""
        if matrix.shape != (self.pre.size, self.post.size):
            raise InvalidDimensionsError(f"a matrix for {self.label!r} must have the shape "
                                         f"{(self.pre.size, self.post.size)}, got {matrix.shape}", got=matrix.shape)
        made = matrix[_found(self.pre, local.pre), _found(self.post, local.post)]
        if np.isnan(made).any():
            raise InvalidParameterValueError(f"the matrix has no value for {int(np.isnan(made).sum())} connections of "
                                             f"{self.label!r}", where=self.label)
        return made


def check_weights(weights: object, projection: Projection) -> object:
    """The weights, if of the right sign: InvalidWeightError if not. Of a distribution 1,000 draws are looked at."""
    if not isinstance(weights, int | float | np.ndarray | ParameterDist):
        return weights
    drawn = isinstance(weights, ParameterDist)
    array = np.asarray(weights.draws(0, 1000, seed=0, name="sign") if drawn else weights, dtype=np.float64)
    post = projection.post.celltype
    negative = projection.target == "inhibitory" and not post.conductance_based
    missing = np.isnan(array) & (array.ndim != 2)               # a matrix may have gaps where nothing is connected
    if (lost := array[missing | np.isinf(array)]).size:
        raise InvalidWeightError(f"weights must be finite, got {lost.flat[0]}", name="weight", got=float(lost.flat[0]),
                                 where=f"projection {projection.label!r}")
    wrong = array[(array > 0.0) if negative else (array < 0.0)]
    if wrong.size:
        kind = "inhibitory currents" if negative else "conductances" if post.conductance_based else "excitatory currents"
        raise InvalidWeightError(f"weights of {kind} must be {'<=' if negative else '>='} 0, got {wrong.flat[0]:g}"
                                 f"{f' of {weights!r}: give it boundaries' if drawn else ''}",
                                 name="weight", got=float(wrong.flat[0]), where=f"projection {projection.label!r}")
    return weights


def check_delays(delays: object, world: World, label: str) -> object:
    """The delays, if within the limits of setup: ConnectionError if not. Distributions pass."""
    if not isinstance(delays, int | float | np.ndarray):
        return delays
    array = np.asarray(delays, dtype=np.float64)
    gap = np.isnan(array) & (array.ndim == 2)                   # a matrix may have gaps where nothing is connected
    wrong = array[~((array >= world.min_delay * (1 - 1e-9)) & (array <= world.max_delay * (1 + 1e-9)) | gap)]
    if wrong.size:
        raise ConnectionError(f"delays must be between min_delay = {world.min_delay:g} ms and max_delay = "
                              f"{world.max_delay:g} ms, got {wrong.flat[0]:g} ms", name="delay", got=float(wrong.flat[0]),
                              where=f"projection {label!r}")
    return delays


def _found(group: object, addresses: np.ndarray) -> np.ndarray:
    """Indices in a group of cells given by their addresses in the whole population."""
    index = np.zeros(group.native.size, dtype=np.int64)
    index[group.indices] = np.arange(group.size)
    return index[addresses]
