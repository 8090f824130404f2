"""Values that differ among connections: drawn from a distribution, given one by one, or a function of the two cells.

Draws are a function of (seed, trial, what for, gid, index), so that they are the same for any number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simcore.errors import ConfigurationError
from simcore.network.space import Geometry
from simcore.parameters.drawing import ParameterDist
from simcore.parameters.expressions import Expression

OF = ("distance", "displacement", "indices")
_VARIABLES = {"distance": ("d",), "displacement": ("d",), "indices": ("i", "j")}


@dataclass(frozen=True, eq=False)
class PairFunction:
    """A number for each pair of cells.

    function: text over `d` (distance; or displacement with d[0], d[1], d[2]) or `i`, `j` (indices of source and target),
    or a Python function of arrays of them. of: which of OF. geometry: where the cells are (not needed for indices).
    """

    function: str | Callable
    of: str = "distance"
    geometry: Geometry | None = None

    def __post_init__(self):
        if self.of not in OF or (self.geometry is None and self.of != "indices"):
            raise ConfigurationError(f"a function of two cells takes one of {', '.join(OF)}, the first two with positions; "
                                     f"got {self.of!r}", name="of")
        if callable(self.function):
            compiled = self.function
        else:
            compiled = self._called(Expression(self.function, _VARIABLES[self.of], _portable()))
        object.__setattr__(self, "_compiled", compiled)

    def _called(self, expression: Expression) -> Callable:
        names = _VARIABLES[self.of]
        return lambda *arrays: expression(**dict(zip(names, arrays, strict=True)))

    def __call__(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """float64 values, of the shape to which the indices pre and post broadcast."""
        shape = np.broadcast_shapes(np.shape(pre), np.shape(post))
        if self.of == "indices":
            arguments = np.broadcast_arrays(pre, post)
        elif self.of == "distance":
            arguments = [self.geometry.distances(pre, post)]
        else:
            arguments = [self.geometry.displacements(pre, post)]
        return np.broadcast_to(np.asarray(self._compiled(*arguments), dtype=np.float64), shape)


@dataclass(frozen=True, eq=False)
class Listed:
    """Numbers for the connections in the order of (pre, post), made when it is known how many there are.

    numbers: (n) -> (n,) float64, the same whenever and on whatever rank it is asked.
    """

    numbers: Callable[[int], np.ndarray]


Value = float | ParameterDist | PairFunction | Listed | np.ndarray


def check_value(value: Value, name: str, unit: str, where: str, *, low: float, strict: bool = False) -> None:
    """Raise ConfigurationError if a number, or one of an array, is below low (strict: or equal), or not a number."""
    if isinstance(value, ParameterDist | PairFunction | Listed):
        return
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConfigurationError(f"a {name} must be a number, a distribution, an array or a function of two cells, got "
                                 f"{value!r}", where=where) from None
    missing = np.isnan(array) if array.ndim == 2 else False         # a matrix may have gaps where nothing is connected
    wrong = array[~((array > low if strict else array >= low) | missing)]
    if wrong.size:
        raise ConfigurationError(f"a {name} must be {'>' if strict else '>='} {low:g} {unit}, got {wrong.flat[0]:g} {unit}",
                                 where=where)


def _portable() -> dict[str, Callable]:
    """exp and log with the same bits on every machine. The other functions are numpy's, whose last bit may differ."""
    from simcore.kernels.elementwise import fill_exp, fill_log  # compiles

    def applied(kernel: Callable) -> Callable:
        def function(x: np.ndarray) -> np.ndarray:
            x = np.asarray(x, dtype=np.float64)
            out = np.empty(x.shape)
            kernel(np.ascontiguousarray(x).reshape(-1), out.reshape(-1))
            return out
        return function

    return {"exp": applied(fill_exp), "log": applied(fill_log)}
