"""What is compared between NEST and simcore on Brunel's network, measured by the same code (numpy only).

Spikes are given as whole time steps ("ticks" of 0.1 ms): a spike with tick k happened at time k * dt, the end of
the step in which the threshold was crossed, in both simulators.
"""

from __future__ import annotations

import numpy as np

DT = 0.1                    # ms
MIN_INTERVALS = 3           # cells with fewer inter-spike intervals in the window have no CV
SEGMENT = 2560              # ticks of one segment of the power spectrum: 256 ms, resolution 3.9 Hz
BAND = (3.0, 1000.0)        # Hz, where the dominant frequency is looked for

# The regimes of Brunel (2000), fig. 8: one point (g, eta) inside each.
POINTS = {
    "SR": {"g": 3.0, "eta": 2.0},
    "SI_fast": {"g": 6.0, "eta": 4.0},
    "AI": {"g": 5.0, "eta": 2.0},
    "SI_slow": {"g": 4.5, "eta": 0.9},
}


def in_window(tick: np.ndarray, cell: np.ndarray, window: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Spikes with first < tick <= last, window = (first, last)."""
    inside = (tick > window[0]) & (tick <= window[1])
    return tick[inside], cell[inside]


def mean_rate(tick: np.ndarray, n_cells: int, window: tuple[int, int]) -> float:
    """Spikes per cell and second [Hz]; all spikes lie in the window."""
    return tick.size / n_cells / ((window[1] - window[0]) * DT * 1e-3)


def mean_cv(tick: np.ndarray, cell: np.ndarray, n_cells: int) -> tuple[float, int]:
    """Mean over cells of standard deviation (ddof = 0) / mean of the inter-spike intervals, and how many cells.

    Only intervals between two spikes of the window count; only cells with at least MIN_INTERVALS of them.
    """
    order = np.lexsort((tick, cell))
    tick, cell = tick[order], cell[order]
    same = cell[1:] == cell[:-1]
    interval, owner = np.diff(tick)[same].astype(float), cell[1:][same]
    count = np.bincount(owner, minlength=n_cells)
    enough = count >= MIN_INTERVALS
    if not enough.any():
        return float("nan"), 0
    divisor = np.maximum(count, 1)
    mean = np.bincount(owner, interval, n_cells) / divisor
    variance = np.bincount(owner, (interval - mean[owner]) ** 2, n_cells) / divisor
    cv = np.sqrt(variance[enough]) / mean[enough]
    return float(cv.mean()), int(enough.sum())


def synchrony(tick: np.ndarray, window: tuple[int, int], bin_ms: float = 1.0) -> float:
    """Variance (ddof = 0) over mean of the population's spike count in bins; 1 for independent Poisson cells."""
    width = round(bin_ms / DT)
    n_bins = (window[1] - window[0]) // width
    count = np.bincount((tick - window[0] - 1) // width, minlength=n_bins)[:n_bins]
    return float(count.var() / count.mean()) if count.any() else float("nan")


def dominant_frequency(tick: np.ndarray, window: tuple[int, int]) -> float:
    """Frequency [Hz] of the largest power of the population rate (bins of dt) within BAND.

    Power: mean over half-overlapping Hann segments of 256 ms, each less its mean (Welch 1967).
    """
    n = window[1] - window[0]
    rate = np.bincount(tick - window[0] - 1, minlength=n)[:n].astype(float)
    taper = np.hanning(SEGMENT)
    starts = range(0, n - SEGMENT + 1, SEGMENT // 2)
    segments = np.array([rate[s:s + SEGMENT] - rate[s:s + SEGMENT].mean() for s in starts])
    power = (np.abs(np.fft.rfft(segments * taper, axis=1)) ** 2).mean(axis=0)
    frequency = np.fft.rfftfreq(SEGMENT, DT * 1e-3)
    inside = (frequency >= BAND[0]) & (frequency <= BAND[1])
    return float(frequency[inside][power[inside].argmax()])


def measure(exc: tuple[np.ndarray, np.ndarray], inh: tuple[np.ndarray, np.ndarray],
            sizes: tuple[int, int], window: tuple[int, int]) -> dict[str, float]:
    """All values of one run. exc, inh: (tick, cell number from 0) of all spikes; window: (first, last] ticks."""
    values: dict[str, float] = {}
    for name, spikes, n_cells in (("exc", exc, sizes[0]), ("inh", inh, sizes[1])):
        tick, cell = in_window(*spikes, window)
        values[f"rate_{name}"] = mean_rate(tick, n_cells, window)
        values[f"cv_{name}"], values[f"n_cells_cv_{name}"] = mean_cv(tick, cell, n_cells)
        if name == "exc":
            values["synchrony_exc"] = synchrony(tick, window)
            values["dominant_frequency_exc"] = dominant_frequency(tick, window)
    return values
