"""ExpSyn: a conductance that jumps by the weight of an event and decays exponentially.

dg/dt = -g / tau,   event: g += weight [uS],   i = g (v - e)
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import exp
from simcore.models.mechanisms.base import PointProcess
from simcore.units import Param, State

PARAMETERS = {
    "tau": Param(0.1, "ms", "decay time of the conductance", low=0.0, low_open=True),
    "e": Param(0.0, "mV", "reversal potential"),
}


def prepare(dt: float, *, tau: float, e: float) -> dict[str, float]:
    """Constants: the decay of a step, the jump of an event, and e."""
    return {"decay_g": exp(-dt / tau), "jump_g": 1.0, "e": e}


@equations
def current(v, g, *, e):
    """Conductance g and ge = g e."""
    return g, g * e


ExpSyn = PointProcess(name="ExpSyn", meaning="synapse whose conductance decays exponentially", parameters=PARAMETERS,
                      states={"g": State("uS", "conductance")}, prepare=prepare, current=current)
