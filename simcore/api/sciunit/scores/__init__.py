"""sciunit.scores."""

from simcore.api.sciunit.scores import base, collections, collections_m2m, complete, incomplete
from simcore.api.sciunit.scores.base import ErrorScore, Score, score_logger
from simcore.api.sciunit.scores.complete import (
    BooleanScore,
    CohenDScore,
    CorrelationScore,
    FloatScore,
    PercentScore,
    RandomScore,
    RatioScore,
    RelativeDifferenceScore,
    ZScore,
)
from simcore.api.sciunit.scores.incomplete import InsufficientDataScore, NAScore, NoneScore, TBDScore

__all__ = ["BooleanScore", "CohenDScore", "CorrelationScore", "ErrorScore", "FloatScore", "InsufficientDataScore",
           "NAScore", "NoneScore", "PercentScore", "RandomScore", "RatioScore", "RelativeDifferenceScore", "Score",
           "TBDScore", "ZScore", "base", "collections", "collections_m2m", "complete", "incomplete", "score_logger"]
