"""Spike sources: cells that only send.

SpikeSourcePoisson fires in each step dt a Poisson number of times with mean rate * dt, so that rates far above 1/dt are
exact too (several spikes of one step have the same time). Its spikes are a function of (seed, trial, gid, step) alone.
SpikeSourceInhGamma is a gamma process whose shape a and scale b change from bin to bin (Muller, Buesing, Schemmel & Meier
(2007), Neural Comput 19:2958): at age x since its last spike its hazard is that of a gamma distribution of intervals with
the a and b of now, f(x) / (1 - F(x)). Where a and b are constant its mean rate is 1 / (a b), the coefficient of variation
of its intervals 1 / sqrt(a). Times are continuous and exact (engine/trains.py), dated at the end of their step.
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

SpikeSourceInhGamma = CellModel(
    name="SpikeSourceInhGamma",
    meaning="spike source with the statistics of a gamma process whose parameters change in time",
    parameters={
        "a": Param([1.0], "", "shape of the intervals' distribution in each bin", low=0.1),
        "b": Param([1.0], "s", "scale of the intervals' distribution in each bin", low=0.0, low_open=True),
        "tbins": Param([0.0], "ms", "times at which the bins begin; the last has no end", low=0.0),
        "start": Param(0.0, "ms", "time from which intervals count", low=0.0),
        "duration": Param(1e6, "ms", "length of the active time", low=0.0),
    },
    source="gamma",
)

SpikeSourceArray = CellModel(
    name="SpikeSourceArray",
    meaning="spike source that fires at given times",
    parameters={"spike_times": Param([], "ms", "times of its spikes, > 0", low=0.0, low_open=True)},
    source="array",
)
