"""Quantities without the bias of a window that holds few intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simcore.analysis.activity import Activity
from simcore.analysis.base import quantity
from simcore.analysis.variability import cv_isi


@quantity(source="as cv_isi; extrapolation: L.F. Richardson (1911) Phil Trans R Soc A 210:307, to first order in 1/T")
def cv_isi_corrected(activity: Activity) -> float:
    """Coefficient of variation of inter-spike intervals, extrapolated to a long window.

    2 CV(T) - CV(T/2), CV(T/2) the mean of `cv_isi` over both halves of the window: a window T takes a part of the CV that
    falls as 1/T, as long intervals do not fit in. Needs some ten spikes a cell; NaN where a half has no
    cell with 3 intervals.
    """
    middle = round((activity.start + activity.stop) / 2 / activity.dt)
    early = activity.tick <= middle
    at = middle * activity.dt
    halves = (replace(activity, tick=activity.tick[early], cell=activity.cell[early], stop=at),
              replace(activity, tick=activity.tick[~early], cell=activity.cell[~early], start=at))
    return float(2.0 * cv_isi(activity) - np.mean([cv_isi(half) for half in halves]))
