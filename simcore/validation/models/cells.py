"""Single cells of this simulator as models: any cell of CELL_MODELS, for the tests in `checks.cells`."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcore.engine.simulation import run_network
from simcore.errors import nearest
from simcore.models.cells import CELL_MODELS
from simcore.network import Network, OneToOne
from simcore.validation.capabilities.cell import RespondsToCurrent, RespondsToSpike, Response
from simcore.validation.errors import BadParameterValueError
from simcore.validation.models.base import Model


class CellModel(Model, RespondsToCurrent, RespondsToSpike):
    """One cell. cell: a name of CELL_MODELS; dt [ms]; weight of the synapse for receive_spike; all others parameters.

    ASSUME: at its initial state, with no input, the cell is at rest. The time before a current begins is not
    simulated, and what follows after it has ended is not recorded: a current is the parameter i_offset.
    """

    def __init__(self, cell: str, name: str | None = None, *, dt: float = 0.1, weight: float = 0.001,
                 **parameters: Any):
        self.cell, self.dt, self.weight = cell, dt, weight
        super().__init__(name or cell, **parameters)

    def check_params(self) -> None:
        """BadParameterValueError for an unknown cell; errors of simcore for its parameters."""
        if self.cell not in CELL_MODELS:
            raise BadParameterValueError("cell", self.cell, f"there is no cell {self.cell!r}"
                                         f"{nearest(self.cell, CELL_MODELS)}")
        CELL_MODELS[self.cell].complete(self.params, where=f"model {self.name}")

    def inject_current(self, amplitude: float, start: float, stop: float, duration: float) -> Response:
        """The response from 0 to min(stop, duration); before start it is the initial potential."""
        network = Network()
        offset = self.params.get("i_offset", 0.0)
        network.population("cell", 1, self.cell, {**self.params, "i_offset": offset + amplitude})
        response = self._run(network, min(stop, duration) - start)
        n_before = round(start / self.dt)
        before = np.arange(n_before) * self.dt
        return Response(np.r_[before, response.t + start], np.r_[np.full(n_before, response.v[0]), response.v],
                        response.spikes + start)

    def receive_spike(self, time: float, duration: float) -> Response:
        """The response to one spike through an excitatory synapse of `weight`."""
        network = Network()
        source = network.population("source", 1, "SpikeSourceArray", {"spike_times": [time - self.dt]})
        cell = network.population("cell", 1, self.cell, self.params)
        network.project(source, cell, OneToOne(), weight=self.weight, delay=self.dt)
        return self._run(network, duration)

    def _run(self, network: Network, duration: float) -> Response:
        traces = [{"population": "cell", "variable": "v", "cells": 1, "interval": self.dt}]
        found = run_network(network, duration=round(duration / self.dt) * self.dt, dt=self.dt, seed=1,
                            record={"spikes": True, "traces": traces})
        trace, gid = found.traces[0], network.find("cell").first_gid
        v = trace.values[:, 0]
        t = trace.first_time + trace.interval * np.arange(len(v))
        mine = found.spikes.gid == gid
        return Response(t, v, (found.spikes.step[mine] + 1) * self.dt)
