"""Other delays of a plastic projection: connections sorted anew with their weights and states, what is under way kept.

A presynaptic spike keeps the delay that it was sent with: for its arrival, and in its pairs with all postsynaptic spikes,
earlier and later. Release (short-term dynamics) is in the order of firing. As connections of a row then have seen unlike
spikes, each has an STDP state of its own from the first change in time until reset.
"""

from __future__ import annotations

import numpy as np

from simcore.engine.connect import ConnectionTable, rows_of
from simcore.engine.exchange import SpikeLog
from simcore.engine.plastic import NOTHING_LATE, Plastic, decay_of, no_traces, timing_of
from simcore.engine.underway import by_step, connections_of, under_way
from simcore.errors import ConfigurationError
from simcore.kernels.plasticity import BY_CONNECTION, release_each
from simcore.network.plasticity import STDP


def check_growth(plastic: Plastic, before: np.ndarray, steps: np.ndarray) -> None:
    """ConfigurationError where a delay [steps] grows so far that earlier postsynaptic spikes may be forgotten already."""
    longest = plastic.longest_delay
    grown = steps[(steps > before) & (steps > longest)]
    if plastic.long and grown.size:
        dt = float(plastic.rule[0])
        raise ConfigurationError(
            f"after time 0 delays of a plastic projection can grow up to max_delay of the simulation ({longest * dt:g} ms), "
            f"got {grown.max() * dt:g} ms", name="max_delay", where=f"projection {plastic.bundle.projections[0].name!r}")


def change_delays(plastic: Plastic, table: ConnectionTable, delays: np.ndarray, heard: SpikeLog) -> None:
    """Give connections other delays [steps], (n,) in the order of the table; heard: spikes of all ranks until now."""
    bundle, now = plastic.bundle, heard.end_step
    late = _late(plastic, table, heard) if now else tuple(c[:0] for c in NOTHING_LATE[1:])
    if now:
        _separate(plastic)
    order = np.argsort(rows_of(table.pre_and_delay(bundle)[0], delays)[0], kind="stable")
    table.change_delays(bundle, delays)
    bundle.since = plastic.numbers[8] = now
    plastic.row_lengths = table.row_lengths(bundle)
    plastic.begun_with = plastic.begun_with[order]
    by_connection = plastic.numbers[7] == BY_CONNECTION
    plastic.pre = tuple(s[order] for s in plastic.pre) if by_connection else no_traces(bundle.n_rows)
    u, x, y, last, *parameters = plastic.short_state
    if plastic.by_connection:
        states = (s[order] for s in (u, x, y, last))
        parameters = [p[order] if p.size > 1 else p for p in parameters]
    else:                                                   # all alike at time 0
        states = (np.repeat(s[:1], bundle.n_rows) for s in (u, x, y, last))
    plastic.short_state = (*states, *parameters)
    _renumber(plastic, late, order)
    plastic.grow_histories()


def _late(plastic: Plastic, table: ConnectionTable, heard: SpikeLog) -> tuple[np.ndarray, ...]:
    """Step of arrival, connection, step fired, timing and part released of all that is under way."""
    bundle, now = plastic.bundle, heard.end_step
    rows, fired, arrival = under_way(bundle, heard)
    at, n = connections_of(bundle, table, rows)
    states = at if plastic.by_connection else rows
    steps = np.repeat(fired, n) if plastic.by_connection else fired
    parts = np.ones(states.size)
    if plastic.short:
        release_each(states, steps, plastic.rule[0], plastic.short_state, parts)
    new = (np.repeat(arrival, n), at, np.repeat(fired, n), np.repeat(rows % bundle.delays.size, n),
           parts if plastic.by_connection else np.repeat(parts, n))
    first, ptr, *columns = plastic.late
    before = np.repeat(np.arange(first, first + ptr.size - 1), np.diff(ptr))
    return tuple(np.concatenate([old[before >= now], added]) for old, added in zip((before, *columns), new, strict=True))


def _separate(plastic: Plastic) -> None:
    """Let each connection have states of its own."""
    if plastic.long and plastic.numbers[7] != BY_CONNECTION:
        timings = np.tile(np.arange(plastic.bundle.delays.size), plastic.bundle.projections[0].pre.size)
        plastic.pre = tuple(np.repeat(s, plastic.row_lengths) for s in (*plastic.pre[:4], timings, timings))
        plastic.numbers[7] = BY_CONNECTION
    if plastic.short:
        plastic.separate_short()


def _renumber(plastic: Plastic, late: tuple[np.ndarray, ...], order: np.ndarray) -> None:
    """Take connections and timings by their new numbers; former delays are kept where something still has them."""
    arrival, position, fired, timing, part = late
    timings = plastic.pre[4]
    former, now = plastic.known_delays, plastic.bundle.delays
    used = former[np.unique(np.concatenate([timing, timings]))]
    plastic.known_delays = np.concatenate([now, np.setdiff1d(used, now)])
    by_value = np.argsort(plastic.known_delays)
    number = by_value[np.searchsorted(plastic.known_delays, former, sorter=by_value).clip(max=by_value.size - 1)]
    inverse = np.empty_like(order)
    inverse[order] = np.arange(order.size)
    plastic.late = by_step(arrival, inverse[position], fired, number[timing], part)
    plastic.pre = (*plastic.pre[:4], number[timings], plastic.pre[5])
    rule = plastic.long or STDP()
    plastic.timing = timing_of(plastic.known_delays, rule.dendritic_delay_fraction)
    plastic.decay = decay_of(plastic.rule[0], rule, plastic.timing[0])
