"""What a run of detailed cells would take, from counts alone: time and memory of cells and ranks, ranks to ask for.

Nothing is built or simulated. Costs of one compartment, channel, … are arguments with measured defaults, so that a
machine of another kind can be described.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore.engine.balance import Balance, Tree, distribute
from simcore.errors import InvalidParameterValueError


@dataclass(frozen=True)
class CellSize:
    """What one cell consists of: compartments, channels (mechanisms with gates, one a compartment), receptors
    (point processes and clamps), connections (incoming), sections.
    """

    compartments: int
    channels: int = 0
    receptors: int = 0
    connections: int = 0
    sections: int = 1


@dataclass(frozen=True)
class Price:
    """What one of each costs: time [ns] a step, or bytes."""

    compartment: float
    channel: float
    receptor: float
    connection: float
    cell: float = 0.0
    section: float = 0.0

    def of(self, size: CellSize) -> float:
        """The whole cell's."""
        return (self.cell + self.section * size.sections + self.compartment * size.compartments + self.channel * size.channels
                + self.receptor * size.receptors + self.connection * size.connections)


# Measured with 64 cells of 5 sections and 21 to 101 compartments side by side: CPU time of a step, and resident memory
STEP_NS = Price(compartment=2.2, channel=4.0, receptor=2.0, connection=0.05, cell=10.0)
BYTES = Price(compartment=60.0, channel=140.0, receptor=210.0, connection=115.0, cell=2600.0, section=2600.0)
BASE_BYTES = 170e6                                      # interpreter, libraries and compiled code of a rank


@dataclass(frozen=True)
class Prediction:
    """What a dry run says. memory: (n_ranks,) bytes a rank, all included; balance: by time [ns a step]."""

    n_cells: int
    balance: Balance
    memory: np.ndarray
    cell_memory: np.ndarray
    advised_ranks: int

    @property
    def step_s(self) -> float:
        """Time of one step of the busiest rank [s], without exchange of spikes."""
        return float(self.balance.load.max()) * 1e-9

    def __str__(self) -> str:
        megabytes = self.memory / 1e6
        return (f"{self.n_cells} cells on {megabytes.size} rank(s), {self.balance.mode}: memory a rank "
                f"{megabytes.min():.0f} to {megabytes.max():.0f} MB, {megabytes.sum():.0f} MB in all; busiest rank "
                f"{self.balance.imbalance:.2f} × the mean, {self.step_s * 1e3:.3g} ms a step; "
                f"advised: {self.advised_ranks} rank(s)")


def predict(sizes: Sequence[CellSize], n_ranks: int = 1, mode: str = "round_robin", *,
            trees: Sequence[Tree] | None = None, memory_per_rank: float | None = None, least_step_ns: float = 50e3,
            time: Price = STEP_NS, memory: Price = BYTES, base: float = BASE_BYTES) -> Prediction:
    """Predict memory and balance of cells of these sizes on n_ranks ranks.

    The advice is the most ranks that still have `least_step_ns` of work a step (with less, exchange of spikes outweighs
    it), and more only if their memory is too small. memory_per_rank [bytes]: what a rank may use; base: of an empty one.
    Raises InvalidParameterValueError if the largest cell fits nowhere.
    """
    times, bytes_ = (np.array([price.of(size) for size in sizes]) for price in (time, memory))
    balance = distribute(times, n_ranks, mode, memory=bytes_, trees=trees)
    if mode == "memory":
        by_time = np.bincount(balance.rank, times, n_ranks)
        balance = Balance(balance.mode, balance.rank, by_time, balance.pieces)
    weight = bytes_ / np.where(times > 0, times, 1.0)       # a piece has its part of its cell's memory
    per_piece = [p.cost if mode == "memory" else p.cost * weight[p.cell] for p in balance.pieces]
    used = base + np.bincount([p.rank for p in balance.pieces], per_piece, n_ranks)
    advised = max(1, math.floor(times.sum() / least_step_ns))
    if memory_per_rank is not None:
        advised = max(_fewest(bytes_, memory_per_rank - base), advised)
    return Prediction(len(sizes), balance, used, bytes_, min(advised, max(1, len(sizes))))


def _fewest(memory: np.ndarray, room: float) -> int:
    """The fewest ranks with `room` bytes for cells each on which the cells fit, costliest first."""
    if memory.size == 0:
        return 1
    if memory.max() > room:
        raise InvalidParameterValueError(
            f"the largest cell needs {memory.max() / 1e6:.3g} MB, a rank has {max(room, 0.0) / 1e6:.3g} MB for cells",
            name="memory_per_rank", got=room)
    n_ranks = max(1, math.ceil(memory.sum() / room))
    while distribute(memory, n_ranks, "whole_cell").load.max() > room:
        n_ranks += 1
    return n_ranks
