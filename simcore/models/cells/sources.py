"""Spike sources: cells that only send.

SpikeSourcePoisson fires in each step dt a Poisson number of times with mean rate * dt, so that rates far above 1/dt are
exact too (several spikes of one step have the same time). Its spikes are a function of (seed, trial, gid, step) alone.
SpikeSourceArray fires at given times, rounded to the grid.
"""

from __future__ import annotations

from simcore.models.base import CellModel
from simcore.units import Param

SpikeSourcePoisson = CellModel(
    name="SpikeSourcePoisson",
    meaning="spike source with the statistics of a Poisson process",
    parameters={
        "rate": Param(1.0, "Hz", "mean rate", low=0.0),
        "start": Param(0.0, "ms", "time of the first possible spike", low=0.0),
        "duration": Param(1e6, "ms", "length of the active time", low=0.0),
    },
    source="poisson",
)

SpikeSourceArray = CellModel(
    name="SpikeSourceArray",
    meaning="spike source that fires at given times",
    parameters={"spike_times": Param([], "ms", "times of its spikes, > 0", low=0.0, low_open=True)},
    source="array",
)
