"""Poisson sources: exact probabilities, mean and variance, independence over cells and steps, keys."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from simcore.engine.inputs import poisson_thresholds
from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError
from simcore.network import Network, OneToOne


def counts(rate, *, n_cells=100, n_steps=1000, dt=0.1, seed=1, trial=0, **parameters):
    """(n_steps, n_cells) numbers of spikes of each source in each step."""
    net = Network()
    net.population("source", n_cells, "SpikeSourcePoisson", {"rate": rate, **parameters})
    simulation = Simulation(net, dt=dt, seed=seed, trial=trial)
    simulation.run(n_steps * dt)
    spikes = simulation.recording().spikes
    table = np.zeros((n_steps, n_cells), dtype=np.int64)
    np.add.at(table, (spikes.step, spikes.gid), 1)
    return table


@pytest.mark.parametrize("mean", [1e-6, 0.001, 0.3, 2.0, 4.0, 30.0, 150.0])
def test_thresholds_are_the_distribution_function_to_32_bits(mean):
    """P(N <= k) * 2**32 by whole numbers scaled by 2**400: each threshold is the nearest one."""
    m = Fraction(mean)
    terms, k = [1 << 400], 0                            # m**k / k! * 2**400
    while terms[-1] and k < 1000:
        k += 1
        terms.append(terms[-1] * m.numerator // (m.denominator * k))
    below = np.cumsum(np.array(terms, dtype=object))
    below = [float(Fraction(int(b) << 32, int(below[-1]))) for b in below]
    table = poisson_thresholds(mean)
    assert np.abs(table - np.array(below[:len(table)])).max() < 0.5 + 1e-4
    assert 2**32 - below[len(table)] < 0.51             # what the table leaves out is less than half a count


@pytest.mark.parametrize("rate", [20.0, 2_000.0, 40_000.0])
def test_mean_and_variance_are_poisson(rate):
    """Both equal rate * dt; compared as z-scores with the sampling variance of a Poisson law, |z| < 4.5."""
    table = counts(rate)
    mean, n = rate * 1e-4, table.size
    assert abs(table.mean() - mean) < 4.5 * np.sqrt(mean / n)
    fourth = mean + 3 * mean**2                         # central moment
    assert abs(table.var() - mean) < 4.5 * np.sqrt((fourth - mean**2) / n)


@pytest.mark.parametrize("mean", [0.05, 0.7, 3.0])
def test_counts_follow_the_poisson_law(mean):
    table = counts(mean * 1e4)
    k = np.arange(table.max() + 1)
    expected = stats.poisson.pmf(k, mean) * table.size
    observed = np.bincount(table.ravel())
    tail = expected < 10
    observed = np.append(observed[~tail], observed[tail].sum())
    expected = np.append(expected[~tail], table.size - expected[~tail].sum())
    assert stats.chisquare(observed, expected).pvalue > 1e-4


def test_intervals_of_a_slow_source_are_geometric():
    """Steps between spikes of all sources at p << 1: geometric law, so that the CV is sqrt(1 - p)."""
    table = counts(100.0, n_cells=60, n_steps=10_000) > 0
    p = -np.expm1(-0.01)
    intervals = np.concatenate([np.diff(np.flatnonzero(column)) for column in table.T])
    edges = np.append(np.arange(1, 200, 20), np.iinfo(np.int64).max)
    observed = np.histogram(intervals, edges)[0]
    expected = np.diff(stats.geom.cdf(edges - 1, p))
    # Intervals that do not fit into the run are missing, a few hundred of 10,000 steps: far below the noise here.
    assert stats.chisquare(observed, expected / expected.sum() * observed.sum()).pvalue > 1e-4
    assert intervals.std() / intervals.mean() == pytest.approx(np.sqrt(1 - p), abs=4.5 / np.sqrt(2 * intervals.size))


def test_cells_and_steps_are_independent():
    """Covariances between cells, and between lags of a cell, as z-scores: the largest of many is a normal's."""
    table = counts(5_000.0, n_cells=80, n_steps=2000).astype(float)
    z = (table - table.mean(axis=0)) / table.std(axis=0)
    between = (z.T @ z / np.sqrt(len(z)))[np.triu_indices(z.shape[1], 1)]
    assert abs(between).max() < stats.norm.isf(1e-4 / between.size)
    assert stats.kstest(between, "norm").pvalue > 1e-4
    for lag in (1, 2, 3, 4, 5, 8, 16):                  # four steps share one block of words
        along = (z[lag:] * z[:-lag]).sum(axis=0) / np.sqrt(len(z) - lag)
        assert stats.kstest(along, "norm").pvalue > 1e-5
    for lag in (1, 2, 3, 4):                            # neighbours in gid and in time
        assert abs((z[lag:, 1:] * z[:-lag, :-1]).sum() / np.sqrt(z[lag:, 1:].size)) < 4.5


def test_population_sum_has_the_variance_of_independent_sources():
    total = counts(10_000.0, n_cells=200, n_steps=1500).sum(axis=1)
    assert total.var() / total.mean() == pytest.approx(1.0, abs=4.5 * np.sqrt(2 / total.size))


def test_seeds_trials_and_cells_have_streams_of_their_own_and_numbers_of_cells_do_not_matter():
    first = counts(3_000.0, n_cells=50)
    assert np.array_equal(first, counts(3_000.0, n_cells=50))
    assert np.array_equal(first, counts(3_000.0, n_cells=80)[:, :50])
    assert np.array_equal(first[:500], counts(3_000.0, n_cells=50, n_steps=500))
    for other in (counts(3_000.0, n_cells=50, seed=2), counts(3_000.0, n_cells=50, trial=1)):
        correlation = np.corrcoef(first.ravel(), other.ravel())[0, 1]
        assert abs(correlation) < 4.5 / np.sqrt(first.size)


def test_start_and_duration_bound_the_active_time():
    table = counts(20_000.0, start=3.0, duration=5.0, n_steps=200)
    active = np.flatnonzero(table.sum(axis=1))
    assert active.min() == 30                           # steps 30 ... 79: from 3 to 8 ms
    assert active.max() == 79
    assert active.size == 50


def test_private_sources_deliver_what_recorded_ones_fire():
    """The input of a one-to-one source is drawn at its target and never sent; the record shows the same spikes."""
    net = Network()
    source = net.population("source", 30, "SpikeSourcePoisson", {"rate": 8_000.0})
    cell = net.population("cell", 30, "IF_curr_delta", {"v_thresh": 1e9, "tau_m": 1e9, "v_rest": 0.0})
    net.project(source, cell, OneToOne(), weight=1.0, delay=0.4)
    simulation = Simulation(net, dt=0.1, seed=4, record={"spikes": {"source": True},
                                                          "traces": [{"population": "cell", "variable": "v"}]})
    simulation.run(100.0)
    recording = simulation.recording()
    fired = np.zeros((1000, 30))
    np.add.at(fired, (recording.spikes.step, recording.spikes.gid), 1.0)
    arrived = np.diff(recording.traces[0].values, axis=0)
    np.testing.assert_allclose(arrived[4:], fired[:995], rtol=0, atol=1e-3)      # tau_m = 1e9 ms leaks a little
    assert fired.sum() > 20_000


@pytest.mark.parametrize("mean", [100.0, 150.0])
def test_very_many_spikes_a_step_are_all_counted(mean):
    """Sources that fire more than a hundred times a step keep the right law up to the largest mean allowed."""
    table = counts(mean * 1e4, n_cells=40, n_steps=200)
    assert abs(table.sum() - table.size * mean) < 4.5 * np.sqrt(table.size * mean)
    assert table.min() > mean - 6 * np.sqrt(mean)           # none was counted modulo 256
    assert table.max() < mean + 7 * np.sqrt(mean)


def test_more_spikes_a_step_than_can_be_counted_are_refused():
    with pytest.raises(ConfigurationError, match="0 to 150 spikes a step, got 151"):
        counts(151e4)
    net = Network()
    net.population("train", 2, "SpikeSourceArray", {"spike_times": [[0.5], [1.0] * 256]})
    with pytest.raises(ConfigurationError, match=r"at most 255 spikes in one step .* at 1 ms .*'train'"):
        Simulation(net, dt=0.1, seed=1)


def test_255_equal_spike_times_are_255_spikes():
    net = Network()
    net.population("train", 1, "SpikeSourceArray", {"spike_times": [1.0] * 255})
    simulation = Simulation(net, dt=0.1, seed=1)
    simulation.run(2.0)
    assert simulation.recording().spikes.step.tolist() == [9] * 255
