"""Put the values of quantities of all runs together as one Dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import scipy
import xarray as xr

from simcore.analysis.requests import Request
from simcore.analysis.source import TrajectorySource
from simcore.errors import ExperimentError

Value = np.ndarray | xr.DataArray


def dataset(source: TrajectorySource, requests: list[Request], rows: list[dict[str, list[Value]]],
            reused: Mapping[str, xr.DataArray]) -> xr.Dataset:
    """All quantities on (run, population, …), with the coordinates of the trajectory's runs.

    rows: per run, the values of those that were derived now. reused: the others. Raises ExperimentError if two
    quantities have the same dimension with different coordinates.
    """
    result = xr.Dataset(coords=dict(source.coords))
    result = result.assign_coords(population=("population", np.array(source.populations, dtype=object),
                                              {"long_name": "population"}))
    for request in requests:
        name = request.quantity.name
        array = reused[name] if name in reused else _stacked(request, [row[name] for row in rows])
        array = array.drop_vars([c for c in array.coords if c in ("run", "population") or c not in array.dims])
        array.attrs = attributes(request)
        _refuse_other_coordinates(result, array, name)
        result[name] = array
    result.attrs = {"Conventions": "CF-1.11", "trajectory_digest": source.digest, "versions": json.dumps(versions()),
                    "experiment": json.dumps({key: source.attrs.get("experiment", {}).get(key)
                                              for key in ("name", "description", "model")})}
    return result


def attributes(request: Request) -> dict[str, str]:
    """Attributes of a variable: units, meaning, paper, function, options, and the digest of its source."""
    quantity = request.quantity
    return {"units": quantity.units, "long_name": quantity.long_name, "source": quantity.source,
            "function": quantity.dotted, "quantity_source_digest": quantity.digest,
            "options": json.dumps({**request.options, "skip": request.skip}, sort_keys=True)}


def versions() -> dict[str, str]:
    """Versions of the packages that values depend on."""
    return {"numpy": np.__version__, "scipy": scipy.__version__}


def _stacked(request: Request, values: list[list[Value]]) -> xr.DataArray:
    """Values of a quantity, per run and population, as one array."""
    quantity = request.quantity
    dims = ("run", *quantity.dims)
    arrays = [value for row in values for value in row if isinstance(value, xr.DataArray)]
    if not arrays:
        shape = (len(values), len(values[0]) if values else 0)[: len(dims)]
        flat = np.array([value.item() for row in values for value in row])
        return xr.DataArray(flat.reshape(shape), dims=dims)
    if any(not _same_coordinates(arrays[0], array) for array in arrays):    # runs differ in dt, for instance
        arrays = list(xr.align(*arrays, join="outer"))
    stacked = np.stack([array.values for array in arrays])
    shape = (len(values), len(values[0])) if quantity.per_population else (len(values),)
    coords = {name: coord.variable for name, coord in arrays[0].coords.items() if name in quantity.dims}
    return xr.DataArray(stacked.reshape(*shape, *stacked.shape[1:]), dims=dims, coords=coords)


def _same_coordinates(a: xr.DataArray, b: xr.DataArray) -> bool:
    return a.shape == b.shape and all(a.coords[name].equals(b.coords[name]) for name in a.coords)


def _refuse_other_coordinates(result: xr.Dataset, array: xr.DataArray, name: str) -> None:
    for dim, coord in array.coords.items():
        if dim in result.coords and not result.coords[dim].variable.equals(coord.variable):
            others = [str(other) for other, values in result.data_vars.items() if dim in values.dims]
            raise ExperimentError(f"quantities {', '.join(others)} and {name} have different coordinates on dimension "
                                  f"{dim!r}: give them the same options, or name the dimension differently", name=name)
