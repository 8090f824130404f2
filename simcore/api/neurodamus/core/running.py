"""Running cells: `run_sim(t_stop, *segments)`, and what it gives back."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from simcore.api.neurodamus.core.synapses import Connection, VirtualSpikeSource
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.recording import Recording
from simcore.errors import (
    ConfigurationError,
    InvalidParameterValueError,
    NonExistentParameterError,
    ParameterTypeError,
    nearest,
)
from simcore.morphology.sections import Section, Segment

DEFAULTS = {"dt": 0.025, "v_init": -65.0, "celsius": 6.3, "scheme": "default", "steps_per_ms": None, "tstop": None}
UNITS = {"dt": "ms", "v_init": "mV", "celsius": "degC"}


class SimulationResult:
    """What `run_sim` recorded.

    t_vec: (n,) ms, 0, dt, … t_stop; spikes: {root section: times [ms]} of every cell, at the place where its first
    connection begins, else the middle of its root.
    """

    def __init__(self, t_vec: np.ndarray, traces: dict, spikes: dict[Section, np.ndarray],
                 detected: dict[tuple, tuple[Segment, np.ndarray]]) -> None:
        self.t_vec, self._traces, self.spikes, self._detected = t_vec, traces, spikes, detected

    def get_voltages_at(self, place: Segment | Section) -> np.ndarray:
        """(n,) mV at a recorded segment, or at the middle of a recorded section."""
        return self.get(place, "v")

    def spikes_at(self, place: Segment | Section) -> np.ndarray:
        """(n,) ms of the spikes of a segment that connections begin at. NonExistentParameterError for another one."""
        segment = place(0.5) if isinstance(place, Section) else place
        if _spot(segment) not in self._detected:
            known = [repr(where) for where, _ in self._detected.values()]
            raise NonExistentParameterError(f"no spikes are detected at {segment!r}: no connection begins there"
                                            f"{nearest(repr(segment), known)}", name="place", got=segment, valid=known)
        return self._detected[_spot(segment)][1]

    def get(self, place: Segment | Section, variable: str) -> np.ndarray:
        """(n,) samples of a recorded variable. Raises NonExistentParameterError for what was not recorded."""
        key = (place(0.5) if isinstance(place, Section) else place, variable)
        if key not in self._traces:
            known = [f"{v} at {p!r}" for p, v in self._traces]
            raise NonExistentParameterError(f"{variable} at {key[0]!r} was not recorded"
                                            f"{nearest(f'{variable} at {key[0]!r}', known)}", name=variable)
        return self._traces[key]


def run_sim(t_stop: float, *places: Segment | Section, record: Iterable[tuple[Segment, str]] = (),
            **params: Any) -> SimulationResult:
    """Simulate for t_stop [ms] the cells of these segments and all cells they are connected with, recording v there.

    A section stands for its middle. record: (segment, variable) to record beside v, e.g. (soma(0.5), "m_hh"). params: dt
    [ms], v_init [mV], celsius, scheme ("default" or "neuron"). A t_stop between two steps is rounded, with a warning.
    Two runs in one process do not know of each other. Raises NonExistentParameterError, InvalidParameterValueError,
    ConfigurationError.
    """
    values = DEFAULTS | params
    for name in params:
        if name not in DEFAULTS:
            raise NonExistentParameterError(f"run_sim has no parameter {name!r}{nearest(name, DEFAULTS)}", name=name,
                                            valid=tuple(DEFAULTS))
    if not places:
        raise ConfigurationError("run_sim needs at least one section or segment to record", name="sections")
    values |= {name: _number(values[name], name, units) for name, units in UNITS.items()}
    if not _number(t_stop, "t_stop", "ms") >= 0.0:
        raise InvalidParameterValueError(f"t_stop must be >= 0 ms, got {t_stop!r}", name="t_stop", got=t_stop)
    wanted = list(dict.fromkeys(_wanted(pair) for pair in [*((place, "v") for place in places), *record]))
    network, roots, sources = _network([place for place, _ in wanted], t_stop)
    traces = [{"variable": variable, "cells": [roots[place.sec.root()]], "section": place.sec, "x": place.x}
              for place, variable in wanted]
    simulation = CableSimulation(network, dt=values["dt"], v_init=values["v_init"], celsius=values["celsius"],
                                 scheme=values["scheme"], record={"traces": traces})
    simulation.run(_whole(t_stop, simulation.dt))
    simulation.recorder.sample_now()
    recording = simulation.recording()
    samples = {key: trace.values[:, 0] for key, trace in zip(wanted, recording.traces, strict=True)}
    detected = _detected(recording, sources)
    times = (recording.spikes.step + 1) * simulation.dt
    spikes = {root: times[recording.spikes.gid == gid] for root, gid in roots.items()}
    return SimulationResult(simulation.dt * np.arange(simulation.step + 1), samples, spikes, detected)


def _detected(recording: Recording, sources: Mapping[tuple, tuple[Segment, tuple[int, int]]]) -> dict:
    """{spot: (segment, times [ms])} of the spikes at every place; sources: as `_network` gives them."""
    further = sorted(source for _, source in sources.values() if source[1])
    found = {}
    for spot, (place, (gid, number)) in sources.items():
        if number:
            of_place = recording.results["watched_spike_place"] == further.index((gid, number))
            found[spot] = place, recording.results["watched_spike_time"][of_place]
        else:
            found[spot] = place, (recording.spikes.step[recording.spikes.gid == gid] + 1) * recording.dt
    return found


def _wanted(pair: tuple[Segment | Section, str]) -> tuple[Segment, str]:
    """A segment, the middle of a section, and what is recorded there. ParameterTypeError for anything else."""
    place, variable = pair if isinstance(pair, tuple | list) and len(pair) == 2 else (pair, None)
    segment = place(0.5) if isinstance(place, Section) else place
    if not (isinstance(segment, Segment) and isinstance(variable, str)):
        what = repr(place) if variable == "v" else repr(pair)
        raise ParameterTypeError("run_sim records at segments and sections, and with `record` pairs such as "
                                 f"(soma(0.5), 'm_hh'), got {what}", name="places", got=pair)
    return segment, variable


def _number(value: float, name: str, units: str) -> float:
    """The value as a float. InvalidParameterValueError unless it is a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InvalidParameterValueError(f"{name} must be a finite number [{units}], got {value!r}", name=name, got=value)
    return number


def _whole(t_stop: float, dt: float) -> float:
    """t_stop as a whole number of steps, the nearest as in NEURON; a warning where that changes it."""
    n_steps = round(t_stop / dt)
    if abs(n_steps * dt - t_stop) > 1e-6 * max(t_stop, dt):
        warnings.warn(f"t_stop = {t_stop:g} ms is no whole number of steps of dt = {dt:g} ms: the run ends at "
                      f"{n_steps * dt:g} ms", stacklevel=3)
    return n_steps * dt


def _network(places: list[Segment],
             t_stop: float) -> tuple[CableNetwork, dict[Section, int], dict[tuple, tuple[Segment, tuple[int, int]]]]:
    """The network of all cells that connections lead to from these places, gids in the order they are found; their roots;
    by `_spot` where spikes are detected, and the source (gid, number) that it is.
    """
    roots: dict[Section, int] = {}
    waiting = [p.sec.root() for p in places]
    links: dict[int, Connection] = {}
    while waiting:
        root = waiting.pop(0)
        if root in roots:
            continue
        roots[root] = len(roots)
        for link in root.links:
            links[id(link)] = link
            ends = [link.receptor.section] + ([link.source.sec] if isinstance(link.source, Segment) else [])
            waiting += [section.root() for section in ends]
    network = CableNetwork()
    detectors = _detectors(links.values())
    sources = {}
    for root, gid in roots.items():
        watched = detectors.get(root) or {_spot(root(0.5)): (root(0.5), 10.0)}
        (first, (place, threshold)), *more = watched.items()
        network.add(root, gid=gid, detector=(place.sec, place.x), threshold=threshold,
                    probes=[(p.sec, p.x) for p in places if p.sec.root() is root])
        sources[first] = place, (gid, 0)
        sources |= {key: (p, network.watch(gid, p.sec, p.x, threshold=t)) for key, (p, t) in more}
    made = sorted({link.source for link in links.values() if isinstance(link.source, VirtualSpikeSource)},
                  key=lambda source: source.order)
    times = {source: source.spike_times(t_stop, number) for number, source in enumerate(made, 1)}
    for link in links.values():
        if link.source in times:
            network.stimulate(link.receptor, times[link.source], weight=link.weight[0], delay=link.delay)
        else:
            network.connect(sources[_spot(link.source)][1], link.receptor, weight=link.weight[0], delay=link.delay)
    return network, roots, sources


def _spot(place: Segment) -> tuple[Section, float]:
    """What segments at one place have in common: the section, and the compartment's number or the end (-0.5, -1.5)."""
    return place.sec, -0.5 - place.x if place.x in (0.0, 1.0) else place.index


def _detectors(links: Iterable[Connection]) -> dict[Section, dict[tuple, tuple[Segment, float]]]:
    """By root and `_spot` the places where spikes of source cells are detected and their thresholds.

    The threshold is that of the last connection made from there.
    """
    found: dict[Section, dict[tuple, tuple[Segment, float]]] = {}
    for link in links:
        if isinstance(link.source, Segment):
            found.setdefault(link.source.sec.root(), {})[_spot(link.source)] = (link.source, link.threshold)
    return found
