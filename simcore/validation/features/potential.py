"""Features of a membrane potential v [mV] at times t [ms], sampled at equal steps."""

from __future__ import annotations

import numpy as np


def threshold_index(v: np.ndarray, t: np.ndarray, peak: int, start: int, slope: float) -> int:
    """Where an action potential begins: the last sample before the peak at which dv/dt [mV/ms] rises above `slope`.

    Searched from `start` on. Source: Azouz & Gray (1999) J Neurosci 19:2209 (10 mV/ms).
    """
    steep = np.gradient(v[start : peak + 1], t[start : peak + 1]) > slope
    begins = np.flatnonzero(steep & ~np.r_[False, steep[:-1]])
    return start + int(begins[-1]) if len(begins) else start


def spike_shape(v: np.ndarray, t: np.ndarray, *, level: float = -20.0, slope: float = 10.0) -> list[dict[str, float]]:
    """Shape of each action potential: {time, threshold, amplitude, width, ahp}.

    An action potential crosses `level` [mV] upwards; time is that of its peak [ms]. threshold: potential at its
    beginning
    (see threshold_index) [mV]; amplitude: peak over threshold [mV]; width: time above threshold + amplitude / 2,
    interpolated [ms]; ahp: threshold less the minimum until the next spike [mV]. Of recordings that end before
    the potential is back, width or ahp are NaN. Source: Bean (2007) Nat Rev Neurosci 8:451, box 2.
    """
    v, t = np.asarray(v, float), np.asarray(t, float)
    ups = np.flatnonzero((v[1:] >= level) & (v[:-1] < level)) + 1
    found = []
    for i, up in enumerate(ups):
        stop = ups[i + 1] if i + 1 < len(ups) else len(v)
        below = np.flatnonzero(v[up:stop] < level)
        down = up + int(below[0]) if len(below) else stop
        peak = up + int(np.argmax(v[up:down]))
        begin = threshold_index(v, t, peak, int(found[-1]["_lowest"]) if found else 0, slope)
        amplitude = v[peak] - v[begin]
        lowest = down + int(np.argmin(v[down:stop])) if down < stop else peak
        found.append({"time": float(t[peak]), "threshold": float(v[begin]), "amplitude": float(amplitude),
                      "width": _width(v, t, begin, peak, stop, v[begin] + amplitude / 2),
                      "ahp": float(v[begin] - v[lowest]) if down < stop else np.nan, "_lowest": lowest})
    return [{key: value for key, value in shape.items() if key != "_lowest"} for shape in found]


def sag_ratio(v: np.ndarray, t: np.ndarray, start: float, stop: float) -> float:
    """How much of a hyperpolarisation by a current from start to stop [ms] decays: 0 none, 1 all.

    (v_steady - v_min) / (v_rest - v_min): v_rest the mean of the 10 % of that duration before start, v_steady that
    of the last 10 %. NaN if the potential does not fall. Source: Robinson & Siegelbaum (2003) Annu Rev Physiol 65:453
    (Ih); definition as in the Allen Cell Types Database, "sag".
    """
    v, t = np.asarray(v, float), np.asarray(t, float)
    margin = 0.1 * (stop - start)
    rest = v[(t >= start - margin) & (t < start)].mean()
    during = v[(t >= start) & (t <= stop)]
    steady = v[(t > stop - margin) & (t <= stop)].mean()
    depth = rest - during.min()
    return float((steady - during.min()) / depth) if depth > 0 else np.nan


def epsp_shape(v: np.ndarray, t: np.ndarray, onset: float) -> dict[str, float]:
    """Excitatory postsynaptic potential after `onset` [ms]: {amplitude, rise_time, time_to_peak}.

    amplitude: peak over the mean potential before onset [mV]; rise_time: from 20 to 80 % of it, interpolated [ms];
    time_to_peak [ms]. NaN without a rise. Source: Rall (1967) J Neurophysiol 30:1138 (shape indices).
    """
    v, t = np.asarray(v, float), np.asarray(t, float)
    rest = v[t <= onset].mean()
    first = int(np.searchsorted(t, onset))
    peak = first + int(np.argmax(v[first:]))
    amplitude = v[peak] - rest
    if not amplitude > 0 or peak <= first:
        return {"amplitude": float(amplitude), "rise_time": np.nan, "time_to_peak": np.nan}
    rise = [_crossing(v, t, first, peak, rest + part * amplitude) for part in (0.2, 0.8)]
    return {"amplitude": float(amplitude), "rise_time": rise[1] - rise[0], "time_to_peak": float(t[peak] - onset)}


def _width(v: np.ndarray, t: np.ndarray, begin: int, peak: int, stop: int, half: float) -> float:
    after = np.flatnonzero(v[peak:stop] < half)
    if not len(after) or v[begin] > half:
        return np.nan
    down = peak + int(after[0])
    return _at(v, t, down - 1, half) - _crossing(v, t, begin, peak, half)


def _crossing(v: np.ndarray, t: np.ndarray, first: int, last: int, level: float) -> float:
    """Time at which v rises through a level for the last time between two samples, interpolated [ms]."""
    below = np.flatnonzero(v[first : last + 1] < level)
    return _at(v, t, first + int(below[-1]), level) if len(below) else float(t[first])


def _at(v: np.ndarray, t: np.ndarray, i: int, level: float) -> float:
    return float(t[i] + (level - v[i]) / (v[i + 1] - v[i]) * (t[i + 1] - t[i]))
