"""The adaptive exponential integrate-and-fire cell: what its variants share.

    cm dv/dt    = g_l (v_rest - v) + g_l delta_T e**((v - v_thresh) / delta_T) + synapses - w + i_offset
    tau_w dw/dt = a (v - v_rest) - w,     g_l = cm / tau_m;     when v >= v_spike: v = v_reset, w = w + b

Brette & Gerstner (2005), J Neurophysiol 94:3637. The exponential makes v infinite in finite time, so it is taken out:
with v = y - delta_T ln q, q = 1 at the beginning of a step, the same equations are

    dy/dt = b(t) - a(t) (y - delta_T ln q) - w / cm,       dq/dt = -1/tau_m e**((y - v_thresh) / delta_T)

where y runs as smoothly as below threshold and q falls through 0 where v becomes infinite: nothing overflows, and
v_spike is a simple root. Between spikes y, q, w are of order 4: Runge-Kutta with the linear part as integrating factor
(Lawson (1967), SIAM J Numer Anal 4:372), about the potential at which y would rest; conductances and their integrals
are exact, and the step is stable however large they are. A step of dt is two such steps of dt/2: at 0.01 ms one of dt
is up to 4 times as far from continuous time as NEST's Runge-Kutta-Fehlberg of order 5, two are nearer than it.

# ASSUME: as in NEST's aeif models, a spike is dated at the end of its step, but its reset happens within it. Without
refractory period v goes on from v_reset for the rest of the step; with one, it stays there for the rest of the step and
for n_refrac more, while w runs on. A cell fires at most once a step. Where v reaches v_spike follows from a parabola
through q; spike times of a train are of order 2 in dt (before they are dated).
"""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import exp, log
from simcore.errors import InvalidParameterValueError
from simcore.models.cells.integrate_and_fire import REFRACTORY, refractory_steps
from simcore.units import Param, State

PARAMETERS = {
    "cm": Param(0.281, "nF", "membrane capacitance", low=0.0, low_open=True),
    "tau_refrac": Param(0.0, "ms", "duration of the refractory period", low=0.0),
    "v_spike": Param(-40.0, "mV", "potential at which a spike is registered"),
    "v_reset": Param(-70.6, "mV", "membrane potential after a spike"),
    "v_rest": Param(-70.6, "mV", "resting membrane potential"),
    "tau_m": Param(9.3667, "ms", "membrane time constant", low=0.0, low_open=True),
    "i_offset": Param(0.0, "nA", "constant injected current"),
    "a": Param(4.0, "nS", "adaptation conductance below threshold"),
    "b": Param(0.0805, "nA", "adaptation current added by a spike"),
    "delta_T": Param(2.0, "mV", "sharpness of the spike's upstroke", low=0.0, low_open=True),
    "tau_w": Param(144.0, "ms", "time constant of adaptation", low=0.0, low_open=True),
    "v_thresh": Param(-50.4, "mV", "potential of spike initiation"),
    "e_rev_E": Param(0.0, "mV", "reversal potential of excitation"),
    "tau_syn_E": Param(5.0, "ms", "time constant of the excitatory conductance", low=0.0, low_open=True),
    "e_rev_I": Param(-80.0, "mV", "reversal potential of inhibition"),
    "tau_syn_I": Param(5.0, "ms", "time constant of the inhibitory conductance", low=0.0, low_open=True),
}

W = State("nA", "adaptation current")


def membrane_constants(dt, *, cm, tau_refrac, v_spike, v_reset, v_rest, tau_m, i_offset, a, b, delta_T, tau_w, v_thresh,
                       e_rev_E, e_rev_I):
    """Constants of `adaptive_exponential`; rates in 1/ms, conductances and currents divided by cm; a is in nS.

    h [ms]: half of dt.
    """
    if v_reset >= v_spike:
        raise InvalidParameterValueError(f"v_reset must be < v_spike = {v_spike:g} mV, got {v_reset:g} mV",
                                         name="v_reset", got=v_reset, valid=f"< {v_spike:g} mV")
    if v_thresh > v_spike:
        raise InvalidParameterValueError(f"v_thresh must be <= v_spike = {v_spike:g} mV, got {v_thresh:g} mV",
                                         name="v_thresh", got=v_thresh, valid=f"<= {v_spike:g} mV")
    return {"h": 0.5 * dt, "per_cm": 1.0 / cm, "a_leak": 1.0 / tau_m, "b_leak": v_rest / tau_m + i_offset / cm,
            "e_E": e_rev_E, "e_I": e_rev_I, "v_rest": v_rest, "a": 1e-3 * a, "b": b, "rate_w": 1.0 / tau_w,
            "half_w": exp(-0.25 * dt / tau_w), "delta_T": delta_T, "per_delta_T": 1.0 / delta_T, "v_thresh": v_thresh,
            "v_spike": v_spike, "v_reset": v_reset, "spike_scale": exp((v_thresh - v_spike) / delta_T),
            "v_reset_slope": delta_T / tau_m * exp(min((v_reset - v_thresh) / delta_T, 700.0)),
            "n_refrac": refractory_steps(tau_refrac, dt)}


@equations
def refractory_after(refractory, fired, n_refrac):
    """Steps left in the refractory period after a step."""
    left = refractory - 1.0 if refractory > 0.0 else 0.0
    return n_refrac if fired else left


@equations
def adaptive_exponential(v, w, held, may_fire, E0, E1, E2, mE1, mE2, I0, I1, I2, mI1, mI2,
                         h, per_cm, a_leak, b_leak, e_E, e_I, v_rest, a, b, rate_w, half_w, delta_T, per_delta_T,
                         v_thresh, v_spike, v_reset, spike_scale, v_reset_slope, n_refrac):
    """v, w, fired after half a step of dt, which is h.

    held: v stays where it is; may_fire: else v_spike is where it waits. E0, E1, E2, I0, I1, I2: conductances over cm
    [1/ms] at 0, h/2, h; mE1 … mI2: their integrals from 0, over h.
    """
    half = 0.5 * h
    # the linear part: v - u decays by decay_1 in the first half of the step, by decay_2 in the second
    mean = a_leak + mE2 + mI2
    u = (b_leak + mE2 * e_E + mI2 * e_I - w * per_cm) / mean
    A1 = (0.5 * a_leak + mE1 + mI1) * h
    decay_1 = exp(-A1)
    decay_2 = exp(A1 - mean * h)
    decay = decay_1 * decay_2
    a0 = a_leak + E0 + I0
    a1 = a_leak + E1 + I1
    a2 = a_leak + E2 + I2
    b0 = b_leak + E0 * e_E + I0 * e_I
    b2 = b_leak + E2 * e_E + I2 * e_I
    rest0 = b0 - a0 * u
    rest1 = b_leak + E1 * e_E + I1 * e_I - a1 * u
    rest2 = b2 - a2 * u
    z = v - u
    # four stages: y_k, q_k, w_k and the slopes f_k (of y, without its linear part), r_k (of q), s_k (of w, likewise)
    f1 = rest0 - w * per_cm
    r1 = -a_leak * initiation(v, v_thresh, v_spike, per_delta_T)
    s1 = rate_w * a * (v - v_rest)
    y2 = u + decay_1 * (z + half * f1)
    v2 = potential(y2, 1.0 + half * r1, v_spike, delta_T)
    w2 = half_w * (w + half * s1)
    f2 = rest1 - a1 * (v2 - y2) - w2 * per_cm
    r2 = -a_leak * initiation(y2, v_thresh, v_spike, per_delta_T)
    s2 = rate_w * a * (v2 - v_rest)
    y3 = u + decay_1 * z + half * f2
    v3 = potential(y3, 1.0 + half * r2, v_spike, delta_T)
    w3 = half_w * w + half * s2
    f3 = rest1 - a1 * (v3 - y3) - w3 * per_cm
    r3 = -a_leak * initiation(y3, v_thresh, v_spike, per_delta_T)
    s3 = rate_w * a * (v3 - v_rest)
    y4 = u + decay * z + h * (decay_2 * f3)
    v4 = potential(y4, 1.0 + h * r3, v_spike, delta_T)
    w4 = half_w * (half_w * w + h * s3)
    f4 = rest2 - a2 * (v4 - y4) - w4 * per_cm
    r4 = -a_leak * initiation(y4, v_thresh, v_spike, per_delta_T)
    s4 = rate_w * a * (v4 - v_rest)
    y = u + decay * z + h / 6.0 * (decay * f1 + 2.0 * decay_2 * (f2 + f3) + f4)
    q = 1.0 + h / 6.0 * (r1 + 2.0 * (r2 + r3) + r4)
    w_free = half_w * (half_w * w) + h / 6.0 * (half_w * half_w * s1 + 2.0 * half_w * (s2 + s3) + s4)
    v_free = potential(y, q, v_spike, delta_T)
    fired = (v_free >= v_spike) & may_fire
    # the spike: when in the step, and what follows it
    at = crossing(r1, r4, q, f1 - a0 * z, h, a_leak, per_delta_T, spike_scale)
    since = h * (1.0 - at)
    slope_w = rate_w * (0.5 * a * ((v - v_rest) + (v_spike - v_rest)) - w)
    w_spike = w + h * at * slope_w + b
    middle = 0.5 + 0.5 * at
    am = a0 + middle * (a2 - a0)
    bm = b0 + middle * (b2 - b0)
    slope_v = b0 + at * (b2 - b0) - (a0 + at * (a2 - a0)) * v_reset - w_spike * per_cm + v_reset_slope
    v_middle = v_reset + 0.5 * since * slope_v / (1.0 + 0.5 * am * since)
    upstroke = a_leak * delta_T * initiation(v_middle, v_thresh, v_spike, per_delta_T)
    v_mean = v_reset if n_refrac > 0.0 else v_middle
    w_middle = w_spike + 0.5 * since * rate_w * (a * (v_reset - v_rest) - w_spike)
    x = am * since
    v_after = v_reset + since * (bm - am * v_reset - w_middle * per_cm + upstroke) / (1.0 + x * (0.5 + x / 12.0))
    v_after = v_after if v_after < v_spike else v_spike
    x = rate_w * since
    w_after = w_spike + since * rate_w * (a * (v_mean - v_rest) - w_spike) / (1.0 + x * (0.5 + x / 12.0))
    w_held = a * (v_reset - v_rest)
    w_held = w_held + (w - w_held) * (half_w * half_w)
    v_after = v_reset if n_refrac > 0.0 else v_after
    v_after = v_after if fired else v_free
    w_after = w_after if fired else w_free
    return (v_reset if held else v_after), (w_held if held else w_after), fired


@equations
def initiation(y, v_thresh, v_spike, per_delta_T):
    """e**((y - v_thresh) / delta_T), from v_spike on that of v_spike."""
    return exp(((y if y < v_spike else v_spike) - v_thresh) * per_delta_T)


@equations
def potential(y, q, v_spike, delta_T):
    """v = y - delta_T ln q, at most v_spike; q <= 0 means that v has been infinite."""
    finite = q > 1e-300
    v = y - delta_T * log(q if finite else 1.0)
    return v if (v < v_spike) & finite else v_spike


@equations
def crossing(r1, r4, q, slope_y, h, a_leak, per_delta_T, spike_scale):
    """When v reaches v_spike, as part of the step: root of F = q - e**((y - v_spike) / delta_T), taken as a parabola.

    The parabola has F at both ends and dF/dt at the beginning. Only of use where F(0) > 0 >= F(h).
    """
    scale = spike_scale / a_leak
    F0 = 1.0 + scale * r1
    F1 = q + scale * r4
    F1 = F1 if F1 < 0.0 else 0.0
    slope = h * (r1 + scale * r1 * slope_y * per_delta_T)
    square = slope * slope - 4.0 * (F1 - F0 - slope) * F0
    below = math.sqrt(square if square > 0.0 else 0.0) - slope
    at = 2.0 * F0 / (below if below > 0.0 else 1.0)
    at = at if at > 0.0 else 0.0
    return at if at < 1.0 else 1.0


STATES_AROUND = {"v": State("mV", "membrane potential", initial="v_rest"), "w": W, "refractory": REFRACTORY}
