"""Norm scores of arrays of scores."""

from __future__ import annotations

import math

import numpy as np

_erfc = np.vectorize(math.erfc, otypes=[float])


def tail(values: np.ndarray) -> np.ndarray:
    """Probability of a normal deviate at least as far from 0 (both tails)."""
    return _erfc(np.abs(np.asarray(values, float)) / math.sqrt(2.0))


def inverse(values: np.ndarray) -> np.ndarray:
    """1 / (1 + x)."""
    return 1 / (1 + np.asarray(values, float))
