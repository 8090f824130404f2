"""pypet.pypetconstants: levels of loading, and modes that have no effect here."""

from simcore.trajectory.constants import (
    LOAD_DATA,
    LOAD_NOTHING,
    LOAD_SKELETON,
    OVERWRITE_DATA,
    UPDATE_DATA,
    UPDATE_SKELETON,
    WRAP_MODE_LOCK,
    WRAP_MODE_NONE,
    WRAP_MODE_QUEUE,
)

__all__ = [
    "LOAD_DATA",
    "LOAD_NOTHING",
    "LOAD_SKELETON",
    "OVERWRITE_DATA",
    "UPDATE_DATA",
    "UPDATE_SKELETON",
    "WRAP_MODE_LOCK",
    "WRAP_MODE_NONE",
    "WRAP_MODE_QUEUE",
]
