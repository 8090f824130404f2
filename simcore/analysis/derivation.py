"""Derive quantities from a trajectory: block of runs by block, in threads or on a cluster, and only those not known yet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr

from simcore.analysis.activity import Run
from simcore.analysis.assemble import Value, dataset
from simcore.analysis.known import known, write
from simcore.analysis.requests import Request, parse_requests
from simcore.analysis.source import TrajectorySource
from simcore.errors import ExperimentError, SimcoreError, SimulationError
from simcore.store.farm import each, place


def derive(trajectory: str | os.PathLike, out: str | os.PathLike, quantities: Iterable[object] | None = None, *,
           previous: str | os.PathLike | None = None, provenance: Mapping | None = None,
           threads: int | None = None, where: str = "", beside: Sequence[Path] = (), on: str | None = None) -> Path:
    """Derive quantities of a trajectory and write them to `out` (zarr 3, whole or not at all); returns its path.

    quantities: the `quantities` list of an experiment (see `requests`); None: all of simcore. previous: quantities
    derived before, by default those at `out`: variables of the same trajectory, source, options and versions of
    numpy and scipy are taken from there. provenance: record of this process, kept in the attributes. threads: default
    one for each core. where: named in errors. beside: folders where a user's modules are looked for before sys.path. on:
    a dask cluster (see `store.farm`), instead of threads here; the values are the same.
    """
    earlier = out if previous is None else previous
    result = compute(trajectory, quantities, previous=earlier, threads=threads, where=where, beside=beside, on=on)
    result.attrs["provenance"] = dict(provenance or {})
    return write(result, out)


def compute(trajectory: str | os.PathLike, quantities: Iterable[object] | None = None, *,
            previous: str | os.PathLike | None = None, threads: int | None = None, where: str = "",
            beside: Sequence[Path] = (), on: str | None = None) -> xr.Dataset:
    """Quantities of a trajectory as a Dataset with dims (run, population, …), as derive would write them."""
    source = TrajectorySource(trajectory)
    quantities = None if quantities is None else list(quantities)
    requests = _possible(parse_requests(quantities, where=where, beside=beside), source, where)
    reused = known(previous, source, requests) if previous else {}
    missing = [request for request in requests if request.quantity.name not in reused]
    if not missing:
        values = [{} for _ in range(source.n_runs)]
    elif place(on):
        names = frozenset(request.quantity.name for request in missing)
        path = str(Path(trajectory).absolute())
        calls = [(path, block, quantities, names, where, tuple(beside)) for block in source.blocks()]
        values = _joined(each(_block_there, calls, on=on))
    else:
        values = _joined(each(_block, [(source, block, missing) for block in source.blocks()], on="", threads=threads))
    return dataset(source, requests, values, reused)


def _possible(requests: list[Request], source: TrajectorySource, where: str) -> list[Request]:
    """The requests that the trajectory has data for; an error for one that was named and has none."""
    possible = []
    for request in requests:
        quantity = request.quantity
        there = source.has_trace(quantity.trace) if quantity.trace else source.has_spikes or not quantity.per_population
        if not there and not request.is_default:
            what = f"traces of {quantity.trace!r}" if quantity.trace else "spikes"
            raise ExperimentError(f"quantity {quantity.name} needs {what}, which were not recorded: add them under "
                                  "'record', or leave it out", name=quantity.name, where=where or source.path)
        if there:
            possible.append(request)
    return possible


def _joined(blocks: Iterable[list[dict[str, list[Value]]]]) -> list[dict[str, list[Value]]]:
    """For each run, {name: [one value per population, or one]}."""
    return [row for block in blocks for row in block]


def _block(source: TrajectorySource, block: range, requests: list[Request]) -> list[dict[str, list[Value]]]:
    return [dict(_of_run(run, source.populations, requests)) for run in source.read(block)]


def _block_there(trajectory: str, block: range, quantities: list | None, names: frozenset[str], where: str,
                 beside: Sequence[Path]) -> list[dict[str, list[Value]]]:
    """The same in a process that knows only where the trajectory is."""
    requests = [request for request in parse_requests(quantities, where=where, beside=beside)
                if request.quantity.name in names]
    return _block(_opened(trajectory), block, requests)


@lru_cache(maxsize=2)
def _opened(trajectory: str) -> TrajectorySource:
    return TrajectorySource(trajectory)


def _of_run(run: Run, populations: list[str], requests: list[Request]) -> Iterator[tuple[str, list[Value]]]:
    """All quantities of one run. Runs after the same transient are one object: what they derive is shared."""
    later = {skip: run.after(skip) for skip in {request.skip for request in requests}}
    for request in requests:
        seen = later[request.skip]
        arguments = [seen[name] for name in populations] if request.quantity.per_population else [seen]
        yield request.quantity.name, [_value(request, argument, run) for argument in arguments]


def _value(request: Request, argument: object, run: Run) -> Value:
    """The value, as a number or a DataArray of the declared dims; errors say which quantity of which run."""
    quantity = request.quantity
    dims = quantity.dims[1:] if quantity.per_population else quantity.dims
    where = f"quantity {quantity.dotted}, run {run.run_id} ({', '.join(f'{k}={v}' for k, v in run.explored.items())})"
    try:
        with np.errstate(all="ignore"):     # undefined is NaN
            value = quantity.function(argument, **request.options)
    except SimcoreError:
        raise
    except Exception as error:
        raise SimulationError(f"{type(error).__name__}: {error}", name=quantity.name, where=where) from error
    value = value if isinstance(value, xr.DataArray) else np.asarray(value)
    if (value.dims if isinstance(value, xr.DataArray) else ("?",) * value.ndim) != dims:
        raise ExperimentError(f"it must return {f'a DataArray with dims {dims}' if dims else 'one number'}, "
                              f"got {value!r}", name=quantity.name, where=where)
    return value
