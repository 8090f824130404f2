"""pypet.pypetexceptions: errors."""

from simcore.trajectory.errors import (
    DataNotInStorageError,
    GitDiffError,
    NoSuchServiceError,
    NotUniqueNodeError,
    ParameterLockedException,
    PresettingError,
    VersionMismatchError,
)

__all__ = [
    "DataNotInStorageError",
    "GitDiffError",
    "NoSuchServiceError",
    "NotUniqueNodeError",
    "ParameterLockedException",
    "PresettingError",
    "VersionMismatchError",
]
