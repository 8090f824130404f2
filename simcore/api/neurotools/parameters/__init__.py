"""NeuroTools.parameters: its documented names. The parameters package of simcore is that system."""

from simcore.parameters.distributions import GammaDist, NormalDist, ParameterDist, UniformDist
from simcore.parameters.references import ParameterReference, lazy_operation, reverse
from simcore.parameters.schemas import (
    CongruencyValidator,
    Eval,
    ParameterSchema,
    SchemaBase,
    Subclass,
    ValidationError,
)
from simcore.parameters.sets import ParameterSet, ParameterSpace, ParameterTable, load_parameters
from simcore.parameters.tables import string_table
from simcore.parameters.values import Parameter, ParameterRange
from simcore.parameters.walking import contains_instance, nesteddictflatten, nesteddictwalk

__all__ = [
    "CongruencyValidator", "Eval", "GammaDist", "NormalDist", "Parameter", "ParameterDist", "ParameterRange",
    "ParameterReference", "ParameterSchema", "ParameterSet", "ParameterSpace", "ParameterTable", "SchemaBase", "Subclass",
    "UniformDist", "ValidationError", "contains_instance", "lazy_operation", "load_parameters", "nesteddictflatten",
    "nesteddictwalk", "reverse", "string_table",
]
