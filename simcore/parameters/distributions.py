"""Distributions as parameters: uniform, normal, gamma. Draws are a function of (seed, name, index), never of a state
that others share, and the same on every machine.

Draw number i takes its words from Philox with the counter (i, attempt) and the key blake2b(seed, name): it does not
depend on how many are drawn at once, nor on other distributions. Give independent distributions different names; a
ParameterSpace gives each the dotted path where it stands.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

from simcore._math import exp, log
from simcore.errors import InvalidParameterValueError, ParameterTypeError
from simcore.parameters.values import Parameter
from simcore.rng.counter import open_unit, philox, unit
from simcore.rng.variates import normal

_PURPOSE = 0x50415241                   # counter word of draws of parameters


class ParameterDist:
    """Abstract base of distributions. params: its parameters by name; units: of what is drawn, if any.

    seed, name: which stream `next` takes its numbers from. `==` compares class, params and units.
    """

    dist_name = "ParameterDist"

    def __init__(self, *, units: object = None, seed: int = 0, name: str = "", **params: Any):
        self.params = {key: self._number(key, value) for key, value in params.items()}
        self.units = Parameter(0.0, units).units if units is not None else None
        self.seed, self.name, self.position = int(seed), str(name), 0
        self._check()

    def next(self, n: int = 1) -> Any:
        """The next n numbers of this distribution's own stream: float64 (n,)."""
        values = self.draws(self.position, n)
        self.position += n
        return values

    def draws(self, first: int, n: int, *, seed: int | None = None, name: str | None = None) -> Any:
        """Numbers first … first + n - 1 of the stream of (seed, name), by default its own: float64 (n,)."""
        import numpy as np

        key = _key(self.seed if seed is None else seed, self.name if name is None else name)
        return np.array([self._draw(first + i, key) for i in range(n)], dtype=np.float64)

    def draw(self, index: int, *, seed: int, name: str) -> float:
        """Number `index` of the stream of (seed, name)."""
        return self._draw(index, _key(seed, name))

    def _draw(self, index: int, key: tuple[int, int]) -> float:
        raise NotImplementedError("ParameterDist is an abstract base class and cannot be used directly")

    def _check(self) -> None:
        """Raise InvalidParameterValueError if the params make no distribution."""

    def mean(self) -> float:
        """Expected value."""
        raise NotImplementedError(f"{type(self).__name__} does not know its mean")

    def std(self) -> float:
        """Standard deviation."""
        raise NotImplementedError(f"{type(self).__name__} does not know its standard deviation")

    def quantile(self, p: float) -> float:
        """The number below which a draw is with probability p in (0, 1)."""
        raise NotImplementedError(f"{type(self).__name__} does not know its quantiles")

    def from_stats(self, vals: Sequence[float], bias: float = 0.0, expand: float = 1.0) -> ParameterDist:
        """Become the distribution with the mean of `vals` plus bias and their standard deviation times expand."""
        mean, std = _statistics(vals)
        self.__init__(mean=mean + bias, std=std * expand, units=self.units, seed=self.seed, name=self.name)
        return self

    def _arguments(self) -> dict[str, Any]:
        return dict(self.params)

    def __repr__(self) -> str:
        shown = [f"{key}={value!r}" for key, value in self._arguments().items()]
        shown += [f"{key}={value!r}" for key, value in (("units", self.units), ("seed", self.seed), ("name", self.name))
                  if value]
        return f"{self.dist_name}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.params == other.params and self.units == other.units

    __hash__ = None

    def _number(self, key: str, value: Any) -> float:
        value = value.value if isinstance(value, Parameter) else value
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            raise ParameterTypeError(f"{key} of {self.dist_name} must be a number, got {value!r}", name=key, got=value)
        number = float(value)
        if not math.isfinite(number):
            raise InvalidParameterValueError(f"{key} of {self.dist_name} must be finite, got {number}", name=key,
                                             got=number)
        return number

    def _require(self, holds: bool, rule: str, key: str) -> None:
        if not holds:
            raise InvalidParameterValueError(f"{self.dist_name} needs {rule}, got {key} = {self.params[key]!r}", name=key,
                                             got=self.params[key], valid=rule)


class UniformDist(ParameterDist):
    """Uniform on [min, max)."""

    dist_name = "UniformDist"

    def __init__(self, min: float = 0.0, max: float = 1.0, *, units: object = None, seed: int = 0,
                 name: str = ""):
        super().__init__(min=min, max=max, units=units, seed=seed, name=name)

    def _check(self) -> None:
        self._require(self.params["min"] <= self.params["max"], f"max >= min = {self.params['min']!r}", "max")

    def _draw(self, index: int, key: tuple[int, int]) -> float:
        words = _words(index, 0, key)
        low, high = self.params["min"], self.params["max"]
        value = low + (high - low) * unit(words[0], words[1])
        return value if value < high or low == high else math.nextafter(high, low)     # rounding up must not reach max

    def mean(self) -> float:
        """Expected value."""
        return 0.5 * (self.params["min"] + self.params["max"])

    def std(self) -> float:
        """Standard deviation."""
        return (self.params["max"] - self.params["min"]) / math.sqrt(12.0)

    def quantile(self, p: float) -> float:
        """The number below which a draw is with probability p."""
        return self.params["min"] + p * (self.params["max"] - self.params["min"])

    def from_stats(self, vals: Sequence[float], bias: float = 0.0, expand: float = 1.0) -> UniformDist:
        """Become the distribution on the interval of `vals`, moved by bias and stretched about its centre."""
        low, high = float(min(vals)), float(max(vals))
        centre, half = 0.5 * (low + high) + bias, 0.5 * (high - low) * expand
        self.__init__(centre - half, centre + half, units=self.units, seed=self.seed, name=self.name)
        return self


class NormalDist(ParameterDist):
    """Normal with mean and standard deviation."""

    dist_name = "NormalDist"

    def __init__(self, mean: float = 0.0, std: float = 1.0, *, units: object = None, seed: int = 0, name: str = ""):
        super().__init__(mean=mean, std=std, units=units, seed=seed, name=name)

    def _check(self) -> None:
        self._require(self.params["std"] >= 0.0, "std >= 0", "std")

    def _draw(self, index: int, key: tuple[int, int]) -> float:
        words = _words(index, 0, key)
        return self.quantile(open_unit(words[0], words[1]))

    def mean(self) -> float:
        """Expected value."""
        return self.params["mean"]

    def std(self) -> float:
        """Standard deviation."""
        return self.params["std"]

    def quantile(self, p: float) -> float:
        """The number below which a draw is with probability p in (0, 1)."""
        return self.params["mean"] + self.params["std"] * normal(p)


class GammaDist(ParameterDist):
    """Gamma with shape a and scale b, density x**(a-1) exp(-x/b) / (gamma(a) b**a): positive numbers.

    Given by mean and std (also m, s): a = mean**2 / std**2, b = mean / a; or by a and b (default 1). repr_mode: which of
    the two is shown, "ms" or "ab"; where mean and std do not give back exactly a and b, "ab" is shown.
    """

    dist_name = "GammaDist"

    def __init__(self, mean: float | None = None, std: float | None = None, repr_mode: str = "ms", *,
                 units: object = None, seed: int = 0, name: str = "", **params: float):
        unknown = set(params) - {"m", "s", "a", "b"}
        if unknown:
            raise ParameterTypeError(f"GammaDist has no parameter {sorted(unknown)[0]!r}; valid: mean, std, m, s, a, b",
                                     name=sorted(unknown)[0])
        if repr_mode not in ("ms", "ab"):
            raise InvalidParameterValueError(f"repr_mode must be 'ms' or 'ab', got {repr_mode!r}", name="repr_mode")
        mean, std = params.get("m") if mean is None else mean, params.get("s") if std is None else std
        self.repr_mode = repr_mode
        if mean is None and std is None:
            a, b = params.get("a", 1.0), params.get("b", 1.0)
        else:
            a, b = self._shape_and_scale(0.0 if mean is None else mean, 1.0 if std is None else std)
        super().__init__(a=a, b=b, units=units, seed=seed, name=name)

    def _shape_and_scale(self, mean: Any, std: Any) -> tuple[float, float]:
        mean, std = self._number("mean", mean), self._number("std", std)
        for key, value in (("mean", mean), ("std", std)):
            if value <= 0.0:
                raise InvalidParameterValueError(f"GammaDist needs {key} > 0, got {value!r}", name=key, got=value)
        a = mean**2 / std**2
        return a, mean / a

    def _check(self) -> None:
        for key in ("a", "b"):
            self._require(self.params[key] > 0.0, f"{key} > 0", key)

    def _draw(self, index: int, key: tuple[int, int]) -> float:
        """Marsaglia & Tsang (2000), ACM Trans Math Softw 26:363, on the words of (index, attempt)."""
        a = self.params["a"]
        d = (a if a >= 1.0 else a + 1.0) - 1.0 / 3.0
        c = 1.0 / math.sqrt(9.0 * d)
        attempt, value = 0, -1.0
        while value < 0.0:
            words = _words(index, attempt, key)
            x, u = normal(open_unit(words[0], words[1])), open_unit(words[2], words[3])
            v = (1.0 + c * x) ** 3
            if v > 0.0 and log(u) < 0.5 * x * x + d * (1.0 - v + log(v)):
                value = d * v
            attempt += 1
        if a < 1.0:                     # section 6 there: a gamma of shape a + 1 times u**(1/a)
            words = _words(index, 0xFFFFFFFF, key)
            value *= exp(log(open_unit(words[0], words[1])) / a)
        return self.params["b"] * value

    def mean(self) -> float:
        """Expected value, a b."""
        return self.params["a"] * self.params["b"]

    def std(self) -> float:
        """Standard deviation, b sqrt(a)."""
        return self.params["b"] * math.sqrt(self.params["a"])

    def quantile(self, p: float) -> float:
        """The number below which a draw is with probability p in (0, 1)."""
        from scipy.special import gammaincinv

        return float(gammaincinv(self.params["a"], p)) * self.params["b"]

    def _arguments(self) -> dict[str, Any]:
        if self.repr_mode == "ms":
            mean, std = self.mean(), self.std()
            if mean > 0.0 and std > 0.0 and self._shape_and_scale(mean, std) == (self.params["a"], self.params["b"]):
                return {"mean": mean, "std": std}
        return {**self.params, "repr_mode": self.repr_mode}


def _key(seed: int, name: str) -> tuple[int, int]:
    digest = hashlib.blake2b(f"{int(seed)}/{name}".encode(), digest_size=8, person=b"parameter").digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def _words(index: int, attempt: int, key: tuple[int, int]) -> tuple[int, int, int, int]:
    return philox(index & 0xFFFFFFFF, attempt, _PURPOSE, index >> 32, *key)


def _statistics(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation (of the population)."""
    numbers = [float(v) for v in values]
    mean = math.fsum(numbers) / len(numbers)
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in numbers) / len(numbers))
