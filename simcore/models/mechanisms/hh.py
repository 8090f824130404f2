"""hh: sodium and potassium channels of the squid's giant axon, with a leak.

    i      = gnabar m³ h (v - ena) + gkbar n⁴ (v - ek) + gl (v - el)
    dx/dt  = alpha_x (1 - x) - beta_x x,   x = m, h, n; rates in `rates`, times 3**((celsius - 6.3) / 10)

Hodgkin & Huxley (1952), J Physiol 117:500, with v shifted to rest at -65 mV, as NEURON's hh. Rates are computed, never
read from a table: NEURON's table moves spikes by up to 0.2 ms in 200 ms.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import exp
from simcore.models.cells.hh_cond_exp import over_expm1
from simcore.models.mechanisms.base import Mechanism
from simcore.units import Param, State

PARAMETERS = {
    "gnabar": Param(0.12, "S/cm**2", "largest sodium conductance", low=0.0),
    "gkbar": Param(0.036, "S/cm**2", "largest potassium conductance", low=0.0),
    "gl": Param(0.0003, "S/cm**2", "leak conductance", low=0.0),
    "el": Param(-54.3, "mV", "reversal potential of the leak"),
    "ena": Param(50.0, "mV", "reversal potential of sodium"),
    "ek": Param(-77.0, "mV", "reversal potential of potassium"),
}


def q10(celsius: float) -> float:
    """How much faster the gates are than at 6.3 degrees Celsius."""
    return 3.0 ** ((celsius - 6.3) / 10.0)


def prepare(dt: float, celsius: float, *, gnabar: float, gkbar: float, gl: float, el: float, ena: float,
            ek: float) -> dict[str, float]:
    """Constants of `current` and `advance`."""
    return {"gnabar": gnabar, "gkbar": gkbar, "gl": gl, "el": el, "ena": ena, "ek": ek, "rate_dt": dt * q10(celsius)}


@equations
def rates(v):
    """alpha and beta of m, h, n [1/ms] at 6.3 degrees from two exponentials: the scales 80, 20 and 10 mV are powers.

    Below -500 mV they are those of -500 mV, so that a compartment that is driven there stays finite.
    """
    v = v if v > -500.0 else -500.0
    e80 = exp((v + 65.0) * (-1.0 / 80.0))
    e40 = e80 * e80
    e20 = e40 * e40
    e10 = e20 * e20                                     # e**(-(v + 65) / 10)
    e18 = exp((v + 65.0) * (-1.0 / 18.0))
    return (over_expm1(-0.1 * (v + 40.0), e10 * 12.182493960703473), 4.0 * e18,
            0.07 * e20, 1.0 / (e10 * 20.085536923187668 + 1.0),
            0.1 * over_expm1(-0.1 * (v + 55.0), e10 * 2.718281828459045), 0.125 * e80)


@equations
def towards(x, alpha, beta, dt):
    """A gate after dt at constant rates."""
    total = alpha + beta
    limit = alpha / total
    return limit + (x - limit) * exp(-total * dt)


@equations
def current(v, m, h, n, *, gnabar, gkbar, gl, el, ena, ek):
    """Total conductance g and ge, so that i = g v - ge."""
    gna = gnabar * ((m * m * m) * h)
    gk = gkbar * ((n * n) * (n * n))
    return gna + gk + gl, gna * ena + gk * ek + gl * el


@equations
def advance(v, m, h, n, *, rate_dt):
    """Gates after a step at constant v."""
    am, bm, ah, bh, an, bn = rates(v)
    return towards(m, am, bm, rate_dt), towards(h, ah, bh, rate_dt), towards(n, an, bn, rate_dt)


def start(v: float, celsius: float, **_: float) -> tuple[float, float, float]:
    """Gates in their steady state at v."""
    am, bm, ah, bh, an, bn = rates(v)
    return am / (am + bm), ah / (ah + bh), an / (an + bn)


HH = Mechanism(
    name="hh", meaning="Hodgkin and Huxley's sodium and potassium channels and a leak", parameters=PARAMETERS,
    states={"m": State("1", "activation of sodium"), "h": State("1", "inactivation of sodium"),
            "n": State("1", "activation of potassium")},
    prepare=prepare, current=current, advance=advance, start=start, densities=("gnabar", "gkbar", "gl"),
    currents={"ina": lambda v, m, h, n, *, gnabar, ena, **_: gnabar * ((m * m * m) * h) * (v - ena),
              "ik": lambda v, m, h, n, *, gkbar, ek, **_: gkbar * ((n * n) * (n * n)) * (v - ek),
              "il": lambda v, m, h, n, *, gl, el, **_: gl * (v - el)})
