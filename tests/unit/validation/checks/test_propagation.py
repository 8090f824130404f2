"""Slopes over explored parameters and the rheobase of sweeps: judged right, judged wrong, and what cannot be judged."""

import numpy as np
import pytest
import xarray as xr

from simcore.errors import ExperimentError
from simcore.validation.judge import judge
from tests.unit.validation.checks.test_curves import runs

CHECKS = "simcore.validation.checks.propagation."


def ring(delays, times):
    n = len(delays)
    return xr.Dataset({"succession": (("run", "population"), np.array(times, float)[:, None], {"units": "ms"})},
                      coords={"run": np.arange(n), "run_id": ("run", [f"{i:012x}" for i in range(n)]),
                              "delay": ("run", np.array(delays, float), {"units": "ms"}), "population": ["ring"]})


def slope(quantities, mean=1.0, std=0.01, **keys):
    entry = {"test": CHECKS + "SlopeTest", "observation": {"mean": mean, "std": std, "source": "theory", **keys.pop("unit", {})}}
    return judge(quantities, [entry | keys])["scores"][0]


def rheobase(quantities, value, **keys):
    entry = {"test": CHECKS + "RheobaseTest", "observation": {"rheobase": value, "source": "made up 2000"}}
    return judge(quantities, [entry | keys])["scores"][0]


def test_a_line_of_the_right_slope_passes_wherever_it_begins():
    right = slope(ring([1, 2, 5], [1.7, 2.7, 5.7]))
    assert right["passed"] and right["score"] == pytest.approx(0.0, abs=1e-9)
    assert right["related"]["points"] == [[1.0, 2.0, 5.0], [1.7, 2.7, 5.7]]


def test_another_slope_fails_by_its_distance_in_standard_deviations():
    wrong = slope(ring([0, 1], [3.0, 4.05]))
    assert wrong["passed"] is False and wrong["score"] == pytest.approx(5.0)
    assert slope(ring([0, 1], [3.0, 4.05]), limit=6.0)["passed"]


def test_slopes_have_the_units_that_the_test_is_given():
    assert slope(ring([0, 1], [3.0, 4.0]), units="ms", unit={"units": "ms"})["passed"]
    with pytest.raises(ExperimentError, match="Must have units"):
        slope(ring([0, 1], [3.0, 4.0]), unit={"units": "ms"})


def test_one_point_is_no_line():
    assert slope(ring([1, 2], [1.7, np.nan]))["type"] == "InsufficientDataScore"


@pytest.mark.parametrize(("value", "passed"), [(0.25, True), (0.3, True), (0.2, False), (0.35, False)])
def test_the_rheobase_lies_between_the_last_silent_and_the_first_firing_current(value, passed):
    found = rheobase(runs([0.1, 0.2, 0.3, 0.4], [0.0, 2.0, 30.0, 40.0]), value)
    assert found["passed"] is passed
    assert "silent at 0.2 nA, firing at 0.3 nA" in found["description"]


def test_a_lower_rate_counts_if_it_is_said_to():
    assert rheobase(runs([0.1, 0.2, 0.3], [0.0, 2.0, 30.0]), 0.15, minimum=1.0)["passed"]


@pytest.mark.parametrize("rates", [[0.0, 0.0], [20.0, 30.0]])
def test_a_sweep_on_one_side_of_the_rheobase_is_not_enough(rates):
    assert rheobase(runs([0.1, 0.2], rates), 0.15)["type"] == "InsufficientDataScore"
