"""Types of score: values, norms, limits, comparisons."""

import math

import numpy as np
import pint
import pytest
import quantities as pq
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from simcore.validation import scores as s
from simcore.validation.config import config
from simcore.validation.errors import InvalidScoreError

NUMBERS = st.floats(-20, 20)
ureg = pint.get_application_registry()


@given(NUMBERS)
def test_z_norm_is_both_tails_of_the_normal_distribution(z):
    expected = 2 * norm.sf(abs(z))
    for cls in (s.ZScore, s.CohenDScore):
        assert cls(z).norm_score == pytest.approx(expected, rel=1e-9)
    assert s.RatioScore(10**z).norm_score == pytest.approx(expected, rel=1e-6)


def test_norms_of_the_other_types():
    assert (s.BooleanScore(True).norm_score, s.BooleanScore(False).norm_score) == (1.0, 0.0)
    assert s.PercentScore(42.0).norm_score == 0.42
    assert s.RelativeDifferenceScore(3.0).norm_score == s.DistanceScore(3.0).norm_score == 0.25
    assert s.RatioScore(0.0).norm_score == 0.0
    assert s.FloatScore(-3.5).norm_score == -3.5
    assert s.FloatScore(2.0 * pq.mV).norm_score == 2.0
    assert s.CorrelationScore(-0.5).norm_score == -0.5
    assert s.ErrorScore(ValueError("x")).norm_score == 0.0
    assert all(cls(None).norm_score is None for cls in (s.NoneScore, s.TBDScore, s.NAScore, s.InsufficientDataScore))


@pytest.mark.parametrize(("cls", "value"), [
    (s.BooleanScore, 1), (s.BooleanScore, "yes"), (s.ZScore, 1), (s.ZScore, "1"), (s.RatioScore, -0.1), (s.RatioScore, 1),
    (s.RelativeDifferenceScore, -1.0), (s.PercentScore, 101), (s.PercentScore, -1), (s.FloatScore, [1.0]),
    (s.FloatScore, np.ones(2) * pq.J), (s.CorrelationScore, 1.1), (s.PValueScore, 1.5), (s.DistanceScore, math.nan),
    (s.NoneScore, 3), (s.TBDScore, ["x"]), (s.FloatScore, None)])
def test_values_that_a_type_cannot_have_are_refused(cls, value):
    with pytest.raises(InvalidScoreError):
        cls(value)


@pytest.mark.parametrize(("cls", "value"), [(s.BooleanScore, np.True_), (s.ZScore, np.float32(1)), (s.FloatScore, 3.0 * ureg.mV)])
def test_numpy_scalars_and_quantities_are_values(cls, value):
    assert cls(value).score == value


def test_an_exception_makes_an_error_score():
    score = s.ZScore(ValueError("no"))
    assert isinstance(score, s.ErrorScore)
    assert str(score) == "Error"
    assert "due to error 'no'" in score.describe()


OBSERVATION = {"mean": 10.0, "std": 2.0}


@pytest.mark.parametrize("prediction", [13.0, {"mean": 13.0, "value": 99.0}, {"value": 13.0}, np.float64(13)])
def test_z_takes_numbers_means_and_values(prediction):
    assert s.ZScore.compute(OBSERVATION, prediction).score == 1.5


@pytest.mark.parametrize("unit", [lambda x, u: x * getattr(pq, u), lambda x, u: x * getattr(ureg, u)])
def test_scores_of_quantities_need_equal_dimensions_only(unit):
    observation = {"mean": unit(10.0, "mV"), "std": unit(2.0, "mV")}
    assert s.ZScore.compute(observation, {"value": unit(0.013, "V")}).score == pytest.approx(1.5)
    assert s.RatioScore.compute({"value": unit(2.0, "mV")}, unit(0.001, "V")).score == pytest.approx(0.5)
    assert s.RelativeDifferenceScore.compute(unit(2.0, "mV"), unit(5.0, "mV"), scale=unit(2.0, "mV")).score == 1.5
    with pytest.raises(Exception, match=r"(?i)cannot convert|unable to convert"):
        s.ZScore.compute(observation, {"value": unit(1.0, "s")})
    with pytest.raises(TypeError, match="must be dimensionless"):
        s.RatioScore.compute({"value": unit(2.0, "mV")}, 1.0)
    with pytest.raises(AssertionError, match="must have the same units"):
        s.RelativeDifferenceScore.compute(unit(2.0, "mV"), 5.0)


@pytest.mark.parametrize("observation", [{"mean": 1.0}, {"std": 1.0}, {"mean": 1.0, "std": 0.0}, {"mean": 1.0, "std": -1.0},
                                         {"mean": math.nan, "std": 1.0}, {"mean": 1.0, "std": math.nan}, {"mean": None, "std": 1.0}])
def test_z_without_the_data_says_so(observation):
    assert isinstance(s.ZScore.compute(observation, 1.0), s.InsufficientDataScore)


def test_standard_deviation_follows_from_the_standard_error():
    found = s.ZScore.observation_postprocess({"mean": 1.0, "sem": 0.5, "n": 16})
    assert found["std"] == 2.0


def test_cohens_d_pools_by_sample_sizes():
    a, b = {"mean": 3.0, "std": 1.0}, {"mean": 2.0, "std": 1.0}
    assert s.CohenDScore.compute(a, b).score == pytest.approx(-1 / math.sqrt(2))
    pooled = math.sqrt((9 * 1 + 3 * 4) / 12)
    assert s.CohenDScore.compute({**a, "n": 10}, {"mean": 2.0, "std": 2.0, "n": 4}).score == pytest.approx(-1 / pooled)
    assert isinstance(s.CohenDScore.compute({"mean": 1.0, "std": 0.0}, {"mean": 1.0, "std": 0.0}), s.InsufficientDataScore)


@given(st.lists(NUMBERS, min_size=1, max_size=5), st.floats(0.1, 5))
def test_scores_of_arrays_are_those_of_their_elements(values, std):
    observation = {"mean": 1.0, "std": std}
    found = s.ZScore.compute_values(observation, np.array(values))
    np.testing.assert_allclose(found, [s.ZScore.compute(observation, v).score for v in values])
    np.testing.assert_allclose(s.ZScore.norms(found), [s.ZScore(z).norm_score for z in found.tolist()], atol=1e-300)
    positive = np.abs(values)
    np.testing.assert_allclose(s.RatioScore.compute_values({"value": 2.0}, positive), positive / 2)
    np.testing.assert_allclose(s.RatioScore.norms(positive / 2), [s.RatioScore(v / 2).norm_score for v in positive.tolist()])
    differences = s.RelativeDifferenceScore.compute_values(1.0, np.array(values))
    np.testing.assert_allclose(differences, [s.RelativeDifferenceScore.compute(1.0, v).score for v in values])


def test_comparisons_are_by_norm_with_scores_and_by_value_with_numbers():
    assert s.ZScore(3.0) < s.ZScore(-1.0)
    assert s.ZScore(3.0) > 2.0
    assert s.ZScore(1.0) == s.ZScore(-1.0)
    assert s.ZScore(1.0) != -1.0
    assert s.PercentScore(50.0) >= s.RelativeDifferenceScore(1.0)
    assert s.PercentScore(50.0) <= 50
    none = s.NAScore(None)
    assert not (none < s.ZScore(1.0) or none > s.ZScore(1.0) or s.ZScore(1.0) >= none or none <= 3)


@pytest.mark.parametrize(("score", "text"), [
    (s.BooleanScore(True), "Pass"), (s.BooleanScore(False), "Fail"), (s.ZScore(1.234), "Z = 1.23"), (s.CohenDScore(-0.707), "D = -0.71"),
    (s.RatioScore(1.2), "Ratio = 1.20"), (s.RelativeDifferenceScore(0.5), "Relative Difference = 0.50"), (s.PercentScore(42), "42.0%"),
    (s.FloatScore(3.14159), "3.14"), (s.CorrelationScore(0.25), "0.25"), (s.NAScore("why"), "N/A (why)"), (s.NAScore(None), "N/A"),
    (s.InsufficientDataScore(None), "Insufficient Data"), (s.TBDScore(None), "TBD"), (s.FloatScore(2.5 * ureg.mV), "2.5 millivolt")])
def test_texts(score, text):
    assert str(score) == repr(score) == text


def test_logarithms_of_norms():
    score = s.RelativeDifferenceScore(1.0)
    assert (score.log_norm_score, score.log2_norm_score) == (pytest.approx(math.log(0.5)), -1.0)
    assert score.log10_norm_score == pytest.approx(math.log10(0.5))
    assert s.BooleanScore(False).log_norm_score == -math.inf
    assert s.NAScore(None).log_norm_score is None


def test_raw_values_are_kept_even_if_they_are_zero():
    score = s.BooleanScore(True)
    assert score.raw is None
    score.set_raw(0.0)
    assert (score.raw, score.get_raw()) == ("0", 0.0)
    score.set_raw(0.123456)
    assert score.raw == "0.1235"
    score.set_raw(2.0 * ureg.mV)
    assert score.raw == "2 millivolt"


def test_colours_are_those_of_matplotlib():
    from matplotlib import colormaps

    low, high = config["cmap_low"], config["CMAP_HIGH"]
    for value in np.linspace(0, 1, 50):
        expected = np.array(colormaps["RdYlGn"](int((high - low) * value + low))[:3]) * 255
        np.testing.assert_allclose(s.Score.value_color(value), expected, atol=1)
    assert s.Score.value_color(None) == s.Score.value_color(math.nan) == s.NAScore(None).color() == (128, 128, 128)
    assert s.Score.value_color(s.BooleanScore(True)) == s.BooleanScore(True).color()


def test_effect_of_equal_sequences_and_ssd():
    assert s.BooleanScore.compute(np.arange(3), np.arange(3)).score is True
    assert s.BooleanScore.compute(np.arange(3), np.array([0, 1, 3])).score is False
    assert s.FloatScore.compute_ssd(np.arange(3.0), np.array([0.0, 1, 4])).score == 4.0
    assert s.CorrelationScore.compute([1, 2, 3], [2, 4, 6]).score == 1.0


def test_scores_are_logged_by_how_good_they_are(caplog):
    caplog.set_level(1, "simcore.validation.scores")
    s.BooleanScore(True).log()
    s.BooleanScore(False).log()
    s.NAScore(None).log()
    assert [record.levelno for record in caplog.records] == [1, 100]
