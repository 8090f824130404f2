"""sciunit.scores.complete."""

from simcore.validation.scores.complete import (
    BooleanScore,
    CohenDScore,
    RatioScore,
    RelativeDifferenceScore,
    ZScore,
)
from simcore.validation.scores.numbers import CorrelationScore, FloatScore, PercentScore, RandomScore

__all__ = ["BooleanScore", "CohenDScore", "CorrelationScore", "FloatScore", "PercentScore", "RandomScore", "RatioScore",
           "RelativeDifferenceScore", "ZScore"]
