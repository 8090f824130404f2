import elephant.conversion
import elephant.spike_train_correlation
import neo
import numpy as np
import pytest
import quantities as pq
from numpy.testing import assert_allclose

from simcore.analysis import Activity, Samples
from simcore.analysis.synchrony import count_correlation, golomb_chi, synchrony
from simcore.errors import InvalidParameterValueError
from tests.unit.analysis.made import activity, poisson_trains

pytestmark = pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity", "ignore:the matrix subclass")


def test_independent_poisson_cells_have_a_synchrony_of_one():
    """Standard error of var/mean of n bins: sqrt(2 / n), n = 20,000; less rate * dt, as cells fire once a step."""
    seen = activity(poisson_trains(np.random.default_rng(3), 200, 10.0, 20_000.0), duration=20_000.0)
    assert synchrony(seen) == pytest.approx(1 - 0.001, abs=4 * np.sqrt(2 / 20_000))
    assert count_correlation(seen) == pytest.approx(0, abs=4 / np.sqrt(4000 * 4950))


def test_n_cells_that_always_fire_together_have_a_synchrony_of_n():
    train = poisson_trains(np.random.default_rng(4), 1, 10.0, 20_000.0)[0]
    seen = activity([train] * 50, duration=20_000.0)
    assert synchrony(seen) == pytest.approx(50, rel=0.05)
    assert count_correlation(seen) == pytest.approx(1)


def test_cells_that_share_a_fraction_of_their_spikes_correlate_by_that_fraction():
    """Each cell takes each spike of a mother process with probability c: correlation c (Kuhn et al. 2003, SIP)."""
    rng, c = np.random.default_rng(5), 0.3
    mother = poisson_trains(rng, 1, 20.0 / c, 60_000.0)[0]
    seen = activity([mother[rng.random(len(mother)) < c] for _ in range(40)], duration=60_000.0)
    assert count_correlation(seen) == pytest.approx(c, abs=0.02)


def test_correlation_is_elephants_over_all_pairs():
    rng = np.random.default_rng(6)
    common = poisson_trains(rng, 1, 5.0, 5000.0)[0]
    trains = [np.unique(np.concatenate([train, common])) for train in poisson_trains(rng, 12, 10.0, 5000.0)]
    shifted = [neo.SpikeTrain((t - 0.05) * pq.ms, t_stop=5000 * pq.ms) for t in trains[:8]]     # bins here: (start, stop]
    binned = elephant.conversion.BinnedSpikeTrain(shifted, bin_size=5 * pq.ms)
    matrix = elephant.spike_train_correlation.correlation_coefficient(binned)
    expected = matrix[np.triu_indices(8, 1)].mean()
    assert_allclose(count_correlation(activity(trains, duration=5000.0), cells=8), expected, rtol=1e-10)


def test_silent_cells_take_no_part_in_correlations():
    train = [10.0, 30.0, 70.0]
    seen = activity([train, [], train], duration=100.0)
    assert count_correlation(seen) == pytest.approx(1)
    assert np.isnan(count_correlation(activity([train, []], duration=100.0)))
    assert np.isnan(synchrony(activity([[], []], duration=100.0)))


def test_a_bin_that_is_no_multiple_of_dt_is_refused():
    with pytest.raises(InvalidParameterValueError, match=r"whole number of steps of dt = 0.1 ms, got 0.25 ms"):
        synchrony(activity([[10.0]], duration=100.0), bin=0.25)


def with_traces(v):
    time = np.arange(1.0, len(v) + 1)
    return Activity("exc", v.shape[1], np.zeros(0, int), np.zeros(0, int), 0.1, 0.0, float(len(v)),
                    lambda population, variable: Samples(time, v, "mV") if variable == "v" else None)


def test_golombs_chi_is_one_over_root_n_for_independent_cells_and_one_for_equal_ones():
    v = np.random.default_rng(7).standard_normal((4000, 25))
    assert golomb_chi(with_traces(v)) == pytest.approx(1 / 5, rel=0.06)
    assert golomb_chi(with_traces(np.repeat(v[:, :1], 25, axis=1))) == pytest.approx(1)
    assert np.isnan(golomb_chi(activity([[1.0]], duration=10.0)))


def test_chi_leaves_out_the_transient_and_cells_that_are_padding():
    v = np.random.default_rng(8).standard_normal((2000, 3))
    v[:500] = 1e6
    v[:, 2] = np.nan
    assert golomb_chi(with_traces(v).after(500.0)) == pytest.approx(np.sqrt(1 / 2), rel=0.08)
