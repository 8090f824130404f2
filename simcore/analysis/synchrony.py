"""How much cells fire together: fluctuations of the population, correlations of pairs, membrane potentials."""

from __future__ import annotations

import numpy as np

from simcore.analysis.activity import Activity
from simcore.analysis.base import quantity


@quantity(source="Brunel (2000) J Comput Neurosci 8:183, sec. 4: var. of the global activity of a finite AI network",
          options={"bin": "ms"})
def synchrony(activity: Activity, *, bin: float = 1.0) -> float:
    """Variance of the population's binned spike count over its Poisson expectation.

    S = var(n) / mean(n), n the spikes of all recorded cells in a bin (1 ms): 1 for independent Poisson cells
    (asynchronous irregular state), about the number of cells that fire in a bin if these always fire together.
    It grows with the number of cells recorded. NaN without spikes.
    """
    counts = activity.counts(bin)
    return float(counts.var() / counts.mean()) if counts.any() else np.nan


@quantity(source="Kumar, Schrader, Aertsen & Rotter (2008) Neural Comput 20:1, sec. 3; Renart et al. (2010) Science "
                 "327:587", options={"bin": "ms", "cells": ""})
def count_correlation(activity: Activity, *, bin: float = 5.0, cells: int = 100) -> float:
    """Mean correlation coefficient of binned spike counts over pairs of a fixed subset of cells.

    Pearson's coefficient of n_i and n_j (bins of 5 ms), averaged over pairs i < j of those of the first `cells` (100)
    recorded cells whose count varies (a silent cell correlates with nothing). NaN with fewer than two such cells.
    """
    counts = activity.counts_per_cell(bin, cells=cells).astype(float)
    if counts.shape[1] < 2:
        return np.nan
    counts -= counts.mean(axis=1, keepdims=True)
    norm = np.sqrt((counts**2).sum(axis=1))
    counts = counts[norm > 0] / norm[norm > 0, None]
    n = len(counts)
    # sum over all pairs (i, j) is |sum_i x_i|^2; less the n pairs (i, i), each 1
    return float(((counts.sum(axis=0) ** 2).sum() - n) / (n * (n - 1))) if n > 1 else np.nan


@quantity(trace="v", source="Golomb & Rinzel (1994) Physica D 72:259; Golomb (2007) Scholarpedia 2(1):1347")
def golomb_chi(activity: Activity) -> float:
    """Synchrony of membrane potentials: fluctuation of their mean over that of single cells.

    chi^2 = var_t(mean_i v_i) / mean_i(var_t v_i), over the cells whose v was recorded: 1 if all do the same, of order
    1/sqrt(N) if independent. NaN without traces or with fewer than two samples.
    """
    samples = activity.samples("v")
    if samples is None:
        return np.nan
    v = samples.values[:, ~np.isnan(samples.values).all(axis=0)] if len(samples.time) > 1 else np.empty((0, 0))
    if v.size == 0:
        return np.nan
    single = v.var(axis=0).mean()
    return float(np.sqrt(v.mean(axis=1).var() / single)) if single > 0 else np.nan
