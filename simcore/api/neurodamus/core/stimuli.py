"""neurodamus.core.stimuli: current and conductance sources that are attached to cells.

The shapes and their points: simcore.models.signals. What an attached source does: simcore.models.clamps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from simcore.errors import ConfigurationError, InvalidParameterValueError, ParameterTypeError
from simcore.models.clamps import Clamp, PlayedConductance, PlayedCurrent, StepCurrent
from simcore.models.signals import Signal
from simcore.rng.picks import Random

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from matplotlib.figure import Figure


class _Segment(Protocol):
    """What a place on a cell has to offer."""

    def attach(self, clamp: Clamp) -> None:
        """Let the clamp act here from now on."""

    def detach(self, clamp: Clamp) -> None:
        """End that."""


class SignalSource(Signal):
    """A signal made of shapes, one after the other: `SignalSource().add_pulse(1, 10).delay(5).add_ramp(0, 1, 20)`.

    The class methods make a source with one shape. Every `add_…` returns the source; see simcore.models.signals.Signal.
    """

    @classmethod
    def pulse(cls, max_amp: float, duration: float, base_amp: float = 0.0, **kw: Any) -> Self:
        """A source with one pulse; kw: delay, rng."""
        return cls(base_amp, **kw).add_pulse(max_amp, duration)

    @classmethod
    def ramp(cls, amp1: float, amp2: float, duration: float, base_amp: float = 0.0, **kw: Any) -> Self:
        """A source with one ramp; kw: delay, rng."""
        return cls(base_amp, **kw).add_ramp(amp1, amp2, duration)

    @classmethod
    def train(cls, amp: float, frequency: float, pulse_duration: float, total_duration: float, base_amp: float = 0.0,
              **kw: Any) -> Self:
        """A source with one train of pulses; kw: delay, rng."""
        return cls(base_amp, **kw).add_train(amp, frequency, pulse_duration, total_duration)

    @classmethod
    def sin(cls, amp: float, total_duration: float, freq: float, step: float = 0.025, base_amp: float = 0.0,
            **kw: Any) -> Self:
        """A source with one sine; kw: delay, rng."""
        return cls(base_amp, **kw).add_sin(amp, total_duration, freq, step)

    @classmethod
    def noise(cls, mean: float, variance: float, duration: float, dt: float = 0.5, base_amp: float = 0.0,
              **kw: Any) -> Self:
        """A source of normal noise; kw: delay, rng."""
        return cls(base_amp, **kw).add_noise(mean, variance, duration, dt)

    @classmethod
    def shot_noise(cls, tau_D: float, tau_R: float, rate: float, amp_mean: float, var: float, duration: float,
                   dt: float = 0.25, base_amp: float = 0.0, **kw: Any) -> Self:
        """A source of Poisson shot noise; kw: delay, rng."""
        return cls(base_amp, **kw).add_shot_noise(tau_D, tau_R, rate, amp_mean, var, duration, dt)

    @classmethod
    def ornstein_uhlenbeck(cls, tau: float, sigma: float, mean: float, duration: float, dt: float = 0.25,
                           base_amp: float = 0.0, **kw: Any) -> Self:
        """A source of an Ornstein-Uhlenbeck process; kw: delay, rng."""
        return cls(base_amp, **kw).add_ornstein_uhlenbeck(tau, sigma, mean, duration, dt)

    def plot(self, ylims: tuple[float, float] | None = None) -> Figure:
        """A figure of the signal over time [ms]; shown where there is a display. ylims: limits of the vertical axis."""
        from matplotlib import pyplot

        figure, axes = pyplot.subplots()
        axes.plot(self.time_vec, self.stim_vec, label="Signal amplitude")
        axes.set_xlabel("time (ms)")
        axes.legend()
        if ylims:
            axes.set_ylim(*ylims)
        if pyplot.get_backend().lower() not in ("agg", "pdf", "svg", "ps", "cairo"):
            figure.show()
        return figure


class CurrentSource(SignalSource):
    """A signal [nA] to inject. It ends with its last point, whatever base_amp is, as in neurodamus."""

    class Constant:
        """A constant current of `amp` [nA] from `delay` for `duration` [ms]."""

        def __init__(self, amp: float, duration: float, delay: float = 0):
            for name, value in (("duration", duration), ("delay", delay)):
                if not value >= 0:
                    raise InvalidParameterValueError(f"{name} must be >= 0 ms, got {value!r}", name=name, got=value)
            self._clamp = StepCurrent(amp, delay, duration)

        def attach_to(self, section: Callable, position: float = 0.5) -> Attached:
            """Inject at a position (0 to 1) of a section."""
            return Attached(section, position, self._clamp)

    def attach_to(self, section: Callable, position: float = 0.5) -> Attached:
        """Inject the signal, as it is now, at a position (0 to 1) of a section. Raises ConfigurationError without points."""
        return Attached(section, position, PlayedCurrent(*_points(self)))


class ConductanceSource(SignalSource):
    """A signal of conductance [uS] towards `reversal` [mV]; it rests at 0. In the class methods base_amp is the reversal."""

    def __init__(self, reversal: float = 0.0, *, delay: float = 0.0, rng: Random | None = None):
        super().__init__(0.0, delay=delay, rng=rng)
        self.reversal = reversal

    def attach_to(self, section: Callable, position: float = 0.5, *, by_resistance: bool = False) -> Attached:
        """Let the conductance act at a position (0 to 1) of a section.

        by_resistance: be linear in 1/g between points, as neurodamus is, to compare with it. Raises ConfigurationError
        without points.
        """
        return Attached(section, position, PlayedConductance(*_points(self), self.reversal, by_resistance))

    def _empty_sum(self, other: Signal) -> Self:
        if not isinstance(other, ConductanceSource) or other.reversal != self.reversal:
            raise ConfigurationError(f"only conductances with the same reversal ({self.reversal:g} mV) can be added",
                                     name="reversal", got=getattr(other, "reversal", None))
        return type(self)(self.reversal, rng=self._rng)


class Attached:
    """A source at its place; `detach()` takes it away again (a second time: nothing happens)."""

    def __init__(self, section: Callable, position: float, clamp: Clamp):
        if not callable(section):
            raise ParameterTypeError(f"a source is attached to a section and a position, got {section!r}; for a segment "
                                     "write attach_to(segment.sec, segment.x)", name="section", got=section)
        self.clamp = clamp
        self.segment: _Segment | None = section(position)
        self.segment.attach(clamp)

    def detach(self) -> None:
        """Take the source away from its place."""
        if self.segment is not None:
            self.segment.detach(self.clamp)
            self.segment = None


def _points(source: Signal) -> tuple[np.ndarray, np.ndarray]:
    if not len(source.time_vec):
        raise ConfigurationError("a source without a shape cannot be attached; add one first (add_pulse, add_ramp, …)",
                                 name=type(source).__name__)
    return source.time_vec, source.stim_vec
