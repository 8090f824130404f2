"""One-dimensional variables on `run`: run ids, explored parameters, and what the records say about each run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.errors import StoreError
from simcore.store import layout

Column = tuple[np.ndarray, dict]  # values (n_runs,) and attributes

FACTS = {  # variable of the group `runs`: where it is in the record, and its attributes
    "commit": ("provenance/code/project/sha", {"long_name": "git commit of the project"}),
    "dirty": (
        "provenance/code/project/dirty",
        {"units": "1", "long_name": "1 if the project differed from its commit"},
    ),
    "source_digest": ("provenance/code/source_digest", {"long_name": "digest of the sources that a run depends on"}),
    "environment_digest": ("provenance/environment/digest", {"long_name": "digest of Python, packages and platform"}),
    "started": ("provenance/process/started", {"long_name": "start of the run, UTC"}),
    "ended": ("provenance/process/ended", {"long_name": "end of the run, UTC"}),
    "wall": ("provenance/process/wall_s", {"units": "s", "long_name": "wall time of the run"}),
    "cpu": ("provenance/process/cpu_s", {"units": "s", "long_name": "CPU time of the run"}),
    "peak_memory": (
        "provenance/process/peak_memory_MB",
        {"units": "MB", "long_name": "largest resident memory of the process"},
    ),
    "ranks": ("provenance/process/ranks", {"units": "1", "long_name": "MPI ranks"}),
    "host": ("provenance/host/name", {"long_name": "host of the run"}),
}


def axis_columns(points: Mapping[str, Any], experiment: object) -> dict[str, Column]:
    """Coordinates on `run`: index, run id, and one per explored parameter with its units, in the order of
    axes.

    Numbers and booleans stay what they are, text stays text; anything else (lists, mappings, mixtures)
    becomes JSON. A run that does not have an explored parameter has NaN or "" there.
    """
    columns = {"run": np.arange(len(points)), "run_id": np.array(list(points))}
    result = {name: (values, dict(layout.ROWS[name].attrs)) for name, values in columns.items()}
    units = {axis.name: axis.units for axis in getattr(experiment, "axes", ())}
    explored = [point.explored for point in points.values()]
    for name in dict.fromkeys([*units, *(key for values in explored for key in values)]):
        if name in result or name.split("/")[0] in layout.GROUPS:
            raise StoreError(
                f"an explored parameter cannot be named {name!r} in a trajectory: the layout has that name already",
                name=name,
                valid=[*result, *layout.GROUPS],
            )
        values = column([values.get(layout.checked_name(name, "explored parameter")) for values in explored])
        result[name] = values, {"units": units.get(name) or "1", "long_name": f"explored parameter {name}"}
    return result


def fact_columns(rests: Sequence[Mapping], common: Mapping) -> dict[str, Column]:
    """Variables of the group `runs`: facts of the records, and as JSON all that the runs do not agree on.

    rests: per run, its root attributes less those in common.
    """
    result = {}
    for name, (where, attrs) in FACTS.items():
        of_all = _at(common, where)
        values = [of_all if (own := _at(record, where)) is None else own for record in rests]
        result[name] = column(values, text="units" not in attrs), attrs
    record = np.array([json.dumps(own, sort_keys=True) for own in rests])
    result["record"] = (
        record,
        {"long_name": "root attributes of the run's store that are not in the attribute `common`"},
    )
    return result


def column(values: Iterable[object], *, text: bool = False) -> np.ndarray:
    """Values of runs as one array of numbers, booleans or text; None is NaN, or "" among text (`text`: if all
    are None).
    """
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, bool) for value in there) and len(there) == len(values):
        return np.array(values)
    if all(isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**63) for value in there) and (
        there or not text
    ):
        return np.array([np.nan if value is None else value for value in values])
    if all(isinstance(value, str) for value in there):
        return np.array([value or "" for value in values], str)
    return np.array(["" if value is None else json.dumps(value, sort_keys=True) for value in values])


def _at(record: Mapping, path: str) -> object:
    value: object = record
    for key in path.split("/"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
