"""Experiment files: what a study is, checked as a whole before any job starts."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import itertools
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType

import yaml

from simcore.errors import ExperimentError, nearest
from simcore.parameters.expressions import evaluate
from simcore.parameters.points import Point
from simcore.units import Param, factor, to_canonical

KEYS = {
    "name": "folder under results/", "description": "one sentence", "model": "dotted name of the model's module",
    "duration": "length of a run", "dt": "time step", "seed": "whole number", "trials": "runs of each point",
    "ranks": "MPI ranks of a run", "parameters": "nested; values, units, ranges, references",
    "design": "zip, filter, cases", "record": "spikes, traces", "quantities": "what to derive",
    "tests": "what to judge", "report": "what to show",
}
_DESIGN = ("zip", "filter", "cases")
_TRACE = ("population", "variable", "cells", "interval")


@dataclass(frozen=True)
class Axis:
    """An explored parameter: dotted name, unit, distinct values in the order of the file."""

    name: str
    units: str
    values: tuple


@dataclass(frozen=True)
class Experiment:
    """An experiment: its points by run id in the order of the design, and what is asked of them."""

    name: str
    description: str
    model: str
    source: str
    points: dict[str, Point]
    axes: tuple[Axis, ...]
    ranks: int
    quantities: object
    tests: Sequence
    report: Mapping
    config: Mapping
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        """All of it as JSON-able values."""
        made = {f.name: getattr(self, f.name) for f in fields(self)}
        made["points"] = [{"fields": p.to_dict(), "explored": dict(p.explored)} for p in self.points.values()]
        made["axes"] = [{"name": a.name, "units": a.units, "values": list(a.values)} for a in self.axes]
        return made

    @classmethod
    def from_dict(cls, made: Mapping) -> Experiment:
        """The experiment whose `to_dict` gave this."""
        points = [Point.from_dict(p["fields"], p["explored"]) for p in made["points"]]
        axes = tuple(Axis(a["name"], a["units"], tuple(a["values"])) for a in made["axes"])
        rest = {"points": {p.run_id: p for p in points}, "axes": axes, "files": tuple(made["files"])}
        return cls(**{**made, **rest})


@dataclass(frozen=True)
class Range:
    """Values that a parameter takes in turn, in a unit of their own or the parameter's."""

    values: tuple
    units: str = ""


@dataclass(frozen=True)
class _Include:
    path: str


def load_model(name: str, beside: Iterable[Path] = ()) -> ModuleType:
    """The module of a model: in one of the folders `beside`, else on sys.path. Raises ExperimentError."""
    for folder in beside:
        if (Path(folder) / f"{name.split('.')[0]}.py").is_file() and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ExperimentError(f"there is no model {name!r}: {error}", name="model", got=name) from None
    if not isinstance(getattr(module, "PARAMETERS", None), Mapping):
        raise ExperimentError(f"the model {name!r} has no PARAMETERS", name="model", got=name)
    return module


def load_experiment(source: str | Path | Mapping, overrides: Mapping | None = None) -> Experiment:
    """The experiment of a file, completed and checked. overrides replace entries; mappings are merged."""
    path = None if isinstance(source, Mapping) else Path(source)
    where = str(path) if path else "experiment"
    files: list[str] = []
    config = dict(source) if path is None else _read_yaml(path, files)
    config = _merged(config, _undotted(overrides or {}))
    _known(config, KEYS, "", where)
    for key in ("name", "model", "duration", "dt"):
        if key not in config:
            raise ExperimentError(f"{key} must be given ({KEYS[key]})", name=key, where=where)
    model = load_model(config["model"], [path.resolve().parent] if path else [])
    return _Expansion(config, model, where, path.parent if path else Path(), files).experiment()


class _Expansion:
    """One experiment being expanded: from the text of the file to points."""

    def __init__(self, config: dict, model: ModuleType, where: str, folder: Path, files: list[str]) -> None:
        self.config, self.model, self.where, self.files = config, model, where, files
        self.declared = dict(_flat(model.PARAMETERS))
        raw = self._expanded(config.get("parameters") or {}, folder, "parameters")
        _check_names(raw, model.PARAMETERS, "parameters", where)
        self.raw = {name: param.default for name, param in self.declared.items()} | dict(_flat(raw))
        self.values: dict[str, object] = {}

    def experiment(self) -> Experiment:
        c = self.config
        self.dt = Param(0.1, "ms", low=0.0, low_open=True).parse(c["dt"], name="dt", where=self.where)
        self.duration = Param(0.0, "ms", low=0.0).parse(c["duration"], name="duration", where=self.where)
        steps = self.duration / self.dt
        if abs(steps - round(steps)) > 1e-9 * max(1.0, steps):
            raise ExperimentError(f"duration must be a whole number of steps (dt = {self.dt:g} ms), got "
                                  f"{self.duration:g} ms", name="duration", where=self.where)
        whole = {k: Param(d, low=low, kind=int).parse(c.get(k, d), name=k, where=self.where)
                 for k, d, low in (("seed", 1, None), ("trials", 1, 1), ("ranks", 1, 1))}
        record = self._record(c.get("record") or {})
        name = str(c["name"])
        if not name.replace("_", "").replace("-", "").isalnum():
            raise ExperimentError(f"name may hold letters, digits, - and _, got {name!r}", name="name", where=self.where)
        axes, cases = self._cases(whole["trials"])
        points: dict[str, Point] = {}
        for case in cases:
            point = self._point(case, whole["seed"], record)
            if point.run_id in points:
                raise ExperimentError(f"two points of the experiment are the same: {dict(case)}", where=self.where)
            points[point.run_id] = point
        return Experiment(name, str(c.get("description", "")).strip(), c["model"], self.where, points, axes, whole["ranks"],
                          c.get("quantities"), tuple(c.get("tests") or ()), c.get("report") or {},
                          {**c, **whole, "duration": self.duration, "dt": self.dt}, tuple(self.files))

    def _cases(self, trials: int) -> tuple[tuple[Axis, ...], list[dict]]:
        """Axes and explored values of each point."""
        resolved = {name: self._resolve(name) for name in self.raw}
        ranges = {n: self._range(n, v) for n, v in resolved.items() if isinstance(v, Range)}
        design = self.config.get("design") or {}
        _known(design, _DESIGN, "design", self.where)
        together = [[_name(n, ranges, "design.zip", self.where) for n in group] for group in design.get("zip") or []]
        blocks = [together_of(group, ranges, self.where) for group in _groups(ranges, together)]
        grid = [dict(itertools.chain.from_iterable(combination)) for combination in itertools.product(*blocks)]
        cases = [self._case(case) for case in design.get("cases") or []]
        chosen = cases if cases and not ranges else grid + cases
        if text := design.get("filter"):
            chosen = [case for case in chosen if self._passes(str(text), case, resolved)]
        if not chosen:
            raise ExperimentError("the design leaves no point", name="design", where=self.where)
        names = list(dict.fromkeys(n for case in chosen for n in case))
        axes = [Axis(n, self.declared[n].units, tuple(dict.fromkeys(_hashable(c[n]) for c in chosen if n in c)))
                for n in names]
        chosen = [{**case, "trial": t} for case in chosen for t in range(trials)]
        return (*axes, Axis("trial", "", tuple(range(trials)))), chosen

    def _case(self, case: Mapping) -> dict:
        made = {}
        for name, value in case.items():
            _name(name, self.declared, "design.cases", self.where)
            made[name] = self.declared[name].parse(value, name=f"design.cases: {name}", where=self.where)
        return made

    def _passes(self, text: str, case: Mapping, resolved: Mapping) -> bool:
        def lookup(name: str) -> object:
            return case[name] if name in case else resolved[_name(name, resolved, "design.filter", self.where)]
        return bool(evaluate(text, names=lookup, calls={}, where=f"{self.where}: design.filter"))

    def _range(self, name: str, value: Range) -> tuple:
        if not value.values:
            raise ExperimentError(f"{name} must have at least one value in its range, got none", name=name,
                                  where=f"{self.where}: parameters.{name}")
        units = self.declared[name].units
        scale = factor(value.units, units, name=name, where=self.where) if value.units else 1.0
        return tuple(self.declared[name].parse(v * scale if value.units else v, name=f"parameters.{name}",
                                               where=self.where) for v in value.values)

    def _point(self, case: Mapping, seed: int, record: Mapping) -> Point:
        own = {k: v for k, v in case.items() if k != "trial"}
        self.values = {}
        self.fixed = own
        parameters: dict = {}
        for name, param in self.declared.items():
            value = own[name] if name in own else param.parse(self._resolve(name), name=f"parameters.{name}", where=self.where)
            _put(parameters, name, value)
        return Point(self.config["model"], parameters, self.duration, self.dt, seed, case["trial"], record, dict(case))

    fixed: Mapping = {}

    def _resolve(self, name: str, path: tuple[str, ...] = ()) -> object:
        """The value of a parameter with its references followed."""
        if name in self.fixed:
            return self.fixed[name]
        if name in path:
            raise ExperimentError(f"parameters refer to each other in a circle: {' → '.join((*path, name))}", name=name,
                                  where=f"{self.where}: parameters.{name}")
        value = self.raw[name]
        if not isinstance(value, str) or not _is_expression(value):
            return value
        calls = {"ref": lambda target: self._number(target, (*path, name)), "range": _range_of,
                 "ParameterRange": _range_of, "linspace": _linspace, "logspace": _logspace}
        return evaluate(value, names=_no_names(self.where), calls=calls, where=f"{self.where}: parameters.{name}")

    def _number(self, target: str, path: tuple[str, ...]) -> object:
        _name(target, self.declared, f"parameters.{path[-1]}", self.where)
        value = self._resolve(target, path)
        if isinstance(value, Range):
            return value.values[0] if value.values else value
        return self.declared[target].parse(value, name=f"parameters.{target}", where=self.where)

    def _expanded(self, tree: object, folder: Path, path: str) -> object:
        """The tree with the files of url(…) in place of it."""
        if isinstance(tree, Mapping):
            return {k: self._expanded(v, folder, f"{path}.{k}") for k, v in tree.items()}
        if isinstance(tree, str) and tree.startswith("url("):
            where = f"{self.where}: {path}"
            include = evaluate(tree, names=_no_names(where), calls={"url": _Include}, where=where)
            file = folder / include.path
            if not file.is_file():
                raise ExperimentError(f"url() names a file that is not there: {file}", name=path, got=str(file), where=where)
            return self._expanded(_read_yaml(file, self.files), file.parent, path)
        return tree

    def _record(self, record: Mapping) -> dict:
        _known(record, ("spikes", "traces"), "record", self.where)
        populations = getattr(self.model, "POPULATIONS", None)
        spikes = record.get("spikes", True)
        traces = []
        for i, trace in enumerate(record.get("traces") or ()):
            _known(trace, _TRACE, f"record.traces[{i}]", self.where)
            traces.append({**trace, "interval": to_canonical(trace.get("interval", self.dt), "ms", name="interval",
                                                             where=self.where)})
        if populations is not None:
            for name in [*(spikes if isinstance(spikes, Mapping) else ()), *(t["population"] for t in traces)]:
                _name(name, populations, "record", self.where)
            for trace in traces:
                _name(trace["variable"], populations[trace["population"]], "record.traces", self.where)
        return {"spikes": spikes, "traces": traces}


def _groups(ranges: Mapping, together: Sequence[Sequence[str]]) -> list[list[str]]:
    first = {group[0]: list(group) for group in together}
    inner = {n for group in together for n in group[1:]}
    return [first.get(name, [name]) for name in ranges if name not in inner]


def together_of(group: Sequence[str], ranges: Mapping, where: str) -> list[list[tuple[str, object]]]:
    """The steps of ranges that run together."""
    lengths = {name: len(ranges[name]) for name in group}
    if len(set(lengths.values())) > 1:
        raise ExperimentError(f"ranges that run together must be equally long, got {lengths}", where=f"{where}: design.zip")
    return [[(name, ranges[name][k]) for name in group] for k in range(lengths[group[0]])]


def _is_expression(text: str) -> bool:
    return text.rstrip().endswith(")") or "ref(" in text


def _range_of(values: Sequence, units: str = "", name: str = "") -> Range:
    return Range(tuple(values), units)


def _linspace(start: float, stop: float, n: int, units: str = "") -> Range:
    n = _count(n)
    return Range(tuple(float(f"{start + (stop - start) * k / (n - 1):.15g}") if n > 1 else start for k in range(n)), units)


def _logspace(start: float, stop: float, n: int, units: str = "") -> Range:
    """n values from start to stop (both > 0), equally spaced in the logarithm."""
    if not (start > 0 and stop > 0):
        raise ValueError(f"logspace needs start and stop > 0, got {start:g} and {stop:g}")
    n = _count(n)
    step = math.log(stop / start) / max(1, n - 1)
    return Range(tuple(float(f"{start * math.exp(step * k):.12g}") for k in range(n)), units)


def _count(n: int) -> int:
    if n != int(n) or not 0 <= n <= 10_000_000:
        raise ValueError(f"a number of values must be whole and at most 10,000,000, got {n}")
    return int(n)


def _read_yaml(path: Path, files: list[str]) -> dict:
    try:
        text = path.read_text()
    except OSError as error:
        raise ExperimentError(f"the experiment file cannot be read: {error}", got=str(path)) from None
    files.append(str(path))
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ExperimentError(f"the file is not valid YAML: {error}", where=str(path)) from None
    if not isinstance(content, Mapping):
        raise ExperimentError(f"the file must hold a mapping, got {type(content).__name__}", where=str(path))
    return dict(content)


def _merged(base: Mapping, over: Mapping) -> dict:
    made = copy.deepcopy(dict(base))
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(made.get(key), Mapping)
        made[key] = _merged(made[key], value) if both else value
    return made


def _undotted(overrides: Mapping) -> dict:
    made: dict = {}
    for key, value in overrides.items():
        inner = _undotted(value) if isinstance(value, Mapping) else value
        *parents, last = str(key).split(".")
        level = made
        for parent in parents:
            level = level.setdefault(parent, {})
        level[last] = _merged(level.get(last) or {}, inner) if isinstance(inner, Mapping) else inner
    return made


def _flat(tree: Mapping, prefix: str = "") -> Iterable[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _put(tree: dict, name: str, value: object) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[last] = value


def _check_names(given: object, declared: Mapping, path: str, where: str) -> None:
    for key, value in given.items():
        if key not in declared:
            raise ExperimentError(f"unknown parameter {path}.{key}{nearest(key, declared)}", name=f"{path}.{key}", where=where)
        if isinstance(declared[key], Mapping) != isinstance(value, Mapping):
            kind = "a group of parameters" if isinstance(declared[key], Mapping) else "one parameter"
            raise ExperimentError(f"{path}.{key} is {kind}, got {value!r}", name=f"{path}.{key}", where=where)
        if isinstance(value, Mapping):
            _check_names(value, declared[key], f"{path}.{key}", where)


def _known(given: Mapping, valid: Iterable[str], path: str, where: str) -> None:
    if not isinstance(given, Mapping):
        raise ExperimentError(f"{path} must be a mapping, got {given!r}", name=path, where=where)
    for key in given:
        if key not in valid:
            raise ExperimentError(f"unknown key {f'{path}.' if path else ''}{key}{nearest(key, valid)}", name=str(key),
                                  where=where)


def _name(name: str, valid: Iterable[str], path: str, where: str) -> str:
    if name not in valid:
        raise ExperimentError(f"{path} names {name!r}, which does not exist{nearest(name, valid)}", name=str(name),
                              where=where)
    return name


def _no_names(where: str):  # noqa: ANN202
    def refuse(name: str) -> object:
        raise ExperimentError(f"{name!r} is no value; text that is meant as such has no brackets", name=name, where=where)
    return refuse


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
