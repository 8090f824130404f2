"""Plasticity against the sums over pairs of spikes that define it, and against the closed forms of the reference data."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.network import STDP, FromList, Network, OneToOne, TsodyksMarkram

DT = 0.1
REFERENCE = json.loads((Path(__file__).parents[1] / "peers/spiking/reference/plasticity.json").read_text())
DEPENDENCES = ("additive", "multiplicative", "additive_potentiation_multiplicative_depression", "gutig")


def synapse(pre_ms, post_ms, weight, delay, dynamics, record=None):
    """A plastic connection onto a cell that fires at each of post_ms, made to by strong input."""
    net = Network()
    pre = net.population("pre", 1, "SpikeSourceArray", {"spike_times": list(pre_ms)})
    teacher = net.population("teacher", 1, "SpikeSourceArray", {"spike_times": [t - 0.1 for t in post_ms]})
    post = net.population("post", 1, "IF_curr_delta", {"tau_m": 1e9, "v_rest": 0.0, "v_reset": 0.0, "v_thresh": 10.0})
    net.project(teacher, post, OneToOne(), weight=1000.0, delay=0.1)
    plastic = net.project(pre, post, OneToOne(), weight=weight, delay=delay, dynamics=dynamics)
    return Simulation(net, dt=DT, seed=1, record=record), plastic


def weights_at_arrival(simulation, projection, pre_ms, delay):
    """The weight after each presynaptic spike has arrived."""
    found = []
    for t in pre_ms:
        simulation.run(round(t + delay - simulation.now, 6))
        found.append(float(simulation.connections(projection).weight[0]))
    return np.array(found)


def pair_sums(pre_ms, post_ms, w, delay, rule):
    """The same by explicit sums over all earlier spikes; coincident ones do nothing to each other.

    Read one step after a presynaptic spike was seen, since no other can come sooner. With a fraction of 0 a
    postsynaptic spike in the very step of an arrival is counted after it and nothing later is known yet.
    """
    f = rule.dendritic_delay_fraction
    pre = [round(t + (1 - f) * delay, 9) for t in pre_ms]
    post = [round(t + f * delay, 9) for t in post_ms]
    plus, minus = rule.exponents
    span, found = rule.w_max - rule.w_min, {}
    events = [(t, 1, "pre") for t in pre] + [(t, 0 if f else 2, "post") for t in post]
    events += [(round(t + (DT if f else 0.0), 9), 3, k) for k, t in enumerate(pre)]
    for t, _, what in sorted(events, key=lambda e: e[:2]):
        if what == "post":
            trace = sum(math.exp(-(t - s) / rule.tau_plus) for s in pre if s < t)
            size = rule.w_max if plus == 0 else span * ((rule.w_max - w) / span) ** plus
            w = min(rule.w_max, w + rule.A_plus * size * trace) if trace else w
        elif what == "pre":
            trace = sum(math.exp(-(t - s) / rule.tau_minus) for s in post if s < t)
            size = rule.w_max if minus == 0 else span * ((w - rule.w_min) / span) ** minus
            w = max(rule.w_min, w - rule.A_minus * size * trace) if trace else w
        else:
            found[what] = w
    return np.array([found[k] for k in range(len(pre))])


def trains(seed, n=40, first=5.0):
    """Two trains on the grid with gaps of 0.6 to 25 ms."""
    rng = np.random.default_rng(seed)
    return (np.round(first + np.cumsum(rng.integers(6, 250, n)) * DT, 6) for _ in range(2))


@pytest.mark.parametrize(("dependence", "fraction"), list(itertools.product(DEPENDENCES, (0.0, 0.3, 0.5, 1.0))))
def test_stdp_is_the_sum_over_pairs(dependence, fraction):
    pre, post = trains(seed=DEPENDENCES.index(dependence) * 10 + int(10 * fraction))
    rule = STDP(17.0, 29.0, 2e-6, 9e-6, 0.05, 0.04, dependence, 0.4, 0.7, fraction)
    simulation, projection = synapse(pre, post, 5e-6, 3.0, (rule,), {"spikes": {"post": True}})
    found = weights_at_arrival(simulation, projection, pre, 3.0)
    simulation.run(max(0.0, round(post[-1] + 1.0 - simulation.now, 6)))
    fired = (simulation.recording().spikes.step + 1) * DT
    assert np.allclose(fired, post, atol=1e-9)
    expected = pair_sums(pre, fired, 5e-6, 3.0, rule)
    assert np.allclose(found, expected, rtol=1e-12, atol=0.0)
    assert np.ptp(expected) > 1e-6, "the weight must have moved"


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_long_histories_are_settled_without_a_trace(fraction):
    """600 postsynaptic spikes without a presynaptic one: the history is full many times over."""
    post = np.round(10.0 + 2.0 * np.arange(600), 6)
    pre = [5.0, 1100.0, 1300.0]
    rule = STDP(tau_plus=200.0, w_max=1e-6, A_plus=1e-3, A_minus=1e-3, dependence="multiplicative",
                dendritic_delay_fraction=fraction)
    simulation, projection = synapse(pre, post, 1e-7, 1.0, (rule,))
    assert np.allclose(weights_at_arrival(simulation, projection, pre, 1.0),
                       pair_sums(pre, post, 1e-7, 1.0, rule), rtol=1e-12)


@pytest.mark.parametrize("name", REFERENCE["stdp"]["cases"])
def test_stdp_is_the_closed_form_of_the_reference(name):
    data, c = REFERENCE["stdp"], REFERENCE["stdp"]["params"]
    case, scale = data["cases"][name], 1e-6                 # small, so that the plastic input fires nothing itself
    rule = STDP(c["tau_plus"], c["tau_minus"], 0.0, scale * c["wmax"], c["lam"], c["alpha"] * c["lam"], "gutig",
                case["rule"]["mu_plus"], case["rule"]["mu_minus"])
    simulation, projection = synapse(data["pre_ms"], data["post_ms"], scale * c["w0"], c["d"], (rule,))
    found = weights_at_arrival(simulation, projection, data["pre_ms"], c["d"])
    assert np.allclose(found / scale, case["weight_at_pre"], rtol=1e-12)
    assert np.allclose(found / scale, case["nest_weight_at_pre"], rtol=1e-9)


@pytest.mark.parametrize("name", REFERENCE["stp"]["cases"])
def test_tsodyks_markram_is_the_closed_form_of_the_reference(name):
    data = REFERENCE["stp"]
    case = data["cases"][name]
    p = case["params"]
    rule = TsodyksMarkram(p["U"], p["tau_rec"], p["tau_facil"], p["tau_psc"])
    simulation, _ = synapse(data["train_ms"], [], data["weight"] * 1e-3, 1.0, (rule,),
                            {"traces": [{"population": "post", "variable": "v"}]})
    simulation.run(data["train_ms"][-1] + 5.0)
    jumps = np.diff(simulation.recording().traces[0].values[:, 0])
    arrived = jumps[jumps > 1e-9] * 1e3
    assert np.allclose(arrived, case["tm3"], rtol=1e-9)
    assert np.allclose(arrived, case["nest_tsodyks"], rtol=1e-9)


def test_equal_time_constants_are_the_limit_of_nearly_equal_ones():
    found = []
    for tau in (50.0, 50.0 * (1 + 1e-6)):
        simulation, _ = synapse([10.0, 20.0, 45.0], [], 1.0, 1.0, (TsodyksMarkram(0.5, tau, 0.0, 50.0),),
                                {"traces": [{"population": "post", "variable": "v"}]})
        simulation.run(60.0)
        found.append(simulation.recording().traces[0].values[-1, 0])
    assert math.isclose(*found, rel_tol=1e-5)


def test_both_rules_at_once_multiply():
    """A depressing synapse that also learns: what arrives is the learnt weight times the part released."""
    pre, post = (list(t) for t in trains(3, n=12))
    stdp, short = STDP(w_max=1e-3, A_plus=0.2, A_minus=0.1), TsodyksMarkram(0.5, 300.0, 0.0, 3.0)
    learnt = weights_at_arrival(*synapse(pre, post, 5e-4, 1.0, (stdp,)), pre, 1.0)
    alone, _ = synapse(pre, [], 1.0, 1.0, (short,), {"traces": [{"population": "post", "variable": "v"}]})
    alone.run(pre[-1] + 5.0)
    jumps = np.diff(alone.recording().traces[0].values[:, 0])
    simulation, projection = synapse(pre, post, 5e-4, 1.0, (stdp, short))
    assert np.array_equal(weights_at_arrival(simulation, projection, pre, 1.0), learnt)
    assert np.count_nonzero(jumps > 1e-9) == len(pre)


def test_each_connection_may_have_parameters_of_its_own():
    """Two connections of one projection with different U; reset brings the first state back."""
    net = Network()
    pre = net.population("pre", 2, "SpikeSourceArray", {"spike_times": [10.0, 20.0, 30.0]})
    post = net.population("post", 2, "IF_curr_delta", {"tau_m": 1e9, "v_rest": 0.0, "v_thresh": 1e3})
    projection = net.project(pre, post, FromList([0, 1], [1, 0]), weight=1.0, delay=1.0,
                             dynamics=(TsodyksMarkram(0.5, 800.0, 0.0, 3.0),))
    simulation = Simulation(net, dt=DT, seed=1, record={"traces": [{"population": "post", "variable": "v"}]})
    simulation.set_synapse_parameter(projection, "U", np.array([0.2, 0.9]))
    runs = []
    for _ in range(2):
        simulation.run(40.0)
        runs.append(simulation.recording().traces[0].values)
        simulation.reset()
    assert np.array_equal(*runs)
    for target, U in ((1, 0.2), (0, 0.9)):
        first = np.diff(runs[0][:, target])
        assert math.isclose(first[first > 1e-9][0], U, rel_tol=1e-12)
    assert np.array_equal(simulation.synapse_state(projection, "U"), [0.2, 0.9])


def test_inhibitory_currents_learn_by_their_size():
    net = Network()
    pre = net.population("pre", 1, "SpikeSourceArray", {"spike_times": [10.0, 20.0]})
    teacher = net.population("teacher", 1, "SpikeSourceArray", {"spike_times": [12.0]})
    post = net.population("post", 1, "IF_curr_delta")
    net.project(teacher, post, OneToOne(), weight=1000.0, delay=0.1)
    projection = net.project(pre, post, OneToOne(), weight=-0.1, delay=1.0, receptor="inhibitory",
                             dynamics=(STDP(A_plus=0.05, A_minus=0.0),))
    simulation = Simulation(net, dt=DT, seed=1)
    simulation.run(30.0)
    assert -0.15 < simulation.connections(projection).weight[0] < -0.1


def test_what_rules_refuse():
    with pytest.raises(InvalidParameterValueError, match="did you mean 'additive'"):
        STDP(dependence="aditive")
    with pytest.raises(InvalidParameterValueError, match=r"tau_plus must be > 0 ms, got -1 ms"):
        STDP(tau_plus=-1.0)
    with pytest.raises(InvalidParameterValueError, match=r"U must be in \[0, 1\], got 1.5"):
        TsodyksMarkram(U=1.5)
    with pytest.raises(ConfigurationError, match="weights under STDP must be >= 0"):
        synapse([], [], -1.0, 1.0, (STDP(),))
    with pytest.raises(ConfigurationError, match="needs tau_psc"):
        synapse([], [], 1.0, 1.0, (TsodyksMarkram(),))
