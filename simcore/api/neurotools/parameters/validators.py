"""NeuroTools.parameters.validators: its documented names."""

from simcore.parameters.schemas import (
    CongruencyValidator,
    Eval,
    ParameterSchema,
    SchemaBase,
    Subclass,
    ValidationError,
    congruent_dicts,
)

__all__ = ["CongruencyValidator", "Eval", "ParameterSchema", "SchemaBase", "Subclass", "ValidationError", "congruent_dicts"]
