import elephant.spectral
import neo
import numpy as np
import pytest
import quantities as pq
from numpy.testing import assert_allclose

from simcore.analysis.spectra import dominant_frequency, power_spectrum, spectral_peak
from tests.unit.analysis.made import activity, poisson_trains


def modulated(rng, n_cells, rate, frequency, duration, dt=0.1):
    """Poisson cells with rate (1 + 0.5 sin(2 pi f t))."""
    t = np.arange(1, round(duration / dt) + 1) * dt
    p = rate * (1 + 0.5 * np.sin(2 * np.pi * frequency * t * 1e-3)) * dt * 1e-3
    return activity([t[rng.random(len(t)) < p] for _ in range(n_cells)], duration=duration)


@pytest.mark.parametrize("frequency", [22.0, 180.0, 667.0])
def test_the_frequency_of_a_modulated_poisson_process_is_found(frequency):
    """To half the resolution of 1 / 256 ms; 667 Hz is that of Brunel's synchronous regular state."""
    seen = modulated(np.random.default_rng(1), 100, 40.0, frequency, 3000.0)
    assert dominant_frequency(seen) == pytest.approx(frequency, abs=0.5e3 / 256)
    assert spectral_peak(seen) > 20


def test_the_spectrum_of_poisson_cells_is_flat_at_twice_the_rate_over_their_number():
    seen = activity(poisson_trains(np.random.default_rng(2), 100, 20.0, 20_000.0), duration=20_000.0)
    power = power_spectrum(seen).sel(frequency=slice(10, None))
    assert float(power.mean()) == pytest.approx(2 * 20 / 100, rel=0.02)
    assert spectral_peak(seen) < 2


def test_the_spectrum_is_elephants_of_the_same_segments():
    seen = modulated(np.random.default_rng(3), 20, 40.0, 50.0, 2000.0)
    rate = seen.counts(1.0) / (20 * 1e-3)
    signal = neo.AnalogSignal(rate * pq.Hz, sampling_rate=1 * pq.kHz)
    frequency, power = elephant.spectral.welch_psd(signal, len_segment=256, overlap=0.5, window="hann")
    ours = power_spectrum(seen, bin=1.0)
    inside = frequency.magnitude <= 1000
    assert_allclose(ours.frequency, frequency.magnitude[inside])
    assert_allclose(ours, power.magnitude.squeeze()[inside], rtol=1e-9)


def test_frequencies_do_not_depend_on_dt_or_on_the_length_of_the_run():
    short = power_spectrum(activity([[10.0]], duration=100.0))
    fine = power_spectrum(activity([[10.0, 600.0]], duration=1000.0, dt=0.05))
    assert np.isnan(short).all()                    # shorter than a segment
    assert not np.isnan(fine).any()
    assert_allclose(short.frequency, fine.frequency)
    assert short.frequency.values[-1] == 1000


def test_without_spikes_there_is_no_dominant_frequency():
    silent = activity([[]], duration=1000.0)
    assert (power_spectrum(silent) == 0).all()
    assert np.isnan(dominant_frequency(silent))
    assert np.isnan(spectral_peak(silent))
    assert np.isnan(dominant_frequency(activity([[10.0]], duration=100.0)))
