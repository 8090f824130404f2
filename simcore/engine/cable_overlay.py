"""Cells of unlike trees in one block: the smallest common tree that all of them are part of.

The k-th child of a node is laid over the k-th child of the others' node, larger subtrees first. A lane keeps its own
order of nodes in the common tree, so its arithmetic is the same as alone; nodes that it lacks have no conductance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def overlay(parents: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The common tree's parents (n,) int64, and for each cell the common node of each of its own, (n_own,) int64.

    parents: (n_own,) of each cell, nodes by depth, parent and size, as `simcore.morphology.tree` orders them.
    """
    first = parents[0]
    if all(p is first or np.array_equal(p, first) for p in parents):
        return first, [np.arange(first.size)] * len(parents)
    children = [_children(p) for p in parents]
    common, maps = [-1], [np.zeros(p.size, dtype=np.int64) for p in parents]
    level: list[tuple[int, list[int]]] = [(0, [0] * len(parents))]          # (common node, own node by lane or -1)
    while level:
        below = []
        for node, own in level:
            rows = [children[lane][i] if i >= 0 else [] for lane, i in enumerate(own)]
            for k in range(max(map(len, rows))):
                mine = [row[k] if k < len(row) else -1 for row in rows]
                for lane, i in enumerate(mine):
                    if i >= 0:
                        maps[lane][i] = len(common)
                below.append((len(common), mine))
                common.append(node)
        level = below
    return np.array(common, dtype=np.int64), maps


def _children(parent: np.ndarray) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(parent.size)]
    for i in range(1, parent.size):
        found[parent[i]].append(i)
    return found
