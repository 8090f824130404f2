"""Scores: what a test says about a model."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from simcore.validation.base import SciUnit, one_line
from simcore.validation.dimension import is_quantity
from simcore.validation.errors import InvalidScoreError
from simcore.validation.scores.colors import color_of

score_logger = logging.getLogger("simcore.validation.scores")
score_logger.addHandler(logging.NullHandler())    # quiet unless the user sets up logging


class Score(SciUnit):
    """A score of any type.

    score: the value; an exception makes it an ErrorScore. related_data: arrays, figures and tables that belong to it.
    Comparisons with a score are by norm_score, with anything else by value; False with a score that has no norm.
    """

    _allowed_types: tuple | None = None
    _allows_quantity = False
    _best: Any = None
    _worst: Any = None
    _description = ""               # how to read this type of score
    description = ""                # how to read this score; for bind_score to set
    observation_schema: Any = None  # of tests with this type of score that have no schema of their own

    score: Any = None
    related_data: dict | None = None
    test: Any = None                # set by judging
    model: Any = None
    observation: Any = None
    prediction: Any = None
    _raw: Any = None

    def __init__(self, score: Any, related_data: dict | None = None):
        if isinstance(score, np.generic):
            score = score.item()
        self.check_score(score)
        self.score, self.related_data = score, {} if related_data is None else related_data
        if isinstance(score, Exception):
            self.__class__ = ErrorScore

    @classmethod
    def observation_preprocess(cls, observation: Any) -> Any:
        """The observation as the schema is to see it."""
        return observation

    @classmethod
    def observation_postprocess(cls, observation: Any) -> Any:
        """The observation as `compute` is to see it, after the schema was satisfied."""
        return observation

    def check_score(self, score: Any) -> None:
        """Raise InvalidScoreError if this type of score cannot have this value."""
        if isinstance(score, Exception):
            return
        if self._allowed_types and not isinstance(score, self._allowed_types) and not (
                self._allows_quantity and is_quantity(score)):
            allowed = ", ".join(kind.__name__ for kind in self._allowed_types)
            raise InvalidScoreError(f"a {type(self).__name__} must be of type {allowed}, got {score!r} of type "
                                    f"{type(score).__name__}", name=type(self).__name__, got=score, valid=allowed)
        self._check_score(score)

    def _check_score(self, score: Any) -> None:
        """For types of score: raise InvalidScoreError if the value is out of range."""

    @classmethod
    def compute(cls, observation: Any, prediction: Any) -> Any:
        """The score of a prediction; a type of score that has no such rule returns NotImplementedError."""
        return NotImplementedError(f"{cls.__name__} has no rule for computing a score")

    @property
    def norm_score(self) -> float | None:
        """The score on a scale where larger is better, 0 to 1 for types that have such a scale."""
        return self.score

    @property
    def log_norm_score(self) -> float | None:
        """Natural logarithm of the norm score; -inf of 0, None of None."""
        return _log(self.norm_score, math.log)

    @property
    def log2_norm_score(self) -> float | None:
        """Logarithm of the norm score to base 2."""
        return _log(self.norm_score, math.log2)

    @property
    def log10_norm_score(self) -> float | None:
        """Logarithm of the norm score to base 10."""
        return _log(self.norm_score, math.log10)

    def color(self, value: float | None = None) -> tuple[int, int, int]:
        """Red, green, blue (0 to 255) of its norm score, or of `value`."""
        return color_of(self.norm_score if value is None else value)

    @classmethod
    def value_color(cls, value: float | Score | None) -> tuple[int, int, int]:
        """Red, green, blue (0 to 255) of a norm score."""
        return color_of(value.norm_score if isinstance(value, Score) else value)

    @property
    def summary(self) -> str:
        """One sentence: which model achieved which score on which test."""
        return f"=== Model {self.model} achieved score {self} on test '{self.test}'. ==="

    def summarize(self) -> None:
        """Log the summary."""
        if self.score is not None:
            score_logger.info("%s", self.summary)

    def describe(self, quiet: bool = False) -> str:
        """How to read it: its own description, or that of its type and of the test's converter."""
        return self._describe()

    def _describe(self) -> str:
        return self.description or self.describe_from_docstring() or "No description available"

    def describe_from_docstring(self) -> str:
        """Docstring of the test's type of score (or of its own), description of the converter, and of the type."""
        converter = getattr(self.test, "converter", None)
        kind = getattr(self.test, "score_type", None) or type(self)
        lines = [one_line(kind.__doc__), converter.description if converter else "", self._description]
        return "\n".join(line for line in lines if line)

    @property
    def raw(self) -> str | None:
        """The raw value, with 4 digits and its units; None if it is not a number."""
        value = self._raw if self._raw is not None else self.score
        if is_quantity(value):
            return f"{float(value.magnitude):.4g} {value.units}" if np.ndim(value.magnitude) == 0 else None
        return f"{float(value):.4g}" if isinstance(value, float) or (
            isinstance(value, np.ndarray) and value.size == 1) else None

    def get_raw(self) -> Any:
        """The value before any conversion; the score itself if there was none."""
        return copy(self._raw if self._raw is not None else self.score)

    def set_raw(self, raw: Any) -> None:
        """Keep the value before conversion."""
        self._raw = raw

    def log(self, **kwargs: Any) -> None:
        """Log the score; the level is 1 for the best and 100 for the worst."""
        norm = self.norm_score
        if norm is None or isinstance(norm, bool) or not isinstance(norm, (int, float)) or math.isnan(norm):
            norm = 0.5
        level = 100 - math.floor(min(max(norm, 0.0), 1.0) * 99)
        if score_logger.isEnabledFor(level):
            known = {k: v for k, v in kwargs.items() if k in ("exc_info", "stack_info", "stacklevel", "extra")}
            score_logger.log(level, "Score: %s for %s on %s", self, self.model, self.test, **known)

    @property
    def score_type(self) -> str:
        """Name of its type."""
        return type(self).__name__

    @classmethod
    def extract_means_or_values(cls, observation: Any, prediction: Any, key: str | None = None) -> tuple[Any, Any]:
        """Mean, value, or entry `key` of the observation and of the prediction."""
        return cls.extract_mean_or_value(observation, key), cls.extract_mean_or_value(prediction, key)

    @classmethod
    def extract_mean_or_value(cls, obs_or_pred: Any, key: str | None = None) -> Any:
        """Entry `key`, else "mean", else "value" of a mapping; anything else as it is. KeyError if it has none."""
        if not isinstance(obs_or_pred, Mapping):
            return obs_or_pred
        for name in (key, "mean", "value"):
            if name is not None and obs_or_pred.get(name) is not None:
                return obs_or_pred[name]
        raise KeyError(f"{obs_or_pred} has neither a mean nor a single value")

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """Attributes; for people also the names of model and test in place of them, the type and the norm."""
        if exact:
            return dict(vars(self))
        named = {key: str(value) for key, value in (("model", self.model), ("test", self.test)) if value is not None}
        return {**self.state, **named, "type": self.score_type, "norm_score": self.norm_score, "text": str(self)}

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.score}"

    __hash__ = None     # equal by norm score: not something to be found by

    def _pair(self, other: Any) -> tuple[Any, Any]:
        return (self.norm_score, other.norm_score) if isinstance(other, Score) else (self.score, other)

    def __eq__(self, other: object) -> bool:
        mine, its = self._pair(other)
        return mine == its

    def __ne__(self, other: object) -> bool:
        mine, its = self._pair(other)
        return mine != its

    def __gt__(self, other: Any) -> bool:
        mine, its = self._pair(other)
        return None not in (mine, its) and mine > its

    def __ge__(self, other: Any) -> bool:
        mine, its = self._pair(other)
        return None not in (mine, its) and mine >= its

    def __lt__(self, other: Any) -> bool:
        mine, its = self._pair(other)
        return None not in (mine, its) and mine < its

    def __le__(self, other: Any) -> bool:
        mine, its = self._pair(other)
        return None not in (mine, its) and mine <= its


class ErrorScore(Score):
    """The test of the model ended in an error, which is the value."""

    @property
    def norm_score(self) -> float:
        """0."""
        return 0.0

    @property
    def summary(self) -> str:
        """One sentence: which test did not end, and why."""
        return f"== Model {self.model} did not complete test {self.test} due to error '{self.score}'. =="

    def _describe(self) -> str:
        return self.summary

    def __str__(self) -> str:
        return "Error"


def _log(norm: float | None, function: Any) -> float | None:
    return None if norm is None else function(norm) if norm > 0 else -math.inf
