"""sciunit.models.runnable."""

from simcore.validation.models.runnable import RunnableModel

__all__ = ["RunnableModel"]
