"""Whole small networks: the engine and the obvious simulator give the same spikes and the same bits of every state."""

import numpy as np
import pytest

from simcore.engine.simulation import Simulation
from simcore.models.cells import CELL_MODELS
from simcore.network import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FromList,
    Network,
    OneToOne,
)
from simcore.parameters import NormalDist, UniformDist
from tests.naive.simulator import simulate

CELLS = [name for name, model in CELL_MODELS.items() if model.step]
WEIGHT = {"mV": 1.5, "nA": 0.8, "uS": 0.02}     # one connection moves v by about a millivolt or two
BRIEF = {"IF_curr_alpha": 8.0, "IF_cond_alpha": 0.2, "HH_cond_exp": 0.06,
         "HH_cond_exp_order2": 0.06}        # and where it acts for half a millisecond


def compare(network, *, dt, duration, seed=1, trial=0):
    """Assert equality of spikes and of all states of all cells; returns the naive result."""
    names = [(p.name, state) for p in network.populations for state in p.model.states if p.size]
    record = {"spikes": True, "traces": [{"population": p, "variable": s} for p, s in names]}
    simulation = Simulation(network, dt=dt, seed=seed, trial=trial, record=record)
    simulation.run(duration)
    ours = simulation.recording()
    naive = simulate(network, dt, duration, seed=seed, trial=trial)
    spikes = np.array(naive.spikes, dtype=np.int64).reshape(-1, 2)
    assert np.array_equal(ours.spikes.step, spikes[:, 0])
    assert np.array_equal(ours.spikes.gid, spikes[:, 1])
    for trace, (population, state) in zip(ours.traces, names, strict=True):
        expected = naive.traces[population][state][:-1]             # the engine samples at the beginning of steps
        assert trace.values.shape == expected.shape
        assert trace.values.tobytes() == expected.tobytes(), (population, state)
    return naive


def weights(model, sign=1):
    """A weight of each receptor of a model in its own unit; conductances are positive."""
    unit = CELL_MODELS[model].receptors["excitatory"][1]
    weight = BRIEF.get(model, WEIGHT[unit])
    return weight, (2 * weight if unit == "uS" else -2 * weight)


def having(model, parameters):
    """Those of the parameters that the model has."""
    return {name: value for name, value in (parameters or {}).items() if name in CELL_MODELS[model].parameters}


def recurrent(model, parameters=None, *, shortest=0.1):
    """Two populations driven by noise and by fixed trains, every connector once; shortest: smallest delay [ms]."""
    net = Network()
    exc, inh = weights(model)
    noise = net.population("noise", 12, "SpikeSourcePoisson", {"rate": 900.0, "start": 1.0, "duration": 15.0})
    train = net.population("train", 2, "SpikeSourceArray", {"spike_times": [[0.3, 3.0, 3.0, 7.25], [5.0, 12.04]]})
    a = net.population("a", 12, model, having(model, parameters), initial={"v": UniformDist(-65.0, -50.0)})
    b = net.population("b", 5, model, having(model, {"tau_refrac": 1.0, "tau_m": UniformDist(15.0, 25.0)}))
    net.project(noise, a, OneToOne(), weight=2 * exc, delay=shortest)
    net.project(noise, b, FixedProbability(0.4), weight=UniformDist(exc, 3 * exc), delay=1.0)
    net.project(train, a, AllToAll(), weight=4 * exc, delay=0.7)
    net.project(a, a, FixedNumberPre(4, allow_self=False), weight=exc, delay=UniformDist(0.2, 2.0))
    net.project(a, b, FixedNumberPost(4), weight=NormalDist(exc, 0.1 * exc, low=0.0), delay=1.5)
    net.project(b, a, FixedProbability(0.7), weight=inh, delay=0.3, receptor="inhibitory")
    net.project(b, b, FixedProbability(0.5, allow_self=False), weight=inh, delay=NormalDist(1.0, 0.5), receptor="inhibitory")
    net.project(b, a, FromList([0, 1, 1, 4], [3, 3, 3, 11], [exc, exc / 3, exc, 2 * exc], [0.5, 0.5, 0.5, 1.0]),
                weight=0.0, delay=1.0)
    return net


@pytest.mark.parametrize("model", CELLS)
@pytest.mark.parametrize("dt", [0.1, 0.25])
def test_recurrent_networks_of_every_cell_and_connector(model, dt):
    parameters = {"tau_refrac": 2.0, "i_offset": 0.3}
    naive = compare(recurrent(model, parameters, shortest=dt), dt=dt, duration=20.0, seed=3)
    firing = {gid for _, gid in naive.spikes if gid >= 14}
    assert len(firing) > 8                      # the comparison means something: most cells do fire


@pytest.mark.parametrize("seed", range(4))
def test_other_seeds_and_trials(seed):
    compare(recurrent("IF_curr_exp", {"tau_refrac": 0.0}), dt=0.1, duration=10.0, seed=seed, trial=seed + 1)


def test_all_models_in_one_network():
    """Batches of several models, populations in mixed order, sources in between."""
    net = Network()
    source = net.population("source", 3, "SpikeSourcePoisson", {"rate": [500.0, 0.0, 2000.0]})
    made = [net.population(f"{name} {k}", 3, name, having(name, {"tau_refrac": 0.3 * k})) for k in range(2) for name in CELLS]
    late = net.population("late", 2, "SpikeSourceArray", {"spike_times": [2.0, 4.0, 4.0]})
    for cell in made:
        exc, _ = weights(cell.model.name)
        net.project(source, cell, OneToOne(), weight=5 * exc, delay=0.2)
        net.project(source, cell, AllToAll(), weight=5 * exc, delay=0.4)
        net.project(late, cell, AllToAll(), weight=8 * exc, delay=0.1)
        for other in made:
            exc, _ = weights(other.model.name)
            net.project(cell, other, AllToAll(allow_self=False), weight=exc, delay=0.5)
    naive = compare(net, dt=0.1, duration=12.0)
    assert len({gid for _, gid in naive.spikes}) > 15


def test_poisson_sources_that_fire_several_times_a_step():
    net = Network()
    many = net.population("many", 3, "SpikeSourcePoisson", {"rate": 45_000.0})
    cell = net.population("cell", 3, "IF_curr_delta", {"v_thresh": -20.0})
    net.project(many, cell, OneToOne(), weight=0.1, delay=0.1)
    net.project(many, cell, AllToAll(), weight=0.05, delay=0.3)
    naive = compare(net, dt=0.1, duration=5.0)
    assert max(naive.spikes.count(spike) for spike in set(naive.spikes)) > 5


def test_a_network_of_nothing_and_a_network_of_one():
    net = Network()
    net.population("none", 0, "IF_curr_exp")
    simulation = Simulation(net, dt=0.1, seed=1)
    simulation.run(1.0)
    assert simulation.recording().statistics["n_spikes"] == 0
    net = Network()
    net.population("one", 1, "IF_cond_exp", {"i_offset": 5.0})
    assert len(compare(net, dt=0.1, duration=20.0).spikes) > 2


def test_two_runs_equal_one_of_the_sum():
    net = recurrent("IF_cond_exp", {"i_offset": 0.5})
    record = {"spikes": True, "traces": [{"population": "a", "variable": "v"}]}
    whole, parts = (Simulation(net, dt=0.1, seed=2, record=record) for _ in range(2))
    whole.run(15.0)
    for part in (0.1, 4.9, 0.0, 10.0):
        parts.run(part)
    one, two = whole.recording(), parts.recording()
    assert np.array_equal(one.spikes.step, two.spikes.step)
    assert np.array_equal(one.spikes.gid, two.spikes.gid)
    assert one.traces[0].values.tobytes() == two.traces[0].values.tobytes()
