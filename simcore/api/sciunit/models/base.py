"""sciunit.models.base."""

from simcore.validation.models.base import Model

__all__ = ["Model"]
