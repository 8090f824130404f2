"""sciunit.scores.collections_m2m."""

from simcore.validation.scores.collections_m2m import ScoreArrayM2M, ScoreMatrixM2M

__all__ = ["ScoreArrayM2M", "ScoreMatrixM2M"]
