"""From sections to a tree of compartments: what the cable equation is solved on.

A node is the middle of a compartment, or a point without membrane where sections meet. The middle of a root section's
first compartment is node 0. Ends of sections are nodes only where something hangs on them; elsewhere nothing flows
there, so the potential is that of the last compartment.

Order of nodes: by depth, then by parent, then larger subtrees first. It depends on the cell alone, and the order in
which the solver adds up children follows it, whatever other cells are solved beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from simcore.errors import ConfigurationError
from simcore.morphology.geometry import Geometry
from simcore.morphology.sections import Section


@dataclass(frozen=True)
class CableTree:
    """A cell as compartments.

    parent: (n,) int64, -1 for node 0, else smaller than the node's own number; axial: (n,) uS to the parent;
    area: (n,) um2, 0 for points; capacitance: (n,) nF; sections: parents before children; nodes: compartments by
    section, (nseg,) int64; ends: (node at 0, node at 1) by section, of the nearest compartment where there is no point.
    """

    parent: np.ndarray
    axial: np.ndarray
    area: np.ndarray
    capacitance: np.ndarray
    sections: tuple[Section, ...]
    nodes: dict[Section, np.ndarray]
    ends: dict[Section, tuple[int, int]]

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.parent.size

    def node(self, section: Section, x: float) -> int:
        """The node of section(x). ConfigurationError if the section is not part of this tree."""
        if section not in self.nodes:
            raise ConfigurationError(f"section {section.name!r} is not part of the cell", name=section.name)
        if x in (0.0, 1.0):
            return self.ends[section][int(x)]
        return int(self.nodes[section][section(x).index])

    def neighbours(self, node: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes next to a node and the axial conductances to them [uS]."""
        below = np.flatnonzero(self.parent == node)
        above = self.parent[node:node + 1] if node else self.parent[:0]
        axial = np.concatenate([self.axial[node:node + 1] if node else self.axial[:0], self.axial[below]])
        return np.concatenate([above, below]), axial


class _Builder:
    """Nodes in order of discovery, before they are sorted."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.axial: list[float] = []
        self.area: list[float] = []
        self.capacitance: list[float] = []

    def add(self, parent: int, resistance: float, area: float = 0.0, cm: float = 0.0) -> int:
        self.parent.append(parent)
        self.axial.append(0.0 if parent < 0 else 1.0 / resistance)
        self.area.append(area)
        self.capacitance.append(1e-5 * cm * area)
        return len(self.parent) - 1


def discretise(root: Section, ends: Iterable[tuple[Section, float]] = ()) -> CableTree:
    """The tree of all sections below `root`; `ends`: (section, 0 or 1) that must be nodes, for clamps and recordings.

    Raises ConfigurationError when root is no root.
    """
    if root.parent is not None:
        raise ConfigurationError(f"{root.name!r} is no root: it hangs on {root.parent.name!r}", name=root.name)
    sections = root.subtree()
    wanted = {(s, x) for s, x in ends if x in (0.0, 1.0)} | {(s.parent, s.parent_x) for s in sections if s.parent}
    made, nodes, at_ends = _Builder(), {}, {}
    for section in sections:
        g = section.geometry()
        above = -1 if section.parent is None else _place(section.parent, section.parent_x, nodes, at_ends)
        own = _compartments(made, above, g, section.capacitances)
        first = int(own[0])
        if section.parent is None:
            zero = made.add(first, float(g.left[0])) if (section, 0.0) in wanted else first
        else:
            zero = above
        one = made.add(int(own[-1]), float(g.right[-1])) if (section, 1.0) in wanted else int(own[-1])
        nodes[section], at_ends[section] = own, (zero, one)
    return _sorted(made, tuple(sections), nodes, at_ends)


def _compartments(made: _Builder, above: int, g: Geometry, cm: np.ndarray) -> np.ndarray:
    own = []
    for k in range(g.area.size):
        resistance = float(g.left[k] + (g.right[k - 1] if k else 0.0))
        above = made.add(above, resistance, float(g.area[k]), float(cm[k]))
        own.append(above)
    return np.array(own, dtype=np.int64)


def _place(section: Section, x: float, nodes: dict, ends: dict) -> int:
    return ends[section][int(x)] if x in (0.0, 1.0) else int(nodes[section][section(x).index])


def _sorted(made: _Builder, sections: tuple[Section, ...], nodes: dict, ends: dict) -> CableTree:
    order = _by_depth(np.array(made.parent, dtype=np.int64))
    new = np.empty(order.size, dtype=np.int64)
    new[order] = np.arange(order.size)
    parent = np.array(made.parent, dtype=np.int64)[order]
    parent = np.where(parent < 0, -1, new[parent])
    axial, area, capacitance = (np.array(x)[order] for x in (made.axial, made.area, made.capacitance))
    return CableTree(parent, axial, area, capacitance, sections, {s: new[k] for s, k in nodes.items()},
                     {s: (int(new[a]), int(new[b])) for s, (a, b) in ends.items()})


def _by_depth(parent: np.ndarray) -> np.ndarray:
    """Nodes by depth, then the place of the parent, then size of the subtree (largest first), then discovery."""
    size = np.ones(parent.size, dtype=np.int64)
    for i in range(parent.size - 1, 0, -1):
        size[parent[i]] += size[i]
    children: list[list[int]] = [[] for _ in range(parent.size)]
    for i in range(1, parent.size):
        children[parent[i]].append(i)
    order, level = [], [0]
    while level:
        order += level
        level = [c for i in level for c in sorted(children[i], key=lambda c: -size[c])]
    return np.array(order, dtype=np.int64)
