"""Units of sums, products and powers. pint does the dimensional work, once for each pair of units.

A number without a unit takes over the unit of what it is added to or compared with, as everywhere in simcore
(`units.to_canonical`); two units must be of one dimension.
"""

from __future__ import annotations

import functools

from simcore.errors import UnitError
from simcore.units import CANONICAL, factor, registry

_PREFIXED = tuple(p + u for u in ("s", "V", "A", "S", "F", "Hz", "m", "Ohm", "ohm") for p in ("", "p", "n", "u", "m", "k",
                                                                                            "M"))
_KNOWN = frozenset((*CANONICAL, *_PREFIXED, "dimensionless", "S/cm2", "1/ms", "1/s"))
_NONE = (None, "", "dimensionless")


def checked(units: object, *, name: str = "units") -> str | None:
    """The unit as text, None if there is none; UnitError at once if no such unit exists."""
    if units is None:
        return None
    text = units if isinstance(units, str) else str(units)
    if text not in _KNOWN:
        _parsed(text, name)
    return text


def common(a: str | None, b: str | None, what: str) -> tuple[str | None, float]:
    """Unit of a sum or comparison of numbers in a and b, and the factor that b's number needs; UnitError."""
    if b is None or a == b:
        return a, 1.0
    if a is None:
        return b, 1.0
    return a, factor(b, _plain(a), name=what)


def product(a: str | None, b: str | None) -> tuple[str | None, float]:
    """Unit of a product, and a factor: ms * Hz is a plain number and 1e-3."""
    return (a if b in _NONE else b, 1.0) if a in _NONE or b in _NONE else _product(a, b, 1)


def quotient(a: str | None, b: str | None) -> tuple[str | None, float]:
    """Unit of a quotient, and a factor."""
    return (a, 1.0) if b in _NONE else _product(_plain(a), b, -1)


def power(a: str | None, exponent: object) -> tuple[str | None, float]:
    """Unit of a power; exponent: a plain number."""
    return (a, 1.0) if a in _NONE or exponent == 1 else _product("", a, exponent)


@functools.lru_cache(maxsize=4096)
def _product(a: str, b: str, exponent: float) -> tuple[str | None, float]:
    unit = registry().Quantity(1.0, _parsed(a)) * registry().Quantity(1.0, _parsed(b)) ** exponent
    if unit.dimensionless:
        return None, float(f"{unit.to('dimensionless').magnitude:.15g}")
    return f"{unit.units:~C}".replace("µ", "u"), 1.0


def _plain(units: str | None) -> str:
    return "" if units in _NONE else units


@functools.lru_cache(maxsize=1024)
def _parsed(units: str, name: str = "units") -> object:
    try:
        if len(units) > 100:            # no unit is so long, and pint would try to parse it
            raise ValueError("too long")
        return registry().parse_units(units)
    except Exception as error:          # pint raises a dozen types; all mean: there is no such unit
        raise UnitError(f"{name}: there is no unit {units[:100]!r}: {error}", name=name, got=units) from None
