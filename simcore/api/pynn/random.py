"""pyNN.random: generators, and distributions that draw from them or from the engine's own streams.

Every process draws the same numbers and keeps those it needs, so results do not depend on the number of processes. A
generator without a seed gets one from the order in which such generators are made: a script gives the same every time.

As values of connections and cells, the distributions of `DISTRIBUTIONS` are drawn by the engine, each number a function of
(seed of the generator, seed of the simulation, projection, cell, index); `next` draws from the generator itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simcore.api.pynn.generators import GSLRNG, AbstractRNG, NativeRNG, NumpyRNG
from simcore.api.pynn.named_distributions import (
    DISTRIBUTIONS,
    NUMPY_NAMES,
    Parameters,
    available_distributions,
    engine_distribution,
    ordered,
)
from simcore.errors import InvalidParameterValueError, ParameterTypeError
from simcore.parameters.drawing import ParameterDist

__all__ = ["GSLRNG", "AbstractRNG", "NativeRNG", "NumpyRNG", "RandomDistribution", "available_distributions"]


class RandomDistribution:
    """A distribution to draw from: `RandomDistribution("normal", (0.5, 0.1))`, or with `mu=0.5, sigma=0.1`.

    distribution: a name of available_distributions, or one of the generator's own; parameters: in order or by name. rng:
    None: a generator for `next`, and the simulation's streams for cells and connections. boundaries: (low, high);
    numbers outside become the boundary (constrain "clip") or are drawn again ("redraw").
    """

    def __init__(self, distribution: str = "uniform", parameters: Parameters | None = None, rng: AbstractRNG | None = None,
                 boundaries: Sequence[float] | None = None, constrain: str = "clip", *,
                 parameters_pos: Sequence[float] | None = None, **parameters_named: float):
        positional = parameters if parameters is not None else parameters_pos
        if positional is not None and len(positional) and parameters_named:
            raise InvalidParameterValueError("parameters of a distribution must be given in order or by name, not both",
                                             name="parameters", got=parameters_named)
        if constrain not in ("clip", "redraw"):
            raise InvalidParameterValueError(f"constrain must be 'clip' or 'redraw', got {constrain!r}", name="constrain",
                                             got=constrain)
        if rng is not None and not isinstance(rng, AbstractRNG):
            raise ParameterTypeError(f"rng must be a NumpyRNG, GSLRNG or NativeRNG, got {rng!r}", name="rng", got=rng)
        self.name = self.distribution = distribution
        self.parameters = parameters_named or (positional if positional is not None else ())
        if parameters_named and distribution in DISTRIBUTIONS:
            ordered(distribution, parameters_named)
        self.boundaries = None if boundaries is None else (float(min(boundaries)), float(max(boundaries)))
        self.constrain, self._given = constrain, rng
        self.rng = rng if rng is not None else NumpyRNG()

    def next(self, n: int | None = None, mask_local: object = None, mask: object = None) -> Any:
        """n random numbers, as the `next` of the generator, within the boundaries.

        Raises InvalidParameterValueError if 1,000 redraws find none within them.
        """
        limits = None if self.boundaries is None else (*self.boundaries, self.constrain)
        return self.rng.next_within(limits, n, self.name, self.parameters, mask_local if mask is None else mask)

    def engine(self) -> ParameterDist | None:
        """The same distribution as the engine draws it; None where only the generator knows it."""
        in_order, of_gsl = not isinstance(self.parameters, Mapping), isinstance(self._given, GSLRNG)
        name = NUMPY_NAMES.get(self.name, self.name) if len(self.parameters) == 2 and not of_gsl else self.name
        if name not in DISTRIBUTIONS or (of_gsl and name == "binomial" and in_order):
            return None
        seed = {} if self._given is None else {"seed": self._given.effective_seed, "name_of_stream": "rng"}
        limits = {} if self.boundaries is None else {"low": self.boundaries[0], "high": self.boundaries[1],
                                                     "constrain": self.constrain}
        return engine_distribution(name, self.parameters, **seed, **limits)

    def __repr__(self) -> str:
        return f"RandomDistribution({self.name!r}, {self.parameters!r}, {self.rng!r})"

    __str__ = __repr__
