"""What cells with synaptic conductances share: the shape of a conductance in a step, and v under two of them.

A conductance is known in advance within a step (nothing arrives in it); dv/dt = b(t) - a(t) v has known a, b and

    v(h) = v(0) + (u - v(0)) (1 - e**-A(h)) + integral_0^h e**-(A(h) - A(s)) (b(s) - a(s) u) ds,   A(s) = integral_0^s a

for any u. With u = mean(b) / mean(a) the integrand is small and has mean zero; by Lobatto's rule with four nodes the
step has order 6, and is stable however large the conductances are (v tends to u). Three exponentials a step. (By
Simpson's rule, order 4, alpha-shaped conductances have 1000 times the error at dt = 0.1 ms, 50 times that of NEST.)
"""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import decay_mean, exp, expm1, ramp_mean

FIRST, SECOND = 0.2763932022500210, 0.7236067977499790      # (1 ∓ 1/√5) / 2: inner nodes, in units of the step
LOBATTO = (FIRST, SECOND, 1.0)


def exponential_shape(dt: float, tau: float, receptor: str, nodes: tuple[float, ...] = LOBATTO) -> dict[str, float]:
    """Constants of a conductance g e**(-s/tau) for `nodes`, named d<k><receptor> and m<k><receptor>, k = 1, 2, …

    At the node s_k it is g d_k; its integral from 0 to s_k, divided by dt, is g m_k.
    """
    constants = {}
    for k, node in enumerate(nodes, 1):
        r = node * dt / tau
        constants |= {f"d{k}{receptor}": exp(-r), f"m{k}{receptor}": node * decay_mean(r)}
    return constants


def alpha_shape(dt: float, tau: float, receptor: str, nodes: tuple[float, ...] = LOBATTO) -> dict[str, float]:
    """Constants of a conductance (g + e rise s/tau) e**(-s/tau); more of them, named r<k><receptor> and n<k><receptor>.

    At the node s_k it is (g + rise r_k) d_k; its integral from 0 to s_k, divided by dt, is g m_k + rise n_k.
    """
    constants = exponential_shape(dt, tau, receptor, nodes)
    for k, node in enumerate(nodes, 1):
        r = node * dt / tau
        constants |= {f"r{k}{receptor}": math.e * r, f"n{k}{receptor}": math.e * node * r * ramp_mean(r)}
    return constants


@equations
def conducted(v, dt, a_leak, b_leak, e_E, e_I, E0, E1, E2, E3, mE1, mE2, mE3, I0, I1, I2, I3, mI1, mI2, mI3):
    """v after a step, order 6.

    a_leak [1/ms], b_leak [mV/ms]: constant parts of a and b; E0 … E3, I0 … I3: conductances over cm [1/ms] at the
    nodes of LOBATTO; mE1 … mI3: their integrals from 0 to the nodes, over dt.
    """
    mean = a_leak + mE3 + mI3
    u = (b_leak + mE3 * e_E + mI3 * e_I) / mean
    A = mean * dt
    A1 = (FIRST * a_leak + mE1 + mI1) * dt
    A2 = (SECOND * a_leak + mE2 + mI2) * dt
    gone = expm1(-A)
    to_E = e_E - u
    to_I = e_I - u
    rest = b_leak - a_leak * u                      # b(s) - a(s) u = rest + g_E(s) to_E + g_I(s) to_I
    f0 = rest + E0 * to_E + I0 * to_I
    f1 = rest + E1 * to_E + I1 * to_I
    f2 = rest + E2 * to_E + I2 * to_I
    f3 = rest + E3 * to_E + I3 * to_I
    integral = (f0 * (1.0 + gone) + f3) + 5.0 * (f1 * exp(A1 - A) + f2 * exp(A2 - A))
    return v + ((v - u) * gone + dt / 12.0 * integral)
