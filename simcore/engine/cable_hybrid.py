"""One network of point cells and detailed cells: spikes of either reach the other.

In the network of point cells, detailed cells are a population of `SpikeSourceArray`, the relay: projections from it carry
their spikes, each in the step it was fired in. In the network of detailed cells, point cells are sources behind the last
gid. An epoch is simulated first in detail, then in points, so only delays from points to detailed cells bound it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError
from simcore.network.network import Population

if TYPE_CHECKING:
    from simcore.morphology.attachments import Receptor


def relay_to(cells: CableNetwork, population: Population, address: int, receptor: Receptor, *, weight: float,
             delay: float) -> None:
    """Let spikes of one point cell reach a receptor of a detailed cell: weight [uS], delay [ms] of at least one step."""
    cells.foreign[population.first_gid + address] = None
    cells.connect(cells.n_cells + population.first_gid + address, receptor, weight=weight, delay=delay)


class HybridSimulation:
    """Both simulations in step.

    points: of a network with `relay`, a SpikeSourceArray population of one cell for each detailed one (in order of gid);
    its spikes must be recorded, and those of the point cells that detailed cells hear. Raises ConfigurationError.
    """

    def __init__(self, points: Simulation, cells: CableSimulation, relay: Population) -> None:
        if points.dt != cells.dt:
            raise ConfigurationError(f"both simulations need one dt, got {points.dt:g} ms and {cells.dt:g} ms", name="dt")
        if relay.size != cells.network.n_cells or relay.model.source != "array":
            raise ConfigurationError(f"the relay must be {cells.network.n_cells} SpikeSourceArray cells, one for each "
                                     f"detailed cell, got {relay.size} {relay.model.name}", name="relay")
        self.points, self.cells, self.relay = points, cells, relay
        self._heard = np.array(sorted(cells.network.foreign), dtype=np.int64)
        self._taken = 0

    def run(self, duration: float) -> None:
        """Advance both by `duration` [ms], a whole number of steps; collective."""
        end = self.cells.step + self.cells.steps_in(duration)
        while self.cells.step < end:
            n_steps = min(self.cells.epoch, end - self.cells.step)
            first = self.cells.step
            steps, gids = self.cells.advance_cells(n_steps)
            times = (steps + 1) * self.cells.dt
            self.relay.parameters["spike_times"] = [times[gids == g].tolist() for g in range(self.relay.size)]
            self.points.refresh()
            self.points.run(n_steps * self.points.dt)
            self._hear(first, n_steps, steps, gids)

    def _hear(self, first: int, n_steps: int, steps: np.ndarray, gids: np.ndarray) -> None:
        """Give the detailed cells all spikes of the epoch, their own and those of points, by step and gid."""
        record = self.points._spikes.record()           # the same on every rank
        new = slice(self._taken, None)
        self._taken = record.step.size
        wanted = np.isin(record.gid[new], self._heard)
        steps = np.concatenate([steps, record.step[new][wanted]])
        gids = np.concatenate([gids, record.gid[new][wanted] + np.int32(self.cells.network.n_cells)])
        order = np.lexsort((gids, steps))
        counts = np.bincount(steps - first, minlength=n_steps).astype(np.int64)
        self.cells.hear(counts, gids[order].astype(np.int32))
