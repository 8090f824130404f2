"""The CV of a short window, corrected, is nearer to that of a long one."""

import numpy as np
import pytest

from simcore.analysis.activity import Activity
from simcore.analysis.variability import cv_isi
from simcore.analysis.windows import cv_isi_corrected


def renewal(shape, rate, window, n_cells=2000, seed=1):
    """Gamma processes of this shape, in equilibrium, as an Activity of `window` ms."""
    random = np.random.default_rng(seed)
    n = int(4 * rate * window * 1e-3) + 40
    times = np.cumsum(random.gamma(shape, 1e3 / rate / shape, (n_cells, n)), axis=1) - 20e3 / rate
    cell, k = np.nonzero((times > 0) & (times <= window))
    tick = np.ceil(times[cell, k] / 0.1).astype(np.int64)
    return Activity("exc", n_cells, tick, cell, 0.1, 0.0, window)


@pytest.mark.parametrize("shape", [1.0, 2.0])
def test_correction_takes_most_of_the_bias(shape):
    activity = renewal(shape, 8.0, 5000.0)
    exact = shape**-0.5
    assert cv_isi(activity) < exact - 0.015
    assert abs(cv_isi_corrected(activity) - exact) < 0.5 * abs(cv_isi(activity) - exact)


def test_clock_needs_no_correction():
    tick = np.arange(100, 10_001, 100)
    activity = Activity("exc", 1, tick, np.zeros_like(tick), 0.1, 0.0, 1000.0)
    assert cv_isi_corrected(activity) == pytest.approx(0.0, abs=1e-12)


def test_no_spikes_give_nan():
    empty = np.zeros(0, dtype=np.int64)
    assert np.isnan(cv_isi_corrected(Activity("exc", 3, empty, empty, 0.1, 0.0, 1000.0)))
