"""The validate step: entries of an experiment file, cells that are reused, scores.json."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from simcore.errors import ExperimentError, SimcoreError
from simcore.validation import Test as SciTest
from simcore.validation.checks.brunel import MeanFieldRateTest, RegimeTest
from simcore.validation.judge import judge
from simcore.validation.scorefile import read_scores
from tests.unit.validation.trajectories import POINTS, brunel

REGIME, MEAN_FIELD = (f"simcore.validation.checks.brunel.{cls.__name__}" for cls in (RegimeTest, MeanFieldRateTest))
BOUNDS = "params/observations/brunel_regimes.yaml"
AI = {"test": REGIME, "observation": BOUNDS, "at": {"g": 5, "eta": 2}, "name": "AI"}


def test_each_regime_passes_with_the_values_of_its_own_point_and_fails_with_those_of_any_other():
    places = {"SR": (3, 2), "SI-fast": (6, 4), "AI": (5, 2), "SI-slow": (4.5, 0.9)}
    for regime, own in places.items():
        for g, eta in places.values():
            cell, = judge(brunel(), [{**AI, "name": regime, "at": {"g": g, "eta": eta}}])["scores"]
            assert cell["passed"] is ((g, eta) == own), (regime, g, eta, cell["description"])


def test_mean_field_rate_agrees_in_the_asynchronous_state_and_rightly_fails_where_the_network_oscillates():
    cells = judge(brunel(), [{"test": MEAN_FIELD, "at": "each", "population": "exc"}])["scores"]
    assert {cell["model"]: cell["passed"] for cell in cells} == {
        "g=3, eta=2": True, "g=4.5, eta=0.9": False, "g=5, eta=2": True, "g=6, eta=4": False}
    theory = {cell["model"]: cell["observation"]["value"] for cell in cells}
    assert theory["g=5, eta=2"] == pytest.approx(37.95, abs=0.01)       # Siegert's equation solved with scipy.quad


def test_trials_of_a_point_are_its_sample():
    cell, = judge(brunel(trials=5), [AI])["scores"]
    assert len(cell["runs"]) == cell["prediction"]["cv_isi"]["n"] == 5
    assert cell["prediction"]["cv_isi"]["mean"] == pytest.approx(0.40 * 1.002)
    assert cell["runs"] == [f"{i:012x}" for i in range(10, 15)]


def test_theory_uses_the_parameters_of_the_points():
    points = {f"{i:012x}": {"parameters": {"J": 0.2, "cell": {"tau_m": 20.0}}} for i in range(8)}
    entry = {"test": MEAN_FIELD, "at": {"g": 5, "eta": 2}}
    known, = judge(brunel(), [entry], points=points)["scores"]
    papers, = judge(brunel(), [entry])["scores"]
    assert known["related"]["parameters"]["J"] == 0.2
    assert papers["related"]["parameters"]["J"] == 0.1
    assert known["observation"]["value"] != papers["observation"]["value"]


class CountingTest(SciTest):
    """Mean rate is below `most`."""

    default_params = {"population": "exc", "most": 50.0}  # noqa: RUF012
    judged = []  # noqa: RUF012

    def generate_prediction(self, model):
        self.judged.append(model.name)
        return float(model.produce_rate(self.params["population"]).mean())

    def compute_score(self, observation, prediction):
        return self.score_type(prediction < self.params["most"])


COUNTING = {"test": f"{__name__}.CountingTest", "at": "each"}


@pytest.fixture
def judged():
    CountingTest.judged.clear()
    return CountingTest.judged


def test_unchanged_cells_are_not_judged_again(tmp_path, judged):
    out = tmp_path / "scores.json"
    first = judge(brunel(), [COUNTING], None, out)
    assert len(judged) == 4
    assert judge(brunel(), [COUNTING], None, out) == first
    assert len(judged) == 4


def test_only_cells_whose_runs_changed_are_judged_again(tmp_path, judged):
    out = tmp_path / "scores.json"
    judge(brunel(), [COUNTING], None, out)
    changed = brunel()
    changed["mean_rate"][4, 0] += 1                 # a trial of (5, 2)
    changed["cv_isi"][0, 0] += 1                    # a quantity that the test does not look at
    judge(changed, [COUNTING], None, out)
    assert judged[4:] == ["g=5, eta=2"]


@pytest.mark.parametrize("change", [{"most": 60.0}, {"population": "inh"}, {"observation": {"x": 1}}])
def test_a_changed_parameter_or_observation_judges_again(tmp_path, judged, change):
    out = tmp_path / "scores.json"
    judge(brunel(), [COUNTING], None, out)
    judge(brunel(), [{**COUNTING, **change}], None, out)
    assert len(judged) == 8


def test_new_points_are_judged_and_the_others_not(tmp_path, judged):
    out = tmp_path / "scores.json"
    judge(brunel(POINTS[:3]), [COUNTING], None, out)
    judge(brunel([POINTS[3], *POINTS[:3]]), [COUNTING], None, out)
    assert judged[3:] == ["g=4.5, eta=0.9"]


def test_a_damaged_score_file_is_as_good_as_none(tmp_path, judged):
    out = tmp_path / "scores.json"
    out.write_text('{"layout": 1, "scores": [{')
    judge(brunel(), [COUNTING], None, out)
    assert len(judged) == 4
    assert json.loads(out.read_text())["summary"] == {"cells": 4, "surprises": 2, "passed": 2, "failed": 2, "errors": 0}


def test_a_score_file_can_be_read_as_a_score_matrix(tmp_path):
    out = tmp_path / "scores.json"
    judge(brunel(), [AI, {"test": MEAN_FIELD, "at": "each", "name": "rate", "weight": 3}], None, out)
    matrix = read_scores(out)
    assert str(matrix["g=5, eta=2", "AI"]) == "Pass"
    assert matrix["rate"]["g=6, eta=4"].prediction["n"] == 2
    content = json.loads(out.read_text())["matrix"]
    expected = np.array(content["norm"], float)
    np.testing.assert_array_equal(matrix.norm_scores.values, expected)
    np.testing.assert_allclose(matrix.mean().values, content["mean"])
    best = content["models"].index("g=5, eta=2")
    assert content["mean"][best] == pytest.approx((1 + 3 * expected[best, 1]) / 4)


def test_a_test_that_fails_on_a_model_gives_an_error_score_and_the_others_go_on():
    quantities = brunel().drop_vars("power_spectrum")
    cells = judge(quantities, [AI, {"test": MEAN_FIELD, "at": {"g": 5, "eta": 2}}])["scores"]
    assert cells[0]["type"] == "ErrorScore"
    assert "'power_spectrum' was not derived" in cells[0]["score"]
    assert cells[0]["passed"] is False
    assert cells[1]["passed"] is True


@pytest.mark.parametrize(("entry", "message"), [
    ({"at": {"g": 5.2, "eta": 2}}, "no run has g = 5.2; the nearest existing value is 5"),
    ({"at": {"g": 5, "eta": 4}}, "no run has g = 5.0, eta = 4.0; the nearest that exists is"),
    ({"at": {"gg": 5}}, "'gg' is not an explored parameter of this trajectory; did you mean 'g'"),
    ({"at": {"g": "5 mV"}}, "at.g must be in no unit"),
    ({"at": {"g": "five"}}, "at.g must be a number, got 'five'"),
    ({"at": [1]}, "at must be a mapping"),
    ({"name": "AII"}, "there is no regime 'AII'; did you mean 'AI'"),
    ({"test": REGIME + "s"}, "has no test 'RegimeTests'; did you mean 'RegimeTest'"),
    ({"test": "simcore.validation.check.brunel.RegimeTest"}, "cannot import simcore.validation.check.brunel"),
    ({"test": "RegimeTest"}, "must be the dotted name of a class"),
    ({"observation": "params/observations/brunel_regime.yaml"}, "did you mean 'params/observations/brunel_regimes.yaml'"),
    ({"observation": {"cv": {"bounds": [0, 1]}}}, "'cv' is no feature of a regime"),
    ({"popultion": "exc"}, "has no parameter 'popultion'; did you mean 'population'"),
    ({"weight": -1}, "weight must be a number >= 0, got -1"),
])
def test_a_bad_entry_is_an_error_that_says_what_is_right(entry, message):
    with pytest.raises(SimcoreError, match=message) as caught:
        judge(brunel(), [{**AI, **entry}])
    assert "tests[0]" in str(caught.value)


def test_two_tests_of_one_name_for_one_model_are_refused():
    with pytest.raises(ExperimentError, match="two tests named 'AI' judge g=5, eta=2"):
        judge(brunel(), [AI, AI])


def test_at_takes_lists_and_each():
    entry = {"test": MEAN_FIELD, "at": {"g": [5, 6], "eta": "each"}}
    assert [cell["model"] for cell in judge(brunel(), [entry])["scores"]] == ["g=5, eta=2", "g=6, eta=4"]


def test_files_that_scores_depend_on_are_known():
    from simcore.parameters.experiments import load_experiment
    from simcore.validation.judge import check_tests, input_files

    experiment = load_experiment({"name": "x", "model": "simcore.experiments.brunel", "duration": "1 ms", "dt": "0.1 ms",
                                  "parameters": {"g": "range([5, 6])"}, "tests": [{**AI, "at": {"g": 5}}]})
    check_tests(experiment)
    names = {file.name for file in input_files(experiment)}
    assert {"brunel_regimes.yaml", "brunel.py", "meanfield.py", "samples.py"} <= names
    assert not any("snakemake" in name for name in names)


class ChangingTest(CountingTest):
    """Notes something on itself while it judges."""

    def generate_prediction(self, model):
        self.noted = model.name
        return super().generate_prediction(model)


def test_a_test_that_notes_something_on_itself_is_not_judged_again(tmp_path, judged):
    for _ in range(2):
        judge(brunel(), [{"test": f"{__name__}.ChangingTest", "at": "each"}], None, tmp_path / "scores.json", threads=1)
    assert len(judged) == 4


def test_a_point_has_one_name_however_it_was_written():
    entries = [{**AI, "at": {"eta": 2, "g": 5}}, {"test": MEAN_FIELD, "at": {"g": 5.0, "eta": 2.0}}, {**COUNTING, "at": {"eta": "each", "g": 5}}]
    assert {cell["model"] for cell in judge(brunel(), entries)["scores"]} == {"g=5, eta=2"}


def test_without_at_all_runs_are_one_sample():
    cell, = judge(brunel(), [{"test": f"{__name__}.CountingTest"}])["scores"]
    assert cell["model"] == "all runs"
    assert len(cell["runs"]) == 8


def test_parameters_are_named_in_the_order_of_the_experiment_not_of_the_alphabet(tmp_path):
    from simcore.analysis.known import write

    write(brunel(), tmp_path / "quantities.zarr")
    points = {f"{i:012x}": SimpleNamespace(explored={"g": 5, "eta": 2, "trial": 0}, to_dict=dict) for i in range(8)}
    cell, = judge(tmp_path / "quantities.zarr", [{**AI, "at": {"eta": 2, "g": 5}}], points=points)["scores"]
    assert cell["model"] == "g=5, eta=2"
