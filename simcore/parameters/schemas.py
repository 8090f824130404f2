"""ParameterSchema: what a set of parameters must look like, and the validator that compares the two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from simcore.errors import InvalidParameterValueError, ParameterTypeError, SimcoreError, nearest
from simcore.parameters import dimensions
from simcore.parameters.completion import parse_value
from simcore.parameters.conditions import Condition
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.references import ParameterReference
from simcore.parameters.sets import ParameterSet
from simcore.parameters.values import Parameter, ParameterRange
from simcore.parameters.writing import MISSING
from simcore.units import Param

ANY = "*"                               # in a schema: any name of this level
TYPES = {t.__name__: t for t in (int, float, complex, str, bool, list, tuple, dict, set, Parameter, ParameterRange,
                                 ParameterReference, ParameterDist, ParameterSet)}


class SchemaBase:
    """Base of what can stand in a schema: `validate(leaf)` says whether a leaf is right; this one, never.

    Arguments of the constructor are kept under their names; `==` compares class and arguments.
    """

    schema_text = True                  # its repr is text that gives it again

    def validate(self, leaf: Any) -> bool:
        """Whether a leaf is valid."""
        return False

    def __repr__(self) -> str:
        shown = [f"{k}={v.__name__ if isinstance(v, type) else repr(v)}" for k, v in vars(self).items()
                 if not k.startswith("_")]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._content() == other._content()

    def _content(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if not k.startswith("_")}

    __hash__ = None


class Subclass(SchemaBase):
    """A leaf must be an instance of a type, or a Parameter whose value is."""

    def __init__(self, type: Any = None):
        self.type = type

    def validate(self, leaf: Any) -> bool:
        """Whether the leaf, or the value of a Parameter, is an instance of the type."""
        value = leaf.value if isinstance(leaf, Parameter) and not isinstance(leaf, ParameterRange) else leaf
        return isinstance(leaf, self.type) or isinstance(value, self.type)


class Eval(SchemaBase):
    """A condition on the leaf, such as `Eval("0 < leaf < 1")`, must be true; var: what the leaf is called in it.

    The condition is not executed as code, see conditions.py; one that cannot be evaluated for a leaf is not fulfilled.
    """

    def __init__(self, expr: str, var: str = "leaf"):
        self.expr, self.var = expr, var
        Condition(expr)                 # a condition that is not allowed is an error at once

    def validate(self, leaf: Any) -> bool:
        """Whether the condition is true."""
        condition = Condition(self.expr)
        condition.check_names([self.var])
        try:
            return bool(condition({self.var: leaf}))
        except SimcoreError:
            return False


class Range(SchemaBase):
    """A number between low and high, both included; units: a Parameter is converted, a plain number is in these units."""

    def __init__(self, low: float = -math.inf, high: float = math.inf, units: str | None = None):
        self.low, self.high, self.units = low, high, dimensions.checked(units)

    def validate(self, leaf: Any) -> bool:
        """Whether the number is in the range."""
        try:
            value = leaf.to(self.units).value if self.units and isinstance(leaf, Parameter) else leaf
            return not isinstance(leaf, bool) and bool(self.low <= value <= self.high)
        except (TypeError, SimcoreError):
            return False


class Unit(SchemaBase):
    """A Parameter (range, distribution) in a unit of the same dimension."""

    def __init__(self, units: str):
        self.units = dimensions.checked(units)

    def validate(self, leaf: Any) -> bool:
        """Whether the leaf has a unit of that dimension."""
        units = getattr(leaf, "units", None)
        try:
            return bool(units) and dimensions.common(self.units, units, "leaf") is not None
        except SimcoreError:
            return False


class OneOf(SchemaBase):
    """One of some values."""

    def __init__(self, *choices: Any):
        self.choices = list(choices[0]) if len(choices) == 1 and isinstance(choices[0], (list, tuple)) else list(choices)

    def validate(self, leaf: Any) -> bool:
        """Whether the leaf is one of the choices."""
        return any(type(leaf) is type(c) and leaf == c for c in self.choices)

    def __repr__(self) -> str:
        return f"OneOf({self.choices!r})"


class Shape(SchemaBase):
    """A list or array of a shape; None stands for any length: `Shape([None, 3])`."""

    def __init__(self, shape: Iterable[int | None]):
        self.shape = [*shape]

    def validate(self, leaf: Any) -> bool:
        """Whether the leaf has that shape."""
        import numpy as np

        try:
            found = np.shape(leaf)
        except ValueError:              # ragged
            return False
        return len(found) == len(self.shape) and all(n in (None, m) for n, m in zip(self.shape, found, strict=True))


class Declared(SchemaBase):
    """A value that a declaration (units.Param) of a model accepts: type, limits, choices, units."""

    schema_text = False

    def __init__(self, param: Param):
        self.param = param

    def validate(self, leaf: Any) -> bool:
        """Whether the declaration accepts the leaf."""
        try:
            parse_value(self.param, leaf, "leaf", "")
        except SimcoreError:
            return False
        return True


SCHEMA_NAMES = {c.__name__: c for c in (Subclass, Eval, Range, Unit, OneOf, Shape)} | TYPES


class ParameterSchema(ParameterSet):
    """A set to compare others with: every leaf that is no SchemaBase becomes `Subclass(type(leaf))`.

    initialiser: as for ParameterSet; text may use Subclass, Eval, Range, Unit, OneOf, Shape and names of types. The name `*`
    stands for any name of its level. `ParameterSchema(module.PARAMETERS)` takes the declarations of a model.
    """

    def __init__(self, initialiser: Any, label: str | None = None, update_namespace: Mapping[str, Any] | None = None, *,
                 http: bool = False):
        names = {**SCHEMA_NAMES, **(update_namespace or {})}
        given = initialiser if isinstance(initialiser, ParameterSet) else ParameterSet(initialiser, label, names, http=http)
        super().__init__({}, label or given.label)
        for path, leaf in given.flat():
            self.flat_add(path, _schema_of(leaf))


def _schema_of(leaf: Any) -> SchemaBase:
    if isinstance(leaf, SchemaBase):
        return leaf
    return Declared(leaf) if isinstance(leaf, Param) else Subclass(type=type(leaf))


class ValidationError(InvalidParameterValueError):
    """A set does not fit its schema. path, schema_base, parameter: the first mismatch (`<MISSING>` for what is not
    there); errors: all mismatches, as (path, schema_base, parameter).
    """

    def __init__(self, path: str = "", schema_base: Any = None, parameter: Any = None,
                 errors: Iterable[tuple[str, Any, Any]] = (), where: str = ""):
        self.path, self.schema_base, self.parameter = path, schema_base, parameter
        self.errors = list(errors) or [(path, schema_base, parameter)]
        super().__init__("; ".join(map(_mismatch, self.errors)), name=path, got=parameter, valid=schema_base, where=where)

    def __reduce__(self):
        return type(self), (self.path, self.schema_base, self.parameter, self.errors, self.where)


def _mismatch(error: tuple[str, Any, Any]) -> str:
    path, schema_base, parameter = error
    return f'validation error @ {path}: parameter "{parameter}" failed against schema: {schema_base}'


class CongruencyValidator:
    """Compares a set with a schema: the names must be the same, in both directions, and every leaf valid."""

    def validate(self, parameter_set: Mapping, parameter_schema: Mapping) -> bool:
        """True, or ValidationError with the first mismatch and a list of all."""
        for given in (parameter_set, parameter_schema):
            if not isinstance(given, Mapping):
                raise ParameterTypeError(f"a set and a schema are compared, got {given!r}", got=given)
        errors = list(self._mismatches(parameter_set, parameter_schema, ""))
        if errors:
            raise ValidationError(*errors[0], errors)
        return True

    def _mismatches(self, given: Mapping, schema: Mapping, prefix: str) -> Iterator[tuple[str, Any, Any]]:
        for key, expected in schema.items():
            matching = [k for k in given if k not in schema] if key == ANY else [key]
            for name in matching:
                yield from self._compared(given, name, expected, f"{prefix}{name}")
        for key, value in given.items():
            if key not in schema and ANY not in schema:
                hint = nearest(key, schema).removeprefix("; ")
                for path, leaf in _leaves(value, f"{prefix}{key}"):
                    yield path, f"{MISSING} ({hint})" if hint.startswith("did") else MISSING, leaf

    def _compared(self, given: Mapping, name: str, expected: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
        if isinstance(expected, Mapping):
            inner = given.get(name)
            if isinstance(inner, Mapping):
                yield from self._mismatches(inner, expected, f"{path}.")
            else:
                for missing, base in _leaves(expected, path):
                    yield missing, base, MISSING
                if name in given:
                    yield path, MISSING, inner
        elif name not in given:
            yield path, expected, MISSING
        elif isinstance(given[name], Mapping) or not expected.validate(given[name]):
            yield path, expected, given[name]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not value:
        yield path, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{path}.{key}")


def congruent_dicts(template: Mapping, candidate: Mapping, subset: bool = False) -> bool:
    """Whether two nested dicts have the same names; subset: whether those of candidate are among those of template."""
    if not isinstance(template, Mapping) or not isinstance(candidate, Mapping):
        return isinstance(template, Mapping) <= (subset or isinstance(candidate, Mapping)) and not isinstance(
            candidate, Mapping)
    if any(k not in template for k in candidate) or (not subset and any(k not in candidate for k in template)):
        return False
    return all(congruent_dicts(template[k], candidate[k], subset)
               if isinstance(template[k], Mapping) or isinstance(candidate[k], Mapping) else True for k in candidate)
