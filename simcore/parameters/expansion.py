"""From completed parameters and a design to points: each the base with few values changed, and its digest.

Ten thousand points share the base and the canonical text of what does not vary: only the varying values are
written anew into each text, so that a point costs some ten microseconds.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simcore.errors import ExperimentError, SimcoreError, nearest
from simcore.parameters import designs
from simcore.parameters.canonical import digest_of_text, encoded
from simcore.parameters.completion import Completed, parse_value, sampled
from simcore.parameters.conditions import Condition
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.entries import ENTRIES, N_SAMPLES, SEED
from simcore.parameters.limits import MAX_POINTS
from simcore.parameters.points import Frozen, Point, frozen
from simcore.parameters.recordings import canonical_record, whole_steps
from simcore.parameters.references import lookup, replaced, resolution_order
from simcore.parameters.values import Parameter, ParameterRange

SETTINGS = ("seed", "dt", "duration")       # in this order they are explored, before the parameters
_MARK = re.compile(r'"\\u0000(\d+)\\u0000"')


@dataclass(frozen=True)
class Settings:
    """What an experiment says outside of its parameters; durations, dts, seeds: one value, or several to explore."""

    model: str
    durations: list[float]
    dts: list[float]
    seeds: list[int]
    trials: int
    record: Mapping | None
    populations: Mapping | None
    places: Collection[str] | None = None


class Expansion:
    """All points of an experiment."""

    def __init__(self, completed: Completed, settings: Settings, design: Mapping, where: str):
        self.completed, self.settings, self.design, self.where = completed, settings, design, where
        own = dict(zip(SETTINGS, (settings.seeds, settings.dts, settings.durations), strict=True))
        self.fixed = {name: values[0] for name, values in own.items()}
        self.ranges = {name: values for name, values in own.items() if len(values) > 1} | completed.ranges
        self._records = {dt: self._record(dt, where) for dt in settings.dts}
        for dt, duration in itertools.product(settings.dts, settings.durations):
            whole_steps(duration, dt, where)
        self._order = self._formula_order()
        self._draws: dict[tuple, Any] = {}

    def points(self) -> tuple[dict[str, Point], list[tuple[str, str, tuple]]]:
        """({run id: point}, [(axis name, units, values)])."""
        assignments = self._assignments()
        names = list(dict.fromkeys(itertools.chain(self.ranges, *assignments))) if assignments else []
        self._check_names(names)
        varying = [n for n in names if n not in self.fixed and n != "trial"]
        build = _Builder(self, varying)
        found: dict[str, Point] = {}
        for assignment in assignments:
            for trial in range(self.settings.trials):
                point = build(assignment, trial, names)
                if point is not None and found.setdefault(point.run_id, point).digest != point.digest:
                    raise ExperimentError(f"two points have the run id {point.run_id}: change the seed", name=point.run_id,
                                          where=self.where)
        if not found:
            raise ExperimentError("the filter leaves no point", name="design.filter", got=self.design.get("filter"),
                                  where=f"{self.where}: design.filter")
        return found, self._axes(found, [*names, *self.completed.dists, "trial"])

    def _record(self, dt: float, where: str) -> dict:
        settings = self.settings
        return canonical_record(settings.record, dt, settings.populations, where, places=settings.places)

    def _formula_order(self) -> list[str]:
        try:
            return resolution_order(self.completed.formulas)
        except SimcoreError as error:
            raise type(error)(error.message, name=error.name, got=error.got,
                              where=f"{self.where}: parameters.{error.name}") from None

    def _assignments(self) -> list[designs.Assignment]:
        """What the design says, without trials."""
        zipped = self._zipped()
        listed = [self._case(case, f"cases[{i}]") for i, case in enumerate(self.design.get("cases") or [])]
        for kind in designs.SAMPLERS:
            if self.design.get(kind) is not None:
                listed += self._samples(kind, self.design[kind])
        named = {name for assignment in listed for name in assignment}
        with_grid = self.design.get("grid")
        if with_grid is None:
            with_grid = not listed or bool(named & set(self.ranges))
        n = designs.size(self.ranges, zipped) * (len(listed) + 1) * self.settings.trials
        if n > MAX_POINTS:
            raise ExperimentError(f"the design has {n:,} points, more than {MAX_POINTS:,}", name="design", got=n,
                                  where=self.where)
        grid = designs.grid(self.ranges, zipped) if with_grid else iter(())
        if not listed:
            return list(grid)
        return list(designs.union(grid, designs.crossed(listed, self.ranges, zipped)))

    def _zipped(self) -> list[list[str]]:
        groups = self.design.get("zip") or []
        groups = [groups] if groups and all(isinstance(g, str) for g in groups) else groups
        try:
            designs.size(self.ranges, groups)
        except ExperimentError as error:
            raise ExperimentError(error.message, name=error.name, got=error.got, where=f"{self.where}: design.zip") from None
        return groups

    def _case(self, case: Any, path: str) -> designs.Assignment:
        where = f"{self.where}: design.{path}"
        if not isinstance(case, Mapping) or not case:
            raise ExperimentError(f"a case must be a mapping of parameters to values such as {{g: 3, eta: 2}}, got {case!r}",
                                  name=path, got=case, where=where)
        flat = _flat(case)
        for name, value in flat.items():
            if isinstance(value, (ParameterRange, ParameterDist)):
                raise ExperimentError(f"a case has one value for {name}, got {value!r}", name=name, got=value, where=where)
        return {name: self._value(name, value, where) for name, value in flat.items()}

    def _value(self, name: str, value: Any, where: str) -> Any:
        if name in self.completed.declared:
            return parse_value(self.completed.declared[name], value, name, where)
        if name in SETTINGS:
            declared = ENTRIES[name].number
            value = parse_value(declared, value, name, where)
            if name == "dt":
                self._records.setdefault(value, self._record(value, where))
            return value
        raise ExperimentError(f"there is no parameter {name}{nearest(name, [*self.completed.declared, *SETTINGS])}",
                              name=name, where=where)

    def _samples(self, kind: str, given: Mapping) -> list[designs.Assignment]:
        where = f"{self.where}: design.{kind}"
        n = N_SAMPLES.parse(given["n"], name="n", where=where)
        seed = SEED.parse(given.get("seed", 1), name="seed", where=where)
        axes = {name: self._sample_axis(name, value, where) for name, value in _flat(given["axes"]).items()}
        if not axes:
            raise ExperimentError("axes must name at least one parameter", name="axes", where=where)
        made = designs.SAMPLERS[kind](axes, n, seed)
        return [{name: self._value(name, self._rounded(name, v), where) for name, v in a.items()} for a in made]

    def _rounded(self, name: str, value: float) -> Any:
        declared = self.completed.declared.get(name) or ENTRIES[name].number
        return int(value // 1) if declared.type is int else value

    def _sample_axis(self, name: str, given: Any, where: str) -> Callable[[float], Any]:
        declared = self.completed.declared.get(name)
        if declared is None or declared.type not in (float, int):
            valid = [n for n, d in self.completed.declared.items() if d.type in (float, int)]
            raise ExperimentError(f"there is no number {name!r} to sample{nearest(name, valid)}", name=name, where=where)
        if isinstance(given, ParameterDist):
            return designs.quantiles(given)
        if not isinstance(given, (list, tuple)) or len(given) not in (2, 3) or given[2:] not in ([], ["log"], ["linear"]):
            raise ExperimentError(f"what is sampled of {name} must be [low, high], [low, high, log] or a distribution, got "
                                  f"{given!r}", name=name, got=given, where=where)
        low, high = (parse_value(declared, v, name, where) for v in given[:2])
        if not low < high or (given[2:] == ["log"] and low <= 0):
            raise ExperimentError(f"{name} is sampled between low < high (and low > 0 for log), got {given!r}", name=name,
                                  got=given, where=where)
        high += 1 if declared.type is int else 0
        return designs.interval(low, high, "".join(given[2:]))

    def _check_names(self, names: Sequence[str]) -> None:
        for name in [*names, *self.completed.dists, "trial"]:
            if name in (*SETTINGS, "trial") and name in self.completed.declared:
                raise ExperimentError(f"the model has a parameter {name!r}, which is also what an experiment explores: "
                                      "give the parameter another name", name=name, where=self.where)
            if name in self.completed.formulas:
                raise ExperimentError(f"{name} is a formula: it cannot be explored as well", name=name, where=self.where)
            if name in names and name in self.completed.dists:
                raise ExperimentError(f"{name} has a distribution: a case or sample cannot give it too", name=name,
                                      where=self.where)

    def draw(self, name: str, trial: int, seed: int) -> Any:
        """The value of a parameter with a distribution: one for each trial, whatever else varies."""
        key = (name, trial, seed)
        if key not in self._draws:
            self._draws[key] = sampled(self.completed.declared[name], self.completed.dists[name], trial, name, self.where,
                                       seed=seed)
        return self._draws[key]

    def formulas(self, parameters: Mapping) -> dict[str, Any]:
        """Values of all formulas, with the units of the declarations."""
        known: dict[str, Any] = {}

        def find(path: str) -> Any:
            value = known[path] if path in known else lookup(parameters, path)
            units = self.completed.declared[path].units if path in self.completed.declared else ""
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return Parameter(value, units) if units and number else value

        for path in self._order:
            where = f"{self.where}: parameters.{path}"
            try:
                value = replaced(self.completed.formulas[path], find)
            except SimcoreError as error:
                raise type(error)(error.message, name=error.name or path, got=error.got, where=where) from None
            known[path] = parse_value(self.completed.declared[path], value, path, where)
        return known

    def _axes(self, points: Mapping[str, Point], names: Sequence[str]) -> list[tuple[str, str, tuple]]:
        axes = []
        for name in names:
            occurring = dict.fromkeys(_hashable(p.explored[name]) for p in points.values())
            ordered = dict.fromkeys(_hashable(v) for v in self.ranges.get(name, ()))
            final = [v for v in ordered if v in occurring] + [v for v in occurring if v not in ordered]
            declared = self.completed.declared.get(name) or (ENTRIES[name].number if name in SETTINGS else None)
            axes.append((name, declared.units if declared else "", tuple(_restored(v) for v in final)))
        return axes


class _Builder:
    """Makes points: base values with the varying ones put in, and their digests from a text with gaps."""

    def __init__(self, expansion: Expansion, varying: Sequence[str]):
        self.expansion = expansion
        completed = expansion.completed
        self.slots = {name: i for i, name in enumerate([*varying, *completed.dists, *completed.formulas])}
        self.base, self.spec = frozen(completed.base), _tree(self.slots)
        filters = expansion.design.get("filter") or []
        where = f"{expansion.where}: design.filter"
        self.filters = [Condition(text, where=where) for text in ([filters] if isinstance(filters, str) else filters)]
        for condition in self.filters:
            condition.check_names([*completed.declared, *SETTINGS, "trial"])
        self._pieces = self._text_with_gaps()
        self._records = {dt: encoded(record) for dt, record in expansion._records.items()}

    def __call__(self, assignment: Mapping[str, Any], trial: int, names: Sequence[str]) -> Point | None:
        """The point, or None if the filter leaves it out."""
        e = self.expansion
        settings = {**e.fixed, **{k: assignment[k] for k in SETTINGS if k in assignment}, "trial": trial}
        base = e.completed.base
        values = [assignment[n] if n in assignment else e.draw(n, trial, settings["seed"]) if n in e.completed.dists
                  else lookup(base, n) for n in self.slots]
        parameters = _overlaid(self.base, self.spec, values)
        if e.completed.formulas:
            for name, value in e.formulas(parameters).items():
                values[self.slots[name]] = value
            parameters = _overlaid(self.base, self.spec, values)
        if self.filters and not self._passes(parameters, settings):
            return None
        explored = {n: settings[n] if n in settings else lookup(parameters, n) for n in (*names, *e.completed.dists, "trial")}
        if settings["dt"] not in e.settings.dts or settings["duration"] not in e.settings.durations:
            whole_steps(settings["duration"], settings["dt"], e.where)
        point = Point(e.settings.model, parameters, settings["duration"], settings["dt"], settings["seed"], trial,
                      e._records[settings["dt"]], explored)
        if self._pieces:
            point.__dict__["digest"] = digest_of_text(self._text(values, settings))
        return point

    def _passes(self, parameters: Mapping, settings: Mapping) -> bool:
        def find(name: str) -> Any:
            return settings[name] if name in settings else lookup(parameters, name)

        return all(condition(find) for condition in self.filters)

    def _text_with_gaps(self) -> list[tuple[str, str | int]]:
        """Canonical text cut at what varies: (text before, slot number or name of a setting); the last has no gap."""
        e = self.expansion
        marks = [f"\0{i}\0" for i in range(len(self.slots))]
        gaps = [*self.slots.values(), "duration", "dt", "seed", "trial", "record"]
        settings = {name: f"\0{len(marks) + i}\0" for i, name in enumerate(gaps[len(marks):])}
        text = encoded({"model": e.settings.model, "parameters": _overlaid(self.base, self.spec, marks), **settings})
        parts = _MARK.split(text)
        numbers = [int(n) for n in parts[1::2]]
        if sorted(numbers) != list(range(len(gaps))):
            return []                   # a text of the experiment looks like a gap: then without the short cut
        return [(before, gaps[n]) for before, n in zip(parts[::2], numbers, strict=False)] + [(parts[-1], "")]

    def _text(self, values: Sequence[Any], settings: Mapping[str, Any]) -> str:
        parts = []
        for before, gap in self._pieces:
            parts.append(before)
            if gap == "record":
                parts.append(self._records[settings["dt"]])
            elif gap != "":
                value = values[gap] if isinstance(gap, int) else settings[gap]
                parts.append(repr(value) if type(value) in (float, int) else encoded(value))
        return "".join(parts)


def _tree(slots: Mapping[str, int]) -> dict:
    tree: dict = {}
    for name, i in slots.items():
        *groups, last = name.split(".")
        inner = tree
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = i
    return tree


def _overlaid(base: Mapping, spec: Mapping, values: Sequence[Any]) -> Frozen:
    """The base with values put where the spec has their numbers; what does not vary is shared."""
    if not spec:
        return base
    return Frozen({**base, **{k: _overlaid(base[k], s, values) if isinstance(s, dict) else values[s]
                              for k, s in spec.items()}})


def _flat(tree: Mapping, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{path}.{key}" if path else str(key)
        found.update(_flat(value, name) if isinstance(value, Mapping) else {name: value})
    return found


def _hashable(value: Any) -> Any:
    return ("\0json", encoded(value)) if isinstance(value, (list, dict)) else value


def _restored(value: Any) -> Any:
    return json.loads(value[1]) if isinstance(value, tuple) else value


