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
from simcore.engine.cable_cell import Layer, Plan
from simcore.engine.cable_overlay import overlay
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
from simcore.kernels import cable
from simcore.models.mechanisms import Mechanism, PointProcess
from simcore.morphology.attachments import Receptor


@dataclass
class Block:
    """Cells in lanes. first: where each group of states begins in the pool, by name ("v", "hh", "ExpSyn").

    maps: for each cell the block's node of each of its own; sites: of receptors; clamps: (node, lane, attachment);
    cleared: rows that they clear; above: is v above threshold, by detector.
    """

    plans: tuple[Plan, ...]
    maps: list[np.ndarray]
    width: int
    pool: np.ndarray
    first: dict[str, int]
    tree: tuple
    dense: tuple
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
        """(n_cells,) int32 gids by lane."""
        return np.array([p.cell.gid for p in self.plans], dtype=np.int32)

    @cached_property
    def watched(self) -> tuple[np.ndarray, np.ndarray]:
        """Index in the pool and threshold [mV] of every detector, cell by cell."""
        index = [self.index_v(node, lane) for lane, p in enumerate(self.plans) for node in p.detectors]
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
        """(gid, node, lane, indices of its states in the pool) of a receptor; None if it is not here."""
        for receptors, site in self.receptors():
            if receptor in receptors:
                number = int(site[receptors.index(receptor)])
                lane = int(np.searchsorted(self.sites.begin, number, side="right")) - 1
                node = self.plans[lane].tree.node(receptor.section, receptor.x)
                return int(self.lane_gids[lane]), node, lane, self.sites.of(number)
        return None

    @property
    def v(self) -> np.ndarray:
        """(n, W) membrane potentials, a view."""
        return self.tree[6]

    def index_v(self, node: int, lane: int) -> int:
        """Where v of a cell's own node lies in the pool."""
        return int(self.maps[lane][node]) * self.width + lane

    def index_states(self, layer: Layer, lane: int) -> np.ndarray:
        """(n_states, k) where the states of a cell's layer lie in the pool."""
        node = next(own[0] for own, name in zip(self.layers, self.mechanisms, strict=False)
                    if name == layer.mechanism.name)
        place = np.searchsorted(node, self.maps[lane][layer.node])
        rows = np.arange(len(layer.mechanism.states))[:, None] * node.size + place[None, :]
        return self.first[layer.mechanism.name] + rows * self.width + lane

    @property
    def mechanisms(self) -> list[str]:
        """Names of the mechanisms, in the order of `layers`, before the receptors."""
        return sorted({layer.mechanism.name for p in self.plans for layer in p.layers})


def build_block(plans: Sequence[Plan], width: int, *, scheme: str, v_init: float) -> Block:
    """A block of these cells in lanes 0 …; lanes to spare repeat the last cell and are silent.

    The cells may have unlike trees; they must have the same dense receptors.
    """
    lanes = [*plans, *[plans[-1]] * (width - len(plans))]
    parent, maps = overlay([p.tree.parent for p in lanes])
    groups = [p.groups for p in plans]
    slots = slots_of(groups, maps, parent.size)
    merged = _merged_layers(lanes, maps)
    pool, first = _pool(merged, slots, parent.size, width, v_init)
    unwritten = np.ones(parent.size, dtype=bool)    # rows of d and r that nobody has set yet, in order of writing
    layers, modules = [], []
    for mechanism, node, constants, states in merged:
        layers.append(_mechanism(mechanism, node, constants, states, pool, first, unwritten))
        modules.append(_mechanism_module(mechanism, layers[-1][-1]))
    dense, codes, receptors = [], [], []
    for name, own in slots.items():
        process = own.process
        states, constants = _receptor(process, constants_of(own, [g.get(name) for g in groups], width), pool, first[name])
        code = _code(process, constants)
        if name.startswith(DENSE_MARK):
            dense.append((states, constants))
            codes.append(code)
            continue
        node, fresh = own.node, _take_once(unwritten, own.node)
        layers.append((node, fresh, states, constants))
        receptors.append(rendered_module(f"receptor_{process.name}", cable.receptor_source(code, width),
                                         foreign_source(process.current.__module__)))
    clamps = [(int(maps[lane][node]), lane, a) for lane, p in enumerate(plans) for node, a in p.clamps]
    cleared = _clamp_rows(clamps, unwritten)
    tree = _tree(lanes, parent, maps, pool[:parent.size * width].reshape(-1, width), unwritten)
    loop = _loop(width, scheme, codes, modules, receptors, [m.advance is not None for m, *_ in merged])
    return Block(tuple(plans), maps, width, pool, first, tree, tuple(dense), tuple(layers), loop,
                 index_sites(groups, slots, first, width), clamps, cleared)


def _loop(width: int, scheme: str, dense: list[cable.ReceptorCode], mechanisms: list[ModuleType],
          receptors: list[ModuleType], stateful: list[bool]) -> ModuleType:
    solver = rendered_module(f"solve_{width}_{scheme}", cable.solver_source(width, scheme, dense),
                             tuple(text for code in dense for text in foreign_source(code.module)))
    source = cable.block_source(solver.__name__, [m.__name__ for m in mechanisms], [r.__name__ for r in receptors], stateful)
    return rendered_module("cable", source)


def _merged_layers(lanes: Sequence[Plan], maps: list[np.ndarray]) -> list[tuple]:
    """For each mechanism of any lane (mechanism, node (k,), constants (n, k, W), states (n, k, W)).

    A lane that lacks a compartment there has densities of 0, and other constants and states of some compartment.
    """
    merged = []
    by_lane = [{layer.mechanism.name: layer for layer in p.layers} for p in lanes]
    for name in sorted({n for own in by_lane for n in own}):
        owned = [(lane, own[name]) for lane, own in enumerate(by_lane) if name in own]
        mechanism = owned[0][1].mechanism
        node = np.unique(np.concatenate([maps[lane][layer.node] for lane, layer in owned]))
        shape = (node.size, len(lanes))
        constants = np.broadcast_to(owned[0][1].constants[:, :1, None], (len(mechanism.constants), *shape)).copy()
        states = np.broadcast_to(owned[0][1].states[:, :1, None], (len(mechanism.states), *shape)).copy()
        for density in mechanism.densities:
            constants[mechanism.constants.index(density)] = 0.0
        for lane, layer in owned:
            place = np.searchsorted(node, maps[lane][layer.node])
            constants[:, place, lane], states[:, place, lane] = layer.constants, layer.states
        merged.append((mechanism, node, constants, states))
    return merged


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


def _mechanism(mechanism: Mechanism, node: np.ndarray, constants: np.ndarray, initial: np.ndarray, pool: np.ndarray,
               first: dict[str, int], unwritten: np.ndarray) -> tuple:
    """What the loop takes of a mechanism: rows, whether they are fresh, scratch, states, scratch, constants."""
    n_states, k, width = initial.shape
    begin = first[mechanism.name]
    states = pool[begin:begin + initial.size].reshape(n_states, k * width)
    states[:] = initial.reshape(n_states, k * width)
    own, g, ge = (np.zeros((k, width)) for _ in range(3))
    return (node, _take(unwritten, node), own, states, g, ge,
            tuple(_shared(row.ravel(), name in mechanism.densities)
                  for name, row in zip(mechanism.constants, constants, strict=True)))


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


def _tree(lanes: list[Plan], parent: np.ndarray, maps: list[np.ndarray], v: np.ndarray, unwritten: np.ndarray) -> tuple:
    """The argument `tree` of the loop. A node that a lane lacks keeps its v and touches nothing: 1 v = 1 v."""
    fresh = np.zeros(parent.size, dtype=bool)
    for i in range(parent.size - 1, 0, -1):
        fresh[i] = unwritten[parent[i]]
        unwritten[parent[i]] = False
    diag, c, i0, axial = (np.full(v.shape, x) for x in (1.0, 1.0, 0.0, 0.0))
    for lane, p in enumerate(lanes):
        at = maps[lane]
        diag[at, lane], c[at, lane], i0[at, lane], axial[at, lane] = p.diag, p.c, p.current, p.tree.axial
    d, r, f, b = (np.zeros_like(v) for _ in range(4))
    return parent, fresh, diag, c, i0, axial, v, d, r, f, b


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
