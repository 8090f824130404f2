"""Blocks: cells of one shape side by side, as the arrays that kernels/cable.py takes.

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
from simcore.engine.cable_cell import Layer, Plan, Site, site_constants
from simcore.kernels import cable
from simcore.models.mechanisms import POINT_PROCESSES, Mechanism, PointProcess
from simcore.morphology.attachments import Receptor

DENSE_MARK = "dense "            # before the name of a process whose slots are one a node


@dataclass
class Block:
    """Cells in lanes. first: where each group of states begins in the pool, by name ("v", "hh", "ExpSyn").

    slots: [(node, [site or None by lane]), …] by process; clamps: (node, lane, attachment); cleared: rows that they clear.
    """

    plans: tuple[Plan, ...]
    width: int
    pool: np.ndarray
    first: dict[str, int]
    tree: tuple
    dense: tuple
    layers: tuple
    loop: ModuleType
    slots: dict[str, list]
    clamps: list = field(default_factory=list)
    cleared: np.ndarray | None = None
    jumps: tuple = ()
    receptors: dict[int, int] = field(default_factory=dict)      # id of a Receptor -> its number here
    above: np.ndarray | None = None

    @cached_property
    def lane_gids(self) -> np.ndarray:
        """(n_cells,) int32 gids by lane."""
        return np.array([p.cell.gid for p in self.plans], dtype=np.int32)

    @cached_property
    def detectors(self) -> tuple:
        """Index in the pool, threshold and whether v is above it, by cell."""
        index = [self.index_v(p.detector, lane) for lane, p in enumerate(self.plans)]
        return np.array(index), np.array([p.cell.threshold for p in self.plans]), self.above

    @cached_property
    def sites_by_lane(self) -> list[list[list[int]]]:
        """For each cell the indices of its sites' states in the pool, in the cell's own order."""
        found: list[list[list[int]]] = [[] for _ in self.plans]
        for _, lane, at in self.sites():
            found[lane].append(at)
        return found

    @cached_property
    def clamp_places(self) -> tuple:
        """Rows to clear, node and lane of every clamp."""
        node, lane = (np.array([c[k] for c in self.clamps], dtype=np.int64) for k in (0, 1))
        return self.cleared, node, lane

    def find(self, receptor: Receptor) -> tuple[int, int, int, list[int]] | None:
        """(gid, node, lane, indices of its states in the pool) of a receptor; None if it is not here."""
        found = (x for x in self.sites() if receptor in x[0].receptors)
        return next(((int(self.lane_gids[lane]), site.node, lane, at) for site, lane, at in found), None)

    def sites(self) -> Iterator[tuple[Site, int, list[int]]]:
        """All sites: (site, lane, indices of its states in the pool)."""
        for name, rows in self.slots.items():
            n_states, k = len(POINT_PROCESSES[process_name(name)].states), len(rows)
            for s, (_, lanes) in enumerate(rows):
                for lane, site in enumerate(lanes[:len(self.plans)]):
                    if site is not None:
                        yield site, lane, [self.first[name] + (state * k + s) * self.width + lane
                                           for state in range(n_states)]

    @property
    def v(self) -> np.ndarray:
        """(n, W) membrane potentials, a view."""
        return self.tree[6]

    def index_v(self, node: int, lane: int) -> int:
        """Where v of a node lies in the pool."""
        return node * self.width + lane


def build_block(plans: Sequence[Plan], width: int, *, scheme: str, v_init: float) -> Block:
    """A block of these cells, all of one shape, in lanes 0 …; lanes to spare repeat the last cell and are silent."""
    lanes = [*plans, *[plans[-1]] * (width - len(plans))]
    n = plans[0].tree.size
    slots = _slots(plans, width) | _dense_slots(plans, width)
    pool, first = _pool(plans[0], slots, n, width, v_init)
    unwritten = np.ones(n, dtype=bool)              # rows of d and r that nobody has set yet, in order of writing
    layers, modules, stateful, dense, codes = [], [], [], [], []
    for k, layer in enumerate(plans[0].layers):
        layers.append(_mechanism(layer, [p.layers[k] for p in lanes], pool, first, unwritten))
        modules.append(_mechanism_module(layer.mechanism, layers[-1][-1]))
        stateful.append(layer.mechanism.advance is not None)
    receptors = []
    for name, rows in slots.items():
        process = POINT_PROCESSES[process_name(name)]
        states, constants = _receptor(process, rows, pool, first[name], width)
        code = _code(process, constants)
        if name in first and name.startswith(DENSE_MARK):
            dense.append((states, constants))
            codes.append(code)
            continue
        node = np.array([node for node, _ in rows], dtype=np.int64)
        fresh = np.concatenate([_take(unwritten, node[s:s + 1]) for s in range(node.size)])
        layers.append((node, fresh, states, constants))
        receptors.append(rendered_module(f"receptor_{process.name}", cable.receptor_source(code, width),
                                         foreign_source(process.current.__module__)))
    clamps = [(node, lane, a) for lane, p in enumerate(plans) for node, a in p.clamps]
    cleared = _clamp_rows(clamps, unwritten)
    tree = _tree(lanes, pool[:n * width].reshape(n, width), unwritten)
    solver = rendered_module(f"solve_{width}_{scheme}", cable.solver_source(width, scheme, codes),
                             tuple(t for code in codes for t in foreign_source(code.module)))
    names = [m.__name__ for m in modules], [r.__name__ for r in receptors]
    title = ", ".join([f"{width} lanes", *first])
    loop = rendered_module("cable", cable.block_source(title, solver.__name__, *names, stateful))
    block = Block(tuple(plans), width, pool, first, tree, tuple(dense), tuple(layers), loop, slots, clamps, cleared)
    _index_jumps(block)
    at = np.array([p.detector for p in plans])
    block.above = block.v[at, np.arange(at.size)] > np.array([p.cell.threshold for p in plans])
    return block


def process_name(name: str) -> str:
    """Name of the process of a group of slots."""
    return name.removeprefix(DENSE_MARK)


def _slots(plans: Sequence[Plan], width: int) -> dict[str, list]:
    """Receptor sites of all lanes in rows of one node each: {process: [(node, [site or None by lane]), …]}.

    The m-th site of a cell at a node is in the m-th row of that node, so additions keep the cell's own order.
    """
    found: dict[str, dict[tuple[int, int], list[Site | None]]] = {}
    for lane, p in enumerate(plans):
        for name, sites in p.sites.items():
            count: dict[int, int] = {}
            for site in sites:
                key = (site.node, count.get(site.node, 0))
                count[site.node] = key[1] + 1
                found.setdefault(name, {}).setdefault(key, [None] * width)[lane] = site
    return {name: [(key[0], rows[key]) for key in sorted(rows)] for name, rows in sorted(found.items())}


def _dense_slots(plans: Sequence[Plan], width: int) -> dict[str, list]:
    """Dense sites: one row for every node, so that a row's number is its node's."""
    spare = [None] * (width - len(plans))
    return {DENSE_MARK + name: [(node, [*(p.dense[name].get(node) for p in plans), *spare])
                                for node in range(plans[0].tree.size)] for name in plans[0].dense}


def _pool(p: Plan, slots: dict[str, list], n: int, width: int, v_init: float) -> tuple[np.ndarray, dict[str, int]]:
    first, size = {"v": 0}, n * width
    for layer in p.layers:
        first[layer.mechanism.name] = size
        size += layer.states.size * width
    for name, rows in slots.items():
        first[name] = size
        size += len(POINT_PROCESSES[process_name(name)].states) * len(rows) * width
    pool = np.zeros(size)
    pool[:n * width] = v_init
    return pool, first


def _mechanism(layer: Layer, lanes: list[Layer], pool: np.ndarray, first: dict[str, int], unwritten: np.ndarray) -> tuple:
    width, (n_states, k) = len(lanes), layer.states.shape
    begin = first[layer.mechanism.name]
    states = pool[begin:begin + n_states * k * width].reshape(n_states, k, width)
    states[:] = np.stack([own.states for own in lanes], axis=2)
    constants = np.stack([own.constants for own in lanes], axis=2).reshape(-1, k * width)
    own, g, ge = (np.zeros((k, width)) for _ in range(3))
    return (layer.node, _take(unwritten, layer.node), own, states.reshape(n_states, k * width), g, ge,
            tuple(_shared(row, name in layer.mechanism.densities)
                  for name, row in zip(layer.mechanism.constants, constants, strict=True)))


def _receptor(process: PointProcess, rows: list, pool: np.ndarray, begin: int, width: int) -> tuple:
    """States (n_states, k, W), a view of the pool, and constants: numbers or (k, W)."""
    names, n_states, k = site_constants(process), len(process.states), len(rows)
    some = next(site for _, lanes in rows for site in lanes if site)        # where no site is, g stays 0
    constants = np.empty((len(names), k, width))
    for s, (_, lanes) in enumerate(rows):
        for lane in range(width):
            constants[:, s, lane] = (lanes[lane] or some).constants
    states = pool[begin:begin + n_states * k * width].reshape(n_states, k, width)
    return states, tuple(_shared(c, False) for c in constants)


def _take(unwritten: np.ndarray, node: np.ndarray) -> np.ndarray:
    """Which of these rows nobody has written yet; from now on they are written."""
    fresh = unwritten[node].copy()
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


def _tree(lanes: list[Plan], v: np.ndarray, unwritten: np.ndarray) -> tuple:
    parent = lanes[0].tree.parent
    fresh = np.zeros(parent.size, dtype=bool)
    for i in range(parent.size - 1, 0, -1):
        fresh[i] = unwritten[parent[i]]
        unwritten[parent[i]] = False
    static = [np.stack([getattr(p, name) for p in lanes], axis=1) for name in ("diag", "c", "current")]
    axial = np.stack([p.tree.axial for p in lanes], axis=1)
    d, r, f, b = (np.zeros_like(v) for _ in range(4))
    return (parent, fresh, *(np.ascontiguousarray(a) for a in (*static, axial)), v, d, r, f, b)


def _mechanism_module(mechanism: Mechanism, constants: tuple) -> ModuleType:
    arrays = frozenset(n for n, c in zip(mechanism.constants, constants, strict=True) if isinstance(c, np.ndarray))
    source = cable.mechanism_source(
        mechanism.name, _where(mechanism.current), _where(mechanism.advance), tuple(mechanism.states),
        mechanism.constants, mechanism.of_current, mechanism.of_advance, arrays)
    return rendered_module(f"mechanism_{mechanism.name}", source, foreign_source(mechanism.current.__module__))


def _code(process: PointProcess, constants: tuple) -> cable.ReceptorCode:
    names = site_constants(process)
    arrays = frozenset(n for n, c in zip(names, constants, strict=True) if isinstance(c, np.ndarray))
    return cable.ReceptorCode(process.name, *_where(process.current), tuple(process.states), names, process.constants,
                              arrays)


def _where(function: object) -> tuple[str, str] | None:
    return (function.__module__, function.__name__) if function else None


def foreign_source(module: str) -> tuple[str, ...]:
    """Source text of equations outside this package: an edit of theirs must make a new rendered module."""
    if module.startswith("simcore."):
        return ()
    import importlib
    import inspect

    return (inspect.getsource(importlib.import_module(module)),)


def _index_jumps(block: Block) -> None:
    """Number the sites of a block and note which states an event at each adds to, and how much."""
    ptr, index, factor = [0], [], []
    for site, _, at in block.sites():
        block.receptors |= dict.fromkeys(map(id, site.receptors), len(ptr) - 1)
        index += at
        factor += site.jumps
        ptr.append(len(index))
    block.jumps = (np.array(ptr, dtype=np.int64), np.array(index, dtype=np.int64), np.array(factor, dtype=np.float64))
