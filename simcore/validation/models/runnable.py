"""Models that a backend runs."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from simcore.validation.capabilities.base import Runnable
from simcore.validation.models.backends import Backend, available_backends, find_backend
from simcore.validation.models.base import Model


class RunnableModel(Model, Runnable):
    """A model which can be run to produce simulation results.

    backend: a Backend class, a registered name, (name or class, {settings}), or None for one that cannot run. attrs:
    attributes of the model, such as an input resistance. Run parameters, such as an injected current, stay set until
    reset; defaults fill in what is not set.
    """

    state_hide = ("skip_run", "print_run_params", "default_run_params")

    def __init__(self, name: str | None = None, backend: Any = None, attrs: dict | None = None, **params: Any):
        super().__init__(name=name, **params)
        self.skip_run = False
        self.print_run_params = False
        self.run_params: dict[str, Any] = {}
        self.default_run_params: dict[str, Any] = {}
        if attrs and not isinstance(attrs, dict):
            raise TypeError(f"Model 'attrs' must be a dictionary, got {attrs!r}")
        self.attrs: dict[str, Any] = dict(attrs or {})
        self.set_backend(backend)
        self.use_default_run_params()

    def get_backend(self) -> Backend:
        """The backend."""
        return self._backend

    def set_backend(self, backend: Any) -> None:
        """Set the backend: see the class. TypeError for another type, BackendException for an unknown name."""
        name, args, kwargs = backend, [], {}
        if isinstance(backend, (tuple, list)) and backend:
            name = backend[0]
            for part in backend[1:]:
                if isinstance(part, dict):
                    kwargs.update(part)
                else:
                    args += [part] if isinstance(part, str) else list(part)
        if inspect.isclass(name) and issubclass(name, Backend):
            available_backends[name.__name__] = name
            name = name.__name__
        elif not (name is None or isinstance(name, str)):
            raise TypeError(f"The backend must be of type Backend, string, tuple, list, or None, got {backend!r}")
        name = name or None
        if name is None:
            warnings.warn("The `None` backend was selected and will have limited functionality", stacklevel=2)
        made = find_backend(name)()
        made.model = self
        self.backend, self._backend = name, made
        made.init_backend(*args, **kwargs)

    def run(self, **run_params: Any) -> None:
        """Run the simulation, or look up its results in a cache; they become `results`."""
        self.use_default_run_params()
        self.set_run_params(**run_params)
        if self.print_run_params:
            print("Run Params:", self.run_params)
        self.results = self._backend.backend_run()

    def set_attrs(self, **attrs: Any) -> None:
        """Set attributes of the model."""
        self.attrs.update(attrs)
        self._backend.set_attrs(**attrs)

    def set_run_params(self, **run_params: Any) -> None:
        """Set run parameters, for this run and those after it."""
        self.run_params.update(run_params)
        self.check_run_params()
        self._backend.set_run_params(**run_params)

    def check_run_params(self) -> None:
        """For models that restrict run parameters: raise BadParameterValueError."""

    def reset_run_params(self) -> None:
        """Forget all run parameters."""
        self.run_params = {}

    def set_default_run_params(self, **params: Any) -> None:
        """Set run parameters of all runs that do not set them themselves."""
        self.default_run_params.update(params)

    def use_default_run_params(self) -> None:
        """Set those defaults that are not set."""
        missing = {key: value for key, value in self.default_run_params.items() if key not in self.run_params}
        if missing:
            self.set_run_params(**missing)

    def reset_default_run_params(self) -> None:
        """Forget all default run parameters."""
        self.default_run_params = {}

    @property
    def state(self) -> dict[str, Any]:
        """Name, parameters, attributes, run parameters and the name of the backend."""
        return {"name": self.name, "params": self.params, "attrs": self.attrs, "run_params": self.run_params,
                "backend": self.backend}

    def identity_state(self) -> dict[str, Any]:
        """What results of a run depend on; the name is not part of it."""
        return {"code": self._backend.code_of(type(self)), "backend": self._backend, **self._backend.model_state()}

    def __del__(self) -> None:
        temp_dir = self.__dict__.get("temp_dir")
        if temp_dir is not None:
            temp_dir.cleanup()
