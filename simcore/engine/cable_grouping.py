"""Which cells share a block: those of one shape, as many lanes as pay; the rest laid over each other, eight at a time."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.engine.cable_block import Block, build_block
from simcore.engine.cable_cell import Plan
from simcore.engine.cable_overlay import overlay

WIDTHS = (1, 8, 16, 32)
MOST_BYTES = 600_000            # of one block's solver arrays: what stays in a core's L2 cache for a whole epoch
ARRAYS = 10                     # of (n, W) float64 that the solver reads and writes
MIXED = 8                       # lanes of blocks of unlike cells
MOST_COMMON = 3.0               # largest common tree, in mean trees: eight lanes are about three times as fast as one


def blocks_of(plans: Sequence[Plan], width: int | None, *, scheme: str, v_init: float) -> list[Block]:
    """Blocks of all these cells; width: lanes of a block of equal cells, chosen by size and number if None."""
    shapes: dict[tuple, list[Plan]] = {}
    for p in plans:
        shapes.setdefault(p.shape, []).append(p)
    groups: list[tuple[list[Plan], int]] = []
    rest: dict[tuple, list[Plan]] = {}
    for same in shapes.values():
        if width is None and len(same) < MIXED:
            rest.setdefault(tuple(same[0].dense), []).extend(same)
            continue
        lanes = width or lanes_for(len(same), same[0].tree.size)
        groups += [(same[k:k + lanes], lanes) for k in range(0, len(same), lanes)]
    for unlike in rest.values():
        groups += _mixed(sorted(unlike, key=lambda p: (p.tree.size, p.cell.gid)))
    return [build_block(cells, lanes, scheme=scheme, v_init=v_init) for cells, lanes in groups]


def lanes_for(n_cells: int, n_nodes: int) -> int:
    """Lanes of a block: enough for SIMD, few enough that a block stays in the cache."""
    fits = [w for w in WIDTHS if w <= 8 or w * n_nodes * 8 * ARRAYS <= MOST_BYTES]
    return next((w for w in WIDTHS if w >= n_cells and w in fits), fits[-1])


def _mixed(plans: list[Plan]) -> list[tuple[list[Plan], int]]:
    """Cells of near size in eights, where their common tree is not too large; else one by one."""
    groups: list[tuple[list[Plan], int]] = []
    for k in range(0, len(plans), MIXED):
        some = plans[k:k + MIXED]
        common = overlay([p.tree.parent for p in some])[0].size
        pays = common * MIXED <= MOST_COMMON * sum(p.tree.size for p in some)
        groups += [(some, MIXED)] if len(some) > 1 and pays else [([p], 1) for p in some]
    return groups
