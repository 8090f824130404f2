"""IF_cond_alpha: leaky integrate-and-fire cell with alpha-shaped synaptic conductances.

    cm dv/dt = cm (v_rest - v) / tau_m + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v) + i_offset
    a weight w [uS] that arrives at time 0 makes   gsyn(t) = w (t / tau_syn) e**(1 - t / tau_syn),   w is its peak

The conductances are exact; v is of order 6 in dt and stable for any conductance (conductance.py).
"""

from __future__ import annotations

import math

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
            "e_E": e_rev_E, "e_I": e_rev_I, "rate_E": 1.0 / tau_syn_E, "rate_I": 1.0 / tau_syn_I,
            **alpha_shape(dt, tau_syn_E, "E"), **alpha_shape(dt, tau_syn_I, "I"),
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, gsyn_exc, gsyn_exc_rise, gsyn_inh, gsyn_inh_rise, refractory, exc, inh, *,
         dt, per_cm, a_leak, b_leak, e_E, e_I, rate_E, rate_I, d1E, d2E, r1E, r2E, m1E, m2E, n1E, n2E,
         d1I, d2I, r1I, r2I, m1I, m2I, n1I, n2I, v_thresh, v_reset, n_refrac):
    """One step of order 6; exc, inh [uS] arrive at its end."""
    E = gsyn_exc * per_cm
    e = gsyn_exc_rise * per_cm
    I = gsyn_inh * per_cm
    i = gsyn_inh_rise * per_cm
    E2 = (E + e * r2E) * d2E
    I2 = (I + i * r2I) * d2I
    v = conducted(v, dt, a_leak, b_leak, e_E, e_I,
                  E, (E + e * r1E) * d1E, E2, E * m1E + e * n1E, E * m2E + e * n2E,
                  (e * math.e - E) * rate_E, (e * math.e * d2E - E2) * rate_E,
                  I, (I + i * r1I) * d1I, I2, I * m1I + i * n1I, I * m2I + i * n2I,
                  (i * math.e - I) * rate_I, (i * math.e * d2I - I2) * rate_I)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return (v, (gsyn_exc + gsyn_exc_rise * r2E) * d2E, gsyn_exc_rise * d2E + exc,
            (gsyn_inh + gsyn_inh_rise * r2I) * d2I, gsyn_inh_rise * d2I + inh, refractory, fired)


IF_cond_alpha = CellModel(
    name="IF_cond_alpha",
    meaning="leaky integrate-and-fire cell with alpha-shaped synaptic conductances",
    parameters=PARAMETERS,
    states={"v": V, **ALPHA_CONDUCTANCES, "refractory": REFRACTORY},
    receptors={"excitatory": ("exc", "uS"), "inhibitory": ("inh", "uS")},
    prepare=prepare,
    step=step,
)
