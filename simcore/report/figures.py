"""Figures of a report, as PNG: the same data gives the same bytes, whatever the user's matplotlib settings are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from simcore.analysis.activity import Activity

# Okabe & Ito's colours, told apart with any colour vision (https://jfly.uni-koeln.de/color)
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#F0E442")
MAP = "viridis"         # brightness grows evenly, also without red or green: https://bids.github.io/colormap
_STYLE = {
    "font.family": "DejaVu Sans", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": "#444", "axes.linewidth": 0.8, "xtick.color": "#222", "ytick.color": "#222", "axes.titlesize": 11,
    "figure.facecolor": "white", "axes.facecolor": "white", "legend.frameon": False, "svg.hashsalt": "simcore",
}
_DPI = 144


@dataclass(frozen=True)
class Mark:
    """A letter at a point of a phase diagram, and the colours of its background and itself."""

    x: float
    y: float
    text: str
    background: str = "#ffffff"
    color: str = "#000000"


def raster(activity: Activity, *, cells: int, start: float | None, length: float) -> bytes:
    """Spikes of the first cells, and below the rate of the whole population in bins of 1 ms."""
    start = max(0.0, activity.stop - length) if start is None else start
    with style():
        figure = Figure(figsize=(6.4, 3.9), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1))
        shown = (activity.time > start) & (activity.time <= start + length) & (activity.cell < cells)
        above.plot(activity.time[shown], activity.cell[shown] + 1, ls="", marker="|", ms=3.2, mew=0.9, color=COLORS[0])
        above.set(ylabel="cell", ylim=(0, min(cells, activity.n_cells) + 1), xlim=(start, start + length))
        above.tick_params(bottom=False, labelbottom=False)
        width = 1.0 if round(1.0 / activity.dt) * activity.dt == 1.0 else activity.dt
        rate = activity.counts(width) / max(activity.n_cells, 1) / width * 1e3
        below.stairs(rate, activity.start + np.arange(len(rate) + 1) * width, color="#222", fill=True, alpha=0.85)
        below.set(xlabel="time [ms]", ylabel="rate [Hz]", ylim=(0, None))
        figure.align_ylabels()
        return png(figure)


def phase_diagram(x: np.ndarray, y: np.ndarray, values: np.ndarray, *, labels: tuple[str, str, str],
                  marks: Sequence[Mark] = ()) -> bytes:
    """Values at points (x, y); labels of x, y and values; marks of some of the points.

    Points that fill a grid are cells of it, equally large; others are dots where they are. Values of several orders of
    magnitude get a logarithmic scale.
    """
    with style():
        figure = Figure(figsize=(5.6, 4.3), layout="constrained")
        axes = figure.subplots()
        norm = _norm(values)
        columns, rows = np.unique(x), np.unique(y)
        is_grid = len(x) == len(columns) * len(rows)
        if is_grid:
            drawn = _grid(axes, (x, y, values), norm, columns, rows)
            marks = [replace(m, x=float(np.searchsorted(columns, m.x)), y=float(np.searchsorted(rows, m.y)))
                     for m in marks]
        else:
            drawn = axes.scatter(x, y, c=values, norm=norm, cmap=MAP, s=70, edgecolor="#444", linewidth=0.5)
        for mark in marks:
            at = (mark.x - 0.5, mark.y + 0.5) if is_grid else (mark.x, mark.y)
            axes.annotate(mark.text, at, xytext=(9, -9) if is_grid else (0, 11), textcoords="offset points",
                          ha="center", va="center", fontsize=8, weight="bold", color=mark.color,
                          bbox={"boxstyle": "circle,pad=0.2", "fc": mark.background, "ec": "black", "lw": 0.8})
        axes.set(xlabel=labels[0], ylabel=labels[1])
        figure.colorbar(drawn, ax=axes, label=labels[2], pad=0.02).outline.set_visible(False)
        return png(figure)


def spectra(lines: Sequence[tuple[str, np.ndarray, np.ndarray]], *, maximum: float, units: str) -> bytes:
    """Power spectra (title, frequency [Hz], power) on a logarithmic scale; a dot at the largest power of each."""
    with style():
        figure = Figure(figsize=(7.6, 3.9), layout="constrained")
        axes = figure.subplots()
        for i, (title, frequency, power) in enumerate(lines):
            shown = (frequency > 0) & (frequency <= maximum) & (power > 0)
            if not shown.any():
                continue
            color = COLORS[i % len(COLORS)]
            axes.plot(frequency[shown], power[shown], color=color, lw=1.3, label=title,
                      ls=("-", "--", ":", "-.")[i // len(COLORS) % 4])
            top = power[shown].argmax()
            axes.plot(frequency[shown][top], power[shown][top], "o", ms=5, color=color)
        if not axes.lines:
            axes.text(0.5, 0.5, "no spectrum: no spikes, or runs shorter than a segment", transform=axes.transAxes,
                      ha="center")
            axes.set_axis_off()
        else:
            axes.set_yscale("log")
            figure.legend(loc="outside right upper", fontsize=9)
        axes.set(xlabel="frequency [Hz]", ylabel=f"power of the rate [{units}]", xlim=(0, maximum))
        axes.grid(alpha=0.25, lw=0.6)
        return png(figure)


def _grid(axes: Axes, points: tuple[np.ndarray, np.ndarray, np.ndarray], norm: Normalize, columns: np.ndarray,
          rows: np.ndarray) -> ScalarMappable:
    """Cells of a grid, with their values written in if there are not too many."""
    x, y, values = points
    table = np.full((len(rows), len(columns)), np.nan)
    table[np.searchsorted(rows, y), np.searchsorted(columns, x)] = values
    drawn = axes.pcolormesh(np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5,
                            np.ma.masked_invalid(table), norm=norm, cmap=MAP, edgecolor="white", linewidth=0.6)
    axes.set_facecolor("#ddd")                          # no value
    for axis, centres in ((axes.xaxis, columns), (axes.yaxis, rows)):
        step = -(-len(centres) // 12)
        axis.set_ticks(np.arange(0, len(centres), step), [f"{value:.4g}" for value in centres[::step]])
    axes.tick_params(length=0)
    if table.size <= 100:
        _write_values(axes, table, norm)
    return drawn


def _write_values(axes: Axes, table: np.ndarray, norm: Normalize) -> None:
    """The values, black on light and white on dark cells."""
    light = mpl.colormaps[MAP](norm(np.nan_to_num(table)))[..., :3] @ (0.299, 0.587, 0.114) > 0.5
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            axes.text(column, row, _short(value), ha="center", va="center", fontsize=8,
                      color="black" if light[row, column] else "white")


def _norm(values: np.ndarray) -> Normalize:
    there = values[np.isfinite(values)]
    if there.size == 0:
        return Normalize(0, 1)
    low, high = float(there.min()), float(there.max())
    if low > 0 and high / low > 50:
        return LogNorm(low, high)
    return Normalize(low, high if high > low else low + (abs(low) or 1))


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}" if abs(value) < 10 else f"{value:.3g}"


def style() -> AbstractContextManager:
    """Settings of this module alone: matplotlib's defaults, not the user's."""
    kept = ("backend", "interactive")
    defaults: Any = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(kept)}
    return mpl.rc_context(defaults | _STYLE)


def png(figure: Figure) -> bytes:
    """The figure as PNG; the same figure gives the same bytes."""
    FigureCanvasAgg(figure)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, metadata={"Software": None})
    return stream.getvalue()
