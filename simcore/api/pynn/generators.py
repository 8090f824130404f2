"""Generators of random numbers: numpy's, the GNU Scientific Library's, the engine's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simcore.api.pynn import gsl
from simcore.api.pynn.named_distributions import (
    DISTRIBUTIONS,
    Parameters,
    available_distributions,
    constrained,
    engine_distribution,
    ordered,
)
from simcore.errors import InvalidParameterValueError, NonExistentParameterError, ParameterTypeError, nearest

_unseeded = 0


def count_anew(first: int = 0) -> None:
    """Generators without a seed get seeds as at the start of a process; first: other ones."""
    global _unseeded
    _unseeded = first


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

        values = self._numbers(int(n), draw if limits is None else lambda k: constrained(draw, k, *limits), kept)
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
            mu, sigma, low, high = ordered(name, parameters)
            return constrained(lambda k: self.rng.normal(mu, sigma, size=k), n, low, high,
                                "redraw" if name == "normal_clipped" else "clip")
        if name in DISTRIBUTIONS:
            return getattr(self.rng, DISTRIBUTIONS[name][2])(*ordered(name, parameters), size=n)
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
        named = dict(zip(available_distributions[name], ordered(name, parameters), strict=True))
        if name.startswith("normal"):
            draw = lambda k: named["mu"] + self.rng.draw("gaussian", (named["sigma"],), k)      # noqa: E731
            if name == "normal":
                return draw(n)
            return constrained(draw, n, named["low"], named["high"], "redraw" if name == "normal_clipped" else "clip")
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
