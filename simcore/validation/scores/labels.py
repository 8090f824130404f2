"""What arrays and matrices of scores share: finding by object or name, norms, weighted means, arrays of any values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from simcore.errors import nearest
from simcore.validation.scores.base import Score

VIEWS = ("T", "scores", "score", "norm_scores", "norm_score", "related_data", "scores_flat", "tests", "models", "index",
         "names")       # properties that say again what the scores say


def norm_of(score: Score) -> float:
    """Norm score as a float; NaN where there is none."""
    norm = score.norm_score
    return math.nan if norm is None else float(norm) if isinstance(norm, (bool, int, float, np.number)) else math.nan


def weighted_mean(norms: np.ndarray, weights: Sequence[float] | None = None) -> float:
    """Mean of the norms that are not NaN, by their weights; NaN if there is none, or all their weights are 0."""
    weights = np.ones(len(norms)) if weights is None else np.asarray(weights)
    there = ~np.isnan(norms)
    total = weights[there].sum()
    return float((norms[there] * weights[there]).sum() / total) if total > 0 else math.nan


def number_of(value: Any) -> float:
    """The value as a float; NaN for what is no number."""
    return float(value) if isinstance(value, (bool, int, float, np.number)) else math.nan


def as_array(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Plain numbers as such, anything else as objects."""
    if isinstance(values, np.ndarray):
        return values
    objects = np.empty(shape, object)
    for where in np.ndindex(shape):
        value = values
        for i in where:
            value = value[i]
        objects[where] = value
    kinds = {type(value) for value in objects.ravel()}
    return objects.astype(kinds.pop()) if len(kinds) == 1 and kinds <= {bool, int, float, str} else objects


def place(item: Any, items: Sequence) -> int:
    """Position of this very object; KeyError naming what is there."""
    for i, other in enumerate(items):
        if other is item:
            return i
    raise KeyError(f"{item} is not one of {', '.join(str(other) for other in items)}")


def find(item: Any, items: Sequence) -> int | None:
    """Position of an object, or of the first with this name; None if there is none."""
    for i, other in enumerate(items):
        if other is item or (isinstance(item, str) and other.name == item):
            return i
    return None


def named(name: str, items: Sequence, also: Sequence = ()) -> int:
    """Position of the one with this name; KeyError naming the nearest."""
    i = find(name, items)
    if i is None:
        raise KeyError(f"No model or test with name '{name}'{nearest(name, [str(x.name) for x in [*items, *also]])}")
    return i
