"""Models, and backends that run them."""

from simcore.validation.models.base import Model
from simcore.validation.models.runnable import RunnableModel

__all__ = ["Model", "RunnableModel"]
