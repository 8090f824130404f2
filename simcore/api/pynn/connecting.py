"""What all connectors share: weights, delays, space, generator, and how they become a rule of the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.api.pynn.describing import Fill, fill_template, render
from simcore.api.pynn.errors import ConnectionError, InvalidDimensionsError
from simcore.api.pynn.random import AbstractRNG, RandomDistribution
from simcore.api.pynn.space import Space
from simcore.errors import InvalidParameterValueError
from simcore.network import connectors as rules
from simcore.network.space import Geometry
from simcore.network.values import Listed, PairFunction
from simcore.parameters.drawing import ParameterDist

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population
    from simcore.network.connectors import Rule
    from simcore.network.values import Value


class Connector:
    """Base of the connectors.

    space: how distances are measured; rng: None: the Projection's; safe, verbose, location_selector: accepted, as checks
    cost nothing here; callback: called once with 1.0 when the pairs are chosen.
    """

    parameter_names: tuple[str, ...] = ()

    def __init__(self, weights: object = 0.0, delays: object = None, *, space: Space | None = None,
                 rng: AbstractRNG | None = None, safe: bool = True, verbose: bool = False,
                 callback: Callable[[float], Any] | None = None, location_selector: object = None):
        if callback is not None and not callable(callback):
            raise InvalidParameterValueError(f"callback must be a function, got {callback!r}", name="callback")
        self.weights, self.delays = weights, delays
        self.space = Space() if space is None else space
        self.rng, self.safe, self.verbose, self.callback = rng, safe, verbose, callback

    def rules(self, pre: Population, post: Population, *, rng: AbstractRNG | None = None,
              min_delay: float = 0.1) -> tuple[Rule, Value, Value]:
        """What the core connects with: rule, weights, delays. Raises ConnectionError and other SimcoreErrors."""
        rng = rng if self.rng is None else self.rng
        rule = self._rule(pre, post, None if rng is None else rng.effective_seed)
        if not (_is_whole(pre) and _is_whole(post)):
            rule = rules.Subset(rule, pre.addresses_in_native, post.addresses_in_native)
        weight, delay = self._value("weights", self.weights, pre, post), self._value("delays", self.delays, pre, post)
        if self.callback is not None:
            self.callback(1.0)
        return rule, weight, float(min_delay) if delay is None else delay

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        raise NotImplementedError("Connector is an abstract base class")

    def _value(self, name: str, value: object, pre: Population, post: Population) -> Value | None:
        if value is None or isinstance(value, ParameterDist | PairFunction):
            return value
        if isinstance(value, RandomDistribution):
            return value.engine() or _numbers_of(value)
        if isinstance(value, str) or callable(value):
            return PairFunction(value, geometry=self._geometry(pre, post))
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise ConnectionError(f"{name} must be a number, a RandomDistribution, a list, a matrix or a function of the "
                                  f"distance, got {value!r}", name=name, got=value) from None
        if array.ndim > 2:
            raise InvalidDimensionsError(f"{name} must be a number, a list or a matrix, got the shape {array.shape}",
                                         name=name)
        return array if array.ndim else float(array)

    def _geometry(self, pre: Population, post: Population) -> Geometry:
        return Geometry(pre.positions, post.positions, self.space)

    def get_parameters(self) -> dict[str, Any]:
        """The connector's own parameters, without weights and delays."""
        return {name: getattr(self, name) for name in self.parameter_names}

    def describe(self, template: str | None = "standard", fill: Fill = fill_template) -> object:
        """Text about the connector; template None: a dict."""
        context = {"name": type(self).__name__, "weights": self.weights, "delays": self.delays} | self.get_parameters()
        own = "".join(f", {name} = ${name}" for name in self.parameter_names)
        return render(template, context, "$name: weights = $weights, delays = $delays" + own, fill)


class ChoosingConnector(Connector):
    """A connector that may leave out a cell's connection to itself (allow_self_connections False, or "NoMutual")."""

    def __init__(self, allow_self_connections: bool | str, weights: object, delays: object, **options: Any):
        super().__init__(weights, delays, **options)
        if allow_self_connections not in (True, False, rules.NO_MUTUAL):
            raise InvalidParameterValueError("allow_self_connections must be True, False or 'NoMutual', got "
                                             f"{allow_self_connections!r}", name="allow_self_connections")
        self.allow_self_connections = allow_self_connections


def _is_whole(cells: Population) -> bool:
    addresses = cells.addresses_in_native
    return cells.size == cells.native.size and bool((addresses[1:] > addresses[:-1]).all())


def _numbers_of(distribution: RandomDistribution) -> Listed:
    """Numbers of a generator, for distributions that only it knows; drawn once, however often they are asked for."""
    drawn: list[np.ndarray] = []

    def numbers(n: int) -> np.ndarray:
        if not drawn or drawn[0].size != n:
            drawn[:] = [np.atleast_1d(distribution.next(n, mask_local=False)) if n else np.empty(0)]
        return drawn[0]

    return Listed(numbers)
