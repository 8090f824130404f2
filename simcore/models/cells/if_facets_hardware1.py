"""IF_facets_hardware1: the leaky integrate-and-fire cell of the FACETS stage 1 hardware, with exponential conductances.

    cm dv/dt       = g_leak (v_rest - v) + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v)
    d gsyn_exc /dt = -gsyn_exc / tau_syn_E                     (gsyn_inh alike, with tau_syn_I)

On the chip cm = 0.2 nF, tau_refrac = 1 ms and e_rev_E = 0 mV are fixed, so they are no parameters here (as in PyNN).
The conductances are exact; v is of order 6 in dt and stable for any conductance (conductance.py).
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.conductance import conducted, exponential_shape
from simcore.models.cells.integrate_and_fire import (
    REFRACTORY,
    V,
    refractory_steps,
    reset_below_threshold,
    threshold,
)
from simcore.units import Param, State

CM = 0.2                        # nF
TAU_REFRAC = 1.0                # ms
E_REV_E = 0.0                   # mV

PARAMETERS = {
    "g_leak": Param(40.0, "nS", "leak conductance", low=0.0, low_open=True),
    "tau_syn_E": Param(30.0, "ms", "decay time of the excitatory conductance", low=0.0, low_open=True),
    "tau_syn_I": Param(30.0, "ms", "decay time of the inhibitory conductance", low=0.0, low_open=True),
    "v_rest": Param(-65.0, "mV", "resting membrane potential"),
    "v_thresh": Param(-55.0, "mV", "spike threshold"),
    "v_reset": Param(-80.0, "mV", "membrane potential after a spike"),
    "e_rev_I": Param(-80.0, "mV", "reversal potential of inhibition"),
}


def prepare(dt, *, g_leak, tau_syn_E, tau_syn_I, v_rest, v_thresh, v_reset, e_rev_I, i_offset=0.0):
    """Constants of `step` for one parameter set; rates in 1/ms, conductances divided by cm; g_leak is in nS.

    i_offset [nA]: no parameter of the chip, but injected currents enter here.
    """
    reset_below_threshold(v_reset, v_thresh)
    a_leak = 1e-3 * g_leak / CM
    return {"dt": dt, "per_cm": 1.0 / CM, "a_leak": a_leak, "b_leak": a_leak * v_rest + i_offset / CM,
            "e_E": E_REV_E, "e_I": e_rev_I, "rate_E": 1.0 / tau_syn_E, "rate_I": 1.0 / tau_syn_I,
            **exponential_shape(dt, tau_syn_E, "E"), **exponential_shape(dt, tau_syn_I, "I"),
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(TAU_REFRAC, dt)}


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


IF_facets_hardware1 = CellModel(
    name="IF_facets_hardware1",
    meaning="leaky integrate-and-fire cell of the FACETS stage 1 hardware",
    parameters=PARAMETERS,
    states={"v": V, "gsyn_exc": State("uS", "excitatory synaptic conductance"),
            "gsyn_inh": State("uS", "inhibitory synaptic conductance"), "refractory": REFRACTORY},
    receptors={"excitatory": ("gsyn_exc", "uS"), "inhibitory": ("gsyn_inh", "uS")},
    prepare=prepare,
    step=step,
)
