"""sciunit.models.examples."""

from simcore.validation.models.examples import (
    CacheByInstancePersistentUniformModel,
    CacheByValuePersistentUniformModel,
    ConstModel,
    PersistentUniformModel,
    RepeatedRandomNumberModel,
    SharedModel,
    UniformModel,
    UniqueRandomNumberModel,
)

__all__ = ["CacheByInstancePersistentUniformModel", "CacheByValuePersistentUniformModel", "ConstModel",
           "PersistentUniformModel", "RepeatedRandomNumberModel", "SharedModel", "UniformModel",
           "UniqueRandomNumberModel"]
