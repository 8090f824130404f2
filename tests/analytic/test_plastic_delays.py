"""Delays of plastic projections that change while spikes are under way: each spike keeps the one that it was sent with.

The naive twin has every pair of spikes of a connection in lists; without bounds and with additive rules the order of changes
does not matter, and the weight is a sum over all pairs.
"""

import math

import numpy as np
import pytest

from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError
from simcore.network import STDP, AllToAll, Network, OneToOne, TsodyksMarkram

DT = 0.1
N_PRE, N_POST = 3, 2
FIRST = np.array([20, 5, 12, 5, 20, 33])                # steps, by (source, target)
SECOND = np.array([20, 5, 40, 9, 3, 1])                 # unchanged, unchanged, longer, longer, shorter, shorter
THIRD = np.array([7, 7, 7, 7, 7, 7])
CHANGES = ((0, FIRST), (400, SECOND), (412, THIRD), (900, SECOND))


def network(dynamics, delays=FIRST, seed=1):
    """Sources onto cells that fire when told to; returns the network, the projection and all spike steps."""
    rng = np.random.default_rng(seed)
    pre, post = ([np.unique(rng.integers(10, 1400, n)) for _ in range(k)] for n, k in ((90, N_PRE), (70, N_POST)))
    net = Network()
    sources = net.population("pre", N_PRE, "SpikeSourceArray", {"spike_times": [list((s + 1) * DT) for s in pre]})
    teacher = net.population("teacher", N_POST, "SpikeSourceArray", {"spike_times": [list(s * DT) for s in post]})
    cells = net.population("post", N_POST, "IF_curr_delta", {"tau_m": 1e9, "v_rest": 0.0, "v_reset": 0.0, "v_thresh": 10.0})
    net.project(teacher, cells, OneToOne(), weight=1000.0, delay=DT)
    projection = net.project(sources, cells, AllToAll(), weight=5e-6, delay=delays * DT, dynamics=dynamics)
    return net, projection, pre, post


def run(dynamics, changes=CHANGES, look=(), max_delay=4.0):
    """The simulation after 160 ms; look: steps at which weights are read on the way, which must not matter."""
    net, projection, pre, post = network(dynamics, changes[0][1])
    simulation = Simulation(net, dt=DT, seed=1, max_delay=max_delay, record={"spikes": {"post": True}, "traces": [
        {"population": "post", "variable": "v"}]})
    stops = dict(changes)
    for step in sorted({*stops, *look, 1600}):
        simulation.run(step * DT - simulation.now)
        if step in stops and step:
            simulation.set_delays(projection, stops[step] * DT)
        simulation.connections(projection)
    fired = simulation.recording().spikes
    first = net.find("post").first_gid
    assert all(np.array_equal(fired.step[fired.gid == first + j], post[j]) for j in range(N_POST)), "cells fire as told"
    return simulation, projection, pre, post


def sent(pre, number, changes=CHANGES):
    """(step, delay) of the spikes of a connection, in the order of their arrival."""
    starts = [start for start, _ in changes]
    spikes = [(int(p), int(changes[np.searchsorted(starts, p, "right") - 1][1][number])) for p in pre]
    return sorted(spikes, key=lambda s: (s[0] + s[1], s[0]))


def naive_weight(spikes, post, rule, w):
    """Potentiation first, then depression, at each arrival; then what comes after it but was done with already."""
    f = rule.dendritic_delay_fraction
    plus, minus = rule.exponents
    span, done, arrived = rule.w_max - rule.w_min, -math.inf, []

    def later(q, p, d):
        """How much later [ms] a postsynaptic spike is than a presynaptic one, at the synapse."""
        return round((q + f * d - p - (1.0 - f) * d) * DT, 9)

    def raised(w, q, those):
        trace = sum(math.exp(-later(q, *s) / rule.tau_plus) for s in those if later(q, *s) > 0.0)
        size = rule.w_max if plus == 0 else span * ((rule.w_max - w) / span) ** plus
        return min(rule.w_max, w + rule.A_plus * size * trace)

    for p, d in [*spikes, (10**6, 1)]:
        now = [q for q in post if later(q, p, d) <= 0.0 and (f or q < p + d)]      # with f = 0 deliveries come first
        for q in now:
            w = raised(w, q, arrived) if q > done else w
        trace = sum(math.exp(later(q, p, d) / rule.tau_minus) for q in post if later(q, p, d) < 0.0)
        size = rule.w_max if minus == 0 else span * ((w - rule.w_min) / span) ** minus
        w = max(rule.w_min, w - rule.A_minus * size * trace)
        for q in post:
            w = raised(w, q, [(p, d)]) if q not in now and q <= done else w
        arrived.append((p, d))
        done = max([done, *now])
    return w


def rule_of(dependence, fraction, w_max=9e-6, A=0.002):
    return STDP(17.0, 29.0, 0.0, w_max, A, 1.1 * A, dependence, 0.4, 0.7, fraction)


@pytest.mark.parametrize(("dependence", "fraction"), [("additive", 0.0), ("additive", 1.0), ("multiplicative", 0.3),
                                                      ("multiplicative", 1.0), ("gutig", 0.0), ("gutig", 0.5), ("gutig", 1.0)])
def test_every_spike_keeps_its_delay_in_all_its_pairs(dependence, fraction):
    rule = rule_of(dependence, fraction)
    simulation, projection, pre, post = run((rule,))
    c = simulation.connections(projection)
    expected = [naive_weight(sent(pre[i], k), post[j], rule, 5e-6)
                for k, (i, j) in enumerate(zip(c.pre, c.post, strict=True))]
    assert np.allclose(c.weight, expected, rtol=1e-11, atol=0.0)
    assert np.abs(c.weight - 5e-6).min() > 1e-8 and np.array_equal(np.round(c.delay / DT), SECOND)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_histories_may_fill_up_at_any_time(fraction):
    """Short delays leave room for 32 postsynaptic spikes, of 70: what is under way finds all that it needs."""
    rule, changes = rule_of("gutig", fraction), tuple((step, delays // 8 + 1) for step, delays in CHANGES)
    simulation, projection, pre, post = run((rule,), changes, max_delay=0.6)
    c = simulation.connections(projection)
    expected = [naive_weight(sent(pre[i], k, changes), post[j], rule, 5e-6)
                for k, (i, j) in enumerate(zip(c.pre, c.post, strict=True))]
    assert np.allclose(c.weight, expected, rtol=1e-11, atol=0.0)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_without_bounds_the_weight_is_the_sum_over_all_pairs(fraction):
    rule = STDP(17.0, 29.0, 0.0, 1.0, 1e-8, 0.7e-8, "additive", dendritic_delay_fraction=fraction)
    simulation, projection, pre, post = run((rule,))
    c = simulation.connections(projection)
    for k, (i, j) in enumerate(zip(c.pre, c.post, strict=True)):
        p, d = np.array(sent(pre[i], k)).T[:, :, None]
        later = np.round((post[j] + fraction * d - p - (1.0 - fraction) * d) * DT, 9)
        change = np.where(later > 0, 1e-8 * np.exp(-later / 17.0), 0.0) - np.where(later < 0, 0.7e-8 * np.exp(later / 29.0), 0.0)
        assert c.weight[k] == pytest.approx(5e-6 + change.sum(), rel=1e-10)


@pytest.mark.parametrize("dynamics", [(rule_of("gutig", 1.0),), (TsodyksMarkram(0.4, 80.0, 30.0, 3.0),),
                                      (rule_of("gutig", 0.3), TsodyksMarkram(0.4, 80.0, 0.0, 3.0))])
def test_a_connection_whose_delay_stays_knows_nothing_of_the_others(dynamics):
    """Neither do reading weights on the way, and setting the delays that there are, change a bit."""
    changed, projection, *_ = run(dynamics, ((0, FIRST), (400, SECOND), (412, FIRST), (900, SECOND)), look=range(390, 460, 7))
    left, same, *_ = run(dynamics, ((0, FIRST), (400, FIRST)))
    ours, theirs = changed.connections(projection), left.connections(same)
    assert ours.weight[:2].tobytes() == theirs.weight[:2].tobytes()
    short = isinstance(dynamics[-1], TsodyksMarkram)
    for name in ("u", "x", "y") if short else ():
        a, b = (np.broadcast_to(s.synapse_state(p, name), 6) for s, p in ((changed, projection), (left, same)))
        assert a[:2].tobytes() == b[:2].tobytes()
    assert (len(dynamics) == 1 and short) or (ours.weight[2:] != theirs.weight[2:]).all()


def weight_read(before, after, *, look=False, set_weights=False, fraction=1.0):
    """Weights of two connections, 1.5 ms after their delays [steps] changed and at the end."""
    net = Network()
    pre = net.population("pre", 2, "SpikeSourceArray", {"spike_times": [[30.1, 40.2], [30.1, 39.9]]})
    teacher = net.population("teacher", 2, "SpikeSourceArray", {"spike_times": [[38.0, 39.0, 40.5, 45.0]] * 2})
    cells = net.population("post", 2, "IF_curr_delta", {"tau_m": 1e9, "v_rest": 0.0, "v_reset": 0.0, "v_thresh": 10.0})
    net.project(teacher, cells, OneToOne(), weight=1000.0, delay=DT)
    projection = net.project(pre, cells, OneToOne(), weight=5e-6, delay=np.array(before) * DT,
                             dynamics=(rule_of("gutig", fraction, A=0.02),))
    simulation = Simulation(net, dt=DT, seed=1, max_delay=4.0)
    simulation.run(40.0)
    if look:
        simulation.connections(projection)
    simulation.set_delays(projection, np.array(after) * DT)
    simulation.run(1.5)
    read = simulation.connections(projection).weight.copy()
    if set_weights:
        simulation.set_weights(projection, 5e-6)
    simulation.run(30.0)
    return read, simulation.connections(projection).weight


@pytest.mark.parametrize("fraction", [0.8, 1.0])
def test_reading_weights_before_delays_grow_changes_nothing(fraction):
    (_, left), (_, looked) = (weight_read((1, 1), (40, 40), look=look, fraction=fraction) for look in (False, True))
    assert left.tobytes() == looked.tobytes()


@pytest.mark.parametrize("set_weights", [False, True])
def test_what_is_under_way_to_another_cell_holds_nothing_up(set_weights):
    """Another cell may be on another rank: weights read or set in between are the same."""
    ours, theirs = (weight_read((1, d), (1, 1), set_weights=set_weights) for d in (40, 1))
    assert [w[0] for w in ours] == [w[0] for w in theirs]


def test_release_is_in_the_order_of_firing_and_arrives_when_it_was_to():
    rule = TsodyksMarkram(0.4, 80.0, 30.0, 3.0)
    net = Network()
    times = [10.0, 12.0, 13.0, 13.1, 14.0, 30.0]
    pre = net.population("pre", 1, "SpikeSourceArray", {"spike_times": times})
    post = net.population("post", 1, "IF_curr_delta", {"tau_m": 1e12, "v_rest": 0.0, "v_thresh": 1e9})
    projection = net.project(pre, post, OneToOne(), weight=1.0, delay=2.0, dynamics=(rule,))

    def jumps(change):
        simulation = Simulation(net, dt=DT, seed=1, record={"traces": [{"population": "post", "variable": "v"}]})
        simulation.run(13.0)
        if change:
            simulation.set_delays(projection, 0.3)
        simulation.run(25.0)
        return np.diff(simulation.recording().traces[0].values[:, 0])

    before, after = jumps(False), jumps(True)
    released = before[before > 1e-9]
    assert np.flatnonzero(before > 1e-9).tolist() == [round((t + 2.0) / DT) - 1 for t in times]
    delays = [2.0, 2.0, 2.0, 0.3, 0.3, 0.3]
    at = [round((t + d) / DT) - 1 for t, d in zip(times, delays, strict=True)]
    assert np.allclose(after[at], released, rtol=1e-9) and np.count_nonzero(after > 1e-9) == len(times)


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_reset_forgets_what_was_under_way(fraction):
    net, projection, _, _ = network((rule_of("gutig", fraction), TsodyksMarkram(tau_psc=3.0)))
    simulation = Simulation(net, dt=DT, seed=1, max_delay=4.0)
    fresh = Simulation(net, dt=DT, seed=1)
    fresh.set_delays(projection, SECOND * DT)
    simulation.run(70.0)
    simulation.set_delays(projection, SECOND * DT)
    simulation.run(3.0)
    simulation.reset()
    for each in (simulation, fresh):
        each.run(100.0)
    ours, theirs = simulation.connections(projection), fresh.connections(projection)
    assert ours.weight.tobytes() == theirs.weight.tobytes() and np.array_equal(ours.delay, theirs.delay)
    assert np.array_equal(simulation.synapse_state(projection, "x"), np.broadcast_to(fresh.synapse_state(projection, "x"), 6))


def test_delays_do_not_grow_beyond_what_is_remembered():
    net, projection, _, _ = network((STDP(),))
    simulation = Simulation(net, dt=DT, seed=1)
    simulation.run(50.0)
    with pytest.raises(ConfigurationError, match=r"up to max_delay of the simulation \(0 ms\), got 3.4 ms"):
        simulation.set_delays(projection, (FIRST + 1) * DT)
    simulation.set_delays(projection, np.minimum(FIRST, 4) * DT)
    assert simulation.connections(projection).delay.max() == pytest.approx(0.4)
