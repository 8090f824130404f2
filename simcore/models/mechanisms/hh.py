"""hh: sodium and potassium channels of the squid's giant axon, with a leak.

    i      = gnabar m³ h (v - ena) + gkbar n⁴ (v - ek) + gl (v - el)
    dx/dt  = alpha_x (1 - x) - beta_x x,   x = m, h, n; rates in `rates`, times 3**((celsius - 6.3) / 10)

Hodgkin & Huxley (1952), J Physiol 117:500, with v shifted to rest at -65 mV, as NEURON's hh. Rates are computed, never
read from a table: NEURON's table moves spikes by up to 0.2 ms in 200 ms.
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import exp, exp_decay, exp_small, log
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
    return exp(log(3.0) * ((celsius - 6.3) / 10.0))


def prepare(dt: float, celsius: float, *, gnabar: float, gkbar: float, gl: float, el: float, ena: float,
            ek: float) -> dict[str, float]:
    """Constants of `current` and `advance`."""
    return {"gnabar": gnabar, "gkbar": gkbar, "gl": gl, "el": el, "ena": ena, "ek": ek, "rate_dt": dt * q10(celsius)}


@equations
def rates(v):
    """alpha and beta of m, h, n [1/ms] at 6.3 degrees, all from one e**(-(v + 65) / 720): their scales are its powers.

    Relative error below 4e-14, and 4e-13 where the fractions for m and n nearly are 0 / 0.
    # ASSUME: beyond -425 and 295 mV they are those there, so that a compartment that is driven there stays finite.
    """
    v = v if v > -425.0 else -425.0
    v = v if v < 295.0 else 295.0
    e720 = exp_small((v + 65.0) * (-1.0 / 720.0))
    e360 = e720 * e720
    e180 = e360 * e360
    e144 = e180 * e720
    e80 = (e180 * e180) * e720
    e72 = e144 * e144
    e36 = e72 * e72
    e40 = e80 * e80
    e20 = e40 * e40
    e10 = e20 * e20                                     # e**(-(v + 65) / 10)
    return (linoid(-0.1 * (v + 40.0), e10 * 12.182493960703473), 4.0 * (e36 * e36),
            0.07 * e20, 1.0 / (e10 * 20.085536923187668 + 1.0),
            0.1 * linoid(-0.1 * (v + 55.0), e10 * 2.718281828459045), 0.125 * e80)


@equations
def linoid(x, power):
    """x / (e**x - 1) from x and power = e**x; near 0 its series 1 - x/2 + x²/12 - x⁴/720 (next term 2e-15)."""
    s = x * x
    series = (1.0 - 0.5 * x) + s * (1.0 / 12.0 - s * (1.0 / 720.0))
    small = (x < 0.02) & (x > -0.02)
    return series if small else x / (1.0 if small else power - 1.0)


@equations
def towards(x, alpha, beta, dt):
    """A gate after dt at constant rates."""
    total = alpha + beta
    limit = alpha / total
    decay = total * -dt
    decay = decay if decay > -700.0 else -700.0         # less than that is nothing
    return limit + (x - limit) * exp_decay(decay)


@equations
def current(v, m, h, n, *, gnabar, gkbar, gl, el, ena, ek):
    """Total conductance g and ge, so that i = g v - ge."""
    gna = gnabar * ((m * m * m) * h)
    gk = gkbar * ((n * n) * (n * n))
    return gna + gk + gl, gna * ena + gk * ek + gl * el


@equations
def gates(m, h, n, am, bm, ah, bh, an, bn, *, rate_dt):
    """Gates after a step at constant rates."""
    return towards(m, am, bm, rate_dt), towards(h, ah, bh, rate_dt), towards(n, an, bn, rate_dt)


@equations
def advance(v, m, h, n, *, rate_dt):
    """Gates after a step at constant v."""
    am, bm, ah, bh, an, bn = rates(v)
    return gates(m, h, n, am, bm, ah, bh, an, bn, rate_dt=rate_dt)


def start(v: float, celsius: float, **_: float) -> tuple[float, float, float]:
    """Gates in their steady state at v."""
    am, bm, ah, bh, an, bn = rates(v)
    return am / (am + bm), ah / (ah + bh), an / (an + bn)


HH = Mechanism(
    name="hh", meaning="Hodgkin and Huxley's sodium and potassium channels and a leak", parameters=PARAMETERS,
    states={"m": State("1", "activation of sodium"), "h": State("1", "inactivation of sodium"),
            "n": State("1", "activation of potassium")},
    prepare=prepare, current=current, advance=advance, rates=rates, gates=gates,
    start=start, densities=("gnabar", "gkbar", "gl"),
    currents={"ina": lambda v, m, h, n, *, gnabar, ena, **_: gnabar * ((m * m * m) * h) * (v - ena),
              "ik": lambda v, m, h, n, *, gkbar, ek, **_: gkbar * ((n * n) * (n * n)) * (v - ek),
              "il": lambda v, m, h, n, *, gl, el, **_: gl * (v - el)})
