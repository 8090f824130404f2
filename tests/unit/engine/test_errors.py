"""Bad networks and bad requests: each error says the rule, the value with its unit, and where."""

import numpy as np
import pytest

from simcore.engine.simulation import Simulation, run_network
from simcore.errors import (
    ConfigurationError,
    InvalidModelError,
    InvalidParameterValueError,
    NonExistentParameterError,
    SimulationError,
    UnitError,
)
from simcore.network import AllToAll, FixedNumberPre, FixedProbability, FromList, Network, OneToOne
from simcore.parameters import NormalDist, UniformDist


def two(size=3):
    """A network of two populations."""
    net = Network()
    return net, net.population("a", size, "IF_curr_exp"), net.population("b", 5, "IF_cond_exp")


@pytest.mark.parametrize(("arguments", "error", "message"), [
    (("a", 3, "IF_cur_exp"), InvalidModelError, "no cell model 'IF_cur_exp'; did you mean 'IF_curr_exp'?"),
    (("a", 3, "IF_curr_exp", {"tau_mem": 20.0}), NonExistentParameterError, "did you mean 'tau_m'?"),
    (("a", 3, "IF_curr_exp", {"tau_m": -5.0}), InvalidParameterValueError, r"tau_m must be > 0 ms, got -5.0 ms \(population 'a'\)"),
    (("a", 3, "IF_curr_exp", {"tau_m": "5 mV"}), UnitError, "tau_m must be in ms or a unit of the same dimension, got 5 mV"),
    (("a", 3, "IF_curr_exp", {"tau_m": [1.0, 2.0]}), ConfigurationError, "tau_m must be one number or 3 numbers, one per cell, got 2"),
    (("a", 3, "IF_curr_exp", {"tau_m": [1.0, 2.0, float("nan")]}), InvalidParameterValueError, r"tau_m\[2\] must be finite"),
    (("a", -3, "IF_curr_exp"), ConfigurationError, "whole number >= 0, got -3"),
    (("a", 3, "SpikeSourceArray", {"spike_times": [[1.0], [2.0]]}), ConfigurationError, "one list or 3 lists"),
])
def test_a_bad_population_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Network().population(*arguments)


def test_units_are_converted():
    net = Network()
    made = net.population("a", 1, "IF_curr_exp", {"tau_m": "0.02 s", "cm": "250 pF"})
    assert (made.parameters["tau_m"], made.parameters["cm"]) == (20.0, 0.25)


@pytest.mark.parametrize(("connector", "options", "message"), [
    (OneToOne(), {}, "OneToOne needs populations of equal size, got 3 and 5"),
    (FixedNumberPre(4), {}, "cannot choose 4 different cells of the 3 available"),
    (FromList([0, 3], [0, 0]), {}, r"FromList.pre must be in \[0, 3\), got 3"),
    (AllToAll(), {"receptor": "excitatry"}, "did you mean 'excitatory'?"),
    (AllToAll(), {"weight": -1.0}, "a conductance must be >= 0 uS, got -1 uS"),
    (AllToAll(), {"delay": 0.0}, "a delay must be > 0 ms, got 0 ms"),
])
def test_a_bad_projection_is_refused(connector, options, message):
    net, a, b = two()
    with pytest.raises(ConfigurationError, match=message):
        net.project(a, b, connector, **({"weight": 0.1, "delay": 1.0} | options))


def test_a_list_of_unequal_columns_and_a_probability_above_one_are_refused():
    with pytest.raises(ConfigurationError, match="as long as pre: 2, got 1"):
        FromList([0, 1], [0])
    with pytest.raises(InvalidParameterValueError, match=r"p must be in \[0, 1\], got 1.5"):
        FixedProbability(1.5)


@pytest.mark.parametrize(("build", "message"), [
    (lambda net, a, b: net.project(a, b, AllToAll(), weight=0.1, delay=0.04), "at least one step"),
    (lambda net, a, b: net.population("c", 1, "SpikeSourceArray", {"spike_times": [0.01]}), "at least one step"),
    (lambda net, a, b: net.population("c", 1, "SpikeSourcePoisson", {"rate": 1e7}), "0 to 150 spikes a step, got 1000"),
    (lambda net, a, b: net.population("c", 1, "IF_curr_exp", {"v_reset": -40.0}), r"v_reset must be < v_thresh .*'c'"),
    (lambda net, a, b: net.population("c", 1, "IF_curr_exp", initial={"v": NormalDist(0.0, 1.0, low=50.0)}), "found no value"),
])
def test_what_only_the_time_step_shows_is_refused_when_the_simulation_is_made(build, message):
    net, a, b = two()
    made = build(net, a, b)
    if getattr(made, "model", None) is not None and made.model.source == "poisson":
        net.project(made, a, AllToAll(), weight=0.1, delay=1.0)
    with pytest.raises((ConfigurationError, InvalidParameterValueError), match=message):
        Simulation(net, dt=0.1, seed=1)


@pytest.mark.parametrize(("record", "message"), [
    ({"spikes": {"aa": 3}}, "no population 'aa'; did you mean 'a'?|valid: a, b"),
    ({"traces": [{"population": "a", "variable": "gsyn_exc"}]}, "no variable 'gsyn_exc' to record"),
    ({"traces": [{"population": "a", "variable": "v", "interval": 0.15}]}, "whole number of steps"),
    ({"traces": [{"population": "a", "variable": "v", "cells": [7]}]}, r"must be in \[0, 3\), got \[7\]"),
])
def test_a_bad_request_to_record_is_refused(record, message):
    net, *_ = two()
    with pytest.raises((ConfigurationError, NonExistentParameterError), match=message):
        Simulation(net, dt=0.1, seed=1, record=record)


def test_a_state_that_is_no_number_ends_the_run_with_its_cell():
    net = Network()
    net.population("quiet", 2, "IF_curr_exp")
    net.population("sick", 4, "IF_curr_exp", {"i_offset": [0.0, 0.0, -1e308, 0.0], "tau_m": 1e9,
                                              "cm": 1e-3})
    with pytest.raises(SimulationError, match=r"v must stay finite, got .* mV before t = .* ms \(population 'sick', cell 2"):
        run_network(net, duration=10.0, dt=0.1, seed=1)


def test_a_duration_must_be_whole_steps():
    net, *_ = two()
    with pytest.raises(ConfigurationError, match="whole number of steps"):
        Simulation(net, dt=0.1, seed=1).run(0.25)


def test_empty_networks_and_empty_populations_run():
    assert run_network(Network(), duration=1.0, dt=0.1, seed=1).spikes is None
    net, a, b = two(size=0)
    net.project(a, b, FixedNumberPre(0), weight=0.1, delay=UniformDist(1.0, 2.0))
    assert run_network(net, duration=1.0, dt=0.1, seed=1).spikes.cells.tolist() == [0, 1, 2, 3, 4]


def test_private_noise_is_recorded_only_when_named():
    net = Network()
    cell = net.population("cell", 2, "IF_curr_exp")
    noise = net.population("noise", 2, "SpikeSourcePoisson", {"rate": 1000.0})
    net.project(noise, cell, OneToOne(), weight=0.01, delay=1.0)
    silent = run_network(net, duration=50.0, dt=0.1, seed=1, record={"traces": [{"population": "cell", "variable": "v"}]})
    named = run_network(net, duration=50.0, dt=0.1, seed=1,
                        record={"spikes": {"noise": True}, "traces": [{"population": "cell", "variable": "v"}]})
    assert silent.spikes.cells.tolist() == [0, 1]
    assert set(np.unique(named.spikes.gid)) == {2, 3}
    assert np.array_equal(silent.traces[0].values, named.traces[0].values), "looking at noise does not change it"
