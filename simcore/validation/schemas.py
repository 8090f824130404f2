"""Schemas of observations and parameters, and what is wrong with a value by them.

A schema is one of
- a dict of rules per key, as Cerberus has them: type, required, nullable, empty, min, max, minlength, maxlength,
allowed,
  forbidden, regex, schema, valuesrules, keysrules, anyof, oneof, check_with (a function (field, value, error)), and of
  SciUnit: units (the value must have the dimension of the test's `units`), iterable;
- a dict of `simcore.units.Param` (defaults, units, limits), which also completes and converts;
- a class with `model_validate`, such as a pydantic model;
- a list of schemas, or of (name, schema): one must fit.
Keys that say where a value comes from (source, units, description, note, url) are always allowed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.errors import SimcoreError, nearest
from simcore.units import Param
from simcore.validation.dimension import is_quantity, parse, required, same_dimension, unit_text, units_of

METADATA = ("source", "units", "description", "note", "url", "doi", "where", "kind")

_NUMBER = (int, float, np.integer, np.floating)
TYPES: dict[str, tuple] = {
    "integer": (int, np.integer), "float": _NUMBER, "number": _NUMBER, "string": (str,), "boolean": (bool, np.bool_),
    "dict": (Mapping,), "list": (list, tuple, np.ndarray), "set": (set, frozenset), "binary": (bytes, bytearray),
    "date": (datetime.date,), "datetime": (datetime.datetime,), "container": (Mapping, list, tuple, set, np.ndarray),
}
DIMENSIONS = {"time": "s", "voltage": "V", "current": "A"}     # types of quantities, by dimension


def problems(value: object, schema: object, units: object = "") -> dict[str, list]:
    """What is wrong, as {key: [rules that are broken]}; empty if nothing is."""
    if isinstance(schema, (list, tuple)):
        schemas = [entry[1] if isinstance(entry, tuple) else entry for entry in schema]
        found = [problems(value, one, units) for one in schemas]
        return {} if not all(found) else {"": [f"none of {len(schemas)} schemas fits", *found]}
    if hasattr(schema, "model_validate"):
        return _of_model(value, schema)
    if not isinstance(value, Mapping):
        return {"": ["must be of dict type"]}
    wrong = {str(key): [_unknown(key, schema)] for key in value if key not in schema and key not in METADATA} \
        if schema else {}
    for key, rules in schema.items():
        if isinstance(rules, Param):
            broken = _of_param(value, key, rules)
        elif key not in value:
            broken = ["required field"] if rules.get("required") else []
        else:
            broken = _broken(value[key], rules, required(units, key), key)
        if broken:
            wrong[str(key)] = broken
    return wrong


def completed(value: Mapping, schema: object) -> dict:
    """The value with defaults and canonical units, where the schema declares Params or is a model."""
    if hasattr(schema, "model_validate"):
        return schema.model_validate(dict(value)).model_dump()
    if not isinstance(schema, Mapping) or not any(isinstance(rules, Param) for rules in schema.values()):
        return dict(value)
    parsed = {key: rules.parse(value[key], name=key) if key in value else rules.default
              for key, rules in schema.items() if isinstance(rules, Param)}
    return {**value, **parsed}


def _unknown(key: object, schema: Mapping) -> str:
    return f"unknown field{nearest(str(key), schema)}"


def _of_model(value: object, schema: Any) -> dict[str, list]:
    try:
        schema.model_validate(value)
    except ValueError as error:         # pydantic.ValidationError is one
        return {"": [str(error)]}
    return {}


def _of_param(value: Mapping, key: str, param: Param) -> list[str]:
    if key not in value:
        return []
    try:
        param.parse(value[key], name=key)
    except SimcoreError as error:
        return [str(error)]
    return []


def _broken(value: object, rules: Mapping, units: object, key: object = "") -> list:
    """Rules of one key that its value breaks."""
    if value is None:
        return [] if rules.get("nullable") else ["null value not allowed"]
    if rules.get("units") and isinstance(value, str):
        value = parse(value)
    found: list = []
    for rule, constraint in rules.items():
        if rule in ("required", "nullable", "default", "meta", "coerce", "rename", "readonly"):
            continue
        if rule == "check_with":
            constraint(key, value, lambda _, message, found=found: found.append(message))
            continue
        if rule not in _RULES:
            raise ValueError(f"unknown rule {rule!r} for {key!r} in a schema{nearest(rule, _RULES)}")
        found += _RULES[rule](value, constraint, units)
    return found


def _type(value: object, names: str | Sequence[str], _: object) -> list[str]:
    names = [names] if isinstance(names, str) else list(names)
    return [] if any(_is(value, name) for name in names) else [f"must be of {' or '.join(names)} type"]


def _is(value: object, name: str) -> bool:
    if name == "quantity":
        return is_quantity(value)
    if name in DIMENSIONS:
        return is_quantity(value) and same_dimension(units_of(value), DIMENSIONS[name])
    if is_quantity(value):              # of a number, or of a list of them
        value = value.magnitude if np.ndim(value.magnitude) else np.asarray(value.magnitude).item()
    if name not in TYPES:
        raise ValueError(f"unknown type {name!r} in a schema{nearest(name, [*TYPES, *DIMENSIONS, 'quantity'])}")
    return isinstance(value, TYPES[name]) and not (isinstance(value, bool) and name in ("integer", "float", "number"))


def _units(value: object, wanted: bool, units: object) -> list[str]:
    if not wanted or same_dimension(units_of(value), units):
        return []
    return [f"Must have units of '{unit_text(units) or 'dimensionless'}', got {units_of(value) or 'a plain number'}"]


def _limit(value: object, limit: object, *, low: bool) -> list[str]:
    number = np.asarray(value.magnitude if is_quantity(value) and not is_quantity(limit) else value)
    try:
        inside = np.all(number >= limit) if low else np.all(number <= limit)
    except TypeError:           # not a number
        inside = False
    return [] if inside else [f"{'min' if low else 'max'} value is {limit}"]


def _length(value: Any, limit: int, *, low: bool) -> list[str]:
    enough = len(value) >= limit if low else len(value) <= limit
    return [] if enough else [f"{'min' if low else 'max'} length is {limit}"]


def _iterable(value: object, wanted: bool, _: object) -> list[str]:
    return [] if not wanted or (isinstance(value, Iterable) and np.ndim(value) != 0) or isinstance(
        value, (str, Mapping, set)) else ["Must be iterable (e.g. a list or array)"]


def _nested(value: Any, schema: Mapping, units: object) -> list:
    if isinstance(value, Mapping):
        wrong = problems(value, schema, units)
        return [wrong] if wrong else []
    return _each(value, schema, units)


def _each(values: Iterable, rules: Mapping, units: object) -> list:
    wrong = {index: broken for index, value in enumerate(values) if (broken := _broken(value, rules, units))}
    return [wrong] if wrong else []


def _count(value: object, options: Sequence[Mapping], units: object) -> int:
    return sum(not _broken(value, rules, units) for rules in options)


def _words(values: object) -> list:
    return list(values) if isinstance(values, (list, tuple, set)) else [values]


_RULES = {
    "type": _type, "units": _units, "iterable": _iterable, "schema": _nested,
    "min": lambda value, limit, _: _limit(value, limit, low=True),
    "max": lambda value, limit, _: _limit(value, limit, low=False),
    "minlength": lambda value, limit, _: _length(value, limit, low=True),
    "maxlength": lambda value, limit, _: _length(value, limit, low=False),
    "empty": lambda value, allowed, _: [] if allowed or len(value) else ["empty values not allowed"],
    "allowed": lambda value, some, _: [] if all(v in some for v in _words(value)) else [f"unallowed value {value!r}"],
    "forbidden": lambda value, some, _: [f"unallowed value {value!r}"] if any(v in some for v in _words(value)) else [],
    "regex": lambda value, pattern, _: [] if re.fullmatch(pattern, value) else [f"does not match regex '{pattern}'"],
    "valuesrules": lambda value, rules, units: _each(value.values(), rules, units),
    "keysrules": lambda value, rules, units: _each(value.keys(), rules, units),
    "anyof": lambda value, some, units: [] if _count(value, some, units) else ["no definitions validate"],
    "oneof": lambda value, some, units: [] if _count(value, some, units) == 1 else ["not exactly one rule validates"],
}
