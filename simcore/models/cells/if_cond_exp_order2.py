"""IF_cond_exp_order2: the equations of IF_cond_exp with a step of order 2, for networks: a quarter of its time.

    v(h) = u + (v(0) - u) / (1 + s + s²/2),     s = a h,  u = b / a,    a, b: their exact means over the step

No exponential, stable for any conductance (v tends to u), and nearer to continuous time than the exponential Euler method
at the same dt. The conductances themselves are exact.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import decay_mean, exp
from simcore.models.base import CellModel
from simcore.models.cells.if_cond_exp import IF_cond_exp
from simcore.models.cells.integrate_and_fire import refractory_steps, reset_below_threshold, threshold


def prepare(dt, *, v_rest, cm, tau_m, tau_refrac, v_thresh, v_reset, i_offset, tau_syn_E, tau_syn_I, e_rev_E, e_rev_I):
    """Constants of `step` for one parameter set: integrals over a step of leak, conductances and currents."""
    reset_below_threshold(v_reset, v_thresh)
    s_E, s_I = (dt / cm * decay_mean(dt / tau) for tau in (tau_syn_E, tau_syn_I))
    return {"s_leak": dt / tau_m, "b_leak": dt * (v_rest / tau_m + i_offset / cm), "s_E": s_E, "s_I": s_I,
            "b_E": s_E * e_rev_E, "b_I": s_I * e_rev_I,
            "d_E": exp(-dt / tau_syn_E), "d_I": exp(-dt / tau_syn_I),
            "v_thresh": v_thresh, "v_reset": v_reset, "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def step(v, gsyn_exc, gsyn_inh, refractory, *, s_leak, b_leak, s_E, s_I, b_E, b_I, d_E, d_I, v_thresh, v_reset,
         n_refrac):
    """One step of order 2; what arrives is added to the conductances at its end."""
    s = s_leak + (gsyn_exc * s_E + gsyn_inh * s_I)
    b = b_leak + (gsyn_exc * b_E + gsyn_inh * b_I)
    more = 1.0 + 0.5 * s
    v = v + (b - s * v) * more / (1.0 + s * more)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return v, gsyn_exc * d_E, gsyn_inh * d_I, refractory, fired


IF_cond_exp_order2 = CellModel(
    name="IF_cond_exp_order2",
    meaning="IF_cond_exp with a step of order 2, for networks",
    parameters=IF_cond_exp.parameters,
    states=IF_cond_exp.states,
    receptors=IF_cond_exp.receptors,
    prepare=prepare,
    step=step,
)
