"""sciunit.models."""

from simcore.api.sciunit.models import backends, base, runnable
from simcore.validation.models import Model, RunnableModel

__all__ = ["Model", "RunnableModel", "backends", "base", "runnable"]
