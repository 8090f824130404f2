"""sciunit.validators."""

from simcore.validation.validators import ObservationValidator, ParametersValidator, register_quantity, register_type

__all__ = ["ObservationValidator", "ParametersValidator", "register_quantity", "register_type"]
