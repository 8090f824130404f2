"""Validators as SciUnit's tests name them: a schema, `validate`, `errors`. The rules are those of `schemas`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simcore.validation import schemas
from simcore.validation.dimension import is_quantity, same_dimension, units_of
from simcore.validation.errors import ObservationError, ParametersError


def register_type(cls: type, name: str) -> None:
    """Let schemas say `type: name` for instances of a class."""
    schemas.TYPES[name] = (cls,)


def register_quantity(quantity: Any, name: str) -> None:
    """Let schemas say `type: name` for quantities of the class of this one."""
    schemas.TYPES[name] = (type(quantity),)


class ObservationValidator:
    """Checks documents {field: value} by a schema {field: rules}, in the units of a test."""

    def __init__(self, schema: Mapping | None = None, *, test: Any = None):
        if test is None:
            raise ObservationError("an observation validator must have a `test` keyword argument", name="test")
        self.schema, self.test, self.errors = schema or {}, test, {}

    def validate(self, document: Mapping) -> bool:
        """Whether the document satisfies the schema; if not, `errors` says why."""
        self.errors = {}
        for field, rules in self.schema.items():
            inner = list(rules["oneof_schema"]) if "oneof_schema" in rules else rules.get("schema")
            wrong = schemas.problems(document.get(field), inner, getattr(self.test, "units", "")) if inner else {}
            if wrong:
                self.errors[field] = wrong
        return not self.errors


class ParametersValidator:
    """Checks that parameters are quantities of a dimension."""

    units_map = schemas.DIMENSIONS

    def validate_quantity(self, value: Any) -> None:
        """ParametersError unless it is a quantity."""
        if not is_quantity(value):
            raise ParametersError(f"{value} must be a quantity: a number with units", got=value)

    def validate_units(self, value: Any, units_type: str) -> bool:
        """True if it is a quantity of the dimension "time", "voltage" or "current"; ParametersError otherwise."""
        self.validate_quantity(value)
        if not same_dimension(units_of(value), self.units_map[units_type]):
            raise ParametersError(f"{value} must have dimensions of {units_type}", got=value, valid=units_type)
        return True
