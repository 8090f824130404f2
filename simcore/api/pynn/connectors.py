"""Connectors of PyNN 0.6 (weights and delays among their arguments), and those that PyNN 0.13 has besides.

weights, delays: a number, a RandomDistribution, a list or 1-D array (in the order of source, then target cell), a matrix
(source cells × target cells), text over the distance d such as "exp(-d/100.0)", or a function of arrays of distances.
delays None: the smallest delay. A connector keeps no state: it can connect any number of projections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.api.pynn.connection_files import read_connections
from simcore.api.pynn.describing import Fill, fill_template, render
from simcore.api.pynn.errors import ConnectionError, InvalidDimensionsError
from simcore.api.pynn.random import AbstractRNG, RandomDistribution
from simcore.api.pynn.space import Space
from simcore.errors import ConfigurationError, InvalidModelError, InvalidParameterValueError, SimcoreError, nearest
from simcore.network import connectors as rules
from simcore.network.space import Geometry
from simcore.network.values import Listed, PairFunction
from simcore.parameters.drawing import ParameterDist

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population
    from simcore.network.connectors import Rule
    from simcore.network.values import Value

__all__ = ["AllToAllConnector", "ArrayConnector", "CSAConnector", "CloneConnector", "Connector",
           "DisplacementDependentProbabilityConnector", "DistanceDependentProbabilityConnector", "FixedNumberPostConnector",
           "FixedNumberPreConnector", "FixedProbabilityConnector", "FixedTotalNumberConnector", "FromFileConnector",
           "FromListConnector", "IndexBasedProbabilityConnector", "OneToOneConnector", "SmallWorldConnector"]


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


class _Choosing(Connector):
    """A connector that may leave out a cell's connection to itself (allow_self_connections False, or "NoMutual")."""

    def __init__(self, allow_self_connections: bool | str, weights: object, delays: object, **options: Any):
        super().__init__(weights, delays, **options)
        if allow_self_connections not in (True, False, rules.NO_MUTUAL):
            raise InvalidParameterValueError("allow_self_connections must be True, False or 'NoMutual', got "
                                             f"{allow_self_connections!r}", name="allow_self_connections")
        self.allow_self_connections = allow_self_connections


class AllToAllConnector(_Choosing):
    """Every source cell to every target cell."""

    parameter_names = ("allow_self_connections",)

    def __init__(self, allow_self_connections: bool | str = True, weights: object = 0.0, delays: object = None,
                 space: Space | None = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, space=space, **options)

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        return rules.AllToAll(self.allow_self_connections)


class OneToOneConnector(Connector):
    """Cell i to cell i of a population with the same dimensions."""

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        if tuple(pre.dim) != tuple(post.dim):
            raise InvalidDimensionsError(f"OneToOneConnector needs populations of equal dimensions, got {tuple(pre.dim)} and "
                                         f"{tuple(post.dim)}", where=f"{pre.label}→{post.label}")
        return rules.OneToOne()


class FixedProbabilityConnector(_Choosing):
    """Each pair with probability p_connect, independently."""

    parameter_names = ("allow_self_connections", "p_connect")

    def __init__(self, p_connect: float, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, space: Space | None = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, space=space, **options)
        self.p_connect = float(p_connect)
        rules.FixedProbability(self.p_connect)          # 0 … 1

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        return rules.FixedProbability(self.p_connect, self.allow_self_connections, seed)


class DistanceDependentProbabilityConnector(_Choosing):
    """Each pair with a probability that is an expression of the distance d, such as "exp(-abs(d))" or "d<3"."""

    parameter_names = ("d_expression", "allow_self_connections")

    def __init__(self, d_expression: str | Callable, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, space: Space | None = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, space=space, **options)
        self.d_expression = d_expression
        ends = np.array([[0.0, 1e12], [0.0, 0.0], [0.0, 0.0]])
        probe = PairFunction(d_expression, geometry=Geometry(np.zeros((3, 1)), ends))
        for d, p in zip((0.0, 1e12), probe(np.zeros(2, np.int64), np.arange(2)), strict=True):
            if not 0.0 <= p < np.inf:
                raise ConfigurationError(f"a probability must be >= 0 at every distance, but {d_expression!r} is {p:g} at "
                                         f"d = {d:g}", name="d_expression", got=d_expression)

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        p = PairFunction(self.d_expression, geometry=self._geometry(pre, post))
        return rules.PairProbability(p, self.allow_self_connections, seed)


class IndexBasedProbabilityConnector(_Choosing):
    """Each pair with a probability that is a function of the indices i (source) and j (target): text or a function."""

    parameter_names = ("index_expression", "allow_self_connections")

    def __init__(self, index_expression: str | Callable, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, **options)
        self.index_expression = index_expression

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        p = PairFunction(self.index_expression, "indices")
        return rules.PairProbability(p, self.allow_self_connections, seed)


class DisplacementDependentProbabilityConnector(_Choosing):
    """Each pair with a probability that depends on d[0], d[1], d[2]: target minus source along x, y, z."""

    parameter_names = ("disp_function", "allow_self_connections")

    def __init__(self, disp_function: str | Callable, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, **options)
        self.disp_function = disp_function

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        p = PairFunction(self.disp_function, "displacement", self._geometry(pre, post))
        return rules.PairProbability(p, self.allow_self_connections, seed)


class FixedNumberConnector(_Choosing):
    """Base of FixedNumberPre and FixedNumberPost. n: a whole number, or a RandomDistribution of such.

    with_replacement: n independent choices; otherwise no pair twice until all pairs have been used.
    """

    parameter_names = ("n", "allow_self_connections", "with_replacement")
    _of: Callable[..., Rule]

    def __init__(self, n: int | RandomDistribution, allow_self_connections: bool = True, weights: object = 0.0,
                 delays: object = None, space: Space | None = None, with_replacement: bool = False, **options: Any):
        super().__init__(allow_self_connections, weights, delays, space=space, **options)
        self.n, self.with_replacement = n, with_replacement
        self._number = n.engine() if isinstance(n, RandomDistribution) else n
        if self._number is None:
            raise ConfigurationError(f"n cannot be drawn from {n.name!r}, which only the generator knows; it can be a number "
                                     "or one of pynn.random.available_distributions", name="n")
        self._rule(None, None, None)                    # its own checks

    def _rule(self, pre: Population | None, post: Population | None, seed: int | None) -> Rule:
        return type(self)._of(self._number, self.allow_self_connections, self.with_replacement, True, seed)


class FixedNumberPreConnector(FixedNumberConnector):
    """Each target cell gets exactly n source cells chosen at random."""

    _of = rules.FixedNumberPre


class FixedNumberPostConnector(FixedNumberConnector):
    """Each source cell reaches exactly n target cells chosen at random."""

    _of = rules.FixedNumberPost


class FixedTotalNumberConnector(_Choosing):
    """n connections in all; with_replacement: a pair may come more than once."""

    parameter_names = ("n", "allow_self_connections", "with_replacement")

    def __init__(self, n: int, allow_self_connections: bool | str = True, weights: object = 0.0, delays: object = None,
                 with_replacement: bool = True, **options: Any):
        super().__init__(allow_self_connections, weights, delays, **options)
        self.n, self.with_replacement = n, with_replacement

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        n = round(float(self.n.next(1, mask_local=False))) if isinstance(self.n, RandomDistribution) else self.n
        return rules.FixedTotalNumber(n, self.allow_self_connections, self.with_replacement, seed)


class SmallWorldConnector(_Choosing):
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


class FromListConnector(Connector):
    """Given connections: rows (source, target, weight, delay), or (source, target) with weights and delays for all.

    Source and target are addresses (tuples) or indices. column_names: what follows source and target, if it is not
    weight, delay.
    """

    parameter_names = ("conn_list",)

    def __init__(self, conn_list: Sequence, column_names: Sequence[str] | None = None, weights: object = 0.0,
                 delays: object = None, **options: Any):
        super().__init__(weights, delays, **options)
        self.conn_list, self.column_names = conn_list, column_names

    def _columns(self) -> tuple[Sequence, Sequence, np.ndarray, tuple[str, ...]]:
        """Sources, targets, further columns (n, k) and their names."""
        rows = self.conn_list
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            raise ConnectionError(f"the rows of a connection list must be equally long, got {sorted(lengths)} columns")
        n = lengths.pop() if lengths else 4
        names = tuple(self.column_names) if self.column_names is not None else ("weight", "delay")[:max(0, n - 2)]
        if n != len(names) + 2:
            raise ConnectionError(f"a connection list with the columns {('source', 'target', *names)} must have "
                                  f"{len(names) + 2} columns, got {n}", name="conn_list")
        for name in names:
            if name not in ("weight", "delay"):
                raise ConnectionError(f"connections have no {name!r}{nearest(name, ('weight', 'delay'))}", name=name)
        if isinstance(rows, np.ndarray):
            return rows[:, 0], rows[:, 1], np.asarray(rows[:, 2:], dtype=np.float64), names
        return ([r[0] for r in rows], [r[1] for r in rows],
                np.array([r[2:] for r in rows], dtype=np.float64).reshape(len(rows), n - 2), names)

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        sources, targets, values, names = self._columns()
        columns = dict(zip(names, values.T, strict=True))
        return rules.FromList(_indices(sources, pre), _indices(targets, post), columns.get("weight"), columns.get("delay"))


class FromFileConnector(FromListConnector):
    """Connections from a file as saveConnections() writes it, or with columns of numbers (`# columns = ["i", "j", …]`).

    file: a name, or an object with read() and get_metadata(). distributed: each rank wrote a file of its own,
    `file.0`, `file.1`, …; all of them are read, so that they fit any number of ranks.
    """

    parameter_names = ("filename", "distributed")

    def __init__(self, file: object = None, distributed: bool = False, *, filename: str | None = None, **options: Any):
        super().__init__((), **options)
        self.filename = self.file = file if filename is None else filename
        self.distributed = distributed

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        self.conn_list, self.column_names = read_connections(self.file, distributed=self.distributed)
        return super()._rule(pre, post, seed)


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
    """Connection Set Algebra: not available, since the package csa is no longer maintained and not installable."""

    def __init__(self, cset: object = None, *_: object, **__: object):
        raise InvalidModelError("CSAConnector is not available: the package csa (Djurfeldt 2012) cannot be installed with "
                                "current Python; the other connectors, ArrayConnector and FromListConnector take any pairs",
                                name="CSAConnector")


def _is_whole(cells: Population) -> bool:
    addresses = cells.addresses_in_native
    return cells.size == cells.native.size and bool((addresses[1:] > addresses[:-1]).all())


def _indices(addresses: Sequence, cells: Population) -> np.ndarray:
    """(n,) int64 indices of addresses, which are indices or tuples; ConnectionError for one that does not exist."""
    if len(addresses) and (np.ndim(addresses[0]) == 0 or len(addresses[0]) == 1):
        numbers = np.asarray(addresses).reshape(len(addresses))
        indices = numbers.astype(np.int64)
        wrong = (indices != numbers) | (indices < 0) | (indices >= cells.size)
        if wrong.any():
            raise ConnectionError(f"there is no cell {numbers[wrong][0]} in {cells.label!r} of {cells.size} cells")
        return indices
    try:
        return np.array([cells.index_of(tuple(int(k) for k in address)) for address in addresses], dtype=np.int64)
    except (SimcoreError, IndexError, ValueError, TypeError) as error:
        raise ConnectionError(f"the list names a cell that is not in {cells.label!r}: {error}") from error




def _numbers_of(distribution: RandomDistribution) -> Listed:
    """Numbers of a generator, for distributions that only it knows; drawn once, however often they are asked for."""
    drawn: list[np.ndarray] = []

    def numbers(n: int) -> np.ndarray:
        if not drawn or drawn[0].size != n:
            drawn[:] = [np.atleast_1d(distribution.next(n, mask_local=False)) if n else np.empty(0)]
        return drawn[0]

    return Listed(numbers)
