"""Experiment files: what is simulated, with which parameters, and what is asked of it; checked as a whole.

`load_experiment` reads a file of params/, checks every entry against the table of entries.py and every parameter
against the model's PARAMETERS, and gives all points, each with the digest that names its run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from simcore.errors import ExperimentError, SimcoreError
from simcore.parameters.canonical import canonical
from simcore.parameters.completion import complete
from simcore.parameters.entries import DURATION, ENTRIES, check
from simcore.parameters.expansion import Expansion, Settings
from simcore.parameters.inputs import bound
from simcore.parameters.loading import Loader, folder_of
from simcore.parameters.modules import declarations, load_model
from simcore.parameters.plain import plain
from simcore.parameters.points import Point
from simcore.parameters.values import Parameter, ParameterRange

__all__ = ["Axis", "Experiment", "load_experiment", "load_model"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_EXPRESSIONS = ("duration", "dt", "seed", "parameters", "design", "record")     # entries whose text may be an expression


@dataclass(frozen=True)
class Axis:
    """One explored parameter: dotted name, units, all values in order."""

    name: str
    units: str
    values: tuple


@dataclass(frozen=True)
class Experiment:
    """A checked experiment. points: {run id: Point}, in order; axes: what varies, first slowest, trial last.

    source: the file it came from (empty for a mapping); files: all files that were read for it. quantities: as in the
    file, None if it does not say. config: the file's content after overrides and includes, in plain types.
    """

    name: str
    description: str
    model: str
    source: str
    points: Mapping[str, Point]
    axes: tuple[Axis, ...]
    ranks: int = 1
    quantities: Any = None
    tests: tuple = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        """All of it in plain types, for JSON; explored values stand with their points."""
        made = {name: getattr(self, name) for name in ("name", "description", "model", "source", "ranks", "quantities")}
        made |= {"tests": list(self.tests), "report": dict(self.report), "config": dict(self.config),
                 "files": list(self.files)}
        made["axes"] = [{"name": a.name, "units": a.units, "values": list(a.values)} for a in self.axes]
        made["points"] = [{**point.to_dict(), "explored": dict(point.explored)} for point in self.points.values()]
        return made

    @classmethod
    def from_dict(cls, content: Mapping) -> Experiment:
        """The experiment of `to_dict`."""
        points = {point.run_id: point for point in map(Point.from_dict, content["points"])}
        axes = tuple(Axis(a["name"], a["units"], tuple(a["values"])) for a in content["axes"])
        rest = {name: content[name] for name in ("name", "description", "model", "source", "ranks", "quantities", "report",
                                                 "config")}
        return cls(points=points, axes=axes, tests=tuple(content["tests"]), files=tuple(content["files"]), **rest)


def load_experiment(source: str | os.PathLike | Mapping, overrides: Mapping | None = None) -> Experiment:
    """The experiment of a file (YAML, JSON, TOML or literal text) or a mapping, checked, with all its points.

    overrides: entries that replace those of the file: nested mappings, dotted names ("parameters.g"), or both; text is
    read as in a file. Relative paths start from the file's folder. Raises ExperimentError, UnitError and
    InvalidParameterValueError that name file and dotted path, value and unit, and the nearest valid name.
    """
    beside = Path() if isinstance(source, Mapping) else Path(os.fspath(source)).parent
    loader = Loader(more={"ParameterSet": dict}, within=beside)
    content, where, folder = _content(source, loader)
    given = nested(overrides or {})
    origin = {path.removeprefix("parameters."): f"override {path}" for path, _ in _flat(given)}
    merged = merge(content, _expanded(given, loader, folder, "override"), dotted=("parameters",))
    check(merged, ENTRIES, where)
    if not _NAME.fullmatch(merged["name"]):
        raise ExperimentError("name must be made of letters, digits, '_', '-' and '.', since it names a folder, got "
                              f"{merged['name']!r}", name="name", got=merged["name"], where=where)
    module = load_model(merged["model"], [Path(folder)] if folder else [], where=where)
    given_parameters = merged.get("parameters") or {}
    declared = bound(declarations(module, given_parameters), Path(folder or ""), where, loader.files)
    completed = complete(given_parameters, declared, where, origin=origin)
    settings = _settings(merged, module, where)
    points, axes = Expansion(completed, settings, merged.get("design") or {}, where).points()
    ranks = ENTRIES["ranks"].number.parse(_default(merged, "ranks", 1), name="ranks", where=where)
    return Experiment(
        name=merged["name"], description=merged.get("description") or "", model=merged["model"],
        source=where if folder is not None and not isinstance(source, Mapping) else "", points=points,
        axes=tuple(Axis(*axis) for axis in axes), ranks=ranks, quantities=merged.get("quantities"),
        tests=tuple(merged.get("tests") or ()), report=dict(merged.get("report") or {}),
        config=canonical(plain(merged), finite=False), files=tuple(loader.files))


def _content(source: str | os.PathLike | Mapping, loader: Loader) -> tuple[Mapping, str, str | None]:
    """Content with expressions evaluated, name of the file for errors, and its folder."""
    if isinstance(source, Mapping):
        return _expanded(source, loader, None, "experiment"), "experiment", None
    where = os.fspath(source)
    try:
        raw, _ = loader.load_plain(where)
    except SimcoreError as error:
        raise ExperimentError(error.message, name=where, got=error.got, where=error.where or where) from None
    if not isinstance(raw, Mapping):
        raise ExperimentError(f"an experiment file must hold a mapping with the entries {', '.join(ENTRIES)}, got "
                              f"{type(raw).__name__}", name=where, where=where)
    loader.files.append(where)
    folder = folder_of(where)
    return _expanded(raw, loader, folder, where), where, folder


def _expanded(content: Mapping, loader: Loader, folder: str | None, where: str) -> dict:
    return {key: loader.expanded(value, folder, where=where, path=str(key)) if str(key).partition(".")[0] in _EXPRESSIONS
            else value for key, value in content.items()}


def _settings(merged: Mapping, module: ModuleType, where: str) -> Settings:
    if merged.get("duration") is None and hasattr(module, "build"):
        entry = ENTRIES["duration"]
        raise ExperimentError(f"duration is missing: {entry.meaning}, such as duration: {entry.example}", name="duration",
                              where=where)
    values = {}
    for name, default in (("seed", 1), ("dt", 0.1), ("duration", DURATION.default)):
        value, declared = _default(merged, name, default), ENTRIES[name].number
        many = value.values if isinstance(value, ParameterRange) else [value]
        units = value.units if isinstance(value, Parameter) else None
        values[name] = [declared.parse(f"{v} {units}" if units else v, name=name, where=where) for v in many]
    trials = ENTRIES["trials"].number.parse(_default(merged, "trials", 1), name="trials", where=where)
    populations = getattr(module, "POPULATIONS", None)
    return Settings(merged["model"], values["duration"], values["dt"], values["seed"], trials, merged.get("record"),
                    populations, getattr(module, "PLACES", None))


def _default(merged: Mapping, name: str, default: Any) -> Any:
    value = merged.get(name)
    return default if value is None else value.value if type(value) is Parameter and not value.units else value


def nested(content: Mapping) -> dict:
    """Nested mappings of a mapping whose names may be dotted."""
    made: dict = {}
    for key, value in content.items():
        *groups, last = str(key).split(".")
        value = nested(value) if isinstance(value, Mapping) else value
        for group in reversed(groups):
            last, value = group, {last: value}
        both = isinstance(made.get(last), Mapping) and isinstance(value, Mapping)
        made[last] = merge(made[last], value) if both else value
    return made


def merge(below: Mapping, above: Mapping, *, dotted: Sequence[str] = ()) -> dict:
    """`below` with the entries of `above`; mappings that both have are merged alike. dotted: entries in which the names
    of `below` may be dotted.
    """
    made = {k: nested(v) if k in dotted and isinstance(v, Mapping) else v for k, v in below.items()}
    for key, value in above.items():
        both = isinstance(made.get(key), Mapping) and isinstance(value, Mapping)
        made[key] = merge(made[key], value) if both else value
    return made


def _flat(tree: Mapping, path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        name = f"{path}.{key}" if path else str(key)
        found += _flat(value, name) if isinstance(value, Mapping) else [(name, value)]
    return found


