"""Mean-field theory of Brunel's (2000) network: what the rates of simulated runs are compared with.

N. Brunel (2000), Dynamics of sparsely connected networks of excitatory and inhibitory spiking neurons, J Comput
Neurosci 8:183-208; transfer function: A. J. F. Siegert (1951), On the first passage time probability problem, Phys
Rev 81:617. Potentials [mV] are relative to rest, times in ms, rates in Hz.

ASSUME (diffusion approximation): the input of a cell is Gaussian white noise, so synaptic weights J are small against
theta - V_r and the cells fire independently. With J = 0.1 mV and theta - V_r = 10 mV the shots of finite size raise
V by whole J: the rate of a simulated network differs from this by some per cent (Helias et al. 2010, PLoS Comput Biol
6:e1000929), as do simulations on a grid of dt that look at the threshold at its points only.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import dawsn, erfcx

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_LARGEST = 26.0             # e^(u^2) overflows above: the rate is below 1e-290 Hz there


def siegert_rate(mu: float, sigma: float, tau: float, theta: float, V_r: float, tau_rp: float) -> float:
    """Firing rate [Hz] of a leaky integrate-and-fire cell driven by white noise: Siegert (1951); Brunel (2000), sec. 3.

    tau dV/dt = -V + mu + sigma sqrt(tau) eta(t), threshold theta, reset V_r:
    1/nu = tau_rp + tau sqrt(pi) int_{(V_r - mu)/sigma}^{(theta - mu)/sigma} e^{u^2} (1 + erf u) du.
    sigma = 0 is the noise-free cell: 0 Hz for mu <= theta. Stable for any mu and sigma.
    """
    if sigma == 0:
        interval = tau * np.log((mu - V_r) / (mu - theta)) if mu > theta else np.inf
    else:
        interval = tau * np.sqrt(np.pi) * _first_passage((V_r - mu) / sigma, (theta - mu) / sigma)
    return float(1e3 / (tau_rp + interval)) if tau_rp + interval > 0 else np.inf


def brunel_input(rate: float, C_E: float, gamma: float, g: float, J: float, tau: float,
                 nu_ext: float) -> tuple[float, float]:
    """Mean mu and amplitude of noise sigma [mV] of a cell's input at a network rate [Hz]: Brunel (2000), sec. 3.

    mu = C_E J tau (nu_ext + nu (1 - gamma g)), sigma^2 = C_E J^2 tau (nu_ext + nu (1 + gamma g^2)).
    """
    per_ms = 1e-3
    mu = C_E * J * tau * per_ms * (nu_ext + rate * (1 - gamma * g))
    variance = C_E * J**2 * tau * per_ms * (nu_ext + rate * (1 + gamma * g**2))
    return mu, float(np.sqrt(variance))


def brunel_rates(C_E: float, gamma: float, g: float, J: float, tau: float, theta: float, V_r: float, tau_rp: float,
                 nu_ext_over_nu_thr: float) -> list[float]:
    """All stationary rates [Hz] of the network, ascending: solutions of nu = Phi(mu(nu), sigma(nu)), model A.

    C_E connections of weight J [mV] from excitatory cells, gamma C_E of weight -g J from inhibitory ones, C_E from
    outside at nu_ext = nu_ext_over_nu_thr theta / (C_E J tau): Brunel (2000), sec. 3. In between two stable
    solutions there is an unstable one; which of them the network takes depends on where it starts (g < 4).
    """
    nu_ext = nu_ext_over_nu_thr * threshold_rate(C_E, J, tau, theta)

    def excess(rate: float) -> float:
        mu, sigma = brunel_input(rate, C_E, gamma, g, J, tau, nu_ext)
        return siegert_rate(mu, sigma, tau, theta, V_r, tau_rp) - rate

    highest = 1e3 / tau_rp if tau_rp > 0 else 1e4
    grid = np.concatenate([[0.0], np.geomspace(1e-9, highest * (1 + 1e-9), 2000)])
    sign = np.sign([excess(rate) for rate in grid])
    exact = grid[sign == 0].tolist()
    crossings = np.flatnonzero(sign[:-1] * sign[1:] < 0)
    return sorted(exact + [brentq(excess, grid[i], grid[i + 1], xtol=1e-12, rtol=1e-12) for i in crossings])


def brunel_rate(C_E: float, gamma: float, g: float, J: float, tau: float, theta: float, V_r: float, tau_rp: float,
                nu_ext_over_nu_thr: float) -> float:
    """Stationary rate [Hz] of the network's asynchronous irregular state, self-consistent: Brunel (2000), sec. 3.

    The lowest of brunel_rates, which is stable and which a silent network settles to; the only one where inhibition
    dominates (g > 4 for gamma = 1/4) and nu_ext > nu_thr. Arguments as for brunel_rates.

    ASSUME: delta-shaped synapses act as Gaussian white noise, as if J were small against theta - V_r. At finite J
    (0.1 mV against 10 mV in model A) simulated rates differ by some per cent in the asynchronous irregular state, and
    by more where the network oscillates, which this stationary solution knows nothing of.
    """
    return brunel_rates(C_E, gamma, g, J, tau, theta, V_r, tau_rp, nu_ext_over_nu_thr)[0]


def threshold_rate(C_E: float, J: float, tau: float, theta: float) -> float:
    """Rate nu_thr [Hz] of outside connections whose mean input alone reaches threshold: theta / (C_E J tau)."""
    return 1e3 * theta / (C_E * J * tau)


def _first_passage(a: float, b: float) -> float:
    """int_a^b e^{u^2} (1 + erf u) du for a <= b, without cancellation or overflow (inf beyond 1e290).

    For u < 0 the integrand is erfcx(-u), for u > 0 it is 2 e^{u^2} - erfcx(u), and int_0^b e^{u^2} du = e^{b^2} D(b),
    D Dawson's function.
    """
    if b > _LARGEST:
        return np.inf
    below = _scaled_area(max(0.0, -b), -a) if a < 0 else 0.0
    if b <= 0:
        return below
    low = max(a, 0.0)
    growing = 2 * (np.exp(b * b) * dawsn(b) - np.exp(low * low) * dawsn(low))
    return below + growing - _scaled_area(low, b)


def _scaled_area(low: float, high: float) -> float:
    """int_low^high erfcx(u) du, 0 <= low <= high: Gauss-Legendre in s = ln(1 + u), where it is smooth to 1e-14."""
    start, stop = np.log1p(low), np.log1p(high)
    s = start + (stop - start) * (_NODES + 1) / 2
    return float((erfcx(np.expm1(s)) * np.exp(s)) @ _WEIGHTS * (stop - start) / 2)
