"""The cells between which a rule chooses: all of two populations, or some of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engine.partition import Slot
from simcore.errors import ConfigurationError
from simcore.network.connectors import NO_MUTUAL, Subset
from simcore.network.network import Projection


@dataclass(frozen=True)
class Ends:
    """Source and target cells of a rule, counted from 0; of the targets those of one rank.

    index, gid, lid: (n_local,) of the local targets, ascending by gid: int64 number among the n_post targets, int64,
    int32. pre_addresses, post_addresses: addresses of all of them in their populations, None: 0, 1, 2, …
    """

    projection: Projection
    slot: Slot
    n_pre: int
    n_post: int
    index: np.ndarray
    gid: np.ndarray
    lid: np.ndarray
    pre_addresses: np.ndarray | None = None
    post_addresses: np.ndarray | None = None

    @property
    def same_population(self) -> bool:
        """Whether a cell can be on both sides."""
        return self.projection.pre is self.projection.post

    @property
    def overlap(self) -> bool:
        """Whether a cell is on both sides."""
        if not self.same_population or self.pre_addresses is None:
            return self.same_population and self.n_pre > 0
        return bool(np.isin(self.pre_addresses, self.post_addresses).any())

    def post_gids(self) -> np.ndarray:
        """(n_post,) int64, on all ranks."""
        addresses = np.arange(self.n_post, dtype=np.int64) if self.post_addresses is None else self.post_addresses
        return addresses + self.projection.post.first_gid

    def pre_gids(self) -> np.ndarray:
        """(n_pre,) int64."""
        addresses = np.arange(self.n_pre, dtype=np.int64) if self.pre_addresses is None else self.pre_addresses
        return addresses + self.projection.pre.first_gid

    def itself(self) -> np.ndarray:
        """(n_local,) int64: of each local target the source that is the same cell, or -1."""
        return self._position(self.gid - self.projection.post.first_gid, self.pre_addresses, self.projection.pre.size)

    def itself_among_targets(self) -> np.ndarray:
        """(n_pre,) int64: of each source the target that is the same cell, or -1."""
        return self._position(self.pre_gids() - self.projection.pre.first_gid, self.post_addresses,
                              self.projection.post.size)

    def _position(self, addresses: np.ndarray, among: np.ndarray | None, size: int) -> np.ndarray:
        if not self.same_population:
            return np.full(addresses.size, -1, dtype=np.int64)
        return addresses if among is None else _inverse(among, size)[addresses]

    def allowed(self, allow_self: bool | str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of all n_post targets: the first source that is allowed, how many are, and the one to skip among them, or -1."""
        targets = np.arange(self.n_post, dtype=np.int64)
        nothing, none = np.zeros_like(targets), np.full(self.n_post, -1, dtype=np.int64)
        if not self.same_population or allow_self is True:
            return nothing, np.full(self.n_post, self.n_pre, dtype=np.int64), none
        addresses = targets if self.post_addresses is None else self.post_addresses
        if allow_self == NO_MUTUAL:
            if self.pre_addresses is not None:
                raise ConfigurationError("FixedTotalNumber cannot forbid mutual connections among some cells of a population",
                                         where=f"projection {self.projection.name!r}")
            return addresses + 1, self.n_pre - 1 - addresses, none
        skip = self._position(addresses, self.pre_addresses, self.projection.pre.size)
        return nothing, self.n_pre - (skip >= 0), skip

    def lids_of(self, post: np.ndarray) -> np.ndarray:
        """(n,) int32: where targets lie on this rank, or -1."""
        table = np.full(self.n_post, -1, dtype=np.int32)
        table[self.index] = self.lid
        return table[post]


def whole_ends(projection: Projection, slot: Slot) -> Ends:
    """All cells of both populations."""
    lid = np.arange(slot.first_lid, slot.first_lid + slot.size, dtype=np.int32)
    return Ends(projection, slot, projection.pre.size, projection.post.size, slot.addresses, slot.gids, lid)


def chosen_ends(projection: Projection, slot: Slot, subset: Subset) -> Ends:
    """Some cells of both populations."""
    gid = subset.post + projection.post.first_gid
    here = np.flatnonzero(gid % slot.stride == slot.first_gid % slot.stride)
    here = here[np.argsort(gid[here])]
    lid = (slot.first_lid + (gid[here] - slot.first_gid) // slot.stride).astype(np.int32)
    return Ends(projection, slot, subset.pre.size, subset.post.size, here, gid[here], lid, subset.pre, subset.post)


def _inverse(addresses: np.ndarray, size: int) -> np.ndarray:
    """(size,) int64: where each address is in `addresses`, or -1."""
    table = np.full(size, -1, dtype=np.int64)
    table[addresses] = np.arange(addresses.size)
    return table
