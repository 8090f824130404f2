"""EIF_cond_exp_isfa_ista: adaptive exponential integrate-and-fire cell with exponentially decaying conductances.

Brette & Gerstner (2005), J Neurophysiol 94:3637; equations, method, conventions: adaptive_exponential.py. Not in the
document of PyNN 0.6 but in its code, and in all later releases.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.adaptive_exponential import (
    PARAMETERS,
    adaptive_exponential,
    membrane_constants,
    refractory_after,
)
from simcore.models.cells.adaptive_exponential import STATES_AROUND as AROUND
from simcore.models.cells.conductance import exponential_shape
from simcore.units import State


def prepare(dt, *, tau_syn_E, tau_syn_I, **membrane):
    """Constants of `step` for one parameter set."""
    return (membrane_constants(dt, **membrane)
            | exponential_shape(0.5 * dt, tau_syn_E, "E") | exponential_shape(0.5 * dt, tau_syn_I, "I"))


@equations
def step(v, w, gsyn_exc, gsyn_inh, refractory, *,
         h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T, v_thresh, v_spike,
         v_reset, spike_scale, v_reset_slope, n_refrac, d1E, d2E, m1E, m2E, d1I, d2I, m1I, m2I):
    """One step of order 4; what arrives is added to the conductances at its end."""
    E = gsyn_exc * per_cm
    I = gsyn_inh * per_cm
    held = refractory > 0.0
    free = refractory <= 0.0
    v, w, first = adaptive_exponential(
        v, w, held, free, E, E * d1E, E * d2E, E * m1E, E * m2E, I, I * d1I, I * d2I, I * m1I, I * m2I,
        h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T,
        v_thresh, v_spike, v_reset, spike_scale, v_reset_slope, n_refrac)
    E = E * d2E
    I = I * d2I
    held = held | (first & (n_refrac > 0.0))
    free = free & (not first)
    v, w, second = adaptive_exponential(
        v, w, held, free, E, E * d1E, E * d2E, E * m1E, E * m2E, I, I * d1I, I * d2I, I * m1I, I * m2I,
        h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T,
        v_thresh, v_spike, v_reset, spike_scale, v_reset_slope, n_refrac)
    fired = first | second
    return (v, w, gsyn_exc * d2E * d2E, gsyn_inh * d2I * d2I, refractory_after(refractory, fired, n_refrac),
            fired)


EIF_cond_exp_isfa_ista = CellModel(
    name="EIF_cond_exp_isfa_ista",
    meaning="adaptive exponential integrate-and-fire cell with exponentially decaying synaptic conductances",
    parameters=PARAMETERS,
    states={"v": AROUND["v"], "w": AROUND["w"], "gsyn_exc": State("uS", "excitatory synaptic conductance"),
            "gsyn_inh": State("uS", "inhibitory synaptic conductance"), "refractory": AROUND["refractory"]},
    receptors={"excitatory": ("gsyn_exc", "uS"), "inhibitory": ("gsyn_inh", "uS")},
    prepare=prepare,
    step=step,
)
