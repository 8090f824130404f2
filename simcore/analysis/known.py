"""Quantities that were derived before: read what is still true of them, and write them whole."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from simcore.analysis.assemble import attributes, versions
from simcore.analysis.requests import Request
from simcore.analysis.source import TrajectorySource
from simcore.store.atomic import new_folder

_DECIDES = ("function", "quantity_source_digest", "options")


def known(previous: str | os.PathLike, source: TrajectorySource, requests: list[Request]) -> dict[str, xr.DataArray]:
    """Variables of earlier quantities that deriving them again would give: {name: values}.

    Of the same arrays of the trajectory, by the same source with the same options and versions of numpy and scipy.
    """
    if not source.digest or not Path(previous).exists():
        return {}
    try:
        with read_quantities(previous) as earlier:
            same = (earlier.attrs.get("trajectory_digest"), earlier.attrs.get("versions")) == (
                source.digest, json.dumps(versions()))
            return {request.quantity.name: earlier[request.quantity.name].load() for request in requests
                    if same and _is_same(earlier, request)}
    except (OSError, ValueError, KeyError) as error:        # not readable is not known
        warnings.warn(f"{previous} cannot be read ({error}): everything is derived anew", stacklevel=2)
        return {}


def read_quantities(path: str | os.PathLike) -> xr.Dataset:
    """Open quantities that derive wrote; values are read when asked for."""
    return xr.open_dataset(path, engine="zarr", zarr_format=3, decode_timedelta=False)


def write(quantities: xr.Dataset, out: str | os.PathLike) -> Path:
    """Write quantities as a zarr 3 store, whole or not at all; an older one is replaced."""
    out = Path(out)
    texts = {name: variable.astype(object) for name, variable in quantities.variables.items()
             if variable.dtype.kind in "UT"}
    plain = quantities.assign_coords({name: text for name, text in texts.items() if name in quantities.coords})
    for variable in plain.variables.values():
        variable.encoding = {}
    plain.attrs = {key: _plain(value) for key, value in plain.attrs.items()}
    with new_folder(out) as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")     # zarr-python's own reader takes them
        plain.to_zarr(folder, mode="w", zarr_format=3, consolidated=True)
    return out


def _is_same(earlier: xr.Dataset, request: Request) -> bool:
    if request.quantity.name not in earlier:
        return False
    noted, now = earlier[request.quantity.name].attrs, attributes(request)
    return all(noted.get(key) == now[key] for key in _DECIDES)


def _plain(value: object) -> object:
    return json.loads(json.dumps(value, default=_number)) if isinstance(value, Mapping) else value


def _number(value: object) -> object:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be kept as JSON")
