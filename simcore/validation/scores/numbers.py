"""Scores that are a number on a scale of its own: percent, any float, correlation, statistical distances."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from simcore.validation.dimension import is_quantity
from simcore.validation.errors import InvalidScoreError
from simcore.validation.scores.base import Score
from simcore.validation.scores.norms import inverse


class PercentScore(Score):
    """A number from 0 to 100, where higher is better."""

    _description = ("100.0 is considered perfect agreement between the observation and the prediction. 0.0 is the "
                    "worst possible agreement")
    _best, _worst = 100.0, 0.0

    def _check_score(self, score: float) -> None:
        if not 0.0 <= score <= 100.0:
            raise InvalidScoreError(f"a PercentScore must be in 0 to 100, got {score}", got=score, valid="0 to 100")

    @property
    def norm_score(self) -> float:
        """Score / 100."""
        return float(self.score) / 100

    def __str__(self) -> str:
        return f"{float(self.score):.1f}%"


class FloatScore(Score):
    """A number of any value, which by itself says nothing about agreement."""

    _allowed_types = (float,)
    _allows_quantity = True
    _best, _worst = 0.0, 0.0
    _description = ("There is no canonical mapping between this score type and a measure of agreement between the "
                    "observation and the prediction")

    def _check_score(self, score: Any) -> None:
        if is_quantity(score) and np.size(score.magnitude) != 1:
            raise InvalidScoreError(f"a FloatScore must have size 1, got {score!r}", got=score)

    @property
    def norm_score(self) -> float:
        """The number itself, without units."""
        return float(self.score.magnitude) if is_quantity(self.score) else self.score

    @classmethod
    def compute_ssd(cls, observation: Any, prediction: Any) -> Self:
        """Sum of the squared differences."""
        return cls(((observation - prediction) ** 2).sum())

    def __str__(self) -> str:
        return f"{self.norm_score:.3g} {self.score.units}" if is_quantity(self.score) else f"{self.score:.3g}"


class RandomScore(FloatScore):
    """A random number in [0, 1]; of no meaning, for debugging."""

    _allows_quantity = False
    _description = "There is a random number in [0,1] and has no relation to the prediction or the observation"


class CorrelationScore(Score):
    """A correlation coefficient, from -1 to 1."""

    _best, _worst = 1.0, -1.0
    _description = ("A correlation of -1.0 shows a perfect negative correlation, while a correlation of 1.0 shows a "
                    "perfect positive correlation. A correlation of 0.0 shows no linear relationship between the "
                    "movement of the two variables")

    def _check_score(self, score: float) -> None:
        if not -1.0 <= score <= 1.0:
            raise InvalidScoreError(f"a CorrelationScore must be in -1 to 1, got {score:.3g}", got=score,
                                    valid="-1 to 1")

    @classmethod
    def compute(cls, observation: Any, prediction: Any) -> Self:
        """Pearson's coefficient of two sequences."""
        coefficient = float(np.corrcoef(observation, prediction)[0, 1])
        return cls(min(max(coefficient, -1.0), 1.0) if math.isfinite(coefficient) else coefficient)

    def __str__(self) -> str:
        return f"{self.score:.3g}"


class PValueScore(Score):
    """Probability of a difference at least as large if prediction and observation were drawn from the same."""

    _allowed_types = (float,)
    _best, _worst = 1.0, 0.0
    _description = "A p-value: small if the prediction and the observation are unlikely to have the same distribution"

    def _check_score(self, score: float) -> None:
        if not 0.0 <= score <= 1.0:
            raise InvalidScoreError(f"a PValueScore must be in 0 to 1, got {score}", got=score, valid="0 to 1")

    def __str__(self) -> str:
        return f"p = {self.score:.3g}"


class DistanceScore(Score):
    """A distance between distributions, relative to a scale: 0 if they are the same."""

    _allowed_types = (float,)
    _best, _worst = 0.0, math.inf
    _description = "A distance between the distributions of prediction and observation, relative to a scale"
    norms = staticmethod(inverse)

    def _check_score(self, score: float) -> None:
        if not score >= 0.0:
            raise InvalidScoreError(f"a DistanceScore must not be negative, got {score}", got=score, valid=">= 0")

    @property
    def norm_score(self) -> float:
        """1 / (1 + x)."""
        return 1 / (1 + self.score)

    def __str__(self) -> str:
        return f"Distance = {self.score:.3g}"
