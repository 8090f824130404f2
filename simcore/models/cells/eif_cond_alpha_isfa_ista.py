"""EIF_cond_alpha_isfa_ista: adaptive exponential integrate-and-fire cell with alpha-shaped synaptic conductances.

Brette & Gerstner (2005), J Neurophysiol 94:3637; equations, method: adaptive_exponential.py. A weight w [uS]
that arrives at time 0 makes gsyn(t) = w (t / tau_syn) e**(1 - t / tau_syn); w is its peak.
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
from simcore.models.cells.conductance import alpha_shape
from simcore.models.cells.if_cond_alpha import ALPHA_CONDUCTANCES


def prepare(dt, *, tau_syn_E, tau_syn_I, **membrane):
    """Constants of `step` for one parameter set."""
    return (membrane_constants(dt, **membrane)
            | alpha_shape(0.5 * dt, tau_syn_E, "E") | alpha_shape(0.5 * dt, tau_syn_I, "I"))


@equations
def step(v, w, gsyn_exc, gsyn_exc_rise, gsyn_inh, gsyn_inh_rise, refractory, exc, inh, *,
         h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T, v_thresh, v_spike,
         v_reset, spike_scale, v_reset_slope, n_refrac, d1E, d2E, r1E, r2E, m1E, m2E, n1E, n2E,
         d1I, d2I, r1I, r2I, m1I, m2I, n1I, n2I):
    """One step of order 4; exc, inh [uS] arrive at its end."""
    E = gsyn_exc * per_cm
    e = gsyn_exc_rise * per_cm
    I = gsyn_inh * per_cm
    i = gsyn_inh_rise * per_cm
    held = refractory > 0.0
    free = refractory <= 0.0
    v, w, first = adaptive_exponential(
        v, w, held, free, E, (E + e * r1E) * d1E, (E + e * r2E) * d2E, E * m1E + e * n1E, E * m2E + e * n2E,
        I, (I + i * r1I) * d1I, (I + i * r2I) * d2I, I * m1I + i * n1I, I * m2I + i * n2I,
        h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T,
        v_thresh, v_spike, v_reset, spike_scale, v_reset_slope, n_refrac)
    E = (E + e * r2E) * d2E
    e = e * d2E
    I = (I + i * r2I) * d2I
    i = i * d2I
    held = held | (first & (n_refrac > 0.0))
    free = free & (not first)
    v, w, second = adaptive_exponential(
        v, w, held, free, E, (E + e * r1E) * d1E, (E + e * r2E) * d2E, E * m1E + e * n1E, E * m2E + e * n2E,
        I, (I + i * r1I) * d1I, (I + i * r2I) * d2I, I * m1I + i * n1I, I * m2I + i * n2I,
        h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T,
        v_thresh, v_spike, v_reset, spike_scale, v_reset_slope, n_refrac)
    fired = first | second
    return (v, w, (gsyn_exc + 2.0 * gsyn_exc_rise * r2E) * d2E * d2E, gsyn_exc_rise * d2E * d2E + exc,
            (gsyn_inh + 2.0 * gsyn_inh_rise * r2I) * d2I * d2I, gsyn_inh_rise * d2I * d2I + inh,
            refractory_after(refractory, fired, n_refrac), fired)


EIF_cond_alpha_isfa_ista = CellModel(
    name="EIF_cond_alpha_isfa_ista",
    meaning="adaptive exponential integrate-and-fire cell with alpha-shaped synaptic conductances",
    parameters=PARAMETERS,
    states={"v": AROUND["v"], "w": AROUND["w"], **ALPHA_CONDUCTANCES, "refractory": AROUND["refractory"]},
    receptors={"excitatory": ("exc", "uS"), "inhibitory": ("inh", "uS")},
    prepare=prepare,
    step=step,
)
