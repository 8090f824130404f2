"""One network of point cells and detailed cells: spikes of either reach the other.

In the network of point cells, detailed cells are a population of `SpikeSourceArray`, the relay: projections from it carry
their spikes, each in the step it was fired in. In the network of detailed cells, point cells are sources behind the last
gid. An epoch is simulated first in detail, then in points, so only delays from points to detailed cells bound it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.cable_network import POINT_CELL, CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError
from simcore.network.network import Population

if TYPE_CHECKING:
    from simcore.morphology.attachments import Receptor


def relay_to(cells: CableNetwork, population: Population, address: int, receptor: Receptor, *, weight: float,
             delay: float) -> None:
    """Let spikes of one point cell reach a receptor of a detailed cell: weight [uS], delay [ms].

    Raises ConfigurationError for a cell that the population does not have, and what `CableNetwork.connect` raises.
    """
    if not 0 <= address < population.size:
        raise ConfigurationError(f"a cell of {population.name!r} must be from 0 to {population.size - 1}, got {address}",
                                 name="address", got=address)
    cells.foreign[population.first_gid + address] = None
    cells.connect((population.first_gid + address, POINT_CELL), receptor, weight=weight, delay=delay)


class HybridSimulation:
    """Both simulations in step.

    points: of a network with `relay`, a SpikeSourceArray population of one cell for each detailed one (in order of gid).
    Raises ConfigurationError.
    """

    def __init__(self, points: Simulation, cells: CableSimulation, relay: Population) -> None:
        if points.dt != cells.dt:
            raise ConfigurationError(f"both simulations need one dt, got {points.dt:g} ms and {cells.dt:g} ms", name="dt")
        if relay.size != cells.network.n_cells or relay.model.source != "array":
            raise ConfigurationError(f"the relay must be {cells.network.n_cells} SpikeSourceArray cells, one for each "
                                     f"detailed cell, got {relay.size} {relay.model.name}", name="relay")
        self.points, self.cells, self.relay = points, cells, relay
        self._heard = np.array(sorted(cells.network.foreign), dtype=np.int64)
        points.remember(cells.epoch)
        points.listen(self._heard.tolist())

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
        fired, points = self.points.spikes_since(first)             # the same on every rank
        wanted = np.isin(points, self._heard)
        steps = np.concatenate([steps, fired[wanted]])
        gids = np.concatenate([gids, points[wanted] + np.int32(self.cells.n_sources)])
        order = np.lexsort((gids, steps))
        self.cells.hear(steps[order], gids[order].astype(np.int32), n_steps)
