"""Projections: reading, setting, saving connections."""

import numpy as np
import pytest

from simcore.api import pynn as sim


@pytest.fixture
def pair(world):
    """A population of 2 × 2 source cells and one of 3 target cells."""
    return (sim.Population((2, 2), sim.SpikeSourceArray, {"spike_times": [1.0]}, label="pre"),
            sim.Population(3, sim.IF_cond_exp, label="post"))


def weights(n):
    return [0.01 * (k + 1) for k in range(n)]


def test_all_connections_are_gathered_in_order(pair):
    pre, post = pair
    prj = sim.Projection(pre, post, sim.AllToAllConnector(weights=weights(12), delays=0.5))
    assert prj.label == "pre→post"
    assert prj.size() == 12 and prj.size(gather=False) == len(prj) == 4 * post.local_size
    assert prj.getWeights() == weights(12) and prj.getDelays() == [0.5] * 12
    assert np.array_equal(prj.getWeights(format="array"), np.reshape(weights(12), (4, 3)))
    local = prj.getWeights(gather=False)
    assert len(local) == len(prj) and set(local) <= set(weights(12))
    array = prj.getWeights("array", gather=False)
    assert np.array_equal(np.isnan(array), np.broadcast_to(~post.local_mask, (4, 3)))
    with pytest.raises(ValueError, match="format"):
        prj.getWeights("tuple")


def test_missing_pairs_are_nan_and_several_of_a_pair_are_summed(pair):
    rows = [((0, 0), (1,), 0.1, 0.5), ((0, 0), (1,), 0.2, 0.3), ((1, 1), (2,), 0.4, 1.0)]
    prj = sim.Projection(*pair, sim.FromListConnector(rows))
    array = prj.getWeights("array")
    assert np.isfinite(array).sum() == 2 and array[0, 1] == pytest.approx(0.3) and array[3, 2] == 0.4
    assert prj.getDelays() == [0.3, 0.5, 1.0] and prj.getWeights() == [0.2, 0.1, 0.4]


def test_weights_are_set_from_a_number_a_list_or_a_matrix(pair):
    prj = sim.Projection(*pair, sim.AllToAllConnector(weights=0.1))
    prj.setWeights(0.25)
    assert prj.getWeights() == [0.25] * 12
    prj.setWeights(weights(12))
    assert prj.getWeights() == weights(12)
    matrix = np.arange(12.0).reshape(4, 3)
    prj.setWeights(matrix)
    assert np.array_equal(prj.getWeights("array"), matrix)
    prj.setWeights(np.array(prj.getWeights(gather=False)) + 1.0)
    assert np.array_equal(prj.getWeights("array"), matrix + 1.0)
    prj.setDelays(matrix / 2 + 0.5)
    assert np.array_equal(prj.getDelays("array"), matrix / 2 + 0.5)
    for wrong in (weights(13), matrix.T, np.full((4, 3), np.nan)):
        with pytest.raises((sim.InvalidDimensionsError, sim.InvalidParameterValueError)):
            prj.setWeights(wrong)


def test_what_was_set_stays_when_the_network_grows(pair):
    prj = sim.Projection(*pair, sim.AllToAllConnector(weights=0.1))
    prj.setWeights(weights(12))
    prj.setDelays(2.0)
    sim.Projection(*pair, sim.AllToAllConnector(weights=0.1))
    assert prj.getWeights() == weights(12) and prj.getDelays() == [2.0] * 12


def test_weights_of_the_wrong_sign_are_refused(pair):
    pre, post = pair
    curr = sim.Population(2, sim.IF_curr_exp)
    for target, cells, wrong in (("excitatory", post, -0.1), ("inhibitory", post, -0.1), ("excitatory", curr, -0.1),
                                 ("inhibitory", curr, 0.1)):
        with pytest.raises(sim.InvalidWeightError):
            sim.Projection(pre, cells, sim.AllToAllConnector(weights=wrong), target=target)
        prj = sim.Projection(pre, cells, sim.AllToAllConnector(), target=target)
        with pytest.raises(sim.InvalidWeightError):
            prj.setWeights(wrong)


def test_weights_and_delays_of_lists_are_checked_too(pair):
    pre, post = pair
    for cells in (post, pre), (post.view([2, 0]), pre.view([3, 1])):
        for row, error in (((0, 1, -0.1, 1.0), sim.InvalidWeightError), ((0, 1, 0.1, 0.01), sim.ConnectionError),
                           ((0, 1, 0.1, 11.0), sim.ConnectionError), ((0, 1, np.nan, 1.0), sim.InvalidWeightError)):
            with pytest.raises(error):
                sim.Projection(cells[1], cells[0], sim.FromListConnector([row]))


def test_values_that_are_no_numbers_are_refused_and_distributions_are_drawn_elsewhere(pair):
    prj = sim.Projection(*pair, sim.AllToAllConnector(weights=0.1))
    for wrong in ("x", ["a"] * 12):
        with pytest.raises(sim.InvalidParameterValueError, match="a number, a list or a matrix"):
            prj.setWeights(wrong)
    with pytest.raises(sim.InvalidParameterValueError, match="randomize"):
        prj.setDelays(sim.RandomDistribution("uniform", [1.0, 2.0]))
    assert prj.getWeights() == [0.1] * 12


def test_delays_outside_the_limits_are_refused(pair):
    for wrong in (0.05, 10.5, [0.05] * 12):
        with pytest.raises(sim.ConnectionError, match="min_delay"):
            sim.Projection(*pair, sim.AllToAllConnector(delays=wrong))
    prj = sim.Projection(*pair, sim.AllToAllConnector())
    for wrong in (11.0, float("nan"), [0.5] * 11 + [np.nan]):
        with pytest.raises(sim.ConnectionError, match="min_delay"):
            prj.setDelays(wrong)
    assert prj.getDelays() == [0.1] * 12, "None is the smallest delay"


def test_drawn_weights_and_delays_are_looked_at(pair):
    with pytest.raises(sim.InvalidWeightError, match="boundaries"):
        sim.Projection(*pair, sim.AllToAllConnector(weights=sim.RandomDistribution("normal", [0.1, 0.1])))
    sim.Projection(*pair, sim.AllToAllConnector(weights=sim.RandomDistribution("normal", [0.1, 0.1], boundaries=(0.0, 1.0))))
    prj = sim.Projection(*pair, sim.AllToAllConnector(delays=sim.RandomDistribution("uniform", [9.0, 30.0])))
    with pytest.raises(sim.ConnectionError, match="max_delay"):
        prj.getWeights()


def test_what_cannot_be_connected_is_named(pair):
    pre, post = pair
    for args, kwargs in (((post, pre, sim.AllToAllConnector()), {}), ((pre, post, sim.AllToAllConnector()), {"target": "gaba"}),
                         ((pre, post, "all"), {}), ((pre, 3, sim.AllToAllConnector()), {}),
                         ((pre, post, sim.AllToAllConnector()), {"source": "dendrite"})):
        with pytest.raises(sim.ConnectionError):
            sim.Projection(*args, **kwargs)
    with pytest.raises(sim.InvalidModelError):
        sim.Projection(pre, post, sim.AllToAllConnector(), synapse_dynamics="stdp")


def test_random_weights_are_draws_in_order_for_any_number_of_ranks(pair):
    prj = sim.Projection(*pair, sim.AllToAllConnector())
    prj.randomizeWeights(sim.RandomDistribution("uniform", [0.0, 1.0], rng=sim.NumpyRNG(seed=5)))
    assert prj.getWeights() == np.random.RandomState(5).uniform(0.0, 1.0, 12).tolist()
    prj.randomizeDelays(sim.RandomDistribution("uniform", [1.0, 2.0], rng=sim.NumpyRNG(seed=6)))
    assert np.allclose(prj.getDelays(), np.round(np.random.RandomState(6).uniform(1.0, 2.0, 12), 1))


def test_the_rng_chooses_the_pairs(world):
    p = sim.Population(30, sim.IF_curr_exp)
    arrays = [sim.Projection(p, p, sim.FixedProbabilityConnector(0.3, weights=1.0), rng=sim.NumpyRNG(seed=s)).getWeights("array")
              for s in (1, 2)]
    assert not np.array_equal(*(np.isnan(a) for a in arrays))
    assert 150 < np.isfinite(arrays[0]).sum() < 390


def test_the_histogram_counts_all_weights(pair):
    prj = sim.Projection(*pair, sim.AllToAllConnector(weights=weights(12)))
    counts, edges = prj.weightHistogram()
    assert counts.sum() == 12 and len(edges) == 11 and edges[0] == min(weights(12)) and edges[-1] == max(weights(12))
    counts, edges = prj.weightHistogram(min=0.0, max=0.05, nbins=5)
    assert counts.tolist() == np.histogram(weights(12), 5, (0.0, 0.05))[0].tolist()


def test_saved_connections_are_read_again_with_all_digits(pair, folder):
    pre, post = pair
    rng = sim.NumpyRNG(seed=8)
    prj = sim.Projection(pre, post, sim.FixedProbabilityConnector(
        0.7, weights=sim.RandomDistribution("uniform", [0.1, 0.2], rng=rng), delays=1.3), rng=rng)
    for gather in (True, False):
        name = str(folder / f"connections{gather}.txt")
        prj.saveConnections(name, gather=gather)
        _wait()
        again = sim.Projection(pre, post, sim.FromFileConnector(name, distributed=not gather and sim.num_processes() > 1))
        assert np.array_equal(again.getWeights("array"), prj.getWeights("array"), equal_nan=True)
        assert again.getDelays() == prj.getDelays()
        _wait()
    prj.saveConnections(str(folder / "ids.txt"), compatible_output=False)
    _wait()
    line = (folder / "ids.txt").read_text().splitlines()[0].split("\t")
    assert int(line[0]) < 4 <= int(line[1]) < 7
    assert (folder / "connectionsTrue.txt").read_text().startswith("pre[0, 0]\tpost[")


def test_printed_weights(pair, folder):
    prj = sim.Projection(*pair, sim.FromListConnector([((0, 0), (1,), 0.1, 0.5), ((1, 1), (2,), 0.4, 1.0)]))
    prj.printWeights(str(folder / "list.txt"))
    prj.printWeights(str(folder / "array.txt"), format="array")
    _wait()
    assert (folder / "list.txt").read_text() == "0.1\n0.4\n"
    assert np.loadtxt(folder / "array.txt").tolist() == np.nan_to_num(prj.getWeights("array")).tolist()


def test_changed_weights_act_in_the_next_run(world):
    source = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [1.0, 11.0]})
    cell = sim.Population(1, sim.IF_cond_exp)
    prj = sim.Projection(source, cell, sim.OneToOneConnector(weights=0.0, delays=1.0))
    cell.record_gsyn()
    sim.run(10.0)
    prj.setWeights(0.5)
    sim.run(10.0)
    g = cell.get_gsyn()
    assert g[:101, 2].max() == 0.0 and g[:, 2].max() == pytest.approx(0.5)
    assert g[g[:, 2].argmax(), 1] == pytest.approx(12.0)
    sim.reset()
    assert prj.getWeights() == [0.5]


def test_views_are_connected_and_count_their_own_cells(world):
    p = sim.Population((2, 3), sim.IF_curr_exp, label="p")
    part = p.view([5, 0, 3])
    prj = sim.Projection(part, part, sim.AllToAllConnector(allow_self_connections=False, weights=0.1))
    assert prj.size() == 6 and prj.getWeights("array").shape == (3, 3)
    assert np.isnan(prj.getWeights("array").diagonal()).all()
    assert sim.Projection(part, p, sim.AllToAllConnector()).size() == 18
    values = np.arange(9.0).reshape(3, 3)
    prj.setWeights(values)
    assert prj.getWeights("array")[0, 1] == 1.0 and prj.getWeights("array")[2, 0] == 6.0


def test_describe_names_what_it_is(pair):
    prj = sim.Projection(*pair, sim.FixedProbabilityConnector(0.5, weights=0.1, delays=2.0), label="input")
    text = prj.describe()
    assert all(word in text for word in ("input", "pre", "post", "FixedProbabilityConnector", "0.1", "2.0", "static"))
    assert prj.describe("$label: $n_pre") == "input: 4"


def test_weights_are_recorded_over_time(world):
    """Weights of a plastic projection, every 5 ms; their last sample is what getWeights gives."""
    pre = sim.Population(2, sim.SpikeSourceArray, {"spike_times": [2.0, 22.0]})
    post = sim.Population(2, sim.SpikeSourceArray, {"spike_times": [7.0, 27.0]})
    cells = sim.Population(2, sim.IF_curr_exp)
    sim.Projection(post, cells, sim.OneToOneConnector(weights=200.0))
    stdp = sim.SynapseDynamics(slow=sim.STDPMechanism(sim.SpikePairRule(), sim.AdditiveWeightDependence()))
    prj = sim.Projection(pre, cells, sim.AllToAllConnector(weights=0.5), synapse_dynamics=stdp)
    prj.record_weights(5.0)
    cells.record()
    sim.run(32.0)
    sim.run(8.0)
    times, values = prj.get_recorded_weights()
    assert times.tolist() == [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0]
    assert values.shape == (9, 4) and values[-1].tolist() == prj.getWeights()
    assert len(cells.getSpikes()) >= 4 and not np.array_equal(values[0], values[-1])


def _wait():
    """Files that rank 0 wrote are there for all."""
    from simcore.api.pynn.ranks import world_communicator

    comm = world_communicator()
    if comm is not None:
        comm.Barrier()


def test_delays_of_a_plastic_projection_change_between_runs(world):
    """Each presynaptic spike is paired by the delay that it was sent with; dendritic fraction 1: later by all of it."""
    pre = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [10.0, 24.0, 30.0]})
    teacher = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [19.5]})
    post = sim.Population(1, sim.IF_curr_exp, {"tau_refrac": 100.0})
    stdp = sim.STDPMechanism(sim.SpikePairRule(20.0, 25.0), sim.AdditiveWeightDependence(0.0, 1e-3, 0.02, 0.03))
    sim.Projection(teacher, post, sim.OneToOneConnector(weights=500.0, delays=0.1))
    prj = sim.Projection(pre, post, sim.OneToOneConnector(weights=1e-3, delays=1.0),
                         synapse_dynamics=sim.SynapseDynamics(slow=stdp))
    prj.setWeights(0.0005)
    prj.setDelays(2.0)
    post.record()
    sim.run(25.0)
    prj.setDelays(9.0)                                          # the spike of 24 ms is under way
    assert prj.getDelays() == [9.0]
    sim.run(50.0)
    (fired,) = post.getSpikes()[:, 1]
    raised = 0.02 * np.exp(-(fired + 2.0 - 10.0) / 20.0)
    lowered = 0.03 * (np.exp(-(24.0 - fired - 2.0) / 25.0) + np.exp(-(30.0 - fired - 9.0) / 25.0))
    assert prj.getWeights() == [pytest.approx(0.0005 + 1e-3 * (raised - lowered), rel=1e-12)]
    sim.reset()
    assert prj.getWeights() == [0.0005] and prj.getDelays() == [9.0]


def test_files_of_one_process_are_read_as_those_of_many(pair, folder):
    """saveConnections(gather=False) and FromFileConnector(distributed=True), on any number of processes."""
    prj = sim.Projection(*pair, sim.AllToAllConnector(weights=weights(12), delays=1 / 3))
    prj.saveConnections(str(folder / "own"), gather=False)
    if pair[0].world.comm:
        pair[0].world.comm.barrier()
    again = sim.Projection(*pair, sim.FromFileConnector(str(folder / "own"), distributed=True))
    assert again.getWeights() == prj.getWeights() and again.getDelays() == prj.getDelays()
