"""Parameter: a value with a unit and a name, usable wherever its value is. ParameterRange: a list of such values."""

from __future__ import annotations

import hashlib
import math
import operator
import random
from collections.abc import Callable, Iterator
from typing import Any

from simcore.errors import InvalidParameterValueError, ParameterTypeError, UnitError
from simcore.parameters import dimensions

_KEEP = {"negative", "positive", "absolute", "fabs", "floor", "ceil", "rint", "trunc"}     # ufuncs that keep the unit
_BINARY = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "true_divide": "truediv",
           "floor_divide": "floordiv", "remainder": "mod", "power": "pow", "equal": "eq", "not_equal": "ne",
           "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}
_ANY = {"isfinite", "isnan", "isinf", "sign", "signbit", "logical_not"}


class Parameter:
    """A value, its unit and its name; immutable.

    value: a number, text, list, array, …; a pint quantity brings its own unit. units: text or a pint unit, checked to
    exist (UnitError). type: the value's type. In arithmetic, comparison, numpy and formats with a specification
    it is its value, with units checked and converted: `Parameter(2, "s") + Parameter(5, "ms") == Parameter(2.005, "s")`;
    results without a unit are plain. A plain number added or compared takes over the unit.
    """

    __slots__ = ("name", "units", "value")
    value: Any
    units: str | None
    name: str
    __array_priority__ = 1000

    def __init__(self, value: Any, units: object = None, name: str = ""):
        if isinstance(value, Parameter):
            value, units = value.value, value.units if units is None else units
        elif hasattr(value, "magnitude") and hasattr(value, "units"):
            quantity = value if units is None else value.to(str(units))
            value, units = quantity.magnitude, str(quantity.units)
        for field, content in (("value", value), ("name", name), ("units", dimensions.checked(units, name=name or "units"))):
            object.__setattr__(self, field, content)

    @property
    def type(self) -> type:
        """Python type of the value."""
        return type(self.value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} does not change: make a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> None:
        self.__setattr__(name, None)

    def __reduce__(self):
        return type(self), (self.value, self.units, self.name)

    def __repr__(self) -> str:
        return f"{self.name} = {self.value}" + ("" if self.units is None else f" {self.units}")

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def to(self, units: str) -> Parameter:
        """The same in another unit; UnitError if the dimension is another one."""
        if self.units is None:
            return type(self)(self.value, units, self.name)
        _, scale = dimensions.common(units, self.units, self.name or "value")
        return self._with(_scaled(self.value, scale), units)

    def _with(self, value: Any, units: str | None) -> Any:
        """A result of arithmetic: a Parameter if it has a unit, else the plain value."""
        return value if units is None else Parameter(value, units)

    def __eq__(self, other: object) -> Any:
        try:
            return self._compared("eq", other)
        except UnitError:
            return False

    def __ne__(self, other: object) -> Any:
        try:
            return self._compared("ne", other)
        except UnitError:
            return True

    def __hash__(self) -> int:
        if self.units is not None:      # 1 s == 1000 ms: no hash of the number could be equal
            raise ParameterTypeError("a Parameter with a unit cannot be a key or member: use its value", name=self.name)
        return hash(self.value)

    def _compared(self, name: str, other: object) -> Any:
        if isinstance(other, ParameterRange):
            return NotImplemented
        units, value = _parts(other)
        _, scale = dimensions.common(self.units, units, self.name or "value")
        return getattr(operator, name)(self.value, _scaled(value, scale))

    def _binary(self, name: str, other: object, *, reverse: bool = False) -> Any:
        if _is_queue(other):
            return NotImplemented
        units, value = _parts(other)
        if reverse:
            return self._with(*combined(name, (value, units), (self.value, self.units), self.name))
        return self._with(*combined(name, (self.value, self.units), (value, units), self.name))

    def _unary(self, function: Callable, *arguments: object) -> Any:
        return self._with(function(self.value, *arguments), self.units)

    def __pow__(self, other: object) -> Any:
        return self._binary("pow", other)

    def __rpow__(self, other: object) -> Any:
        return self._binary("pow", other, reverse=True)

    def __neg__(self) -> Any:
        return self._unary(operator.neg)

    def __pos__(self) -> Any:
        return self._unary(operator.pos)

    def __abs__(self) -> Any:
        return self._unary(abs)

    def __round__(self, n: int | None = None) -> Any:
        return self._unary(round, n)

    def __trunc__(self) -> Any:
        return self._unary(math.trunc)

    def __floor__(self) -> Any:
        return self._unary(math.floor)

    def __ceil__(self) -> Any:
        return self._unary(math.ceil)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __complex__(self) -> complex:
        return complex(self.value)

    def __index__(self) -> int:
        return operator.index(self.value)

    def __array__(self, dtype: object = None, copy: bool | None = None):
        import numpy as np

        return np.array(self.value, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: object, **options: object) -> Any:
        """numpy's functions: units kept where they can be, UnitError where a plain number is needed (exp, log, sin)."""
        import numpy as np

        name = ufunc.__name__
        if method != "__call__":
            return NotImplemented
        inputs = tuple(np.asarray(v) if isinstance(v, (list, tuple)) else v for v in inputs)
        if name in _BINARY and not options:
            return _operated(_BINARY[name], *inputs)
        units = [_parts(value)[0] for value in inputs]
        plain = [_parts(value)[1] for value in inputs]
        if name in _KEEP:
            return self._with(ufunc(*plain, **options), units[0])
        if name in ("sqrt", "square", "cbrt", "reciprocal"):
            exponent = {"sqrt": 0.5, "square": 2, "cbrt": 1 / 3, "reciprocal": -1}[name]
            result, scale = dimensions.power(units[0], exponent)
            return self._with(_scaled(ufunc(*plain, **options), scale), result)
        if name in ("maximum", "minimum", "fmax", "fmin", "hypot"):
            result, scale = dimensions.common(units[0], units[1], name)
            return self._with(ufunc(plain[0], _scaled(plain[1], scale), **options), result)
        if any(units) and name not in _ANY:
            raise UnitError(f"numpy.{name} needs plain numbers, got {self!r}; use its value", name=self.name, got=units)
        return ufunc(*plain, **options)


def _binary_method(name: str, *, reverse: bool) -> Callable:
    def method(self: Parameter, other: object) -> Any:
        return self._binary(name, other, reverse=reverse)

    method.__name__ = f"__{'r' if reverse else ''}{name}__"
    return method


def _comparison(name: str) -> Callable:
    def method(self: Parameter, other: object) -> Any:
        return self._compared(name, other)

    method.__name__ = f"__{name}__"
    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod"):
    setattr(Parameter, f"__{_name}__", _binary_method(_name, reverse=False))
    setattr(Parameter, f"__r{_name}__", _binary_method(_name, reverse=True))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Parameter, f"__{_name}__", _comparison(_name))


class ParameterRange(Parameter):
    """A list of possible values of a parameter; iterable again and again.

    value: any iterable but text, not empty (an array becomes its numbers, a set is sorted). `value` and `type` are those
    of the first element, `values` are all. shuffle: in an order drawn from `seed` and the name, the same in every process.
    next(range) goes through the values once, from the start again after each `iter`. Arithmetic is element by element.
    Raises TypeError if value is not iterable or is text, ValueError if it is empty.
    """

    __slots__ = ("_position", "_values", "shuffled")
    _position: int
    _values: tuple
    shuffled: bool

    def __init__(self, value: Any, units: object = None, name: str = "", shuffle: bool = False, *, seed: int = 0):
        values, units = _elements(value, units)
        if shuffle:
            key = hashlib.blake2b(f"{int(seed)}/{name}".encode(), digest_size=8).digest()
            random.Random(int.from_bytes(key, "little")).shuffle(values)
        super().__init__(values[0], units, name)
        for field, content in (("_values", tuple(values)), ("_position", 0), ("shuffled", bool(shuffle))):
            object.__setattr__(self, field, content)

    @property
    def values(self) -> list:
        """All values, in order."""
        return list(self._values)

    def __reduce__(self):
        return type(self), (list(self._values), self.units, self.name)

    def __repr__(self) -> str:
        units = f", units={self.units!r}" if self.units else ""
        return f"ParameterRange({list(self._values)!r}{units}{f', name={self.name!r}' if self.name else ''})"

    def __iter__(self) -> Iterator:
        object.__setattr__(self, "_position", 0)
        return iter(self._values)

    def __next__(self) -> Any:
        if self._position >= len(self._values):
            raise StopIteration
        object.__setattr__(self, "_position", self._position + 1)
        return self._values[self._position - 1]

    def next(self) -> Any:
        """The next value; StopIteration past the end."""
        return self.__next__()

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int | slice) -> Any:
        return self._values[index]

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def __array__(self, dtype: object = None, copy: bool | None = None):
        import numpy as np

        return np.array(self._values, dtype=dtype)

    def __eq__(self, other: object) -> bool:
        return (type(self) is type(other) and self.name == other.name and self.units == other.units
                and self._values == other._values)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None                     # type: ignore[assignment]

    def to(self, units: str) -> ParameterRange:
        """The same values in another unit."""
        if self.units is None:
            return ParameterRange(self._values, units, self.name)
        _, scale = dimensions.common(units, self.units, self.name or "value")
        return ParameterRange([_scaled(v, scale) for v in self._values], units, self.name)

    def _compared(self, name: str, other: object) -> Any:
        raise ParameterTypeError("a ParameterRange has many values: compare one of them", name=self.name)

    def _binary(self, name: str, other: object, *, reverse: bool = False) -> Any:
        if _is_queue(other):
            return NotImplemented
        if isinstance(other, ParameterRange):
            raise ParameterTypeError(f"{name} of two ranges is ambiguous (pairs, or all combinations?)", name=self.name)
        results = [Parameter._binary(Parameter(v, self.units), name, other, reverse=reverse) for v in self._values]
        return _range(results)

    def _unary(self, function: Callable, *arguments: object) -> ParameterRange:
        return ParameterRange([function(v, *arguments) for v in self._values], self.units, self.name)


def combined(name: str, a: tuple[Any, str | None], b: tuple[Any, str | None], what: str = "") -> tuple[Any, str | None]:
    """(value, unit) of `a name b`, where name is add, sub, mul, truediv, floordiv, mod or pow; UnitError."""
    function = getattr(operator, name)
    (x, x_units), (y, y_units) = a, b
    if name in ("add", "sub", "mod", "floordiv"):
        units, scale = dimensions.common(x_units, y_units, what or name)
        return function(x, _scaled(y, scale)), None if name == "floordiv" else units
    if name == "mul":
        units, scale = dimensions.product(x_units, y_units)
    elif name == "truediv":
        units, scale = dimensions.quotient(x_units, y_units)
    else:
        if y_units not in (None, "", "dimensionless"):
            raise UnitError(f"an exponent must be a plain number, got {y} {y_units}", name=what, got=y)
        units, scale = dimensions.power(x_units, y)
    return _scaled(function(x, y), scale), units


def _operated(name: str, a: object, b: object) -> Any:
    if name in ("eq", "ne", "lt", "le", "gt", "ge"):
        (x_units, x), (y_units, y) = _parts(a), _parts(b)
        _, scale = dimensions.common(x_units, y_units, name)
        return getattr(operator, name)(x, _scaled(y, scale))
    if isinstance(b, Parameter) and not isinstance(a, Parameter):
        return b._binary(name, a, reverse=True)
    return a._binary(name, b)


def _range(results: list) -> ParameterRange:
    if isinstance(results[0], Parameter):
        return ParameterRange([r.value for r in results], results[0].units)
    return ParameterRange(results)


def _elements(value: Any, units: object) -> tuple[list, object]:
    if isinstance(value, Parameter) and not isinstance(value, ParameterRange):
        value, units = value.value, value.units if units is None else units
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise ParameterTypeError(f"the values of a ParameterRange must be an iterable that is not text, got {value!r}",
                                 got=value)
    if isinstance(value, ParameterRange):
        units = value.units if units is None else units
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=lambda v: (isinstance(v, str), v) if isinstance(v, (str, int, float)) else (2, repr(v)))
    elif hasattr(value, "magnitude") and hasattr(value, "units"):
        value, units = value.magnitude, str(value.units) if units is None else units
    values = value.tolist() if hasattr(value, "tolist") else list(value)
    if not values:
        raise InvalidParameterValueError("a range must have at least one value, got none", got=value)
    return values, units


def _parts(value: object) -> tuple[str | None, Any]:
    """Unit and value of a Parameter, a pint quantity, or a plain value."""
    if isinstance(value, Parameter):
        return value.units, value.value
    if hasattr(value, "magnitude") and hasattr(value, "units"):
        return str(value.units), value.magnitude
    return None, value


def _is_queue(value: object) -> bool:
    """Whether it is a reference, whose own operators then wait for its value."""
    return hasattr(value, "reference_path")


def _scaled(value: Any, scale: float) -> Any:
    return value if scale == 1.0 else value * scale
