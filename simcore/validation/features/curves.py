"""Features of f–I curves. Currents in nA, rates in Hz."""

from __future__ import annotations

import numpy as np


def slope_above_threshold(currents: np.ndarray, rates: np.ndarray, span: float) -> tuple[float, float, int]:
    """Slope of the least-squares line through the rates of the currents in [first, first + span], first that with spikes.

    currents: (n,), ascending; rates: (n,). Returns slope [Hz/nA], first current [nA] and how many currents counted;
    NaN for the slope with fewer than two, and for the first current if there is none.
    """
    currents, rates = np.asarray(currents, float), np.asarray(rates, float)
    firing = np.flatnonzero(rates > 0)
    if not len(firing):
        return np.nan, np.nan, 0
    first = currents[firing[0]]
    chosen = (currents >= first) & (currents <= first + span * (1 + 1e-9))
    slope = np.polyfit(currents[chosen], rates[chosen], 1)[0] if chosen.sum() > 1 else np.nan
    return float(slope), float(first), int(chosen.sum())
