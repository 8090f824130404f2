"""sciunit.converters."""

from simcore.validation.converters import (
    AtLeastToBoolean,
    AtMostToBoolean,
    Converter,
    LambdaConversion,
    NoConversion,
    RangeToBoolean,
)

__all__ = ["AtLeastToBoolean", "AtMostToBoolean", "Converter", "LambdaConversion", "NoConversion", "RangeToBoolean"]
