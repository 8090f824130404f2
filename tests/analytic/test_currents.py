"""Injected currents: every cell takes them as it takes i_offset; waveforms against their formulas; charge and spectrum."""

import math

import numpy as np
import pytest

from simcore._math import sin_turns
from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.models.cells import CELL_MODELS
from simcore.network import AC, DC, Network, Noise, OneToOne, Steps

DT = 0.1
LEAK = {"tau_m": 20.0, "cm": 1.0, "v_rest": 0.0, "v_thresh": 1e9, "v_reset": 0.0}
CELLS = [name for name, m in CELL_MODELS.items() if "i_offset" in m.parameters]


def v_of(build, duration, cells=1, dt=DT, model="IF_curr_exp", parameters=LEAK):
    """v (n_times, cells) of cells that `build(net, population)` has prepared."""
    net = Network()
    population = net.population("cell", cells, model, parameters)
    build(net, population)
    simulation = Simulation(net, dt=dt, seed=1, record={"traces": [{"population": "cell", "variable": "v"}]})
    simulation.run(duration)
    return simulation.recording().traces[0].values


@pytest.mark.parametrize("model", CELLS)
def test_a_constant_current_is_i_offset(model):
    """Also where some cells get none and parameters differ among cells."""
    parameters = {"cm": [0.5, 1.0, 2.0]} if "cm" in CELL_MODELS[model].parameters else {}
    injected = v_of(lambda net, p: net.inject(DC(0.3), p, [0, 2]), 30.0, 3, model=model, parameters=parameters)
    offset = v_of(lambda net, p: None, 30.0, 3, model=model, parameters=parameters | {"i_offset": [0.3, 0.0, 0.3]})
    assert np.allclose(injected, offset, rtol=0.0, atol=1e-8)
    assert np.ptp(offset[:, 0]) > 0.1


def test_the_hardware_cell_has_no_i_offset_but_takes_currents():
    v = v_of(lambda net, p: net.inject(DC(0.2), p), 30.0, model="IF_facets_hardware1", parameters={})
    tau = 0.2 / 0.04
    assert np.allclose(v[:, 0], -65.0 + 5.0 * (1.0 - np.exp(-DT / tau * np.arange(300))), atol=1e-9)


def test_steps_begin_and_end_where_they_say():
    v = v_of(lambda net, p: net.inject(Steps((1.0, 2.0, 2.5), (1.0, -2.0, 0.0)), p), 3.0,
             parameters=LEAK | {"tau_m": 1e12})
    slope = np.diff(v[:, 0]) / DT
    assert np.allclose(slope, [0.0] * 10 + [1.0] * 10 + [-2.0] * 5 + [0.0] * 4, atol=1e-9)


def test_sources_on_one_cell_add_up_and_stop():
    def build(net, p):
        net.inject(DC(1.0, 0.5, 1.5), p)
        net.inject(DC(0.25, 1.0), p)
    slope = np.diff(v_of(build, 2.0, parameters=LEAK | {"tau_m": 1e12})[:, 0]) / DT
    assert np.allclose(slope, [0.0] * 5 + [1.0] * 5 + [1.25] * 5 + [0.25] * 4, atol=1e-9)


def test_a_sine_injects_its_exact_charge_in_every_step():
    ac = AC(0.7, 0.1, 43.0, 30.0, 5.0)
    v = v_of(lambda net, p: net.inject(ac, p), 60.0, parameters=LEAK | {"tau_m": 1e12})[:, 0]
    t = np.maximum(np.arange(600) * DT - 5.0, 0.0) * 1e-3
    w, phase = 2 * math.pi * 43.0, math.radians(30.0)
    charge = 0.1 * t + 0.7 * (math.cos(phase) - np.cos(w * t + phase)) / w
    assert np.allclose(v, charge * 1e3, atol=1e-9)


def test_a_sine_on_a_leaky_cell_is_of_second_order():
    def error(dt):
        v = v_of(lambda net, p: net.inject(AC(1.0, 0.0, 100.0), p), 10.0, dt=dt)[:, 0]
        t, tau, w = np.arange(v.size) * dt, 20.0, 0.2 * math.pi
        exact = tau / (1 + (w * tau) ** 2) * (np.sin(w * t) - w * tau * np.cos(w * t) + w * tau * np.exp(-t / tau))
        return np.abs(v - exact).max()
    assert 3.8 < error(0.2) / error(0.1) < 4.2


@pytest.mark.parametrize("x", [0.0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0, 7.2, 1234.567, -0.4, -3.6])
def test_the_sine_is_the_sine(x):
    assert math.isclose(sin_turns(x), math.sin(2 * math.pi * math.fmod(x, 1.0)), rel_tol=2e-15, abs_tol=5e-16)


def test_noise_has_its_mean_and_deviation_and_a_stream_of_its_own():
    currents = {k: np.diff(v_of(lambda net, p, n=n: net.inject(n, p), 2000.0, parameters=LEAK | {"tau_m": 1e12})[:, 0]) / DT
                for k, n in {"a": Noise(0.5, 2.0), "seeded": Noise(0.5, 2.0, seed=5), "slow": Noise(0.5, 2.0, dt=1.0)}.items()}
    for i in (currents["a"], currents["seeded"]):
        assert abs(i.mean() - 0.5) < 4 * 2.0 / math.sqrt(i.size)
        assert abs(i.std() / 2.0 - 1.0) < 4 / math.sqrt(2 * i.size)
        assert abs(np.corrcoef(i[1:], i[:-1])[0, 1]) < 4 / math.sqrt(i.size)
    assert abs(np.corrcoef(currents["a"], currents["seeded"])[0, 1]) < 0.05
    slow = currents["slow"][:19990].reshape(-1, 10)
    assert np.allclose(slow, slow[:, :1], atol=1e-8)


def test_two_runs_give_the_same_noise_as_one():
    def v(*durations):
        net = Network()
        net.inject(Noise(0.0, 1.0, dt=0.3), net.population("cell", 2, "IF_cond_exp", {"v_thresh": 0.0}))
        simulation = Simulation(net, dt=DT, seed=1, record={"traces": [{"population": "cell", "variable": "v"}]})
        for duration in durations:
            simulation.run(duration)
        return simulation.recording().traces[0].values.tobytes()
    assert v(20.0) == v(3.1, 4.0, 12.9)


def test_a_current_may_be_replaced_between_runs():
    net = Network()
    injection = net.inject(DC(1.0), net.population("cell", 1, "IF_curr_exp", LEAK | {"tau_m": 1e12}))
    simulation = Simulation(net, dt=DT, seed=1, record={"traces": [{"population": "cell", "variable": "v"}]})
    simulation.run(1.0)
    injection.current = DC(-3.0)
    simulation.refresh()
    simulation.run(1.0)
    slope = np.diff(simulation.recording().traces[0].values[:, 0]) / DT
    assert np.allclose(slope, [1.0] * 10 + [-3.0] * 9, atol=1e-9)


def test_what_currents_refuse():
    net = Network()
    source = net.population("source", 1, "SpikeSourcePoisson")
    cell = net.population("cell", 1, "Izhikevich")
    with pytest.raises(ConfigurationError, match="no current can be injected into SpikeSourcePoisson"):
        net.inject(DC(), source)
    with pytest.raises(ConfigurationError, match=r"addresses must be in \[0, 1\), got 1"):
        net.inject(DC(), cell, [1])
    with pytest.raises(InvalidParameterValueError, match="stop must be >= start = 5 ms, got 3 ms"):
        DC(1.0, 5.0, 3.0)
    with pytest.raises(InvalidParameterValueError, match="times must be >= 0 ms and ascending"):
        Steps((2.0, 1.0), (0.0, 0.0))
    net.project(source, cell, OneToOne(), weight=1.0, delay=0.1)
    net.inject(Noise(0.0, 1.0, dt=0.25), cell)
    with pytest.raises(ConfigurationError, match="whole number of steps"):
        Simulation(net, dt=DT, seed=1).run(1.0)
