"""sciunit.scores.base."""

from simcore.validation.scores.base import ErrorScore, Score, score_logger

__all__ = ["ErrorScore", "Score", "score_logger"]
