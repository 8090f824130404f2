"""sciunit.errors."""

from simcore.validation.errors import (
    BadParameterValueError,
    CapabilityError,
    CapabilityNotImplementedError,
    CapabilityNotProvidedError,
    Error,
    InvalidScoreError,
    ObservationError,
    ParametersError,
    PredictionError,
)

__all__ = ["BadParameterValueError", "CapabilityError", "CapabilityNotImplementedError", "CapabilityNotProvidedError",
           "Error", "InvalidScoreError", "ObservationError", "ParametersError", "PredictionError"]
