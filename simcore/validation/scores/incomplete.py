"""Scores of tests that were not completed, and why."""

from __future__ import annotations

from typing import Any

from simcore.validation.errors import InvalidScoreError
from simcore.validation.scores.base import Score


class NoneScore(Score):
    """The model was not judged. The value is None or says why."""

    description = "None"

    def __init__(self, score: str | None = None, related_data: dict | None = None):
        if score is not None and not isinstance(score, str):
            raise InvalidScoreError(f"the score of a {type(self).__name__} must be a text or None, got {score!r}",
                                    got=score)
        super().__init__(score, related_data)

    @property
    def norm_score(self) -> None:
        """None."""
        return None

    def log(self, **kwargs: Any) -> None:
        """Nothing: there is no score to log."""

    def __str__(self) -> str:
        return f"{self.description} ({self.score})" if self.score else self.description


class TBDScore(NoneScore):
    """To be determined: the model has the capabilities that the test requires and has not taken it yet."""

    description = "TBD"


class NAScore(NoneScore):
    """Not applicable: the model lacks a capability that the test requires."""

    description = "N/A"


class InsufficientDataScore(NoneScore):
    """The observation or the prediction does not say enough for a score."""

    description = "Insufficient Data"
