"""Which cells share a block: those of one shape in as many lanes as pay; the rest end to end, in forests."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.engine.cable_block import Block, build_block
from simcore.engine.cable_cell import Plan

WIDTHS = (8, 16, 32)
MOST_BYTES = 600_000            # of one block's solver arrays: what stays in a core's L2 cache for a whole epoch
ARRAYS = 10                     # of (n, W) float64 that the solver of lanes reads and writes
MOST_NODES = 4_000              # of a forest of several cells, as MOST_BYTES with 15 arrays and hh


def blocks_of(plans: Sequence[Plan], width: int | None, *, scheme: str, v_init: float) -> list[Block]:
    """Blocks of all these cells; width: lanes of every block (1: each cell by itself), chosen by size and number if None."""
    groups: list[tuple[list[Plan], int]] = []
    rest: dict[tuple, list[Plan]] = {}
    for same in _by_shape(plans):
        while same and (width or len(same) >= WIDTHS[0]):
            lanes = width or lanes_for(len(same), same[0].tree.size)
            groups.append((same[:lanes], lanes))
            same = same[lanes:]
        for p in same:
            rest.setdefault(tuple(p.dense), []).append(p)
    groups += [(some, 1) for unlike in rest.values() for some in _forests(unlike)]
    return [build_block(cells, lanes, scheme=scheme, v_init=v_init) for cells, lanes in groups]


def lanes_for(n_cells: int, n_nodes: int) -> int:
    """Lanes of a block: enough for SIMD, few enough that a block stays in the cache and few lanes are left empty."""
    fits = [w for w in WIDTHS if w <= WIDTHS[0] or w * n_nodes * 8 * ARRAYS <= MOST_BYTES]
    return max((w for w in fits if 3 * w <= 4 * n_cells), default=WIDTHS[0])


def _by_shape(plans: Sequence[Plan]) -> list[list[Plan]]:
    shapes: dict[tuple, list[Plan]] = {}
    for p in plans:
        shapes.setdefault(p.shape, []).append(p)
    return list(shapes.values())


def _forests(plans: Sequence[Plan]) -> list[list[Plan]]:
    """Cells in their order, as many to a forest as stay in the cache, at least one."""
    found: list[list[Plan]] = []
    for p in plans:
        if not found or sum(q.tree.size for q in found[-1]) + p.tree.size > MOST_NODES:
            found.append([])
        found[-1].append(p)
    return found
