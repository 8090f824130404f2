"""The parameters of an experiment, completed and checked by the model's PARAMETERS (nested mappings of `units.Param`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.errors import ExperimentError, InvalidParameterValueError, SimcoreError, nearest
from simcore.parameters.canonical import canonical
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.entries import unknown_key
from simcore.parameters.references import references_in
from simcore.parameters.text import unknown_call
from simcore.parameters.values import Parameter, ParameterRange
from simcore.units import Param, factor


@dataclass
class Completed:
    """base: nested canonical values of all declared parameters, defaults where nothing was given (a placeholder where a
    range, distribution or formula stands). ranges: values by dotted path, in the order of the file; dists, formulas: the
    distributions and what holds references, by dotted path. declared: the declarations by dotted path.
    """

    base: dict = field(default_factory=dict)
    ranges: dict[str, list] = field(default_factory=dict)
    dists: dict[str, ParameterDist] = field(default_factory=dict)
    formulas: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Param] = field(default_factory=dict)


def complete(given: Mapping, declared: Mapping, where: str, *, origin: Mapping[str, str] | None = None) -> Completed:
    """Check what is given against what is declared, and complete it.

    where: the file, for errors; origin: other origins of single values, by dotted path. All errors are collected: one is
    raised as it is, several as one ExperimentError that lists them.
    """
    made = Completed(declared=dict(_declared(declared)))
    errors: list[SimcoreError] = []
    places = origin or {}
    _walk(given, declared, "", made, errors, lambda path: places.get(path, f"{where}: parameters.{path}"))
    if len(errors) == 1:
        raise errors[0]
    if errors:
        lines = "".join(f"\n  - {error}" for error in errors[:20])
        raise ExperimentError(f"{len(errors)} parameters are wrong:{lines}", name="parameters", got=errors)
    made.base = _defaults(declared, made.base)
    return made


def parse_value(declaration: Param, value: Any, path: str, where: str) -> Any:
    """One value in canonical units and plain types, checked; Parameters and quantities are converted."""
    if isinstance(value, Parameter):
        value = _in_units(value, declaration, path, where)
    elif isinstance(value, list) and any(isinstance(v, Parameter) for v in value):
        value = [_in_units(v, declaration, path, where) if isinstance(v, Parameter) else v for v in value]
    try:
        parsed = declaration.parse(value.tolist() if hasattr(value, "tolist") else value, name=path, where=where)
    except InvalidParameterValueError as error:
        hint = unknown_call(value) if isinstance(value, str) else ""
        raise type(error)(f"{error.message}{f'; {hint}' if hint else ''}", name=error.name or path, got=error.got,
                          valid=error.valid, where=error.where or where) from None
    return canonical(parsed, name=path)


def sampled(declaration: Param, dist: ParameterDist, index: int, path: str, where: str, *, seed: int) -> Any:
    """Draw `index` of a distribution that stands at `path`, as a checked value."""
    value = dist.draw(index, seed=seed, name=path)
    return parse_value(declaration, Parameter(value, dist.units) if dist.units else value, path,
                       f"{where}: parameters.{path}, trial {index} of {dist!r}")


def _in_units(value: Parameter, declaration: Param, path: str, where: str) -> Any:
    if not value.units:
        return value.value
    return value.value * factor(value.units, declaration.units, name=path, where=where, got=value)


def _walk(given: Mapping, declared: Mapping, path: str, made: Completed, errors: list, where: Any) -> None:
    for key, value in given.items():
        name = f"{path}.{key}" if path else str(key)
        head, dot, tail = str(key).partition(".")
        try:
            if key not in declared and dot and head in declared:
                _walk({head: {tail: value}}, declared, path, made, errors, where)
            elif key not in declared:
                raise unknown_key(key, declared, where(name), f"parameters.{path}" if path else "parameters")
            elif not isinstance(declared[key], Mapping):
                _leaf(value, declared[key], name, made, where(name))
            elif isinstance(value, Mapping):
                _walk(value, declared[key], name, made, errors, where)
            else:
                raise ExperimentError(f"{name} is a group with the parameters {', '.join(declared[key])}, got {value!r}",
                                      name=name, got=value, where=where(name))
        except SimcoreError as error:
            errors.append(error)


def _leaf(value: Any, declaration: Param, path: str, made: Completed, where: str) -> None:
    if isinstance(value, Mapping) and declaration.type is not dict:
        raise ExperimentError(f"{path} is a single parameter{nearest(next(iter(value), ''), [])}, got a group", name=path,
                              got=value, where=where)
    if any(True for _ in references_in(value)):
        made.formulas[path] = value
        value = declaration.default
    elif isinstance(value, ParameterDist):
        made.dists[path] = value
        value = declaration.default
    elif isinstance(value, ParameterRange):
        made.ranges[path] = range_values(value, declaration, path, where)
        value = made.ranges[path][0]
    _put(made.base, path, parse_value(declaration, value, path, where))


def range_values(value: ParameterRange, declaration: Param, path: str, where: str) -> list:
    """The canonical values of a range; ExperimentError if one is there twice."""
    values = [parse_value(declaration, Parameter(v, value.units) if value.units else v, path, where) for v in value]
    seen: set = set()
    for v in values:
        if (key := repr(v)) in seen:
            raise ExperimentError(f"the range of {path} has the value {v!r} twice", name=path, got=v, where=where)
        seen.add(key)
    return values


def _put(tree: dict, path: str, value: Any) -> None:
    *groups, last = path.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[last] = value


def _defaults(declared: Mapping, given: Mapping, path: str = "") -> dict:
    """The declared tree with what was given, or the defaults."""
    made = {}
    for key, declaration in declared.items():
        name = f"{path}.{key}" if path else key
        if isinstance(declaration, Mapping):
            made[key] = _defaults(declaration, given.get(key, {}), name)
        else:
            made[key] = given[key] if key in given else parse_value(declaration, declaration.default, name, "PARAMETERS")
    return made


def _declared(declared: Mapping, path: str = "") -> Iterator[tuple[str, Param]]:
    for key, declaration in declared.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(declaration, Mapping):
            yield from _declared(declaration, name)
        elif isinstance(declaration, Param):
            yield name, declaration
        else:
            raise ExperimentError(f"PARAMETERS: {name} must be a Param or a mapping of them, got {declaration!r}", name=name,
                                  got=declaration)
