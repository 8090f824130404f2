"""sciunit.scores.incomplete."""

from simcore.validation.scores.incomplete import InsufficientDataScore, NAScore, NoneScore, TBDScore

__all__ = ["InsufficientDataScore", "NAScore", "NoneScore", "TBDScore"]
