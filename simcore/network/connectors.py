"""Which pairs of cells a projection connects. Rules only; `engine/connect.py` makes the pairs, each rank its own.

Every rule draws per target cell (FixedNumberPost: per source cell), keyed by its gid: the pairs do not depend on the
number of ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError


@dataclass(frozen=True)
class AllToAll:
    """Every source cell to every target cell; allow_self: also a cell to itself."""

    allow_self: bool = True


@dataclass(frozen=True)
class OneToOne:
    """Source cell i to target cell i; both populations have the same size."""


@dataclass(frozen=True)
class FixedProbability:
    """Each pair independently with probability p (Bernoulli); no pair twice."""

    p: float
    allow_self: bool = True

    def __post_init__(self):
        if not 0.0 <= self.p <= 1.0:
            raise InvalidParameterValueError(f"p must be in [0, 1], got {self.p:g}", name="p", got=self.p)


@dataclass(frozen=True)
class FixedNumberPre:
    """Each target cell gets exactly n different source cells, all sets of n equally likely."""

    n: int
    allow_self: bool = True

    def __post_init__(self):
        _whole(self.n)


@dataclass(frozen=True)
class FixedNumberPost:
    """Each source cell reaches exactly n different target cells, all sets of n equally likely."""

    n: int
    allow_self: bool = True

    def __post_init__(self):
        _whole(self.n)


@dataclass(frozen=True, eq=False)
class FromList:
    """Given pairs: pre, post (n,) indices within the populations; weight, delay (n,) or None for the projection's."""

    pre: Sequence[int]
    post: Sequence[int]
    weight: Sequence[float] | None = None
    delay: Sequence[float] | None = None

    def __post_init__(self):
        for name in ("pre", "post", "weight", "delay"):
            column = getattr(self, name)
            if column is not None and np.shape(column) != np.shape(self.pre):
                raise ConfigurationError(f"FromList.{name} must be as long as pre: {len(self.pre)}, got {len(column)}")


Connector = AllToAll | OneToOne | FixedProbability | FixedNumberPre | FixedNumberPost | FromList


def _whole(n: int) -> None:
    if n != int(n) or n < 0:
        raise InvalidParameterValueError(f"n must be a whole number >= 0, got {n!r}", name="n", got=n)
