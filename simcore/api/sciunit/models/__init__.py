"""sciunit.models."""

from simcore.validation.models import Model, RunnableModel

__all__ = ["Model", "RunnableModel"]
