"""Pairs of cells: what a rule gives, and how it is put together target by target, source by source, or from a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simcore.engine.ends import Ends
from simcore.rng import streams


@dataclass(frozen=True)
class Pairs:
    """Connections of a projection onto local cells, in an order that the partition does not change.

    pre: (n,) int32 index in the source population; lid: (n,) int32 local target; coordinates(first, last) gives (owner,
    index), int64 each, of connections first … last - 1: whose draw and which one is a random weight or delay; weight,
    delay: (n,) float64 where the connector itself gives them.
    """

    pre: np.ndarray
    lid: np.ndarray
    coordinates: Callable[[int, int], tuple[np.ndarray, np.ndarray]]
    weight: np.ndarray | None = None
    delay: np.ndarray | None = None


@dataclass(frozen=True)
class Stream:
    """What the draws of a rule are keyed by."""

    number: int
    key: tuple[int, int]
    where: str

    @property
    def lane(self) -> int:
        """Counter word of the choice of pairs."""
        return streams.lane(streams.CONNECT, self.number)


def by_target(pre: np.ndarray, counts: np.ndarray, ends: Ends, keep: np.ndarray | None = None) -> Pairs:
    """Pairs from the sources of each target, one target after the other; keep: (n,) bool, which to keep."""
    lid = np.repeat(ends.lid, counts)
    ptr = np.concatenate([[0], np.cumsum(counts)])
    kept = None if keep is None or keep.all() else np.flatnonzero(keep)

    def coordinates(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        at, row = rows(ptr, kept, first, last)
        return ends.gid[row], at - ptr[row]

    return Pairs(pre, lid, coordinates) if kept is None else Pairs(pre[kept], lid[kept], coordinates)


def rows(ptr: np.ndarray, kept: np.ndarray | None, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Which pairs, and in which rows of ptr, the connections first … last - 1 are; kept: of all pairs, None: all."""
    if kept is not None:
        return kept[first:last], np.searchsorted(ptr, kept[first:last], side="right") - 1
    low, high = np.searchsorted(ptr, (first, last - 1), side="right") - 1
    counts = np.diff(np.clip(ptr[low:high + 2], first, last))
    return np.arange(first, last, dtype=np.int64), np.repeat(np.arange(low, high + 1), counts)


def by_source(post: np.ndarray, ptr: np.ndarray, ends: Ends) -> Pairs:
    """Pairs from the targets of each source, one source after the other; those elsewhere are dropped."""
    pre = np.repeat(np.arange(ends.n_pre, dtype=np.int32), np.diff(ptr))
    lid = ends.lids_of(post)
    sources = ends.pre_gids()
    kept = None if (lid >= 0).all() else np.flatnonzero(lid >= 0)

    def coordinates(first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        at, row = rows(ptr, kept, first, last)
        return sources[row], at - ptr[row]

    return Pairs(pre, lid, coordinates) if kept is None else Pairs(pre[kept], lid[kept], coordinates)


def listed(pre: np.ndarray, post: np.ndarray, ends: Ends, weight: object = None, delay: object = None) -> Pairs:
    """Given pairs; they may repeat: the position in the list owns the draws."""
    lid = ends.lids_of(post)
    here = np.flatnonzero(lid >= 0)
    weight, delay = (None if c is None else np.asarray(c, dtype=np.float64)[here] for c in (weight, delay))
    return Pairs(np.asarray(pre, dtype=np.int32)[here], lid[here],
                 lambda first, last: (here[first:last].astype(np.int64), np.zeros(last - first, dtype=np.int64)),
                 weight, delay)
