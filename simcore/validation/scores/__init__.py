"""Scores, and arrays and matrices of them."""

from simcore.validation.scores.base import ErrorScore, Score, score_logger
from simcore.validation.scores.complete import BooleanScore, CohenDScore, RatioScore, RelativeDifferenceScore, ZScore
from simcore.validation.scores.incomplete import InsufficientDataScore, NAScore, NoneScore, TBDScore
from simcore.validation.scores.numbers import (
    CorrelationScore,
    DistanceScore,
    FloatScore,
    PercentScore,
    PValueScore,
    RandomScore,
)

SCORE_TYPES = {cls.__name__: cls for cls in (
    Score, ErrorScore, BooleanScore, ZScore, CohenDScore, RatioScore, RelativeDifferenceScore, PercentScore, FloatScore,
    RandomScore, CorrelationScore, PValueScore, DistanceScore, NoneScore, TBDScore, NAScore, InsufficientDataScore)}

__all__ = [*SCORE_TYPES, "SCORE_TYPES", "score_logger"]
