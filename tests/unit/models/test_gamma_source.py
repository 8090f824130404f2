"""SpikeSourceInhGamma against the theory of renewal processes with a hazard that changes in time."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import gammaincc
from scipy.stats import gamma, kstest

from simcore.engine.simulation import Simulation, run_network
from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.models.cells import CELL_MODELS
from simcore.network import AllToAll, Network

DT = 0.01
CHANGING = {"a": [3.0, 1.0, 0.5, 6.0], "b": [0.01, 0.01, 0.02, 0.005], "tbins": [0.0, 210.0, 640.0, 1000.0]}


def network(n, parameters):
    net = Network()
    net.population("sources", n, "SpikeSourceInhGamma", parameters)
    return net


def trains(n, parameters, duration, seed=3, dt=DT):
    """Spike times [ms] of each source."""
    found = run_network(network(n, parameters), duration=duration, dt=dt, seed=seed, record={"spikes": True}).spikes
    times = (found.step + 1) * dt
    return [times[found.gid == i] for i in range(n)]


@pytest.mark.parametrize(("shape", "scale"), [(0.5, 0.02), (1.0, 0.01), (4.0, 0.005)])
def test_intervals_have_the_distribution_asked_for(shape, scale):
    """Kolmogorov and Smirnov, 60 sources; the grid adds at most a step."""
    intervals = np.concatenate([np.diff(t) for t in trains(60, {"a": [shape], "b": [scale]}, 2000.0)])
    assert intervals.size > 4000
    assert kstest(intervals + DT * np.random.default_rng(1).uniform(-0.5, 0.5, intervals.size),
                  gamma(shape, scale=1e3 * scale).cdf).pvalue > 0.01
    assert intervals.mean() == pytest.approx(1e3 * shape * scale, rel=0.05)
    assert intervals.std() / intervals.mean() == pytest.approx(shape**-0.5, rel=0.05)


def used_up(begin, end, parameters):
    """Hazard between a spike and the next one, by scipy, bin by bin."""
    edges = [*parameters["tbins"][1:], np.inf]
    total, now = 0.0, begin
    for a, b, edge in zip(parameters["a"], parameters["b"], edges, strict=True):
        until = min(edge, end)
        if until > now:
            total += np.log(gammaincc(a, (now - begin) / b / 1e3)) - np.log(gammaincc(a, (until - begin) / b / 1e3))
            now = until
    return total


def test_rescaled_by_their_hazard_intervals_are_exponential():
    """Brown et al. (2002): also those that span bins, and the first ones, which begin at time 0."""
    rescaled = [used_up(x - 0.5 * DT, y - 0.5 * DT, CHANGING) for t in trains(150, CHANGING, 1500.0)
                for x, y in zip([0.5 * DT, *t[:-1]], t, strict=True)]
    assert len(rescaled) > 8000
    assert kstest(rescaled, "expon").pvalue > 0.01


def test_the_rate_follows_the_bins():
    """1 / (a b) once a bin has lasted for some intervals."""
    times = np.concatenate(trains(300, CHANGING, 1500.0))
    for first, last, rate in ((100.0, 210.0, 1e3 / 30.0), (400.0, 640.0, 100.0), (800.0, 1000.0, 100.0), (1200.0, 1500.0, 1e3 / 30.0)):
        n = ((times > first) & (times <= last)).sum()
        expected = 300 * rate * 1e-3 * (last - first)
        assert n == pytest.approx(expected, abs=5.0 * np.sqrt(2.0 * expected))


def test_trains_begin_and_end_when_told():
    parameters = {"a": [2.0], "b": [0.002], "start": 100.0, "duration": 50.0}
    times = np.concatenate(trains(40, parameters, 300.0))
    assert 100.0 < times.min() < 101.0 and 149.0 < times.max() <= 150.0 + DT
    first = np.array([t[0] for t in trains(400, parameters, 300.0)]) - 100.0
    assert kstest(first, gamma(2.0, scale=2.0).cdf).pvalue > 0.01          # an interval of its own, from start on


@pytest.mark.parametrize("parts", [(0.1, 0.3, 7.6, 92.0, 100.0), (50.0,) * 4])
def test_how_a_run_is_cut_into_parts_has_no_say(parts):
    whole = run_network(network(9, CHANGING), duration=200.0, dt=0.1, seed=5, record={"spikes": True}).spikes
    simulation = Simulation(network(9, CHANGING), dt=0.1, seed=5, record={"spikes": True})
    for duration in parts:
        simulation.run(duration)
        simulation.refresh()
    found = simulation.recording().spikes
    assert found.step.tolist() == whole.step.tolist() and found.gid.tolist() == whole.gid.tolist()
    simulation.reset()
    simulation.run(200.0)
    assert simulation.recording().spikes.step.tolist() == whole.step.tolist()


def test_each_source_may_have_bins_of_its_own_and_none_depends_on_the_others():
    lists = {"a": [CHANGING["a"], [1.0]], "b": [CHANGING["b"], [0.01]], "tbins": [CHANGING["tbins"], [0.0]]}
    both, alone = trains(2, lists, 1500.0, dt=0.1), trains(1, CHANGING, 1500.0, dt=0.1)
    assert both[0].tolist() == alone[0].tolist()
    assert both[1].size != alone[0].size


def test_parameters_changed_between_runs_act_from_now_on_and_leave_the_past():
    """At 300 ms shape and scale change: what came before is the same; afterwards time-rescaling holds across the change."""
    slow, fast = {"a": [4.0], "b": [0.01], "tbins": [0.0]}, {"a": [2.0], "b": [0.003], "tbins": [0.0]}
    simulation = Simulation(network(200, slow), dt=DT, seed=7, record={"spikes": True})
    simulation.run(300.0)
    before = simulation.recording().spikes.step.tolist()
    simulation.network.populations[0].parameters.update(fast)
    simulation.refresh()
    simulation.run(100.0)
    found = simulation.recording().spikes
    assert found.step[found.step < 30000].tolist() == before
    times = (found.step + 1) * DT
    as_bins = {name: [*slow[name], *fast[name]] for name in ("a", "b")} | {"tbins": [0.0, 300.0]}
    rescaled = [used_up(x - 0.5 * DT, y - 0.5 * DT, as_bins) for i in range(200) for t in [times[found.gid == i]]
                for x, y in pairwise(t)]
    assert kstest(rescaled, "expon").pvalue > 0.01
    planned = run_network(network(200, as_bins), duration=400.0, dt=DT, seed=7, record={"spikes": True}).spikes
    assert np.mean(np.isin(planned.step * 200 + planned.gid, found.step * 200 + found.gid)) > 0.999


def test_its_spikes_reach_cells():
    net = network(20, {"a": [3.0], "b": [0.002]})
    cells = net.population("cells", 2, "IF_curr_exp")
    net.project(net.populations[0], cells, AllToAll(), weight=0.3, delay=1.0)
    found = run_network(net, duration=200.0, dt=0.1, seed=1, record={"spikes": {"cells": True}}).spikes
    assert found.gid.size > 4


@pytest.mark.parametrize(("parameters", "said"), [
    ({"a": [1.0, 2.0]}, "one value for each bin"), ({"a": [], "b": [], "tbins": []}, "at least one"),
    ({"a": [1.0] * 2, "b": [1.0] * 2, "tbins": [5.0, 5.0]}, "tbins must ascend"),
    ({"b": [float("nan")]}, "be finite"), ({"b": [1e-6]}, "at least a time step")])
def test_wrong_bins_are_refused(parameters, said):
    with pytest.raises(ConfigurationError, match=said):
        Simulation(network(2, parameters), dt=0.1, seed=1)


def test_a_shape_near_zero_is_refused():
    with pytest.raises(InvalidParameterValueError, match=r"a must be >= 0\.1, got 0\.05"):
        CELL_MODELS["SpikeSourceInhGamma"].complete({"a": [0.05]})
