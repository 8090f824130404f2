"""f–I curves of runs: slopes against closed forms, curves against published points, and what cannot be judged."""

import numpy as np
import pytest
import xarray as xr

from simcore.validation.features.curves import slope_above_threshold
from simcore.validation.judge import judge

CURVES = "simcore.validation.checks.curves."


def runs(currents, rates, trials=1):
    """Quantities of one run a current and trial."""
    currents, rates = np.repeat(currents, trials), np.repeat(rates, trials)
    n = len(currents)
    return xr.Dataset({"mean_rate": (("run", "population"), np.array(rates, float)[:, None], {"units": "Hz"})},
                      coords={"run": np.arange(n), "run_id": ("run", [f"{i:012x}" for i in range(n)]),
                              "current": ("run", np.array(currents, float), {"units": "nA"}),
                              "trial": ("run", list(range(trials)) * (n // trials)), "population": ["cell"]})


def slope(curve, **keys):
    entry = {"test": CURVES + "FISlopeTest", "observation": {"mean": 70.0, "std": 5.0, "units": "Hz/nA", "source": "made up 2000"}}
    return judge(curve, [entry | keys])["scores"][0]


def test_the_slope_is_that_of_the_line_above_the_first_current_that_makes_the_cell_fire():
    currents = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 1.0])
    rates = np.array([0.0, 0.0, 2.0, 9.0, 16.0, 20.0])
    assert slope_above_threshold(currents, rates, 0.3) == pytest.approx((70.0, 0.3, 3))
    assert slope_above_threshold(currents, rates, 0.7)[2] == 4
    assert np.isnan(slope_above_threshold(currents, 0 * rates, 0.3)[0])
    assert np.isnan(slope_above_threshold(currents, rates, 0.05)[0])


def test_a_slope_passes_where_it_is_within_two_standard_deviations():
    right = slope(runs([0.2, 0.3, 0.4], [0, 2.0, 9.0]))
    assert right["passed"]
    assert right["score"] == pytest.approx(0.0, abs=1e-9)
    assert right["related"]["curve"]["rates"] == [0.0, 2.0, 9.0]
    steep = slope(runs([0.2, 0.3, 0.4], [0, 2.0, 12.0]))
    assert not steep["passed"]
    assert steep["score"] == pytest.approx(6.0)
    assert "100 Hz/nA over 2 currents from 0.3 nA" in steep["description"]


def test_a_standard_error_is_turned_into_the_spread_of_cells():
    cell = slope(runs([0.3, 0.4], [2.0, 12.0]), observation={"mean": 70.0, "sem": 1.0, "n": 25, "units": "Hz/nA", "source": "2000"})
    assert cell["score"] == pytest.approx(30 / 5)


def test_slopes_have_units():
    cell = slope(runs([0.3, 0.4], [2.0, 9.0]), observation={"mean": 0.07, "std": 0.005, "units": "Hz/pA", "source": "2000"})
    assert cell["observation"]["mean"] == pytest.approx(70.0)
    assert cell["score"] == pytest.approx(0.0, abs=1e-9)


def test_a_cell_that_does_not_fire_has_no_slope():
    cell = slope(runs([0.3, 0.4], [0.0, 0.0]))
    assert cell["type"] == "InsufficientDataScore"
    assert "passed" not in cell


def curve_entry(**keys):
    return [{"test": CURVES + "RunsFICurveTest", "observation": {"currents": [0.3, 0.4], "rates": [2.0, 9.0], "std": [1.0, 2.0],
                                                                  "units": "Hz", "source": "made up 2000"}} | keys]


def test_a_curve_is_compared_at_the_observed_currents_and_kept_whole():
    cell, = judge(runs([0.2, 0.3, 0.4], [0, 3.0, 9.0], trials=2), curve_entry())["scores"]
    assert cell["score"] == pytest.approx(np.sqrt(0.5))
    assert cell["passed"]
    assert cell["prediction"]["rates"] == [3.0, 9.0]
    assert cell["related"]["curve"]["currents"] == [0.2, 0.3, 0.4]


def test_a_current_that_was_not_run_is_an_error_that_names_the_others():
    cell, = judge(runs([0.3, 0.5], [2.0, 9.0]), curve_entry())["scores"]
    assert cell["type"] == "ErrorScore"
    assert "no run has current = 0.4 nA; there are 0.3, 0.5" in cell["score"]
    cell, = judge(runs([0.3, 0.4], [2.0, 9.0]), curve_entry(over="curent"))["scores"]
    assert "did you mean 'current'" in cell["score"]


def test_a_curve_is_judged_again_when_its_currents_or_rates_change(tmp_path):
    out = tmp_path / "scores.json"
    first = judge(runs([0.3, 0.4], [2.0, 9.0]), curve_entry(), out=out)["scores"][0]
    assert set(first["inputs"]) == {"quantity:mean_rate/cell", "explored:current"}
    other = judge(runs([0.4, 0.3], [2.0, 9.0]), curve_entry(), out=out)["scores"][0]
    assert other["prediction"]["rates"] == [9.0, 2.0]
