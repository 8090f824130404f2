"""Connectors that PyNN has from version 0.7 on: with weights and delays among their arguments, as those of 0.6."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.api.pynn.connecting import ChoosingConnector, Connector
from simcore.api.pynn.errors import ConnectionError, InvalidDimensionsError
from simcore.api.pynn.random import AbstractRNG, RandomDistribution
from simcore.api.pynn.space import Space
from simcore.errors import InvalidModelError
from simcore.network import connectors as rules
from simcore.network.values import PairFunction

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population
    from simcore.network.connectors import Rule
    from simcore.network.values import Value


class IndexBasedProbabilityConnector(ChoosingConnector):
    """Each pair with a probability that is a function of the indices i (source) and j (target): text or a function."""

    parameter_names = ("index_expression", "allow_self_connections")

    def __init__(self, index_expression: str | Callable, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, **options)
        self.index_expression = index_expression

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        p = PairFunction(self.index_expression, "indices")
        return rules.PairProbability(p, self.allow_self_connections, seed)


class DisplacementDependentProbabilityConnector(ChoosingConnector):
    """Each pair with a probability that depends on d[0], d[1], d[2]: target minus source along x, y, z."""

    parameter_names = ("disp_function", "allow_self_connections")

    def __init__(self, disp_function: str | Callable, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, **options)
        self.disp_function = disp_function

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        p = PairFunction(self.disp_function, "displacement", self._geometry(pre, post))
        return rules.PairProbability(p, self.allow_self_connections, seed)


class FixedTotalNumberConnector(ChoosingConnector):
    """n connections in all; with_replacement: a pair may come more than once."""

    parameter_names = ("n", "allow_self_connections", "with_replacement")

    def __init__(self, n: int, allow_self_connections: bool | str = True, weights: object = 0.0, delays: object = None,
                 with_replacement: bool = True, **options: Any):
        super().__init__(allow_self_connections, weights, delays, **options)
        self.n, self.with_replacement = n, with_replacement

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        n = round(float(self.n.next(1, mask_local=False))) if isinstance(self.n, RandomDistribution) else self.n
        return rules.FixedTotalNumber(n, self.allow_self_connections, self.with_replacement, seed)


class SmallWorldConnector(ChoosingConnector):
    """Each source cell to the target cells nearer than `degree`, each connection rewired with probability `rewiring`.

    n_connections: how many of them are kept, chosen at random; None: all.
    """

    parameter_names = ("degree", "rewiring", "allow_self_connections", "n_connections")

    def __init__(self, degree: float, rewiring: float, allow_self_connections: bool = True, weights: object = 0.0,
                 delays: object = None, space: Space | None = None, n_connections: int | None = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, space=space, **options)
        self.degree, self.rewiring, self.n_connections = degree, rewiring, n_connections

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        return rules.SmallWorld(self.degree, self.rewiring, PairFunction("d", geometry=self._geometry(pre, post)),
                                self.allow_self_connections, self.n_connections, seed)


class ArrayConnector(Connector):
    """Connections where a boolean array (source cells × target cells) is true."""

    parameter_names = ("array",)

    def __init__(self, array: Sequence, weights: object = 0.0, delays: object = None, **options: Any):
        super().__init__(weights, delays, **options)
        self.array = array

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        array = np.asarray(self.array)
        if array.shape != (pre.size, post.size):
            raise InvalidDimensionsError(f"ArrayConnector needs an array of shape {(pre.size, post.size)}, got {array.shape}")
        return rules.FromList(*np.nonzero(array.astype(np.bool_)))


class CloneConnector(Connector):
    """The pairs of another projection between the same populations."""

    parameter_names = ("reference_projection",)

    def __init__(self, reference_projection: Any, weights: object = 0.0, delays: object = None, **options: Any):
        super().__init__(weights, delays, **options)
        self.reference_projection = reference_projection

    def rules(self, pre: Population, post: Population, *, rng: AbstractRNG | None = None,
              min_delay: float = 0.1) -> tuple[Rule, Value, Value]:
        """Rule, weights, delays; ConnectionError if the populations are others than those of the reference."""
        reference = self.reference_projection
        if not (reference.pre.is_same(pre) and reference.post.is_same(post)):
            raise ConnectionError(f"CloneConnector needs the populations of its reference, {reference.pre.label} and "
                                  f"{reference.post.label}, got {pre.label} and {post.label}")
        delay = self._value("delays", self.delays, pre, post)
        return (rules.Clone(reference.native), self._value("weights", self.weights, pre, post),
                float(min_delay) if delay is None else delay)


class CSAConnector(Connector):
    """Pairs of the Connection Set Algebra: Djurfeldt (2012), Neuroinformatics 10:287; needs the package csa.

    cset: a mask, or a connection set with weights and delays. Random sets draw from Python's and numpy's global generators,
    which are seeded by the connector's generator (151985012 without one) and put back: every rank finds the same pairs.
    Raises InvalidModelError where csa is not installed.
    """

    parameter_names = ("cset",)

    def __init__(self, cset: Any, weights: object = 0.0, delays: object = None, **options: Any):
        super().__init__(weights, delays, **options)
        try:
            import csa
        except ImportError:
            raise InvalidModelError("CSAConnector needs the package csa, which is not installed: pip install csa",
                                    name="CSAConnector") from None
        if csa.arity(cset) not in (0, 2):
            raise InvalidModelError("a connection set must be a mask, or have two values, weight and delay; it has "
                                    f"{csa.arity(cset)}", name="cset")
        self.cset, self._csa = cset, csa

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        with _seeded(151985012 if seed is None else seed):
            found = list(self._csa.cross((0, pre.size - 1), (0, post.size - 1)) * self.cset)
        table = np.array(found, dtype=np.float64).reshape(len(found), 2 + self._csa.arity(self.cset))
        return rules.FromList(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), *table.T[2:])


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Python's and numpy's global generators with a seed, and afterwards as they were."""
    before = random.getstate(), np.random.get_state()  # noqa: NPY002 - the package draws from it
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
