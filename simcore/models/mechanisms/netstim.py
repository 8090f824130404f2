"""NetStim: a source of spikes at intervals between regular (noise 0) and exponential (noise 1).

    first at start + noise * interval * E,  then every (1 - noise) * interval + noise * interval * E;  E exponential, mean 1

`number` spikes in all. As NEURON's NetStim, whose times it gives bit for bit from the same stream.
"""

from __future__ import annotations

from collections.abc import Callable

from simcore.units import Param

PARAMETERS = {
    "interval": Param(10.0, "ms", "mean interval of spikes", low=0.0, low_open=True),
    "number": Param(10.0, "", "number of spikes", low=0.0),
    "start": Param(50.0, "ms", "time of the first spike (its mean, with noise)"),
    "noise": Param(0.0, "", "fraction of the interval that is random", low=0.0, high=1.0),
}


def spike_times(draw: Callable[[], float], until: float, *, interval: float, number: float, start: float,
                noise: float) -> list[float]:
    """Times [ms] up to `until`; draw() gives exponential variates of mean 1 and is called only when noise > 0."""
    times: list[float] = []
    mean = interval

    def gap() -> float:
        if noise == 0.0:
            return mean
        return (1.0 - noise) * mean + noise * mean * draw()

    if number <= 0:
        return times
    t = start
    if noise > 0.0:                     # NEURON draws an interval and takes its fixed part off
        t = start + gap() - (1.0 - noise) * mean
        t = max(t, 0.0)
    while t <= until and len(times) < int(number):
        times.append(t)
        t = t + gap()
    return times
