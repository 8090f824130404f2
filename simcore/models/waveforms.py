"""Shapes of signals in time: grids, sine, Ornstein-Uhlenbeck process, shot noise, and a piecewise linear signal's value.

Times in ms, values in the unit of the signal (nA, uS). Random numbers come in as arrays: nothing is drawn here.
"""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np

from simcore._math import exp, log, sin_turns
from simcore.errors import InvalidParameterValueError


def regular_times(start: float, duration: float, dt: float) -> np.ndarray:
    """start, start + dt, … up to start + duration, (n,) float64; the end counts within 1e-9 steps."""
    if not dt > 0:
        raise InvalidParameterValueError(f"the step of a sampled signal must be > 0 ms, got {dt!r} ms", name="dt", got=dt)
    n = math.floor((start + duration - start) / dt + 1e-9) + 1
    return start + np.arange(n) * dt


def sine(n: int, frequency: float, dt: float) -> np.ndarray:
    """sin(2 pi frequency k dt) for k = 0 … n - 1, (n,) float64; frequency [Hz], dt [ms]."""
    turns = frequency * dt / 1000
    return np.array([sin_turns(turns * k) for k in range(n)])


def ornstein_uhlenbeck(noise: np.ndarray, tau: float, sigma: float, mean: float, dt: float) -> np.ndarray:
    """An Ornstein-Uhlenbeck process that starts at its mean, (n,) float64, from (n,) standard normal numbers.

    tau: correlation time [ms], below 1e-9 white noise; sigma: standard deviation. Exact for any dt: Gillespie (1996),
    Phys Rev E 54:2084. The first number is not used (white noise: it is).
    """
    if tau < 1e-9:
        return noise * sigma + mean
    decay = exp(-dt / tau)
    steps = (noise * (sigma * math.sqrt(1 - decay * decay))).tolist()
    steps[0] = 0.0
    return np.array(list(accumulate(steps, lambda x, step: x * decay + step))) + mean


def shot_noise(impulses: np.ndarray, tau_decay: float, tau_rise: float, dt: float) -> np.ndarray:
    """Impulses (n,) on a grid of step dt, each answered by a difference of exponentials of peak 1 that starts at 0.

    Exact at the grid: two coupled autoregressive stages. Raises InvalidParameterValueError if the time constants are
    not positive or equal.
    """
    if not (tau_decay > 0 and tau_rise > 0) or tau_decay == tau_rise:
        raise InvalidParameterValueError("tau_D and tau_R must be > 0 ms and differ, got "
                                         f"{tau_decay!r} and {tau_rise!r} ms", name="tau_D", got=(tau_decay, tau_rise))
    d, r = dt / tau_decay, dt / tau_rise
    a, b = exp(-d), exp(-r)
    t_peak = log(r / d) / (r - d)
    scale = (a / b - 1) / (exp(-d * t_peak) - exp(-r * t_peak))
    second = first = 0.0
    answer = []
    for impulse in impulses.tolist():
        answer.append(second)
        second, first = a * second + b * first, b * first + impulse
    return np.array(answer) * scale


def value_at(t: np.ndarray, times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The piecewise linear signal (times, values), each (n,), at the times t: (len(t),) float64.

    Two points at one time are a jump, whose later value holds at that time. Before the first point its value holds,
    from the last on the last one's. Points must not go back in time.
    """
    t, times, values = (np.asarray(x, dtype=np.float64) for x in (t, times, values))
    right = np.clip(np.searchsorted(times, t, side="right"), 1, max(1, len(times) - 1))
    if len(times) == 1:
        return np.full(t.shape, values[0])
    t0, t1 = times[right - 1], times[right]
    part = (t - t0) / np.where(t1 > t0, t1 - t0, 1.0)
    inside = part * values[right] + (1.0 - part) * values[right - 1]
    return np.where(t < times[0], values[0], np.where(t >= times[-1], values[-1], inside))


def step_values(first_step: int, n_steps: int, dt: float, times: np.ndarray, values: np.ndarray, *, mean: bool) -> np.ndarray:
    """(n_steps,) values of the piecewise linear signal in steps first_step, …; step k goes from k dt to (k + 1) dt [ms].

    The value in the middle of the step, or its mean over the step, exactly (which is the same unless a point lies within).
    As value_at otherwise, but 0 from the last point on.
    """
    steps = np.arange(first_step, first_step + n_steps)

    def at(t: np.ndarray) -> np.ndarray:
        return np.where(t < times[-1], value_at(t, times, values), 0.0)

    answer = at((steps + 0.5) * dt)
    if not mean:
        return answer
    near = times[slice(*np.searchsorted(times, [(first_step - 1) * dt, (first_step + n_steps + 1) * dt]))]
    owner = np.floor(near / dt).astype(np.int64)                # the step that each point lies in
    mine = (owner >= first_step) & (owner < first_step + n_steps)
    bent = np.unique(owner[mine])
    inner = np.clip(near[mine], owner[mine] * dt, (owner[mine] + 1) * dt)
    step = np.concatenate([bent, bent, owner[mine]])
    edge = np.concatenate([bent * dt, (bent + 1) * dt, inner])
    order = np.lexsort((edge, step))
    step, edge = step[order], edge[order]
    width = np.where(step[1:] == step[:-1], np.diff(edge), 0.0)
    areas = at(0.5 * (edge[1:] + edge[:-1])) * width
    answer[bent - first_step] = np.bincount(np.searchsorted(bent, step[:-1]), areas, bent.size) / dt
    return answer
