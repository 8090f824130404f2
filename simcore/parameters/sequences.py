"""linspace, logspace, geomspace: values that are the floats nearest to the exact ones, the same on every machine.

The endpoints are taken as the decimal numbers they are written as: linspace(0, 1, 11) holds 0.3, not 0.30000000000000004,
and a value that is in two grids is one point, not two.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal
from typing import Any

from simcore.errors import InvalidParameterValueError
from simcore.parameters.limits import MAX_VALUES
from simcore.parameters.values import ParameterRange

_CONTEXT = Context(prec=40)


def linspace(start: float, stop: float, n: int = 50, units: str | None = None, name: str = "") -> ParameterRange:
    """n values from start to stop, evenly spaced, both included."""
    (a, p), (b, q) = (Decimal(repr(_number(v))).as_integer_ratio() for v in (start, stop))
    steps = _count(n) - 1
    values = [(a * q * (steps - i) + b * p * i) / (p * q * steps) for i in range(1, steps)]
    return ParameterRange([float(start), *values, float(stop)][:n], units, name)


def logspace(start: float, stop: float, n: int = 50, units: str | None = None, name: str = "") -> ParameterRange:
    """n values 10**x for evenly spaced exponents x from start to stop, both included (as numpy's)."""
    return ParameterRange([_exp10(Decimal(repr(x))) for x in linspace(start, stop, n)], units, name)


def geomspace(start: float, stop: float, n: int = 50, units: str | None = None, name: str = "") -> ParameterRange:
    """n values from start to stop, both included, each the same multiple of the one before (as numpy's)."""
    a, b, steps = _number(start), _number(stop), _count(n) - 1
    if a * b <= 0:
        raise InvalidParameterValueError(f"geomspace needs two numbers of one sign that are not 0, got {start}, {stop}",
                                         got=(start, stop))
    low, high = (_CONTEXT.log10(abs(Decimal(repr(v)))) for v in (a, b))
    between = [math.copysign(_exp10(_CONTEXT.divide(_CONTEXT.add(_CONTEXT.multiply(low, Decimal(steps - i)),
                                                                 _CONTEXT.multiply(high, Decimal(i))), Decimal(steps))), a)
               for i in range(1, steps)]
    return ParameterRange([float(a), *between, float(b)][:n], units, name)


def _exp10(exponent: Decimal) -> float:
    value = float(_CONTEXT.power(Decimal(10), exponent)) if abs(exponent) < 400 else math.inf
    if not math.isfinite(value):
        raise InvalidParameterValueError(f"10**{exponent} is not a number that can be used; logspace takes exponents of "
                                         "ten, geomspace takes the values themselves", got=float(exponent))
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidParameterValueError(f"the ends of a range must be finite numbers, got {value!r}", got=value)
    return value


def _count(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_VALUES:
        raise InvalidParameterValueError(f"the number of values must be a whole number >= 1, got {n!r}", got=n)
    return n
