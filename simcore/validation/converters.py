"""Converters: turn the score that a test computed into another type of score."""

from __future__ import annotations

from collections.abc import Callable
from string import Template
from typing import Any

from simcore.validation.base import SciUnit, one_line
from simcore.validation.scores import BooleanScore, Score


class Converter(SciUnit):
    """Base of converters."""

    @property
    def description(self) -> str:
        """The docstring of its class, with $names replaced by its attributes."""
        own = vars(type(self)).get("__doc__")
        return Template(one_line(own)).safe_substitute(vars(self)) if own else "No description available"

    def _convert(self, score: Score) -> Score:
        raise NotImplementedError(f"The '_convert' method for {type(self).__name__} is not implemented.")

    def convert(self, score: Score) -> Score:
        """The converted score, with the raw value and everything else that was set on the original."""
        converted = self._convert(score)
        if converted is not score:
            vars(converted).update({key: value for key, value in vars(score).items() if key not in ("score", "_raw")})
            converted.set_raw(score.get_raw())
        return converted


class NoConversion(Converter):
    """Applies no conversion."""

    def _convert(self, score: Score) -> Score:
        return score


class LambdaConversion(Converter):
    """Converts a score according to a lambda function."""

    def __init__(self, f: Callable[[Score], Any]):
        self.f = f

    def _convert(self, score: Score) -> Score:
        return type(score)(self.f(score))


class AtMostToBoolean(Converter):
    """Converts a score to pass if its value is at most $cutoff, otherwise False."""

    def __init__(self, cutoff: float):
        self.cutoff = cutoff

    def _convert(self, score: Score) -> BooleanScore:
        return BooleanScore(bool(score <= self.cutoff))


class AtLeastToBoolean(Converter):
    """Converts a score to Pass if its value is at least $cutoff, otherwise False."""

    def __init__(self, cutoff: float):
        self.cutoff = cutoff

    def _convert(self, score: Score) -> BooleanScore:
        return BooleanScore(bool(score >= self.cutoff))


class RangeToBoolean(Converter):
    """Converts a score to Pass if its value is within the range [$low_cutoff,$high_cutoff], otherwise Fail."""

    def __init__(self, low_cutoff: float, high_cutoff: float):
        self.low_cutoff, self.high_cutoff = low_cutoff, high_cutoff

    def _convert(self, score: Score) -> BooleanScore:
        return BooleanScore(bool(self.low_cutoff <= score <= self.high_cutoff))
