"""Receptors as arrays: the sites of a cell that hold their states, and the slots of a block that sites sit in.

Receptors of a cell with equal constants at one node share a site: their conductances add up, so one state serves them
all. 10,000 synapses on a cell take no Python object each but their own, `simcore.morphology.attachments.Receptor`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcore.models.mechanisms import POINT_PROCESSES, PointProcess
from simcore.morphology.attachments import Receptor
from simcore.morphology.tree import CableTree

DENSE = 0.25                    # part of the nodes from which on a kind of receptor is taken in by the solver itself
DENSE_MARK = "dense "           # before the name of a process whose slots are one a node


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites of one process on one cell, by node, then in order of their first receptor.

    node (k,): of the cell; kind (k,): row of `constants` (n_kinds, n_constants), of `current` and decays, and of
    `jumps` (n_kinds, n_states), what an event of weight 1 adds to each state; receptors: all of them, and of each one
    its site (n,).
    """

    process: PointProcess
    node: np.ndarray
    kind: np.ndarray
    constants: np.ndarray
    jumps: np.ndarray
    receptors: tuple[Receptor, ...]
    site: np.ndarray

    def part(self, chosen: np.ndarray) -> Sites:
        """Some of the sites, chosen: (k,) bool, with their receptors."""
        number = np.cumsum(chosen, dtype=np.int32) - 1
        kept = chosen[self.site]
        receptors = tuple(r for r, keep in zip(self.receptors, kept.tolist(), strict=True) if keep)
        return replace(self, node=self.node[chosen], kind=self.kind[chosen], receptors=receptors,
                       site=number[self.site[kept]])


@dataclass(frozen=True, eq=False)
class Slots:
    """Places for sites of one process in a block: rows of one node each, W lanes.

    node: (k,) of the block; rows: for each cell the row of each of its sites.
    """

    process: PointProcess
    node: np.ndarray
    rows: list[np.ndarray]


def site_constants(process: PointProcess) -> tuple[str, ...]:
    """Names of a site's constants: keyword arguments of `current`, then a decay for each state."""
    return (*process.constants, *(f"decay_{s}" for s in process.states))


def sites_of(tree: CableTree, receptors: Sequence[Receptor], *, dt: float, scheme: str) -> dict[str, Sites]:
    """Sites of these receptors by name of their process, in order of names."""
    found: dict[str, list[Receptor]] = {}
    for receptor in receptors:
        found.setdefault(receptor.process.name, []).append(receptor)
    return {name: _sites(tree, found[name], dt, scheme) for name in sorted(found)}


def _sites(tree: CableTree, receptors: list[Receptor], dt: float, scheme: str) -> Sites:
    process = receptors[0].process
    node = np.array([tree.node(r.section, r.x) for r in receptors], dtype=np.int32)
    kinds: dict[tuple, int] = {}
    kind = np.array([kinds.setdefault(tuple(r.parameters.values()), len(kinds)) for r in receptors], dtype=np.int32)
    alone = np.array([k + 1 if r.alone else 0 for k, r in enumerate(receptors)], dtype=np.int32)
    keys, first, site = np.unique(np.stack([node, kind, alone]), axis=1, return_index=True, return_inverse=True)
    order = np.lexsort((first, keys[0]))
    number = np.empty(order.size, dtype=np.int32)
    number[order] = np.arange(order.size)
    prepared = [_prepared(process, dict(zip(process.parameters, values, strict=True)), dt, scheme) for values in kinds]
    constants, jumps = (np.array([p[k] for p in prepared], dtype=np.float64) for k in (0, 1))
    return Sites(process, keys[0][order], keys[1][order], constants, jumps, tuple(receptors), number[site.ravel()])


def _prepared(process: PointProcess, parameters: dict, dt: float, scheme: str) -> tuple[list[float], list[float]]:
    """Constants and jumps of a kind."""
    prepared = process.prepare(dt, **parameters)
    jumps = [prepared[f"jump_{s}"] for s in process.states]
    if scheme != "neuron":              # conductances live at t + dt/2: an event at t has decayed for half a step there
        half = process.prepare(0.5 * dt, **parameters)
        jumps = [jump * half[f"decay_{s}"] for jump, s in zip(jumps, process.states, strict=True)]
    return [prepared[name] for name in site_constants(process)], jumps


def split(sites: dict[str, Sites], n_nodes: int) -> tuple[dict[str, Sites], dict[str, Sites]]:
    """Sites of a process on many nodes are dense: the first at each node; the rest, and all others, are not.

    The cell alone decides it, so that the order of additions is the cell's own.
    """
    rest, dense = {}, {}
    for name, own in sites.items():
        first = np.diff(own.node, prepend=-1) > 0
        if first.sum() < DENSE * n_nodes:
            rest[name] = own
            continue
        dense[name] = own.part(first)
        if not first.all():
            rest[name] = own.part(~first)
    return rest, dense


def slots_of(cells: Sequence[dict[str, Sites]], maps: Sequence[np.ndarray], n_nodes: int) -> dict[str, Slots]:
    """Slots of all cells' groups of sites (`Plan.groups`), by name; maps: the block's node of each node of a cell.

    The m-th site of a cell at a node is in the m-th row of that node, so additions keep the cell's own order. Dense
    sites have one row for every node, so that a row's number is its node's.
    """
    names = sorted({name for own in cells for name in own}, key=lambda name: (name.startswith(DENSE_MARK), name))
    return {name: _slots(name, [own.get(name) for own in cells], maps, n_nodes) for name in names}


def _slots(name: str, cells: Sequence[Sites | None], maps: Sequence[np.ndarray], n_nodes: int) -> Slots:
    process = POINT_PROCESSES[name.removeprefix(DENSE_MARK)]
    none = np.empty(0, dtype=np.int64)
    nodes = [none if own is None else maps[lane][own.node] for lane, own in enumerate(cells)]
    if name.startswith(DENSE_MARK):
        return Slots(process, np.arange(n_nodes), nodes)
    most = 1 + max((own.size for own in nodes), default=0)
    keys = [own * most + _repeats(own) for own in nodes]
    rows = np.unique(np.concatenate(keys))
    return Slots(process, rows // most, [np.searchsorted(rows, own) for own in keys])


def _repeats(node: np.ndarray) -> np.ndarray:
    """How many equal nodes come before each one; equal nodes lie side by side."""
    first = np.flatnonzero(np.diff(node, prepend=-1))
    return np.arange(node.size) - np.repeat(first, np.diff(np.append(first, node.size)))


def constants_of(slots: Slots, cells: Sequence[Sites | None], lanes: Sequence[int], width: int) -> np.ndarray:
    """(n_constants, k, W) constants of slots; where no site is, those of some site: its states stay 0.

    lanes: of each cell.
    """
    some = next(own.constants[0] for own in cells if own is not None)
    found = np.empty((some.size, slots.node.size, width))
    found[:] = some[:, None, None]
    for cell, own in enumerate(cells):
        if own is not None:
            found[:, slots.rows[cell], lanes[cell]] = own.constants[own.kind].T
    return found


@dataclass(frozen=True, eq=False)
class SiteIndex:
    """The sites of a block's cells, numbered cell by cell, in the cell's own order: what an event at one adds to.

    ptr (n + 1,), index (m,): site j's states are pool[index[ptr[j]:ptr[j + 1]]]; factor (m,): what weight 1 adds to each;
    begin (n_cells + 1,): first site of each cell.
    """

    ptr: np.ndarray
    index: np.ndarray
    factor: np.ndarray
    begin: np.ndarray

    def of(self, site: int) -> list[int]:
        """Where the states of a site lie in the pool."""
        return self.index[self.ptr[site]:self.ptr[site + 1]].tolist()

    def of_cell(self, lane: int) -> np.ndarray:
        """Where the states of all sites of a cell lie in the pool."""
        return self.index[self.ptr[self.begin[lane]]:self.ptr[self.begin[lane + 1]]]


def index_sites(cells: Sequence[dict[str, Sites]], slots: dict[str, Slots], first: dict[str, int], lanes: Sequence[int],
                width: int) -> SiteIndex:
    """Number all sites; first: where the states of each group begin in the pool, (n_states, k, W) each; lanes: by cell."""
    sizes, index, factor, begin = [], [], [], [0]
    for cell, own in enumerate(cells):
        for name, sites in own.items():
            group, n_states = slots[name], len(sites.process.states)
            state = np.arange(n_states) * group.node.size
            index.append((first[name] + (state[None, :] + group.rows[cell][:, None]) * width + lanes[cell]).ravel())
            factor.append(sites.jumps[sites.kind].ravel())
            sizes.append(np.full(sites.node.size, n_states))
        begin.append(begin[-1] + sum(sites.node.size for sites in own.values()))
    ptr = np.cumsum(np.concatenate([np.zeros(1, np.int64), *sizes]), dtype=np.int64)
    index = np.concatenate([np.empty(0, np.int64), *index])
    return SiteIndex(ptr, index, np.concatenate([np.empty(0), *factor]), np.array(begin))


def numbered(cells: Sequence[dict[str, Sites]], begin: np.ndarray) -> Iterator[tuple[tuple[Receptor, ...], np.ndarray]]:
    """For each group of each cell its receptors and the number of each one's site."""
    for lane, own in enumerate(cells):
        at = int(begin[lane])
        for sites in own.values():
            yield sites.receptors, sites.site + at
            at += sites.node.size
