"""Exp2Syn: a conductance that rises with tau1, decays with tau2 and peaks at the weight of the event.

    dA/dt = -A / tau1,  dB/dt = -B / tau2,  event: A, B += f weight,  g = B - A,  i = g (v - e)
    f = 1 / (e**(-tp/tau2) - e**(-tp/tau1)),  tp = tau1 tau2 / (tau2 - tau1) ln(tau2 / tau1)

# ASSUME: as in NEURON, tau1 > 0.9999 tau2 is taken as 0.9999 tau2, and tau1 < 1e-9 tau2 as 1e-9 tau2.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import exp, log
from simcore.models.mechanisms.base import PointProcess
from simcore.units import Param, State

PARAMETERS = {
    "tau1": Param(0.1, "ms", "rise time", low=0.0, low_open=True),
    "tau2": Param(10.0, "ms", "decay time", low=0.0, low_open=True),
    "e": Param(0.0, "mV", "reversal potential"),
}


def prepare(dt: float, *, tau1: float, tau2: float, e: float) -> dict[str, float]:
    """Constants: decays of a step, jumps of an event of weight 1 (peak conductance 1 uS), and e."""
    tau1 = min(max(tau1, 1e-9 * tau2), 0.9999 * tau2)
    peak = tau1 * tau2 / (tau2 - tau1) * log(tau2 / tau1)
    factor = 1.0 / (exp(-peak / tau2) - exp(-peak / tau1))
    return {"decay_A": exp(-dt / tau1), "decay_B": exp(-dt / tau2), "jump_A": factor, "jump_B": factor, "e": e}


@equations
def current(v, A, B, *, e):
    """Conductance g = B - A and ge = g e."""
    g = B - A
    return g, g * e


Exp2Syn = PointProcess(name="Exp2Syn", meaning="synapse whose conductance rises and decays exponentially",
                       parameters=PARAMETERS, states={"A": State("uS", "rising part"), "B": State("uS", "decaying part")},
                       prepare=prepare, current=current)
