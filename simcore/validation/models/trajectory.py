"""Runs of a trajectory as a model: the point (or points) that an experiment file's test is `at`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import nearest
from simcore.validation.canonical import digest
from simcore.validation.capabilities.activity import (
    KnowsParameters,
    ProducesCorrelation,
    ProducesCurve,
    ProducesIrregularity,
    ProducesQuantity,
    ProducesRates,
    ProducesSpectrum,
    ProducesSynchrony,
)
from simcore.validation.capabilities.cell import ProducesSample
from simcore.validation.errors import BadParameterValueError, PredictionError
from simcore.validation.models.base import Model

if TYPE_CHECKING:
    import xarray as xr


class TrajectoryModel(Model, ProducesQuantity, ProducesRates, ProducesIrregularity, ProducesSynchrony,
                      ProducesCorrelation, ProducesSpectrum, ProducesSample, ProducesCurve, KnowsParameters):
    """Selected runs of derived quantities.

    quantities: Dataset (run, population, …). at: the explored parameters they share. runs: their positions.
    parameters: the complete parameters of one of the runs, if they are known. What a test asked for is kept in `used`,
    as digests, so that a score can be reused while these stay the same.
    """

    def __init__(self, quantities: xr.Dataset, at: Mapping, runs: np.ndarray, *, name: str | None = None,
                 parameters: Mapping | None = None):
        self.at, self.runs = dict(at), np.asarray(runs)
        self._quantities, self._parameters = quantities, dict(parameters or {})
        self.used: dict[str, str] = {}
        super().__init__(name, **self.at)

    @property
    def run_ids(self) -> list[str]:
        """Ids of the runs; their positions where the trajectory has no ids."""
        ids = self._quantities["run_id" if "run_id" in self._quantities.coords else "run"]
        return [str(run_id) for run_id in ids.values[self.runs]]

    def produce_quantity(self, name: str, population: str | None = None) -> xr.DataArray:
        """The quantity (run, …) of the selected runs; PredictionError if it was not derived."""
        if name not in self._quantities.data_vars:
            raise PredictionError.about(self, f"quantity {name!r} was not derived"
                                              f"{nearest(name, map(str, self._quantities.data_vars))}; add it to "
                                              "'quantities' of the experiment file", name)
        values = self._quantities[name].isel(run=self.runs)
        if population is not None and "population" in values.dims:
            there = [str(one) for one in values["population"].values]
            if population not in there:
                raise PredictionError.about(self, f"there is no population {population!r}{nearest(population, there)}",
                                            name)
            values = values.isel(population=there.index(population))
        values = values.load()
        self.used[_input(name, population)] = _digest(values)
        return values

    def input_digest(self, name: str) -> str | None:
        """Digest of what a test asked for in an earlier judgement, as it is now; None if it is not there any more."""
        kind, _, rest = name.partition(":")
        try:
            if kind == "parameter":
                return digest(self._parameter(rest))
            if kind == "explored":
                return digest(self._explored(rest))
            quantity, _, population = rest.partition("/")
            self.produce_quantity(quantity, population or None)
            return self.used[name]
        except (PredictionError, BadParameterValueError):
            return None

    def produce_rate(self, population: str) -> xr.DataArray:
        """Mean rate (run,) [Hz]."""
        return self.produce_quantity("mean_rate", population)

    def produce_cv_isi(self, population: str) -> xr.DataArray:
        """Coefficient of variation of inter-spike intervals (run,)."""
        return self.produce_quantity("cv_isi", population)

    def produce_synchrony(self, population: str) -> xr.DataArray:
        """Variance of the population's spike count over its Poisson expectation (run,)."""
        return self.produce_quantity("synchrony", population)

    def produce_count_correlation(self, population: str) -> xr.DataArray:
        """Mean correlation coefficient of spike counts (run,)."""
        return self.produce_quantity("count_correlation", population)

    def produce_spectrum(self, population: str) -> xr.DataArray:
        """Power spectral density of the population rate (run, frequency)."""
        return self.produce_quantity("power_spectrum", population)

    def produce_dominant_frequency(self, population: str) -> xr.DataArray:
        """Frequency of the largest power (run,) [Hz]."""
        return self.produce_quantity("dominant_frequency", population)

    def produce_sample(self, name: str, population: str | None = None) -> np.ndarray:
        """All values of a quantity of the selected runs (n,)."""
        return self.produce_quantity(name, population).values.ravel()

    def produce_curve(self, name: str, over: str, population: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values of the explored parameter `over` (n,), ascending, and the mean of the quantity over its runs (n,)."""
        values, at = self.produce_quantity(name, population), self._explored(over)
        self.used[f"explored:{over}"] = digest(at)
        x, group = np.unique(at, return_inverse=True)
        return x, np.bincount(group, values.values) / np.bincount(group)

    def _explored(self, name: str) -> np.ndarray:
        """The explored parameter of the selected runs (run,); PredictionError if it was not explored, or is no number."""
        explored = {str(key): coord for key, coord in self._quantities.coords.items() if coord.dims == ("run",)}
        if name not in explored or explored[name].dtype.kind not in "iuf":
            raise PredictionError.about(self, f"{name!r} was not explored, or is no number{nearest(name, explored)}", name)
        return explored[name].values[self.runs].astype(float)

    def parameter(self, name: str, default: Any = None) -> Any:
        """The parameter of a dotted name: explored, else of the runs' points, else `default`.

        BadParameterValueError if the selected runs differ in it.
        """
        found = self._parameter(name)
        self.used[f"parameter:{name}"] = digest(found)
        return default if found is None else found

    def _parameter(self, name: str) -> Any:
        coord = self._quantities.coords.get(name)
        if coord is not None and coord.dims == ("run",):
            values = set(coord.values[self.runs].tolist())
            if len(values) > 1:
                raise BadParameterValueError(name, values, f"the runs of model {self.name!r} differ in {name}: "
                                             f"{sorted(values)}; give it under 'at'")
            return values.pop()
        found: Any = self._parameters
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def identity_state(self) -> dict[str, Any]:
        """The selected values of all quantities, and the parameters."""
        values = {name: _digest(array.isel(run=self.runs)) for name, array in self._quantities.data_vars.items()}
        return {"at": self.at, "quantities": values, "parameters": self._parameters}

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """Name, parameters and runs; not the quantities."""
        return {"name": self.name, "at": self.at, "run_ids": self.run_ids}


def _input(name: str, population: str | None) -> str:
    return f"quantity:{name}/{population}" if population else f"quantity:{name}"


def _digest(values: xr.DataArray) -> str:
    """Of values, dimensions, units, and coordinates other than the runs'."""
    coords = {name: coord.values for name, coord in values.coords.items() if "run" not in coord.dims}
    return digest(values.dims, values.values, coords, values.attrs.get("units", ""))
