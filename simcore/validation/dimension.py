"""Values with units: pint quantities, those of the package `quantities`, text ("5 mV"), numbers in declared units.

A declaration of units is "" or "dimensionless", a text that pint reads, a pint unit, or a unit of `quantities`.
Only the dimension decides whether a value fits; numbers come out in the declared units.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

import numpy as np

from simcore.errors import UnitError
from simcore.units import registry

_TEXT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*)?$")


def is_quantity(value: object) -> bool:
    """Whether it has a magnitude and units: of pint or of `quantities`."""
    return hasattr(value, "magnitude") and hasattr(value, "units")


def unit_text(units: object) -> str:
    """A declaration of units as text for pint; "" for dimensionless."""
    if units is None or isinstance(units, str):
        text = units or ""
    elif hasattr(units, "dimensionality") and hasattr(units.dimensionality, "string"):     # quantities
        text = _of_quantities(units.dimensionality)
    else:                                                                                  # pint: unit or quantity
        text = str(getattr(units, "units", units))
    return "" if text in ("dimensionless", "1") else text


def _of_quantities(dimensionality: Mapping) -> str:
    """Units of the package `quantities` as text, after telling pint those that it does not know (users define some)."""
    for unit in dimensionality:
        _tell(unit.dimensionality.string, unit)
    return dimensionality.string


_told: set[str] = set()


def _tell(name: str, unit: object) -> None:
    if name in _told:
        return
    _told.add(name)
    try:
        registry().parse_units(name)
    except Exception:               # pint's errors have no common base
        base = unit.simplified
        registry().define(f"{name} = {float(base.magnitude)!r} * {base.dimensionality.string}")


def units_of(value: object) -> str:
    """Units of a value as text; "" for a plain number."""
    return unit_text(value if hasattr(getattr(value, "dimensionality", None), "string") else value.units) \
        if is_quantity(value) else ""


@functools.lru_cache(maxsize=1024)
def scale(unit: str, into: str) -> float:
    """What a number in `unit` is multiplied with to be in `into`; UnitError if the dimensions differ."""
    if unit == into:
        return 1.0
    try:
        ureg = registry()
        factor = ureg.Quantity(1.0, ureg.parse_units(unit)).to(ureg.parse_units(into)).magnitude
        return float(f"{factor:.15g}")
    except Exception as error:      # pint raises a dozen types; all mean: not usable here
        raise UnitError(f"{unit or 'a plain number'} cannot be given where {into or 'a plain number'} is expected "
                        f"({error})", name=unit, got=unit, valid=into) from None


def same_dimension(a: object, b: object) -> bool:
    """Whether two declarations of units have the same dimension."""
    try:
        scale(unit_text(a), unit_text(b))
    except UnitError:
        return False
    return True


def parse(text: str) -> object:
    """A pint quantity of a text such as "5 mV"; a float if it has no unit; the text itself if it is not a number."""
    match = _TEXT.match(text)
    if not match:
        return text
    number, unit = match.groups()
    return registry().Quantity(float(number), unit) if unit else float(number)


def plain(value: object, units: object = "") -> object:
    """The number (or array) in `units`, without its unit. Plain numbers are taken to be in `units` already."""
    if isinstance(value, str):
        value = parse(value)
    if not is_quantity(value):
        return value
    number = np.asarray(value.magnitude) * scale(units_of(value), unit_text(units))
    return float(number) if number.ndim == 0 else number


def assert_dimensionless(value: object) -> object:
    """A quantity without dimension as a plain number; TypeError if it has one. Plain numbers stay as they are."""
    if not is_quantity(value):
        return value
    if not same_dimension(units_of(value), ""):
        raise TypeError(f"Score value {value} must be dimensionless")
    return plain(value)


def required(units: object, key: str) -> object:
    """The units declared for a key: `units` may be a mapping of keys."""
    return units.get(key, "") if isinstance(units, Mapping) else units
