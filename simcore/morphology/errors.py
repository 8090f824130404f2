"""Errors of morphologies."""

from simcore.errors import ConfigurationError


class MorphologyError(ConfigurationError):
    """A morphology that cannot be read or used; the message gives the path and what is wrong."""


class MissingMorphologyError(MorphologyError, FileNotFoundError):
    """A morphology file that does not exist."""

    def __str__(self) -> str:           # FileNotFoundError would look for errno
        return str(self.args[0])
