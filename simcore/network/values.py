"""Values that differ among cells or connections: drawn from a distribution, one independent draw each.

The draws are a function of (seed, trial, what for, gid), so that they are the same for any number of ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcore.errors import InvalidParameterValueError


@dataclass(frozen=True)
class Uniform:
    """Uniform on [low, high)."""

    low: float
    high: float

    def __post_init__(self):
        if not self.low <= self.high:
            raise InvalidParameterValueError(f"Uniform needs low <= high, got low = {self.low:g}, high = {self.high:g}")


@dataclass(frozen=True)
class Normal:
    """Normal with mean and standard deviation, redrawn while outside [low, high] (up to 1,000 times)."""

    mean: float
    std: float
    low: float = float("-inf")
    high: float = float("inf")

    def __post_init__(self):
        if self.std < 0:
            raise InvalidParameterValueError(f"Normal needs std >= 0, got {self.std:g}")
        if not self.low < self.high:
            raise InvalidParameterValueError(f"Normal needs low < high, got low = {self.low:g}, high = {self.high:g}")


Value = float | Uniform | Normal
