"""What detailed cells cost, and which rank gets which: load balance for the cable engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.engine.balance import Tree, distribute
from simcore.engine.prediction import BYTES, STEP_NS, CellSize
from simcore.models.mechanisms import MECHANISMS
from simcore.morphology.sections import Section
from simcore.morphology.tree import discretise


def cell_size(root: Section, n_connections: int = 0) -> CellSize:
    """Counts of one cell: compartments and points of its tree, channels, receptors and clamps, incoming connections."""
    sections = root.subtree()
    channels = sum(s.nseg for s in sections for m in s.mechanisms if not MECHANISMS[m].passive)
    receptors = sum(len(s.receptors) + len(s.attachments) for s in sections)
    return CellSize(discretise(root).size, channels, receptors, n_connections, len(sections))


def cell_tree(root: Section) -> Tree:
    """The sections of one cell and their costs [ns a step], which multi_split may part."""
    sections = root.subtree()
    number = {section: k for k, section in enumerate(sections)}
    costs = [s.nseg * (STEP_NS.compartment + STEP_NS.channel * sum(not MECHANISMS[m].passive for m in s.mechanisms))
             + STEP_NS.receptor * (len(s.receptors) + len(s.attachments)) for s in sections]
    return Tree(np.array([number[s.parent] if s.parent else -1 for s in sections]), np.array(costs))


def assign(roots: Sequence[Section], n_ranks: int, mode: str) -> np.ndarray:
    """(n_cells,) int64 rank of each cell, for `CableSimulation(ranks=…)`; mode: one of simcore.engine.balance.MODES.

    # ASSUME: a cell stays whole, so under multi_split it goes to the rank that would have the largest share of it.
    Raises ConfigurationError for an unknown mode.
    """
    sizes = [cell_size(root) for root in roots]
    trees = [cell_tree(root) for root in roots] if mode == "multi_split" else None
    costs = np.array([t.cost.sum() for t in trees] if trees else [STEP_NS.of(s) for s in sizes])
    memory = np.array([BYTES.of(size) for size in sizes])
    balance = distribute(costs, n_ranks, mode, memory=memory, trees=trees)
    share = np.zeros((len(roots), n_ranks))
    for piece in balance.pieces:
        share[piece.cell, piece.rank] += piece.cost
    return share.argmax(axis=1)
