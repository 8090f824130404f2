"""Validation: models, capabilities, tests, scores and suites that say whether a result is right.

The names of SciUnit, as `simcore.api.sciunit` has them too. They are imported when first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_PLACES = {
    "base": ("SciUnit",), "config": ("Config",),
    "capabilities.base": ("Capability", "ProducesNumber", "Runnable"),
    "models.base": ("Model",), "models.runnable": ("RunnableModel",),
    "models.backends": ("Backend", "register_backends"), "models.cells": ("CellModel",),
    "models.simcore_backend": ("SimcoreBackend",), "models.trajectory": ("TrajectoryModel",),
    "errors": ("Error", "ObservationError", "ParametersError", "CapabilityError", "PredictionError",
               "InvalidScoreError", "BadParameterValueError", "BackendException"),
    "scores.base": ("Score", "ErrorScore"), "scores.array": ("ScoreArray",), "scores.collections": ("ScoreMatrix",),
    "scores.collections_m2m": ("ScoreArrayM2M", "ScoreMatrixM2M"),
    "scores": ("BooleanScore", "ZScore", "CohenDScore", "RatioScore", "RelativeDifferenceScore", "PercentScore",
               "FloatScore", "CorrelationScore", "PValueScore", "DistanceScore", "NoneScore", "TBDScore", "NAScore",
               "InsufficientDataScore"),
    "tests": ("Test",), "m2m": ("TestM2M",), "protocols": ("RangeTest", "ProtocolToFeaturesTest"),
    "suites": ("TestSuite",),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
