"""One detailed cell as the engine sees it: a tree, layers of mechanisms, receptors, clamps, a spike detector.

Everything here depends on the cell, dt and temperature, never on other cells or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.models.mechanisms import MECHANISMS, Mechanism, PointProcess
from simcore.morphology.attachments import Attachment, Receptor
from simcore.morphology.sections import Section
from simcore.morphology.tree import CableTree, discretise

AREA_TO_US = 1e-2               # S/cm2 times um2 in uS
DENSE = 0.25                    # part of the nodes from which on a kind of receptor is taken in by the solver itself


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


@dataclass(frozen=True, eq=False)
class Site:
    """Receptors of a cell with equal constants at one node: their conductances add up, so one state serves them all.

    constants: of `current` and decays; jumps: what an event of weight 1 adds to each state.
    """

    receptors: tuple[Receptor, ...]
    node: int
    constants: tuple[float, ...]
    jumps: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """A cell ready to be put into a block. diag, current: (n,) uS, nA.

    sites: by name of their process; dense: those of processes that sit on many nodes, at most one a node.
    """

    cell: CableCell
    tree: CableTree
    c: np.ndarray
    diag: np.ndarray
    current: np.ndarray
    layers: tuple[Layer, ...]
    sites: dict[str, tuple[Site, ...]]
    dense: dict[str, dict[int, Site]]
    clamps: tuple[tuple[int, Attachment], ...]
    detector: int

    @property
    def shape(self) -> tuple:
        """What cells of one block must have in common: the tree, which nodes have which mechanism, what is dense."""
        layers = tuple((layer.mechanism.name, layer.node.tobytes()) for layer in self.layers)
        return self.tree.parent.tobytes(), layers, tuple(self.dense)


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
    sites, dense = _split(sites, tree.size)
    clamps += [(tree.node(a.section, a.x), a) for a in attached]
    return Plan(cell, tree, c, diag, current, tuple(layers), sites, dense, tuple(clamps),
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
    """Sites by process, in order of their first receptor, and receptors that follow time as clamps."""
    sites: dict[str, dict[tuple, list[Receptor]]] = {}
    clamps = []
    for receptor in receptors:
        node, process = tree.node(receptor.section, receptor.x), receptor.process
        if process.waveform:
            clamps.append((node, follow(receptor)))
        else:
            key = (node, tuple(receptor.parameters.values()), id(receptor) if receptor.alone else 0)
            sites.setdefault(process.name, {}).setdefault(key, []).append(receptor)
    return {name: [_site(same, key[0], dt, scheme) for key, same in sites[name].items()] for name in sorted(sites)}, clamps


def _split(sites: dict[str, list[Site]], n_nodes: int) -> tuple[dict, dict]:
    """Sites of a process on many nodes are dense: the first at each node; the rest, and all others, are not.

    The cell alone decides it, so that the order of additions is the cell's own.
    """
    rest, dense = {}, {}
    for name, own in sites.items():
        first: dict[int, Site] = {}
        for site in own:
            first.setdefault(site.node, site)
        if len(first) >= DENSE * n_nodes:
            dense[name] = first
            own = [site for site in own if first[site.node] is not site]
        if own:
            rest[name] = tuple(own)
    return rest, dense


def _site(receptors: list[Receptor], node: int, dt: float, scheme: str) -> Site:
    process, parameters = receptors[0].process, receptors[0].parameters
    prepared = process.prepare(dt, **parameters)
    constants = tuple(prepared[name] for name in site_constants(process))
    jumps = [prepared[f"jump_{s}"] for s in process.states]
    if scheme != "neuron":              # conductances live at t + dt/2: an event at t has decayed for half a step there
        half = process.prepare(0.5 * dt, **parameters)
        jumps = [jump * half[f"decay_{s}"] for jump, s in zip(jumps, process.states, strict=True)]
    return Site(tuple(receptors), node, constants, tuple(jumps))


def site_constants(process: PointProcess) -> tuple[str, ...]:
    """Names of a site's constants: keyword arguments of `current`, then a decay for each state."""
    return (*process.constants, *(f"decay_{s}" for s in process.states))


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
