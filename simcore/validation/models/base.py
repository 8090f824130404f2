"""Models: things that make predictions."""

from __future__ import annotations

import inspect
from fnmatch import fnmatchcase
from typing import Any

from simcore.validation import schemas
from simcore.validation.base import SciUnit, one_line
from simcore.validation.capabilities.base import Capability, is_capability
from simcore.validation.errors import BadParameterValueError


class Model(SciUnit):
    """A model with a name and parameters.

    name: by default that of the class. params: what distinguishes one model of a class from another.
    """

    is_model = True
    state_hide = ("results", "temp_dir", "stdout")

    name: str | None = None
    description = ""
    params: dict | None = None
    params_schema: Any = None                                       # see `schemas`: checks and completes params
    run_args: dict | None = None                                    # for run(), where a model has one
    extra_capability_checks: dict[type[Capability], str] | None = None   # {capability: name of the method that checks}
    _backend: Any = None                                            # where attributes are looked for that it has not

    def __init__(self, name: str | None = None, **params: Any):
        self.name = type(self).__name__ if name is None else name
        self.params = self._completed(params) if self.params_schema else params
        super().__init__()
        self.check_params()

    @classmethod
    def get_capabilities(cls) -> list[type[Capability]]:
        """The capabilities that the class claims, in the order of its bases."""
        return [base for base in cls.__mro__ if is_capability(base)]

    @property
    def capabilities(self) -> list[type[Capability]]:
        """The capabilities that its class claims."""
        return self.get_capabilities()

    @property
    def failed_extra_capabilities(self) -> list[type[Capability]]:
        """The capabilities it claims whose extra check it does not pass."""
        checks = self.extra_capability_checks or {}
        return [capability for capability, method in checks.items()
                if isinstance(self, capability) and not getattr(self, method)()]

    def describe(self) -> str:
        """Its description, or the docstring of its class."""
        return str(self.description or one_line(type(self).__doc__) or "No description available")

    def curr_method(self, back: int = 0) -> str:
        """Name of the method that calls this one, or of the `back`-th caller of that."""
        frame = inspect.currentframe().f_back
        for _ in range(back):
            frame = frame.f_back
        return frame.f_code.co_name

    def _completed(self, params: dict[str, Any]) -> dict[str, Any]:
        wrong = schemas.problems(params, self.params_schema)
        if wrong:
            key = next(iter(wrong))
            raise BadParameterValueError(key, params.get(key), f"parameters of model {self.name}: {wrong}")
        return schemas.completed(params, self.params_schema)

    def check_params(self) -> None:
        """Called at the end of init: models that restrict their params raise BadParameterValueError here."""

    def is_match(self, match: str | Model) -> bool:
        """Whether `match` is this model, or a pattern ("AI*") that its name fits."""
        return self is match or (isinstance(match, str) and fnmatchcase(self.name, match))

    def __getattr__(self, attr: str) -> Any:
        # Python calls this only for what the model itself has not; a user may call it for anything
        if attr in self.__dict__ or hasattr(type(self), attr):
            return object.__getattribute__(self, attr)
        if not attr.startswith("__"):
            backend = self.__dict__.get("_backend")
            if backend is not None and hasattr(backend, attr):
                return getattr(backend, attr)
        raise AttributeError(f"Model {self.__dict__.get('name')} has no attribute {attr}")

    def __str__(self) -> str:
        return str(self.name)

    def __repr__(self) -> str:
        return f"{self.name} ({type(self).__name__})"
