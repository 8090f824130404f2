"""From the rules of the projections to this rank's connections, sorted by source.

Projections from one population onto one receptor form a bundle (each target population once). The connections of a
bundle lie by source, then delay, then projection, then target: those of source index i with the k-th delay are
target[indptr[i * n_delays + k] : indptr[i * n_delays + k + 1]]. A weight that all share is stored once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.engine.connection_values import values_of
from simcore.engine.pairs import local_pairs
from simcore.engine.partition import Partition, Slot
from simcore.errors import ConfigurationError
from simcore.kernels import draw
from simcore.kernels.events import SHARED
from simcore.network.network import Network, Projection
from simcore.parameters.drawing import ParameterDist
from simcore.rng import streams

_ROWS_AT_ONCE = 1024                # rows of connections that a step looks up before it adds them


@dataclass
class Bundle:
    """Where the connections of a bundle are in a ConnectionTable.

    delays: (n_delays,) int64 steps, ascending; n connections from `base` on in target, from weight_base on in weights
    (SHARED: all have `weight`); their rows from row_base on in indptr, relative to base. since: first step whose spikes
    have these delays.
    """

    projections: tuple[Projection, ...]
    delays: np.ndarray
    n: int
    base: int
    weight_base: int
    row_base: int
    weight: float
    since: int = 0

    @property
    def own_weights(self) -> bool:
        """Whether each connection has a weight of its own."""
        return self.weight_base != SHARED

    @property
    def into_state(self) -> bool:
        """Whether its weights are added to a state of the targets (see models/base.py)."""
        return self.projections[0].post.model.adds_to_state(self.projections[0].receptor)

    @property
    def n_rows(self) -> int:
        """Number of rows: one for each source and delay."""
        return self.projections[0].pre.size * self.delays.size


def bundles(projections: Sequence[Projection]) -> list[tuple[Projection, ...]]:
    """Projections that are stored and delivered together, in the order in which their first members were made.

    Together are those with one source population, receptor, kind of weight (the same number for all connections, or
    one each) and place where it is added, as long as no target population comes twice. Plastic ones stay alone.
    """
    found: dict[tuple, list[list[Projection]]] = {}
    order = []
    for p in projections:
        kind = ("plastic", p.number) if p.dynamics else p.weight if isinstance(p.weight, int | float) else "own"
        kind = "own" if getattr(p.connector, "weight", None) is not None else kind
        of_kind = found.setdefault((p.pre.first_gid, p.receptor, kind, p.post.model.adds_to_state(p.receptor)), [])
        free = next((bundle for bundle in of_kind if all(q.post is not p.post for q in bundle)), None)
        if free is None:
            free = []
            of_kind.append(free)
            order.append(free)
        free.append(p)
    return [tuple(bundle) for bundle in order]


class ConnectionTable:
    """All connections onto one rank: 2 or 4 bytes a target, 8 a weight of its own, 4 for each source and delay.

    target: (n,) uint16 (uint32 from 65,537 cells on) lids; weights: (m,) float64; indptr: uint32 (int64 where a
    bundle has 2**32 connections or more). The arrays grow in place (realloc moves pages, not bytes).
    """

    def __init__(self, part: Partition) -> None:
        self.part = part
        self.bundles: list[Bundle] = []
        self.target = np.empty(0, dtype=np.uint16 if part.n_cells <= 1 << 16 else np.uint32)
        self.weights = np.empty(0)
        self.indptr = np.empty(0, dtype=np.uint32)

    def connect(self, projections: Sequence[Projection], dt: float, key: tuple[int, int]) -> None:
        """Connect projections. Raises ConfigurationError for delays below dt."""
        for together in bundles(projections):
            members = [self.add(p, dt, key) for p in together]
            if len({(m.weight_base == SHARED, m.weight) for m in members}) == 1 < len(members):
                self._merge(members)

    def add(self, projection: Projection, dt: float, key: tuple[int, int]) -> Bundle:
        """Connect a projection, as a bundle of its own. Raises ConfigurationError for delays below dt."""
        pairs = local_pairs(projection, self.part.slot(projection.post), key)
        lid = pairs.lid
        slot = self.part.slot(projection.post)
        weights = values_of(projection.weight, pairs.weight, pairs, streams.WEIGHT, projection, slot, key)
        delays = values_of(projection.delay, pairs.delay, pairs, streams.DELAY, projection, slot, key)
        row, distinct = rows_of(pairs.pre, delay_steps(delays, dt, projection))
        del pairs, delays                                   # of large projections every array counts
        base, weight_base, row_base = self.target.size, SHARED, self.indptr.size
        self.target.resize(base + row.size, refcheck=False)
        if np.ndim(weights):
            weight_base = self.weights.size
            self.weights.resize(weight_base + row.size, refcheck=False)
        shared = 0.0 if np.ndim(weights) else float(weights)
        bundle = Bundle((projection,), distinct, row.size, base, weight_base, row_base, shared)
        self.bundles.append(bundle)
        self._place(bundle, row, lid, weights)
        return bundle

    def _place(self, bundle: Bundle, row: np.ndarray, lid: np.ndarray, weights: float | np.ndarray) -> None:
        """Sort connections by row; stable, so that the connections of a row stay in the order of the pairs."""
        indptr = np.zeros(bundle.n_rows + 1, dtype=np.int64)
        draw.count_by(row, indptr)
        np.cumsum(indptr, out=indptr)
        draw.place_by(row, indptr[:-1].copy(), lid, self.targets(bundle))
        if np.ndim(weights):
            draw.place_by(row, indptr[:-1].copy(), weights, self.own_weights(bundle))
        self._set_indptr(bundle, indptr)

    def _set_indptr(self, bundle: Bundle, indptr: np.ndarray) -> None:
        """Put the rows of a bundle at the end of the table's."""
        if bundle.n >= 1 << 32 and self.indptr.dtype == np.uint32:
            self.indptr = self.indptr.astype(np.int64)
        self.indptr.resize(bundle.row_base + indptr.size, refcheck=False)
        self.indptr[bundle.row_base:] = indptr

    def _merge(self, members: list[Bundle]) -> None:
        """Make one bundle of the last ones."""
        first, n = members[0], sum(m.n for m in members)
        delays = np.unique(np.concatenate([m.delays for m in members if m.n] or [first.delays]))
        merged = Bundle(tuple(p for m in members for p in m.projections), delays, n, first.base, first.weight_base,
                        first.row_base, first.weight)
        counts = np.zeros((first.projections[0].pre.size, delays.size), dtype=np.int64)
        places = [np.searchsorted(delays, m.delays) for m in members]
        for m, place in zip(members, places, strict=True):
            if m.n:
                counts[:, place] += self.row_lengths(m).reshape(-1, m.delays.size)
        indptr = np.concatenate([[0], np.cumsum(counts)])
        cursor, target = indptr[:-1].copy(), np.empty(n, dtype=self.target.dtype)
        weights = np.empty(n if merged.weight_base != SHARED else 0)
        for m, place in zip(members, places, strict=True):
            own = self.own_weights(m) if weights.size else weights
            draw.append_rows(self.indptr[m.row_base:], m.n_rows, place, self.targets(m), own, delays.size, cursor, target,
                             weights)
        self.bundles[-len(members):] = [merged]
        self.targets(merged)[:] = target
        if weights.size:
            self.own_weights(merged)[:] = weights
        self._set_indptr(merged, indptr)

    def targets(self, bundle: Bundle) -> np.ndarray:
        """View of the lids of the targets of a bundle, (n,)."""
        return self.target[bundle.base:bundle.base + bundle.n]

    def own_weights(self, bundle: Bundle) -> np.ndarray:
        """View of the weights of a bundle that has its own, (n,) in the order of `targets`."""
        return self.weights[bundle.weight_base:bundle.weight_base + bundle.n]

    def give_own_weights(self, bundle: Bundle) -> None:
        """Let each connection of a bundle have a weight of its own."""
        if bundle.weight_base == SHARED:
            bundle.weight_base = self.weights.size
            self.weights.resize(bundle.weight_base + bundle.n, refcheck=False)
            self.own_weights(bundle)[:] = bundle.weight

    def change_delays(self, bundle: Bundle, delays: np.ndarray) -> None:
        """Sort the connections of a bundle anew; delays: (n,) steps in the order of `targets`."""
        pre, _ = self.pre_and_delay(bundle)
        row, bundle.delays = rows_of(pre, delays)
        bundle.row_base = self.indptr.size
        weights = bundle.weight if bundle.weight_base == SHARED else self.own_weights(bundle).copy()
        self._place(bundle, row, self.targets(bundle).copy(), weights)

    def row_lengths(self, bundle: Bundle) -> np.ndarray:
        """(n_rows,) int64 connections in each row of a bundle."""
        return np.diff(self.indptr[bundle.row_base:bundle.row_base + bundle.n_rows + 1].astype(np.int64))

    def pre_and_delay(self, bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
        """Index of the source (n,) int32 and delay [steps] (n,) int64 of each connection, in the order of `targets`."""
        row = np.repeat(np.arange(bundle.n_rows), self.row_lengths(bundle))
        return (row // bundle.delays.size).astype(np.int32), bundle.delays[row % bundle.delays.size]

    def arrays(self, chosen: list[Bundle], receptor_rows: dict[str, int], network: Network) -> tuple:
        """The argument `bundles` of kernels.events.deliver for the chosen bundles."""
        number = {p.first_gid: k for k, p in enumerate(network.populations) if p.size}
        pre = [b.projections[0].pre for b in chosen]
        integers = [[p.first_gid for p in pre], [number.get(p.first_gid, 0) for p in pre],
                    [receptor_rows[b.projections[0].receptor] for b in chosen]]
        bases = [[b.row_base for b in chosen], [b.base for b in chosen], [b.weight_base for b in chosen],
                 np.cumsum([0, *(b.delays.size for b in chosen)]), [b.since for b in chosen]]
        delays = np.concatenate([np.empty(0, np.int64), *(b.delays for b in chosen)])
        return (*(np.array(x, dtype=np.int64) for x in integers), np.array([b.weight for b in chosen], dtype=np.float64),
                *(np.array(x, dtype=np.int64) for x in bases), delays, self.indptr, self.target, self.weights,
                np.empty(_ROWS_AT_ONCE, dtype=np.int64))


def rows_of(pre: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row of each connection, (n,), and the distinct delays of the projection, ascending; steps: () or (n,) int64.

    Without connections there are no delays: one that no connection has may be shorter than an epoch.
    """
    if np.ndim(steps) == 0 or steps.size == 0:
        return pre, np.full(min(1, pre.size), steps, dtype=np.int64)
    first = int(steps.min())
    present = np.bincount(steps - first) > 0
    distinct = np.flatnonzero(present) + first
    which = np.cumsum(present) - 1
    return pre.astype(np.int64) * distinct.size + which[steps - first], distinct


def delay_steps(delay: float | np.ndarray, dt: float, projection: Projection) -> np.ndarray:
    """Delays in whole steps. # ASSUME: rounded to the nearest step, as NEST does; drawn ones are at least one step."""
    steps = np.floor(np.asarray(delay) / dt + 0.5).astype(np.int64)
    if isinstance(projection.delay, ParameterDist):
        return np.maximum(steps, 1)
    if steps.size and steps.min() < 1:
        raise ConfigurationError(f"a delay must be at least one step (dt = {dt:g} ms), got {np.min(delay):g} ms",
                                 where=f"projection {projection.name!r}")
    return steps


def connected_values(projection: Projection, slot: Slot, dt: float,
                     key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Weights and delays [steps] of a one-to-one projection, (n,) each, in the order of the local targets."""
    pairs = local_pairs(projection, slot, key)
    weights = values_of(projection.weight, pairs.weight, pairs, streams.WEIGHT, projection, slot, key)
    delays = values_of(projection.delay, pairs.delay, pairs, streams.DELAY, projection, slot, key)
    return np.broadcast_to(weights, slot.size), np.broadcast_to(delay_steps(delays, dt, projection), slot.size)
