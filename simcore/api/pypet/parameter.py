"""pypet.parameter: leaves of the tree."""

from simcore.trajectory.parameters import (
    ArrayParameter,
    BaseParameter,
    Parameter,
    PickleParameter,
    SparseParameter,
)
from simcore.trajectory.results import BaseResult, PickleResult, Result, SparseResult

__all__ = [
    "ArrayParameter",
    "BaseParameter",
    "BaseResult",
    "Parameter",
    "PickleParameter",
    "PickleResult",
    "Result",
    "SparseParameter",
    "SparseResult",
]
