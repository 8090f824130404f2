"""Which pairs of cells a projection connects. Rules only; `engine/pairs.py` makes the pairs, each rank its own.

Every rule draws per target cell (FixedNumberPost, SmallWorld: per source cell; FixedTotalNumber: per connection), keyed
by ids that do not depend on the number of ranks, and so do the pairs not. allow_self: within one population, whether a
cell may connect to itself; "NoMutual": not to itself, and of each two cells only the later one to the earlier one.
seed: draws of the rule's own (None: those of the simulation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.network.values import PairFunction
from simcore.parameters.drawing import ParameterDist

if TYPE_CHECKING:
    from simcore.network.network import Projection

NO_MUTUAL = "NoMutual"


class Rule:
    """What all rules have."""

    allow_self: bool | str = True
    seed: int | None = None

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """Raise ConfigurationError if the rule cannot connect n_pre to n_post cells; same: of one population."""

    def _check_allow_self(self, allowed: Sequence = (True, False, NO_MUTUAL)) -> None:
        if self.allow_self not in allowed:
            shown = ", ".join(map(repr, allowed))
            raise InvalidParameterValueError(f"{type(self).__name__}.allow_self must be one of {shown}, got "
                                             f"{self.allow_self!r}", name="allow_self", got=self.allow_self, valid=allowed)


@dataclass(frozen=True)
class AllToAll(Rule):
    """Every source cell to every target cell."""

    allow_self: bool | str = True

    def __post_init__(self):
        self._check_allow_self()


@dataclass(frozen=True)
class OneToOne(Rule):
    """Source cell i to target cell i; both populations have the same size."""

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """As many source cells as target cells."""
        if n_pre != n_post:
            raise ConfigurationError(f"OneToOne needs populations of equal size, got {n_pre} and {n_post}", where=where)


@dataclass(frozen=True)
class FixedProbability(Rule):
    """Each pair independently with probability p (Bernoulli); no pair twice."""

    p: float
    allow_self: bool | str = True
    seed: int | None = None

    def __post_init__(self):
        self._check_allow_self()
        if not 0.0 <= self.p <= 1.0:
            raise InvalidParameterValueError(f"p must be in [0, 1], got {self.p:g}", name="p", got=self.p)


@dataclass(frozen=True, eq=False)
class PairProbability(Rule):
    """Each pair independently with a probability that is a function of the two cells; above 1 counts as 1."""

    p: PairFunction
    allow_self: bool | str = True
    seed: int | None = None

    def __post_init__(self):
        self._check_allow_self()


@dataclass(frozen=True)
class FixedNumber(Rule):
    """Base of FixedNumberPre and FixedNumberPost."""

    n: int | ParameterDist
    allow_self: bool = True
    replacement: bool = False
    again: bool = False
    seed: int | None = None

    def __post_init__(self):
        self._check_allow_self((True, False))
        if not isinstance(self.n, ParameterDist):
            _whole(self.n)

    def _check_available(self, n: int, available: int, where: str) -> None:
        if n > available and not self.again and not self.replacement:
            raise ConfigurationError(f"{type(self).__name__} cannot choose {n} different cells of the {available} "
                                     "available", where=where)
        if n and not available:
            raise ConfigurationError(f"{type(self).__name__} cannot choose {n} of no cells", where=where)

    def check_drawn(self, n: int, available: int, where: str) -> None:
        """The same check for the largest number that a distribution gave, and for the smallest."""
        if n < 0:
            raise ConfigurationError(f"{type(self).__name__} needs numbers >= 0, but {self.n!r} gave {n}", where=where)
        self._check_available(n, available, where)


@dataclass(frozen=True)
class FixedNumberPre(FixedNumber):
    """Each target cell gets exactly n source cells, all sets of n equally likely; n from a distribution: one draw a cell.

    No pair twice; where n is larger than the population, an error, or (again) all pairs once, twice …, then different
    ones. replacement: n independent choices instead.
    """

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """Enough source cells."""
        if n_post and not isinstance(self.n, ParameterDist):
            self._check_available(int(self.n), n_pre - (same and not self.allow_self), where)


@dataclass(frozen=True)
class FixedNumberPost(FixedNumber):
    """Each source cell reaches exactly n target cells; otherwise as FixedNumberPre."""

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """Enough target cells."""
        if n_pre and not isinstance(self.n, ParameterDist):
            self._check_available(int(self.n), n_post - (same and not self.allow_self), where)


@dataclass(frozen=True)
class FixedTotalNumber(Rule):
    """n connections in all, each an independent choice among all allowed pairs; replacement False: no pair twice."""

    n: int
    allow_self: bool | str = True
    replacement: bool = True
    seed: int | None = None

    def __post_init__(self):
        self._check_allow_self()
        _whole(self.n)

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """Enough pairs."""
        pairs = n_pre * n_post
        if same and self.allow_self is not True:
            pairs = n_pre * (n_pre - 1) // (2 if self.allow_self == NO_MUTUAL else 1)
        if self.n and (not pairs or (self.n > pairs and not self.replacement)):
            raise ConfigurationError(f"FixedTotalNumber cannot choose {self.n} of {pairs} pairs", where=where)


@dataclass(frozen=True, eq=False)
class SmallWorld(Rule):
    """Watts & Strogatz (1998), Nature 393:440, in space: each source cell reaches the targets that are nearer than `degree`.

    Each of these connections is rewired with probability `rewiring` to a cell chosen at random among those that the
    source does not reach yet (where there are none it stays). n: how many of them are kept, chosen at random; None: all.
    distance: the function that measures, usually "d".
    """

    degree: float
    rewiring: float
    distance: PairFunction
    allow_self: bool = True
    n: int | None = None
    seed: int | None = None

    def __post_init__(self):
        self._check_allow_self((True, False))
        if not 0.0 <= self.rewiring <= 1.0:
            raise InvalidParameterValueError(f"rewiring must be in [0, 1], got {self.rewiring:g}", name="rewiring")
        if self.n is not None:
            _whole(self.n)


@dataclass(frozen=True, eq=False)
class FromList(Rule):
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

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """Indices within the populations."""
        for side, size, indices in (("pre", n_pre, self.pre), ("post", n_post, self.post)):
            low, high = (int(np.min(indices)), int(np.max(indices))) if len(indices) else (0, -1)
            if low < 0 or high >= size:
                raise ConfigurationError(f"FromList.{side} must be in [0, {size}), got {low if low < 0 else high}",
                                         where=where)


@dataclass(frozen=True, eq=False)
class Clone(Rule):
    """The pairs of another projection between the same populations (not its weights and delays)."""

    of: Projection


@dataclass(frozen=True, eq=False)
class Subset(Rule):
    """A rule among some cells: addresses (n,) of source and target cells in their populations, each at most once.

    Indices in the rule (FromList, PairFunction, i of OneToOne) count the chosen cells, in their order here.
    """

    rule: Rule
    pre: Sequence[int]
    post: Sequence[int]

    def __post_init__(self):
        for name in ("pre", "post"):
            addresses = np.asarray(getattr(self, name), dtype=np.int64)
            if addresses.ndim != 1 or np.unique(addresses).size != addresses.size:
                raise ConfigurationError(f"Subset.{name} must name each cell once", name=name)
            object.__setattr__(self, name, addresses)

    def check(self, n_pre: int, n_post: int, *, same: bool, where: str) -> None:
        """Addresses within the populations, and what the rule itself needs."""
        for side, size in (("pre", n_pre), ("post", n_post)):
            addresses = getattr(self, side)
            if addresses.size and not 0 <= addresses.min() <= addresses.max() < size:
                raise ConfigurationError(f"Subset.{side} must be in [0, {size})", where=where)
        same = same and self.pre.size == self.post.size and np.array_equal(np.sort(self.pre), np.sort(self.post))
        self.rule.check(self.pre.size, self.post.size, same=same, where=where)


Connector = Rule


def _whole(n: int) -> None:
    if n != int(n) or n < 0:
        raise InvalidParameterValueError(f"n must be a whole number >= 0, got {n!r}", name="n", got=n)
