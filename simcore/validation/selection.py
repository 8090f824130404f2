"""Select runs of a trajectory by the values of its explored parameters.

`at` is a mapping of explored parameters: a value, a list of values, or "each" (every value there is). Each combination
is one model; runs that differ in other parameters, such as the trial, are its sample. `at: each` means every
combination of all parameters but the trial.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import ExperimentError, nearest
from simcore.units import to_canonical

if TYPE_CHECKING:
    import xarray as xr

EACH = "each"


def axes(quantities: xr.Dataset) -> list[str]:
    """Names of the explored parameters: coordinates on `run` that are not its index or id."""
    return [name for name, coord in quantities.coords.items() if coord.dims == ("run",)
            and name not in ("run", "run_id")]


def groups(quantities: xr.Dataset, at: Mapping | str | None, *, where: str = "") -> list[tuple[dict, np.ndarray]]:
    """For each model that `at` stands for: its parameters, and the positions of its runs.

    ExperimentError for an unknown parameter, or a value that no run has, naming the nearest.
    """
    known = axes(quantities)
    if at == EACH:
        at = {name: EACH for name in known if name != "trial"}
    at = at or {}
    if not isinstance(at, Mapping):
        raise ExperimentError(f"at must be a mapping of explored parameters, or {EACH!r}, got {at!r}", name="at",
                              got=at, where=where)
    for name in at:
        if name not in known:
            raise ExperimentError(f"at: {name!r} is not an explored parameter of this trajectory{nearest(name, known)}",
                                  name=f"at.{name}", got=name, valid=known, where=where)
    choices = {name: _choices(quantities[name], value, where) for name, value in at.items()}
    found = []
    for values in itertools.product(*choices.values()):
        place = dict(zip(choices, values, strict=True))
        runs = _runs(quantities, place)
        if len(runs):
            found.append((place, runs))
        elif not any(at[name] == EACH for name in place):
            raise _no_run(quantities, place, where)
    if not found:
        raise _no_run(quantities, at, where)
    return found


def label(place: Mapping, quantities: xr.Dataset) -> str:
    """A model's name: "g=5, eta=2, delay=1.5 ms"; "all runs" for no parameters."""
    units = {name: quantities[name].attrs.get("units", "") for name in place}
    parts = [f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in place.items()]
    return ", ".join(f"{part} {units[name]}" if units[name] not in ("", "1") else part
                     for part, name in zip(parts, place, strict=True)) or "all runs"


def _choices(coord: xr.DataArray, value: Any, where: str) -> list:
    """The values that are meant, as the coordinate has them."""
    if value == EACH:
        return sorted(set(coord.values.tolist()))
    return [_known(coord, one, where) for one in (value if isinstance(value, (list, tuple)) else [value])]


def _known(coord: xr.DataArray, value: Any, where: str) -> Any:
    name, there = coord.name, sorted(set(coord.values.tolist()))
    if coord.dtype.kind not in "iufb":
        if value not in there:
            raise ExperimentError(f"at: no run has {name} = {value!r}{nearest(str(value), map(str, there))}",
                                  name=f"at.{name}", got=value, valid=there, where=where)
        return value
    units = coord.attrs.get("units", "")
    value = to_canonical(value, "" if units == "1" else units, name=f"at.{name}", where=where)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExperimentError(f"at: {name} must be a number, got {value!r}", name=f"at.{name}", got=value, where=where)
    closest = min(there, key=lambda other: (abs(other - value), other) if other == other else (np.inf, 0.0))
    if not np.isclose(closest, value, rtol=1e-9, atol=1e-12):
        raise ExperimentError(f"at: no run has {name} = {value:g}; the nearest existing value is {closest:g}",
                              name=f"at.{name}", got=value, valid=there, where=where)
    return closest


def _runs(quantities: xr.Dataset, place: Mapping) -> np.ndarray:
    chosen = np.ones(quantities.sizes["run"], bool)
    for name, value in place.items():
        chosen &= quantities[name].values == value
    return np.flatnonzero(chosen)


def _no_run(quantities: xr.Dataset, place: Mapping, where: str) -> ExperimentError:
    """No run has this combination: name the one that differs least (number of parameters, then distance)."""
    def distance(run: int) -> tuple:
        values = [(quantities[name].values[run], value) for name, value in place.items() if value != EACH]
        return (sum(a != b for a, b in values),
                sum(abs(a - b) if isinstance(b, (int, float)) else float(a != b) for a, b in values))

    runs = range(quantities.sizes["run"])
    if not len(runs):
        return ExperimentError("the trajectory has no runs", name="at", where=where)
    best = min(runs, key=distance)
    there = {name: quantities[name].values[best] for name in place}
    return ExperimentError(f"at: no run has {_text(place)}; the nearest that exists is {_text(there)}", name="at",
                           got=dict(place), valid=there, where=where)


def _text(place: Mapping) -> str:
    return ", ".join(f"{name} = {value}" for name, value in place.items())
