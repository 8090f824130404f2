"""Which points: the grid of all ranges, zipped ranges, cases, Latin hypercube and Sobol samples, their union, a filter.

A design gives assignments, mappings of dotted names to values; what they do not name keeps the value it has.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from simcore._math import exp, log
from simcore.errors import ExperimentError, nearest
from simcore.parameters.conditions import Condition
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.references import lookup

Assignment = dict[str, Any]


def grid(ranges: Mapping[str, Sequence], zipped: Sequence[Sequence[str]] = ()) -> Iterator[Assignment]:
    """All combinations of ranges, the first slowest; ranges that are zipped run together, where the first of them is.

    Nothing is held but the ranges. Raises ExperimentError for zipped ranges of different lengths, an unknown name or
    one zipped twice.
    """
    groups = _groups(ranges, zipped)
    axes = [[tuple(zip(names, values, strict=True)) for values in zip(*(ranges[n] for n in names), strict=True)]
            for names in groups]
    return (dict(itertools.chain.from_iterable(steps)) for steps in itertools.product(*axes))


def crossed(designs: Sequence[Mapping[str, Any]], ranges: Mapping[str, Sequence],
            zipped: Sequence[Sequence[str]] = ()) -> Iterator[Assignment]:
    """Each assignment of a list, with all combinations of those ranges that it does not name."""
    for assignment in designs:
        left = {name: values for name, values in ranges.items() if name not in assignment}
        names = [[n for n in group if n in left] for group in zipped]
        for combination in grid(left, [group for group in names if len(group) > 1]):
            yield {**assignment, **combination}


def latin_hypercube(axes: Mapping[str, Callable[[float], Any]], n: int, seed: int) -> list[Assignment]:
    """n points, each axis' n strata hit once: McKay, Beckman & Conover (1979), Technometrics 21:239; scipy.stats.qmc.

    axes: {name: function of a number in [0, 1) that gives the value}.
    """
    from scipy.stats import qmc

    return _sampled(axes, qmc.LatinHypercube(len(axes), rng=seed).random(n))


def sobol(axes: Mapping[str, Callable[[float], Any]], n: int, seed: int) -> list[Assignment]:
    """The first n points of a scrambled Sobol sequence (Owen 1998, J Complexity 14:466; scipy.stats.qmc).

    With the same seed, more points begin with the same points.
    """
    import warnings

    from scipy.stats import qmc

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*balance properties.*")     # n need not be a power of 2 here
        return _sampled(axes, qmc.Sobol(len(axes), scramble=True, rng=seed).random(n))


SAMPLERS = {"latin_hypercube": latin_hypercube, "sobol": sobol}


def interval(low: float, high: float, scale: str = "linear") -> Callable[[float], float]:
    """The map of [0, 1) to [low, high), linear or log."""
    if scale == "log":
        return lambda u: low * exp(u * log(high / low))
    return lambda u: low + u * (high - low)


def quantiles(dist: ParameterDist) -> Callable[[float], float]:
    """The map of [0, 1) to the quantiles of a distribution."""
    return lambda u: dist.quantile(min(max(u, 2.0**-53), 1.0 - 2.0**-53))


def union(*designs: Sequence[Assignment] | Iterator[Assignment]) -> Iterator[Assignment]:
    """The assignments of all designs, each once, in order."""
    seen: set = set()
    for assignment in itertools.chain(*designs):
        key = repr(sorted(assignment.items()))
        if key not in seen:
            seen.add(key)
            yield assignment


def filtered(assignments: Iterable[Assignment], condition: str, base: Mapping | None = None) -> Iterator[Assignment]:
    """The assignments for which a condition (conditions.py) is true; base: values of what they do not name, nested."""
    compiled = Condition(condition)
    for assignment in assignments:
        if compiled(lambda name, a=assignment: a[name] if name in a else lookup(base or {}, name)):
            yield assignment


def size(ranges: Mapping[str, Sequence], zipped: Sequence[Sequence[str]] = ()) -> int:
    """How many assignments the grid has."""
    return math.prod(len(ranges[names[0]]) for names in _groups(ranges, zipped))


def _groups(ranges: Mapping[str, Sequence], zipped: Sequence[Sequence[str]]) -> list[list[str]]:
    """Names of each axis of the grid: a range, or those that are zipped."""
    of: dict[str, list[str]] = {}
    for group in zipped:
        for name in group:
            if name not in ranges:
                raise ExperimentError(f"zip: {name!r} has no range{nearest(name, ranges)}", name=name)
            if name in of:
                raise ExperimentError(f"zip: {name!r} is there twice", name=name)
            of[name] = list(group)
        lengths = {name: len(ranges[name]) for name in group}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name} has {n}" for name, n in lengths.items())
            raise ExperimentError(f"zipped ranges must have the same number of values, but {shown}", got=lengths)
    groups: list[list[str]] = []
    for name in ranges:
        group = of.get(name, [name])
        if group not in groups:
            groups.append(group)
    return groups


def _sampled(axes: Mapping[str, Callable], unit: Any) -> list[Assignment]:
    return [{name: axis(float(u)) for (name, axis), u in zip(axes.items(), row, strict=True)} for row in unit]
