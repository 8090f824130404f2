"""Scores of completed tests: how well a prediction fits an observation.

`compute` takes numbers, quantities, or mappings with "mean" or "value". `compute_values` does the same for many
predictions at once, as arrays of plain numbers; `norms` is their norm scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from simcore.validation.dimension import assert_dimensionless, is_quantity, same_dimension, units_of
from simcore.validation.errors import InvalidScoreError
from simcore.validation.scores.base import Score
from simcore.validation.scores.incomplete import InsufficientDataScore
from simcore.validation.scores.norms import inverse, tail


class BooleanScore(Score):
    """Pass or fail."""

    _allowed_types = (bool,)
    _description = "True if the observation and prediction were sufficiently similar; False otherwise"
    _best, _worst = True, False

    @classmethod
    def compute(cls, observation: Any, prediction: Any) -> Self:
        """Whether they are equal; of arrays, in all elements."""
        return cls(bool(np.all(np.asarray(observation == prediction))))

    @property
    def norm_score(self) -> float:
        """1 for a pass, 0 for a fail."""
        return 1.0 if self.score else 0.0

    def __str__(self) -> str:
        return "Pass" if self.score else "Fail"


class ZScore(Score):
    """Difference of the prediction from the mean of the observation, in its standard deviations."""

    _allowed_types = (float,)
    _description = ("The difference between the means of the observation and prediction divided by the standard "
                    "deviation of the observation")
    _best, _worst = 0.0, math.inf
    observation_schema = [  # noqa: RUF012
        ("Mean, Standard Deviation, N", {"mean": {"units": True, "required": True},
                                         "std": {"units": True, "min": 0, "required": True},
                                         "n": {"type": "integer", "min": 1}}),
        ("Mean, Standard Error, N", {"mean": {"units": True, "required": True},
                                     "sem": {"units": True, "min": 0, "required": True},
                                     "std": {"units": True, "min": 0},     # as it was computed
                                     "n": {"type": "integer", "min": 1, "required": True}}),
    ]

    @classmethod
    def observation_postprocess(cls, observation: dict) -> dict:
        """With a standard deviation: sem sqrt(n) where only the standard error is given."""
        if "std" in observation or not {"sem", "n"} <= set(observation):
            return observation
        return {**observation, "std": observation["sem"] * math.sqrt(observation["n"])}

    @classmethod
    def compute(cls, observation: Mapping, prediction: Any) -> ZScore | InsufficientDataScore:
        """(prediction - mean) / std; InsufficientDataScore without mean or std, with std <= 0, or with NaN."""
        if not isinstance(observation, Mapping):
            raise AssertionError(f"Observation must be a dict when using ZScore, not type {type(observation)}")
        if observation.get("mean") is None or observation.get("std") is None:
            return InsufficientDataScore("Observation must have keys 'mean' and 'std' when using ZScore")
        predicted, mean, std = cls.extract_mean_or_value(prediction), observation["mean"], observation["std"]
        if not std > 0 * std:       # also NaN; a quantity compares with a quantity
            return InsufficientDataScore("Observation standard deviation must be > 0")
        value = float(assert_dimensionless((predicted - mean) / std))
        return InsufficientDataScore("One of the input values was NaN") if math.isnan(value) else cls(value)

    @staticmethod
    def compute_values(observation: Mapping, predictions: np.ndarray) -> np.ndarray:
        """Z of each prediction: plain numbers, any shape."""
        return (np.asarray(predictions, float) - observation["mean"]) / observation["std"]

    norms = staticmethod(tail)

    @property
    def norm_score(self) -> float:
        """Probability of a normal deviate at least as far from 0 (both tails): 1 for 0, 0.046 for 2."""
        return math.erfc(abs(self.score) / math.sqrt(2.0))

    @property
    def p_value(self) -> float:
        """The same: two-sided p-value of the prediction under a normal distribution of observations."""
        return self.norm_score

    def __str__(self) -> str:
        return f"Z = {self.score:.2f}"


class CohenDScore(ZScore):
    """Difference of two means, in their pooled standard deviation (Cohen 1988, Statistical Power Analysis, ch. 2)."""

    _description = "The Cohen's D between the prediction and the observation"

    @classmethod
    def compute(cls, observation: Mapping, prediction: Mapping) -> CohenDScore | InsufficientDataScore:
        """(mean - mean) / s; s pooled with sample sizes where both have n, else sqrt(std^2 + std^2)."""
        assert isinstance(observation, Mapping), f"Observation must be a dict, not {type(observation)}"
        assert isinstance(prediction, Mapping), f"Prediction must be a dict, not {type(prediction)}"
        a, b = prediction, observation
        if "n" in a and "n" in b:
            pooled = (((a["n"] - 1) * a["std"] ** 2 + (b["n"] - 1) * b["std"] ** 2) / (a["n"] + b["n"] - 2)) ** 0.5
        else:
            pooled = (a["std"] ** 2 + b["std"] ** 2) ** 0.5
        if not pooled > 0 * pooled:
            return InsufficientDataScore("The pooled standard deviation must be > 0")
        value = float(assert_dimensionless((a["mean"] - b["mean"]) / pooled))
        return InsufficientDataScore("One of the input values was NaN") if math.isnan(value) else cls(value)

    def __str__(self) -> str:
        return f"D = {self.score:.2f}"


class RatioScore(Score):
    """Ratio of the prediction to the observation."""

    _allowed_types = (float,)
    _description = "The ratio between the prediction and the observation"
    _best, _worst = 1.0, math.inf
    observation_schema = {"value": {"units": True, "required": True}}  # noqa: RUF012

    def _check_score(self, score: float) -> None:
        _not_negative(self, score)

    @classmethod
    def compute(cls, observation: Any, prediction: Any, key: str | None = None) -> Self:
        """prediction / observation, of their means, values or entries `key`."""
        observed, predicted = cls.extract_means_or_values(observation, prediction, key=key)
        return cls(float(assert_dimensionless(predicted / observed)))

    @staticmethod
    def compute_values(observation: Any, predictions: np.ndarray) -> np.ndarray:
        """Ratio of each prediction: plain numbers, any shape."""
        return np.asarray(predictions, float) / Score.extract_mean_or_value(observation)

    @staticmethod
    def norms(values: np.ndarray) -> np.ndarray:
        """Norm scores of ratios."""
        with np.errstate(divide="ignore"):
            return tail(np.log10(values))

    @property
    def norm_score(self) -> float:
        """Both tails of a normal distribution beyond log10 of the ratio: 1 for 1, 0.32 for 10 and for 0.1."""
        return math.erfc(abs(math.log10(self.score)) / math.sqrt(2.0)) if self.score > 0 else 0.0

    def __str__(self) -> str:
        return f"Ratio = {self.score:.2f}"


class RelativeDifferenceScore(Score):
    """Absolute difference of prediction and observation, relative to a reference value with their units.

    The reference is `scale`, of the call or of the class: choose it so that a difference of that size means the same
    in all tests that are compared. Without one it is 1 in the units of the observation.
    """

    _allowed_types = (float,)
    _description = "The relative difference between the prediction and the observation"
    _best, _worst = 0.0, math.inf
    scale: Any = None

    def _check_score(self, score: float) -> None:
        _not_negative(self, score)

    @classmethod
    def compute(cls, observation: Any, prediction: Any, key: str | None = None, scale: Any = None) -> Self:
        """|prediction - observation| / scale. AssertionError if dimensions differ or the scale is not positive."""
        observed, predicted = cls.extract_means_or_values(observation, prediction, key=key)
        scale = scale if scale is not None else cls.scale
        if scale is None:
            scale = 1.0 * observed.units if is_quantity(observed) else 1.0
        for name, value in (("Prediction", predicted), ("RelativeDifferenceScore.scale", scale)):
            assert same_dimension(units_of(value), units_of(observed)), (
                f"{name} must have the same units as the observation: {units_of(value) or 'none'} and "
                f"{units_of(observed) or 'none'}")
        assert scale > 0 * scale, f"RelativeDifferenceScore.scale must be positive (not {scale})"
        return cls(float(assert_dimensionless(abs(predicted - observed) / scale)))

    @classmethod
    def compute_values(cls, observation: Any, predictions: np.ndarray) -> np.ndarray:
        """Difference of each prediction relative to the class's scale: plain numbers, any shape."""
        return np.abs(np.asarray(predictions, float) - cls.extract_mean_or_value(observation)) / (cls.scale or 1.0)

    norms = staticmethod(inverse)

    @property
    def norm_score(self) -> float:
        """1 / (1 + x): 1 for no difference, 0.5 for one of size `scale`."""
        return 1 / (1 + self.score)

    def __str__(self) -> str:
        return f"Relative Difference = {self.score:.2f}"


def _not_negative(score: Score, value: float) -> None:
    if value < 0.0:
        raise InvalidScoreError(f"a {type(score).__name__} must not be negative, got {value}", got=value, valid=">= 0")
