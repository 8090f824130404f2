"""Arrays and matrices of scores: finding, ranking, means, tables, JSON."""

import json
import math

import numpy as np
import pytest
from scipy.stats import rankdata

from simcore.validation import (
    BooleanScore,
    FloatScore,
    Model,
    NAScore,
    NoneScore,
    RangeTest,
    Score,
    ScoreArray,
    ScoreMatrix,
    TestM2M,
    ZScore,
)
from simcore.validation import Test as SciTest
from simcore.validation.models.examples import ConstModel

TESTS = [RangeTest((0, 2), name="t1"), RangeTest((1, 3), name="t2")]
MODELS = [ConstModel(x, name=f"m{x}") for x in range(3)]


@pytest.fixture
def matrix():
    rows = [[ZScore(0.5), BooleanScore(True)], [ZScore(-2.0), BooleanScore(False)], [NAScore(None), BooleanScore(True)]]
    return ScoreMatrix(TESTS, MODELS, rows, weights=[3, 1])


def test_scores_are_found_by_objects_and_names_in_either_order(matrix):
    t, m = TESTS[1], MODELS[2]
    found = [matrix[t, m], matrix[m, t], matrix["t2", "m2"], matrix["m2", "t2"], matrix[t][m], matrix[m][t], matrix["t2"]["m2"],
             matrix["m2"]["t2"], matrix.get_group((t, "m2")), matrix.T[t, m]]
    assert all(score is matrix.scores_flat[5] for score in found)


def test_what_is_not_there_is_a_key_error_naming_the_nearest(matrix):
    for wrong in ("m9", "x"):
        with pytest.raises(KeyError, match="No model or test with name"):
            matrix[wrong]
    with pytest.raises(KeyError, match="did you mean 't1'"):
        matrix["m1"]["tt1"]
    with pytest.raises(KeyError):
        matrix[ConstModel(5)]
    with pytest.raises(KeyError):
        matrix["m1", "m2"]
    for wrong in (0, (0, 0), [1]):
        with pytest.raises(TypeError, match="Expected"):
            matrix[wrong]


def test_values_and_norms_are_labelled_arrays(matrix):
    norms = matrix.norm_scores
    assert norms.dims == ("model", "test")
    assert norms.sel(model="m1", test="t2") == 0.0
    assert math.isnan(norms.sel(model="m2", test="t1"))
    assert matrix.scores.sel(model="m0", test="t1").item() == 0.5
    assert matrix.T.norm_scores.dims == ("test", "model")
    data = matrix.to_xarray()
    assert data.text.sel(model="m0", test="t2").item() == "Pass"
    assert data.type.values.tolist() == [["ZScore", "BooleanScore"], ["ZScore", "BooleanScore"], ["NAScore", "BooleanScore"]]
    assert data.weight.values.tolist() == [0.75, 0.25]
    assert matrix["t2"].norm_scores.values.tolist() == [1.0, 0.0, 1.0]


def test_means_use_weights_and_leave_out_what_has_no_norm(matrix):
    z = ZScore(0.5).norm_score
    assert matrix["m0"].mean() == pytest.approx((3 * z + 1) / 4)
    np.testing.assert_allclose(matrix.mean().values, [(3 * z + 1) / 4, 3 * ZScore(2.0).norm_score / 4, 1.0])
    assert matrix["t2"].mean() == pytest.approx(2 / 3)
    assert math.isnan(ScoreArray(TESTS).mean())


def test_stature_is_the_rank_as_scipy_has_it():
    norms = [0.3, 0.9, 0.9, 0.1]
    models = [ConstModel(i, name=str(i)) for i in range(4)]
    array = ScoreArray(models, [Score(x) for x in norms])
    assert [array.stature(model) for model in models] == rankdata([-x for x in norms]).tolist()
    matrix = ScoreMatrix(TESTS[0], models, [[Score(x)] for x in norms])
    assert matrix.stature(TESTS[0], models[3]) == 4
    assert math.isnan(ScoreArray(models).stature(models[0]))


def test_transposing_twice_gives_the_same(matrix):
    assert matrix.T.shape == (2, 3)
    assert matrix.T.T.shape == matrix.shape == (3, 2)
    assert str(matrix.T.T) == str(matrix)
    assert matrix.T.to_markdown().splitlines()[0].split() == ["|", "|", "m0", "|", "m1", "|", "m2", "|"]


def test_the_mean_can_be_a_column(matrix):
    with_mean = matrix.add_mean()
    assert [str(test) for test in with_mean.tests] == ["Mean", "t1", "t2"]
    np.testing.assert_allclose([with_mean["Mean"][model].score for model in MODELS], matrix.mean().values)
    np.testing.assert_allclose(with_mean.mean().values, matrix.mean().values)


def test_html_is_complete_and_escaped():
    models = [ConstModel(1, name="<b>m</b>")]
    html = ScoreMatrix(TESTS, models, [[BooleanScore(True), NAScore("a < b")]])._repr_html_()
    assert "&lt;b&gt;m&lt;/b&gt;" in html
    assert "a &lt; b" in html
    assert "<b>" not in html
    assert html.count("<td") == 3
    assert "background-color" not in ScoreMatrix(TESTS, models).to_html(colorize=False)


def test_markdown_can_be_read(matrix):
    lines = matrix.to_markdown(show_mean=True).splitlines()
    assert len(lines) == 5
    assert lines[1].count("|") == lines[0].count("|") == 5
    assert "Z = 0.50" in lines[2]


def test_json_gives_the_matrix_back_with_related_data(matrix):
    score = matrix[MODELS[0], TESTS[0]]
    score.related_data["trace"] = np.arange(3.0)
    score.model, score.test = MODELS[0], TESTS[0]
    again = ScoreMatrix.from_json(matrix.to_json())
    assert again.norm_scores.equals(matrix.norm_scores)
    assert again["m0", "t1"].related_data["trace"].tolist() == [0, 1, 2]
    assert again["m0", "t1"].model is again.models[0]
    assert type(again.tests[0]) is RangeTest
    assert again.weights == matrix.weights
    with pytest.raises(TypeError, match="not of a ScoreArray"):
        ScoreArray.from_json(matrix.to_json())
    json.loads(matrix.json())                   # the form for people is JSON as well


def test_pandas_gets_a_frame_of_scores(matrix):
    frame = matrix.to_pandas()
    assert frame.loc["m1", "t1"].score == -2.0
    assert matrix.T.to_pandas().shape == (2, 3)
    assert matrix["t1"].to_pandas().loc["m1"].score == -2.0


def test_arrays_are_of_tests_or_of_models():
    with pytest.raises(AssertionError, match="only test or models"):
        ScoreArray([TESTS[0], MODELS[0]])
    with pytest.raises(ValueError, match="2 tests need as many scores, got 1"):
        ScoreArray(TESTS, [ZScore(1.0)])
    with pytest.raises(ValueError, match="scores of 3 models by 2 tests"):
        ScoreMatrix(TESTS, MODELS, [[ZScore(1.0)]])
    array = ScoreArray(TESTS)
    assert all(isinstance(score, NoneScore) for score in array)
    with pytest.raises(AttributeError, match="is of tests"):
        _ = array.models
    with pytest.raises(AssertionError, match=">=0"):
        _ = ScoreArray(TESTS, weights=[-1, 2]).weights
    with pytest.raises(AssertionError, match="must be > 0"):
        _ = ScoreArray(TESTS, weights=[0, 0]).weights


def test_single_tests_and_models_are_taken_as_lists():
    matrix = ScoreMatrix(SciTest([1, 2, 3]), Model(), np.array([ZScore(1.0)], dtype=object))
    assert matrix.shape == (1, 1)


class DistanceOfNumbers(TestM2M):
    """How far are two numbers apart?"""

    score_type = FloatScore

    def generate_prediction(self, model):
        return float(model.produce_number())

    def compute_score(self, prediction1, prediction2):
        return self.score_type(abs(prediction1 - prediction2))


def test_arrays_and_comparisons_of_models_are_read_back_too(matrix):
    array = matrix[matrix.tests[0]]
    again = type(array).from_json(array.to_json())
    np.testing.assert_array_equal(again.norm_scores.values, array.norm_scores.values)
    pairs = DistanceOfNumbers(None, name="d").judge([ConstModel(1, name="a"), ConstModel(4, name="b")])
    again = type(pairs).from_json(pairs.to_json())
    assert again.norm_scores.values.tolist() == pairs.norm_scores.values.tolist() == [[0.0, 3.0], [3.0, 0.0]]


def test_values_and_norms_can_be_kept_as_zarr(matrix, tmp_path):
    import xarray as xr

    matrix.to_xarray().to_zarr(tmp_path / "scores.zarr")
    kept = xr.open_zarr(tmp_path / "scores.zarr")
    np.testing.assert_array_equal(kept.norm.values, matrix.norm_scores.values)
    assert kept.text.values.tolist() == matrix.to_xarray().text.values.tolist()
