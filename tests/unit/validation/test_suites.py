"""Suites of tests, and tests of models against models."""

import math
import threading

import pytest

from simcore.validation import (
    CapabilityError,
    Error,
    ErrorScore,
    Model,
    NAScore,
    NoneScore,
    RangeTest,
    ScoreMatrix,
    ScoreMatrixM2M,
    TBDScore,
    TestM2M,
    TestSuite,
)
from simcore.validation.capabilities import ProducesNumber
from simcore.validation.models.examples import ConstModel
from simcore.validation.scores import BooleanScore, FloatScore, RelativeDifferenceScore

MODELS = [ConstModel(x, name=f"m{x}") for x in range(4)]


def suite(**settings):
    return TestSuite([RangeTest((-0.5, 1.5), name="low"), RangeTest((0.5, 3.5), name="high")], name="S", **settings)


def test_a_suite_judges_all_models_by_all_tests():
    matrix = suite().judge(MODELS)
    assert isinstance(matrix, ScoreMatrix)
    assert matrix.norm_scores.values.tolist() == [[1, 0], [1, 1], [0, 1], [0, 1]]
    assert matrix.mean().values.tolist() == [0.5, 1.0, 0.5, 0.5]


def test_threads_give_the_same_matrix():
    used = set()

    class Threaded(ConstModel):
        def produce_number(self):
            used.add(threading.get_ident())
            return self.constant

    models = [Threaded(x, name=f"m{x}") for x in range(4)]
    assert suite().judge(models, threads=3).norm_scores.equals(suite().judge(MODELS).norm_scores)


def test_known_scores_are_not_judged_again():
    class Once(ConstModel):
        judged = 0

        def produce_number(self):
            Once.judged += 1
            return self.constant

    models = [Once(x, name=f"m{x}") for x in range(3)]
    first = suite().judge(models[:2])
    assert Once.judged == 4
    again = suite().judge(models, known=first.by_hash())
    assert Once.judged == 6
    assert again["m1", "low"] is first["m1", "low"]
    assert again.norm_scores.equals(suite().judge(models).norm_scores)


def test_models_can_be_left_out_by_name_pattern_or_themselves():
    for settings in ({"skip_models": [MODELS[0], "m2"]}, {"include_models": ["m[13]"]}):
        matrix = suite(**settings).judge(MODELS)
        assert [isinstance(matrix[m, "low"], NoneScore) for m in MODELS] == [True, False, True, False]
    assert suite(skip_models=["*"]).is_skipped(MODELS[0])
    assert not suite().is_skipped(MODELS[0])


def test_weights_are_normalised_and_checked():
    assert suite(weights=[1, 3]).weights == [0.25, 0.75]
    assert suite().weights == [0.5, 0.5]
    assert suite(weights=[1, 3]).judge(MODELS[0])["m0"].mean() == 0.25
    for weights, message in (([-1, 2], ">=0"), ([0, 0], "> 0"), ([1, 2, 3], "one weight for each of 2 tests")):
        with pytest.raises(AssertionError, match=message):
            suite(weights=weights).judge(MODELS)


def test_hooks_are_called_with_scores():
    called = []
    made = suite()
    made.hooks = {made[0]: {"f": lambda test, tests, score, a: called.append((str(test), len(tests), score.score, a)), "kwargs": {"a": 1}}}
    made.judge(MODELS[:2])
    assert called == [("low", 2, True, 1), ("low", 2, True, 1)]


def test_suites_are_made_of_tests_only():
    made = TestSuite({"a": RangeTest((0, 1)), "b": "not a test"}, name="S")
    assert len(made) == 1
    assert made.b == "not a test"
    assert len(TestSuite(RangeTest((0, 1)))) == 1
    for wrong in (0, [0], "text", [RangeTest((0, 1)), MODELS[0]]):
        with pytest.raises(TypeError, match=r"test or iterable|non-Test"):
            TestSuite(wrong)
    for wrong in (0, [0], "text"):
        with pytest.raises(TypeError, match=r"model or iterable|non-Model"):
            suite().judge(wrong)


def test_tests_are_found_by_number_and_name():
    made = suite()
    assert made["high"] is made[1]
    with pytest.raises(KeyError, match="No test found in this suite with name 'x'; tests: low, high"):
        made["x"]
    with pytest.raises(KeyError, match="Multiple tests"):
        TestSuite([RangeTest((0, 1)), RangeTest((1, 2))])["RangeTest"]


def test_unnamed_suites_have_names_of_their_own():
    names = {str(TestSuite([RangeTest((0, 1))])) for _ in range(5)}
    assert len(names) == 5


def test_a_suite_checks_without_judging():
    matrix = suite().check([MODELS[0], Model("none")])
    assert isinstance(matrix["m0", "low"], TBDScore)
    assert isinstance(matrix["none", "low"], NAScore)
    assert suite().check_capabilities(MODELS[0]) == [True, True]
    with pytest.raises(CapabilityError):
        suite().check_capabilities(Model())
    assert suite().check_capabilities(Model(), skip_incapable=True) == [False, False]


def test_a_suite_of_observations():
    made = TestSuite.from_observations([(RangeTest, (0, 1)), (RangeTest, (1, 2), "second")], name="S")
    assert [str(test) for test in made.tests] == ["RangeTest", "second"]
    with pytest.raises(AssertionError, match="must be a Test class"):
        TestSuite.from_observations([(ConstModel, (0, 1))])


def test_errors_stop_a_suite_or_become_scores():
    class Failing(ConstModel):
        def produce_number(self):
            raise RuntimeError("by design")

    with pytest.raises(RuntimeError):
        suite().judge([Failing(1)])
    assert isinstance(suite().judge([Failing(1, name="f")], stop_on_error=False)["f", "low"], ErrorScore)


def test_optimizers_and_verbosity():
    with pytest.raises(NotImplementedError):
        suite().optimize(MODELS[0])
    assert suite(optimizer=lambda self, model, x: (self.name, model.name, x)).optimize(MODELS[0], 3) == ("S", "m0", 3)
    made = suite()
    made.set_verbose(5)
    assert made[0].verbose == 5


def test_a_suite_as_json():
    again = TestSuite.from_json(suite(weights=[1, 3]).json(unpicklable=True))
    assert again.judge(MODELS).norm_scores.equals(suite().judge(MODELS).norm_scores)
    assert again.weights == [0.25, 0.75]


class Difference(TestM2M):
    """The difference of two numbers."""

    score_type = FloatScore
    required_capabilities = (ProducesNumber,)

    def generate_prediction(self, model):
        return float(model.produce_number())

    def compute_score(self, prediction1, prediction2):
        return FloatScore(prediction1 - prediction2)


@pytest.mark.parametrize("observation", [95.0, 0.0])
def test_models_are_compared_with_each_other_and_the_observation(observation):
    a, b = ConstModel(100.0, "a"), ConstModel(110.0, "b")
    test = Difference(observation=observation)
    found = test.judge([a, b])
    assert isinstance(found, ScoreMatrixM2M)
    assert found[test][a] == found["observation"]["a"] == found["observation", a] == observation - 100
    assert found[b]["observation"] == 110 - observation
    assert found[a][b] == found["a"]["b"] == found[a, "b"] == -10.0
    assert found.names == ["observation", "a", "b"]
    assert found.scores.sel(model="b", against="a").item() == 10.0
    assert found["a"].scores.sel(model="observation").item() == 100.0 - observation
    assert found["a"].norm_scores.shape == (3,)
    assert test.name == "Difference"
    assert (found[a, b].model1, found[a, b].model2, found[a, b].prediction2) == (a, b, 110.0)


def test_without_an_observation_there_are_only_models():
    a, b = ConstModel(100.0, "a"), ConstModel(110.0, "b")
    found = Difference().judge([a, b])
    assert found.names == ["a", "b"]
    assert found["b"]["b"] == 0.0
    with pytest.raises(KeyError, match="observation"):
        found["observation"]
    with pytest.raises(KeyError, match="did you mean"):
        found["aa"]
    with pytest.raises(TypeError, match="Expected"):
        found[0]
    with pytest.raises(TypeError, match="Expected test/model pair"):
        found[0, 1]
    assert "| a " in found.to_markdown()
    assert "<table" in found._repr_html_()
    assert ScoreMatrixM2M.from_json(found.json(unpicklable=True)).scores.equals(found.scores)


def test_only_the_lower_triangle_is_computed():
    pairs = []

    class Counted(Difference):
        score_type = RelativeDifferenceScore

        def compute_score(self, prediction1, prediction2):
            pairs.append((prediction1, prediction2))
            return RelativeDifferenceScore(abs(prediction1 - prediction2))

    models = [ConstModel(float(x), str(x)) for x in range(3)]
    found = Counted().judge(models, only_lower_triangle=True)
    assert pairs == [(1.0, 0.0), (2.0, 0.0), (2.0, 1.0)]
    assert found.scores.values.tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]


def test_comparing_models_that_cannot_or_fail():
    class Failing(ConstModel):
        def produce_number(self):
            raise RuntimeError("by design")

    a = ConstModel(1.0, "a")
    for wrong in ("text", a):
        with pytest.raises(TypeError, match="must be specified as a list"):
            Difference().judge(wrong)
    with pytest.raises(TypeError, match="non-Model"):
        Difference().judge([a, 3])
    with pytest.raises(CapabilityError):
        Difference().judge([a, Model("none")])
    found = Difference().judge([a, Model("none")], skip_incapable=True)
    assert isinstance(found["a", "none"], NAScore)
    assert found["a", "a"] == 0.0
    assert math.isnan(found.norm_scores.sel(model="a", against="none"))
    with pytest.raises(Error, match="failed: by design"):
        Difference().judge([a, Failing(2.0)])
    with pytest.raises(RuntimeError):
        Difference().judge([a, Failing(2.0)], deep_error=True)
    assert isinstance(Difference().judge([a, Failing(2.0, "f")], stop_on_error=False)["f", "a"], ErrorScore)


def test_a_score_type_can_compare_models():
    class Equal(TestM2M):
        score_type = BooleanScore

        def generate_prediction(self, model):
            return model.produce_number()

    assert Equal().judge([ConstModel(1, "a"), ConstModel(1, "b"), ConstModel(2, "c")]).scores.values.tolist() == [
        [True, True, False], [True, True, False], [False, False, True]]
