"""What a stimulus does to the compartment it is attached to: a current, or a conductance with a reversal potential.

A clamp is a frozen set of points. Engines ask it for the value of each step: in the step's middle, as NEURON takes it, or
the exact mean over the step, so that a pulse gives its whole charge wherever it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol

import numpy as np

from simcore.errors import InvalidParameterValueError
from simcore.models.waveforms import step_values


class Clamp(Protocol):
    """What engines ask a clamp for; reversal [mV]: of a conductance, None for a current."""

    @property
    def reversal(self) -> float | None:
        """Where the current of a conductance changes its sign; None for a current."""

    def per_step(self, first_step: int, n_steps: int, dt: float, *, mean: bool = False) -> np.ndarray:
        """(n_steps,) values of steps first_step, …; step k goes from k dt to (k + 1) dt [ms]."""


def _check_finite(name: str, units: str, values: float | np.ndarray) -> None:
    bad = np.flatnonzero(~np.isfinite(np.atleast_1d(values)))
    if bad.size:
        raise InvalidParameterValueError(f"{name} of a clamp must be finite, got {np.atleast_1d(values)[bad[0]]} {units} "
                                         f"(point {bad[0]})", name=name, got=values)


@dataclass(frozen=True, eq=False)
class StepCurrent:
    """A current `amplitude` [nA] from `delay` for `duration` [ms]; positive depolarises."""

    amplitude: float
    delay: float
    duration: float
    reversal: ClassVar[None] = None

    def __post_init__(self) -> None:
        _check_finite("amplitude", "nA", self.amplitude)
        _check_finite("delay", "ms", self.delay)

    def per_step(self, first_step: int, n_steps: int, dt: float, *, mean: bool = False) -> np.ndarray:
        """(n_steps,) nA."""
        start = np.arange(first_step, first_step + n_steps) * dt
        end = self.delay + self.duration
        if mean:
            within = np.clip(np.minimum(start + dt, end) - np.maximum(start, self.delay), 0.0, dt)
            whole = (start >= self.delay) & (start + dt <= end)
            return self.amplitude * np.where(whole, 1.0, within / dt)
        middle = (np.arange(first_step, first_step + n_steps) + 0.5) * dt
        return np.where((middle >= self.delay) & (middle < end), self.amplitude, 0.0)


@dataclass(frozen=True, eq=False)
class PlayedCurrent:
    """A piecewise linear current: values [nA] at times [ms], (n,) each; 0 from the last time on."""

    times: np.ndarray
    values: np.ndarray
    reversal: ClassVar[None] = None

    def __post_init__(self) -> None:
        _check_finite("times", "ms", self.times)
        _check_finite("values", "nA", self.values)

    def per_step(self, first_step: int, n_steps: int, dt: float, *, mean: bool = False) -> np.ndarray:
        """(n_steps,) nA."""
        return step_values(first_step, n_steps, dt, self.times, self.values, mean=mean)


@dataclass(frozen=True, eq=False)
class PlayedConductance:
    """A conductance towards `reversal` [mV]: values [uS] at times [ms], (n,) each; its current is g (reversal - v).

    0 before the first and from the last time on; negative points count as 0. by_resistance: what is linear between
    points is 1/g, at most 1e9 MOhm, as neurodamus plays it into a SEClamp (halfway from 1 to 20 nS that is 1.9 nS, and
    1 pS where it should be 0); the value is then always that of the step's middle.
    """

    times: np.ndarray
    values: np.ndarray
    reversal: float
    by_resistance: bool = False

    def __post_init__(self) -> None:
        _check_finite("times", "ms", self.times)
        _check_finite("values", "uS", self.values)
        _check_finite("reversal", "mV", self.reversal)

    def per_step(self, first_step: int, n_steps: int, dt: float, *, mean: bool = False) -> np.ndarray:
        """(n_steps,) uS."""
        if self.by_resistance:
            ohms = step_values(first_step, n_steps, dt, *self._resistance, mean=False)
            return np.divide(1.0, ohms, out=np.zeros(n_steps), where=ohms > 0)
        return step_values(first_step, n_steps, dt, *self._from_zero, mean=mean)

    @cached_property
    def _from_zero(self) -> tuple[np.ndarray, np.ndarray]:
        return np.append(self.times[0], self.times), np.append(0.0, np.maximum(self.values, 0.0))

    @cached_property
    def _resistance(self) -> tuple[np.ndarray, np.ndarray]:
        """Times and resistances [MOhm] of a SEClamp, with (0: 0 uS) put in front."""
        times, g = np.append(0.0, self.times), np.append(0.0, self.values)
        usable = (g > 1e-9) & (g < 1e9)
        return times, np.where(usable, 1.0 / np.where(usable, g, 1.0), 1e9)
