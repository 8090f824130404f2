"""Connectors of PyNN 0.6 (weights and delays among their arguments), and those that PyNN 0.13 has besides.

weights, delays: a number, a RandomDistribution, a list or 1-D array (in the order of source, then target cell), a matrix
(source cells × target cells), text over the distance d such as "exp(-d/100.0)", or a function of arrays of distances.
delays None: the smallest delay. A connector keeps no state: it can connect any number of projections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.api.pynn.connecting import ChoosingConnector, Connector
from simcore.api.pynn.connection_files import read_connections
from simcore.api.pynn.errors import ConnectionError, InvalidDimensionsError
from simcore.api.pynn.later_connectors import (
    ArrayConnector,
    CloneConnector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    FixedTotalNumberConnector,
    IndexBasedProbabilityConnector,
    SmallWorldConnector,
)
from simcore.api.pynn.random import RandomDistribution
from simcore.api.pynn.space import Space
from simcore.errors import ConfigurationError, SimcoreError, nearest
from simcore.network import connectors as rules
from simcore.network.space import Geometry
from simcore.network.values import PairFunction

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population
    from simcore.network.connectors import Rule

__all__ = ["AllToAllConnector", "ArrayConnector", "CSAConnector", "CloneConnector", "Connector",
           "DisplacementDependentProbabilityConnector", "DistanceDependentProbabilityConnector", "FixedNumberPostConnector",
           "FixedNumberPreConnector", "FixedProbabilityConnector", "FixedTotalNumberConnector", "FromFileConnector",
           "FromListConnector", "IndexBasedProbabilityConnector", "OneToOneConnector", "SmallWorldConnector"]


class AllToAllConnector(ChoosingConnector):
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


class FixedProbabilityConnector(ChoosingConnector):
    """Each pair with probability p_connect, independently."""

    parameter_names = ("allow_self_connections", "p_connect")

    def __init__(self, p_connect: float, allow_self_connections: bool | str = True, weights: object = 0.0,
                 delays: object = None, space: Space | None = None, **options: Any):
        super().__init__(allow_self_connections, weights, delays, space=space, **options)
        self.p_connect = float(p_connect)
        rules.FixedProbability(self.p_connect)          # 0 … 1

    def _rule(self, pre: Population, post: Population, seed: int | None) -> Rule:
        return rules.FixedProbability(self.p_connect, self.allow_self_connections, seed)


class DistanceDependentProbabilityConnector(ChoosingConnector):
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


class FixedNumberConnector(ChoosingConnector):
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
