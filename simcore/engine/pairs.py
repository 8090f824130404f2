"""Which pairs of cells the rule of a projection makes on one rank: one function per rule of network/connectors.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simcore.engine.partition import Slot
from simcore.kernels import draw
from simcore.network.connectors import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FromList,
    OneToOne,
)
from simcore.network.network import Projection
from simcore.rng import streams


@dataclass(frozen=True)
class Pairs:
    """Connections of a projection onto local cells, in an order that the partition does not change.

    pre: (n,) int32 index in the source population; lid: (n,) int32 local target; coordinates() gives (owner, index),
    (n,) int64 each: whose draw and which one is a random weight or delay (made only when there is one: 16 bytes a
    connection); weight, delay: (n,) float64 where the connector itself gives them.
    """

    pre: np.ndarray
    lid: np.ndarray
    coordinates: Callable[[], tuple[np.ndarray, np.ndarray]]
    weight: np.ndarray | None = None
    delay: np.ndarray | None = None


def local_pairs(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    """The pairs that a projection's connector makes onto the cells of `slot`."""
    return _RULES[type(projection.connector)](projection, slot, key)


# --- one function per rule: (projection, slot, key) -> Pairs ---------------------------------------------------------

def _by_target(pre: np.ndarray, counts: np.ndarray, slot: Slot, keep: np.ndarray | None = None) -> Pairs:
    """Pairs from the sources of each target, one target after the other; keep: (n,) bool, which to keep."""
    lid = np.repeat(np.arange(slot.first_lid, slot.first_lid + slot.size, dtype=np.int32), counts)

    def coordinates() -> tuple[np.ndarray, np.ndarray]:
        index = np.arange(counts.sum(), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
        owner = np.repeat(slot.gids, counts)
        return (owner, index) if keep is None else (owner[keep], index[keep])

    return Pairs(pre, lid, coordinates) if keep is None else Pairs(pre[keep], lid[keep], coordinates)


def _skips(projection: Projection, addresses: np.ndarray) -> np.ndarray:
    """Per owner the partner it must not have: itself within one population, or -1."""
    itself = projection.pre is projection.post and not projection.connector.allow_self
    return addresses if itself else np.full(addresses.size, -1, dtype=np.int64)


def _all_to_all(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    n = projection.pre.size
    pre = np.tile(np.arange(n, dtype=np.int32), slot.size)
    keep = pre != np.repeat(_skips(projection, slot.addresses), n)
    return _by_target(pre, np.full(slot.size, n), slot, None if keep.all() else keep)


def _one_to_one(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    return _by_target(slot.addresses.astype(np.int32), np.ones(slot.size, dtype=np.int64), slot)


def _fixed_probability(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    p, n = float(projection.connector.p), projection.pre.size
    ptr = np.zeros(slot.size + 1, dtype=np.int64)
    pre = np.empty(0, dtype=np.int32)
    if p > 0.0:
        lane = streams.lane(streams.CONNECT, projection.number)
        same = (p, n, slot.gids, _skips(projection, slot.addresses), lane, *key)
        draw.bernoulli(*same, True, ptr, pre)
        pre = np.empty(ptr[-1], dtype=np.int32)
        draw.bernoulli(*same, False, ptr.copy(), pre)
    return _by_target(pre, np.diff(ptr), slot)


def _choose(projection: Projection, n: int, available: int, owners: np.ndarray, addresses: np.ndarray,
            key: tuple[int, int]) -> np.ndarray:
    """(n_owners, n) int32: for each owner n different partners out of a population of size `available`."""
    skip = _skips(projection, addresses)
    effective = available - int(projection.pre is projection.post and not projection.connector.allow_self)
    out = np.empty((owners.size, n), dtype=np.int32)
    draw.choose_different(n, effective, owners, skip, streams.lane(streams.CONNECT, projection.number), *key,
                          np.zeros(available + 1, dtype=np.int64), out)
    return out


def _fixed_number_pre(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    n = int(projection.connector.n)
    pre = _choose(projection, n, projection.pre.size, slot.gids, slot.addresses, key)
    return _by_target(pre.ravel(), np.full(slot.size, n), slot)


def _fixed_number_post(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    n, pre = int(projection.connector.n), projection.pre
    sources = np.arange(pre.size, dtype=np.int64)
    post = _choose(projection, n, projection.post.size, sources + pre.first_gid, sources, key).ravel().astype(np.int64)
    gid = post + slot.population.first_gid
    here = gid % slot.stride == slot.first_gid % slot.stride

    def coordinates() -> tuple[np.ndarray, np.ndarray]:
        return np.repeat(sources + pre.first_gid, n)[here], np.tile(np.arange(n, dtype=np.int64), pre.size)[here]

    return Pairs(np.repeat(sources.astype(np.int32), n)[here], _lids(gid[here], slot), coordinates)


def _lids(gids: np.ndarray, slot: Slot) -> np.ndarray:
    return (slot.first_lid + (gids - slot.first_gid) // slot.stride).astype(np.int32)


def _from_list(projection: Projection, slot: Slot, key: tuple[int, int]) -> Pairs:
    given = projection.connector
    gid = np.asarray(given.post, dtype=np.int64) + slot.population.first_gid
    here = np.flatnonzero(gid % slot.stride == slot.first_gid % slot.stride)
    weight, delay = (None if c is None else np.asarray(c, dtype=np.float64)[here] for c in (given.weight, given.delay))
    # pairs may repeat in a list: the position in it owns the draws
    return Pairs(np.asarray(given.pre, dtype=np.int32)[here], _lids(gid[here], slot),
                 lambda: (here.astype(np.int64), np.zeros(here.size, dtype=np.int64)), weight, delay)


_RULES = {AllToAll: _all_to_all, OneToOne: _one_to_one, FixedProbability: _fixed_probability,
          FixedNumberPre: _fixed_number_pre, FixedNumberPost: _fixed_number_post, FromList: _from_list}
