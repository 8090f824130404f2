"""Example models: constants, random numbers, and ways to remember them.

Random numbers are of one generator (Philox) of this module; `seed` makes them repeatable.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.validation.caching import class_intern, method_cache, method_memoize
from simcore.validation.capabilities.base import ProducesNumber
from simcore.validation.models.base import Model

_random = [np.random.Generator(np.random.Philox())]


def seed(value: int) -> None:
    """Begin the random numbers of these models anew."""
    _random[0] = np.random.Generator(np.random.Philox(value))


class ConstModel(Model, ProducesNumber):
    """A model that always produces a constant number as output."""

    def __init__(self, constant: float, name: str | None = None):
        self.constant = constant
        super().__init__(name=name, constant=constant)

    def produce_number(self) -> float:
        """The constant."""
        return self.constant


class UniformModel(Model, ProducesNumber):
    """A model that always produces a random uniformly distributed number in [a,b] as output."""

    def __init__(self, a: float, b: float, name: str | None = None):
        self.a, self.b = a, b
        super().__init__(name=name, a=a, b=b)

    def produce_number(self) -> float:
        """A number between a and b."""
        return float(_random[0].uniform(self.a, self.b))


class UniqueRandomNumberModel(Model, ProducesNumber):
    """A model whose number is another one at each call."""

    def produce_number(self) -> float:
        """A number in [0, 1)."""
        return float(_random[0].random())


class RepeatedRandomNumberModel(Model, ProducesNumber):
    """A model whose number is random, and the same at each call."""

    @method_memoize
    def produce_number(self) -> float:
        """A number in [0, 1), that of the first call."""
        return float(_random[0].random())


@class_intern
class SharedModel(Model):
    """A model of which there is one object for equal arguments.

    Attributes should not be set on it unless they are meant for all who use it.
    """


class PersistentUniformModel(UniformModel):
    """A model whose number is drawn by `run` and kept."""

    _x: float

    def run(self, **_: Any) -> None:
        """Draw the number."""
        self._x = float(_random[0].uniform(self.a, self.b))

    def produce_number(self) -> float:
        """The number that the last run drew."""
        return self._x


class CacheByInstancePersistentUniformModel(PersistentUniformModel):
    """The same, with a run of its own at the first call of each instance."""

    @method_cache(by="instance", method="run")
    def produce_number(self, **_: Any) -> float:
        """The number that the instance's run drew."""
        return self._x


class CacheByValuePersistentUniformModel(PersistentUniformModel):
    """The same, with one run for all instances with equal parameters."""

    @method_cache(by="value", method="run")
    def produce_number(self, **_: Any) -> float:
        """The number that the run drew for these parameters."""
        return self._x
