"""Firing rates."""

from __future__ import annotations

import numpy as np

from simcore.analysis.activity import Activity
from simcore.analysis.base import quantity


@quantity(units="Hz", source="Dayan & Abbott (2001) Theoretical Neuroscience, MIT Press, eq. 1.4")
def mean_rate(activity: Activity) -> float:
    """Mean firing rate of the cells of a population.

    r = N_spikes / (N_cells T), T the window after the transient; NaN without cells or with an empty window.
    """
    return per_cell_rate(activity).mean() if activity.n_cells and activity.window > 0 else np.nan


@quantity(units="Hz", source="Dayan & Abbott (2001) Theoretical Neuroscience, MIT Press, eq. 1.4")
def rate_std(activity: Activity) -> float:
    """Standard deviation of the firing rate over the cells of a population.

    sqrt(1/N sum_i (r_i - r)^2), r_i = n_i / T: includes the counting noise of a finite window, r / T for Poisson cells.
    """
    return per_cell_rate(activity).std() if activity.n_cells and activity.window > 0 else np.nan


def per_cell_rate(activity: Activity) -> np.ndarray:
    """Spikes per second of each cell [Hz] (n_cells,)."""
    return activity.n_spikes / activity.window * 1e3
