"""How activity travels: from cell to cell, and along a detailed cell."""

from __future__ import annotations

import numpy as np

from simcore.analysis.activity import Activity
from simcore.analysis.base import quantity


@quantity(units="ms", source="Perkel, Gerstein & Moore (1967) Biophys J 7:391")
def mean_interval(activity: Activity) -> float:
    """Mean inter-spike interval of the cells of a population; in a ring, the time of one circulation.

    Over all intervals of all cells that lie in the window; NaN without any.
    """
    interval, _ = activity.intervals
    return float(interval.mean()) if len(interval) else np.nan


@quantity(units="ms", source="Perkel, Gerstein & Moore (1967) Biophys J 7:391")
def succession(activity: Activity) -> float:
    """Mean time between successive spikes of a population, whichever cell fires; in a ring, from cell to cell.

    (t_last - t_first) / (n - 1) over the n spikes in the window; NaN with fewer than two.
    """
    tick = activity.tick
    return float((tick.max() - tick.min()) * activity.dt / (len(tick) - 1)) if len(tick) > 1 else np.nan


@quantity(units="ms", trace="v", source="Rall (1967) J Neurophysiol 30:1138 (peaks of transients along a dendrite)")
def conduction_delay(activity: Activity) -> float:
    """Time from the peak of v at the first recorded place of a detailed cell to its peak at the last.

    Places are in the order of sections: the soma is the first. Peaks there are the maxima above -20 mV; the peak at the last
    place is the highest v within 20 ms, nearer to this one than to the next; times by the parabola through three samples.
    Negative where the last place is first, as in an axon in which action potentials begin. Mean over action potentials
    and cells; NaN without places or action potentials.
    """
    samples = activity.samples("v")
    if samples is None or samples.cells is None or len(samples.time) < 3:
        return np.nan
    found = [way for cell in np.unique(samples.cells) for way in _delays(samples.time, samples.values, samples.cells == cell)]
    return float(np.mean(found)) if found else np.nan


LONGEST, LEVEL = 20.0, -20.0           # ms, mV


def _delays(time: np.ndarray, values: np.ndarray, own: np.ndarray) -> list[float]:
    """Delays of the action potentials of one cell [ms]. time: (n,), values: (n, k), own: (k,) its columns."""
    columns = np.flatnonzero(own & np.isfinite(values).any(axis=0))
    if len(columns) < 2:
        return []
    near, far = values[:, columns[0]], values[:, columns[-1]]
    starts = peaks(near)
    step = time[1] - time[0]
    halves, longest = (starts[1:] + starts[:-1]) // 2, round(LONGEST / step)
    firsts = np.maximum(np.concatenate([[0], halves]), starts - longest)
    ends = np.minimum(np.concatenate([halves, [len(time)]]), starts + longest)
    found = []
    for first, start, end in zip(firsts.tolist(), starts.tolist(), ends.tolist(), strict=True) if len(starts) else ():
        top = first + int(np.argmax(far[first:end]))
        if first < top < end - 1:                   # a maximum, not the flank of another one
            found.append((_summit(far, top) - _summit(near, start)) * step)
    return found


def peaks(v: np.ndarray) -> np.ndarray:
    """Indices of the highest sample of each stretch above LEVEL; only of those whose beginning and end are in v (n,)."""
    above = v > LEVEL
    edges = np.flatnonzero(np.diff(above.astype(np.int8))) + 1
    if len(edges) and not above[edges[0]]:
        edges = edges[1:]                           # the first stretch began before the recording
    return np.array([begin + int(np.argmax(v[begin:end])) for begin, end in zip(edges[::2], edges[1::2], strict=False)],
                    dtype=np.int64)


def _summit(v: np.ndarray, k: int) -> float:
    """Index of the top of the parabola through samples k - 1, k, k + 1."""
    a, b, c = v[k - 1], v[k], v[k + 1]
    bend = a - 2.0 * b + c
    return k + (0.5 * (a - c) / bend if bend < 0 else 0.0)
