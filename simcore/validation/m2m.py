"""Tests that compare models with each other, and with an observation if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simcore.validation.errors import CapabilityError, Error
from simcore.validation.judging import converted
from simcore.validation.models.base import Model
from simcore.validation.scores import ErrorScore, NAScore, Score
from simcore.validation.tests import Test


class TestM2M(Test):
    """Base of tests of models against models. The observation may be None.

    A test author writes `generate_prediction`, and `compute_score(prediction1, prediction2)` or a score type.
    """

    def __init__(self, observation: Any = None, name: str | None = None, **params: Any):
        super().__init__(observation, name=name, **params)

    def validate_observation(self, observation: Any) -> Any:
        """The observation as it is: it takes the place of a prediction."""
        return observation

    def compute_score(self, prediction1: Any, prediction2: Any) -> Score:
        """The score of the second prediction with the first as observation, by the rule of the score type."""
        compute = getattr(self.score_type, "compute", None)
        if compute is None:
            raise NotImplementedError(f"Test {self.name} implements no compute_score method, and its score_type "
                                      f"{self.score_type} has no compute method.")
        return compute(prediction1, prediction2)

    def bind_score(self, score: Score, prediction1: Any, prediction2: Any, model1: Model | None,
                   model2: Model | None) -> None:
        """For tests that set more on a score."""

    def judge(self, models: Sequence[Model], skip_incapable: bool = False, stop_on_error: bool = True,
              deep_error: bool = False, only_lower_triangle: bool = False) -> Any:
        """ScoreMatrixM2M of all pairs; with an observation it is the first row and column.

        only_lower_triangle: compute only pairs (i, j) with j < i, mirror them, and put the best score on the diagonal.
        With skip_incapable, models that lack a capability get NAScores; else CapabilityError. TypeError if `models`
        is no list.
        """
        from simcore.validation.scores.collections_m2m import ScoreMatrixM2M  # holds tests

        if not isinstance(models, (list, tuple, set)):
            raise TypeError("Models must be specified as a list, tuple or set. For single model tests, use "
                            "'Test' class.")
        sides = [(None, self.observation)] if self.observation is not None else []
        sides += [(model, self._predict(model, skip_incapable, stop_on_error, deep_error)) for model in models]
        n = len(sides)
        scores: list[list[Any]] = [[None] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                if only_lower_triangle and j >= i:
                    continue
                scores[i][j] = self._compare(sides[i], sides[j], stop_on_error, deep_error)
        if only_lower_triangle:
            for i in range(n):
                scores[i][i] = self.ace()
                for j in range(i):
                    scores[j][i] = scores[i][j]
        return ScoreMatrixM2M(self, list(models), scores=scores)

    def _predict(self, model: Any, skip_incapable: bool, stop_on_error: bool, deep_error: bool) -> Any:
        if not isinstance(model, Model):
            raise TypeError(f"TestM2M's judge method received a non-Model: {model!r}")
        try:
            if not self.check_capabilities(model, skip_incapable=skip_incapable):
                return NAScore("the model lacks a required capability")
            prediction = self.generate_prediction(model)
            self.check_prediction(prediction)
        except CapabilityError as error:
            raise CapabilityError(model, error.capability, f"while {self.name} compared models") from error
        except Exception as error:
            if deep_error:
                raise
            if stop_on_error:
                raise Error(f"prediction of test '{self.name}' for model '{model}' failed: {error}") from error
            return ErrorScore(error)
        return prediction

    def _compare(self, first: tuple, second: tuple, stop_on_error: bool, deep_error: bool) -> Score:
        (model1, prediction1), (model2, prediction2) = first, second
        failed = next((side for side in (prediction1, prediction2) if isinstance(side, (NAScore, ErrorScore))), None)
        if failed is not None:
            score = type(failed)(failed.score)
        else:
            try:
                score = converted(self, self.compute_score(prediction1, prediction2))
            except Exception as error:
                if stop_on_error or deep_error:
                    raise
                score = ErrorScore(error)
        score.model1, score.model2, score.test, score.model = model1, model2, self, model1
        score.prediction1, score.prediction2 = prediction1, prediction2
        score.related_data = dict(score.related_data)
        if failed is None and not isinstance(score, ErrorScore):
            self.bind_score(score, prediction1, prediction2, model1, model2)
        return score
