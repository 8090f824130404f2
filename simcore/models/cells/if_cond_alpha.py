"""IF_cond_alpha: leaky integrate-and-fire cell with alpha-shaped synaptic conductances.

    cm dv/dt = cm (v_rest - v) / tau_m + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v) + i_offset
    a weight w [uS] that arrives at time 0 makes   gsyn(t) = w (t / tau_syn) e**(1 - t / tau_syn),   w is its peak

The conductances are exact; v is of order 6 in dt and stable for any conductance (conductance.py).
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.conductance import alpha_shape, conducted
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
    "tau_syn_E": Param(0.3, "ms", "time to the peak of the excitatory conductance", low=0.0, low_open=True),
    "tau_syn_I": Param(0.5, "ms", "time to the peak of the inhibitory conductance", low=0.0, low_open=True),
    "e_rev_E": Param(0.0, "mV", "reversal potential of excitation"),
    "e_rev_I": Param(-70.0, "mV", "reversal potential of inhibition"),
}

ALPHA_CONDUCTANCES = {
    "gsyn_exc": State("uS", "excitatory synaptic conductance"),
    "gsyn_exc_rise": State("uS", "what the excitatory conductance still rises by: arrived weights, decaying"),
    "gsyn_inh": State("uS", "inhibitory synaptic conductance"),
    "gsyn_inh_rise": State("uS", "what the inhibitory conductance still rises by: arrived weights, decaying"),
}


def prepare(dt, *, v_rest, cm, tau_m, tau_refrac, v_thresh, v_reset, i_offset, tau_syn_E, tau_syn_I, e_rev_E, e_rev_I):
    """Constants of `step` for one parameter set; rates in 1/ms, conductances divided by cm."""
    reset_below_threshold(v_reset, v_thresh)
    return {"dt": dt, "per_cm": 1.0 / cm, "a_leak": 1.0 / tau_m, "b_leak": v_rest / tau_m + i_offset / cm,
            "e_E": e_rev_E, "e_I": e_rev_I, **alpha_shape(dt, tau_syn_E, "E"), **alpha_shape(dt, tau_syn_I, "I"),
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, gsyn_exc, gsyn_exc_rise, gsyn_inh, gsyn_inh_rise, refractory, exc, inh, *,
         dt, per_cm, a_leak, b_leak, e_E, e_I, d1E, d2E, d3E, r1E, r2E, r3E, m1E, m2E, m3E, n1E, n2E, n3E,
         d1I, d2I, d3I, r1I, r2I, r3I, m1I, m2I, m3I, n1I, n2I, n3I, v_thresh, v_reset, n_refrac):
    """One step of order 6; exc, inh [uS] arrive at its end."""
    E = gsyn_exc * per_cm
    e = gsyn_exc_rise * per_cm
    I = gsyn_inh * per_cm
    i = gsyn_inh_rise * per_cm
    v = conducted(v, dt, a_leak, b_leak, e_E, e_I,
                  E, (E + e * r1E) * d1E, (E + e * r2E) * d2E, (E + e * r3E) * d3E,
                  E * m1E + e * n1E, E * m2E + e * n2E, E * m3E + e * n3E,
                  I, (I + i * r1I) * d1I, (I + i * r2I) * d2I, (I + i * r3I) * d3I,
                  I * m1I + i * n1I, I * m2I + i * n2I, I * m3I + i * n3I)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return (v, (gsyn_exc + gsyn_exc_rise * r3E) * d3E, gsyn_exc_rise * d3E + exc,
            (gsyn_inh + gsyn_inh_rise * r3I) * d3I, gsyn_inh_rise * d3I + inh, refractory, fired)


IF_cond_alpha = CellModel(
    name="IF_cond_alpha",
    meaning="leaky integrate-and-fire cell with alpha-shaped synaptic conductances",
    parameters=PARAMETERS,
    states={"v": V, **ALPHA_CONDUCTANCES, "refractory": REFRACTORY},
    receptors={"excitatory": ("exc", "uS"), "inhibitory": ("inh", "uS")},
    prepare=prepare,
    step=step,
)
