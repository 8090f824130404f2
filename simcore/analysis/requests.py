"""Which quantities to derive, with which options: the `quantities` list of an experiment file.

    quantities:
      - all: {skip: 200 ms}                 # options of all; alone, it means all quantities of simcore
      - mean_rate
      - synchrony: {bin: 2 ms, skip: 0.1 s}
      - my_module.my_quantity               # a @quantity function of one's own

Every quantity has the option `skip`, the transient that is left out; further ones are its keyword-only arguments.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simcore.analysis.base import QUANTITIES, Quantity
from simcore.errors import ExperimentError, nearest
from simcore.units import Param

SKIP = Param(0.0, "ms", "transient at the start of a run that is left out", low=0.0)
_WHERE = "quantities"


@dataclass(frozen=True)
class Request:
    """A quantity to derive: options complete and in canonical units, the transient to skip [ms].

    is_default: it was not named, only not excluded; then it is left out where the runs have no traces for it.
    """

    quantity: Quantity
    options: Mapping[str, object]
    skip: float
    is_default: bool = False


def parse_requests(entries: Iterable[object] | None, *, where: str = "",
                   beside: Sequence[Path] = ()) -> list[Request]:
    """The requests of a `quantities` list; None or only `all`: every quantity that comes with simcore.

    Raises ExperimentError naming the entry, with the nearest valid name, for an unknown quantity or option, or one
    named twice. where: file and path to be named in errors. beside: folders where modules are looked for first.
    """
    where = where or _WHERE
    named, common = _split(entries, where)
    is_default = not named
    if is_default:
        named = {key: {} for key, quantity in QUANTITIES.items() if quantity.is_own}
    found = {name: _find(name, where, beside) for name in named}
    _refuse_unused(common, found.values(), where)
    requests = [_request(found[name], common, options, is_default, where) for name, options in named.items()]
    _refuse_same_name(requests, where)
    return requests


def _split(entries: Iterable[object] | None, where: str) -> tuple[dict, dict]:
    """Options by name of the quantities that are named, and options of all."""
    named: dict[object, Mapping] = {}
    for entry in [] if entries is None else [entries] if isinstance(entries, (str, Mapping)) else entries:
        for name, options in (entry.items() if isinstance(entry, Mapping) else [(entry, {})]):
            if name in named:
                raise ExperimentError(f"quantity {name!r} is named twice", name=str(name), where=where)
            if not isinstance(options or {}, Mapping):
                raise ExperimentError(f"options of quantity {name!r} must be a mapping such as {{skip: 200 ms}}, "
                                      f"got {options!r}", name=str(name), got=options, where=where)
            named[name] = options or {}
    common = named.pop("all", {})
    return named, dict(common)


def _find(name: object, where: str, beside: Sequence[Path]) -> Quantity:
    """The quantity of this name; a dotted name is imported; a function made by @quantity is taken as it is."""
    if callable(name) and isinstance(getattr(name, "quantity", None), Quantity):
        return name.quantity            # type: ignore[attr-defined]
    if not isinstance(name, str):
        raise ExperimentError(f"a quantity must be a name or {{name: {{option: value}}}}, got {name!r}",
                              got=name, where=where)
    if name in QUANTITIES:
        return QUANTITIES[name]
    module, _, function = name.rpartition(".")
    if not module:
        raise ExperimentError(f"there is no quantity {name!r}{nearest(name, [*QUANTITIES, 'all'])}", name=name,
                              valid=sorted(QUANTITIES), where=where)
    return _imported(module, function, where, beside)


def _imported(module: str, function: str, where: str, beside: Sequence[Path]) -> Quantity:
    name, top = f"{module}.{function}", module.split(".")[0]
    for folder in beside:
        if ((folder / f"{top}.py").is_file() or (folder / top).is_dir()) and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    try:
        members = vars(importlib.import_module(module))
    except ImportError as error:
        raise ExperimentError(f"quantity {name!r} cannot be imported: {error}", name=name, where=where) from error
    marked = {key: getattr(value, "quantity", None) for key, value in members.items()}
    made = {key: value for key, value in marked.items() if isinstance(value, Quantity)}
    if function not in made:
        why = "is not decorated with @quantity" if function in members else "does not exist"
        raise ExperimentError(f"quantity {name!r} {why}{nearest(function, made)}", name=name, valid=sorted(made),
                              where=where)
    return made[function]


def _request(quantity: Quantity, common: Mapping, own: Mapping, is_default: bool, where: str) -> Request:
    where = f"{where}: {quantity.name}" if own else f"{where}: all"
    declared = {"skip": SKIP, **quantity.options}
    for name in own:
        if name not in declared:
            raise ExperimentError(f"quantity {quantity.name} has no option {name!r}{nearest(str(name), declared)}",
                                  name=str(name), valid=sorted(declared), where=where)
    given = {**{name: value for name, value in common.items() if name in declared}, **own}
    values = {name: param.parse(given[name], name=name, where=where) if name in given else param.default
              for name, param in declared.items()}
    return Request(quantity, {name: values[name] for name in quantity.options}, values["skip"], is_default)


def _refuse_unused(common: Mapping, quantities: Iterable[Quantity], where: str) -> None:
    valid = {"skip", *(option for quantity in quantities for option in quantity.options)}
    for name in common:
        if name not in valid:
            raise ExperimentError(f"no quantity has an option {name!r}{nearest(str(name), valid)}", name=str(name),
                                  valid=sorted(valid), where=f"{where}: all")


def _refuse_same_name(requests: list[Request], where: str) -> None:
    names: dict[str, Quantity] = {}
    for request in requests:
        other = names.setdefault(request.quantity.name, request.quantity)
        if other is not request.quantity:
            raise ExperimentError(f"{other.dotted} and {request.quantity.dotted} would be one variable: rename one",
                                  name=request.quantity.name, where=where)
