"""pyNN.errors (0.6: pyNN.common): the documented exceptions, all of them SimcoreErrors or the core's own classes."""

from __future__ import annotations

from simcore.errors import (
    ConfigurationError,
    InvalidModelError,
    InvalidParameterValueError,
    NonExistentParameterError,
    SimcoreError,
    nearest,
)

__all__ = ["ConnectionError", "InvalidDimensionsError", "InvalidModelError", "InvalidParameterValueError",
           "InvalidWeightError", "NoModelAvailableError", "NonExistentParameterError", "NotLocalError",
           "NothingToWriteError", "RecordingError", "RoundingWarning"]


class NoSuchParameterError(NonExistentParameterError, AttributeError):
    """A name after `id.` that is no parameter of the cell: hasattr(id, name) is False."""


class InvalidDimensionsError(ConfigurationError):
    """An argument has an unusable shape or number of dimensions."""


class ConnectionError(ConfigurationError):
    """A connection that cannot be made, or one that does not exist."""


class InvalidWeightError(InvalidParameterValueError):
    """A synaptic weight of the wrong sign."""


class RoundingWarning(UserWarning):
    """An argument was rounded, as to whole time steps."""


class NothingToWriteError(SimcoreError):
    """There is no data to write or to return: nothing was asked to be recorded."""


class NotLocalError(SimcoreError):
    """A cell or connection that lives on another rank."""


class NoModelAvailableError(InvalidModelError):
    """The simulator has no model of this kind."""


class RecordingError(ConfigurationError):
    """A variable that this type of cell does not have.

    variable: what was asked for; cell_type: its type (a class with a name, or text); valid: names that can be recorded.
    """

    def __init__(self, variable: str, cell_type: object = "", valid: object = (), **fields: object):
        if "got" in fields:                         # rebuilt by SimcoreError.__reduce__
            super().__init__(variable, **fields)
            return
        name = getattr(cell_type, "__name__", cell_type if isinstance(cell_type, str) else type(cell_type).__name__)
        valid = valid or getattr(cell_type, "recordable", ())
        super().__init__(f"{name} cells have no {variable!r} to record{nearest(variable, valid)}", name=variable,
                         got=variable, valid=tuple(valid))
