"""pypet under its own dotted names: `from simcore.api.pypet import Environment, Trajectory`.

Everything here is a name for a class of `simcore.trajectory`.
"""

from simcore.api.pypet.environment import Environment
from simcore.api.pypet.parameter import (
    ArrayParameter,
    BaseParameter,
    BaseResult,
    Parameter,
    PickleParameter,
    PickleResult,
    Result,
    SparseParameter,
    SparseResult,
)
from simcore.api.pypet.trajectory import SingleRun, Trajectory
from simcore.api.pypet.utils.explore import cartesian_product, find_unique_points

__all__ = [
    "ArrayParameter",
    "BaseParameter",
    "BaseResult",
    "Environment",
    "Parameter",
    "PickleParameter",
    "PickleResult",
    "Result",
    "SingleRun",
    "SparseParameter",
    "SparseResult",
    "Trajectory",
    "cartesian_product",
    "find_unique_points",
]
