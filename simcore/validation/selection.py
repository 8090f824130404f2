"""Select runs of a trajectory by the values of its explored parameters.

`at` is a mapping of explored parameters: a value, a list of values, or "each" (every value there is). Each combination
is one model; runs that differ in other parameters, such as the trial, are its sample. `at: each` means every
combination of all parameters but the trial.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import ExperimentError, nearest
from simcore.units import to_canonical

if TYPE_CHECKING:
    import xarray as xr

EACH = "each"
Explored = dict[str, tuple[np.ndarray, str]]       # per parameter: value of each run, unit


def explored_of(quantities: xr.Dataset, order: Sequence[str] = ()) -> Explored:
    """Explored parameters of a Dataset: coordinates on `run` that are not its index or id.

    order: that of the experiment; a store has its coordinates by the alphabet.
    """
    found = {str(name): (coord.values, _unit(coord.attrs.get("units"))) for name, coord in quantities.coords.items()
             if coord.dims == ("run",) and name not in ("run", "run_id")}
    return {name: found[name] for name in dict.fromkeys([*order, *found]) if name in found}


def explored_by(experiment: Any) -> Explored:
    """Explored parameters of an experiment that has not been run: of its points and axes."""
    points = list(experiment.points.values())
    return {axis.name: (np.array([point.explored.get(axis.name) for point in points]), _unit(axis.units))
            for axis in experiment.axes}


def groups(explored: Explored, at: Mapping | str | None, n_runs: int, *,
           where: str = "") -> list[tuple[dict, np.ndarray]]:
    """For each model that `at` stands for: its parameters, and the positions of its runs.

    ExperimentError for an unknown parameter, or a value that no run has, naming the nearest.
    """
    if at == EACH:
        at = {name: EACH for name in explored if name != "trial"}
    at = at or {}
    if not isinstance(at, Mapping):
        raise ExperimentError(f"at must be a mapping of explored parameters, or {EACH!r}, got {at!r}", name="at",
                              got=at, where=where)
    for name in at:
        if name not in explored:
            raise ExperimentError(f"at: {name!r} is not an explored parameter of this trajectory"
                                  f"{nearest(name, explored)}", name=f"at.{name}", got=name, valid=list(explored),
                                  where=where)
    at = {name: at[name] for name in explored if name in at}       # one name for a point, however it was written
    choices = {name: _choices(explored, name, value, where) for name, value in at.items()}
    found = []
    for values in itertools.product(*choices.values()):
        place = dict(zip(choices, values, strict=True))
        runs = _runs(explored, place, n_runs)
        if len(runs):
            found.append((place, runs))
        elif EACH not in at.values():
            raise _no_run(explored, place, n_runs, where)
    if not found:
        raise _no_run(explored, at, n_runs, where)
    return found


def label(place: Mapping, explored: Explored) -> str:
    """A model's name: "g=5, eta=2, delay=1.5 ms"; "all runs" for no parameters."""
    parts = []
    for name, value in place.items():
        unit = explored[name][1]
        parts.append(f"{name}={f'{value:g}' if isinstance(value, float) else value}{f' {unit}' if unit else ''}")
    return ", ".join(parts) or "all runs"


def _unit(unit: str | None) -> str:
    return "" if unit in (None, "1") else str(unit)


def _choices(explored: Explored, name: str, value: Any, where: str) -> list:
    """The values that are meant, as the runs have them."""
    if value == EACH:
        return sorted(set(explored[name][0].tolist()))
    wanted = value if isinstance(value, (list, tuple)) else [value]
    return [_known(*explored[name], name, one, where) for one in wanted]


def _known(values: np.ndarray, unit: str, name: str, value: Any, where: str) -> Any:
    there = sorted(set(values.tolist()))
    if values.dtype.kind not in "iufb":
        if value not in there:
            raise ExperimentError(f"at: no run has {name} = {value!r}{nearest(str(value), map(str, there))}",
                                  name=f"at.{name}", got=value, valid=there, where=where)
        return value
    value = to_canonical(value, unit, name=f"at.{name}", where=where)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExperimentError(f"at: {name} must be a number, got {value!r}", name=f"at.{name}", got=value, where=where)
    closest = min(there, key=lambda other: abs(other - value) if other == other else np.inf)
    if not np.isclose(closest, value, rtol=1e-9, atol=1e-12):
        raise ExperimentError(f"at: no run has {name} = {value:g}; the nearest existing value is {closest:g}",
                              name=f"at.{name}", got=value, valid=there, where=where)
    return closest


def _runs(explored: Explored, place: Mapping, n_runs: int) -> np.ndarray:
    chosen = np.ones(n_runs, bool)
    for name, value in place.items():
        chosen &= explored[name][0] == value
    return np.flatnonzero(chosen)


def _no_run(explored: Explored, place: Mapping, n_runs: int, where: str) -> ExperimentError:
    """No run has this combination: name the one that differs least (number of parameters, then distance)."""
    def distance(run: int) -> tuple:
        pairs = [(explored[name][0][run], value) for name, value in place.items() if value != EACH]
        return (sum(a != b for a, b in pairs),
                sum(abs(a - b) if isinstance(b, (int, float)) else float(a != b) for a, b in pairs))

    if not n_runs:
        return ExperimentError("the trajectory has no runs", name="at", where=where)
    best = min(range(n_runs), key=distance)
    there = {name: explored[name][0][best] for name in place}
    return ExperimentError(f"at: no run has {_text(place)}; the nearest that exists is {_text(there)}", name="at",
                           got=dict(place), valid=there, where=where)


def _text(place: Mapping) -> str:
    return ", ".join(f"{name} = {value}" for name, value in place.items())
