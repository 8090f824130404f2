"""Units and declarations: canonical units inside, conversion at the border.

Inside the core a number is a plain float in PyNN's units: ms, mV, nA, uS, nF, Hz, um, ohm·cm. Whatever comes from
outside (`"20 ms"`, `0.02` with unit `s`, a pint quantity) passes through `to_canonical` once. pint does the
dimensional work and is imported only when a unit differs from the one declared, since its import takes 0.4 s.

`Param` and `State` are the declarations that everything else is read from: defaults, limits, units, documentation,
zarr attributes, PyNN names.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simcore.errors import InvalidParameterValueError, UnitError

CANONICAL = ("ms", "mV", "nA", "uS", "nF", "Hz", "um", "ohm*cm", "")
_POWERS = {                             # unit: (what it is of, power of ten)
    f"{prefix}{base}": (base, power)
    for base in ("s", "V", "A", "S", "F", "Hz", "m")
    for prefix, power in {"": 0, "k": 3, "M": 6, "m": -3, "u": -6, "n": -9, "p": -12}.items()
}
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*)?$")


@dataclass(frozen=True)
class Param:
    """Declaration of one parameter: default in canonical units, unit, meaning, limits.

    low, high are inclusive unless low_open/high_open; choices restricts to a set; check is a further predicate with
    its rule as text: (predicate, "must be even"). kind is the type that values are parsed to.
    """

    default: Any
    units: str = ""
    meaning: str = ""
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    choices: tuple = ()
    check: tuple[Callable[[Any], bool], str] | None = None
    kind: type | None = None

    @property
    def type(self) -> type:
        """Python type of valid values: float, int, bool, str, list or dict."""
        return self.kind or type(self.default)

    def parse(self, value: Any, *, name: str, where: str = "") -> Any:
        """The value in canonical units, checked against the limits.

        value may be a number (taken as canonical), text with a unit, a pint quantity, or a list of these when the
        declared type is list. Raises UnitError and InvalidParameterValueError with name and where.
        """
        if self.type in (float, int) and not isinstance(value, list):
            value = to_canonical(value, self.units, name=name, where=where)
            value = self._as_number(value, name, where)
        elif self.type is list and isinstance(value, (list, tuple)):
            value = [to_canonical(v, self.units, name=name, where=where) if self.units else v for v in value]
        elif not isinstance(value, self.type):
            raise InvalidParameterValueError(f"{name} must be {_a(self.type)}, got {value!r}", name=name, got=value,
                                             valid=self.type.__name__, where=where)
        self._check_limits(value, name, where)
        return value

    def _as_number(self, value: Any, name: str, where: str) -> float | int:
        whole = self.type is int
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (whole and value != int(value)):
            raise InvalidParameterValueError(f"{name} must be {_a(self.type)}{_in(self.units)}, got {value!r}",
                                             name=name, got=value, valid=self.type.__name__, where=where)
        if not math.isfinite(value):
            raise InvalidParameterValueError(f"{name} must be finite, got {value!r}", name=name, got=value, where=where)
        return int(value) if whole else float(value)

    def _check_limits(self, value: Any, name: str, where: str) -> None:
        unit = f" {self.units}" if self.units else ""
        for v in value if isinstance(value, list) else [value]:
            rule = self._broken_rule(v, unit)
            if rule:
                shown = f"{v!r}" if isinstance(v, str) else f"{v}{unit}"
                raise InvalidParameterValueError(f"{name} must be {rule}, got {shown}", name=name, got=v,
                                                 valid=rule, where=where)

    def _broken_rule(self, v: Any, unit: str) -> str:
        if self.choices and v not in self.choices:
            return "one of " + ", ".join(map(repr, self.choices))
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            if self.low is not None and (v <= self.low if self.low_open else v < self.low):
                return f"{'>' if self.low_open else '>='} {self.low:g}{unit}"
            if self.high is not None and (v >= self.high if self.high_open else v > self.high):
                return f"{'<' if self.high_open else '<='} {self.high:g}{unit}"
        if self.check and not self.check[0](v):
            return self.check[1].removeprefix("must be ")
        return ""


@dataclass(frozen=True)
class State:
    """Declaration of one state variable: unit, meaning, and its initial value.

    initial: a number, a parameter's name, or a scalar function whose arguments are names of parameters and of states
    declared before this one (e.g. a gate that starts at the steady state of v).
    """

    units: str
    meaning: str
    initial: float | str | Callable[..., float] = 0.0
    attrs: dict = field(default_factory=dict)


def to_canonical(value: Any, units: str, *, name: str = "value", where: str = "") -> Any:
    """The number of `value` in `units`; text with a unit and pint quantities are converted.

    A plain number is taken to be in `units` already. Text without a unit is not accepted where one is declared
    to be text; `"20"` for a number is an error. Raises UnitError for unknown units and wrong dimensions.
    """
    if isinstance(value, str):
        match = _QUANTITY.match(value)
        if not match:
            raise InvalidParameterValueError(f"{name} must be a number{_in(units)}, got {value!r}", name=name,
                                             got=value, valid=units, where=where)
        number, unit = match.groups()
        return float(number) * factor(unit, units, name=name, where=where, got=value) if unit else float(number)
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return float(value.magnitude) * factor(str(value.units), units, name=name, where=where, got=value)
    return value


def factor(unit: str, into: str, *, name: str = "value", where: str = "", got: object = None) -> float:
    """What a number in `unit` is multiplied with to be in `into`; raises UnitError if it cannot be."""
    if unit == into:
        return 1.0
    try:
        return _factor(unit, into)
    except Exception as error:          # pint raises a dozen types; all mean: this unit is not usable here
        shown = got if got is not None else unit
        raise UnitError(f"{name} must be in {into or 'no unit (a plain number)'} or a unit of the same dimension, "
                        f"got {shown!s}: {error}", name=name, got=shown, valid=into, where=where) from None


@functools.lru_cache(maxsize=1024)
def _factor(unit: str, into: str) -> float:
    if unit in _POWERS and into in _POWERS and _POWERS[unit][0] == _POWERS[into][0]:
        return float(f"1e{_POWERS[unit][1] - _POWERS[into][1]}")        # without pint, whose import takes 0.4 s
    ureg = registry()
    one = ureg.Quantity(1.0, ureg.parse_units(unit)).to(ureg.parse_units(into) if into else "dimensionless")
    # 1 ms in s is 0.001, but pint's path through base units can give 0.001 ± 1 ulp: round to 15 digits.
    return float(f"{one.magnitude:.15g}")


@functools.lru_cache(maxsize=1)
def registry():  # noqa: ANN201 - pint's type would import pint
    """The one pint registry of the process (application registry, so that quantities pickle)."""
    import pint

    return pint.get_application_registry()


def _in(units: str) -> str:
    return f" in {units}" if units else ""


def _a(kind: type) -> str:
    names = {float: "a number", int: "a whole number", str: "a text", bool: "true or false", list: "a list",
             dict: "a mapping"}
    return names.get(kind, kind.__name__)
