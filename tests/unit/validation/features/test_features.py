"""Features of spikes, potentials and samples, against closed forms, elephant and scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.validation.checks.samples import summary
from simcore.validation.features.distributions import bootstrap_interval, hedges_g
from simcore.validation.features.potential import epsp_shape, sag_ratio, spike_shape
from simcore.validation.features.spikes import adaptation_index, psth, rate


def test_rate_counts_spikes_in_the_window():
    assert rate([0, 5, 10, 15, 20], 0, 20) == 4 / 0.02
    assert rate([], 0, 20) == 0


def test_adaptation_of_a_geometric_train_is_known():
    """Intervals I q^i: every term is (q - 1) / (q + 1)."""
    for q in (0.5, 1.0, 1.3):
        times = np.cumsum(10 * q ** np.arange(8))
        assert adaptation_index(times) == pytest.approx((q - 1) / (q + 1))
    assert np.isnan(adaptation_index([1, 2]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 999), max_size=30), min_size=1, max_size=4), st.sampled_from([1, 2, 5, 10]))
def test_psth_counts_every_spike_once(trials, bin):
    trials = [np.array(times) * 0.1 for times in trials]       # on the edges of bins, where rounding could lose them
    time, rates = psth(trials, 0.0, 100.0, bin)
    assert len(time) == 100 // bin
    assert (rates * bin * 1e-3 * len(trials)).sum() == pytest.approx(sum(map(len, trials)))
    expected = [sum(((t >= lo - 1e-9) & (t < lo + bin - 1e-9)).sum() for t in trials) for lo in range(0, 100, bin)]
    np.testing.assert_allclose(rates * bin * 1e-3 * len(trials), expected)


def test_psth_agrees_with_elephant():
    elephant, neo, pq = (pytest.importorskip(name) for name in ("elephant.statistics", "neo", "quantities"))
    rng = np.random.default_rng(3)
    trials = [np.sort(rng.uniform(0, 200, 40)) for _ in range(5)]
    trains = [neo.SpikeTrain(times, units="ms", t_stop=200.0) for times in trials]
    histogram = elephant.time_histogram(trains, 10 * pq.ms, output="rate").rescale("Hz").magnitude[:, 0]
    np.testing.assert_allclose(psth(trials, 0, 200, 10)[1], histogram)


T = np.arange(0, 400, 0.05)


def train_of_spikes(at=(100.0, 200.0, 300.0), up=2.0, down=4.0, rest=-65.0, threshold=-50.0, peak=30.0, ahp=-75.0):
    """Triangular spikes from threshold to peak in `up`, to ahp in `down` [ms]; flat in between, with a slow ramp before."""
    v = np.full(len(T), rest)
    for t0 in at:
        points = [t0 - 30, t0, t0 + up, t0 + up + down, t0 + up + down + 20]
        inside = (points[0] <= T) & (points[-1] >= T)
        v[inside] = np.interp(T[inside], points, [rest, threshold, peak, ahp, rest])
    return v


def test_spike_shape_of_triangles_is_known():
    shapes = spike_shape(train_of_spikes(), T)
    assert [shape["time"] for shape in shapes] == pytest.approx([102, 202, 302])
    for shape in shapes:
        assert shape["threshold"] == pytest.approx(-50, abs=1.5)        # one sample of a rise of 2 mV per sample
        assert shape["amplitude"] == pytest.approx(80, abs=1.5)
        assert shape["ahp"] == pytest.approx(25, abs=1.5)
        # half amplitude at -10 mV: after half of the rise, and 40/105 of the fall
        assert shape["width"] == pytest.approx(1.0 + 4 * 40 / 105, abs=0.05)


def test_spikes_at_the_end_of_the_recording_have_no_width():
    v = train_of_spikes(at=(100.0,))
    cut = T <= 102.5
    shape, = spike_shape(v[cut], T[cut])
    assert np.isnan(shape["width"])
    assert np.isnan(shape["ahp"])
    assert spike_shape(np.full(10, -65.0), T[:10]) == []


@pytest.mark.parametrize(("depth", "steady", "sag"), [(-20.0, -20.0, 0.0), (-20.0, -15.0, 0.25), (-20.0, 0.0, 1.0)])
def test_sag_of_a_known_response(depth, steady, sag):
    v = np.where(T < 100, 0.0, np.where(T < 130, depth, steady)) - 65.0
    assert sag_ratio(v, T, 100.0, 300.0) == pytest.approx(sag)


def test_a_response_that_does_not_fall_has_no_sag():
    assert np.isnan(sag_ratio(np.full(len(T), -65.0), T, 100.0, 300.0))


def test_epsp_of_an_alpha_function():
    """v = A x e^(1 - x), x = (t - onset)/tau: peak A at tau; 20 and 80 % at the roots of x e^(1-x)."""
    from scipy.special import lambertw

    tau, onset, amplitude = 8.0, 50.0, 1.5
    x = np.clip((T - onset) / tau, 0, None)
    found = epsp_shape(-65 + amplitude * x * np.exp(1 - x), T, onset)
    roots = [float(-lambertw(-part / np.e).real) for part in (0.2, 0.8)]
    assert found["amplitude"] == pytest.approx(amplitude, rel=1e-4)
    assert found["time_to_peak"] == pytest.approx(tau, abs=0.05)
    assert found["rise_time"] == pytest.approx(tau * (roots[1] - roots[0]), abs=0.01)
    assert np.isnan(epsp_shape(np.full(len(T), -65.0), T, onset)["rise_time"])


def test_hedges_g_is_cohens_d_with_its_correction():
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0])
    pooled = np.sqrt((3 * a.var(ddof=1) + 2 * b.var(ddof=1)) / 5)
    assert hedges_g(a, b) == pytest.approx((2.5 - 4) / pooled * (1 - 3 / (4 * 7 - 9)))
    assert np.isnan(hedges_g(np.ones(3), np.ones(3)))


def test_bootstrap_intervals_have_their_level():
    """In 300 samples of 40 normal deviates, the 90 % interval holds the mean in 90 % ± 3 standard errors (less a bias of 2 %)."""
    rng = np.random.default_rng(5)
    inside = sum(low <= 0 <= high for low, high in
                 (bootstrap_interval(rng.normal(size=40), level=0.9, n=400, seed=i) for i in range(300)))
    assert 0.82 < inside / 300 < 0.95
    assert bootstrap_interval([1.0, 2.0, 3.0]) == bootstrap_interval([1.0, 2.0, 3.0])
    assert all(np.isnan(bootstrap_interval([1.0])))


def test_summaries_leave_out_undefined_values():
    found = summary([1.0, np.nan, 3.0])
    assert (found["mean"], found["n"], found["std"], found["sem"]) == (2.0, 2, pytest.approx(np.sqrt(2)), pytest.approx(1.0))
    assert np.isnan(summary([np.nan])["mean"])
    assert summary(5.0)["std"] is None
