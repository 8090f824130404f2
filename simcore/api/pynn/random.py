"""pyNN.random: generators, and distributions that draw from them or from the engine's own streams.

Every process draws the same numbers and keeps those it needs, so results do not depend on the number of processes. A
generator without a seed gets one from the order in which such generators are made: a script gives the same every time.

As values of connections and cells, the distributions of `DISTRIBUTIONS` are drawn by the engine, each number a function of
(seed of the generator, seed of the simulation, projection, cell, index); `next` draws from the generator itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.api.pynn import gsl
from simcore.errors import InvalidParameterValueError, NonExistentParameterError, ParameterTypeError, nearest
from simcore.parameters import distributions as dists
from simcore.parameters.drawing import ParameterDist

__all__ = ["GSLRNG", "AbstractRNG", "NativeRNG", "NumpyRNG", "RandomDistribution", "available_distributions"]

MAX_REDRAWS = 1000
# name: (parameters, class of the engine's distribution, name in numpy, name and order of parameters in GSL)
DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], Callable[..., ParameterDist], str, tuple | None]] = {
    "binomial": (("n", "p"), dists.BinomialDist, "binomial", ("binomial", ("p", "n"))),
    "exponential": (("beta",), dists.ExponentialDist, "exponential", ("exponential", ("beta",))),
    "gamma": (("k", "theta"), lambda k, theta, **o: dists.GammaDist(a=k, b=theta, **o), "gamma", ("gamma", ("k", "theta"))),
    "lognormal": (("mu", "sigma"), dists.LogNormalDist, "lognormal", ("lognormal", ("mu", "sigma"))),
    "normal": (("mu", "sigma"), dists.NormalDist, "normal", None),
    "normal_clipped": (("mu", "sigma", "low", "high"), dists.NormalDist, "normal", None),
    "normal_clipped_to_boundary": (("mu", "sigma", "low", "high"), dists.NormalDist, "normal", None),
    "poisson": (("lambda_",), dists.PoissonDist, "poisson", ("poisson", ("lambda_",))),
    "uniform": (("low", "high"), dists.UniformDist, "uniform", ("flat", ("low", "high"))),
    "uniform_int": (("low", "high"), dists.UniformIntDist, "randint", None),
    "vonmises": (("mu", "kappa"), dists.VonMisesDist, "vonmises", None),
}
available_distributions = {name: parameters for name, (parameters, *_) in DISTRIBUTIONS.items()}
_DEFAULTS = {"uniform": (0.0, 1.0), "normal": (0.0, 1.0), "exponential": (1.0,), "poisson": (1.0,), "lognormal": (0.0, 1.0)}
_unseeded = 0
Parameters = Sequence[float] | Mapping[str, float]


class AbstractRNG:
    """Base of the generators. seed: a whole number, None: one from the order of creation (`effective_seed`)."""

    def __init__(self, seed: int | None = None):
        global _unseeded
        if seed is not None and (isinstance(seed, bool) or int(seed) != seed):
            raise ParameterTypeError(f"the seed of {type(self).__name__} must be a whole number, got {seed!r}", name="seed",
                                     got=seed)
        self.seed = seed
        _unseeded += seed is None
        self.effective_seed = int(seed) if seed is not None else (0x5EED0000 + _unseeded) % 2**32

    def next(self, n: int | None = None, distribution: str = "uniform", parameters: Parameters = (),
             mask_local: object = None, mask: object = None) -> Any:
        """n random numbers: n None or 1 gives a number, 0 an empty array, more an array (n,); negative n is an error.

        parameters: in their order, or by name. mask_local (mask in PyNN 0.13): bool or whole-number array of those to
        keep; False: keep all.
        """
        return self.next_within(None, n, distribution, parameters, mask_local if mask is None else mask)

    def next_within(self, limits: tuple | None, n: int | None, distribution: str, parameters: Parameters,
                    mask: object) -> Any:
        """As `next`; limits: (low, high, "clip" or "redraw") for the numbers, or None."""
        n = 1 if n is None else n
        if n < 0 or n != int(n):
            raise InvalidParameterValueError(f"the number of random numbers must be a whole number >= 0, got {n!r}", name="n",
                                             got=n)
        kept = self._kept(int(n), mask)
        if n == 0:
            return np.empty(0)

        def draw(k: int) -> np.ndarray:
            return self._drawn(k, distribution or "uniform", parameters)

        values = self._numbers(int(n), draw if limits is None else lambda k: _constrained(draw, k, *limits), kept)
        return values[0] if n == 1 and values.size == 1 else values

    def __repr__(self) -> str:
        return f"{type(self).__name__}(seed={self.seed!r})"

    random = sample = next

    def _kept(self, n: int, mask: object) -> np.ndarray | None:
        """Which of n numbers to keep; None: all."""
        if mask is None or mask is False:
            return None
        mask = np.asarray(mask)
        if mask.dtype == np.bool_ and mask.size != n:
            raise InvalidParameterValueError(f"a mask must have {n} values, one for each random number, got {mask.size}",
                                             name="mask_local")
        return mask

    def _numbers(self, n: int, draw: Callable[[int], np.ndarray], kept: np.ndarray | None) -> np.ndarray:
        return draw(n) if kept is None else draw(n)[kept]

    def _drawn(self, n: int, name: str, parameters: Parameters) -> np.ndarray:
        raise NotImplementedError("AbstractRNG is an abstract base class; use NumpyRNG, GSLRNG or NativeRNG")


class WrappedRNG(AbstractRNG):
    """A generator with a state. rank, num_processes, parallel_safe: as in PyNN 0.6.

    parallel_safe: every process draws all numbers; with num_processes given, it keeps those of mask_local, or every
    num_processes-th from its rank on. Otherwise each process draws its share, from the seed plus its rank.
    """

    def __init__(self, seed: int | None = None, rank: int = 0, num_processes: int = 1, parallel_safe: bool = True):
        super().__init__(seed)
        self.rank, self.num_processes, self.parallel_safe = rank, num_processes, parallel_safe
        if not parallel_safe:
            self.effective_seed += rank

    def _numbers(self, n: int, draw: Callable[[int], np.ndarray], kept: np.ndarray | None) -> np.ndarray:
        if self.parallel_safe:
            return super()._numbers(n, draw, kept)
        share = n if self.num_processes == 1 else n // self.num_processes + 1
        if kept is not None:
            share = int(kept.sum()) if kept.dtype == np.bool_ else kept.size
        return draw(share)

    def _kept(self, n: int, mask: object) -> np.ndarray | None:
        if mask is None and self.parallel_safe and self.num_processes > 1:
            return np.arange(self.rank, n, self.num_processes)
        return super()._kept(n, mask)

    def describe(self) -> str:
        """Text about the generator."""
        return (f"{type(self).__name__}() with seed {self.seed} for MPI rank {self.rank} (MPI processes "
                f"{self.num_processes}). {'Is' if self.parallel_safe else 'Not'} parallel safe.")


class NumpyRNG(WrappedRNG):
    """numpy's RandomState (Mersenne Twister); all its methods are there too. Numbers are those of PyNN with that seed.

    Distributions: those of `available_distributions`, or any method of RandomState that takes a size.
    """

    def __init__(self, seed: int | None = None, rank: int = 0, num_processes: int = 1, parallel_safe: bool = True):
        super().__init__(seed, rank, num_processes, parallel_safe)
        self.rng = np.random.RandomState(self.effective_seed)

    def __getattr__(self, name: str) -> Any:
        if name == "rng" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.rng, name)

    def _drawn(self, n: int, name: str, parameters: Parameters) -> np.ndarray:
        if name.startswith("normal_clipped"):
            mu, sigma, low, high = _ordered(name, parameters)
            return _constrained(lambda k: self.rng.normal(mu, sigma, size=k), n, low, high,
                                "redraw" if name == "normal_clipped" else "clip")
        if name in DISTRIBUTIONS:
            return getattr(self.rng, DISTRIBUTIONS[name][2])(*_ordered(name, parameters), size=n)
        method = getattr(self.rng, name, None) if not name.startswith("_") else None
        if not callable(method) or name in ("seed", "set_state", "get_state", "shuffle", "permutation"):
            raise NonExistentParameterError(f"NumpyRNG has no distribution {name!r}{nearest(name, DISTRIBUTIONS)}", name=name)
        return method(*parameters, size=n) if not isinstance(parameters, Mapping) else method(**parameters, size=n)


class GSLRNG(WrappedRNG):
    """A generator of the GNU Scientific Library. type: mt19937, ranlxd2, taus2, …

    Distributions: those of `available_distributions` by name, or the library's own names and order of parameters
    (`gaussian(sigma)`, `flat(a, b)`, `binomial(p, n)`, …). Raises ConfigurationError where the library is not installed.
    """

    def __init__(self, seed: int | None = None, type: str = "mt19937", rank: int = 0, num_processes: int = 1,
                 parallel_safe: bool = True):
        super().__init__(seed, rank, num_processes, parallel_safe)
        self.type = type
        self.rng = gsl.Generator(type, self.effective_seed)

    def __getattr__(self, name: str) -> Any:
        if name not in gsl.FUNCTIONS:
            raise AttributeError(f"GSLRNG has no attribute {name!r}{nearest(name, gsl.FUNCTIONS)}")

        def method(*parameters: float, size: int = 1) -> Any:
            values = self.rng.draw(name, parameters, size)
            return values[0] if size == 1 else values

        return method

    def _drawn(self, n: int, name: str, parameters: Parameters) -> np.ndarray:
        if not isinstance(parameters, Mapping):
            if name == "uniform" and len(parameters) == 2:              # PyNN's name for `flat`
                return self.rng.draw("flat", parameters, n)
            if name not in ("normal", "normal_clipped", "normal_clipped_to_boundary") or name in gsl.FUNCTIONS:
                return self.rng.draw(name, parameters, n)
        ordered = _ordered(name, parameters)
        named = dict(zip(available_distributions[name], ordered, strict=True))
        if name.startswith("normal"):
            draw = lambda k: named["mu"] + self.rng.draw("gaussian", (named["sigma"],), k)      # noqa: E731
            if name == "normal":
                return draw(n)
            return _constrained(draw, n, named["low"], named["high"], "redraw" if name == "normal_clipped" else "clip")
        if name == "uniform_int":
            return named["low"] + self.rng.draw("uniform_int", (named["high"] - named["low"],), n)
        if DISTRIBUTIONS[name][3] is None:
            raise NonExistentParameterError(f"the GNU Scientific Library has no distribution {name!r}", name=name)
        own, order = DISTRIBUTIONS[name][3]
        return self.rng.draw(own, [named[key] for key in order], n)


class NativeRNG(AbstractRNG):
    """The engine's own counter-based streams (Philox): the same numbers on every machine, whoever draws them."""

    parallel_safe = True

    def __init__(self, seed: int | None = None, *_: object, **__: object):
        super().__init__(seed)
        self.position = 0

    def _drawn(self, n: int, name: str, parameters: Parameters) -> np.ndarray:
        law = engine_distribution(name, parameters, seed=self.effective_seed, name_of_stream="NativeRNG")
        values = law.draws(self.position, n)
        self.position += n
        return values


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
            _ordered(distribution, parameters_named)
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
        if self.name not in DISTRIBUTIONS or (isinstance(self._given, GSLRNG) and self.name == "binomial"
                                              and not isinstance(self.parameters, Mapping)):
            return None
        seed = {} if self._given is None else {"seed": self._given.effective_seed, "name_of_stream": "rng"}
        limits = {} if self.boundaries is None else {"low": self.boundaries[0], "high": self.boundaries[1],
                                                     "constrain": self.constrain}
        return engine_distribution(self.name, self.parameters, **seed, **limits)

    def __repr__(self) -> str:
        return f"RandomDistribution({self.name!r}, {self.parameters!r}, {self.rng!r})"

    __str__ = __repr__


def engine_distribution(name: str, parameters: Parameters, *, seed: int = 0, name_of_stream: str = "",
                        **limits: object) -> ParameterDist:
    """A distribution of PyNN as one of simcore.parameters. Raises NonExistentParameterError, InvalidParameterValueError."""
    if name not in DISTRIBUTIONS:
        raise NonExistentParameterError(f"there is no distribution {name!r} here{nearest(name, DISTRIBUTIONS)}", name=name)
    ordered, own = list(_ordered(name, parameters)), {}
    if name.startswith("normal_clipped"):
        own = {"low": ordered[2], "high": ordered[3], "constrain": "redraw" if name == "normal_clipped" else "clip"}
        ordered = ordered[:2]
    return DISTRIBUTIONS[name][1](*ordered, seed=seed, name=name_of_stream, **(own or limits))


def _ordered(name: str, parameters: Parameters) -> Sequence[float]:
    """Parameters of a distribution in their order. Raises NonExistentParameterError, InvalidParameterValueError."""
    expected = available_distributions.get(name)
    if expected is None:
        raise NonExistentParameterError(f"there is no distribution {name!r}{nearest(name, DISTRIBUTIONS)}", name=name)
    if isinstance(parameters, Mapping):
        for key in parameters:
            if key not in expected:
                raise NonExistentParameterError(f"the distribution {name!r} has no parameter {key!r}{nearest(key, expected)}",
                                                name=key)
        missing = [key for key in expected if key not in parameters]
        if missing:
            raise InvalidParameterValueError(f"the distribution {name!r} needs {', '.join(expected)}; missing: "
                                             f"{', '.join(missing)}", name=missing[0])
        return [parameters[key] for key in expected]
    if not len(parameters) and name in _DEFAULTS:
        return _DEFAULTS[name]
    if len(parameters) != len(expected):
        raise InvalidParameterValueError(f"the distribution {name!r} takes {len(expected)} parameters "
                                         f"({', '.join(expected)}), got {len(parameters)}", name=name, got=parameters)
    return parameters


def _constrained(draw: Callable[[int], np.ndarray], n: int, low: float, high: float, constrain: str) -> np.ndarray:
    """n numbers of `draw` within limits: clipped to them, or drawn again."""
    values = np.asarray(draw(n), dtype=np.float64)
    if constrain == "clip":
        return np.clip(values, low, high)
    outside = np.flatnonzero((values < low) | (values > high))
    for _ in range(MAX_REDRAWS):
        if not outside.size:
            return values
        again = draw(outside.size)
        values[outside] = again
        outside = outside[(again < low) | (again > high)]
    raise InvalidParameterValueError(f"no number within [{low:g}, {high:g}] was found in {MAX_REDRAWS} redraws",
                                     name="boundaries", got=(low, high))
