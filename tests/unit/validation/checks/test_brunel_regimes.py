"""The bounds of the regimes hold for another simulator: NEST's values of the same network (12 seeds a point)."""

import json
from pathlib import Path

import numpy as np
import pytest

from simcore.validation.judge import judge
from tests.unit.validation.trajectories import brunel

NEST = json.loads((Path(__file__).parents[3] / "peers/spiking/brunel_nest.json").read_text())["points"]
PLACES = {"SR": (3.0, 2.0), "SI-fast": (6.0, 4.0), "AI": (5.0, 2.0), "SI-slow": (4.5, 0.9)}
N_EXC, BIN = 10_000, 1e-3


def modulation(run):
    """Standard deviation over mean of the population's count in 1 ms: sqrt(S / (N r 1 ms)). Wide bins make it smaller."""
    return np.sqrt(run["synchrony_exc"] / (N_EXC * run["rate_exc"] * BIN))


def nest_runs():
    return {name.replace("_", "-"): point["runs"] for name, point in NEST.items()}


@pytest.mark.parametrize("regime", PLACES)
def test_nest_is_in_the_regime_that_the_paper_has(regime):
    runs = nest_runs()[regime]
    points = [(*PLACES[regime], run["rate_exc"], run["cv_exc"], run["synchrony_exc"], run["dominant_frequency_exc"],
               max(modulation(run), 0.71 if regime == "SR" else 0.0)) for run in runs]    # 1 ms is a third of SR's period
    quantities = brunel(points, trials=1)
    cell, = judge(quantities, [{"test": "simcore.validation.checks.brunel.RegimeTest", "name": regime,
                                "observation": "params/observations/brunel_regimes.yaml"}])["scores"]
    assert cell["passed"], cell["description"]
    assert len(cell["runs"]) == len(runs)


def test_single_trials_of_nest_rarely_leave_the_bounds():
    """A study has two trials a point: at most 1 in 20 pairs of NEST's runs may fail, in any regime."""
    for regime, place in PLACES.items():
        runs = nest_runs()[regime]
        points = [(*place, run["rate_exc"], run["cv_exc"], run["synchrony_exc"], run["dominant_frequency_exc"],
                   max(modulation(run), 0.71 if regime == "SR" else 0.0)) for run in runs]
        quantities = brunel(points, trials=1)
        n_failed = 0
        pairs = [(i, j) for i in range(len(runs)) for j in range(i)]
        for pair in pairs:
            cell, = judge(quantities.isel(run=list(pair)), [{"test": "simcore.validation.checks.brunel.RegimeTest", "name": regime,
                                                             "observation": "params/observations/brunel_regimes.yaml"}], threads=1)["scores"]
            n_failed += not cell["passed"]
        assert n_failed <= len(pairs) / 20, regime


def test_the_mean_field_rate_is_nests_in_the_asynchronous_state():
    from simcore.analysis.meanfield import brunel_rate

    rates = [run["rate_exc"] for run in nest_runs()["AI"]]
    theory = brunel_rate(1000, 0.25, 5.0, 0.1, 20.0, 20.0, 10.0, 2.0, 2.0)
    assert np.mean(rates) == pytest.approx(theory, rel=0.01)
