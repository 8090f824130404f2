"""Spikes that were sent before the delays of their connections changed: they arrive when they would have."""

from __future__ import annotations

import numpy as np

from simcore.engine.connect import Bundle, ConnectionTable
from simcore.engine.exchange import SpikeLog


class UnderWay:
    """What still arrives over connections as they were, by step; separately what is added to inputs and to states."""

    def __init__(self) -> None:
        self._parts: dict[bool, list[tuple[np.ndarray, ...]]] = {False: [], True: []}

    def __bool__(self) -> bool:
        return any(self._parts.values())

    def keep(self, bundle: Bundle, table: ConnectionTable, row: int, heard: SpikeLog) -> None:
        """Take what the spikes heard so far have yet to deliver over a bundle, with its delays and weights of now.

        row: of the input array. Targets get it in the order (delay, gid), whatever other targets this rank has.
        """
        rows, _, arrival = under_way(bundle, heard)
        at, n = connections_of(bundle, table, rows)
        weights = table.own_weights(bundle)[at] if bundle.own_weights else np.full(at.size, bundle.weight)
        self._parts[bundle.into_state].append(
            (np.repeat(arrival, n), np.full(at.size, row), table.targets(bundle)[at].astype(np.int64), weights))

    def arrays(self) -> tuple[tuple, tuple]:
        """The argument `under_way` of kernels.events.arrive, for inputs and for states."""
        return _by_step(self._parts[False]), _by_step(self._parts[True])


def under_way(bundle: Bundle, heard: SpikeLog) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row of connections, step fired and step of arrival of every spike and delay yet to arrive; by (delay, step, gid)."""
    pre, now = bundle.projections[0].pre, heard.end_step
    steps, gids = heard.since(max(heard.first_step, bundle.since, now - int(bundle.delays.max(initial=0))))
    own = (gids >= pre.first_gid) & (gids < pre.first_gid + pre.size)
    steps, sources = steps[own], gids[own].astype(np.int64) - pre.first_gid
    arrival = steps + bundle.delays[:, None]                                    # (n_delays, n_spikes)
    which, spike = np.nonzero(arrival >= now)
    return sources[spike] * bundle.delays.size + which, steps[spike], arrival[which, spike]


def connections_of(bundle: Bundle, table: ConnectionTable, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions within the bundle of the connections of rows, one row after the other, and their number by row."""
    first, last = (table.indptr[bundle.row_base + rows + k].astype(np.int64) for k in (0, 1))
    n = last - first
    return np.repeat(first - np.cumsum(n) + n, n) + np.arange(n.sum()), n


def _by_step(parts: list[tuple[np.ndarray, ...]]) -> tuple:
    none = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    return by_step(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))


def by_step(steps: np.ndarray, *columns: np.ndarray) -> tuple:
    """First step, ptr by step, and the columns in the order of steps; equal steps stay in order."""
    order = np.argsort(steps, kind="stable")
    first, last = (int(steps.min()), int(steps.max())) if steps.size else (0, -1)
    ptr = np.searchsorted(steps[order], np.arange(first, last + 2)).astype(np.int64)
    return first, ptr, *(c[order] for c in columns)
