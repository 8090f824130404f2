"""HH_cond_exp: Hodgkin-Huxley cell with Traub's kinetics and exponentially decaying synaptic conductances.

    cm dv/dt = g_leak (e_rev_leak - v) + gbar_Na m³ h (e_rev_Na - v) + gbar_K n⁴ (e_rev_K - v)
               + gsyn_exc (e_rev_E - v) + gsyn_inh (e_rev_I - v) + i_offset
    dx/dt    = alpha_x (1 - x) - beta_x x,   x = m, h, n;   rates of u = v - v_offset in `rates`

Traub & Miles (1991), Neuronal Networks of the Hippocampus; as in Brette et al. (2007), J Comput Neurosci 23:349, and
NEST's hh_cond_exp_traub. Given the gates v is linear, given v the gates are linear, so each is solved exactly in turn:
half a step of v, a step of gates and conductances, half a step of v (Strang (1968), SIAM J Numer Anal 5:506). That is
of order 2, symmetric, and stable at any dt. One step of dt, two of dt/2 and three of dt/3, combined with the weights
1/24, -16/15 and 81/40, are of order 6: symmetric methods have errors in even powers of dt only (Hairer, Lubich & Wanner
(2006), Geometric Numerical Integration, II.4).

# ASSUME: a spike is dated at the end of the first step in which v falls while above v_offset + 30 mV, at most one in
2 ms, as NEST does. Nothing is reset.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import exp
from simcore.models.base import CellModel
from simcore.models.cells.integrate_and_fire import refractory_steps
from simcore.units import Param, State

ABOVE_OFFSET = 30.0             # mV above v_offset: where v counts as a spike
APART = 2.0                     # ms, smallest interval of spikes

PARAMETERS = {
    "gbar_Na": Param(20_000.0, "nS", "largest sodium conductance", low=0.0),
    "gbar_K": Param(6_000.0, "nS", "largest potassium conductance", low=0.0),
    "g_leak": Param(10.0, "nS", "leak conductance", low=0.0, low_open=True),
    "cm": Param(0.2, "nF", "membrane capacitance", low=0.0, low_open=True),
    "v_offset": Param(-63.0, "mV", "origin of the potential in the rates of the gates"),
    "e_rev_Na": Param(50.0, "mV", "reversal potential of sodium"),
    "e_rev_K": Param(-90.0, "mV", "reversal potential of potassium"),
    "e_rev_leak": Param(-65.0, "mV", "reversal potential of the leak"),
    "e_rev_E": Param(0.0, "mV", "reversal potential of excitation"),
    "e_rev_I": Param(-80.0, "mV", "reversal potential of inhibition"),
    "tau_syn_E": Param(0.2, "ms", "decay time of the excitatory conductance", low=0.0, low_open=True),
    "tau_syn_I": Param(2.0, "ms", "decay time of the inhibitory conductance", low=0.0, low_open=True),
    "i_offset": Param(0.0, "nA", "constant injected current"),
}


def prepare(dt, *, gbar_Na, gbar_K, g_leak, cm, v_offset, e_rev_Na, e_rev_K, e_rev_leak, e_rev_E, e_rev_I, tau_syn_E,
            tau_syn_I, i_offset):
    """Constants of `step` for one parameter set; rates in 1/ms, conductances divided by cm; g… are in nS."""
    a_leak = 1e-3 * g_leak / cm
    return {"dt": dt, "per_cm": 1.0 / cm, "a_leak": a_leak, "b_leak": a_leak * e_rev_leak + i_offset / cm,
            "a_Na": 1e-3 * gbar_Na / cm, "a_K": 1e-3 * gbar_K / cm, "e_Na": e_rev_Na, "e_K": e_rev_K, "e_E": e_rev_E,
            "e_I": e_rev_I, "v_offset": v_offset, "v_spike": v_offset + ABOVE_OFFSET,
            "d1E": exp(-dt / tau_syn_E), "d2E": exp(-dt / tau_syn_E / 2.0), "d3E": exp(-dt / tau_syn_E / 3.0),
            "d1I": exp(-dt / tau_syn_I), "d2I": exp(-dt / tau_syn_I / 2.0), "d3I": exp(-dt / tau_syn_I / 3.0),
            "n_refrac": refractory_steps(APART, dt)}


@equations
def rates(u):
    """alpha_m, beta_m, alpha_h, beta_h, alpha_n, beta_n [1/ms] at u [mV] above v_offset.

    0.32 (13 - u) / (e**((13 - u)/4) - 1), 0.28 (u - 40) / (e**((u - 40)/5) - 1), 0.128 e**((17 - u)/18),
    4 / (1 + e**((40 - u)/5)), 0.032 (15 - u) / (e**((15 - u)/5) - 1), 0.5 e**((10 - u)/40)
    Below -500 mV they are those of -500 mV, so that a cell that is driven there stays finite.
    """
    u = u if u > -500.0 else -500.0
    x = 0.2 * (40.0 - u)
    power = exp(x)                                          # three of the exponentials are one
    return (1.28 * over_expm1(0.25 * (13.0 - u), exp(0.25 * (13.0 - u))), 1.4 * power * over_expm1(x, power),
            0.128 * exp((17.0 - u) / 18.0), 4.0 / (1.0 + power),
            0.16 * over_expm1(x - 5.0, power * 0.006737946999085467), 0.5 * exp((10.0 - u) / 40.0))


@equations
def over_expm1(x, power):
    """x / (e**x - 1) from x and power = e**x; relative error below 1e-14, at x = 0 too (where it is 1).

    Near 0 its series 1 - x/2 + x²/12 - x⁴/720 + x⁶/30240 - x⁸/1209600.
    """
    s = x * x
    series = 1.0 - 0.5 * x + s * (1.0 / 12.0 - s * (1.0 / 720.0 - s * (1.0 / 30240.0 - s * (1.0 / 1209600.0))))
    small = (x < 0.1) & (x > -0.1)
    return series if small else x / (1.0 if small else power - 1.0)


@equations
def towards(x, alpha, beta, dt):
    """A gate after dt at constant rates."""
    total = alpha + beta
    limit = alpha / total
    return limit + (x - limit) * exp(-total * dt)


@equations
def gated(v, m, h, n, dt, v_offset):
    """m, h, n after dt at constant v."""
    am, bm, ah, bh, an, bn = rates(v - v_offset)
    return towards(m, am, bm, dt), towards(h, ah, bh, dt), towards(n, an, bn, dt)


@equations
def charged(v, m, h, n, E, I, dt, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I):
    """v after dt at constant gates and conductances (E, I over cm)."""
    Na = a_Na * (m * m * m) * h
    K = a_K * ((n * n) * (n * n))
    a = a_leak + Na + K + E + I
    limit = (b_leak + Na * e_Na + K * e_K + E * e_E + I * e_I) / a
    return limit + (v - limit) * exp(-a * dt)


@equations
def step(v, m, h, n, gsyn_exc, gsyn_inh, refractory, *,
         dt, per_cm, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I, v_offset, v_spike,
         d1E, d2E, d3E, d1I, d2I, d3I, n_refrac):
    """One step of order 6; what arrives is added to the conductances at its end."""
    E = gsyn_exc * per_cm
    I = gsyn_inh * per_cm
    # one step of dt
    x = charged(v, m, h, n, E, I, dt / 2.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    m1, h1, n1 = gated(x, m, h, n, dt, v_offset)
    v1 = charged(x, m1, h1, n1, E * d1E, I * d1I, dt / 2.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    # two of dt / 2
    x = charged(v, m, h, n, E, I, dt / 4.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    m2, h2, n2 = gated(x, m, h, n, dt / 2.0, v_offset)
    x = charged(x, m2, h2, n2, E * d2E, I * d2I, dt / 2.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    m2, h2, n2 = gated(x, m2, h2, n2, dt / 2.0, v_offset)
    v2 = charged(x, m2, h2, n2, E * d1E, I * d1I, dt / 4.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    # three of dt / 3
    x = charged(v, m, h, n, E, I, dt / 6.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    m3, h3, n3 = gated(x, m, h, n, dt / 3.0, v_offset)
    x = charged(x, m3, h3, n3, E * d3E, I * d3I, dt / 3.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    m3, h3, n3 = gated(x, m3, h3, n3, dt / 3.0, v_offset)
    x = charged(x, m3, h3, n3, E * (d3E * d3E), I * (d3I * d3I), dt / 3.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K,
                e_E, e_I)
    m3, h3, n3 = gated(x, m3, h3, n3, dt / 3.0, v_offset)
    v3 = charged(x, m3, h3, n3, E * d1E, I * d1I, dt / 6.0, a_leak, b_leak, a_Na, a_K, e_Na, e_K, e_E, e_I)
    v_end = extrapolated(v1, v2, v3)
    held = refractory > 0.0
    fired = (v_end >= v_spike) & (v_end < v) & (refractory <= 0.0)
    refractory = refractory - 1.0 if held else 0.0
    return (v_end, gate(extrapolated(m1, m2, m3)), gate(extrapolated(h1, h2, h3)), gate(extrapolated(n1, n2, n3)),
            gsyn_exc * d1E, gsyn_inh * d1I, (n_refrac if fired else refractory), fired)


@equations
def extrapolated(x1, x2, x3):
    """The limit of x for ever smaller steps, from one, two and three of them; errors of order 2 and 4 cancel."""
    return x3 + (x1 - x3) / 24.0 - 16.0 / 15.0 * (x2 - x3)


@equations
def gate(x):
    """Within 0 ... 1, which extrapolation leaves where dt is too long for what happens in it."""
    x = x if x > 0.0 else 0.0
    return x if x < 1.0 else 1.0


def steady_m(v, v_offset):
    """Activation of sodium where it no longer changes."""
    alpha, beta, *_ = rates(v - v_offset)
    return alpha / (alpha + beta)


def steady_h(v, v_offset):
    """Inactivation of sodium where it no longer changes (1: not inactivated)."""
    _, _, alpha, beta, *_ = rates(v - v_offset)
    return alpha / (alpha + beta)


def steady_n(v, v_offset):
    """Activation of potassium where it no longer changes."""
    *_, alpha, beta = rates(v - v_offset)
    return alpha / (alpha + beta)


HH_cond_exp = CellModel(
    name="HH_cond_exp",
    meaning="Hodgkin-Huxley cell with Traub's kinetics and exponentially decaying synaptic conductances",
    parameters=PARAMETERS,
    states={"v": State("mV", "membrane potential", initial="e_rev_leak"),
            "m": State("1", "activation of sodium", initial=steady_m),
            "h": State("1", "inactivation of sodium", initial=steady_h),
            "n": State("1", "activation of potassium", initial=steady_n),
            "gsyn_exc": State("uS", "excitatory synaptic conductance"),
            "gsyn_inh": State("uS", "inhibitory synaptic conductance"),
            "refractory": State("1", "steps until the next spike can be registered", initial=0.0)},
    receptors={"excitatory": ("gsyn_exc", "uS"), "inhibitory": ("gsyn_inh", "uS")},
    prepare=prepare,
    step=step,
)
