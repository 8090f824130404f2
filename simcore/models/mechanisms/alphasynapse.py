"""AlphaSynapse: a conductance that follows an alpha function of time once, from `onset` on. It hears no events.

g = gmax x e**(1 - x),  x = (t - onset) / tau,  0 for x < 0 and for x > 10;  i = g (v - e)
"""

from __future__ import annotations

import numpy as np

from simcore._math import exp
from simcore.models.mechanisms.base import PointProcess
from simcore.units import Param

PARAMETERS = {
    "onset": Param(0.0, "ms", "when it begins"),
    "tau": Param(0.1, "ms", "time to the peak", low=0.0, low_open=True),
    "gmax": Param(0.0, "uS", "largest conductance", low=0.0),
    "e": Param(0.0, "mV", "reversal potential"),
}


def waveform(t: np.ndarray, *, onset: float, tau: float, gmax: float, e: float) -> np.ndarray:
    """Conductance [uS] at the times t [ms], (n,) float64."""
    x = (np.asarray(t) - onset) / tau
    power = np.array([exp(1.0 - u) if 0.0 <= u <= 10.0 else 0.0 for u in x.tolist()])
    return gmax * x * power


AlphaSynapse = PointProcess(name="AlphaSynapse", meaning="conductance that is an alpha function of time",
                            parameters=PARAMETERS, waveform=waveform)
