"""Izhikevich: cell with a quadratic spike upstroke and one recovery variable; each incoming spike makes v jump.

    dv/dt = 0.04 v² + 5 v + 140 - u + I        (v in mV, t in ms, u and I in mV/ms);   v += weight [mV] at each spike
    du/dt = a (b v - u);                       when v >= 30 mV: v = c, u = u + d

Izhikevich (2003), IEEE Trans Neural Netw 14:1569. Between spikes by the classical Runge-Kutta method, order 4; beyond
the peak of 30 mV the rates are those of the peak, since v reaches infinity within a fraction of a millisecond.

# ASSUME: i_offset acts on a capacitance of 1 pF, 1 nA = 1000 mV/ms, as PyNN hands it to NEST.
# ASSUME: reset at the end of the step in which v reaches the peak, weights added before the comparison, as NEST does
(whose own integration is forward Euler, order 1).
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.errors import InvalidParameterValueError
from simcore.models.base import CellModel
from simcore.units import Param, State

V_PEAK = 30.0                   # mV
PER_PF = 1000.0                 # mV/ms per nA

PARAMETERS = {
    "a": Param(0.02, "1/ms", "rate of the recovery variable"),
    "b": Param(0.2, "1/ms", "sensitivity of the recovery variable to v"),
    "c": Param(-65.0, "mV", "membrane potential after a spike"),
    "d": Param(2.0, "mV/ms", "jump of the recovery variable at a spike"),
    "i_offset": Param(0.0, "nA", "constant injected current"),
}


def prepare(dt, *, a, b, c, d, i_offset):
    """Constants of `step` for one parameter set."""
    if c >= V_PEAK:
        raise InvalidParameterValueError(f"c must be < {V_PEAK:g} mV, the peak of a spike, got {c:g} mV", name="c",
                                         got=c, valid=f"< {V_PEAK:g} mV")
    return {"dt": dt, "a": a, "b": b, "c": c, "d": d, "current": PER_PF * i_offset}


@equations
def slope(v, u, current):
    """dv/dt [mV/ms]."""
    v = v if v < V_PEAK else V_PEAK
    return (0.04 * v + 5.0) * v + 140.0 - u + current


@equations
def recovery(v, u, a, b):
    """du/dt [mV/ms²]."""
    return a * (b * (v if v < V_PEAK else V_PEAK) - u)


@equations
def step(v, u, exc, inh, *, dt, a, b, c, d, current):
    """One step of order 4; exc, inh [mV] arrive at its end."""
    half = 0.5 * dt
    v1 = slope(v, u, current)
    u1 = recovery(v, u, a, b)
    v2 = slope(v + half * v1, u + half * u1, current)
    u2 = recovery(v + half * v1, u + half * u1, a, b)
    v3 = slope(v + half * v2, u + half * u2, current)
    u3 = recovery(v + half * v2, u + half * u2, a, b)
    v4 = slope(v + dt * v3, u + dt * u3, current)
    u4 = recovery(v + dt * v3, u + dt * u3, a, b)
    v = v + dt / 6.0 * (v1 + 2.0 * (v2 + v3) + v4) + (exc + inh)
    u = u + dt / 6.0 * (u1 + 2.0 * (u2 + u3) + u4)
    fired = v >= V_PEAK
    return (c if fired else v), (u + d if fired else u), fired


Izhikevich = CellModel(
    name="Izhikevich",
    meaning="cell with a quadratic spike upstroke and one recovery variable",
    parameters=PARAMETERS,
    states={"v": State("mV", "membrane potential", initial=-70.0),
            "u": State("mV/ms", "membrane recovery variable", initial=-14.0)},
    receptors={"excitatory": ("exc", "mV"), "inhibitory": ("inh", "mV")},
    prepare=prepare,
    step=step,
)
