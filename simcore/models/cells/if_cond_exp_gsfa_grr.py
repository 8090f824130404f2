"""IF_cond_exp_gsfa_grr: leaky integrate-and-fire cell whose own spikes open two more conductances.

    cm dv/dt     = cm (v_rest - v) / tau_m + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v)
                   + g_sfa (e_rev_sfa - v) + g_rr (e_rev_rr - v) + i_offset
    d g_sfa / dt = -g_sfa / tau_sfa,    g_sfa = g_sfa + q_sfa at a spike: adaptation of the firing rate
    d g_rr / dt  = -g_rr / tau_rr,      g_rr = g_rr + q_rr at a spike: a relative refractory period

Muller, Buesing, Schemmel & Meier (2007), Neural Comput 19:2958. In the code of PyNN 0.6 and in all later releases. The
conductances are exact; v is of order 6 in dt and stable for any conductance (conductance.py). # ASSUME: as in NEST's
iaf_cond_exp_sfa_rr, the jumps lie at the end of the spike's step, and both conductances decay while v is held at v_reset.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore.models.base import CellModel
from simcore.models.cells.conductance import conducted_by_four, exponential_shape
from simcore.models.cells.if_cond_exp import PARAMETERS as OF_IF_COND_EXP
from simcore.models.cells.if_cond_exp import prepare as prepare_if_cond_exp
from simcore.models.cells.integrate_and_fire import REFRACTORY, V, threshold
from simcore.units import Param, State

PARAMETERS = OF_IF_COND_EXP | {
    "tau_sfa": Param(100.0, "ms", "decay time of the adaptation conductance", low=0.0, low_open=True),
    "e_rev_sfa": Param(-75.0, "mV", "reversal potential of adaptation"),
    "q_sfa": Param(15.0, "nS", "adaptation conductance added by a spike", low=0.0),
    "tau_rr": Param(2.0, "ms", "decay time of the refractory conductance", low=0.0, low_open=True),
    "e_rev_rr": Param(-75.0, "mV", "reversal potential of the refractory conductance"),
    "q_rr": Param(3000.0, "nS", "refractory conductance added by a spike", low=0.0),
}


def prepare(dt, *, tau_sfa, e_rev_sfa, q_sfa, tau_rr, e_rev_rr, q_rr, **of_if_cond_exp):
    """Constants of `step` for one parameter set; q_sfa, q_rr are in nS."""
    return prepare_if_cond_exp(dt, **of_if_cond_exp) | {
        "e_S": e_rev_sfa, "q_S": 1e-3 * q_sfa, "rate_S": 1.0 / tau_sfa, **exponential_shape(dt, tau_sfa, "S"),
        "e_R": e_rev_rr, "q_R": 1e-3 * q_rr, "rate_R": 1.0 / tau_rr, **exponential_shape(dt, tau_rr, "R")}


@equations
def step(v, gsyn_exc, gsyn_inh, g_sfa, g_rr, refractory, *, dt, per_cm, a_leak, b_leak, e_E, e_I, rate_E, rate_I,
         d1E, d2E, m1E, m2E, d1I, d2I, m1I, m2I, v_thresh, v_reset, n_refrac,
         e_S, q_S, rate_S, d1S, d2S, m1S, m2S, e_R, q_R, rate_R, d1R, d2R, m1R, m2R):
    """One step of order 6; what arrives is added at its end, as are the spike's own conductances."""
    E = gsyn_exc * per_cm
    I = gsyn_inh * per_cm
    S = g_sfa * per_cm
    R = g_rr * per_cm
    E2 = E * d2E
    I2 = I * d2I
    S2 = S * d2S
    R2 = R * d2R
    v = conducted_by_four(
        v, dt, a_leak, b_leak, e_E, e_I, e_S, e_R, E, E * d1E, E2, E * m1E, E * m2E, -E * rate_E, -E2 * rate_E,
        I, I * d1I, I2, I * m1I, I * m2I, -I * rate_I, -I2 * rate_I,
        S, S * d1S, S2, S * m1S, S * m2S, -S * rate_S, -S2 * rate_S,
        R, R * d1R, R2, R * m1R, R * m2R, -R * rate_R, -R2 * rate_R)
    v, refractory, fired = threshold(v, refractory, v_thresh, v_reset, n_refrac)
    return (v, gsyn_exc * d2E, gsyn_inh * d2I, g_sfa * d2S + (q_S if fired else 0.0),
            g_rr * d2R + (q_R if fired else 0.0), refractory, fired)


IF_cond_exp_gsfa_grr = CellModel(
    name="IF_cond_exp_gsfa_grr",
    meaning="leaky integrate-and-fire cell with adaptation and relative refractoriness by conductances",
    parameters=PARAMETERS,
    states={"v": V, "gsyn_exc": State("uS", "excitatory synaptic conductance"),
            "gsyn_inh": State("uS", "inhibitory synaptic conductance"),
            "g_sfa": State("uS", "adaptation conductance"), "g_rr": State("uS", "refractory conductance"),
            "refractory": REFRACTORY},
    receptors={"excitatory": ("gsyn_exc", "uS"), "inhibitory": ("gsyn_inh", "uS")},
    prepare=prepare,
    step=step,
)
