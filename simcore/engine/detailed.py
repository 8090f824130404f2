"""Networks of detailed cells as experiments: what `build(parameters, seed)` returns, and how a run is made of it.

Populations are ranges of gids, places are names for segments, so that an experiment file can say what is recorded:
`{population: ring, variable: v, places: [soma, tip]}`.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.recording import PopulationInfo, Recording, Trace
from simcore.errors import ConfigurationError, nearest

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

_SEGMENT = re.compile(r"(.+)\(([0-9.]+)\)")
_PARTS = 20                 # of a run, after each of which progress is told


@dataclass(frozen=True)
class DetailedNetwork:
    """Detailed cells, and how they are integrated.

    populations: name and number of cells of each, in the order of gids. places: name of a place -> (name of a section, x),
    the same for all cells. scheme, celsius, v_init [mV]: see CableSimulation.
    """

    network: CableNetwork
    populations: Mapping[str, int]
    places: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    scheme: str = "default"
    celsius: float = 6.3
    v_init: float = -65.0

    @property
    def infos(self) -> tuple[PopulationInfo, ...]:
        """The populations as ranges of gids. ConfigurationError if they are not all cells."""
        made, first = [], 0
        for name, size in self.populations.items():
            made.append(PopulationInfo(name, first, size, "detailed"))
            first += size
        if first != self.network.n_cells:
            raise ConfigurationError(f"populations must have all {self.network.n_cells} cells, they have {first}",
                                     name="populations", got=dict(self.populations))
        return tuple(made)


def run_detailed(model: DetailedNetwork, *, duration: float, dt: float, record: Mapping | None = None,
                 comm: Intracomm | None = None,
                 progress: Callable[[float, float, int], None] | None = None) -> Recording | None:
    """Simulate from 0 to `duration` [ms]; the recording on rank 0, None on the others. record: as in a point.

    Raises ConfigurationError for what cannot be recorded, and what CableSimulation raises.
    """
    record = record or {}
    infos = {info.name: info for info in model.infos}
    requests = [_request(trace, model, infos) for trace in record.get("traces") or ()]
    _keep_ends(model.network, [request for _, request in requests])
    simulation = CableSimulation(model.network, dt=dt, scheme=model.scheme, celsius=model.celsius, v_init=model.v_init,
                                 record={"spikes": _chosen(record.get("spikes", True), infos),
                                         "traces": [request for _, request in requests]}, comm=comm)
    n_steps = simulation.steps_in(duration)
    edges = np.linspace(0, n_steps, _PARTS + 1).round().astype(int)
    for begin, end in itertools.pairwise(edges.tolist()):
        simulation.run((end - begin) * dt)
        if progress and (comm is None or comm.rank == 0):
            progress(end * dt, duration, simulation.n_spikes)
    found = simulation.recording()
    if found is None:
        return None
    traces = tuple(_named(trace, name) for (name, _), trace in zip(requests, found.traces, strict=True))
    return dataclasses.replace(found, duration=duration, populations=tuple(infos.values()), traces=traces)


def _request(trace: Mapping, model: DetailedNetwork, infos: Mapping[str, PopulationInfo]) -> tuple[str, dict]:
    """Population, and the request as CableRecorder takes it."""
    name = trace["population"]
    gids = _gids(trace.get("cells", True), _info(name, infos))
    places = [_place(text, model.places) for text in trace.get("places") or ()]
    return name, {"variable": trace["variable"], "cells": gids, "interval": trace["interval"], "places": places or None}


def _place(text: str, known: Mapping[str, tuple[str, float]]) -> tuple[str, float | str]:
    """Section and position of a place."""
    if text == "all":
        return "all", "all"
    if text in known:
        return known[text]
    match = _SEGMENT.fullmatch(text)
    if not match:
        raise ConfigurationError(f"a place must be one of the model's, a compartment such as dend[3](0.5), or all, got "
                                 f"{text!r}{nearest(text, [*known, 'all'])}", name="places", got=text)
    return match[1], float(match[2])


def _keep_ends(network: CableNetwork, requests: list[dict]) -> None:
    """Ends of sections are points of the tree only where something is; also where they are recorded."""
    for request in requests:
        ends = [(name, x) for name, x in request["places"] or () if x in (0.0, 1.0)]
        for gid in request["cells"] if ends else ():
            cell = network.cells[gid]
            own = [(s, x) for s in cell.root.subtree() for name, x in ends if s.name == name]
            network.cells[gid] = dataclasses.replace(cell, probes=(*cell.probes, *own))


def _info(name: str, infos: Mapping[str, PopulationInfo]) -> PopulationInfo:
    if name not in infos:
        raise ConfigurationError(f"there is no population {name!r}{nearest(name, infos)}", name="population", got=name)
    return infos[name]


def _gids(cells: bool | int | list[int], info: PopulationInfo) -> list[int]:
    """Gids of chosen cells of a population: all, the first so many, or these."""
    own = range(info.size) if cells is True else range(min(cells, info.size)) if isinstance(cells, int) else cells
    bad = [c for c in own if not 0 <= c < info.size]
    if bad:
        raise ConfigurationError(f"cells of {info.name!r} must be from 0 to {info.size - 1}, got {bad[0]}", name="cells",
                                 got=bad[0])
    return [info.first_gid + c for c in own]


def _named(trace: Trace, population: str) -> Trace:
    return dataclasses.replace(trace, population=population)


def _chosen(wanted: bool | Mapping, infos: Mapping[str, PopulationInfo]) -> bool | list[int]:
    """Gids whose spikes were asked for, True or False, as CableSimulation takes it."""
    if wanted is True or not wanted:
        return bool(wanted)
    return sorted({gid for name, cells in wanted.items() for gid in _gids(cells, _info(name, infos))})
