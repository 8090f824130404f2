"""Errors of validation, with the names of SciUnit; all below `Error`, and below simcore's root."""

from __future__ import annotations

from simcore.errors import InvalidParameterValueError, SimcoreError, SimulationError


class Error(SimcoreError):
    """Root of the errors of validation. Fields of its own are set as attributes and survive pickling."""

    def __init__(self, message: str = "", **fields: object):
        super().__init__(message, **fields)

    def __reduce__(self):
        rebuild, arguments = super().__reduce__()
        return rebuild, arguments, dict(self.__dict__)


class ObservationError(Error):
    """An observation that a test cannot use: wrong keys, types, limits or dimension."""


class ParametersError(Error):
    """Parameters that a test cannot use."""


class CapabilityError(Error):
    """A model lacks a capability that a test requires.

    model: the model. capability: the Capability class. details: more about it, in words.
    """

    action = "provide"

    def __init__(self, model: object, capability: type, details: str = ""):
        self.model, self.capability = model, capability
        message = (f"Model '{getattr(model, 'name', model)}' does not {self.action} required capability: "
                   f"'{getattr(capability, '__name__', capability)}'{f' ({details})' if details else ''}")
        super().__init__(message, name=getattr(capability, "__name__", str(capability)))


class CapabilityNotProvidedError(CapabilityError):
    """The model's class does not claim the capability."""

    action = "provide"


class CapabilityNotImplementedError(CapabilityError):
    """The model's class claims the capability, but leaves a method of it unwritten."""

    action = "implement"


class PredictionError(Error):
    """A method of a model failed while a test was making its prediction."""

    def __init__(self, model: object, method: str, **arguments: object):
        self.model, self.method, self.arguments = model, method, arguments
        super().__init__(f"During prediction, model '{getattr(model, 'name', model)}' could not successfully execute "
                         f"method '{method}' with arguments {arguments}", name=method)


    @classmethod
    def about(cls, model: object, message: str, method: str) -> PredictionError:
        """The error with a message of its own."""
        made = cls(model, method)
        made.message, made.args = message, (f"model '{getattr(model, 'name', model)}': {message}",)
        return made


class InvalidScoreError(Error):
    """A score of a type or value that its class does not allow."""


class BadParameterValueError(Error, InvalidParameterValueError):
    """A parameter of a model, or of a run of it, has a value that is not reasonable."""

    def __init__(self, name: str, value: object, message: str = ""):
        self.value = value
        super().__init__(message or f"Parameter {name} has unreasonable value of {value}", name=name, got=value)


class BackendException(SimulationError):
    """A backend that does not exist, cannot be set up, or failed."""
