"""Runs as one labelled whole: merging run stores, and the natural-naming trajectory of pypet.

Names are looked up when they are used, so that importing the merge costs nothing of the rest.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME = {
    "Trajectory": "trajectory",
    "SingleRun": "singlerun",
    "Environment": "environment",
    "Exploration": "running",
    "Snakemake": "snakejobs",
    "NNGroupNode": "groups",
    "ParameterGroup": "branches",
    "ConfigGroup": "branches",
    "DerivedParameterGroup": "branches",
    "ResultGroup": "branches",
    "NNTreeNode": "nodes",
    "NNLeafNode": "nodes",
    "Annotations": "annotations",
    "BaseParameter": "parameters",
    "Parameter": "parameters",
    "ArrayParameter": "specialparameters",
    "SparseParameter": "specialparameters",
    "PickleParameter": "specialparameters",
    "BaseResult": "results",
    "Result": "results",
    "SparseResult": "results",
    "PickleResult": "results",
    "ZarrStorageService": "service",
    "register_converter": "values",
    "allow_pickle": "pickles",
    "ParameterLockedException": "errors",
    "NotUniqueNodeError": "errors",
    "NodeNotFoundError": "errors",
    "PresettingError": "errors",
    "DataNotInStorageError": "errors",
    "VersionMismatchError": "errors",
    "NoSuchServiceError": "errors",
    "GitDiffError": "errors",
    "StoreExistsError": "errors",
    "LOAD_NOTHING": "constants",
    "LOAD_SKELETON": "constants",
    "LOAD_DATA": "constants",
    "OVERWRITE_DATA": "constants",
    "UPDATE_SKELETON": "constants",
    "UPDATE_DATA": "constants",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"simcore.trajectory.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
