"""sciunit.scores.collections."""

from simcore.validation.scores.collections import ScoreArray, ScoreMatrix

__all__ = ["ScoreArray", "ScoreMatrix"]
