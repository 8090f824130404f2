"""THE table of what can be in an experiment file. Checks, error messages and docs/parameters.md are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.errors import ExperimentError, nearest
from simcore.units import Param


@dataclass(frozen=True)
class Entry:
    """One entry: what it may be (text for people), its meaning, an example, its default, the entries within it.

    types: Python types that a value may have; empty if checked elsewhere. number: declaration of a number's unit and
    limits. required: an experiment file cannot be without it.
    """

    kind: str
    meaning: str
    example: str = ""
    types: tuple[type, ...] = ()
    number: Param | None = None
    required: bool = False
    within: Mapping[str, Entry] = field(default_factory=dict)


DURATION = Param(1.0, "ms", "time that is simulated", low=0.0, low_open=True)
DT = Param(0.1, "ms", "time step", low=0.0, low_open=True)
SEED = Param(1, "", "seed of all random numbers", low=0)
TRIALS = Param(1, "", "number of trials", low=1, high=1_000_000)
RANKS = Param(1, "", "MPI ranks", low=1, high=1_000_000)
N_SAMPLES = Param(1, "", "number of points", low=1, high=10_000_000)

_SAMPLES = {
    "n": Entry("whole number", "how many points", "64", number=N_SAMPLES, required=True),
    "seed": Entry("whole number", "seed of the design", "3", number=SEED),
    "axes": Entry("mapping of parameter to [low, high], [low, high, log] or a distribution", "what is sampled, and where",
                  "{g: [3, 8], eta: [0.5, 4]}", (Mapping,), required=True),
}
_DESIGN = {
    "zip": Entry("list of lists of names", "ranges that run together, as one axis", "[[g, eta]]", (list,)),
    "filter": Entry("condition", "only points for which it is true", '"g > 3 or eta < 2"', (str, list)),
    "cases": Entry("list of mappings", "explicit points: values of some parameters each", "[{g: 3, eta: 2}]", (list,)),
    "latin_hypercube": Entry("mapping", "points of a Latin hypercube", "{n: 64, axes: {g: [3, 8]}}", (Mapping,),
                             within=_SAMPLES),
    "sobol": Entry("mapping", "points of a scrambled Sobol sequence", "{n: 64, axes: {g: [3, 8]}}", (Mapping,),
                   within=_SAMPLES),
    "grid": Entry("true or false", "whether the grid of all ranges is (also) run; by default unless there are cases or "
                  "samples, and with these if they name a parameter that has a range", "true", (bool,)),
}
_TRACE = {
    "population": Entry("name", "whose cells", "exc", (str,), required=True),
    "variable": Entry("name", "which state", "v", (str,), required=True),
    "cells": Entry("whole number, list of whole numbers, or true", "the first so many cells, these cells, or all (default)",
                   "10"),
    "places": Entry("name, or list of names", "where on a detailed cell: places of the model (soma, tip), compartments such "
                    "as dend[3](0.5), or all compartments (default: the middle of the first section)", "[soma, tip]",
                    (str, list)),
    "interval": Entry("time", "sampling interval, a whole number of steps (default: one step)", "1 ms",
                      number=Param(0.1, "ms", "sampling interval", low=0.0, low_open=True)),
}
_RECORD = {
    "spikes": Entry("true, false, or mapping of population to a number of cells, a list of cells, or true",
                    "whose spikes are recorded (default true)", "{exc: 1000}"),
    "traces": Entry("list of mappings", "which states are recorded", "[{population: exc, variable: v}]", (list,),
                    within=_TRACE),
}
ENTRIES: dict[str, Entry] = {
    "name": Entry("name", "name of the experiment and of its folder in results/", "brunel", (str,), required=True),
    "description": Entry("text", "what it is about", "Phase diagram of …", (str,)),
    "model": Entry("dotted name",
                   "module with PARAMETERS and build or run, or a PyNN script with main, on sys.path or beside the file",
                   "simcore.experiments.brunel", (str,), required=True),
    "duration": Entry("time, or a range", "time that is simulated, a whole number of steps", "1.2 s", number=DURATION),
    "dt": Entry("time, or a range", "time step (default 0.1 ms)", "0.1 ms", number=DT),
    "seed": Entry("whole number, or a range", "seed of all random numbers (default 1)", "1", number=SEED),
    "trials": Entry("whole number", "each point runs with trial = 0, 1, …, an axis of its own (default 1)", "2",
                    number=TRIALS),
    "ranks": Entry("whole number", "MPI ranks of a run; results do not depend on it (default 1)", "1", number=RANKS),
    "parameters": Entry("mapping", "values, ranges, references, distributions; what is left out has the model's default",
                        "{g: 'range([3, 5])'}", (Mapping,)),
    "design": Entry("mapping", "which points (default: the grid of all ranges, first slowest, trial fastest)",
                    "{zip: [[g, eta]]}", (Mapping,), within=_DESIGN),
    "record": Entry("mapping", "what is recorded (default: all spikes)", "{spikes: true}", (Mapping,), within=_RECORD),
    "quantities": Entry("list of names, or of {name: options}", "what is derived from the runs (default: all quantities)",
                        "[mean_rate]", (list, str, Mapping)),
    "tests": Entry("list of mappings", "what the results are compared with", "[{test: …, observation: …}]", (list,)),
    "report": Entry("mapping", "what the report shows", "{rasters: […]}", (Mapping,)),
}


def check(given: Any, entries: Mapping[str, Entry], where: str, path: str = "") -> None:
    """Raise ExperimentError for a key that is not in the table (with the nearest), is missing, or has a wrong type.

    given: content of the file at `path`; where: the file.
    """
    if not isinstance(given, Mapping):
        raise ExperimentError(f"{path or 'an experiment'} must be a mapping with the entries {', '.join(entries)}, "
                              f"got {given!r}", name=path, got=given, where=where)
    for key in given:
        if key not in entries:
            raise unknown_key(key, entries, where, path)
    for key, entry in entries.items():
        value, name = given.get(key), f"{path}.{key}" if path else key
        if value is None:
            if entry.required:
                raise ExperimentError(f"{name} is missing: {entry.meaning} ({entry.kind}), such as {key}: {entry.example}",
                                      name=name, where=where)
            continue
        if entry.types and not isinstance(value, entry.types):
            raise ExperimentError(f"{name} must be a {entry.kind}, such as {key}: {entry.example}, got {value!r}", name=name,
                                  got=value, valid=entry.kind, where=where)
        for i, inner in enumerate(value if isinstance(value, list) else [value]) if entry.within else ():
            check(inner, entry.within, where, f"{name}[{i}]" if isinstance(value, list) else name)


def unknown_key(key: object, valid: Iterable[str], where: str, path: str) -> ExperimentError:
    """The error for a key that does not exist, with the nearest that does."""
    prefix = f"{path}." if path else ""
    return ExperimentError(f"there is no entry {prefix}{key!s}{nearest(str(key), valid)}", name=f"{prefix}{key!s}", got=key,
                           valid=list(valid), where=where)
