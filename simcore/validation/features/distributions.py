"""Comparisons of two samples, and intervals of a statistic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def hedges_g(a: np.ndarray, b: np.ndarray) -> float:
    """Difference of means in pooled standard deviations, without the bias of small samples; NaN without variance.

    Source: Hedges (1981) J Educ Stat 6:107, with the factor 1 - 3 / (4 (n_a + n_b) - 9).
    """
    n_a, n_b = len(a), len(b)
    pooled = np.sqrt(((n_a - 1) * np.var(a, ddof=1) + (n_b - 1) * np.var(b, ddof=1)) / (n_a + n_b - 2))
    return float((np.mean(a) - np.mean(b)) / pooled * (1 - 3 / (4 * (n_a + n_b) - 9))) if pooled > 0 else np.nan


def bootstrap_interval(sample: np.ndarray, statistic: Callable[[np.ndarray], float] = np.mean, *, level: float = 0.95,
                       n: int = 2000, seed: int = 1) -> tuple[float, float]:
    """Percentile interval of a statistic of a sample (n,): Efron & Tibshirani (1993), ch. 13. Same seed, same interval.

    (NaN, NaN) for fewer than two values.
    """
    sample = np.asarray(sample, float)
    if len(sample) < 2:
        return np.nan, np.nan
    draws = np.random.Generator(np.random.Philox(seed)).integers(0, len(sample), (n, len(sample)))
    values = np.array([statistic(sample[draw]) for draw in draws])
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
