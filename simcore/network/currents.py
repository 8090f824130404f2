"""Currents injected into cells [nA]: waveforms only; the engine adds them to the equations of the cells.

A waveform is constant within a step. # ASSUME: start, stop and times are rounded to the grid, as delays are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError

if TYPE_CHECKING:
    from simcore.network.network import Population


@dataclass(frozen=True)
class DC:
    """`amplitude` [nA] from start to stop [ms]; stop None: never ends."""

    amplitude: float = 1.0
    start: float = 0.0
    stop: float | None = None

    def __post_init__(self):
        _interval(self.start, self.stop)


@dataclass(frozen=True, eq=False)
class Steps:
    """0 before times[0], amplitudes[k] [nA] from times[k] [ms] to times[k + 1], the last one for ever."""

    times: tuple[float, ...] = ()
    amplitudes: tuple[float, ...] = ()

    def __post_init__(self):
        times, amplitudes = (np.asarray(x, dtype=np.float64) for x in (self.times, self.amplitudes))
        if times.shape != amplitudes.shape or times.ndim != 1:
            raise ConfigurationError("Steps needs as many amplitudes as times, got "
                                     f"{amplitudes.size} and {times.size}", name="amplitudes")
        if times.size and (times[0] < 0.0 or (np.diff(times) <= 0.0).any()):
            raise InvalidParameterValueError(f"times must be >= 0 ms and ascending, got {times.tolist()} ms",
                                             name="times")


@dataclass(frozen=True)
class AC:
    """offset + amplitude sin(2 pi frequency (t - start) + phase) [nA] from start to stop [ms].

    frequency in Hz, phase in degrees. A step gets the mean over it, so that the injected charge is exact.
    """

    amplitude: float = 1.0
    offset: float = 0.0
    frequency: float = 10.0
    phase: float = 0.0
    start: float = 0.0
    stop: float | None = None

    def __post_init__(self):
        _interval(self.start, self.stop)


@dataclass(frozen=True)
class Noise:
    """Gaussian white noise, mean and standard deviation stdev [nA], a new value every dt [ms] (None: every step).

    All cells of one injection get the same noise. seed None: the stream belongs to the simulation's seed and to the
    position of the injection in the network; else it is a function of this seed alone.
    """

    mean: float
    stdev: float
    dt: float | None = None
    start: float = 0.0
    stop: float | None = None
    seed: int | None = None

    def __post_init__(self):
        _interval(self.start, self.stop)
        if not self.stdev >= 0.0:
            raise InvalidParameterValueError(f"stdev must be >= 0 nA, got {self.stdev:g} nA", name="stdev",
                                             got=self.stdev)
        if self.dt is not None and not self.dt > 0.0:
            raise InvalidParameterValueError(f"dt must be > 0 ms, got {self.dt:g} ms", name="dt", got=self.dt)


Current = DC | Steps | AC | Noise


@dataclass(eq=False)
class Injection:
    """A current into some cells of a population; addresses: (n,) int64. `current` may be replaced between runs."""

    number: int
    current: Current
    population: Population
    addresses: np.ndarray


def _interval(start: float, stop: float | None) -> None:
    if not start >= 0.0:
        raise InvalidParameterValueError(f"start must be >= 0 ms, got {start:g} ms", name="start", got=start)
    if stop is not None and not stop >= start:
        raise InvalidParameterValueError(f"stop must be >= start = {start:g} ms, got {stop:g} ms", name="stop",
                                         got=stop)
