"""Setting up, running, resetting."""

import numpy as np
import pytest

from simcore.api import pynn as sim
from simcore.errors import ConfigurationError


def firing(n=6, **more):
    """A population that fires by itself, spikes and potentials recorded."""
    cells = sim.Population(n, sim.IF_curr_exp, {"i_offset": 0.9, "tau_refrac": 2.0} | more, label="cells")
    cells.record()
    cells.record_v([cells[0], cells[n - 1]])
    return cells


def test_what_setup_was_told_can_be_asked():
    rank = sim.setup(timestep=0.05, min_delay=0.2, max_delay=5.0, spike_precision="on_grid", threads=4)
    assert rank == sim.rank() and 0 <= rank < sim.num_processes()
    assert (sim.get_time_step(), sim.get_min_delay(), sim.get_max_delay(), sim.get_current_time()) == (0.05, 0.2, 5.0, 0.0)


def test_delays_may_have_no_limit():
    sim.setup(max_delay="auto")
    projection = sim.Projection(firing(2), firing(2), sim.AllToAllConnector(weights=0.1, delays=50.0),
                                synapse_dynamics=sim.SynapseDynamics(slow=sim.STDPMechanism(sim.SpikePairRule())))
    sim.run(1.0)
    with pytest.raises(ConfigurationError, match="can grow up to max_delay"):
        projection.setDelays(51.0)


def test_defaults_are_those_of_the_document():
    sim.setup()
    assert (sim.get_time_step(), sim.get_min_delay(), sim.get_max_delay()) == (0.1, 0.1, 10.0)


@pytest.mark.parametrize("wrong", [{"mindelay": 1.0}, {"maxdelay": 1.0}, {"dt": 0.1}, {"timestep": 0.0}, {"min_delay": 20.0},
                                   {"min_delay": 0.01}])
def test_setup_refuses_what_cannot_work(wrong):
    with pytest.raises(ConfigurationError):
        sim.setup(**wrong)


def test_setup_again_is_a_new_network(world):
    firing()
    sim.run(10.0)
    sim.setup()
    assert sim.get_current_time() == 0.0
    assert firing().first_id == 0
    sim.run(1.0)


def test_run_returns_the_time_and_two_runs_equal_one(world):
    once = firing()
    assert sim.run(100.0) == pytest.approx(100.0)
    spikes, v = once.getSpikes(), once.get_v()
    sim.setup(rng_seed=7)
    twice = firing()
    sim.run(30.1)
    assert sim.run_until(60.0) == pytest.approx(60.0)
    assert sim.run_for(40.0) == pytest.approx(100.0)
    assert spikes.size and np.array_equal(twice.getSpikes(), spikes) and np.array_equal(twice.get_v(), v)


def test_times_off_the_grid_are_rounded_together_not_one_by_one(world):
    firing()
    with pytest.warns(sim.RoundingWarning):
        assert sim.run(0.26) == pytest.approx(0.3)
    with pytest.warns(sim.RoundingWarning):
        assert sim.run(0.26) == pytest.approx(0.5)


def test_time_does_not_run_back(world):
    firing()
    sim.run(10.0)
    with pytest.raises(ConfigurationError, match="reset"):
        sim.run_until(5.0)


def test_callbacks_are_called_when_they_want(world):
    cells = firing()
    seen = []

    def watch(t):
        seen.append(t)
        cells.set("i_offset", 0.0)
        return t + 2.5 if t < 5.0 else None

    sim.run(10.0, callbacks=[watch])
    assert seen == pytest.approx([0.0, 2.5, 5.0])
    assert not len(cells.getSpikes()), "the callback switched the current off"


def test_reset_gives_the_same_again_and_keeps_what_to_record(world):
    cells = firing()
    cells.randomInit(sim.RandomDistribution("uniform", [-65.0, -50.0], rng=sim.NumpyRNG(3)))
    noise = sim.Population(4, sim.SpikeSourcePoisson, {"rate": 500.0})
    sim.Projection(noise, cells, sim.AllToAllConnector(weights=0.1))
    sim.run(50.0)
    spikes, v = cells.getSpikes(), cells.get_v()
    sim.reset()
    assert sim.get_current_time() == 0.0 and not len(cells.getSpikes())
    sim.run(50.0)
    assert spikes.size and np.array_equal(cells.getSpikes(), spikes) and np.array_equal(cells.get_v(), v)


def test_reset_keeps_parameters_that_were_changed(world):
    cells = firing()
    sim.run(50.0)
    cells.set("i_offset", 0.0)
    sim.reset()
    sim.run(50.0)
    assert not len(cells.getSpikes())


def test_nothing_can_be_added_after_the_first_run(world):
    cells = firing()
    sim.run(1.0)
    with pytest.raises(ConfigurationError, match="before the first run"):
        sim.Population(1, sim.IF_curr_exp)
    with pytest.raises(ConfigurationError, match="before the first run"):
        sim.Projection(cells, cells, sim.AllToAllConnector())


def test_another_seed_gives_another_noise():
    counts = []
    for seed in (1, 2, 1):
        sim.setup(rng_seed=seed)
        noise = sim.Population(3, sim.SpikeSourcePoisson, {"rate": 100.0})
        noise.record()
        sim.run(200.0)
        counts.append(noise.getSpikes())
    assert np.array_equal(counts[0], counts[2]) and not np.array_equal(counts[0], counts[1])
