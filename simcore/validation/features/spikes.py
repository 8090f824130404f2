"""Features of spike trains. Times in ms, rates in Hz."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def rate(times: np.ndarray, start: float, stop: float) -> float:
    """Spikes per second in (start, stop] [Hz]. Source: Dayan & Abbott (2001), eq. 1.4."""
    times = np.asarray(times, float)
    return 1e3 * float(((times > start) & (times <= stop)).sum()) / (stop - start)


def adaptation_index(times: np.ndarray) -> float:
    """Mean relative change of successive inter-spike intervals; NaN with fewer than three spikes.

    A = 1/(N - 1) sum_i (I_{i+1} - I_i) / (I_{i+1} + I_i) over N intervals: 0 for a regular train, > 0 if it slows down.
    Source: Druckmann et al. (2007) Front Neurosci 1:7, "accommodation index", without skipping intervals.
    """
    interval = np.diff(np.sort(np.asarray(times, float)))
    if len(interval) < 2:
        return np.nan
    return float(np.mean(np.diff(interval) / (interval[1:] + interval[:-1])))


def psth(trials: Sequence[np.ndarray], start: float, stop: float, bin: float) -> tuple[np.ndarray, np.ndarray]:
    """Peri-stimulus time histogram: centres of bins [ms] and rate [Hz], mean over trials.

    Bins [t, t + bin) from start; the last one ends at or before stop. Source: Gerstein & Kiang (1960) Biophys J 1:15.
    """
    n_bins = int((stop - start) / bin + 1e-9)
    counts = np.zeros(n_bins)
    for times in trials:
        place = np.floor((np.asarray(times, float) - start) / bin + 1e-9).astype(int)
        counts += np.bincount(place[(place >= 0) & (place < n_bins)], minlength=n_bins)
    return start + bin * (np.arange(n_bins) + 0.5), 1e3 * counts / (max(len(trials), 1) * bin)
