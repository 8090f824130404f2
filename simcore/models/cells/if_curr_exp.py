"""IF_curr_exp: leaky integrate-and-fire cell with exponentially decaying synaptic currents.

    cm dv/dt        = cm (v_rest - v) / tau_m + isyn_exc + isyn_inh + i_offset
    d isyn_exc / dt = -isyn_exc / tau_syn_E                    (isyn_inh alike, with tau_syn_I)

Exact over one step: Rotter & Diesmann (1999), Biol Cybern 81:381.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.integrate_and_fire import (
    MEMBRANE,
    REFRACTORY,
    V,
    passive,
    refractory_steps,
    reset_below_threshold,
    synaptic,
    threshold,
)
from simcore.units import Param, State

PARAMETERS = MEMBRANE | {
    "tau_syn_E": Param(5.0, "ms", "decay time of the excitatory current", low=0.0, low_open=True),
    "tau_syn_I": Param(5.0, "ms", "decay time of the inhibitory current", low=0.0, low_open=True),
}


def prepare(dt, *, v_rest, cm, tau_m, tau_refrac, v_thresh, v_reset, i_offset, tau_syn_E, tau_syn_I):
    """Constants of `step` for one parameter set."""
    reset_below_threshold(v_reset, v_thresh)
    _, P_vc = passive(dt, tau_m, cm)
    P_ee, P_ve = synaptic(dt, tau_m, cm, tau_syn_E)
    P_ii, P_vi = synaptic(dt, tau_m, cm, tau_syn_I)
    return {"v_inf": v_rest, "P_v": P_vc * cm / tau_m, "dv_offset": P_vc * i_offset, "P_ve": P_ve, "P_vi": P_vi, "P_ee": P_ee,
            "P_ii": P_ii, "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, isyn_exc, isyn_inh, refractory, *,
         v_inf, P_v, dv_offset, P_ve, P_vi, P_ee, P_ii, v_thresh, v_reset, n_refrac):
    """One step of the exact solution; what arrives is added to the currents at its end."""
    v = v + ((v_inf - v) * P_v + dv_offset + (isyn_exc * P_ve + isyn_inh * P_vi))
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return v, isyn_exc * P_ee, isyn_inh * P_ii, refractory, fired


IF_curr_exp = CellModel(
    name="IF_curr_exp",
    meaning="leaky integrate-and-fire cell with exponentially decaying synaptic currents",
    parameters=PARAMETERS,
    states={"v": V, "isyn_exc": State("nA", "excitatory synaptic current"),
            "isyn_inh": State("nA", "inhibitory synaptic current"), "refractory": REFRACTORY},
    receptors={"excitatory": ("isyn_exc", "nA"), "inhibitory": ("isyn_inh", "nA")},
    prepare=prepare,
    step=step,
)
