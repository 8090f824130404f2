"""Figures of scores: prediction beside observation, from what scores.json keeps of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simcore.report.figures import COLORS, png, style

OBSERVED, PREDICTED = "#444444", COLORS[0]
_LINES = (                  # keys of related data: abscissa, observed, predicted; labels of both axes
    ("currents_nA", "observed_Hz", "predicted_Hz", "current [nA]", "rate [Hz]"),
    ("time_ms", "observed_Hz", "predicted_Hz", "time [ms]", "rate [Hz]"),
    ("quantiles", "observed", "predicted", "quantile", "value"),
)


def score_figure(score: Mapping[str, Any]) -> bytes | None:
    """The figure of a cell of scores.json; None where it keeps nothing that could be drawn.

    Features with bounds are drawn as ranges with the runs in them, curves, histograms and quantiles as lines, numbers as
    dots beside the observed mean and standard deviation (or the theory and its tolerance).
    """
    related = score.get("related") or {}
    if related.get("features"):
        return _ranges(related["features"])
    if related.get("curve"):
        return _curve(score, related)
    for keys in _LINES:
        if all(related.get(key) for key in keys[:3]):
            return _lines(*(related[key] for key in keys[:3]), labels=keys[3:])
    return _numbers(score, related)


def _lines(x: Sequence[float], observed: Sequence[float], predicted: Sequence[float], *, labels: Sequence[str]) -> bytes:
    """Observation and prediction over the same abscissa."""
    with style():
        figure = Figure(figsize=(5.6, 3.4), layout="constrained")
        axes = figure.subplots()
        axes.plot(x, observed, "s--", color=OBSERVED, label="observation")
        axes.plot(x, predicted, "o-", color=PREDICTED, label="prediction")
        axes.set(xlabel=labels[0], ylabel=labels[1])
        axes.legend()
        return png(figure)


def _ranges(features: Mapping[str, Mapping]) -> bytes:
    """One small axis a feature: its bounds as a band, and the runs as dots."""
    with style():
        figure = Figure(figsize=(7.6, 0.55 + 0.52 * len(features)), layout="constrained")
        for axes, (name, row) in zip(np.atleast_1d(figure.subplots(len(features), 1)), features.items(), strict=True):
            low, high = row["bounds"]
            values = _finite(row["values"])
            ends = _finite([low, high, *values])
            margin = 0.15 * ((max(ends) - min(ends)) or abs(max(ends)) or 1)
            left, right = min(ends) - margin, max(ends) + margin
            axes.axvspan(left if low is None else low, right if high is None else high, color=COLORS[2], alpha=0.25, lw=0)
            color = PREDICTED if row["inside"] else COLORS[1]
            axes.plot(values, np.zeros(len(values)), "o", ms=6, color=color, clip_on=False)
            axes.set(xlim=(left, right), yticks=[])
            axes.set_ylabel(name, rotation=0, ha="right", va="center")
            axes.spines["left"].set_visible(False)
        return png(figure)


def _curve(score: Mapping, related: Mapping) -> bytes:
    """The curve of the runs, and the observed points, or the observed slope as a line from the first point."""
    curve, observed = related["curve"], score["observation"]
    with style():
        figure = Figure(figsize=(5.6, 3.4), layout="constrained")
        axes = figure.subplots()
        axes.plot(curve["currents"], curve["rates"], "o-", color=PREDICTED, label="prediction")
        if "rates" in observed:
            axes.errorbar(observed["currents"], observed["rates"], yerr=observed.get("std"), fmt="s", color=OBSERVED,
                          capsize=3, label="observation")
        elif "mean" in observed:
            _slope(axes, curve, related["first_current"], observed)
        axes.set(xlabel="current [nA]", ylabel="rate [Hz]", ylim=(0, None))
        axes.legend()
        return png(figure)


def _slope(axes: Axes, curve: Mapping, first: float, observed: Mapping) -> None:
    """Lines of the observed slope, plus and minus its standard deviation, through the first current that fires."""
    x = np.array([first, max(curve["currents"])])
    start = curve["rates"][curve["currents"].index(first)]
    low, high = (start + (observed["mean"] + sign * observed.get("std", 0.0)) * (x - first) for sign in (-1, 1))
    axes.plot(x, start + observed["mean"] * (x - first), "--", color=OBSERVED, label="observed slope ± std")
    axes.fill_between(x, low, high, color=OBSERVED, alpha=0.15, lw=0)


def _numbers(score: Mapping, related: Mapping) -> bytes | None:
    """Values of the runs as dots, beside the observed mean ± std, or the theory ± its tolerance, or a range."""
    observed, prediction = score.get("observation") or {}, score.get("prediction")
    values = _runs(prediction)
    bounds = _observed(observed, related)
    if not values or bounds is None:
        return None
    centre, low, high = bounds
    with style():
        figure = Figure(figsize=(7.6, 1.25), layout="constrained")
        axes = figure.subplots()
        axes.axvspan(low, high, color=COLORS[2], alpha=0.25, lw=0, label="observation")
        if centre is not None:
            axes.axvline(centre, color=OBSERVED, lw=1.5)
        axes.plot(values, np.zeros(len(values)), "o", ms=6, color=PREDICTED, clip_on=False, label="prediction")
        units = score.get("units") or ""
        axes.set(yticks=[], xlabel=units)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.15)
        figure.legend(loc="outside right center", fontsize=9)
        return png(figure)


def _runs(prediction: object) -> list[float]:
    """Values of single runs, else the one number that was predicted."""
    if isinstance(prediction, Mapping):
        found = prediction.get("values") or [prediction.get("value", prediction.get("mean"))]
        return _finite(found)
    return _finite([prediction])


def _observed(observed: object, related: Mapping) -> tuple[float | None, float, float] | None:
    """Centre, lower and upper end of what was observed; None if it is no number."""
    if not isinstance(observed, Mapping):
        return None
    if "mean" in observed and "std" in observed:
        return observed["mean"], observed["mean"] - observed["std"], observed["mean"] + observed["std"]
    if "theory" in related and "tolerance" in related:
        width = related["tolerance"] * related["theory"]
        return related["theory"], related["theory"] - width, related["theory"] + width
    if "min" in observed and "max" in observed:
        return None, observed["min"], observed["max"]
    return None


def _finite(values: Sequence) -> list[float]:
    return [float(value) for value in values
            if isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)]
