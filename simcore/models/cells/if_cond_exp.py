"""IF_cond_exp: leaky integrate-and-fire cell with exponentially decaying synaptic conductances.

    cm dv/dt       = cm (v_rest - v) / tau_m + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v) + i_offset
    d gsyn_exc /dt = -gsyn_exc / tau_syn_E                     (gsyn_inh alike, with tau_syn_I)

The conductances are exact; v is of order 6 in dt and stable for any conductance (conductance.py). Brette et al. (2007),
J Comput Neurosci 23:349, give the model; NEST's iaf_cond_exp solves it adaptively.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.conductance import conducted, exponential_shape
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
            "e_E": e_rev_E, "e_I": e_rev_I, "rate_E": 1.0 / tau_syn_E, "rate_I": 1.0 / tau_syn_I,
            **exponential_shape(dt, tau_syn_E, "E"), **exponential_shape(dt, tau_syn_I, "I"),
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, gsyn_exc, gsyn_inh, refractory, *, dt, per_cm, a_leak, b_leak, e_E, e_I, rate_E, rate_I,
         d1E, d2E, m1E, m2E, d1I, d2I, m1I, m2I, v_thresh, v_reset, n_refrac):
    """One step of order 6; what arrives is added to the conductances at its end."""
    E = gsyn_exc * per_cm
    I = gsyn_inh * per_cm
    E2 = E * d2E
    I2 = I * d2I
    v = conducted(v, dt, a_leak, b_leak, e_E, e_I, E, E * d1E, E2, E * m1E, E * m2E, -E * rate_E, -E2 * rate_E,
                  I, I * d1I, I2, I * m1I, I * m2I, -I * rate_I, -I2 * rate_I)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return v, gsyn_exc * d2E, gsyn_inh * d2I, refractory, fired


IF_cond_exp = CellModel(
    name="IF_cond_exp",
    meaning="leaky integrate-and-fire cell with exponentially decaying synaptic conductances",
    parameters=PARAMETERS,
    states={"v": V, "gsyn_exc": State("uS", "excitatory synaptic conductance"),
            "gsyn_inh": State("uS", "inhibitory synaptic conductance"), "refractory": REFRACTORY},
    receptors={"excitatory": ("gsyn_exc", "uS"), "inhibitory": ("gsyn_inh", "uS")},
    prepare=prepare,
    step=step,
)
