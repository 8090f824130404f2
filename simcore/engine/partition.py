"""Which cells a rank has and where they lie in its arrays.

Gid g lives on rank g % n_ranks (round robin: populations are spread evenly). On a rank, cells of one model lie side by
side as one batch, however many populations they come from; sources follow behind all cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.models.base import CellModel
from simcore.network.network import Network, Population


@dataclass(frozen=True)
class Slot:
    """The local cells of one population: gids first_gid, first_gid + stride, … at lids first_lid, first_lid + 1, …"""

    population: Population
    first_gid: int
    first_lid: int
    size: int
    stride: int

    @property
    def gids(self) -> np.ndarray:
        """(size,) int64 gids of the local cells."""
        return self.first_gid + self.stride * np.arange(self.size, dtype=np.int64)

    @property
    def lids(self) -> slice:
        """Where the local cells lie."""
        return slice(self.first_lid, self.first_lid + self.size)

    @property
    def addresses(self) -> np.ndarray:
        """(size,) int64 indices of the local cells within their population."""
        return self.gids - self.population.first_gid


@dataclass(frozen=True)
class Batch:
    """All local cells of one model: lids first_lid to first_lid + size."""

    model: CellModel
    slots: tuple[Slot, ...]
    first_lid: int
    size: int


@dataclass(frozen=True)
class Partition:
    """What one rank has: slots in gid order, batches in lid order; n_cells receive, n_local also counts sources."""

    rank: int
    n_ranks: int
    slots: tuple[Slot, ...]
    batches: tuple[Batch, ...]
    n_cells: int
    n_local: int

    def slot(self, population: Population) -> Slot:
        """The local part of a population."""
        return next(s for s in self.slots if s.population is population)

    def segments(self, silent: set[int]) -> np.ndarray:
        """(n_slots, 3) int64 in gid order: first lid, size, first gid; without populations whose first gid is in `silent`."""
        rows = [(s.first_lid, s.size, s.first_gid) for s in self.slots if s.size and s.population.first_gid not in silent]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)


def partition(network: Network, rank: int = 0, n_ranks: int = 1) -> Partition:
    """Distribute the cells of a network over ranks; every rank can compute every other rank's part."""
    models = list({id(p.model): p.model for p in network.populations}.values())
    models.sort(key=lambda m: m.source is not None)             # sources last; else in order of appearance
    slots = []
    batches = []
    lid = 0
    n_cells = 0
    for model in models:
        first = lid
        own = []
        for p in (p for p in network.populations if p.model is model):
            first_gid = p.first_gid + (rank - p.first_gid) % n_ranks
            size = max(0, -(-(p.first_gid + p.size - first_gid) // n_ranks))
            own.append(Slot(p, first_gid, lid, size, n_ranks))
            lid += size
        slots += own
        if model.source is None:
            batches.append(Batch(model, tuple(own), first, lid - first))
            n_cells = lid
    slots.sort(key=lambda s: s.population.first_gid)
    return Partition(rank, n_ranks, tuple(slots), tuple(batches), n_cells, lid)
