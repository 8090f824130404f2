"""Distributions: of parameters, initial values, weights, delays. How they draw: drawing.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from simcore.errors import InvalidParameterValueError, ParameterTypeError
from simcore.parameters.drawing import ParameterDist
from simcore.rng import laws
from simcore.rng.variates import normal

__all__ = ["BinomialDist", "ExponentialDist", "GammaDist", "LogNormalDist", "NormalDist", "ParameterDist", "PoissonDist",
           "UniformDist", "UniformIntDist", "VonMisesDist"]


class UniformDist(ParameterDist):
    """Uniform on [min, max)."""

    dist_name = "UniformDist"

    def __init__(self, min: float = 0.0, max: float = 1.0, **options: Any):
        super().__init__(min=min, max=max, **options)

    def _check(self) -> None:
        self._require(self.params["min"] <= self.params["max"], f"max >= min = {self.params['min']!r}", "max")

    def _law(self) -> tuple:
        low, high = self.params["min"], self.params["max"]
        return laws.UNIFORM, low, high, math.nextafter(high, low), None

    def _theory(self) -> Any:
        from scipy import stats

        return stats.uniform(self.params["min"], self.params["max"] - self.params["min"])

    def from_stats(self, vals: Sequence[float], bias: float = 0.0, expand: float = 1.0) -> UniformDist:
        """Become the distribution on the interval of `vals`, moved by bias and stretched about its centre."""
        low, high = float(min(vals)), float(max(vals))
        centre, half = 0.5 * (low + high) + bias, 0.5 * (high - low) * expand
        self.__init__(centre - half, centre + half, **self._options())
        return self


class NormalDist(ParameterDist):
    """Normal with mean and standard deviation."""

    dist_name = "NormalDist"

    def __init__(self, mean: float = 0.0, std: float = 1.0, **options: Any):
        super().__init__(mean=mean, std=std, **options)

    def _check(self) -> None:
        self._require(self.params["std"] >= 0.0, "std >= 0", "std")

    def _of_stats(self, mean: float, std: float) -> dict[str, float]:
        return {"mean": mean, "std": std}

    def _law(self) -> tuple:
        return laws.NORMAL, self.params["mean"], self.params["std"], 0.0, None

    def mean(self) -> float:
        """Expected value, of what is drawn within the limits."""
        return super().mean() if self.is_bounded else self.params["mean"]

    def std(self) -> float:
        """Standard deviation, of what is drawn within the limits."""
        return super().std() if self.is_bounded else self.params["std"]

    def quantile(self, p: float) -> float:
        """The number below which a draw is with probability p in (0, 1)."""
        return super().quantile(p) if self.is_bounded else self.params["mean"] + self.params["std"] * normal(p)

    def _theory(self) -> Any:
        from scipy import stats

        return stats.norm(self.params["mean"], self.params["std"])


class LogNormalDist(ParameterDist):
    """exp of a normal with mean mu and standard deviation sigma."""

    dist_name = "LogNormalDist"

    def __init__(self, mu: float = 0.0, sigma: float = 1.0, **options: Any):
        super().__init__(mu=mu, sigma=sigma, **options)

    def _check(self) -> None:
        self._require(self.params["sigma"] >= 0.0, "sigma >= 0", "sigma")

    def _law(self) -> tuple:
        return laws.LOGNORMAL, self.params["mu"], self.params["sigma"], 0.0, None

    def _theory(self) -> Any:
        from scipy import stats

        return stats.lognorm(self.params["sigma"], scale=math.exp(self.params["mu"]))

    def _of_stats(self, mean: float, std: float) -> dict[str, float]:
        if mean <= 0.0:
            raise InvalidParameterValueError(f"LogNormalDist needs a mean > 0, got {mean!r}", name="mean", got=mean)
        square = math.log1p((std / mean) ** 2)
        return {"mu": math.log(mean) - 0.5 * square, "sigma": math.sqrt(square)}


class ExponentialDist(ParameterDist):
    """Exponential with the given mean."""

    dist_name = "ExponentialDist"

    def __init__(self, mean: float = 1.0, **options: Any):
        super().__init__(mean=mean, **options)

    def _check(self) -> None:
        self._require(self.params["mean"] >= 0.0, "mean >= 0", "mean")

    def _law(self) -> tuple:
        return laws.EXPONENTIAL, self.params["mean"], 0.0, 0.0, None

    def _theory(self) -> Any:
        from scipy import stats

        return stats.expon(scale=self.params["mean"])

    def _of_stats(self, mean: float, std: float) -> dict[str, float]:
        return {"mean": mean}


class GammaDist(ParameterDist):
    """Gamma with shape a and scale b, density x**(a-1) exp(-x/b) / (gamma(a) b**a): positive numbers.

    Given by mean and std (also m, s): a = mean**2 / std**2, b = mean / a; or by a and b (default 1). repr_mode: which of
    the two is shown, "ms" or "ab"; where mean and std do not give back exactly a and b, "ab" is shown.
    """

    dist_name = "GammaDist"
    _OPTIONS = ("units", "seed", "name", "low", "high", "constrain")

    def __init__(self, mean: float | None = None, std: float | None = None, repr_mode: str = "ms", **params: Any):
        options = {key: params.pop(key) for key in self._OPTIONS if key in params}
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
        super().__init__(a=a, b=b, **options)

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

    def _of_stats(self, mean: float, std: float) -> dict[str, float]:
        return {"mean": mean, "std": std}

    def _law(self) -> tuple:
        return laws.GAMMA, self.params["a"], self.params["b"], 0.0, None

    def mean(self) -> float:
        """Expected value, of what is drawn within the limits; without limits a b."""
        return super().mean() if self.is_bounded else self.params["a"] * self.params["b"]

    def std(self) -> float:
        """Standard deviation, of what is drawn within the limits; without limits b sqrt(a)."""
        return super().std() if self.is_bounded else self.params["b"] * math.sqrt(self.params["a"])

    def _theory(self) -> Any:
        from scipy import stats

        return stats.gamma(self.params["a"], scale=self.params["b"])

    def _arguments(self) -> dict[str, Any]:
        if self.repr_mode == "ms":
            mean, std = self.params["a"] * self.params["b"], self.params["b"] * math.sqrt(self.params["a"])
            if mean > 0.0 and std > 0.0 and self._shape_and_scale(mean, std) == (self.params["a"], self.params["b"]):
                return {"mean": mean, "std": std}
        return {**self.params, "repr_mode": self.repr_mode}


class VonMisesDist(ParameterDist):
    """Von Mises, the circular normal: angles in [-pi, pi] about mu, the more closely the larger kappa."""

    dist_name = "VonMisesDist"

    def __init__(self, mu: float = 0.0, kappa: float = 1.0, **options: Any):
        super().__init__(mu=mu, kappa=kappa, **options)

    def _check(self) -> None:
        self._require(0.0 <= self.params["kappa"] <= 1e6, "0 <= kappa <= 1e6", "kappa")

    def _law(self) -> tuple:
        return laws.VON_MISES, math.remainder(self.params["mu"], 2.0 * math.pi), self.params["kappa"], 0.0, None

    def _theory(self) -> Any:
        from scipy import stats

        law, mu, kappa = stats.vonmises, math.remainder(self.params["mu"], 2.0 * math.pi), self.params["kappa"]

        class _OnTheCircle(stats.rv_continuous):        # scipy's goes on beyond pi
            def _pdf(self, x: Any) -> Any:
                return law.pdf(x - mu, kappa)

            def _cdf(self, x: Any) -> Any:
                return law.cdf(x - mu, kappa) - law.cdf(-math.pi - mu, kappa)

        return _OnTheCircle(a=-math.pi, b=math.pi)() if kappa else stats.uniform(-math.pi, 2.0 * math.pi)


class PoissonDist(ParameterDist):
    """Poisson with the given mean (up to 10**6): whole numbers."""

    dist_name = "PoissonDist"

    def __init__(self, mean: float = 1.0, **options: Any):
        super().__init__(mean=mean, **options)

    def _check(self) -> None:
        self._require(0.0 <= self.params["mean"] <= 1e6, "0 <= mean <= 1e6", "mean")

    def _of_stats(self, mean: float, std: float) -> dict[str, float]:
        return {"mean": mean}

    def _law(self) -> tuple:
        return laws.TABLE, *_poisson_table(self.params["mean"])

    def _theory(self) -> Any:
        from scipy import stats

        return stats.poisson(self.params["mean"])


class BinomialDist(ParameterDist):
    """Number of successes in n trials of probability p (n up to 10**9): whole numbers."""

    dist_name = "BinomialDist"

    def __init__(self, n: int = 1, p: float = 0.5, **options: Any):
        super().__init__(n=n, p=p, **options)

    def _check(self) -> None:
        self._require(0.0 <= self.params["n"] <= 1e9 and self.params["n"] == int(self.params["n"]),
                      "a whole number n in [0, 1e9]", "n")
        self._require(0.0 <= self.params["p"] <= 1.0, "0 <= p <= 1", "p")

    def _law(self) -> tuple:
        return laws.TABLE, *_binomial_table(int(self.params["n"]), self.params["p"])

    def _theory(self) -> Any:
        from scipy import stats

        return stats.binom(int(self.params["n"]), self.params["p"])


class UniformIntDist(ParameterDist):
    """Whole numbers min, min + 1, … max - 1, all equally likely."""

    dist_name = "UniformIntDist"

    def __init__(self, min: int = 0, max: int = 2, **options: Any):
        super().__init__(min=min, max=max, **options)

    def _check(self) -> None:
        for key in ("min", "max"):
            self._require(self.params[key] == int(self.params[key]), "whole numbers", key)
        self._require(self.params["min"] < self.params["max"] <= self.params["min"] + 2**52,
                      f"max > min = {self.params['min']!r} (and at most 2**52 numbers)", "max")

    def _law(self) -> tuple:
        return laws.UNIFORM_INT, self.params["min"], self.params["max"] - self.params["min"], 0.0, None

    def _theory(self) -> Any:
        from scipy import stats

        return stats.randint(int(self.params["min"]), int(self.params["max"]))


@lru_cache(maxsize=256)
def _poisson_table(mean: float) -> tuple:
    return _cumulative(int(mean), 0, None, lambda k: mean / (k + 1))


@lru_cache(maxsize=256)
def _binomial_table(n: int, p: float) -> tuple:
    if p == 1.0:
        return _cumulative(n, n, n, lambda k: 0.0)
    odds = p / (1.0 - p)
    return _cumulative(int((n + 1) * p), 0, n, lambda k: odds * (n - k) / (k + 1))


def _cumulative(mode: int, lowest: int, highest: int | None, ratio: Any) -> tuple:
    """(first value, 0, 0, table) of a discrete law: table[i] = P(X <= first + i).

    ratio(k) = P(k + 1) / P(k). Terms go out from the mode until they are below 1e-20 of it and are then normalised:
    plain arithmetic, the same on every machine.
    """
    import numpy as np

    up, k, term = [1.0], mode, 1.0
    while (highest is None or k < highest) and (term := term * ratio(k)) > 1e-20:
        up.append(term)
        k += 1
    down, k, term = [], mode, 1.0
    while k > lowest and (term := term / ratio(k - 1)) > 1e-20:
        down.append(term)
        k -= 1
    table = np.cumsum(np.array([*reversed(down), *up]))
    table /= table[-1]
    return float(mode - len(down)), 0.0, 0.0, table[:-1]
