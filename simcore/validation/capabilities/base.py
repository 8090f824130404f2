"""Capabilities: what a model can be asked for. A model claims one by inheriting it, and writes its methods.

A method of a capability that calls `unimplemented` (or raises NotImplementedError) must be written by the model; any
other is a default that the model may keep. With `structural = True` a capability is also claimed by any model that
has all its methods, without inheriting it.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any, NoReturn

from simcore.validation.base import SciUnit
from simcore.validation.errors import CapabilityNotImplementedError

_SIGNS = {"unimplemented", "NotImplementedError", "CapabilityNotImplementedError", "NotImplemented"}


class Capability(SciUnit):
    """Base of capabilities."""

    structural = False

    @classmethod
    def check(cls, model: Any, require_extra: bool = False) -> bool:
        """Whether the model claims this capability, has written its methods, and passes its own extra check.

        The extra check is the method that model.extra_capability_checks names for this capability; with
        `require_extra` there must be one.
        """
        claims = isinstance(model, cls) or (cls.structural and _has_all(model, cls))
        if not claims or not cls.source_check(model):
            return False
        checks = getattr(model, "extra_capability_checks", None) or {}
        return bool(getattr(model, checks[cls])()) if cls in checks else not require_extra

    @classmethod
    def source_check(cls, model: Any) -> bool:
        """Whether the model has its own of each method that this capability leaves unwritten."""
        return all(_function(model, name) is not function for name, function in unwritten(cls).items())

    def unimplemented(self, message: str = "") -> NoReturn:
        """Raise CapabilityNotImplementedError for the capability whose method calls this."""
        caller = inspect.currentframe().f_back.f_code.co_name
        owners = [cls for cls in type(self).__mro__ if is_capability(cls) and caller in vars(cls)]
        raise CapabilityNotImplementedError(self, owners[0] if owners else type(self), message)

    def __str__(self) -> str:
        return str(getattr(self, "name", None) or type(self).__name__)


@functools.lru_cache(maxsize=1024)
def unwritten(capability: type) -> dict[str, Any]:
    """Methods that a model must write to have a capability: {name: the capability's own function}."""
    found: dict[str, Any] = {}
    for cls in reversed([cls for cls in capability.__mro__ if is_capability(cls)]):
        for name, value in vars(cls).items():
            if inspect.isfunction(value):
                found.pop(name, None)
                if _SIGNS & {*value.__code__.co_names, *value.__code__.co_freevars}:
                    found[name] = value
    return found


def is_capability(cls: type) -> bool:
    """Whether a class is a capability, and not also a model."""
    return issubclass(cls, Capability) and cls is not Capability and not getattr(cls, "is_model", False)


def _function(model: Any, name: str) -> Any:
    method = getattr(model, name, None)
    return getattr(method, "__func__", method)


def _has_all(model: Any, capability: type) -> bool:
    return all(callable(getattr(model, name, None)) for name in unwritten(capability))


class ProducesNumber(Capability):
    """Produces some number."""

    def produce_number(self) -> float:
        """The number."""
        self.unimplemented()


class Runnable(Capability):
    """Can be run, i.e. simulated."""

    def run(self, **run_params: Any) -> None:
        """Run with these run parameters."""
        self.unimplemented()

    def set_run_params(self, **run_params: Any) -> None:
        """Set parameters of the next run: of the simulation, not of the model."""
        self.unimplemented()

    def set_default_run_params(self, **default_run_params: Any) -> None:
        """Set parameters of all runs: of the simulation, not of the model."""
        self.unimplemented()
