"""Which rank gets which cell, decided from what cells cost. Pure functions: every rank computes the whole answer alone.

    round_robin  cell i on rank i mod n, whatever it costs
    whole_cell   the costliest cell first, always to the rank with the least to do (longest processing time: Graham
                 1969, SIAM J Appl Math 17:416; the busiest rank has at most 4/3 - 1/(3n) times the best possible)
    multi_split  cells that are large against a rank's share are cut into subtrees first (Kundu & Misra 1977, SIAM J
                 Comput 6:151: the fewest pieces below a size), then as whole_cell with the pieces
    memory       as whole_cell, by bytes instead of time

Costs are in any unit of time or memory; cells are counted in the order of the costs given.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError, nearest

MODES = ("round_robin", "whole_cell", "multi_split", "memory")


@dataclass(frozen=True)
class Tree:
    """The parts of one cell that could lie on different ranks: sections, and what each costs.

    parent : (n,) int64, index of the section each one hangs from, smaller than its own; -1 for the root
    cost   : (n,) float64 >= 0
    """

    parent: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class Piece:
    """Some sections of one cell, connected; whole is the usual case. sections: ascending (k,) int64, empty if whole."""

    cell: int
    sections: np.ndarray
    cost: float
    rank: int


@dataclass(frozen=True)
class Balance:
    """A distribution. rank: (n_cells,) int64, of a cell (of its root, when it is cut); load: (n_ranks,) float64."""

    mode: str
    rank: np.ndarray
    load: np.ndarray
    pieces: tuple[Piece, ...]

    @property
    def imbalance(self) -> float:
        """Load of the busiest rank over the mean, >= 1; what an ideal machine loses is 1 - 1 / imbalance."""
        mean = float(self.load.mean())
        return float(self.load.max()) / mean if mean > 0 else 1.0

    def cells(self, rank: int) -> np.ndarray:
        """(k,) int64 ascending cells whose root is on this rank."""
        return np.flatnonzero(self.rank == rank)


def distribute(costs: Sequence[float] | np.ndarray, n_ranks: int, mode: str = "round_robin", *,
               memory: Sequence[float] | np.ndarray | None = None, trees: Sequence[Tree] | None = None,
               share: float = 0.25) -> Balance:
    """Distribute cells over ranks.

    costs   : (n_cells,) time of each cell
    memory  : (n_cells,) bytes of each cell, for mode "memory"
    trees   : what multi_split may cut, one Tree a cell
    share   : multi_split: the largest piece, as a part of a rank's mean load; no rank is then busier than 1 + share
              times the mean, unless one section alone costs more than that

    Raises ConfigurationError for an unknown mode or what a mode needs and lacks, InvalidParameterValueError for costs
    that are negative or not finite.
    """
    if mode not in MODES:
        raise ConfigurationError(f"there is no load balance mode {mode!r}{nearest(mode, MODES)}", name="mode", got=mode)
    if n_ranks < 1:
        raise InvalidParameterValueError(f"cells need at least 1 rank, got {n_ranks}", name="n_ranks", got=n_ranks)
    costs = _checked(costs, "costs")
    if mode == "multi_split":
        return _split(costs, n_ranks, trees, share)
    if mode == "memory":
        if memory is None:
            raise ConfigurationError("balancing by memory needs the memory of each cell; a dry run predicts it",
                                     name="memory")
        costs = _checked(memory, "memory", size=costs.size)
    ranks = np.arange(costs.size) % n_ranks if mode == "round_robin" else longest_first(costs, n_ranks)
    none = np.empty(0, np.int64)
    pieces = tuple(Piece(i, none, float(c), int(r)) for i, (c, r) in enumerate(zip(costs, ranks, strict=True)))
    return Balance(mode, ranks.astype(np.int64), np.bincount(ranks, costs, n_ranks), pieces)


def longest_first(costs: np.ndarray, n_ranks: int) -> np.ndarray:
    """(n,) int64 rank of each job: the costliest first (equal ones in order), to the rank with least (the lowest)."""
    ranks = np.empty(costs.size, dtype=np.int64)
    heap = [(0.0, rank) for rank in range(n_ranks)]
    for job in np.argsort(-costs, kind="stable").tolist():
        load, rank = heap[0]
        ranks[job] = rank
        heapq.heapreplace(heap, (load + float(costs[job]), rank))
    return ranks


def cut(tree: Tree, most: float) -> np.ndarray:
    """(n,) int64 piece of each section, 0 for the root's: the fewest connected pieces that cost at most `most` each.

    From the tips to the root, whenever a section and what hangs from it cost more than that, its costliest branches are
    cut off (Kundu & Misra 1977). A section that alone costs more is a piece with what hangs from it cut off.
    """
    n = len(tree.cost)
    weight = np.array(tree.cost, dtype=np.float64)
    children: list[list[int]] = [[] for _ in range(n)]
    cut_off = np.zeros(n, dtype=bool)
    for section in range(n - 1, -1, -1):
        for child in sorted(children[section], key=lambda c: (-weight[c], c)):
            if weight[section] + sum(weight[c] for c in children[section] if not cut_off[c]) <= most:
                break
            cut_off[child] = True
        weight[section] += sum(weight[c] for c in children[section] if not cut_off[c])
        if section:
            children[tree.parent[section]].append(section)
    piece = np.zeros(n, dtype=np.int64)
    n_pieces = 1
    for section in range(1, n):
        piece[section] = n_pieces if cut_off[section] else piece[tree.parent[section]]
        n_pieces += int(cut_off[section])
    return piece


def _split(costs: np.ndarray, n_ranks: int, trees: Sequence[Tree] | None, share: float) -> Balance:
    if trees is None or len(trees) != costs.size:
        raise ConfigurationError(f"multi_split needs the tree of each of {costs.size} cells", name="trees")
    if not share > 0:
        raise InvalidParameterValueError(f"share must be > 0, got {share!r}", name="share", got=share)
    most = share * float(costs.sum()) / n_ranks
    parts: list[tuple[int, np.ndarray, float]] = []
    for cell, tree in enumerate(trees):
        _check_tree(cell, tree, float(costs[cell]))
        piece = cut(tree, most) if costs[cell] > most else np.zeros(len(tree.cost), np.int64)
        n = int(piece.max()) + 1 if piece.size else 1
        for k in range(n):
            sections = np.flatnonzero(piece == k) if n > 1 else np.empty(0, np.int64)
            parts.append((cell, sections, float(tree.cost[sections].sum()) if n > 1 else float(costs[cell])))
    ranks = longest_first(np.array([cost for _, _, cost in parts]), n_ranks)
    pieces = tuple(Piece(*part, int(rank)) for part, rank in zip(parts, ranks, strict=True))
    roots = np.empty(costs.size, dtype=np.int64)
    for p in reversed(pieces):                          # the root's piece is the first of its cell
        roots[p.cell] = p.rank
    return Balance("multi_split", roots, np.bincount(ranks, [p.cost for p in pieces], n_ranks), pieces)


def _check_tree(cell: int, tree: Tree, cost: float) -> None:
    parent = np.asarray(tree.parent)
    if parent.size and (parent[0] != -1 or np.any(parent[1:] < 0) or np.any(parent >= np.arange(parent.size))):
        raise ConfigurationError("sections must come root first, each after its parent", where=f"tree of cell {cell}")
    if abs(float(np.sum(tree.cost)) - cost) > 1e-9 * max(cost, 1.0):
        raise ConfigurationError(f"sections cost {float(np.sum(tree.cost)):g} together, the cell {cost:g}",
                                 where=f"tree of cell {cell}")


def _checked(values: Sequence[float] | np.ndarray, name: str, size: int | None = None) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or (size is not None and array.size != size):
        raise InvalidParameterValueError(f"{name} must have one value a cell, got shape {array.shape}", name=name)
    if not np.all(np.isfinite(array) & (array >= 0)):
        wrong = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))[:5].tolist()
        raise InvalidParameterValueError(f"{name} must be finite and >= 0, got {array[wrong].tolist()} (cells {wrong})",
                                         name=name)
    return array
