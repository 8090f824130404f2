"""Errors of trajectories, under the names that pypet's documentation gives them."""

from __future__ import annotations

from simcore.errors import SimcoreError, StoreError


class ParameterLockedException(SimcoreError, TypeError):
    """A locked parameter was to be changed."""


class NotUniqueNodeError(SimcoreError, AttributeError):  # type: ignore[misc]  # both have a `name`
    """A name that more than one node has; the message gives the full names."""


class NodeNotFoundError(SimcoreError, AttributeError):  # type: ignore[misc]  # both have a `name`
    """A name that no node has; the message gives the nearest one."""


class PresettingError(SimcoreError):
    """A parameter was preset but never added: probably a typing error in its name."""


class DataNotInStorageError(StoreError, OSError):
    """Data that is to be loaded is not in the store."""


class VersionMismatchError(SimcoreError, TypeError):
    """The store has another layout version than this program reads."""


class NoSuchServiceError(SimcoreError, TypeError):
    """The trajectory has no storage, or the storage cannot do that."""


class GitDiffError(SimcoreError, RuntimeError):
    """The source code differs from its commit, and that was refused."""


class StoreExistsError(StoreError, RuntimeError):
    """A trajectory of this name is in the file already."""
