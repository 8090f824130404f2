"""Brunel's network at one point of each regime: rates, CVs and synchrony agree with NEST's within statistical error.

How the error was estimated. NEST ran the network with n seeds; each seed draws connections, noise and initial
potentials anew, so the spread over seeds holds every source of variation. If simcore's runs come from the same
distribution, the mean of m new runs lies with probability 1 - alpha within

    mean +- t(1 - alpha/2, n - 1) * sd * sqrt(1/n + 1/m)            (Student-t prediction interval)

of NEST's mean; sd is NEST's own, so that a spread of ours that is too large cannot excuse a deviation. The test
makes k comparisons and holds only if all do: each is made at alpha = FAMILY_LEVEL / k (Bonferroni). If both simulators
agree, a change of random streams makes it fail once in 1 / FAMILY_LEVEL = 100 such changes, or less. With fixed seeds
it is reproducible. The interval must also be narrow (WIDEST), or agreement would mean nothing.
"""

import numpy as np
import pytest
from scipy import stats as theory

from tests.peers.spiking import brunel_statistics as stats
from tests.peers.spiking.brunel_simcore import COMPARED, NEST, measured

SEEDS = {"SR": (1, 2), "SI_fast": (1, 2, 3), "AI": (1, 2, 3), "SI_slow": (1, 2, 3)}      # SR has 30 times the spikes
FAMILY_LEVEL = 0.01
WIDEST = {"rate": 0.2, "cv": 0.2, "synchrony": 0.7}         # half width of the interval over NEST's mean, at most


@pytest.fixture(scope="module", params=list(stats.POINTS))
def runs(request):
    """(point, values of our runs, values of NEST's runs)"""
    point = request.param
    return point, [measured(point, seed) for seed in SEEDS[point]], NEST["points"][point]["runs"]


def prediction_interval(reference, n_new, level):
    """(centre, half width) that holds the mean of n_new runs with probability 1 - level."""
    n = reference.size
    quantile = theory.t.ppf(1 - level / 2, n - 1)
    return reference.mean(), quantile * reference.std(ddof=1) * np.sqrt(1 / n + 1 / n_new)


def test_rates_cvs_and_synchrony_lie_within_the_prediction_interval_of_nest(runs):
    point, ours, nests = runs
    assert len(nests) >= 8
    level = FAMILY_LEVEL / (len(COMPARED) * len(stats.POINTS))
    outside = []
    for name in COMPARED:
        reference = np.array([run[name] for run in nests])
        mean = np.mean([run[name] for run in ours])
        centre, half = prediction_interval(reference, len(ours), level)
        z = (mean - centre) / (reference.std(ddof=1) * np.sqrt(1 / reference.size + 1 / len(ours)))
        line = f"{point:8} {name:14} simcore {mean:10.4f}  NEST {centre:10.4f} +- {half:.4f}  ({z:+.2f} s.e.)"
        print(line)
        if point != "SR" or not name.startswith("cv"):          # SR fires like a clock: its CV is all but 0
            assert half < WIDEST[name.split("_")[0]] * centre, f"the interval is too wide to mean anything: {line}"
        if abs(mean - centre) > half:
            outside.append(line)
    assert not outside, "\n".join(outside)


def test_the_regimes_are_the_ones_that_were_meant(runs):
    """Brunel (2000), fig. 8: SR fires fast and like a clock, SI irregularly to a fast or slow beat, AI asynchronously."""
    point, ours, nests = runs
    expected = {"SR": (300, 360, 0.0, 0.1), "SI_fast": (50, 70, 0.6, 1.0), "AI": (30, 45, 0.3, 0.5),
                "SI_slow": (3, 8, 0.4, 0.7)}[point]
    for run in (*ours, *nests):
        assert expected[0] < run["rate_exc"] < expected[1]
        assert expected[2] <= run["cv_exc"] < expected[3]


def test_the_beat_of_the_oscillating_regimes_is_nests(runs):
    """Dominant frequency: mean of ours within the interval of NEST's, widened by the resolution of the spectrum."""
    point, ours, nests = runs
    if point == "AI":
        assert max(run["synchrony_exc"] for run in ours) < 150      # no beat to compare: a broad, weak peak
        return
    reference = np.array([run["dominant_frequency_exc"] for run in nests])
    centre, half = prediction_interval(reference, len(ours), FAMILY_LEVEL / 3)
    resolution = 1e3 / (stats.SEGMENT * stats.DT)
    assert abs(np.mean([run["dominant_frequency_exc"] for run in ours]) - centre) <= half + resolution
