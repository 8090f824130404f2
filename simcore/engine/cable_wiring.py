"""Which connections and given events end on this rank, and where: made once, before the first step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.engine.cable_block import Block
from simcore.engine.cable_events import Wires, wires
from simcore.engine.cable_network import POINT_CELL, CableNetwork
from simcore.errors import ConfigurationError
from simcore.morphology.attachments import Receptor

MOST_STEPS = 2**31              # of a delay: they are kept as int32


class Ends:
    """The sites of all blocks in one numbering, block by block, and which receptor has which."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.begin = np.cumsum([0, *(block.sites.ptr.size - 1 for block in blocks)])
        groups = [(receptors, site + int(begin)) for block, begin in zip(blocks, self.begin, strict=False)
                  for receptors, site in block.receptors()]
        ids = np.array([id(r) for receptors, _ in groups for r in receptors], dtype=np.int64)
        site = np.concatenate([np.empty(0, np.int64), *(s for _, s in groups)])
        order = np.argsort(ids)
        self._ids, self._site = ids[order], site[order]

    def of(self, receptors: Sequence[Receptor]) -> np.ndarray:
        """(n,) int64 sites of receptors, -1 for those of other ranks."""
        if not (self._ids.size and len(receptors)):
            return np.full(len(receptors), -1)
        ids = np.fromiter(map(id, receptors), dtype=np.int64, count=len(receptors))
        at = np.minimum(np.searchsorted(self._ids, ids), self._ids.size - 1)
        return np.where(self._ids[at] == ids, self._site[at], -1)


def wire(network: CableNetwork, blocks: Sequence[Block], n_places: int, dt: float) -> Wires:
    """Everything that events reach on this rank.

    n_places: most detectors that a cell of any rank has. Sources are numbered gid + k n_cells for the k-th detector, point
    cells lie behind all of them. Raises ConfigurationError for a source that is none.
    """
    ends, columns, n = Ends(blocks), network.connections, network.n_cells
    gid, place = columns.column("source"), columns.column("place")
    most = np.where(place == POINT_CELL, 1 + max(network.foreign, default=-1), n)
    bad = np.flatnonzero((gid < 0) | (gid >= most) | (place < POINT_CELL) | (place >= n_places))
    if bad.size:
        got = int(gid[bad[0]]), int(place[bad[0]])
        raise ConfigurationError(f"a source must be a gid from 0 to {n - 1}, or one of at most {n_places} places of such a "
                                 f"cell, got {got[0] if got[1] == 0 else got}", name="source", got=got)
    end = ends.of(columns.receptors)
    own = end >= 0
    given_to = [receptor for receptor, _, _ in network.given]
    at = ends.of(given_to)
    for receptors, where in ((columns.receptors, end), (given_to, at)):
        _check_known(network, [receptors[k] for k in np.flatnonzero(where < 0).tolist()])
    source = np.where(place == POINT_CELL, gid + n * n_places, gid + n * place.astype(np.int64))
    delay = np.array(steps_of(columns.column("delay"), dt))
    if delay.max(initial=0) >= MOST_STEPS:
        raise ConfigurationError(f"a delay must be less than {MOST_STEPS:,} steps (dt = {dt:g} ms), got "
                                 f"{columns.column('delay').max():g} ms", name="delay", valid=MOST_STEPS * dt)
    given = [(steps_of(t, dt), k, w) for k, (_, times, w) in zip(at.tolist(), network.given, strict=True) if k >= 0
             for t in times.tolist()]
    n_sources = n * n_places + 1 + max(network.foreign, default=-1)
    return wires(source[own], delay[own], end[own], columns.column("weight")[own], given, n_sources, ends.begin)


def _check_known(network: CableNetwork, receptors: Sequence[Receptor]) -> None:
    """That these receptors, none of this rank's, sit on cells of the network. Raises ConfigurationError."""
    for section, receptor in {receptor.section: receptor for receptor in receptors}.items():
        if network.gid_of(section.root()) is None:
            raise ConfigurationError(f"events must go to cells of the network, got {receptor!r}, and "
                                     f"{section.root().name!r} is the root of none", name="receptor", got=receptor)


def steps_of(t: float | np.ndarray, dt: float) -> np.ndarray:
    """The step whose beginning is nearest to t, int64.

    # ASSUME: arrivals are rounded to the grid as in NEURON: t - dt/2 <= te < t + dt/2 acts from t on.
    """
    return np.floor(np.asarray(t) / dt + 0.5 + 1e-9).astype(np.int64)
