"""What may be changed between two runs, and that it acts at once and on nothing else."""

import numpy as np
import pytest

from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError, NonExistentParameterError
from simcore.network import STDP, AllToAll, FixedProbability, Network, OneToOne
from simcore.parameters import UniformDist
from tests.mpi.networks import RECORD, digest, everything

DT = 0.1
QUIET = {"tau_m": 1e12, "v_rest": 0.0, "v_reset": 0.0, "v_thresh": 1e9}


def pulses(n=2, weight=1.0, connector=None, **projection):
    """Two sources that fire every ms onto cells that only add up."""
    net = Network()
    pre = net.population("pre", 2, "SpikeSourceArray", {"spike_times": list(np.arange(1.0, 50.0))})
    post = net.population("post", n, "IF_curr_delta", QUIET)
    made = net.project(pre, post, connector or AllToAll(), weight=weight, delay=0.5, **projection)
    return Simulation(net, dt=DT, seed=1, record={"traces": [{"population": "post", "variable": "v"}]}), made, post


def v(simulation, post):
    return simulation.state(post, "v")[1]


def test_a_weight_that_all_share_is_set_at_once():
    simulation, projection, post = pulses()
    simulation.run(10.0)
    assert np.allclose(v(simulation, post), 2 * 9)
    simulation.set_weights(projection, 0.5)
    simulation.run(10.0)
    assert np.allclose(v(simulation, post), 2 * 9 + 10)


def test_weights_are_set_one_by_one_in_the_order_they_are_read():
    simulation, projection, post = pulses(3)
    c = simulation.connections(projection)
    assert list(zip(c.pre, c.post, strict=True)) == [(i, j) for i in range(2) for j in range(3)]
    simulation.set_weights(projection, np.array([1.0, 2.0, 3.0, 10.0, 20.0, 30.0]))
    assert simulation.connections(projection).weight.tolist() == [1.0, 2.0, 3.0, 10.0, 20.0, 30.0]
    simulation.run(2.0)
    assert np.allclose(v(simulation, post), [11.0, 22.0, 33.0])


def test_delays_are_set_before_the_first_step():
    simulation, projection, post = pulses(3, connector=FixedProbability(1.0), weight=UniformDist(1.0, 2.0))
    weights = simulation.connections(projection).weight
    simulation.set_delays(projection, np.array([0.1, 0.5, 0.9, 0.1, 0.5, 0.9]))
    c = simulation.connections(projection)
    assert np.allclose(c.delay, [0.1, 0.5, 0.9, 0.1, 0.5, 0.9])
    assert np.array_equal(c.weight, weights), "a weight stays with its pair"
    simulation.run(1.6)
    assert np.allclose(v(simulation, post) > 0.0, [True, True, False])


@pytest.mark.parametrize("model", ["IF_curr_delta", "IF_curr_exp"])         # weights are given to step, or added to a state
@pytest.mark.parametrize("new", [0.1, 0.3, 2.4, 7.0])
def test_spikes_under_way_keep_the_delay_that_they_were_sent_with(model, new):
    net = Network()
    pre = net.population("pre", 1, "SpikeSourceArray", {"spike_times": [1.0, 2.0, 3.0, 6.0]})
    other = net.population("other", 1, "SpikeSourceArray", {"spike_times": [2.9]})
    slow = {"tau_syn_E": 1e12} if model == "IF_curr_exp" else QUIET
    post = net.population("post", 1, model, slow)
    projection = net.project(pre, post, AllToAll(), weight=1.0, delay=2.5)
    net.project(other, post, AllToAll(), weight=100.0, delay=0.3)
    simulation = Simulation(net, dt=DT, seed=1)
    received = "isyn_exc" if model == "IF_curr_exp" else "v"

    def arrivals(end):
        times, before = [], simulation.state(post, received)[1][0]
        while simulation.now < end - 1e-9:
            simulation.run(DT)
            after = simulation.state(post, received)[1][0]
            times += [(round(after - before), round(simulation.now, 1))] if after - before > 0.5 else []
            before = after
        return times

    begun = arrivals(3.0)
    simulation.set_delays(projection, 1.5)
    first = arrivals(3.2)
    simulation.set_delays(projection, new)                  # twice, with spikes of both under way
    assert begun + first + arrivals(15.0) == sorted(
        [(100, 3.2), (1, 3.5), (1, 4.5), (1, 5.5), (1, round(6.0 + new, 1))], key=lambda a: a[1])
    simulation.reset()
    assert [t for n, t in arrivals(15.0) if n == 1] == [round(t + new, 1) for t in (1.0, 2.0, 3.0, 6.0)]


def test_wrong_delays_change_nothing_also_with_spikes_under_way():
    (simulation, projection, post), (undisturbed, _, other) = pulses(), pulses()
    for each in (simulation, undisturbed):
        each.run(1.2)
    with pytest.raises(ConfigurationError, match="at least one step"):
        simulation.set_delays(projection, 0.01)
    with pytest.raises(ConfigurationError, match="one number or 4"):
        simulation.set_delays(projection, np.ones(3))
    for each in (simulation, undisturbed):
        each.run(0.8)
    assert v(simulation, post).min() > 1.9 and np.array_equal(v(simulation, post), v(undisturbed, other))


def test_private_input_under_way_keeps_its_delay():
    net = Network()
    noise = net.population("noise", 1, "SpikeSourcePoisson", {"rate": 200.0})
    cells = net.population("post", 1, "IF_curr_delta", QUIET)
    projection = net.project(noise, cells, OneToOne(), weight=1.0, delay=0.5)
    record = {"spikes": {"noise": True}, "traces": [{"population": "post", "variable": "v"}]}
    simulation = Simulation(net, dt=DT, seed=1, record=record)
    for delay in (2.0, 0.1):
        simulation.run(100.0)
        simulation.set_delays(projection, delay)
    assert simulation.connections(projection).delay.tolist() == [0.1]
    simulation.run(100.0)
    sent = simulation.recording().spikes.step + 1
    arrives = np.sort(sent + np.where(sent <= 1000, 5, np.where(sent <= 2000, 20, 1)))
    jumps = np.round(np.diff(simulation.recording().traces[0].values[:, 0])).astype(int)
    assert np.repeat(np.arange(1, jumps.size + 1), jumps).tolist() == arrives[arrives < 3000].tolist() and sent.size > 40


def test_private_input_can_be_weighted_anew():
    net = Network()
    noise = net.population("noise", 3, "SpikeSourcePoisson", {"rate": 5000.0})
    cells = net.population("post", 3, "IF_curr_delta", QUIET)
    projection = net.project(noise, cells, OneToOne(), weight=1.0, delay=0.1)
    simulation = Simulation(net, dt=DT, seed=1)
    simulation.run(10.0)
    before = v(simulation, cells)
    simulation.set_weights(projection, np.array([0.0, 1.0, 2.0]))
    assert simulation.connections(projection).weight.tolist() == [0.0, 1.0, 2.0]
    simulation.run(10.0)
    assert abs((v(simulation, cells) - before)[0]) < 1e-6
    simulation.reset()
    noise.parameters["rate"] = 0.0
    simulation.refresh()
    simulation.run(10.0)
    assert np.abs(v(simulation, cells)).max() < 1e-6


def test_parameters_of_cells_and_sources_act_at_once():
    simulation, _, post = pulses()
    simulation.run(5.0)
    post.parameters["i_offset"] = [0.0, 2.0]
    simulation.network.find("pre").parameters["spike_times"] = [7.0]
    simulation.refresh()
    before = v(simulation, post)
    simulation.run(5.0)
    gained = v(simulation, post) - before
    # the spike fired at 5.0 ms is under way and still arrives
    assert np.allclose(gained, [2 * 2, 2 * 2 + 2.0 * 5.0], atol=1e-6)


def test_states_can_be_read_and_set():
    simulation, _, post = pulses(3)
    simulation.set_state(post, "v", [1.0, 2.0, 3.0])
    assert v(simulation, post).tolist() == [1.0, 2.0, 3.0]
    simulation.set_state(post, "v", UniformDist(5.0, 6.0))
    assert np.ptp(v(simulation, post)) > 0.0
    assert ((v(simulation, post) >= 5.0) & (v(simulation, post) < 6.0)).all()
    with pytest.raises(NonExistentParameterError, match="has no state 'vm'"):
        simulation.set_state(post, "vm", 0.0)


def test_reset_gives_the_same_run_again():
    simulation = Simulation(everything(20), dt=DT, seed=3, record=RECORD)
    simulation.run(20.0)
    first = digest(simulation.recording())
    weights = [simulation.connections(p).weight for p in simulation.network.projections]
    simulation.reset()
    assert simulation.now == 0.0
    simulation.run(20.0)
    assert digest(simulation.recording()) == first
    for projection, expected in zip(simulation.network.projections, weights, strict=True):
        assert np.array_equal(simulation.connections(projection).weight, expected)


def test_reset_brings_back_plastic_weights_as_they_were_set():
    simulation, projection, _ = pulses(weight=0.5, dynamics=(STDP(A_minus=0.2),))
    simulation.set_weights(projection, 0.6)
    simulation.run(20.0)
    simulation.set_state(simulation.network.find("post"), "v", 2e9)
    simulation.run(20.0)
    assert (simulation.connections(projection).weight != 0.6).all()
    simulation.reset()
    assert (simulation.connections(projection).weight == 0.6).all()


def test_reading_weights_changes_nothing():
    digests = []
    for every in (20.0, 1.0):
        simulation = Simulation(everything(20), dt=DT, seed=3, record=RECORD)
        for _ in range(int(20.0 / every)):
            simulation.run(every)
            for projection in simulation.network.projections:
                simulation.connections(projection)
        digests.append(digest(simulation.recording()))
    assert digests[0] == digests[1]


def test_recording_begun_later_says_when():
    simulation, _, _ = pulses()
    simulation.run(2.35 - 0.05)
    simulation.record({"spikes": {"post": True}, "traces": [{"population": "post", "variable": "v", "interval": 0.5}]})
    simulation.run(2.0)
    late = simulation.recording().traces[1]
    assert (late.first_time, late.values.shape) == (2.5, (4, 2))
    assert np.array_equal(late.values, simulation.recording().traces[0].values[25:43:5])
    simulation.clear_recordings()
    simulation.run(1.0)
    assert simulation.recording().traces[1].values.shape == (2, 2)
    assert simulation.recording().traces[1].first_time == 4.5


@pytest.mark.parametrize("wrong", [-1.0, np.inf, np.nan])
def test_the_longest_delay_to_come_is_a_time(wrong):
    with pytest.raises(ConfigurationError, match=f"max_delay must be >= 0 ms and finite, got {wrong:g} ms"):
        Simulation(Network(), dt=DT, seed=1, max_delay=wrong)
