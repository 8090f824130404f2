"""Arrays of the spike sources: Poisson groups with their tables, and the sorted events of array sources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from simcore._math import exp
from simcore.engine.connect import connected_values
from simcore.engine.draws import per_cell
from simcore.engine.partition import Partition
from simcore.errors import ConfigurationError
from simcore.network.connectors import OneToOne
from simcore.network.network import Network, Population, Projection
from simcore.rng import streams

MAX_COUNT = 255             # spikes of one source in one step: `fired` is uint8
MAX_MEAN = 150.0            # spikes a source and step: more than MAX_COUNT then have a probability of 1e-15


def is_private(projection: Projection) -> bool:
    """Whether the sources are drawn where their one target is, without ever becoming spikes.

    The sum of an input does not depend on whether the same sources are recorded or also connected elsewhere.
    """
    return (projection.pre.model.source == "poisson" and isinstance(projection.connector, OneToOne)
            and not projection.dynamics)


def poisson_thresholds(mean: float) -> np.ndarray:
    """(n,) uint32: P(N <= k) * 2**32 for k = 0, 1, … until it is 2**32.

    A draw is the number of thresholds at or below one uniform 32-bit word. # ASSUME: probabilities are rounded to
    2**-32; the mean rate is then wrong by less than n * 2**-33 / dt, below 1e-4 Hz.
    """
    term = total = exp(-mean)
    table = []
    k = 0
    while (scaled := int(total * 4294967296.0 + 0.5)) < 4294967296 and k < 20 * mean + 100:
        table.append(scaled)
        k += 1
        term *= mean / k
        total += term
    return np.array(table, dtype=np.uint32)


def poisson_inputs(network: Network, part: Partition, rows: dict[str, int], dt: float, key: tuple[int, int],
                   changed: tuple[dict, dict], into_state: bool) -> tuple:
    """The argument `groups` of kernels.events.poisson_inputs: one group per private projection and distinct rate.

    changed: by number of a projection, (n,) weights that replace its own, and its delays: (first step sent, (n,) steps),
    …; into_state: those that are added to a state of their targets, or the others.
    """
    groups = []
    for projection in filter(is_private, network.projections):
        if projection.post.model.adds_to_state(projection.receptor) != into_state:
            continue
        slot = part.slot(projection.post)
        weights, delays = connected_values(projection, slot, dt, key)
        weights = changed[0].get(projection.number, weights)
        changes = changed[1].get(projection.number, [(0, delays)])
        source_gids = projection.pre.first_gid + slot.addresses
        lids = slot.first_lid + np.arange(slot.size)
        for (since, own), (until, _) in pairwise([*changes, (2**62, delays)]):
            for (rate, start, stop, delay), of in _distinct(projection.pre, slot.addresses, source_gids, dt, key, own):
                groups.append((rows[projection.receptor], delay, max(start, since), min(stop, until),
                               poisson_thresholds(rate), source_gids[of], lids[of], weights[of]))
    row, delay, start, stop, tables, gids, lids, weights = _columns(groups, 8)
    ptr, gid = _ragged(gids, np.int64)
    threshold_ptr, thresholds = _ragged(tables, np.uint32)
    return (ptr, row, delay, start, stop, np.full(row.size, -1, dtype=np.int64), threshold_ptr, thresholds, gid,
            _ragged(lids, np.int64)[1], _ragged(weights, np.float64)[1], np.empty((4, gid.size), dtype=np.uint32),
            np.empty(gid.size, dtype=np.uint32), (streams.lane(streams.POISSON), *key))


def poisson_sources(network: Network, part: Partition, heard: set[int], dt: float, key: tuple[int, int]) -> tuple:
    """The argument `groups` of kernels.events.poisson_sources, for the populations in `heard` (by first gid)."""
    groups = []
    for slot in (s for s in part.slots if s.population.model.source == "poisson" and s.population.first_gid in heard):
        no_delay = np.zeros(slot.size, dtype=np.int64)
        for (rate, start, stop, _), of in _distinct(slot.population, slot.addresses, slot.gids, dt, key, no_delay):
            groups.append((start, stop, poisson_thresholds(rate), slot.gids[of], slot.first_lid + of))
    start, stop, tables, gids, lids = _columns(groups, 5)
    ptr, gid = _ragged(gids, np.int64)
    threshold_ptr, thresholds = _ragged(tables, np.uint32)
    return (ptr, start, stop, np.full(start.size, -1, dtype=np.int64), threshold_ptr, thresholds, gid,
            _ragged(lids, np.int64)[1], np.empty((4, gid.size), dtype=np.uint32), np.empty(gid.size, dtype=np.uint32),
            (streams.lane(streams.POISSON), *key))


def array_sources(part: Partition, dt: float) -> tuple:
    """The argument `events` of kernels.events.array_sources: all spikes of local array sources, sorted by step."""
    steps, lids = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for slot in (s for s in part.slots if s.population.model.source == "array"):
        of_population = _spike_steps(slot.population, dt)
        for k, address in enumerate(slot.addresses):
            step = of_population[address if len(of_population) > 1 else 0]
            steps.append(step)
            lids.append(np.full(step.size, slot.first_lid + k))
    step, lid = np.concatenate(steps), np.concatenate(lids)
    order = np.lexsort((lid, step))
    first, last = (int(step.min()), int(step.max())) if step.size else (0, -1)
    ptr = np.searchsorted(step[order], np.arange(first, last + 2)).astype(np.int64)
    return first, ptr, lid[order].astype(np.int64), np.zeros(2, dtype=np.int64)


def _spike_steps(population: Population, dt: float) -> list[np.ndarray]:
    """Steps of the spikes of each array source, or of the one list that all share; checked on every rank alike."""
    times = population.parameters["spike_times"]
    where = f"population {population.name!r}"
    steps = []
    for own in times if len(times) and np.ndim(times[0]) else [times]:
        step = np.floor(np.asarray(own, dtype=np.float64) / dt + 0.5).astype(np.int64) - 1
        if step.size and step.min() < 0:
            raise ConfigurationError(f"spike_times must be at least one step (dt = {dt:g} ms), got {min(own):g} ms",
                                     name="spike_times", where=where)
        distinct, counts = np.unique(step, return_counts=True)
        if counts.max(initial=0) > MAX_COUNT:
            at = (distinct[counts.argmax()] + 1) * dt
            raise ConfigurationError(f"a source must have at most {MAX_COUNT} spikes in one step (dt = {dt:g} ms), got "
                                     f"{counts.max()} at {at:g} ms", name="spike_times", where=where)
        steps.append(step)
    return steps


def most_spikes(part: Partition, sources: tuple, events: tuple) -> int:
    """How many spikes one step of this rank can have at most: the room that the log must offer before a step."""
    of_tables = sum(int(p) * int(t) for p, t in zip(np.diff(sources[0]), np.diff(sources[4]), strict=True))
    return part.n_cells + of_tables + int(np.diff(events[1]).max(initial=0)) + 1


def _distinct(population: Population, addresses: np.ndarray, gids: np.ndarray, dt: float, key: tuple[int, int],
              delays: np.ndarray) -> Iterator[tuple[tuple, np.ndarray]]:
    """((mean spikes a step, first step, last step, delay), positions) for each distinct combination, ordered."""
    drawn = (per_cell(population.parameters[name], addresses, gids, streams.PARAMETER, k, key)
             for k, name in enumerate(("rate", "start", "duration")))
    rate, start, duration = (np.broadcast_to(values, addresses.shape) for values in drawn)
    mean = rate * (dt * 1e-3)
    if mean.size and (mean.max() > MAX_MEAN or mean.min() < 0):
        raise ConfigurationError(f"a Poisson source must have 0 to {MAX_MEAN:g} spikes a step, got {mean.max():g} "
                                 f"(rate = {rate.max():g} Hz, dt = {dt:g} ms)", where=f"population {population.name!r}")
    first = np.floor(start / dt + 0.5)
    last = np.minimum(np.floor((start + duration) / dt + 0.5), 2.0**62)
    rows, inverse = np.unique(np.stack([mean, first, last, delays]), axis=1, return_inverse=True)
    for k in range(rows.shape[1]):
        m, a, b, d = rows[:, k]
        yield (float(m), int(a), int(b), int(d)), np.flatnonzero(inverse == k)


def _columns(groups: list[tuple], n: int) -> list:
    """The columns of a table of groups; whole numbers as int64 arrays, arrays as lists."""
    columns = list(zip(*groups, strict=True)) if groups else [()] * n
    return [list(c) if c and isinstance(c[0], np.ndarray) else np.array(c, dtype=np.int64) for c in columns]


def _ragged(parts: list[np.ndarray], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (n + 1,) int64 and concatenation of arrays."""
    ptr = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(p) for p in parts], out=ptr[1:])
    return ptr, np.concatenate([np.empty(0, dtype), *parts]).astype(dtype)
