"""IF_curr_alpha: leaky integrate-and-fire cell with alpha-shaped synaptic currents.

    cm dv/dt = cm (v_rest - v) / tau_m + isyn_exc + isyn_inh + i_offset
    a weight w [nA] that arrives at time 0 makes   isyn(t) = w (t / tau_syn) e**(1 - t / tau_syn),   w is its peak

As two linear equations: tau d isyn/dt = e rise - isyn, tau d rise/dt = -rise, and rise jumps by w. Exact over one step:
Rotter & Diesmann (1999), Biol Cybern 81:381.
"""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import decay_mean, exp, ramp_mean
from simcore.models.base import CellModel
from simcore.models.cells.integrate_and_fire import (
    MEMBRANE,
    REFRACTORY,
    V,
    refractory_steps,
    reset_below_threshold,
    synaptic,
    threshold,
)
from simcore.units import Param, State

PARAMETERS = MEMBRANE | {
    "tau_syn_E": Param(0.5, "ms", "time to the peak of the excitatory current", low=0.0, low_open=True),
    "tau_syn_I": Param(0.5, "ms", "time to the peak of the inhibitory current", low=0.0, low_open=True),
}


def prepare(dt, *, v_rest, cm, tau_m, tau_refrac, v_thresh, v_reset, i_offset, tau_syn_E, tau_syn_I):
    """Constants of `step` for one parameter set."""
    reset_below_threshold(v_reset, v_thresh)
    leak = dt / tau_m * decay_mean(dt / tau_m)                      # 1 - e**(-dt/tau_m), with all its digits
    P_ee, P_ve = synaptic(dt, tau_m, cm, tau_syn_E)
    P_ii, P_vi = synaptic(dt, tau_m, cm, tau_syn_I)
    return {"v_rest": v_rest, "leak": leak, "dv_offset": leak * tau_m / cm * i_offset,
            "P_ve": P_ve, "P_vr": rising(dt, tau_m, cm, tau_syn_E), "P_ee": P_ee, "P_er": math.e * dt / tau_syn_E,
            "P_vi": P_vi, "P_vs": rising(dt, tau_m, cm, tau_syn_I), "P_ii": P_ii, "P_is": math.e * dt / tau_syn_I,
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


def rising(dt: float, tau_m: float, cm: float, tau_syn: float) -> float:
    """What v gains in a step from `rise` = 1 nA at its start [mV]; holds its digits for tau_syn near or equal tau_m.

    1/cm integral_0^dt e**(1 - s/tau_syn) (s/tau_syn) e**(-(dt - s)/tau_m) ds.
    """
    return math.e * dt * dt / (tau_syn * cm) * exp(-dt / tau_m) * ramp_mean(dt / tau_syn - dt / tau_m)


@equations
def step(v, isyn_exc, isyn_exc_rise, isyn_inh, isyn_inh_rise, refractory, exc, inh, *,
         v_rest, leak, dv_offset, P_ve, P_vr, P_ee, P_er, P_vi, P_vs, P_ii, P_is, v_thresh, v_reset, n_refrac):
    """One step of the exact solution; exc, inh [nA] arrive at its end."""
    synapses = (isyn_exc * P_ve + isyn_exc_rise * P_vr) + (isyn_inh * P_vi + isyn_inh_rise * P_vs)
    v = v + ((v_rest - v) * leak + dv_offset + synapses)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return (v, (isyn_exc + isyn_exc_rise * P_er) * P_ee, isyn_exc_rise * P_ee + exc,
            (isyn_inh + isyn_inh_rise * P_is) * P_ii, isyn_inh_rise * P_ii + inh, refractory, fired)


IF_curr_alpha = CellModel(
    name="IF_curr_alpha",
    meaning="leaky integrate-and-fire cell with alpha-shaped synaptic currents",
    parameters=PARAMETERS,
    states={"v": V, "isyn_exc": State("nA", "excitatory synaptic current"),
            "isyn_exc_rise": State("nA", "what the excitatory current still rises by: arrived weights, decaying"),
            "isyn_inh": State("nA", "inhibitory synaptic current"),
            "isyn_inh_rise": State("nA", "what the inhibitory current still rises by: arrived weights, decaying"),
            "refractory": REFRACTORY},
    receptors={"excitatory": ("exc", "nA"), "inhibitory": ("inh", "nA")},
    prepare=prepare,
    step=step,
)
