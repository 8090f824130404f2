"""Blocks: cells of one shape in lanes, or any cells end to end (a forest), as the arrays that kernels/cable.py takes.

All states of a block lie in one pool of float64: v, then the states of each mechanism, then those of each kind of
receptor. A state has an index in the pool: recordings, events, detectors and checkpoints speak of it by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType

import numpy as np

from simcore._jit import rendered_module
from simcore.engine.cable_cell import Layer, Plan
from simcore.engine.cable_forest import forest, forest_tree
from simcore.engine.cable_receptors import (
    DENSE_MARK,
    SiteIndex,
    Slots,
    constants_of,
    index_sites,
    numbered,
    site_constants,
    slots_of,
)
from simcore.kernels import cable_loops, cable_solvers
from simcore.models.mechanisms import Mechanism, PointProcess
from simcore.morphology.attachments import Receptor

DIRECT = 0.75                   # part of its rows' range from which on a mechanism works on all of the range, in place


@dataclass
class Block:
    """Cells side by side. first: where each group of states begins in the pool, by name ("v", "hh", "ExpSyn").

    maps: for each cell the block's node of each of its own; lanes: of each cell (0 in a forest, whose width is 1); rows:
    nodes of each mechanism; sites: of receptors; clamps: (node, lane, attachment); cleared: rows that they clear;
    above: is v above threshold, by detector.
    """

    plans: tuple[Plan, ...]
    maps: list[np.ndarray]
    lanes: list[int]
    width: int
    pool: np.ndarray
    first: dict[str, int]
    tree: tuple
    dense: tuple
    rows: dict[str, np.ndarray]
    layers: tuple
    loop: ModuleType
    sites: SiteIndex
    clamps: list
    cleared: np.ndarray
    above: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        index, threshold = self.watched
        self.above = self.pool[index] > threshold

    @cached_property
    def lane_gids(self) -> np.ndarray:
        """(n_cells,) int32 gids."""
        return np.array([p.cell.gid for p in self.plans], dtype=np.int32)

    @cached_property
    def watched(self) -> tuple[np.ndarray, np.ndarray]:
        """Index in the pool and threshold [mV] of every detector, cell by cell."""
        index = [self.index_v(node, cell) for cell, p in enumerate(self.plans) for node in p.detectors]
        return np.array(index), np.array([d.threshold for p in self.plans for d in p.cell.detectors])

    @cached_property
    def detector_begin(self) -> np.ndarray:
        """(n_cells + 1,) the first detector of each cell."""
        return np.cumsum([0, *(len(p.detectors) for p in self.plans)])

    @property
    def jumps(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What kernels.cable.hear takes."""
        return self.sites.ptr, self.sites.index, self.sites.factor

    @cached_property
    def clamp_places(self) -> tuple:
        """Rows to clear, node and lane of every clamp."""
        node, lane = (np.array([c[k] for c in self.clamps], dtype=np.int64) for k in (0, 1))
        return self.cleared, node, lane

    def receptors(self) -> Iterator[tuple[tuple[Receptor, ...], np.ndarray]]:
        """Receptors in groups, and the number of the site of each."""
        return numbered([p.groups for p in self.plans], self.sites.begin)

    def find(self, receptor: Receptor) -> tuple[int, int, int, list[int]] | None:
        """(gid, node, cell, indices of its states in the pool) of a receptor; None if it is not here."""
        for receptors, site in self.receptors():
            if receptor in receptors:
                number = int(site[receptors.index(receptor)])
                cell = int(np.searchsorted(self.sites.begin, number, side="right")) - 1
                node = self.plans[cell].tree.node(receptor.section, receptor.x)
                return int(self.lane_gids[cell]), node, cell, self.sites.of(number)
        return None

    @property
    def v(self) -> np.ndarray:
        """(n, W) membrane potentials, a view."""
        return self.tree[0]

    def v_of(self, cell: int) -> np.ndarray:
        """(n_own,) membrane potentials of a cell's own nodes, a copy."""
        return self.pool[self.index_nodes(cell)]

    def index_nodes(self, cell: int) -> np.ndarray:
        """Where v of each of a cell's own nodes lies in the pool."""
        return self.maps[cell] * self.width + self.lanes[cell]

    def index_v(self, node: int, cell: int) -> int:
        """Where v of a cell's own node lies in the pool."""
        return int(self.maps[cell][node]) * self.width + self.lanes[cell]

    def index_states(self, layer: Layer, cell: int) -> np.ndarray:
        """(n_states, k) where the states of a cell's layer lie in the pool."""
        node = self.rows[layer.mechanism.name]
        place = np.searchsorted(node, self.maps[cell][layer.node])
        rows = np.arange(len(layer.mechanism.states))[:, None] * node.size + place[None, :]
        return self.first[layer.mechanism.name] + rows * self.width + self.lanes[cell]


def build_block(plans: Sequence[Plan], width: int, *, scheme: str, v_init: float) -> Block:
    """A block of cells of one shape in lanes 0 … (lanes to spare repeat the last cell and are silent), or with width 1 of
    any cells that have the same dense receptors."""
    alone = width == 1
    repeated = [*plans, *[plans[-1]] * (0 if alone else width - len(plans))]
    parent, maps = forest([p.tree.parent for p in plans]) if alone else _same(repeated)
    n, lanes = parent.size, [0] * len(plans) if alone else list(range(width))
    groups = [p.groups for p in plans]
    slots = slots_of(groups, maps, n)
    merged = _merged_layers(repeated, maps, lanes, width)
    pool, first = _pool(merged, slots, n, width, v_init)
    v = pool[:n * width].reshape(n, width)
    d, r = np.zeros_like(v), np.zeros_like(v)
    unwritten = np.ones(n, dtype=bool)              # rows of d and r that nobody has set yet, in order of writing
    layers = [_mechanism(*layer, pool[first[layer[0].name]:], v, d, r, unwritten) for layer in merged]
    written = not unwritten.any()
    unwritten &= not alone                          # a forest's solver clears what is not written
    given = {name: constants_of(own, [g.get(name) for g in groups], lanes, width) for name, own in slots.items()}
    sparse, dense, codes, receptors = _receptors(slots, given, pool, first, unwritten)
    clamps = [(int(maps[cell][node]), lanes[cell], a) for cell, p in enumerate(plans) for node, a in p.clamps]
    cleared = _clamp_rows(clamps, unwritten)
    if alone:
        solver = forest_tree(plans, parent, maps, v, d, r, written=written)
    else:
        solver = _tree(repeated, parent, v, unwritten)
    loop = _loop(width, scheme, codes, [(m, layer) for (m, *_), layer in zip(merged, layers, strict=True)], receptors)
    return Block(tuple(plans), maps, lanes, width, pool, first, (v, d, r, solver), dense,
                 {m.name: node for m, node, *_ in merged}, (*layers, *sparse), loop,
                 index_sites(groups, slots, first, lanes, width), clamps, cleared)


def _same(plans: Sequence[Plan]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The parents that all plans have, and the identity for each."""
    parent = plans[0].tree.parent
    return parent, [np.arange(parent.size)] * len(plans)


def _receptors(slots: dict[str, Slots], given: dict[str, np.ndarray], pool: np.ndarray, first: dict[str, int],
               unwritten: np.ndarray) -> tuple[tuple, tuple, list, list[ModuleType]]:
    """Layers of sparse receptors; (states, constants) of dense ones and their codes; rendered modules of the sparse."""
    sparse, dense, codes, modules = [], [], [], []
    for name, own in slots.items():
        process, width = own.process, given[name].shape[2]
        states, constants = _receptor(process, given[name], pool, first[name])
        code = _code(process, constants)
        if name.startswith(DENSE_MARK):
            dense.append((states, constants) if width > 1 else (states[..., 0], tuple(map(_flat, constants))))
            codes.append(code)
            continue
        sparse.append((own.node, _take_once(unwritten, own.node), states, constants))
        modules.append(rendered_module(f"receptor_{process.name}", cable_loops.receptor_source(code, width),
                                       foreign_source(process.current.__module__)))
    return tuple(sparse), tuple(dense), codes, modules


def _flat(constant: np.ndarray | float) -> np.ndarray | float:
    return constant.reshape(-1) if isinstance(constant, np.ndarray) else constant


def _loop(width: int, scheme: str, dense: list[cable_solvers.ReceptorCode], mechanisms: list[tuple[Mechanism, tuple]],
          receptors: list[ModuleType]) -> ModuleType:
    solver = rendered_module(f"solve_{width}_{scheme}", cable_solvers.solver_source(width, scheme, dense),
                             tuple(text for code in dense for text in foreign_source(code.module)))
    names = [_mechanism_module(m, layer[-1]).__name__ for m, layer in mechanisms]
    source = cable_loops.block_source(
        solver.__name__, names, [not layer[0] for _, layer in mechanisms],
        [m.advance is not None for m, _ in mechanisms], [r.__name__ for r in receptors])
    return rendered_module("cable", source)


def _merged_layers(plans: Sequence[Plan], maps: list[np.ndarray], lanes: list[int], width: int) -> list[tuple]:
    """For each mechanism of any cell (mechanism, node (k,), constants (n, k, W), states (n, k, W)).

    Where a row belongs to no compartment with the mechanism densities are 0, other constants and states those of some.
    """
    merged = []
    by_cell = [{layer.mechanism.name: layer for layer in p.layers} for p in plans]
    for name in sorted({n for own in by_cell for n in own}):
        owned = [(cell, own[name]) for cell, own in enumerate(by_cell) if name in own]
        mechanism = owned[0][1].mechanism
        node = _range(np.unique(np.concatenate([maps[cell][layer.node] for cell, layer in owned])))
        shape = (node.size, width)
        constants = np.broadcast_to(owned[0][1].constants[:, :1, None], (len(mechanism.constants), *shape)).copy()
        states = np.broadcast_to(owned[0][1].states[:, :1, None], (len(mechanism.states), *shape)).copy()
        for density in mechanism.densities:
            constants[mechanism.constants.index(density)] = 0.0
        for cell, layer in owned:
            place = np.searchsorted(node, maps[cell][layer.node])
            constants[:, place, lanes[cell]], states[:, place, lanes[cell]] = layer.constants, layer.states
        merged.append((mechanism, node, constants, states))
    return merged


def _range(node: np.ndarray) -> np.ndarray:
    """All rows from the first to the last of these, if these are most of them; else these."""
    span = int(node[-1] - node[0]) + 1
    return np.arange(node[0], node[0] + span) if node.size >= DIRECT * span else node


def _pool(merged: list[tuple], slots: dict[str, Slots], n: int, width: int,
          v_init: float) -> tuple[np.ndarray, dict[str, int]]:
    first, size = {"v": 0}, n * width
    for mechanism, _, _, states in merged:
        first[mechanism.name] = size
        size += states.size
    for name, own in slots.items():
        first[name] = size
        size += len(own.process.states) * own.node.size * width
    pool = np.zeros(size)
    pool[:n * width] = v_init
    return pool, first


def _mechanism(mechanism: Mechanism, node: np.ndarray, constants: np.ndarray, initial: np.ndarray, room: np.ndarray,
               v: np.ndarray, d: np.ndarray, r: np.ndarray, unwritten: np.ndarray) -> tuple:
    """What the loop takes of a mechanism: place, v, g, ge, states, room for rates, constants; all but the place flat.

    Where its rows lie side by side and nobody has written them, v, g and ge are parts of v, d and r and the place is
    empty; else they are scratch, and the place says which rows they belong to.
    """
    n_states, k, width = initial.shape
    states = room[:initial.size].reshape(n_states, k * width)
    states[:] = initial.reshape(n_states, k * width)
    numbers = np.zeros((len(mechanism.rates(-65.0)) if mechanism.rates else 0, cable_loops.STRETCH))
    shared = tuple(_shared(row.ravel(), name in mechanism.densities)
                   for name, row in zip(mechanism.constants, constants, strict=True))
    begin, end = int(node[0]), int(node[-1]) + 1
    if k == end - begin and unwritten[begin:end].all():
        _take(unwritten, node)
        return (), *(x[begin:end].reshape(-1) for x in (v, d, r)), states, numbers, shared
    own, g, ge = (np.zeros((k, width)) for _ in range(3))
    place = node, _take(unwritten, node), own, g, ge
    return place, own.reshape(-1), g.reshape(-1), ge.reshape(-1), states, numbers, shared


def _receptor(process: PointProcess, constants: np.ndarray, pool: np.ndarray, begin: int) -> tuple:
    """States (n_states, k, W), a view of the pool, and constants: numbers or (k, W)."""
    shape = (len(process.states), *constants.shape[1:])
    states = pool[begin:begin + int(np.prod(shape))].reshape(shape)
    return states, tuple(_shared(c, False) for c in constants)


def _take(unwritten: np.ndarray, node: np.ndarray) -> np.ndarray:
    """Which of these rows nobody has written yet; from now on they are written."""
    fresh = unwritten[node].copy()
    unwritten[node] = False
    return fresh


def _take_once(unwritten: np.ndarray, node: np.ndarray) -> np.ndarray:
    """The same for ascending rows of which some come more than once: the first is the one that writes."""
    fresh = unwritten[node] & (np.diff(node, prepend=-1) > 0)
    unwritten[node] = False
    return fresh


def _shared(values: np.ndarray, differ: bool) -> np.ndarray | float:
    """One number if all are equal, else the array."""
    first = float(values.flat[0])
    return values if differ or (values != first).any() else first


def _clamp_rows(clamps: list, unwritten: np.ndarray) -> np.ndarray:
    """Rows of d and r that only clamps and children write: they are set to 0 first, since a clamp has one lane."""
    rows = np.unique(np.array([node for node, _, _ in clamps if unwritten[node]], dtype=np.int64))
    unwritten[rows] = False
    return rows


def _tree(plans: Sequence[Plan], parent: np.ndarray, v: np.ndarray, unwritten: np.ndarray) -> tuple:
    """What the solver of lanes takes beside v, d, r."""
    fresh = np.zeros(parent.size, dtype=bool)
    for i in range(parent.size - 1, 0, -1):
        fresh[i] = unwritten[parent[i]]
        unwritten[parent[i]] = False
    diag, c, i0, axial = (np.stack(x, axis=1) for x in zip(*((p.diag, p.c, p.current, p.tree.axial) for p in plans),
                                                           strict=True))
    return parent, fresh, diag, c, i0, axial, np.zeros_like(v), np.zeros_like(v)


def _mechanism_module(mechanism: Mechanism, constants: tuple) -> ModuleType:
    arrays = frozenset(n for n, c in zip(mechanism.constants, constants, strict=True) if isinstance(c, np.ndarray))
    code = cable_loops.MechanismCode(
        mechanism.name, *(_where(f) for f in (mechanism.current, mechanism.advance, mechanism.rates, mechanism.gates)),
        len(mechanism.rates(-65.0)) if mechanism.rates else 0, tuple(mechanism.states), mechanism.constants,
        mechanism.of_current, mechanism.of_advance, arrays)
    return rendered_module(f"mechanism_{mechanism.name}", cable_loops.mechanism_source(code),
                           foreign_source(mechanism.current.__module__))


def _code(process: PointProcess, constants: tuple) -> cable_solvers.ReceptorCode:
    names = site_constants(process)
    arrays = frozenset(n for n, c in zip(names, constants, strict=True) if isinstance(c, np.ndarray))
    return cable_solvers.ReceptorCode(process.name, *_where(process.current), tuple(process.states), names,
                                      process.constants, arrays)


def _where(function: object) -> tuple[str, str] | None:
    return (function.__module__, function.__name__) if function else None


def foreign_source(module: str) -> tuple[str, ...]:
    """Source text of equations outside this package: an edit of theirs must make a new rendered module."""
    if module.startswith("simcore."):
        return ()
    import importlib
    import inspect

    return (inspect.getsource(importlib.import_module(module)),)
