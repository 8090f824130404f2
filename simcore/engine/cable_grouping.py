"""Which cells share a block: those of one shape, as many lanes as pay."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.engine.cable_block import Block, build_block
from simcore.engine.cable_cell import Plan

WIDTHS = (1, 8, 16, 32)
MOST_BYTES = 600_000            # of one block's solver arrays: what stays in a core's L2 cache for a whole epoch
ARRAYS = 10                     # of (n, W) float64 that the solver reads and writes


def blocks_of(plans: Sequence[Plan], width: int | None, *, scheme: str, v_init: float) -> list[Block]:
    """Blocks of all these cells; width: lanes of a block, chosen by size and number of cells if None."""
    shapes: dict[tuple, list[Plan]] = {}
    for p in plans:
        shapes.setdefault(p.shape, []).append(p)
    blocks = []
    for same in shapes.values():
        lanes = width or lanes_for(len(same), same[0].tree.size)
        blocks += [build_block(same[k:k + lanes], lanes, scheme=scheme, v_init=v_init)
                   for k in range(0, len(same), lanes)]
    return blocks


def lanes_for(n_cells: int, n_nodes: int) -> int:
    """Lanes of a block: enough for SIMD, few enough that a block stays in the cache."""
    fits = [w for w in WIDTHS if w <= 8 or w * n_nodes * 8 * ARRAYS <= MOST_BYTES]
    return next((w for w in WIDTHS if w >= n_cells and w in fits), fits[-1])
