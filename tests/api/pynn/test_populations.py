"""Populations, views, assemblies, ids: addresses, parameters, positions."""

import pickle

import numpy as np
import pytest

from simcore.api import pynn as sim


def local(values, group):
    """Those of this rank's cells."""
    return [v for v, mine in zip(values, group.local_mask, strict=True) if mine]


def test_addresses_of_a_population_of_two_dimensions(world):
    p = sim.Population((3, 4), sim.IF_curr_exp, label="grid")
    assert (len(p), p.size, p.dim) == (12, 12, (3, 4))
    assert p[2, 3] == 11 == p.index(11) and isinstance(p[2, 3], sim.ID)
    assert p[0, 1:3].tolist() == [1, 2] and p[:, 0].tolist() == [0, 4, 8]
    assert p.locate(p[1, 2]) == (1, 2)
    assert p.id_to_index(p.index(5)) == 5
    assert p.index([1, 3]).tolist() == [1, 3] and p.id_to_index(p.index([7, 2])).tolist() == [7, 2]
    assert list(p.all()) == list(range(12))
    assert list(p) == list(p.ids()) == [i for i in range(12) if i % sim.num_processes() == sim.rank()]
    assert list(p.addresses()) == [p.locate(i) for i in p]
    with pytest.raises(sim.InvalidDimensionsError):
        p[3]
    with pytest.raises(IndexError):
        p[3, 0]
    assert sim.Population((2, 2, 3), sim.IF_curr_exp).locate(12 + 11) == (1, 1, 2)


def test_ids_count_over_all_populations(world):
    first, second = sim.Population(5, sim.IF_curr_exp), sim.Population(2, sim.IF_cond_exp)
    assert first.label == "population0" and second.label == "population1"
    assert list(second.all()) == [5, 6] and second[1].parent is second and sim.ID(3).parent is first
    assert (first.first_id, first.last_id) == (0, 4)
    with pytest.raises(IndexError):
        first.id_to_index(second[0])
    again = pickle.loads(pickle.dumps(second[1]))
    assert again == second[1] and again.parent is second


@pytest.mark.parametrize(("args", "error"), [
    ((3, sim.IF_curr_exp, {"tau_mem": 1.0}), sim.NonExistentParameterError),
    ((3, sim.IF_curr_exp, {"tau_m": "fast"}), sim.InvalidParameterValueError),
    ((3, sim.IF_curr_exp, {"tau_m": -1.0}), ValueError),
    ((3, "IF_curr_expo"), sim.InvalidModelError),
    ((3, int), sim.InvalidModelError),
    (("many", sim.IF_curr_exp), sim.InvalidDimensionsError),
    ((3.5, sim.IF_curr_exp), sim.InvalidDimensionsError),
])
def test_wrong_arguments_are_named(world, args, error):
    with pytest.raises(error):
        sim.Population(*args)
    assert sim.Population(2, sim.IF_curr_exp).first_id == 0, "nothing was left behind"


def test_the_message_lists_valid_names(world):
    with pytest.raises(sim.NonExistentParameterError, match=r"did you mean 'tau_m'.*v_init"):
        sim.Population(1, sim.IF_curr_exp, {"tau_mm": 3.0})


def test_set_and_get(world):
    p = sim.Population((2, 3), sim.IF_curr_exp, {"tau_m": "12.5"})
    assert p.get("tau_m") == [12.5] * p.local_size
    p.set("tau_m", 20)
    p.set({"v_rest": -60.0, "i_offset": 0})
    p.set(v_init=-61.0)
    p.set("cm", 0.5)
    assert p.get("cm") == [0.5] * p.local_size and p.get("i_offset") == [0.0] * p.local_size
    array = p.get("v_init", as_array=True)
    assert array.shape == (2, 3) and np.array_equal(np.isnan(array).ravel(), ~p.local_mask)
    for wrong, error in (("x", ValueError), (None, ValueError)):
        with pytest.raises(error):
            p.set("tau_m", wrong)
    with pytest.raises(sim.NonExistentParameterError):
        p.set("foo", 1.0)
    with pytest.raises(sim.NonExistentParameterError):
        p.get("foo")


def test_set_of_zero_is_a_value(world):
    p = sim.Population(2, sim.IF_curr_exp, {"i_offset": 1.0})
    p.set("i_offset", 0)
    assert p.get("i_offset") == [0.0] * p.local_size


def test_tset_takes_the_shape_of_the_population(world):
    p = sim.Population((2, 3), sim.IF_curr_exp)
    values = np.arange(6.0).reshape(2, 3)
    p.tset("i_offset", values)
    assert p.get("i_offset") == local(values.ravel(), p)
    for wrong in (np.arange(6.0), values.T, np.zeros((2, 3, 2))):
        with pytest.raises(sim.InvalidDimensionsError):
            p.tset("i_offset", wrong)
    s = sim.Population(2, sim.SpikeSourceArray)
    s.tset("spike_times", np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert s.get("spike_times") == local([[1.0, 2.0], [3.0, 4.0]], s)


def test_rset_draws_the_same_for_any_number_of_ranks(world):
    p = sim.Population(5, sim.IF_curr_exp)
    p.rset("tau_m", sim.RandomDistribution("uniform", [10.0, 20.0], rng=sim.NumpyRNG(seed=42)))
    assert p.get("tau_m") == local(np.random.RandomState(42).uniform(10.0, 20.0, 5), p)
    p.randomInit(sim.RandomDistribution("normal", [-65.0, 1.0], rng=sim.NumpyRNG(seed=43)))
    assert p.get("v_init") == local(np.random.RandomState(43).normal(-65.0, 1.0, 5), p)


def test_spike_times_of_all_and_of_each(world):
    s = sim.Population(3, sim.SpikeSourceArray, {"spike_times": np.array([1.0, 2.0])})
    s.record()
    s.set("spike_times", [4.0, 5.0])
    s.index(1).parent.view([1]).set("spike_times", [9.0])
    sim.run(20.0)
    assert sorted(map(tuple, s.getSpikes())) == [(0, 4), (0, 5), (1, 9), (2, 4), (2, 5)]


def test_positions_and_the_nearest_cell(world):
    p = sim.Population((3, 4), sim.IF_curr_exp)
    assert p.positions.shape == (3, 12) and p.positions[:, 11].tolist() == [2.0, 3.0, 0.0]
    assert p.nearest((1.1, 1.9, 0.0)) == p[1, 2]
    p.positions = np.arange(36.0).reshape(3, 12)
    assert p.nearest((5.0, 17.0, 29.0)) == p.index(5)
    p[0, 0].position = (100.0, 0.0, 0.0)
    assert p[0, 0].position.tolist() == [100.0, 0.0, 0.0] and p.nearest((99.0, 1.0, 0.0)) == p[0, 0]
    with pytest.raises(sim.InvalidDimensionsError):
        p.positions = np.zeros((12, 3))


def test_an_id_reads_and_sets_its_cell(world):
    p = sim.Population((2, 2), sim.IF_cond_exp, {"tau_m": 12.0})
    for cell in p:
        assert cell.tau_m == 12.0 and cell.local and cell.is_standard_cell() and cell.cellclass is sim.IF_cond_exp
        cell.tau_m = 20
        cell.set_parameters(v_rest=-60.0, v_init=-62.0)
        assert (cell.tau_m, cell.v_rest, cell.v_init) == (20.0, -60.0, -62.0)
        assert cell.get_parameters() == sim.IF_cond_exp.default_parameters | {"tau_m": 20.0, "v_rest": -60.0, "v_init": -62.0}
        with pytest.raises(sim.NonExistentParameterError, match="tau_m"):
            getattr(cell, "tau_mem")  # noqa: B009
        with pytest.raises(sim.NonExistentParameterError):
            cell.tau_mem = 3.0
        assert not hasattr(cell, "foo")
        native = cell.get_native_parameters()
        cell.set_native_parameters({"tau_m": 5.0, "v": -50.0})
        assert (cell.tau_m, cell.v_init) == (5.0, -50.0)
        cell.set_native_parameters(native)
        assert cell.get_native_parameters() == native and cell.tau_m == 20.0
    for cell in p.all():
        if not cell.local:
            with pytest.raises(sim.NotLocalError):
                cell.get_parameters()
            with pytest.raises(sim.NotLocalError):
                cell.tau_m = 1.0


def test_native_models_by_name(world):
    p = sim.Population(2, "IF_curr_delta", {"tau_m": 7.0})
    assert p.get("tau_m") == [7.0] * p.local_size and not p[0].is_standard_cell()
    with pytest.raises(sim.NonExistentParameterError):
        p.set("v_init", -60.0)


def test_a_view_is_some_of_the_cells(world):
    p = sim.Population((2, 3), sim.IF_curr_exp, label="all")
    view = p.view([4, 1])
    assert (view.size, view.dim, list(view.all())) == (2, (2,), [4, 1]) and view[0] == 4
    view.set("tau_m", 3.0)
    view.initialize(v=-50.0)
    expected = [3.0 if i in (1, 4) else 20.0 for i in range(6)]
    assert p.get("tau_m") == local(expected, p)
    assert p.get("v_init") == local([-50.0 if i in (1, 4) else -65.0 for i in range(6)], p)
    assert list(p.view(slice(0, 6, 2)).all()) == [0, 2, 4] and list(p.view(p[1, :]).all()) == [3, 4, 5]
    assert p.view(np.arange(6) > 3).size == 2
    p.record()
    p.set("i_offset", 10.0)
    sim.run(20.0)
    ids = view.getSpikes()[:, 0]
    assert set(ids) == {0.0, 1.0} and set(view.get_spike_counts()) == {4, 1}


def test_sampled_cells_are_different_ones(world):
    p = sim.Population(20, sim.IF_curr_exp)
    assert len(set(p.sample(7, sim.NumpyRNG(1)).all())) == 7


def test_an_assembly_sets_and_records_together(world):
    a, b = sim.Population(2, sim.IF_curr_exp), sim.Population(3, sim.IF_cond_exp)
    both = a + b.view([0, 2])
    both.set("tau_m", 9.0)
    both.record()
    both.inject(sim.DCSource(2.0))
    sim.run(30.0)
    assert both.size == 4 and set(both.get_spike_counts()) == {0, 1, 2, 4}
    assert min(both.get_spike_counts().values()) > 0
    assert b.get("tau_m") == local([9.0, 20.0, 9.0], b)


def test_cellparams_may_be_drawn_or_differ(world):
    p = sim.Population(4, sim.IF_curr_exp, {"tau_m": [1.0, 2.0, 3.0, 4.0],
                                            "cm": sim.RandomDistribution("uniform", [1.0, 2.0], rng=sim.NumpyRNG(1))})
    assert p.get("tau_m") == local([1.0, 2.0, 3.0, 4.0], p)
    assert p.get("cm") == local(np.random.RandomState(1).uniform(1.0, 2.0, 4), p)


def test_describe_fills_templates(world):
    p = sim.Population(3, sim.IF_curr_exp, label="excitatory")
    assert "excitatory" in p.describe() and "IF_curr_exp" in p.describe()
    assert p.describe("$label has $size") == "excitatory has 3"
    assert p.describe(None)["size"] == 3
    assert p.describe("label", fill=lambda template, context: context[template]) == "excitatory"


def test_initial_values_act_at_once_before_and_between_runs(world):
    p = sim.Population(2, sim.IF_curr_exp, {"v_init": -64.0})
    p.record_v()
    sim.run(1.0)
    p.initialize(v=-55.0)
    sim.run(0.1)
    v = p.get_v()[:, 2].reshape(2, -1)
    assert v[:, 0].tolist() == [-64.0] * 2 and v[:, 10].tolist() == [-55.0] * 2
    sim.reset()
    sim.run(0.1)
    assert p.get_v()[0, 2] == -55.0


def test_a_dependent_initial_value_follows(world):
    """The gates of HH cells start at the steady state of v_init, also if that was set after something was asked."""
    p = sim.Population(1, sim.HH_cond_exp)
    p.record_variable("m")
    sim.Projection(p, p, sim.AllToAllConnector()).size()
    p.initialize(v=-40.0)
    sim.run(0.1)
    later = p.get_samples("m")[0, 2]
    sim.setup()
    p = sim.Population(1, sim.HH_cond_exp, {"v_init": -40.0})
    p.record_variable("m")
    sim.run(0.1)
    assert p.get_samples("m")[0, 2] == later
