"""Samples of a feature over trials, and what tests need of them."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np


class Summary(TypedDict):
    """mean; std (ddof = 1) and standard error of the mean, None for fewer than two; n; the values."""

    mean: float
    std: float | None
    sem: float | None
    n: int
    values: list[float]


def summary(sample: Any) -> Summary:
    """Summary of a sample (n,); NaN values are not counted; mean NaN if there are no others."""
    values = np.atleast_1d(np.asarray(sample, float)).ravel()
    there = values[~np.isnan(values)]
    n = len(there)
    std = float(there.std(ddof=1)) if n > 1 else None
    return {"mean": float(there.mean()) if n else float("nan"), "std": std,
            "sem": std / float(np.sqrt(n)) if std is not None else None, "n": n, "values": values.tolist()}
