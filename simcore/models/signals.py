"""Signal: a piecewise linear course of values over time, put together shape after shape.

Points may share a time: a jump. The points are those of neurodamus 3.2.1, number by number (tests/peers/compartmental).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from simcore.errors import InvalidParameterValueError
from simcore.models import waveforms
from simcore.rng.generators import Random123
from simcore.rng.picks import Random

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_log = logging.getLogger(__name__)


class Signal:
    """A signal under construction. Every `add_…` appends a shape at the time reached so far and returns the signal.

    base_amp: what pulses and noise start from and return to; delay [ms]: when the first shape begins; rng: a
    simcore.rng.picks.Random for noise (none: a fixed default stream, with one warning).
    time_vec, stim_vec: (n,) float64, the points so far; times [ms].
    """

    def __init__(self, base_amp: float = 0.0, *, delay: float = 0, rng: Random | None = None):
        self._parts: list[tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]] = []
        self._now: float = 0
        self._base = base_amp
        self._rng = rng
        if _lasting(delay, "delay") > 0:
            self._point(base_amp)
        self.delay(delay)

    @property
    def time_vec(self) -> np.ndarray:
        """(n,) times of the points [ms]."""
        return self._joined(0)

    @property
    def stim_vec(self) -> np.ndarray:
        """(n,) values at the points."""
        return self._joined(1)

    def reset(self) -> None:
        """Forget all points; the time reached stays."""
        self._parts = []

    def delay(self, duration: float) -> Self:
        """Go on by `duration` [ms] without a point."""
        self._now = self._now + _lasting(duration, "duration")
        return self

    def add_segment(self, amp: float, duration: float, amp2: float | None = None) -> Self:
        """From amp to amp2 (None: amp) in `duration` [ms]; no return to the base."""
        _lasting(duration, "duration")
        self._point(amp)
        self.delay(duration)
        self._point(amp if amp2 is None else amp2)
        return self

    def add_pulse(self, max_amp: float, duration: float, *, base_amp: float | None = None) -> Self:
        """max_amp for `duration` [ms], from the base and back."""
        return self.add_ramp(max_amp, max_amp, duration, base_amp=base_amp)

    def add_ramp(self, amp1: float, amp2: float, duration: float, *, base_amp: float | None = None) -> Self:
        """From amp1 to amp2 in `duration` [ms], from the base and back."""
        base = self._resting(base_amp)
        _lasting(duration, "duration")
        self._point(base)
        self.add_segment(amp1, duration, amp2)
        self._point(base)
        return self

    def add_pulses(self, pulse_duration: float, amp: float, *more_amps: float, base_amp: float | None = None) -> Self:
        """Pulses of `pulse_duration` [ms] each, one after the other, from the base and back at the end."""
        base = self._resting(base_amp)
        _lasting(pulse_duration, "pulse_duration")
        self._point(base)
        for level in (amp, *more_amps):
            self.add_segment(level, pulse_duration)
        self._point(base)
        return self

    def add_train(self, amp: float, frequency: float, pulse_duration: float, total_duration: float, *,
                  base_amp: float | None = None) -> Self:
        """Pulses of `pulse_duration` [ms] at `frequency` [Hz] for `total_duration` [ms]; the last may be cut.

        Raises InvalidParameterValueError unless 0 < frequency and a pulse fits into a period.
        """
        _rule(frequency > 0, "the frequency of a train must be > 0 Hz", "frequency", frequency)
        _lasting(total_duration, "total_duration")
        period = 1000 / frequency
        pause = period - _lasting(pulse_duration, "pulse_duration")
        _rule(pause >= 0, f"a pulse must be shorter than the period of {period:g} ms", "pulse_duration", pulse_duration)
        base = self._resting(base_amp)
        n_whole = int(total_duration / period)
        for _ in range(n_whole):
            self.add_pulse(amp, pulse_duration, base_amp=base)
            self.delay(pause)
        rest = max(0.0, total_duration - n_whole * period)
        self.add_pulse(amp, min(pulse_duration, rest), base_amp=base)
        if pulse_duration <= rest:
            self.delay(min(pause, rest - pulse_duration))
        self._point(base)
        return self

    def add_sin(self, amp: float, total_duration: float, freq: float, step: float = 0.025, *,
                base_amp: float | None = None) -> Self:
        """amp sin(2 pi freq t) with t from 0 at its start, freq [Hz], sampled every `step` [ms]; then the base.

        The base is not added to the sine, as in neurodamus.
        """
        times = waveforms.regular_times(self._now, _lasting(total_duration, "total_duration"), step)
        self._append(times, waveforms.sine(len(times), freq, step) * amp)
        self.delay(total_duration)
        self._point(self._resting(base_amp))
        return self

    def add_sinspec(self, start: float, dur: float) -> Self:
        """A name without a meaning: neurodamus has never had more than this error under it."""
        raise NotImplementedError("add_sinspec was never defined by neurodamus; add_sin is a sine, add_samples any course")

    def add_samples(self, times: ArrayLike, values: ArrayLike, duration: float | None = None) -> Self:
        """Any course: values at times [ms, from now, ascending] until `duration` (default: the last), base before and after.

        Raises InvalidParameterValueError for times that are negative, go back, or lie behind the duration.
        """
        t, v = np.array(times, dtype=np.float64), np.array(values, dtype=np.float64)
        _rule(t.ndim == 1 and t.size > 0 and t.shape == v.shape, "times and values must be two lists of equal length",
              "values", v.shape)
        _rule(bool(t[0] >= 0 and np.all(np.diff(t) >= 0)), "times must be >= 0 ms and ascend", "times", t)
        end = float(t[-1]) if duration is None else float(duration)
        _rule(end >= t[-1], f"duration must reach the last sample at {t[-1]:g} ms", "duration", duration)
        if end > t[-1]:
            t, v = np.append(t, end), np.append(v, v[-1])
        return self._between_bases(self._now + t, v, end)

    def add_noise(self, mean: float, variance: float, duration: float, dt: float = 0.5) -> Self:
        """Independent normal values of this mean and VARIANCE every dt [ms] for `duration` [ms], linear in between."""
        times = waveforms.regular_times(self._now, _lasting(duration, "duration"), dt)
        rng = self._stream("noise")
        rng.normal(mean, variance)
        return self._between_bases(times, rng.repicks(len(times)), duration)

    def add_shot_noise(self, tau_D: float, tau_R: float, rate: float, amp_mean: float, amp_var: float,
                       duration: float, dt: float = 0.25) -> Self:
        """Poisson events of gamma-distributed amplitude, each a difference of exponentials.

        tau_D, tau_R [ms]: decay and rise; rate [Hz]; amp_mean, amp_var: mean and variance of the peaks (a negative mean
        gives negative peaks); duration, dt [ms]. Rate 0 gives zeros, variance 0 equal peaks.
        """
        _rule(rate >= 0, "the rate of shot noise must be >= 0 Hz", "rate", rate)
        _rule(amp_var >= 0, "the variance of amplitudes must be >= 0", "amp_var", amp_var)
        _rule(amp_mean != 0 or amp_var == 0, "amplitudes of mean 0 cannot have a variance", "amp_mean", amp_mean)
        times = waveforms.regular_times(self._now, _lasting(duration, "duration"), dt)
        impulses = np.zeros(len(times))
        if rate > 0 and amp_mean != 0:
            rng = self._stream("shot noise")
            at = np.rint(_poisson_events(rng, rate, duration) / dt).astype(np.int64)
            at = at[at < len(times)]
            size = abs(amp_mean)
            scale = amp_var / size
            peaks = rng.gamma(size / scale, scale, len(at)) if amp_var else np.full(len(at), size)
            np.add.at(impulses, at, math.copysign(1.0, amp_mean) * peaks)
        return self._between_bases(times, waveforms.shot_noise(impulses, tau_D, tau_R, dt), duration)

    def add_ornstein_uhlenbeck(self, tau: float, sigma: float, mean: float, duration: float, dt: float = 0.25) -> Self:
        """An Ornstein-Uhlenbeck process that starts at its mean, sampled every dt [ms].

        tau: correlation time [ms], 0 for white noise; sigma: standard deviation; duration [ms].
        """
        _rule(tau >= 0, "tau must be >= 0 ms", "tau", tau)
        _rule(sigma >= 0, "sigma must be >= 0", "sigma", sigma)
        times = waveforms.regular_times(self._now, _lasting(duration, "duration"), dt)
        rng = self._stream("an Ornstein-Uhlenbeck process")
        rng.normal(0.0, 1.0)
        values = waveforms.ornstein_uhlenbeck(rng.repicks(len(times)), tau, sigma, mean, dt)
        return self._between_bases(times, values, duration)

    def value_at(self, t: ArrayLike) -> np.ndarray:
        """Values at times t [ms], float64: linear between points, a jump's later value at it, 0 from the last point on."""
        t = np.asarray(t, dtype=np.float64)
        times = self.time_vec
        if not times.size:
            return np.zeros(t.shape)
        return np.where(t < times[-1], waveforms.value_at(t, times, self.stim_vec), 0.0)

    def __add__(self, other: Signal) -> Self:
        """The sum of two signals: at each time, the sum of their values."""
        if not isinstance(other, Signal):
            return NotImplemented
        total = self._empty_sum(other)
        total._now = max(self._now, other._now)
        t = np.unique(np.concatenate([self.time_vec, other.time_vec]))
        both = np.stack([_limits(self, t), _limits(other, t)]).sum(axis=0)          # (before and after, times)
        keep = np.stack([both[0] != both[1], np.full(t.size, True)], axis=1)
        total._append(np.repeat(t, 2).reshape(-1, 2)[keep], both.T[keep])
        return total

    def _empty_sum(self, other: Signal) -> Self:
        return type(self)(self._base + other._base, rng=self._rng)

    def _point(self, value: float) -> None:
        self._parts.append(((self._now,), (value,)))

    def _append(self, times: np.ndarray, values: np.ndarray) -> None:
        self._parts.append((times, values))

    def _joined(self, which: int) -> np.ndarray:
        return np.concatenate([np.empty(0), *(part[which] for part in self._parts)])

    def _between_bases(self, times: np.ndarray, values: np.ndarray, duration: float) -> Self:
        self._point(self._base)
        self._append(times, values)
        self.delay(duration)
        self._point(self._base)
        return self

    def _resting(self, base_amp: float | None) -> float:
        return self._base if base_amp is None else base_amp

    def _stream(self, what: str) -> Random:
        if self._rng is None:
            _log.warning("%s without rng= uses a default stream of random numbers, the same for every signal", what)
            self._rng = Random(Random123(0, 55, 0))
        return self._rng


def _limits(signal: Signal, t: np.ndarray) -> np.ndarray:
    """(2, n) values just before and just after t (n,); before the first point its value, from the last on 0."""
    times, values = signal.time_vec, signal.stim_vec
    if not times.size:
        return np.zeros((2, t.size))
    at = np.searchsorted(times, t, side="left")
    first = np.minimum(at, times.size - 1)
    before = np.where((times[first] == t) | (at == 0), values[first], waveforms.value_at(t, times, values))
    return np.stack([np.where(at < times.size, before, 0.0), signal.value_at(t)])


def _poisson_events(rng: Random, rate: float, duration: float) -> np.ndarray:
    """(n,) times [ms] < duration of a Poisson process of this rate [Hz]."""
    n = 1 + int(duration * (rate / 1000))
    n = int(n + 3 * math.sqrt(n))
    rng.negexp(1 / rate)
    events = np.cumsum(rng.repicks(n)) * 1000
    while events[-1] < duration:
        events = np.append(events, np.cumsum(rng.repicks(100)) * 1000 + events[-1])
    return events[events < duration]


def _lasting(duration: float, name: str) -> float:
    _rule(0 <= duration < math.inf, f"{name} must be a finite number >= 0 ms", name, duration)
    return duration


def _rule(ok: bool, rule: str, name: str, value: object) -> None:
    if not ok:
        raise InvalidParameterValueError(f"{rule}, got {value!r}", name=name, got=value)
