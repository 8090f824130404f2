"""What a report is made of: quantities, spikes, scores and provenance of one study, opened for reading."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from simcore.analysis.activity import Activity
from simcore.analysis.known import read_quantities
from simcore.analysis.source import TrajectorySource
from simcore.errors import ExperimentError, StoreError, nearest
from simcore.report.sections import Known, Sections, parse_report


@dataclass(frozen=True, eq=False)
class Material:
    """All that a report is made of. scores and provenance are those of scores.json and provenance.json."""

    experiment: Any                 # name, description, model, source, axes, report
    source: TrajectorySource
    quantities: xr.Dataset
    scores: Sequence[Mapping]
    provenance: Mapping
    sections: Sections

    @property
    def run_ids(self) -> list[str]:
        """Ids of the runs, in the order of the trajectory."""
        return self.source.run_ids

    @property
    def axes(self) -> list[str]:
        """Explored parameters."""
        return self.source.axes

    @cached_property
    def explored(self) -> list[dict[str, Any]]:
        """Explored values of each run."""
        return explored_values(self.source)

    def units(self, axis: str) -> str:
        """Unit of an explored parameter, "" if it has none."""
        units = self.source.coords[axis].attrs.get("units", "")
        return "" if units == "1" else units

    def population(self, name: str) -> str:
        """The population of this name; the first for ""; ExperimentError for one that was not recorded."""
        valid = [str(p) for p in self.quantities.population.values]
        if name and name not in valid:
            raise ExperimentError(f"no population {name!r} was recorded{nearest(name, valid)}", name=name, valid=valid,
                                  where=f"{self.experiment.source}: report")
        return name or (valid[0] if valid else "")

    def value(self, quantity: str, run: int, population: str) -> float:
        """A quantity of one run and population."""
        return float(self.of_population(quantity, population)[run])

    def of_population(self, quantity: str, population: str) -> np.ndarray:
        """A quantity of all runs, of one population if it has several."""
        values = self.quantities[quantity]
        return (values.sel(population=population) if "population" in values.dims else values).values

    def activity(self, run: int, population: str) -> Activity:
        """Spikes of a population in one run."""
        return next(self.source.read(range(run, run + 1)))[population]


def gather(trajectory: str | os.PathLike, quantities: str | os.PathLike, scores: str | os.PathLike | None,
           provenance: str | os.PathLike, experiment: Any) -> Material:
    """Open all of it and check the report section; StoreError for a file that is missing or not what it should be."""
    source, derived = TrajectorySource(trajectory), read_quantities(quantities)
    judged = _read_json(scores)["scores"] if scores else []
    n_dims = {str(name): values.ndim - 1 for name, values in derived.data_vars.items()}
    explored = explored_values(source)
    known = Known(explored, source.axes, n_dims, f"{getattr(experiment, 'source', '') or 'experiment'}")
    return Material(experiment, source, derived, judged, _read_json(provenance), parse_report(experiment.report, known))


def explored_values(source: TrajectorySource) -> list[dict[str, Any]]:
    """Explored values of each run as plain numbers and text."""
    columns = {name: source.coords[name].values.tolist() for name in source.axes}
    return [{name: values[run] for name, values in columns.items()} for run in range(source.n_runs)]


def _read_json(path: str | os.PathLike) -> dict:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{os.fspath(path)} cannot be read: {error}", name=os.fspath(path)) from error
