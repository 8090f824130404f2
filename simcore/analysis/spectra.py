"""Power spectra of the population rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.activity import Activity
from simcore.analysis.base import quantity

if TYPE_CHECKING:
    import xarray as xr

_WELCH = "Welch (1967) IEEE Trans Audio Electroacoust 15:70"


@quantity(dims=("population", "frequency"), units="Hz^2/Hz", source=_WELCH,
          options={"bin": "ms", "segment": "ms", "maximum": "Hz"})
def power_spectrum(activity: Activity, *, bin: float = 0.0, segment: float = 256.0,
                   maximum: float = 1000.0) -> xr.DataArray:
    """Power spectral density of the population rate (spikes per cell and second).

    One-sided; mean over half-overlapping Hann segments of 256 ms, each less its mean: a resolution of 3.9 Hz.
    Bins of dt unless `bin` is given: wider ones fold fast oscillations down. N independent Poisson cells of rate r
    have 2 r / N. NaN if the window is shorter than a segment.
    """
    import xarray as xr

    frequency, power = _density(activity, bin, segment)
    shown = frequency <= maximum
    axis = ("frequency", frequency[shown], {"units": "Hz", "long_name": "frequency"})
    return xr.DataArray(power[shown], dims=("frequency",), coords={"frequency": axis})


@quantity(units="Hz", source=_WELCH, options={"bin": "ms", "segment": "ms", "minimum": "Hz", "maximum": "Hz"})
def dominant_frequency(activity: Activity, *, bin: float = 0.0, segment: float = 256.0, minimum: float = 3.0,
                       maximum: float = 1000.0) -> float:
    """Frequency of the largest power of the population rate.

    Of `power_spectrum`, between 3 and 1000 Hz. Any spectrum has a largest value: look at spectral_peak before
    calling it an oscillation. NaN without spikes or if the window is shorter than a segment.
    """
    frequency, power = _band(activity, bin, segment, minimum, maximum)
    return float(frequency[power.argmax()]) if power.any() else np.nan


@quantity(source=_WELCH, options={"bin": "ms", "segment": "ms", "minimum": "Hz", "maximum": "Hz"})
def spectral_peak(activity: Activity, *, bin: float = 0.0, segment: float = 256.0, minimum: float = 3.0,
                  maximum: float = 1000.0) -> float:
    """Height of the largest power of the population rate over the median power.

    Both of `power_spectrum` between 3 and 1000 Hz. A flat spectrum of n averaged segments at m frequencies has about
    1 + sqrt(2 ln m / n); an oscillation has tens to thousands.
    """
    _, power = _band(activity, bin, segment, minimum, maximum)
    return float(power.max() / np.median(power)) if power.any() and np.median(power) > 0 else np.nan


def _band(activity: Activity, bin: float, segment: float, minimum: float,
          maximum: float) -> tuple[np.ndarray, np.ndarray]:
    frequency, power = _density(activity, bin, segment)
    inside = (frequency >= minimum) & (frequency <= maximum)
    if not inside.any() or np.isnan(power).any():
        return np.zeros(1), np.zeros(1)
    return frequency[inside], power[inside]


def _density(activity: Activity, bin: float, segment: float) -> tuple[np.ndarray, np.ndarray]:
    """One-sided density [Hz^2/Hz] of spikes per cell and second, at whole multiples of 1 / segment [Hz]."""
    from scipy.signal import welch

    width = bin or activity.dt
    n = activity.steps(segment) // activity.steps(width)
    counts = activity.counts(width)
    if len(counts) < n or activity.n_cells == 0:
        frequency = np.fft.rfftfreq(n, width * 1e-3)
        return frequency, np.full(len(frequency), np.nan)
    rate = counts / (activity.n_cells * width * 1e-3)
    return welch(rate, 1e3 / width, window="hann", nperseg=n, noverlap=n // 2, detrend="constant")
