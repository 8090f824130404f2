"""How irregularly cells fire: inter-spike intervals and spike counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.activity import Activity
from simcore.analysis.base import quantity

if TYPE_CHECKING:
    import xarray as xr

MIN_INTERVALS = 3       # cells with fewer intervals in the window have no CV and no LV


@quantity(source="Softky & Koch (1993) J Neurosci 13:334; Brunel (2000) J Comput Neurosci 8:183, sec. 5")
def cv_isi(activity: Activity) -> float:
    """Coefficient of variation of inter-spike intervals, mean over cells with at least 3 intervals.

    CV_i = sigma_i / mean_i of the intervals of cell i, sigma_i^2 = 1/n sum (I - mean)^2: 1 for a Poisson process,
    1/sqrt(k) for a gamma process of shape k, 0 for a clock. NaN if no cell has 3 intervals. A window of few mean
    intervals biases it downwards, as long intervals do not fit in.
    """
    return _mean(_cv_per_cell(activity))


@quantity(source="Shinomoto, Shima & Tanji (2003) Neural Comput 15:2823, eq. 2.2")
def lv(activity: Activity) -> float:
    """Local variation of inter-spike intervals, mean over cells with at least 3 intervals.

    LV_i = 3 / (n - 1) sum_j ((I_j - I_{j+1}) / (I_j + I_{j+1}))^2: 1 for a Poisson process, 3 / (2 k + 1) for a gamma
    process of shape k, 0 for a clock; unlike CV it does not grow when the rate drifts slowly.
    """
    interval, cell = activity.intervals
    n = np.bincount(cell, minlength=activity.n_cells)
    same = cell[1:] == cell[:-1]
    total_time = interval[1:] + interval[:-1]       # 0 only where a source fires several times in a step: no variation
    ratio = np.divide(np.diff(interval), total_time, out=np.zeros(len(total_time)), where=total_time > 0)[same]
    total = np.bincount(cell[1:][same], ratio**2, activity.n_cells)
    enough = n >= MIN_INTERVALS
    return _mean(3 * total[enough] / (n[enough] - 1))


@quantity(dims=("population", "cv"), source="as cv_isi", options={"bin": "", "maximum": ""})
def cv_histogram(activity: Activity, *, bin: float = 0.05, maximum: float = 2.0) -> xr.DataArray:
    """Distribution over cells of the coefficient of variation, as the fraction of cells in each bin.

    Of the cells with at least 3 intervals; cells above `maximum` are left out, so the sum may be below 1.
    """
    cv = _cv_per_cell(activity)
    return _histogram(cv, bin, maximum, "cv", "1", 1 / len(cv) if len(cv) else np.nan)


@quantity(dims=("population", "interval"), units="1/ms", source="Perkel, Gerstein & Moore (1967) Biophys J 7:391",
          options={"bin": "ms", "maximum": "ms"})
def isi_histogram(activity: Activity, *, bin: float = 2.0, maximum: float = 200.0) -> xr.DataArray:
    """Probability density of the inter-spike intervals of all cells of a population.

    Number of intervals in a bin / (number of all intervals, also those above `maximum`) / width of the bin.
    """
    interval, _ = activity.intervals
    inside = interval - activity.dt / 2         # whole steps lie on the edges of bins: into the bin that they end
    return _histogram(inside, bin, maximum, "interval", "ms", 1 / (len(interval) * bin) if len(interval) else np.nan)


@quantity(source="Fano (1947) Phys Rev 72:26; Nawrot et al. (2008) J Neurosci Methods 169:374", options={"bin": "ms"})
def fano_factor(activity: Activity, *, bin: float = 100.0) -> float:
    """Fano factor of spike counts in successive windows, mean over cells that fired.

    F_i = var(n_i) / mean(n_i) over windows of `bin` (100 ms), var with ddof = 1: 1 for a Poisson process, about CV^2
    for a renewal process in windows of many intervals. NaN with fewer than two windows.
    """
    counts = activity.counts_per_cell(bin)
    fired = counts.any(axis=1)
    if counts.shape[1] < 2 or not fired.any():
        return np.nan
    return float(np.mean(counts[fired].var(axis=1, ddof=1) / counts[fired].mean(axis=1)))


def _cv_per_cell(activity: Activity) -> np.ndarray:
    """CV of each cell that has at least MIN_INTERVALS intervals, in the order of cells."""
    interval, cell = activity.intervals
    n = np.bincount(cell, minlength=activity.n_cells)
    mean = np.bincount(cell, interval, activity.n_cells) / np.maximum(n, 1)
    variance = np.bincount(cell, (interval - mean[cell]) ** 2, activity.n_cells) / np.maximum(n, 1)
    enough = n >= MIN_INTERVALS
    fires_once_a_step = mean[enough] > 0
    return np.divide(np.sqrt(variance[enough]), mean[enough], out=np.zeros(enough.sum()), where=fires_once_a_step)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _histogram(values: np.ndarray, width: float, maximum: float, dim: str, units: str, scale: float) -> xr.DataArray:
    import xarray as xr  # 0.7 s: not where only declarations are read

    n_bins = max(1, round(maximum / width))
    height, edges = np.histogram(values, bins=n_bins, range=(0.0, n_bins * width))
    centre = (dim, edges[:-1] + width / 2, {"units": units, "long_name": f"centre of the bin of {dim}"})
    return xr.DataArray(height * scale, dims=(dim,), coords={dim: centre})
