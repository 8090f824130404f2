"""Injected currents on one rank: which cells get which waveform, and its values for the next steps."""

from __future__ import annotations

import numpy as np

from simcore._math import sin_turns
from simcore.engine.draws import drawn
from simcore.engine.partition import Batch, Partition
from simcore.errors import ConfigurationError
from simcore.network.currents import AC, DC, Injection, Noise, Steps
from simcore.parameters.distributions import NormalDist
from simcore.rng import streams

_MOST_VALUES = 1 << 20                      # values of waveforms made at once: 8 MiB


class Currents:
    """The injections of a network, as far as they reach this rank.

    total: (n_cells,) nA, the sum for the step in progress, made by kernels.events.inject.
    """

    def __init__(self, injections: list[Injection], part: Partition, dt: float, key: tuple[int, int]) -> None:
        self.injections, self._dt, self._key = injections, dt, key
        lids = [_lids(i, part) for i in injections]
        self._ptr = np.cumsum([0, *(x.size for x in lids)]).astype(np.int64)
        self._lids = np.concatenate([np.empty(0, np.int64), *lids])
        self.total = np.zeros(part.n_cells if injections else 0)

    @property
    def most_steps(self) -> int:
        """Steps whose waveforms are made at once at most."""
        return max(1, _MOST_VALUES // len(self.injections)) if self.injections else 1 << 30

    def prepare(self, first_step: int, n_steps: int) -> tuple:
        """The argument `currents` of kernels.events.inject for the next n_steps."""
        waves = np.zeros((len(self.injections), n_steps))
        for wave, injection in zip(waves, self.injections, strict=True):
            waveform(injection, np.arange(first_step, first_step + n_steps), self._dt, self._key, wave)
        return first_step, waves, self._ptr, self._lids, self.total

    def reaches(self, batch: Batch) -> bool:
        """Whether any cell of a batch, on any rank, is injected into."""
        return any(i.population.model is batch.model for i in self.injections)


def waveform(injection: Injection, steps: np.ndarray, dt: float, key: tuple[int, int], out: np.ndarray) -> None:
    """out[i] = current [nA] in step steps[i]. Raises ConfigurationError."""
    current = injection.current
    if isinstance(current, Steps):
        values = np.concatenate([[0.0], np.asarray(current.amplitudes, dtype=np.float64)])
        out[:] = values[np.searchsorted(_on_grid(np.asarray(current.times, dtype=np.float64), dt), steps, "right")]
        return
    start = int(_on_grid(current.start, dt))
    on = steps >= start
    if current.stop is not None:
        on &= steps < int(_on_grid(current.stop, dt))
    if isinstance(current, DC):
        out[on] = current.amplitude
    elif isinstance(current, AC):
        out[on] = _alternating(current, steps[on] - start, dt)
    else:
        out[on] = _noise(current, injection.number, steps[on] - start, dt, key)


def _alternating(current: AC, steps: np.ndarray, dt: float) -> np.ndarray:
    """Means over steps: the mean of a sine over h is its value in the middle times sin(x)/x, x = pi frequency h."""
    turns = current.frequency * dt * 1e-3
    half = 0.5 * turns
    damped = sin_turns(half) / (2.0 * np.pi * half) if half else 1.0
    phases = current.phase / 360.0 + turns * (steps + 0.5)
    return current.offset + current.amplitude * damped * np.array([sin_turns(float(p)) for p in phases])


def _noise(current: Noise, number: int, steps: np.ndarray, dt: float, key: tuple[int, int]) -> np.ndarray:
    every = 1 if current.dt is None else round(current.dt / dt)
    if current.dt is not None and (every < 1 or abs(every * dt - current.dt) > 1e-9 * current.dt):
        raise ConfigurationError(f"the dt of a noisy current must be a whole number of steps (dt = {dt:g} ms), got "
                                 f"{current.dt:g} ms", name="dt")
    index = steps // every
    distinct, which = np.unique(index, return_inverse=True)
    owner, of = (number, key) if current.seed is None else (0, streams.key(current.seed))
    law = NormalDist(mean=float(current.mean), std=float(current.stdev))
    return drawn(law, np.full(distinct.size, owner), distinct, streams.lane(streams.NOISE), of)[which]


def _on_grid(time: float | np.ndarray, dt: float) -> np.ndarray:
    return np.floor(np.asarray(time) / dt + 0.5).astype(np.int64)


def _lids(injection: Injection, part: Partition) -> np.ndarray:
    slot = part.slot(injection.population)
    gids = np.asarray(injection.addresses, dtype=np.int64) + injection.population.first_gid
    mine = gids[(gids - slot.first_gid) % slot.stride == 0] if slot.size else gids[:0]
    return slot.first_lid + (mine - slot.first_gid) // slot.stride
