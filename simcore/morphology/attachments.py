"""What sits on a place of a section: injected waveforms, conductances that follow time, and receptors that hear events.

A waveform is piecewise linear: times (n,) [ms], ascending, equal times are a jump; before the first point the first
value holds, from `until` on it is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.models.mechanisms import PointProcess
from simcore.morphology.sections import Section, Segment


@dataclass(eq=False)
class Attachment:
    """A current or conductance on `section` at `x`.

    times, values: the waveform [nA], or [uS] with `reversal` [mV]; resistance: 1/g is linear between points, not g;
    function: g [uS] as a function of times [ms], in place of points.
    """

    section: Section
    x: float
    times: np.ndarray
    values: np.ndarray
    until: float
    reversal: float | None = None
    resistance: bool = False
    function: Callable[[np.ndarray], np.ndarray] | None = None
    attached: bool = field(default=True, init=False)

    def detach(self) -> None:
        """Take it off; ConfigurationError if it is off already."""
        if not self.attached:
            raise ConfigurationError("it was detached before", where=f"{self.section.name}({self.x:g})")
        self.section.attachments.remove(self)
        self.attached = False

    def at(self, t: np.ndarray) -> np.ndarray:
        """The waveform at the times t [ms], (n,); at a jump the later value."""
        t = np.asarray(t, dtype=np.float64)
        if self.function is not None:
            return self.function(t)
        values = _resistances(self.values) if self.resistance else self.values
        k = np.searchsorted(self.times, t, side="right") - 1
        low = np.clip(k, 0, self.times.size - 1)
        high = np.clip(k + 1, 0, self.times.size - 1)
        span = self.times[high] - self.times[low]
        part = np.where(span > 0.0, (t - self.times[low]) / np.where(span > 0.0, span, 1.0), 0.0)
        part = np.where(k < 0, 0.0, part)
        found = values[low] + (values[high] - values[low]) * part
        found = 1.0 / found if self.resistance else found
        return np.where(t < self.until, found, 0.0)

    def means(self, t: np.ndarray) -> np.ndarray:
        """Means over [t[k], t[k + 1]], (n - 1,): exact for linear pieces, so that the charge is; else the middles."""
        middle = 0.5 * (t[:-1] + t[1:])
        if self.function is not None or self.resistance:
            return self.at(middle)
        return np.diff(self._integral(t)) / np.diff(t)

    def _integral(self, t: np.ndarray) -> np.ndarray:
        t = np.minimum(t, self.until)
        start = min(float(t[0]), float(self.times[0]))
        x = np.concatenate([[start], self.times])
        y = np.concatenate([[self.values[0]], self.values])
        area = np.concatenate([[0.0], np.cumsum(0.5 * (y[1:] + y[:-1]) * np.diff(x))])
        k = np.clip(np.searchsorted(x, t, side="right") - 1, 0, x.size - 1)
        high = np.clip(k + 1, 0, x.size - 1)
        span = x[high] - x[k]
        slope = np.where(span > 0.0, (y[high] - y[k]) / np.where(span > 0.0, span, 1.0), 0.0)
        d = t - x[k]
        return area[k] + y[k] * d + 0.5 * slope * d * d


@dataclass(eq=False)
class Receptor:
    """A point process on a segment, with its parameters by name."""

    process: PointProcess
    section: Section
    x: float
    parameters: dict[str, float]

    @property
    def segment(self) -> Segment:
        """Where it sits."""
        return self.section(self.x)


def attach_current(section: Section, x: float, times: object, values: object, *,
                   until: float | None = None) -> Attachment:
    """Inject a piecewise linear current [nA] at x. Raises InvalidParameterValueError."""
    return _attach(section, x, times, values, until=until)


def attach_conductance(section: Section, x: float, times: object, values: object, reversal: float, *,
                       until: float | None = None, resistance: bool = False) -> Attachment:
    """Attach a piecewise linear conductance [uS] with a reversal potential [mV] at x.

    resistance=True: 1/g is linear between points, as NEURON's SEClamp does (which makes ramps wrong).
    """
    return _attach(section, x, times, values, until=until, reversal=float(reversal), resistance=resistance)


def attach_clamp(section: Section, x: float, *, delay: float, duration: float, amplitude: float) -> Attachment:
    """Inject a constant current [nA] from `delay` for `duration` [ms]: NEURON's IClamp."""
    delay, duration, amplitude = float(delay), float(duration), float(amplitude)
    if duration < 0.0:
        raise InvalidParameterValueError(f"duration must be >= 0 ms, got {duration:g} ms", name="duration",
                                         got=duration, where=section.name)
    return _attach(section, x, [delay, delay, delay + duration], [0.0, amplitude, amplitude], until=delay + duration)


def add_receptor(segment: Segment, process: PointProcess, parameters: dict) -> Receptor:
    """Put a point process on a segment; parameters over its defaults. Raises the errors of `PointProcess.complete`."""
    where = repr(segment)
    receptor = Receptor(process, segment.sec, segment.x, process.complete(parameters, where=where))
    segment.sec.receptors.append(receptor)
    return receptor


def _attach(section: Section, x: float, times: object, values: object, *, until: float | None,
            reversal: float | None = None, resistance: bool = False) -> Attachment:
    where = f"{section.name}({x:g})"
    times = np.array(times, dtype=np.float64)
    values = np.array(values, dtype=np.float64)
    if times.ndim != 1 or times.size == 0 or times.shape != values.shape:
        raise InvalidParameterValueError(f"a waveform needs as many values as times, at least one, got {times.shape} "
                                         f"and {values.shape}", name="times", where=where)
    if not (np.isfinite(times).all() and np.isfinite(values).all()) or (np.diff(times) < 0.0).any():
        raise InvalidParameterValueError("times [ms] must ascend, and times and values be finite", name="times",
                                         got=times.tolist()[:5], where=where)
    if reversal is not None and (values < 0.0).any():
        raise InvalidParameterValueError(f"a conductance must be >= 0 uS, got {values.min():g} uS", name="values",
                                         got=float(values.min()), where=where)
    made = Attachment(section, section(x).x, times, values, float(times[-1] if until is None else until), reversal,
                      resistance)
    section.attachments.append(made)
    return made


def _resistances(conductances: np.ndarray) -> np.ndarray:
    """1/g [MOhm]; 1e9 where g is outside 1e-9 … 1e9 uS, as neurodamus does."""
    usable = (conductances > 1e-9) & (conductances < 1e9)
    return np.where(usable, 1.0 / np.where(usable, conductances, 1.0), 1e9)
