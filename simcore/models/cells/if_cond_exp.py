"""IF_cond_exp: leaky integrate-and-fire cell with exponentially decaying synaptic conductances.

    cm dv/dt       = cm (v_rest - v) / tau_m + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v) + i_offset
    d gsyn_exc /dt = -gsyn_exc / tau_syn_E                     (gsyn_inh alike, with tau_syn_I)

The conductances are exact. For v the equation is dv/dt = b(t) - a(t) v with a, b known functions of time, so that

    v(h) = u + (v(0) - u) e**-A(h) + integral_0^h e**-(A(h) - A(s)) (b(s) - a(s) u) ds,      A(s) = integral_0^s a

for any u. With u = mean(b) / mean(a) the remaining integrand is small and has mean zero; Simpson's rule makes the step
of order 4 in dt, and stable however large the conductances are (v tends to u). One exponential and one square root a
step. Brette et al. (2007), J Comput Neurosci 23:349, give the model; NEST's iaf_cond_exp solves it adaptively.
"""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import decay_mean, exp
from simcore.models.base import CellModel
from simcore.models.cells.integrate_and_fire import (
    MEMBRANE,
    REFRACTORY,
    V,
    refractory_steps,
    reset_below_threshold,
    threshold,
)
from simcore.units import Param, State

PARAMETERS = MEMBRANE | {
    "tau_syn_E": Param(5.0, "ms", "decay time of the excitatory conductance", low=0.0, low_open=True),
    "tau_syn_I": Param(5.0, "ms", "decay time of the inhibitory conductance", low=0.0, low_open=True),
    "e_rev_E": Param(0.0, "mV", "reversal potential of excitation"),
    "e_rev_I": Param(-70.0, "mV", "reversal potential of inhibition"),
}


def prepare(dt, *, v_rest, cm, tau_m, tau_refrac, v_thresh, v_reset, i_offset, tau_syn_E, tau_syn_I, e_rev_E, e_rev_I):
    """Constants of `step` for one parameter set; rates in 1/ms, conductances divided by cm."""
    reset_below_threshold(v_reset, v_thresh)
    return {"dt": dt, "per_cm": 1.0 / cm, "a_leak": 1.0 / tau_m, "b_leak": v_rest / tau_m + i_offset / cm,
            "e_E": e_rev_E, "e_I": e_rev_I,
            "half_E": exp(-0.5 * dt / tau_syn_E), "mean_E": decay_mean(dt / tau_syn_E), "tau_E": tau_syn_E,
            "half_I": exp(-0.5 * dt / tau_syn_I), "mean_I": decay_mean(dt / tau_syn_I), "tau_I": tau_syn_I,
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, gsyn_exc, gsyn_inh, refractory, exc, inh, *, dt, per_cm, a_leak, b_leak, e_E, e_I, half_E, mean_E, tau_E,
         half_I, mean_I, tau_I, v_thresh, v_reset, n_refrac):
    """One step of order 4; exc, inh [uS] arrive at its end."""
    g_E = gsyn_exc * per_cm
    g_I = gsyn_inh * per_cm
    a_mean = a_leak + g_E * mean_E + g_I * mean_I
    u = (b_leak + g_E * mean_E * e_E + g_I * mean_I * e_I) / a_mean
    decay = exp(-a_mean * dt)
    # A(h) - A(h/2) = A(h)/2 - x, with x of order h²; sqrt and a short series are cheaper than a second exponential
    x = 0.5 * (g_E * tau_E * (1.0 - half_E) * (1.0 - half_E) + g_I * tau_I * (1.0 - half_I) * (1.0 - half_I))
    decay_half = math.sqrt(decay) * (1.0 + x * (1.0 + 0.5 * x))
    to_E = e_E - u
    to_I = e_I - u
    rest = b_leak - a_leak * u                      # b(s) - a(s) u = rest + g_E(s) to_E + g_I(s) to_I
    begin = rest + g_E * to_E + g_I * to_I
    middle = rest + g_E * half_E * to_E + g_I * half_I * to_I
    end = rest + g_E * half_E * half_E * to_E + g_I * half_I * half_I * to_I
    v = u + (v - u) * decay + dt / 6.0 * (begin * decay + 4.0 * middle * decay_half + end)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return v, gsyn_exc * (half_E * half_E) + exc, gsyn_inh * (half_I * half_I) + inh, refractory, fired


IF_cond_exp = CellModel(
    name="IF_cond_exp",
    meaning="leaky integrate-and-fire cell with exponentially decaying synaptic conductances",
    parameters=PARAMETERS,
    states={"v": V, "gsyn_exc": State("uS", "excitatory synaptic conductance"),
            "gsyn_inh": State("uS", "inhibitory synaptic conductance"), "refractory": REFRACTORY},
    receptors={"excitatory": ("exc", "uS"), "inhibitory": ("inh", "uS")},
    prepare=prepare,
    step=step,
)
