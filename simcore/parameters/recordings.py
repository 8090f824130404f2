"""The entry `record` of an experiment file, complete and canonical."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from simcore.errors import ExperimentError, nearest
from simcore.parameters.entries import ENTRIES

PLACE = re.compile(r"([^()]+)\((0|1|[01]?\.\d*)\)")           # a section and a position on it, as NEURON writes them
_INTERVAL = ENTRIES["record"].within["traces"].within["interval"].number


def canonical_record(given: Mapping | None, dt: float, populations: Mapping | None, where: str, *,
                     places: Collection[str] | None = None) -> dict:
    """{"spikes": …, "traces": [{population, variable, cells, interval [ms], places if given}]} with nothing left out.

    populations: {name: variables that can be recorded} if the model says so. places: names of places of its detailed cells;
    None if it has none, and then no trace says where. Raises ExperimentError for populations, variables, cells and places
    that do not exist, and intervals that are not a whole number of steps.
    """
    given = given or {}
    traces = [_trace(trace, dt, populations, places, f"{where}: record.traces[{i}]")
              for i, trace in enumerate(given.get("traces") or [])]
    return {"spikes": _spikes(given.get("spikes", True), populations, f"{where}: record.spikes"), "traces": traces}


def _spikes(wanted: Any, populations: Mapping | None, where: str) -> bool | dict:
    if wanted is None or isinstance(wanted, bool):
        return wanted is not False
    if not isinstance(wanted, Mapping):
        raise ExperimentError("spikes must be true, false, or a number of cells for each population such as {exc: 1000}, "
                              f"got {wanted!r}", name="record.spikes", got=wanted, where=where)
    for name in wanted:
        _check_population(name, populations, where)
    chosen = {name: _cells(cells, f"{where}.{name}") for name, cells in wanted.items() if cells is not False and cells != 0}
    return chosen or False


def _trace(trace: Mapping, dt: float, populations: Mapping | None, places: Collection[str] | None, where: str) -> dict:
    variable = trace["variable"]
    _check_population(trace["population"], populations, where)
    known = populations and populations[trace["population"]]
    if known and variable not in known:
        raise ExperimentError(f"population {trace['population']!r} has no variable {variable!r}{nearest(variable, known)}",
                              name="variable", got=variable, where=where)
    interval = _INTERVAL.parse(trace.get("interval") or dt, name="interval", where=where)
    steps = round(interval / dt)
    if steps < 1 or abs(steps * dt - interval) > 1e-9 * interval:
        raise ExperimentError(f"interval must be a whole number of steps (dt = {dt!r} ms), got {interval!r} ms",
                              name="interval", got=interval, where=where)
    made = {"population": trace["population"], "variable": variable, "cells": _cells(trace.get("cells"), where),
            "interval": interval}
    return made | ({} if trace.get("places") is None else {"places": _places(trace["places"], places, where)})


def _places(wanted: str | list, known: Collection[str] | None, where: str) -> list[str]:
    chosen = [wanted] if isinstance(wanted, str) else wanted
    if known is None:
        raise ExperimentError("places are those of a detailed cell: the cells of this model have none", name="places",
                              got=wanted, where=where)
    for place in chosen:
        if not isinstance(place, str) or (place not in known and place != "all" and not PLACE.fullmatch(place)):
            raise ExperimentError(f"a place must be one of the model's, a compartment such as dend[3](0.5), or all, got "
                                  f"{place!r}{nearest(str(place), [*known, 'all'])}", name="places", got=place,
                                  valid=tuple(known), where=where)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ExperimentError(f"places must name at least one place, and none twice, got {wanted!r}", name="places",
                              got=wanted, where=where)
    return list(chosen)


def _check_population(name: str, populations: Mapping | None, where: str) -> None:
    if populations is not None and name not in populations:
        raise ExperimentError(f"the model has no population {name!r}{nearest(name, populations)}", name=str(name), got=name,
                              where=where)


def _cells(cells: Any, where: str) -> bool | int | list[int]:
    if cells is None or cells is True or cells == "all":
        return True
    chosen = cells if isinstance(cells, list) else [cells]
    if not chosen or any(isinstance(c, bool) or not isinstance(c, int) or c < 0 for c in chosen) or cells == 0:
        raise ExperimentError("cells must be a whole number > 0 (the first so many), a list of whole numbers >= 0, or true "
                              f"(all), got {cells!r}", name="cells", got=cells, where=where)
    if len(set(chosen)) < len(chosen):
        raise ExperimentError(f"cells has a cell twice: {cells!r}", name="cells", got=cells, where=where)
    return sorted(cells) if isinstance(cells, list) else cells


def whole_steps(duration: float, dt: float, where: str) -> None:
    """Raise ExperimentError unless duration is a whole number of steps, within 1e-9 relative."""
    steps = round(duration / dt)
    if steps < 1 or abs(steps * dt - duration) > 1e-9 * duration:
        raise ExperimentError(f"duration must be a whole number of steps (dt = {dt!r} ms), got {duration!r} ms",
                              name="duration", got=duration, where=where)
