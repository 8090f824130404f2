"""What cells with synaptic conductances share: the shape of a conductance in a step, and v under two of them.

A conductance is known in advance within a step (nothing arrives in it); dv/dt = b(t) - a(t) v has known a, b and

    v(h) = u + (v(0) - u) e**-A(h) + integral_0^h e**-(A(h) - A(s)) (b(s) - a(s) u) ds,      A(s) = integral_0^s a

for any u. With u = mean(b) / mean(a) the integrand is small and has mean zero; Simpson's rule with the derivatives at
both ends (Hermite's quintic through the middle: Davis & Rabinowitz (1984), Methods of Numerical Integration, 2.7)
makes the step of order 6, and stable however large the conductances are (v tends to u). One exponential and one
division a step: the decay of the whole step is that of its second half squared, times a correction near 1.
"""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import decay_mean, exp, ramp_mean

NODES = (0.5, 1.0)              # where a conductance must be known besides 0, in units of the step


def exponential_shape(dt: float, tau: float, receptor: str) -> dict[str, float]:
    """Constants of a conductance g e**(-s/tau), named d<k><receptor> and m<k><receptor>, k = 1, 2 for NODES.

    At the node s_k it is g d_k; its integral from 0 to s_k, divided by dt, is g m_k.
    """
    constants = {}
    for k, node in enumerate(NODES, 1):
        r = node * dt / tau
        constants |= {f"d{k}{receptor}": exp(-r), f"m{k}{receptor}": node * decay_mean(r)}
    return constants


def alpha_shape(dt: float, tau: float, receptor: str) -> dict[str, float]:
    """Constants of a conductance (g + e rise s/tau) e**(-s/tau); more of them, named r<k><receptor> and n<k><receptor>.

    At the node s_k it is (g + rise r_k) d_k; its integral from 0 to s_k, divided by dt, is g m_k + rise n_k.
    """
    constants = exponential_shape(dt, tau, receptor)
    for k, node in enumerate(NODES, 1):
        r = node * dt / tau
        constants |= {f"r{k}{receptor}": math.e * r, f"n{k}{receptor}": math.e * node * r * ramp_mean(r)}
    return constants


@equations
def conducted(v, dt, a_leak, b_leak, e_E, e_I, E0, E1, E2, mE1, mE2, fE0, fE2, I0, I1, I2, mI1, mI2, fI0, fI2):
    """v after a step, order 6.

    a_leak [1/ms], b_leak [mV/ms]: constant parts of a and b; E0 … E2, I0 … I2: conductances over cm [1/ms] at 0, dt/2,
    dt; mE1 … mI2: their integrals from 0, over dt; fE0 … fI2: their slopes at 0 and dt [1/ms²].
    """
    mean = a_leak + mE2 + mI2
    u = (b_leak + mE2 * e_E + mI2 * e_I) / mean
    A = mean * dt
    A1 = (0.5 * a_leak + mE1 + mI1) * dt
    decay_2 = exp(A1 - A)
    more = exp_near_0(A - 2.0 * A1)                 # what the first half decays more than the second
    decay = decay_2 * decay_2 * more
    to_E = e_E - u
    to_I = e_I - u
    rest = b_leak - a_leak * u                      # b(s) - a(s) u = rest + g_E(s) to_E + g_I(s) to_I
    f0 = rest + E0 * to_E + I0 * to_I
    f1 = rest + E1 * to_E + I1 * to_I
    f2 = rest + E2 * to_E + I2 * to_I
    slope0 = (a_leak + E0 + I0) * f0 + (fE0 * to_E + fI0 * to_I)
    slope2 = (a_leak + E2 + I2) * f2 + (fE2 * to_E + fI2 * to_I)
    return relaxed(v, u, dt, decay, decay_2, f0, f1, f2, slope0, slope2)


@equations
def conducted_by_four(v, dt, a_leak, b_leak, e_E, e_I, e_S, e_R, E0, E1, E2, mE1, mE2, fE0, fE2, I0, I1, I2, mI1, mI2,
                      fI0, fI2, S0, S1, S2, mS1, mS2, fS0, fS2, R0, R1, R2, mR1, mR2, fR0, fR2):
    """v after a step, order 6, under four conductances; see `conducted`."""
    mean = a_leak + mE2 + mI2 + mS2 + mR2
    u = (b_leak + mE2 * e_E + mI2 * e_I + mS2 * e_S + mR2 * e_R) / mean
    A = mean * dt
    A1 = (0.5 * a_leak + mE1 + mI1 + mS1 + mR1) * dt
    decay_2 = exp(A1 - A)
    decay = decay_2 * decay_2 * exp_near_0(A - 2.0 * A1)
    to_E = e_E - u
    to_I = e_I - u
    to_S = e_S - u
    to_R = e_R - u
    rest = b_leak - a_leak * u
    f0 = rest + E0 * to_E + I0 * to_I + S0 * to_S + R0 * to_R
    f1 = rest + E1 * to_E + I1 * to_I + S1 * to_S + R1 * to_R
    f2 = rest + E2 * to_E + I2 * to_I + S2 * to_S + R2 * to_R
    slope0 = (a_leak + E0 + I0 + S0 + R0) * f0 + (fE0 * to_E + fI0 * to_I + fS0 * to_S + fR0 * to_R)
    slope2 = (a_leak + E2 + I2 + S2 + R2) * f2 + (fE2 * to_E + fI2 * to_I + fS2 * to_S + fR2 * to_R)
    return relaxed(v, u, dt, decay, decay_2, f0, f1, f2, slope0, slope2)


@equations
def relaxed(v, u, dt, decay, decay_2, f0, f1, f2, slope0, slope2):
    """v after a step from the integrand f, a f + f' at 0, dt/2, dt; its decay, and decay_2 of its second half."""
    integral = (7.0 * f0 + 0.5 * dt * slope0) * decay + 16.0 * f1 * decay_2 + (7.0 * f2 - 0.5 * dt * slope2)
    return v + ((u - v) * (1.0 - decay) + dt / 30.0 * integral)


@equations
def exp_near_0(x):
    """e**x: to 15 digits for |x| < 0.01, positive for any x; the fourth power of a series."""
    y = 0.25 * x
    y = 1.0 + y * (1.0 + y * (0.5 + y * (1.0 / 6.0 + y * (1.0 / 24.0))))
    return (y * y) * (y * y)
