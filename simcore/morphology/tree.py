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
from typing import NamedTuple

import numpy as np

from simcore.errors import ConfigurationError
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
        own = self.nodes.get(section)
        if own is None:
            raise ConfigurationError(f"section {section.name!r} is not part of the cell", name=section.name)
        if x in (0.0, 1.0):
            return self.ends[section][int(x)]
        return int(own[min(int(x * own.size), own.size - 1)])

    def neighbours(self, node: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes next to a node and the axial conductances to them [uS]."""
        below = np.flatnonzero(self.parent == node)
        above = self.parent[node:node + 1] if node else self.parent[:0]
        axial = np.concatenate([self.axial[node:node + 1] if node else self.axial[:0], self.axial[below]])
        return np.concatenate([above, below]), axial


class Branching(NamedTuple):
    """What a tree of compartments depends on: (number of the parent section or -1, x there, nseg) by section, and the
    ends (number of a section, 0 or 1) that must be nodes.
    """

    sections: tuple[tuple[int, float, int], ...]
    ends: frozenset[tuple[int, float]]


@dataclass(frozen=True, eq=False)
class Skeleton:
    """The nodes of all cells of one branching; their sizes are not in it.

    parent (n,): as in CableTree; nodes, ends: by number of the section; of: (n,) which half resistance leads to a node's
    parent, an index into those of all compartments, left halves, then right halves; behind: (n,) one that is added, -1:
    none; compartment: (n,) number among all compartments, -1: a point.
    """

    parent: np.ndarray
    nodes: tuple[np.ndarray, ...]
    ends: tuple[tuple[int, int], ...]
    of: np.ndarray
    behind: np.ndarray
    compartment: np.ndarray


def discretise(root: Section, ends: Iterable[tuple[Section, float]] = (),
               known: dict[Branching, Skeleton] | None = None) -> CableTree:
    """The tree of all sections below `root`; `ends`: (section, 0 or 1) that must be nodes, for clamps and recordings.

    known: skeletons made so far, so that cells of one branching share theirs. Raises ConfigurationError when root is no root.
    """
    if root.parent is not None:
        raise ConfigurationError(f"{root.name!r} is no root: it hangs on {root.parent.name!r}", name=root.name)
    sections = tuple(root.subtree())
    number = {section: k for k, section in enumerate(sections)}
    rows = tuple((number[s.parent] if s.parent else -1, s.parent_x if s.parent else 0.0, s.nseg) for s in sections)
    wanted = frozenset((number[s], float(x)) for s, x in ends if x in (0.0, 1.0) and s in number)
    branching = Branching(rows, wanted | {(parent, x) for parent, x, _ in rows if parent >= 0 and x in (0.0, 1.0)})
    known = {} if known is None else known
    if branching not in known:
        known[branching] = skeleton(branching)
    return _sized(known[branching], sections)


def _sized(bones: Skeleton, sections: tuple[Section, ...]) -> CableTree:
    """A skeleton with the areas, capacitances and resistances of these sections."""
    geometry = [s.geometry() for s in sections]
    halves = np.concatenate([*(g.left for g in geometry), *(g.right for g in geometry)])
    resistance = halves[bones.of] + np.where(bones.behind < 0, 0.0, halves[bones.behind])
    resistance[0] = np.inf
    own = np.where(bones.compartment < 0, 0.0, np.concatenate([g.area for g in geometry])[bones.compartment])
    cm = np.concatenate([s.capacitances for s in sections])[bones.compartment]
    return CableTree(bones.parent, 1.0 / resistance, own, 1e-5 * cm * own, sections,
                     dict(zip(sections, bones.nodes, strict=True)), dict(zip(sections, bones.ends, strict=True)))


def skeleton(branching: Branching) -> Skeleton:
    """Nodes of a branching in order of discovery, sorted."""
    first = np.cumsum([0, *(nseg for _, _, nseg in branching.sections)]).tolist()
    n = first[-1]
    made: list[tuple[int, int, int, int]] = []              # parent, of, behind, compartment
    nodes: list[list[int]] = []
    ends: list[tuple[int, int]] = []
    for k, (parent, x, nseg) in enumerate(branching.sections):
        above, own = -1 if parent < 0 else _place(branching, parent, x, nodes, ends), []
        for c in range(first[k], first[k] + nseg):
            made.append((above, c, n + c - 1 if c > first[k] else -1, c))
            above = len(made) - 1
            own.append(above)
        zero = _place(branching, parent, x, nodes, ends) if parent >= 0 else own[0]
        if parent < 0 and (k, 0.0) in branching.ends:
            made.append((own[0], first[k], -1, -1))
            zero = len(made) - 1
        one = own[-1]
        if (k, 1.0) in branching.ends:
            made.append((own[-1], n + first[k] + nseg - 1, -1, -1))
            one = len(made) - 1
        nodes.append(own)
        ends.append((zero, one))
    return _sorted(np.array(made, dtype=np.int64).T, nodes, ends)


def _place(branching: Branching, section: int, x: float, nodes: list, ends: list) -> int:
    nseg = branching.sections[section][2]
    return ends[section][int(x)] if x in (0.0, 1.0) else nodes[section][min(int(x * nseg), nseg - 1)]


def _sorted(made: np.ndarray, nodes: list[list[int]], ends: list[tuple[int, int]]) -> Skeleton:
    order = _by_depth(made[0])
    new = np.empty(order.size, dtype=np.int64)
    new[order] = np.arange(order.size)
    parent, of, behind, compartment = made[:, order]
    return Skeleton(np.where(parent < 0, -1, new[parent]), tuple(new[own] for own in nodes),
                    tuple((int(new[a]), int(new[b])) for a, b in ends), of, behind, compartment)


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
