"""Mechanisms: rates of hh, closed forms of synapses, and a mechanism of one's own."""

import math

import numpy as np
import pytest

from simcore._jit import equations
from simcore.api.neurodamus.core.mechanisms import Mechanism as Face
from simcore.models.mechanisms import MECHANISMS, POINT_PROCESSES
from simcore.models.mechanisms.base import Mechanism
from simcore.models.mechanisms.hh import HH, rates
from simcore.morphology.sections import Section
from simcore.units import Param, State
from tests.peers.compartmental.cases import simulate


@pytest.mark.parametrize("v", [-120.0, -65.0, -55.0, -55.0 + 1e-7, -40.0, -40.0 - 1e-9, 0.0, 50.0])
def test_rates_are_hodgkin_and_huxleys(v):
    def linoid(x, y):
        return y if x == 0.0 else x / math.expm1(x / y)

    expected = (0.1 * linoid(-(v + 40), 10), 4 * math.exp(-(v + 65) / 18), 0.07 * math.exp(-(v + 65) / 20),
                1 / (math.exp(-(v + 35) / 10) + 1), 0.01 * linoid(-(v + 55), 10), 0.125 * math.exp(-(v + 65) / 80))
    np.testing.assert_allclose(rates(v), expected, rtol=1e-12)


def test_rates_are_exact_to_thirteen_digits_everywhere():
    v = np.random.default_rng(3).uniform(-200.0, 150.0, 5000)

    def linoid(x):
        return x / np.expm1(x)

    x = np.longdouble(1.0) * v
    expected = (linoid(-(x + 40) / 10), 4 * np.exp(-(x + 65) / 18), 7 * np.exp(-(x + 65) / 20) / 100,
                1 / (np.exp(-(x + 35) / 10) + 1), linoid(-(x + 55) / 10) / 10, np.exp(-(x + 65) / 80) / 8)
    np.testing.assert_allclose(np.array([rates(u) for u in v.tolist()]).T, np.array(expected, dtype=float), rtol=4e-13)


@pytest.mark.parametrize("v", [-1e9, -425.0, 295.0, 1e9])
def test_a_gate_stays_between_0_and_1_however_far_v_is_driven(v):
    for x in HH.advance(v, 0.3, 0.3, 0.3, rate_dt=1.0):
        assert 0.0 <= x <= 1.0


@pytest.mark.parametrize("mechanism", [m for m in MECHANISMS.values() if m.rates], ids=lambda m: m.name)
def test_a_mechanism_in_two_parts_is_the_whole(mechanism):
    constants = dict.fromkeys(mechanism.of_advance, 0.025)
    for v in (-70.0, -40.0, 20.0):
        states = [0.1 + 0.2 * k for k in range(len(mechanism.states))]
        assert mechanism.gates(*states, *mechanism.rates(v), **constants) == mechanism.advance(v, *states, **constants)


@pytest.mark.parametrize("mechanism", MECHANISMS.values(), ids=MECHANISMS)
def test_every_mechanism_prepares_what_its_equations_take(mechanism):
    assert set(mechanism.prepare(0.025, 6.3, **mechanism.complete({}))) == set(mechanism.constants)
    assert set(mechanism.densities) <= set(mechanism.constants)


@pytest.mark.parametrize("name", ["ExpSyn", "Exp2Syn"])
def test_a_synapse_peaks_at_its_weight(name):
    process = POINT_PROCESSES[name]
    values = {"tau": 2.0} if name == "ExpSyn" else {"tau1": 0.5, "tau2": 4.0}
    constants = process.prepare(0.001, **process.complete(values))
    states = [constants[f"jump_{s}"] for s in process.states]
    largest = 0.0
    for _ in range(10_000):
        largest = max(largest, process.current(0.0, *states, e=0.0)[0])
        states = [x * constants[f"decay_{s}"] for x, s in zip(states, process.states, strict=True)]
    np.testing.assert_allclose(largest, 1.0, rtol=1e-6)


@equations
def own_current(v, x, *, gbar, e):
    """A conductance gbar x towards e."""
    return gbar * x, gbar * x * e


@equations
def own_advance(v, x, *, shrink):
    """x shrinks by a factor a step, whatever v is; a tuple of all states."""
    return (x * shrink,)


OWN = Mechanism(
    name="fading", meaning="a conductance that fades", states={"x": State("1", "what is left")},
    parameters={"gbar": Param(1e-3, "S/cm**2", "conductance", low=0.0), "e": Param(-70.0, "mV", "reversal"), "tau": Param(5.0, "ms", "time constant")},
    prepare=lambda dt, celsius, *, gbar, e, tau: {"gbar": gbar, "e": e, "shrink": math.exp(-dt / tau)},
    current=own_current, advance=own_advance, start=lambda v, celsius, **_: (1.0,),
    densities=("gbar",))


def test_a_mechanism_of_ones_own_runs():
    class Fading(Face):
        mechanism = OWN

    soma = Section("soma", L=20.0, diam=20.0)
    Fading(gbar=2e-3).apply(soma)
    traces, _ = simulate(soma, {"v": (soma, 0.5), "x": (soma, 0.5, "x_fading")}, 5.0, dt=0.01, scheme="neuron", v_init=-50.0)
    np.testing.assert_allclose(traces["x"], np.exp(-0.01 * np.arange(501) / 5.0), rtol=1e-12)
    charge = 2.0 * 5.0 * (1 - math.exp(-5.0 / 5.0))                    # integral of g / c: 2 mS/cm2 over 1 uF/cm2
    np.testing.assert_allclose(traces["v"][-1], -70.0 + 20.0 * math.exp(-charge), atol=0.05)
