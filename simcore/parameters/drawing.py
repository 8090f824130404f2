"""What all distributions share: parameters, limits, streams, statistics.

Draws are a function of (seed, name, index), never of a state that others share, and the same on every machine. Number i
takes its words from Philox with the counter (i, attempt) and the key blake2b(seed, name): it does not depend on how many
are drawn at once, nor on other distributions. Give independent distributions different names; a ParameterSpace gives
each the dotted path where it stands. Cells and connections draw from the same laws, keyed by their ids: engine/draws.py.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from simcore.errors import InvalidParameterValueError, ParameterTypeError
from simcore.parameters.values import Parameter
from simcore.rng.laws import one_draw

_PURPOSE = 0x50415241                   # counter word of draws of parameters
_FEW = 200                              # up to here draws are made one by one, without loading the compiler
CONSTRAINTS = ("redraw", "clip")


class Law(NamedTuple):
    """A distribution as rng/laws.py takes it: code, three numbers, table (float64), limits, whether to clip to them."""

    code: int
    p: float
    q: float
    r: float
    table: Any
    low: float
    high: float
    clip: bool


class ParameterDist:
    """Abstract base of distributions. params: its parameters by name; units: of what is drawn, if any.

    low, high: limits; a number outside them is drawn again (constrain "redraw", at most 1,000 times) or becomes the
    limit ("clip"). seed, name: which stream `next` takes its numbers from. `==` compares class, params, limits, units.
    """

    dist_name = "ParameterDist"

    def __init__(self, *, units: object = None, seed: int = 0, name: str = "", low: Any = None, high: Any = None,
                 constrain: str = "redraw", **params: Any):
        self.params = {key: self._number(key, value) for key, value in params.items()}
        self.units = Parameter(0.0, units).units if units is not None else None
        self.seed, self.name, self.position = int(seed), str(name), 0
        self.low = -math.inf if low is None else self._number("low", low, finite=False)
        self.high = math.inf if high is None else self._number("high", high, finite=False)
        self.constrain = constrain
        self._check_limits()
        self._check()

    def next(self, n: int = 1) -> Any:
        """The next n numbers of this distribution's own stream: float64 (n,)."""
        values = self.draws(self.position, n)
        self.position += n
        return values

    def draws(self, first: int, n: int, *, seed: int | None = None, name: str | None = None) -> Any:
        """Numbers first … first + n - 1 of the stream of (seed, name), by default its own: float64 (n,).

        Raises InvalidParameterValueError if numbers within the limits are too rare to be found.
        """
        import numpy as np

        key, law = _key(self.seed if seed is None else seed, self.name if name is None else name), self.law()
        if n <= _FEW:
            values = np.array([one_draw(*law, first + i, 0, _PURPOSE, True, *key) for i in range(n)], dtype=np.float64)
            self.check_found(int(np.isnan(values).sum()))
            return values
        from simcore.rng.fill import fill

        values, indices = np.empty(n), np.arange(first, first + n, dtype=np.int64)
        self.check_found(fill(*law, np.zeros_like(indices), indices, _PURPOSE, True, *key, values))
        return values

    def draw(self, index: int, *, seed: int, name: str) -> float:
        """Number `index` of the stream of (seed, name)."""
        return float(self.draws(index, 1, seed=seed, name=name)[0])

    def law(self) -> Law:
        """This distribution as the generator takes it."""
        import numpy as np

        code, p, q, r, table = self._law()
        table = np.zeros(1) if table is None else table
        return Law(code, float(p), float(q), float(r), table, self.low, self.high, self.constrain == "clip")

    def check_found(self, n_failed: int) -> None:
        """Raise InvalidParameterValueError if draws found no number within the limits."""
        if n_failed:
            raise InvalidParameterValueError(f"{self} found no value in its limits in 1,000 draws, {n_failed} times: the "
                                             "limits lie where there are hardly any numbers", got=repr(self))

    @property
    def is_bounded(self) -> bool:
        """Whether there are limits."""
        return self.low > -math.inf or self.high < math.inf

    def _law(self) -> tuple[int, float, float, float, Any]:
        raise NotImplementedError("ParameterDist is an abstract base class and cannot be used directly")

    def _theory(self) -> Any:
        """The same distribution without its limits, of scipy.stats."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its statistics")

    def _check(self) -> None:
        """Raise InvalidParameterValueError if the params make no distribution."""

    def _check_limits(self) -> None:
        if self.constrain not in CONSTRAINTS:
            raise InvalidParameterValueError(f"constrain must be 'redraw' or 'clip', got {self.constrain!r}",
                                             name="constrain", got=self.constrain)
        if not self.low < self.high:
            raise InvalidParameterValueError(f"{self.dist_name} needs low < high, got low = {self.low!r}, high = "
                                             f"{self.high!r}", name="high", got=self.high)

    def mean(self) -> float:
        """Expected value, of what is drawn within the limits."""
        return self._moment(lambda x: x) if self.is_bounded else float(self._theory().mean())

    def std(self) -> float:
        """Standard deviation, of what is drawn within the limits."""
        if not self.is_bounded:
            return float(self._theory().std())
        mean = self.mean()
        return math.sqrt(self._moment(lambda x: (x - mean) ** 2))

    def quantile(self, p: float) -> float:
        """The number below which a draw is with probability p in (0, 1)."""
        theory = self._theory()
        if not self.is_bounded:
            return float(theory.ppf(p))
        if self.constrain == "clip":
            return min(max(float(theory.ppf(p)), self.low), self.high)
        below, above = _below(theory, self.low), float(theory.cdf(self.high))
        return min(max(float(theory.ppf(below + p * (above - below))), self.low), self.high)

    def _moment(self, function: Any) -> float:
        """Expected value of a function within the limits."""
        theory = self._theory()
        inside = float(theory.expect(function, lb=self.low, ub=self.high))
        below, above = _below(theory, self.low), float(theory.sf(self.high))
        if self.constrain == "redraw":
            return inside / (1.0 - below - above)
        return inside + (below * function(self.low) if below else 0.0) + (above * function(self.high) if above else 0.0)

    def from_stats(self, vals: Sequence[float], bias: float = 0.0, expand: float = 1.0) -> ParameterDist:
        """Become the distribution with the mean of `vals` plus bias and their standard deviation times expand.

        What one number alone determines takes the mean. Raises InvalidParameterValueError if there is no such distribution.
        """
        mean, std = _statistics(vals)
        self.__init__(**self._of_stats(mean + bias, std * expand), **self._options())
        return self

    def _of_stats(self, mean: float, std: float) -> dict[str, float]:
        """Parameters by name of the distribution with that mean and standard deviation."""
        raise InvalidParameterValueError(f"{self.dist_name} cannot be made from a mean and a standard deviation",
                                         name=self.dist_name)

    def _options(self) -> dict[str, Any]:
        """Keyword arguments that all distributions have."""
        return {"units": self.units, "seed": self.seed, "name": self.name, "low": self.low, "high": self.high,
                "constrain": self.constrain}

    def _arguments(self) -> dict[str, Any]:
        return dict(self.params)

    def __repr__(self) -> str:
        limits = (("low", self.low, -math.inf), ("high", self.high, math.inf), ("constrain", self.constrain, "redraw"))
        shown = [f"{key}={value!r}" for key, value in self._arguments().items()]
        shown += [f"{key}={value!r}" for key, value, default in limits if value != default]
        shown += [f"{key}={value!r}" for key, value in (("units", self.units), ("seed", self.seed), ("name", self.name))
                  if value]
        return f"{self.dist_name}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(getattr(self, name) == getattr(other, name) for name in (
            "params", "units", "low", "high", "constrain"))

    __hash__ = None

    def _number(self, key: str, value: Any, *, finite: bool = True) -> float:
        value = value.value if isinstance(value, Parameter) else value
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            raise ParameterTypeError(f"{key} of {self.dist_name} must be a number, got {value!r}", name=key, got=value)
        number = float(value)
        if math.isnan(number) or (finite and math.isinf(number)):
            raise InvalidParameterValueError(f"{key} of {self.dist_name} must be finite, got {number}", name=key,
                                             got=number)
        return number

    def _require(self, holds: bool, rule: str, key: str) -> None:
        if not holds:
            raise InvalidParameterValueError(f"{self.dist_name} needs {rule}, got {key} = {self.params[key]!r}", name=key,
                                             got=self.params[key], valid=rule)


def _key(seed: int, name: str) -> tuple[int, int]:
    digest = hashlib.blake2b(f"{int(seed)}/{name}".encode(), digest_size=8, person=b"parameter").digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def _below(theory: Any, low: float) -> float:
    """Probability of less than low."""
    return float(theory.cdf(low) - (theory.pmf(low) if hasattr(theory.dist, "pmf") else 0.0))


def _statistics(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation (of the population)."""
    numbers = [float(v) for v in values]
    mean = math.fsum(numbers) / len(numbers)
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in numbers) / len(numbers))
