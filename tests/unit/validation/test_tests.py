"""Tests: parameters, observations, and how they judge."""

import numpy as np
import pint
import pytest
import quantities as pq

from simcore.units import Param
from simcore.validation import (
    BooleanScore,
    CapabilityError,
    Error,
    ErrorScore,
    InvalidScoreError,
    Model,
    NAScore,
    ObservationError,
    ParametersError,
    ProtocolToFeaturesTest,
    RangeTest,
    ScoreMatrix,
    TBDScore,
    ZScore,
)
from simcore.validation import Test as SciTest
from simcore.validation.capabilities import Capability, ProducesNumber
from simcore.validation.config import config
from simcore.validation.converters import (
    AtLeastToBoolean,
    AtMostToBoolean,
    Converter,
    LambdaConversion,
    NoConversion,
    RangeToBoolean,
)
from simcore.validation.models.examples import ConstModel
from simcore.validation.scores import FloatScore, InsufficientDataScore, NoneScore

ureg = pint.get_application_registry()


class VoltageTest(SciTest):
    """Is the number as observed?"""

    score_type = ZScore
    units = "mV"
    required_capabilities = (ProducesNumber,)

    def generate_prediction(self, model):
        return {"value": model.produce_number()}


@pytest.mark.parametrize("observation", [
    {"mean": 10.0, "std": 2.0, "units": "mV"}, {"mean": 0.01, "std": 0.002, "units": "V"}, {"mean": "10 mV", "std": "0.002 V"},
    {"mean": 10, "sem": 1, "n": 4, "units": "mV", "source": "somebody (1999)"}])
def test_observations_with_units_become_numbers_in_the_units_of_the_test(observation):
    test = VoltageTest(observation)
    score = test.judge(ConstModel(13.0))
    assert score.score == pytest.approx(1.5)
    assert test.observation["mean"] == pytest.approx(10.0)
    assert test.judge(ConstModel(8.0)).score == pytest.approx(-1.0)     # the second time as the first


@pytest.mark.parametrize("unit", [pq.mV, ureg.mV])
def test_observations_of_quantities_stay_quantities(unit):
    class QuantityTest(VoltageTest):
        units = unit

    score = QuantityTest({"mean": 10.0 * unit, "std": 2.0 * unit}).judge(ConstModel(13.0 * unit))
    assert score.score == pytest.approx(1.5)


@pytest.mark.parametrize(("observation", "message"), [
    ({"mean": 10.0, "std": 2.0}, "Must have units of 'mV', got a plain number"), ({"mean": "10 s", "std": "2 s"}, "Must have units of 'mV'"),
    ({"mean": 10.0, "std": 2.0, "units": "nA"}, "Must have units"), ({"mean": 10.0, "units": "mV"}, "required field"), ([1, 2], "must be a dict"),
    (None, "must be a dict"), ({"mean": 1.0, "std": -1.0, "units": "mV"}, "min value is 0")])
def test_observations_that_do_not_fit_are_refused(observation, message):
    test = VoltageTest(observation)
    with pytest.raises(ObservationError, match=message):
        test.judge(ConstModel(1.0))
    score = test.judge(ConstModel(1.0), stop_on_error=False)
    assert isinstance(score, ErrorScore)
    assert isinstance(score.score, ObservationError)


def test_observations_can_be_checked_when_a_test_is_made():
    config.set("PREVALIDATE", True)
    try:
        with pytest.raises(ObservationError):
            VoltageTest({"mean": 1.0})
    finally:
        config["prevalidate"] = False


def test_parameters_override_defaults_and_are_checked():
    class WithParameters(VoltageTest):
        default_params = {"dt": 0.1, "verbose": 3}  # noqa: RUF012
        params_schema = {"dt": Param(0.1, "ms", low=0.0), "tau": Param(5.0, "ms")}  # noqa: RUF012

        def compute_params(self):
            self.params["n"] = round(self.params["tau"] / self.params["dt"])

    test = WithParameters({}, tau="0.02 s")
    assert test.params == {"dt": 0.1, "tau": 20.0, "n": 200}
    assert test.verbose == 3
    with pytest.raises(ParametersError, match="dt must be >= 0 ms"):
        WithParameters({}, dt=-1.0)
    with pytest.raises(ParametersError, match="did you mean 'tau'"):
        WithParameters({}, taau=1.0)
    with pytest.raises(ParametersError, match="must be a dict, got None"):
        test.validate_params(None)
    assert WithParameters.default_params == {"dt": 0.1, "verbose": 3}


def test_names_descriptions_and_bad_score_types():
    test = VoltageTest({})
    assert (str(test), test.describe()) == ("VoltageTest", "Is the number as observed?")
    assert VoltageTest({}).id != test.id
    with pytest.raises(AssertionError, match="Test name must be a string"):
        VoltageTest({}, name=3)
    with pytest.raises(Error, match="is not valid"):
        type("Bad", (SciTest,), {"score_type": int})({})
    assert VoltageTest.observation_schema_names() == []
    assert type("Two", (SciTest,), {"observation_schema": [("a", {}), {}]}).observation_schema_names() == ["a", "Schema 2"]
    assert SciTest.is_test_class(VoltageTest)
    assert not VoltageTest.is_test_class(SciTest)


class Cannot(Model):
    """Claims nothing."""


class Unwritten(Model, ProducesNumber):
    """Claims a number, and has none."""


GOOD = {"mean": 10.0, "std": 2.0, "units": "mV"}


@pytest.mark.parametrize("model", [Cannot(), Unwritten()])
@pytest.mark.parametrize("skip", [True, False])
def test_a_model_that_lacks_a_capability_gets_na(model, skip):
    score = VoltageTest(GOOD).judge(model, skip_incapable=skip)
    assert isinstance(score, NAScore)
    assert score.model is model
    assert isinstance(VoltageTest(GOOD).check(model), NAScore)
    with pytest.raises(CapabilityError, match="does not provide required capability: 'ProducesNumber'"):
        VoltageTest(GOOD).check(model, skip_incapable=False)
    if skip:
        assert isinstance(VoltageTest(GOOD).judge(model, skip_incapable=True, deep_error=True), NAScore)
    else:
        with pytest.raises(CapabilityError):
            VoltageTest(GOOD).judge(model, deep_error=True)


def test_a_model_that_can_is_to_be_determined_by_check():
    assert isinstance(VoltageTest(GOOD).check(ConstModel(1.0)), TBDScore)
    with pytest.raises(Error, match=r"is not a sciunit.Model"):
        VoltageTest(GOOD).check_capabilities("model")
    assert isinstance(VoltageTest(GOOD).check("model", stop_on_error=False), ErrorScore)


class Failing(Model, ProducesNumber):
    """Fails."""

    def produce_number(self):
        raise ZeroDivisionError("by design")


def test_errors_stop_or_become_scores():
    with pytest.raises(ZeroDivisionError, match="by design"):
        VoltageTest(GOOD).judge(Failing())
    with pytest.raises(ZeroDivisionError):
        VoltageTest(GOOD).judge(Failing(), stop_on_error=False, deep_error=True)
    score = VoltageTest(GOOD).judge(Failing(), stop_on_error=False)
    assert isinstance(score.score, ZeroDivisionError)
    assert "produce_number" in score.score.stack
    assert "due to error 'by design'" in score.summary


def test_steps_are_made_in_their_order_and_bound_to_the_score():
    steps = []

    class Steps(VoltageTest):
        converter = AtMostToBoolean(2.0)
        score_type = BooleanScore

        def validate_observation(self, observation):
            steps.append("observation")
            return {**observation, "checked": True}

        def generate_prediction(self, model):
            steps.append("prediction")
            return 13.0

        def check_prediction(self, prediction):
            steps.append(("checked", prediction))

        def compute_score(self, observation, prediction):
            steps.append("score")
            return ZScore((prediction - 10) / 2)

        def bind_score(self, score, model, observation, prediction):
            steps.append("bind")
            score.related_data["x"] = prediction

    test, model = Steps({"mean": 10.0, "std": 2.0}), ConstModel(1)
    score = test.judge(model)
    assert steps == ["observation", "prediction", ("checked", 13.0), "score", "bind"]
    assert (score.score, score.get_raw(), score.raw) == (True, 1.5, "1.5")
    assert (score.model, score.test, score.prediction, score.related_data) == (model, test, 13.0, {"x": 13.0})
    assert score.observation["checked"]
    assert set(score.seconds) == {"prediction", "score"}
    assert "at most 2.0" in score.describe()


def test_a_score_of_another_type_is_refused():
    class Wrong(VoltageTest):
        def compute_score(self, observation, prediction):
            return FloatScore(1.0)

    with pytest.raises(InvalidScoreError, match="requires type ZScore but FloatScore was provided"):
        Wrong(GOOD).judge(ConstModel(1.0))
    assert isinstance(VoltageTest({"mean": 1.0, "std": 0.0, "units": "mV"}).judge(ConstModel(1.0)), InsufficientDataScore)


def test_several_models_give_a_matrix():
    models = [ConstModel(8.0, name="a"), Cannot(name="b")]
    matrix = VoltageTest(GOOD).judge(models)
    assert isinstance(matrix, ScoreMatrix)
    assert str(matrix["a"]["VoltageTest"]) == "Z = -1.00"
    assert isinstance(matrix["b", "VoltageTest"], NAScore)


def test_a_prediction_made_before_can_be_judged():
    test = VoltageTest(GOOD)
    test.prediction = {"value": 14.0}
    assert test.judge(Failing(), cached_prediction=True).score == test.feature_judge(Failing()).score == 2.0


def test_the_best_score_and_what_is_not_written():
    assert VoltageTest(GOOD).ace().norm_score == 1.0
    assert SciTest({}).ace().score is True
    for call in (SciTest({}).generate_prediction, SciTest({}).optimize):
        with pytest.raises(NotImplementedError):
            call(ConstModel(1))
    assert SciTest({}).condition_model(ConstModel(1)) is None
    with pytest.raises(NotImplementedError, match="no score_type"):
        type("NoCompute", (SciTest,), {"compute_score": SciTest.compute_score})({}).__class__.compute_score(
            type("T", (), {"score_type": None, "name": "t"})(), {}, {})


@pytest.mark.parametrize("observation", [(1, 1), (2, 1), (1,), 5, {1, 2}, None])
def test_ranges_must_be_ranges(observation):
    with pytest.raises(ObservationError, match="must be \\(low, high\\) with low < high"):
        RangeTest(observation).judge(ConstModel(1))


@pytest.mark.parametrize(("number", "passed"), [(2.0, False), (2.1, True), (3.0, False), (np.float64(2.5), True)])
def test_a_range_is_without_its_ends(number, passed):
    score = RangeTest((2.0, 3.0)).judge(ConstModel(number))
    assert score.score is passed
    assert score.test.passes(score) is passed


def test_a_protocol_is_set_up_run_and_looked_at():
    calls = []

    class Protocol(ProtocolToFeaturesTest):
        score_type = FloatScore

        def setup_protocol(self, model):
            calls.append("setup")

        def get_result(self, model):
            calls.append("run")
            return model.run()

        def extract_features(self, model, result):
            return result * 2

        def compute_score(self, observation, prediction):
            return FloatScore(prediction - observation["value"])

    class Runs(Model):
        def run(self):
            return 5.0

    assert Protocol({"value": 1.0}).judge(Runs()).score == 9.0
    assert calls == ["setup", "run"]
    with pytest.raises(AssertionError, match="must have a `run` method"):
        Protocol({"value": 1.0}).judge(Cannot())
    assert isinstance(ProtocolToFeaturesTest([1]).generate_prediction(Runs()), NotImplementedError)


@pytest.mark.parametrize(("converter", "passed"), [
    (AtMostToBoolean(3), True), (AtMostToBoolean(1), False), (AtLeastToBoolean(1), True), (AtLeastToBoolean(3), False),
    (RangeToBoolean(1, 3), True), (RangeToBoolean(3, 5), False)])
def test_converters_to_pass_or_fail(converter, passed):
    old = ZScore(1.3, related_data={"a": 1})
    new = converter.convert(old)
    assert (new.score, new.raw, new.related_data) == (passed, "1.3", {"a": 1})
    assert "$" not in converter.description


def test_the_other_converters():
    old = ZScore(1.5)
    assert NoConversion().convert(old) is old
    assert LambdaConversion(lambda score: score.score**2).convert(old).score == 2.25
    with pytest.raises(NotImplementedError, match="'_convert' method for Converter"):
        Converter().convert(old)
    assert type("Own", (Converter,), {})().description == "No description available"


def test_scores_that_say_why_there_is_none_are_not_converted():
    class Converted(VoltageTest):
        converter = AtMostToBoolean(2)
        score_type = BooleanScore

        def compute_score(self, observation, prediction):
            return InsufficientDataScore("why")

    assert isinstance(Converted({}).judge(ConstModel(1)), NoneScore)


class ProducesTwo(Capability):
    """Two methods."""

    def one(self):
        raise NotImplementedError("one")

    def two(self):
        self.unimplemented("two")

    def three(self):
        return 3


class ProducesMore(ProducesTwo):
    """One more."""

    structural = True

    def two(self):
        return 2

    def four(self):
        self.unimplemented()


def test_capabilities_are_claimed_and_written():
    class Half(Model, ProducesTwo):
        def one(self):
            return 1

    class Whole(Half):
        def two(self):
            return 2

    assert not ProducesTwo.check(Half())
    assert ProducesTwo.check(Whole())
    assert Whole.get_capabilities() == Whole().capabilities == [ProducesTwo]
    assert not ProducesMore.check(Whole())
    half = Half()
    half.two = lambda: 2
    assert ProducesTwo.check(half)
    with pytest.raises(CapabilityError, match="Model 'Half' does not implement required capability: 'ProducesTwo' \\(two\\)"):
        Half().two()


def test_structural_capabilities_need_no_inheritance():
    class Alike(Model):
        def one(self):
            return 1

        def four(self):
            return 4

    assert ProducesMore.check(Alike())
    assert not ProducesMore.check(Cannot())


def test_extra_checks_of_capabilities_are_of_the_instance():
    class Picky(ConstModel):
        extra_capability_checks = {ProducesNumber: "is_large"}  # noqa: RUF012

        def is_large(self):
            return self.constant > 5

    assert ProducesNumber.check(Picky(6))
    assert not ProducesNumber.check(Picky(5))
    assert Picky(5).failed_extra_capabilities == [ProducesNumber]
    assert Picky(6).failed_extra_capabilities == []
    assert not ProducesNumber.check(ConstModel(1), require_extra=True)
    assert ProducesNumber.check(Picky(6), require_extra=True)


def test_an_observation_with_a_standard_error_judges_again_also_after_json():
    test = VoltageTest({"mean": 10.0, "sem": 1.0, "n": 4, "units": "mV"})
    scores = [test.judge(ConstModel(13.0)).score for _ in range(2)]
    again = SciTest.from_json(test.json(unpicklable=True))
    again._validated = None
    assert scores == [1.5, 1.5]
    assert again.judge(ConstModel(13.0)).score == 1.5
