"""One detailed cell as the engine sees it: a tree, layers of mechanisms, receptors, clamps, a spike detector.

Everything here depends on the cell, dt and temperature, never on other cells or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.errors import ConfigurationError
from simcore.models.mechanisms import MECHANISMS, Mechanism, PointProcess
from simcore.morphology.attachments import Attachment, Receptor
from simcore.morphology.sections import Section
from simcore.morphology.tree import CableTree, discretise

AREA_TO_US = 1e-2               # S/cm2 times um2 in uS


@dataclass(frozen=True, eq=False)
class CableCell:
    """A cell of a network: its root section, and where its spikes are detected: v of section(x) rising above threshold.

    gid: global id; threshold [mV]; probes: places of recordings, (section, x).
    """

    gid: int
    root: Section
    detector: tuple[Section, float]
    threshold: float = 10.0
    probes: tuple[tuple[Section, float], ...] = ()


@dataclass(frozen=True)
class Layer:
    """One mechanism of a cell: nodes (k,) ascending, constants (n_constants, k), initial states (n_states, k)."""

    mechanism: Mechanism
    node: np.ndarray
    constants: np.ndarray
    states: np.ndarray


@dataclass(frozen=True)
class Site:
    """One receptor of a cell at a node: constants of `current` and decays, and what an event adds to each state."""

    receptor: Receptor
    node: int
    constants: tuple[float, ...]
    jumps: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """A cell ready to be put into a block. diag, current: (n,) uS, nA; sites by name of their process."""

    cell: CableCell
    tree: CableTree
    c: np.ndarray
    diag: np.ndarray
    current: np.ndarray
    layers: tuple[Layer, ...]
    sites: dict[str, tuple[Site, ...]]
    clamps: tuple[tuple[int, Attachment], ...]
    detector: int

    @property
    def shape(self) -> tuple:
        """What cells of one block must have in common: the tree and which nodes have which mechanism."""
        return (self.tree.parent.tobytes(), tuple((layer.mechanism.name, layer.node.tobytes()) for layer in self.layers))


def plan(cell: CableCell, *, dt: float, scheme: str, celsius: float, v_init: float) -> Plan:
    """The cell as arrays. Raises ConfigurationError for places that are not part of it."""
    sections = cell.root.subtree()
    attached = [a for s in sections for a in s.attachments]
    receptors = [r for s in sections for r in s.receptors]
    places = [*cell.probes, *((a.section, a.x) for a in [*attached, *receptors])]
    tree = discretise(cell.root, places)
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
    sites, clamps = _sites(tree, receptors, dt, scheme)
    clamps += [(tree.node(a.section, a.x), a) for a in attached]
    return Plan(cell, tree, c, diag, current, tuple(layers), sites, tuple(clamps),
                _detector(tree, cell, scheme))


def _detector(tree: CableTree, cell: CableCell, scheme: str) -> int:
    """Where spikes are detected; in the default scheme v of a point without membrane is not followed in time.

    # ASSUME: there, the nearest compartment stands for the point.
    """
    section, x = cell.detector
    node = tree.node(section, section(x).x)
    if scheme != "neuron" and tree.area[node] == 0.0:
        node = int(tree.nodes[section][section(x).index])
    return node


def _axial_sums(tree: CableTree) -> np.ndarray:
    sums = tree.axial.copy()
    for i in range(1, tree.size):
        sums[tree.parent[i]] += tree.axial[i]
    return sums


def _layer(tree: CableTree, mechanism: Mechanism, dt: float, celsius: float, v_init: float) -> Layer:
    """The layer of a mechanism; compartments with equal parameters are prepared once."""
    nodes, given = [], []
    for section in tree.sections:
        own = section.mechanisms.get(mechanism.name)
        if own is not None:
            nodes.append(tree.nodes[section])
            given.append(np.stack([own[p] for p in mechanism.parameters], axis=1))
    node = np.concatenate(nodes)
    distinct, which = np.unique(np.concatenate(given), axis=0, return_inverse=True)
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


def _sites(tree: CableTree, receptors: list[Receptor], dt: float, scheme: str) -> tuple[dict, list]:
    """Receptors by process, and those that follow time as clamps."""
    sites: dict[str, list[Site]] = {}
    clamps = []
    for receptor in receptors:
        node, process = tree.node(receptor.section, receptor.x), receptor.process
        if process.waveform:
            clamps.append((node, follow(receptor)))
        else:
            sites.setdefault(process.name, []).append(_site(receptor, node, dt, scheme))
    return {name: tuple(sites[name]) for name in sorted(sites)}, clamps


def _site(receptor: Receptor, node: int, dt: float, scheme: str) -> Site:
    process = receptor.process
    prepared = process.prepare(dt, **receptor.parameters)
    constants = tuple(prepared[name] for name in site_constants(process))
    jumps = [prepared[f"jump_{s}"] for s in process.states]
    if scheme != "neuron":              # conductances live at t + dt/2: an event at t has decayed for half a step there
        half = process.prepare(0.5 * dt, **receptor.parameters)
        jumps = [jump * half[f"decay_{s}"] for jump, s in zip(jumps, process.states, strict=True)]
    return Site(receptor, node, constants, tuple(jumps))


def site_constants(process: PointProcess) -> tuple[str, ...]:
    """Names of a site's constants: keyword arguments of `current`, then a decay for each state."""
    return (*process.constants, *(f"decay_{s}" for s in process.states))


def follow(receptor: Receptor) -> Attachment:
    """A receptor that follows time (AlphaSynapse) as a conductance."""
    def g(t: np.ndarray) -> np.ndarray:
        return receptor.process.waveform(t, **receptor.parameters)

    if "e" not in receptor.parameters:
        raise ConfigurationError(f"{receptor.process.name} has no reversal potential e", where=receptor.section.name)
    nothing = np.zeros(1)
    return Attachment(receptor.section, receptor.x, nothing, nothing, float("inf"), receptor.parameters["e"],
                      function=g)
