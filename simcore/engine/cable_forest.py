"""Cells of any trees end to end, ordered by depth: what a forest's solver takes, see kernels/cable_solvers.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.engine.cable_cell import Plan


def forest(parents: Sequence[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Parents (n,) int64 (-1 for roots) of all trees as one, nodes by depth, then cell; and each cell's nodes in it.

    parents: (n_own,) of each cell, nodes by depth, as `simcore.morphology.tree` orders them.
    """
    depth = np.concatenate([_depth(p) for p in parents])
    new = np.empty(depth.size, dtype=np.int64)
    new[np.argsort(depth, kind="stable")] = np.arange(depth.size)
    maps = np.split(new, np.cumsum([p.size for p in parents])[:-1])
    parent = np.full(depth.size, -1, dtype=np.int64)
    for own, place in zip(parents, maps, strict=True):
        parent[place[1:]] = place[own[1:]]
    return parent, maps


def _depth(parent: np.ndarray) -> np.ndarray:
    depth = np.zeros(parent.size, dtype=np.int64)
    for i in range(1, parent.size):
        depth[i] = depth[parent[i]] + 1
    return depth


def forest_tree(plans: Sequence[Plan], parent: np.ndarray, maps: Sequence[np.ndarray], v: np.ndarray, d: np.ndarray,
                r: np.ndarray, *, written: bool) -> tuple:
    """What the solver takes beside v, d, r (n, 1); see its docstring."""
    n = parent.size
    diag, c, i0, axial = (np.empty(n) for _ in range(4))
    for p, place in zip(plans, maps, strict=True):
        diag[place], c[place], i0[place], axial[place] = p.diag, p.c, p.current, p.tree.axial
    flat = tuple(x.reshape(-1) for x in (v, d, r))
    above = np.maximum(parent, 0).astype(np.uint64)     # numba asks a signed index whether it is negative
    return *flat, np.zeros(n), np.zeros(n), above, np.uint64(len(plans)), written, diag, c, i0, axial
