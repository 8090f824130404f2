"""Tests whose score is a Z, and that pass up to a limit of it."""

from __future__ import annotations

from simcore.units import Param
from simcore.validation.scores import Score, ZScore
from simcore.validation.tests import Test

LIMIT = Param(2.0, "", "|Z| up to which it passes", low=0.0, low_open=True)


class LimitedZTest(Test):
    """Base of tests with a ZScore: `limit` is one of their parameters (see LIMIT)."""

    score_type = ZScore

    def passes(self, score: Score) -> bool | None:
        """Whether |Z| is at most the limit; None where there is no Z."""
        return abs(score.score) <= self.params["limit"] if isinstance(score, ZScore) else None
