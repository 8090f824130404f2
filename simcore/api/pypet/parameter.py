"""pypet.parameter: leaves of the tree."""

from simcore.trajectory.parameters import BaseParameter, Parameter
from simcore.trajectory.results import BaseResult, PickleResult, Result, SparseResult
from simcore.trajectory.specialparameters import ArrayParameter, PickleParameter, SparseParameter

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
