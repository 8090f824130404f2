"""sciunit.models.backends."""

from simcore.validation.errors import BackendException
from simcore.validation.models.backends import Backend, available_backends, register_backends

__all__ = ["Backend", "BackendException", "available_backends", "register_backends"]
