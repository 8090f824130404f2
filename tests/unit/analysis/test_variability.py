from itertools import pairwise

import elephant.statistics
import neo
import numpy as np
import pytest
import quantities as pq
from numpy.testing import assert_allclose

from simcore.analysis.rates import mean_rate, rate_std
from simcore.analysis.variability import cv_histogram, cv_isi, fano_factor, isi_histogram, lv
from tests.unit.analysis.made import activity, gamma_trains, poisson_trains

pytestmark = pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity", "ignore:the matrix subclass")


@pytest.fixture(scope="module")
def poisson():
    """200 Poisson cells of 20 Hz for 20 s."""
    return activity(poisson_trains(np.random.default_rng(1), 200, 20.0, 20_000.0), duration=20_000.0)


def trains_of(seen):
    return [neo.SpikeTrain(seen.time[seen.cell == i] * pq.ms, t_start=seen.start * pq.ms, t_stop=seen.stop * pq.ms)
            for i in range(seen.n_cells)]


def test_a_poisson_process_has_cv_lv_and_fano_factor_of_one(poisson):
    """Standard errors: CV ~ 1/sqrt(n) with n = 80,000 intervals, Fano ~ sqrt(2 / (200 * 200)); bounds of 4 of them."""
    assert cv_isi(poisson) == pytest.approx(1, abs=0.015)
    assert lv(poisson) == pytest.approx(1, abs=0.015)
    assert fano_factor(poisson) == pytest.approx(1, abs=4 * np.sqrt(2 / 40_000) + 0.002)   # dt: 1 - rate dt


def test_rates_are_those_the_cells_were_made_with(poisson):
    assert mean_rate(poisson) == pytest.approx(20, abs=4 * np.sqrt(20 / 20 / 200))
    assert rate_std(poisson) == pytest.approx(1.0, rel=4 / np.sqrt(2 * 200))    # sqrt(rate / T): counting noise alone


@pytest.mark.parametrize("shape", [2, 4, 9])
def test_a_gamma_process_of_shape_k_has_cv_one_over_root_k_and_lv_three_over_two_k_plus_one(shape):
    seen = activity(gamma_trains(np.random.default_rng(shape), 100, shape, 20.0, 20_000.0), duration=20_000.0)
    assert cv_isi(seen) == pytest.approx(1 / np.sqrt(shape), rel=0.015)
    assert lv(seen) == pytest.approx(3 / (2 * shape + 1), rel=0.02)


def test_a_clock_has_no_variation():
    seen = activity([np.arange(1, 101) * 10.0] * 3, duration=1000.0)
    assert_allclose([cv_isi(seen), lv(seen), fano_factor(seen)], 0, atol=1e-12)


def test_cv_and_lv_are_elephants(poisson):
    intervals = [elephant.statistics.isi(train) for train in trains_of(poisson)]
    assert_allclose(cv_isi(poisson), np.mean([elephant.statistics.cv(i) for i in intervals]), rtol=1e-10)
    assert_allclose(lv(poisson), np.mean([elephant.statistics.lv(i) for i in intervals]), rtol=1e-10)


def test_fano_factor_is_elephants_but_for_the_unbiased_variance(poisson):
    n = 200
    seen = activity([poisson.time[poisson.cell == i] for i in range(10)], duration=20_000.0)
    edges = np.arange(n + 1) * 100.0 + 0.05             # bins here are (start, stop]
    windows = [[neo.SpikeTrain(t[(t > a) & (t < b)] * pq.ms, t_start=a * pq.ms, t_stop=b * pq.ms)
                for a, b in pairwise(edges)]
               for t in (seen.time[seen.cell == i] for i in range(10))]
    expected = np.mean([elephant.statistics.fanofactor(w) for w in windows]) * n / (n - 1)
    assert_allclose(fano_factor(seen), expected, rtol=1e-12)


def test_cells_with_fewer_than_three_intervals_have_no_cv():
    seen = activity([[10.0, 20.0, 50.0], [10.0, 20.0, 30.0, 40.0], []], duration=100.0)
    assert cv_isi(seen) == pytest.approx(0, abs=1e-12)  # of the second cell alone
    assert np.isnan(cv_isi(activity([[10.0, 20.0, 50.0]], duration=100.0)))


def test_what_is_undefined_is_nan_without_a_warning():
    with np.errstate(all="raise"):
        for seen in (activity([[], []], duration=100.0), activity([], duration=100.0),
                     activity([[10.0]], duration=100.0).after(200.0)):
            assert np.isnan(cv_isi(seen))
            assert np.isnan(lv(seen))
            assert np.isnan(fano_factor(seen))
    assert mean_rate(activity([[], []], duration=100.0)) == 0
    assert np.isnan(mean_rate(activity([], duration=100.0)))


def test_the_density_of_intervals_of_a_poisson_process_is_exponential(poisson):
    density = isi_histogram(poisson, maximum=1000.0)
    assert float(density.sum()) * 2.0 == pytest.approx(1, abs=1e-9)
    expected = 0.02 * np.exp(-0.02 * density.interval)
    error = np.sqrt(expected / (len(poisson.intervals[0]) * 2.0))
    assert (abs(density - expected) < 5 * error + 1e-5).mean() > 0.99


def test_intervals_on_the_edge_of_a_bin_belong_to_the_bin_they_end():
    seen = activity([np.arange(1, 20) * 2.0], duration=100.0)
    assert isi_histogram(seen).values[:2].tolist() == [0.5, 0]


def test_the_histogram_of_cv_counts_cells(poisson):
    fractions = cv_histogram(poisson)
    assert float(fractions.sum()) == pytest.approx(1)
    assert float((fractions * fractions.cv).sum()) == pytest.approx(cv_isi(poisson), abs=0.025)
