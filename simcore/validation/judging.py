"""How a test judges a model, in this order.

1. the model's capabilities; NAScore if one is missing (CapabilityError with deep_error, unless skip_incapable)
2. validate_observation     3. generate_prediction and check_prediction     4. compute_score     5. the converter
6. the type of the score    7. the score gets model, test, observation, prediction, seconds of each step; bind_score
"""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Any

from simcore.validation.errors import CapabilityError
from simcore.validation.scores import ErrorScore, NAScore, NoneScore, Score

if TYPE_CHECKING:
    from simcore.validation.models.base import Model
    from simcore.validation.tests import Test

_clock = time.perf_counter


def judge(test: Test, model: Any, *, skip_incapable: bool = False, stop_on_error: bool = True, deep_error: bool = False,
          cached_prediction: bool = False) -> Any:
    """The score of a model by a test, or the ScoreMatrix of several.

    stop_on_error: raise what went wrong; otherwise it becomes an ErrorScore. deep_error: let exceptions through as they
    are, also that a capability is missing. cached_prediction: use test.prediction.
    """
    if isinstance(model, (list, tuple, set)):
        from simcore.validation.suites import TestSuite  # a suite is made of tests

        return TestSuite([test], name=test.name).judge(model, skip_incapable=skip_incapable,
                                                       stop_on_error=stop_on_error, deep_error=deep_error)
    if deep_error:
        score = _judge(test, model, skip_incapable, cached_prediction)
    else:
        try:
            score = _judge(test, model, skip_incapable, cached_prediction)
        except CapabilityError as error:
            score = _failed(NAScore(str(error)), test, model)
        except Exception as error:      # any failure of a model or a test is a score
            error.stack = traceback.format_exc()
            score = _failed(ErrorScore(error), test, model)
    if stop_on_error and isinstance(score, ErrorScore):
        raise score.score
    return score


def _failed(score: Score, test: Test, model: Any) -> Score:
    score.model, score.test, score.observation = model, test, test.observation
    return score


def _judge(test: Test, model: Model, skip_incapable: bool, cached_prediction: bool) -> Score:
    if not cached_prediction and not test.check_capabilities(model, skip_incapable=skip_incapable):
        return _failed(NAScore(None), test, model)
    if test._validated is not test.observation or test.observation is None:
        validated = test.validate_observation(test.observation)
        if validated is not None:
            test.observation = validated
        test._validated = test.observation
    start = _clock()
    if cached_prediction:
        prediction = test.prediction
    else:
        prediction = test.generate_prediction(model)
        test.check_prediction(prediction)
        test.last_model = model
    predicted = _clock()
    score = converted(test, test.compute_score(test.observation, prediction))
    score.seconds = {"prediction": predicted - start, "score": _clock() - predicted}
    score.model, score.test, score.observation, score.prediction = model, test, test.observation, prediction
    score.related_data = dict(score.related_data)       # scores do not share it
    test.bind_score(score, model, test.observation, prediction)
    return score


def converted(test: Test, score: Score) -> Score:
    """The score after the test's converter, of a type that the test allows."""
    if test.converter and not isinstance(score, (NoneScore, ErrorScore)):
        score = test.converter.convert(score)
    test.check_score_type(score)
    return score
