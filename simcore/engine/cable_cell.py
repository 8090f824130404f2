"""One detailed cell as the engine sees it: a tree, layers of mechanisms, receptors, clamps, a spike detector.

Everything here depends on the cell, dt and temperature, never on other cells or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engine.cable_receptors import DENSE_MARK, Sites, sites_of, split
from simcore.models.mechanisms import MECHANISMS, Mechanism
from simcore.morphology.attachments import Attachment, Receptor
from simcore.morphology.sections import Section
from simcore.morphology.tree import Branching, CableTree, Skeleton, discretise

AREA_TO_US = 1e-2               # S/cm2 times um2 in uS


@dataclass(frozen=True, eq=False)
class Detector:
    """Where spikes are detected: v of section(x) rising above threshold [mV]."""

    section: Section
    x: float
    threshold: float = 10.0


@dataclass(eq=False)
class CableCell:
    """A cell of a network: its root section and where its spikes are detected; those of the first place are the cell's.

    gid: global id; probes: places of recordings, (section, x).
    """

    gid: int
    root: Section
    detectors: tuple[Detector, ...]
    probes: tuple[tuple[Section, float], ...] = ()


@dataclass(frozen=True)
class Layer:
    """One mechanism of a cell: nodes (k,) ascending, constants (n_constants, k), initial states (n_states, k)."""

    mechanism: Mechanism
    node: np.ndarray
    constants: np.ndarray
    states: np.ndarray


@dataclass(frozen=True)
class Plan:
    """A cell ready to be put into a block. diag, current: (n,) uS, nA.

    sites: by name of their process; dense: those of processes that sit on many nodes, at most one a node; detectors:
    nodes.
    """

    cell: CableCell
    tree: CableTree
    c: np.ndarray
    diag: np.ndarray
    current: np.ndarray
    layers: tuple[Layer, ...]
    sites: dict[str, Sites]
    dense: dict[str, Sites]
    clamps: tuple[tuple[int, Attachment], ...]
    detectors: tuple[int, ...]

    @property
    def shape(self) -> tuple:
        """What cells of one block must have in common: the tree, which nodes have which mechanism, what is dense."""
        layers = tuple((layer.mechanism.name, layer.node.tobytes()) for layer in self.layers)
        return self.tree.parent.tobytes(), layers, tuple(self.dense)


    @property
    def groups(self) -> dict[str, Sites]:
        """All sites, dense ones last, under the names that their slots have in a block."""
        return self.sites | {DENSE_MARK + name: sites for name, sites in self.dense.items()}


def plan(cell: CableCell, *, dt: float, scheme: str, celsius: float, v_init: float,
         known: dict[Branching, Skeleton] | None = None) -> Plan:
    """The cell as arrays; known: as in `discretise`. Raises ConfigurationError for places that are not part of it."""
    sections = cell.root.subtree()
    attached = [a for s in sections for a in s.attachments]
    receptors = [r for s in sections for r in s.receptors]
    places = [*cell.probes, *((a.section, a.x) for a in [*attached, *receptors])]
    tree = discretise(cell.root, places, known)
    c = tree.capacitance / (dt if scheme == "neuron" else 0.5 * dt)
    diag = c + _axial_sums(tree)
    current = np.zeros(tree.size)
    layers = []
    for name in sorted({m for s in tree.sections for m in s.mechanisms}):
        layer = _layer(tree, MECHANISMS[name], dt, celsius, v_init)
        if layer.mechanism.passive:
            g, ge = _passive(layer)
            diag[layer.node] += g
            current[layer.node] += ge
        else:
            layers.append(layer)
    events = [r for r in receptors if not r.process.waveform]
    sites, dense = split(sites_of(tree, events, dt=dt, scheme=scheme), tree.size)
    attached = [*(follow(r) for r in receptors if r.process.waveform), *attached]
    clamps = tuple((tree.node(a.section, a.x), a) for a in attached)
    return Plan(cell, tree, c, diag, current, tuple(layers), sites, dense, clamps,
                tuple(_watched(tree, d, scheme) for d in cell.detectors))


def _watched(tree: CableTree, detector: Detector, scheme: str) -> int:
    """The node whose v is watched; in the default scheme v of a point without membrane is not followed in time.

    # ASSUME: there, the nearest compartment stands for the point.
    """
    section, x = detector.section, detector.x
    node = tree.node(section, section(x).x)
    if scheme != "neuron" and tree.area[node] == 0.0:
        node = int(tree.nodes[section][section(x).index])
    return node


def _axial_sums(tree: CableTree) -> np.ndarray:
    """Axial conductances that meet at each node: to the parent, then those of the children in their order."""
    sums = tree.axial.copy()
    np.add.at(sums, tree.parent[1:], tree.axial[1:])
    return sums


def _layer(tree: CableTree, mechanism: Mechanism, dt: float, celsius: float, v_init: float) -> Layer:
    """The layer of a mechanism; compartments with equal parameters are prepared once."""
    sections = [s for s in tree.sections if mechanism.name in s.mechanisms]
    node = np.concatenate([tree.nodes[s] for s in sections])
    own = [s.mechanisms[mechanism.name] for s in sections]
    given = np.stack([np.concatenate([values[p] for values in own]) for p in mechanism.parameters], axis=1)
    distinct, which = np.unique(given, axis=0, return_inverse=True)
    rows = [dict(zip(mechanism.parameters, row, strict=True)) for row in distinct.tolist()]
    prepared = [mechanism.prepare(dt, celsius, **row) for row in rows]
    constants = np.array([[p[name] for p in prepared] for name in mechanism.constants]).reshape(-1, len(rows))
    states = [mechanism.start(v_init, celsius, **row) if mechanism.start else () for row in rows]
    states = np.array(states, dtype=np.float64).reshape(len(rows), -1).T
    constants, states = constants[:, which.ravel()], states[:, which.ravel()]
    for density in mechanism.densities:
        constants[mechanism.constants.index(density)] *= tree.area[node] * AREA_TO_US
    order = np.argsort(node, kind="stable")
    return Layer(mechanism, node[order], constants[:, order], states[:, order])


def _passive(layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    pairs = [layer.mechanism.current(0.0, **dict(zip(layer.mechanism.constants, column, strict=True)))
             for column in layer.constants.T.tolist()]
    g, ge = zip(*pairs, strict=True)
    return np.array(g), np.array(ge)


def follow(receptor: Receptor) -> Attachment:
    """A receptor that follows time (AlphaSynapse) as a clamp."""
    return Attachment(receptor.section, receptor.x, Following(receptor))


class Following:
    """A conductance that is a function of time alone, in the middle of each step; what engines ask of a clamp."""

    def __init__(self, receptor: Receptor) -> None:
        self._receptor = receptor

    @property
    def reversal(self) -> float:
        """Reversal potential [mV]."""
        return self._receptor.parameters["e"]

    def per_step(self, first_step: int, n_steps: int, dt: float, *, mean: bool = False) -> np.ndarray:
        """(n_steps,) uS in the middle of the steps: of second order as the mean is, hence the same for both schemes."""
        middle = (np.arange(first_step, first_step + n_steps) + 0.5) * dt
        return self._receptor.process.waveform(middle, **self._receptor.parameters)
