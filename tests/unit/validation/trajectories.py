"""Datasets of quantities like those that `derive` writes, with values near NEST's for Brunel's network."""

import numpy as np
import xarray as xr

POINTS = [  # g, eta, rate, cv, synchrony, frequency, modulation
    (3.0, 2.0, 333.4, 0.0009, 1690.0, 668.0, 1.5),
    (6.0, 4.0, 59.6, 0.826, 491.0, 180.0, 0.95),
    (5.0, 2.0, 37.88, 0.40, 104.0, 127.0, 0.55),
    (4.5, 0.9, 5.39, 0.53, 179.0, 20.0, 1.8),
]


def brunel(points=POINTS, trials=2, spread=0.001):
    """Quantities (run, population) of `trials` runs per point; values differ by `spread` between trials."""
    rows = [point for point in points for _ in range(trials)]
    factor = 1 + spread * (np.arange(len(rows)) % trials)[:, None]
    populations = ["exc", "inh"]

    def column(i, units):
        return ("run", "population"), np.array([[row[i]] * 2 for row in rows]) * factor, {"units": units}

    frequency = np.arange(0, 1001, 3.90625)
    spectrum = np.zeros((len(rows), 2, len(frequency)))
    for run, row in enumerate(rows):
        peak = np.argmin(abs(frequency - row[5]))
        spectrum[run, :, peak] = (row[6] * row[2] * factor[run, 0]) ** 2 / 3.90625      # its integral is (modulation rate)^2
    return xr.Dataset(
        {"mean_rate": column(2, "Hz"), "cv_isi": column(3, "1"), "synchrony": column(4, "1"),
         "dominant_frequency": column(5, "Hz"),
         "power_spectrum": (("run", "population", "frequency"), spectrum, {"units": "Hz^2/Hz"})},
        coords={"run": np.arange(len(rows)), "run_id": ("run", [f"{i:012x}" for i in range(len(rows))]),
                "g": ("run", [row[0] for row in rows], {"units": "1"}),
                "eta": ("run", [row[1] for row in rows], {"units": "1"}),
                "trial": ("run", list(range(trials)) * len(points), {"units": "1"}),
                "population": populations, "frequency": frequency})
