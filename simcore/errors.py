"""One hierarchy of errors. Each says the rule, the value with its unit, where it came from, and what is valid.

The names that the specified systems document (`InvalidParameterValueError`, `ConfigurationError`, `ValidationError`,
`BackendException` …) are names for classes of this file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SimcoreError(Exception):
    """Root of all errors of this package.

    Fields: name (what it is about, a dotted path), got (the value), valid (what would have been right), where (file
    or object it came from). The message is built from them, so that a program can read the same as a person.
    """

    def __init__(self, message: str, *, name: str = "", got: object = None, valid: object = None, where: str = ""):
        self.message, self.name, self.got, self.valid, self.where = message, name, got, valid, where
        super().__init__(f"{message} ({where})" if where else message)

    def __reduce__(self):
        fields = {"name": self.name, "got": self.got, "valid": self.valid, "where": self.where}
        return _rebuild, (type(self), self.message, fields)


def _rebuild(cls: type[SimcoreError], message: str, fields: dict) -> SimcoreError:
    """Unpickle an error with its fields (workers send them home)."""
    error = cls.__new__(cls)
    SimcoreError.__init__(error, message, **fields)
    return error


class InvalidParameterValueError(SimcoreError, ValueError):
    """A parameter has a value that its declaration does not allow."""


class NonExistentParameterError(SimcoreError, KeyError):
    """A name that is not declared; the message gives the nearest valid one."""

    def __str__(self) -> str:           # KeyError would print the repr of the message
        return str(self.args[0])


class ParameterTypeError(InvalidParameterValueError, TypeError):
    """A value of a type that cannot be used so."""


class ParameterTextError(InvalidParameterValueError, SyntaxError):
    """Text of parameters that cannot be read: bad syntax, or something that is not allowed in it."""

    def __str__(self) -> str:           # SyntaxError would look for a line number
        return str(self.args[0])


class UnitError(InvalidParameterValueError):
    """A unit that does not exist, or one of the wrong dimension."""


class InvalidModelError(SimcoreError):
    """A model, connector or mechanism that does not exist or cannot be used so."""


class ConfigurationError(SimcoreError):
    """A setup that cannot work; under MPI it is raised by all ranks alike."""


class ExperimentError(ConfigurationError):
    """An experiment file that cannot be used."""


class SimulationError(SimcoreError):
    """A run that went wrong while it was running (NaN membrane potential, lost rank)."""


class StoreError(SimcoreError):
    """A store that is missing, incomplete, unreadable or of an unknown version."""


class ProvenanceError(SimcoreError):
    """A record that is not valid, or a state of the repository that was refused."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """The hint `; did you mean 'tau_m'?`, or the list of valid names when none is near."""
    valid = [str(v) for v in valid]
    close = difflib.get_close_matches(str(name), valid, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    shown = ", ".join(sorted(valid)[:20])
    return f"; valid: {shown}{', …' if len(valid) > 20 else ''}" if valid else "; there are no valid names here"
