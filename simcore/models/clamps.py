"""What a stimulus does to the compartment it is attached to: a current, or a conductance with a reversal potential.

A clamp is a frozen set of points; engines ask it for the value of each step, taken in the step's middle as NEURON does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from simcore.models.waveforms import value_at


class Clamp(Protocol):
    """What engines ask a clamp for."""

    def per_step(self, first_step: int, n_steps: int, dt: float) -> np.ndarray:
        """(n_steps,) values of steps first_step, …; step k goes from k dt to (k + 1) dt [ms]."""


@dataclass(frozen=True, eq=False)
class StepCurrent:
    """A current `amplitude` [nA] from `delay` for `duration` [ms]; positive depolarises."""

    amplitude: float
    delay: float
    duration: float

    def per_step(self, first_step: int, n_steps: int, dt: float) -> np.ndarray:
        """(n_steps,) nA."""
        middle = _middles(first_step, n_steps, dt)
        return np.where((middle >= self.delay) & (middle < self.delay + self.duration), self.amplitude, 0.0)


@dataclass(frozen=True, eq=False)
class PlayedCurrent:
    """A piecewise linear current: values [nA] at times [ms], (n,) each; 0 from the last time on."""

    times: np.ndarray
    values: np.ndarray

    def per_step(self, first_step: int, n_steps: int, dt: float) -> np.ndarray:
        """(n_steps,) nA."""
        middle = _middles(first_step, n_steps, dt)
        return np.where(middle < self.times[-1], value_at(middle, self.times, self.values), 0.0)


@dataclass(frozen=True, eq=False)
class PlayedConductance:
    """A conductance towards `reversal` [mV]: values [uS] at times [ms], (n,) each; its current is g (reversal - v).

    0 before the first and from the last time on, and where the signal is negative. by_resistance: what is linear
    between points is 1/g, at most 1e9 MOhm, as neurodamus plays it into a SEClamp: halfway from 1 to 20 nS that is
    1.9 nS; the default is linear in g.
    """

    times: np.ndarray
    values: np.ndarray
    reversal: float
    by_resistance: bool = False

    def per_step(self, first_step: int, n_steps: int, dt: float) -> np.ndarray:
        """(n_steps,) uS."""
        middle = _middles(first_step, n_steps, dt)
        on = middle < self.times[-1]
        if self.by_resistance:
            return np.where(on, 1.0 / value_at(middle, *self._resistance), 0.0)
        g = np.maximum(value_at(middle, self.times, self.values), 0.0)
        return np.where(on & (middle >= self.times[0]), g, 0.0)

    @cached_property
    def _resistance(self) -> tuple[np.ndarray, np.ndarray]:
        """Times and resistances [MOhm] of a SEClamp, with (0: 0 uS) put in front."""
        times, g = np.append(0.0, self.times), np.append(0.0, self.values)
        usable = (g > 1e-9) & (g < 1e9)
        return times, np.where(usable, 1.0 / np.where(usable, g, 1.0), 1e9)


def _middles(first_step: int, n_steps: int, dt: float) -> np.ndarray:
    return (np.arange(first_step, first_step + n_steps) + 0.5) * dt
