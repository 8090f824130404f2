"""Backends: what runs a model, and remembers the results.

The key of a result is what it depends on: the class of the model and of the backend with their source, parameters and
attributes of the model, run parameters, the backend with its settings. Names do not count, nor does the git commit
unless asked (`code="commit"`); `code="ignore"` leaves the source out.
"""

from __future__ import annotations

import inspect
import os
import pickle
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from simcore.errors import InvalidParameterValueError, nearest
from simcore.validation.base import SciUnit
from simcore.validation.cache import MISSING, DiskCache, MemoryCache
from simcore.validation.errors import BackendException
from simcore.validation.frozen import read_only
from simcore.validation.sources import source_digest_of

available_backends: dict[str | None, type[Backend]] = {}
CODE = ("source", "commit", "ignore")
_CACHING = ("use_memory_cache", "use_disk_cache", "code", "memory_entries", "memory_bytes")


class Backend(SciUnit):
    """Base of backends. An author writes `_backend_run`, and what a simulator needs of `load_model` and `set_*`.

    Values of `use_disk_cache`: True for the user's cache folder, or a folder.
    """

    name: str | None = None
    f: Callable | None = None                       # the function that runs the simulation
    recorded_variables: Any = None                  # state variables to record
    cache_version: Any = None                       # change it when the same source and settings give other results
    state_hide = ("memory_cache", "disk_cache", "disk_cache_location", "results", "stdout", "exec_in_dir", "model",
                  "settings", "code", "use_memory_cache", "use_disk_cache")

    model: Any = None
    settings: Mapping = {}
    code = "source"
    use_memory_cache: bool = True
    use_disk_cache: Any = False
    disk_cache_location: str | None = None
    memory_cache: MemoryCache | None = None
    results: Any                                    # of the last run

    def init_backend(self, *args: Any, **kwargs: Any) -> None:
        """Set up caches and load the model; attributes that the model was given are set on the backend.

        use_memory_cache: True. use_disk_cache: False, True, or a folder. code: what of the source is part of the key,
        "source", "commit" or "ignore". memory_entries, memory_bytes: limits of the memory cache. Other arguments are
        settings of the backend, and part of the key.
        """
        self.code = kwargs.get("code", "source")
        if self.code not in CODE:
            raise InvalidParameterValueError(f"code must be one of {', '.join(CODE)}, got {self.code!r}", name="code",
                                             got=self.code, valid=CODE)
        self.settings = {"args": args, **{key: value for key, value in kwargs.items() if key not in _CACHING}}
        self.use_memory_cache = bool(kwargs.get("use_memory_cache", True))
        self.use_disk_cache = kwargs.get("use_disk_cache", False)
        if self.use_memory_cache:
            self.init_memory_cache(kwargs.get("memory_entries", 1024), kwargs.get("memory_bytes", 1 << 30))
        if self.use_disk_cache:
            self.init_disk_cache(self.use_disk_cache)
        self.load_model()
        attrs = vars(self.model).get("attrs") if self.model is not None else None
        if attrs:
            self.set_attrs(**attrs)

    def init_cache(self) -> None:
        """Set up both caches."""
        self.init_memory_cache()
        self.init_disk_cache()

    def init_memory_cache(self, entries: int = 1024, total_bytes: int = 1 << 30) -> None:
        """Set up an empty cache in memory."""
        self.memory_cache = MemoryCache(entries, total_bytes)

    def init_disk_cache(self, location: str | os.PathLike | bool | None = None) -> None:
        """Use a folder as cache: `location`, or $SIMCORE_CACHE/validation, or ~/.cache/simcore/validation."""
        given = isinstance(location, (str, os.PathLike))
        self.disk_cache_location = os.fspath(location) if given else str(_default_location())

    @property
    def disk_cache(self) -> DiskCache:
        """The cache on disk."""
        if not self.disk_cache_location:
            self.init_disk_cache()
        return DiskCache(self.disk_cache_location)

    def clear_disk_cache(self) -> None:
        """Remove everything from the cache on disk."""
        self.disk_cache.clear()

    def get_memory_cache(self, key: str | None = None) -> Any:
        """Result in the memory cache of `key` (by default the model's state); None if not found. Read-only."""
        return _or_none(self._in_memory(key or self.model.hash()))

    def get_disk_cache(self, key: str | None = None) -> Any:
        """Result in the cache on disk of `key` (by default the model's state); None if not found. Read-only."""
        return _or_none(self.disk_cache.get(key or self.model.hash(), MISSING))

    def get_cache(self, key: str | None = None) -> Any:
        """Result in either cache that is in use; None if not found."""
        return _or_none(self._find(key or self.model.hash()))

    def set_memory_cache(self, results: Any, key: str | None = None) -> None:
        """Keep a copy of the results in memory under `key` (by default the model's state)."""
        if self.memory_cache is None:
            self.init_memory_cache()
        self.memory_cache[key or self.model.hash()] = results

    def set_disk_cache(self, results: Any, key: str | None = None) -> None:
        """Keep the results on disk under `key` (by default the model's state)."""
        key = key or self.model.hash()
        with self.disk_cache.alone(key):
            self.disk_cache.set(key, results)

    def set_cache(self, results: Any, key: str | None = None) -> bool:
        """Keep results in the caches that are in use; False if none is."""
        key = key or self.model.hash()
        if self.use_memory_cache:
            self.set_memory_cache(results, key)
        if self.use_disk_cache:
            self.set_disk_cache(results, key)
        return bool(self.use_memory_cache or self.use_disk_cache)

    def _in_memory(self, key: str) -> Any:
        return MISSING if self.memory_cache is None else self.memory_cache.get(key, MISSING)

    def _find(self, key: str) -> Any:
        """Result in memory, else on disk (then kept in memory), else MISSING."""
        found = self._in_memory(key) if self.use_memory_cache else MISSING
        if found is MISSING and self.use_disk_cache:
            found = self.disk_cache.get(key, MISSING)
            if found is not MISSING and self.use_memory_cache:
                self.set_memory_cache(found, key)
        return found

    def load_model(self) -> None:
        """For backends that load a model: do so."""

    def set_attrs(self, **attrs: Any) -> None:
        """For backends that hold attributes of the model: set them."""

    def set_run_params(self, **run_params: Any) -> None:
        """For backends that hold run parameters: set them."""

    def backend_run(self) -> Any:
        """The result of the model's state: from a cache, or by running it (by one process at a time for one state)."""
        if not (self.use_memory_cache or self.use_disk_cache):
            self.results = self._backend_run()
            return self.results
        key = self.model.hash()
        found = self._find(key)
        if found is MISSING:
            with self.disk_cache.alone(key) if self.use_disk_cache else nullcontext():
                found = self._find(key) if self.use_disk_cache else MISSING     # made while waiting
                if found is MISSING:
                    return self._run_and_keep(key)
        self.results = self.cache_to_results(found)
        return self.results

    def _run_and_keep(self, key: str) -> Any:
        results = self._backend_run()
        kept = self.results_to_cache(results)
        if self.use_memory_cache:
            self.set_memory_cache(kept, key)
        if self.use_disk_cache:
            self.disk_cache.set(key, kept)
        self.results = read_only(results)
        return self.results

    def cache_to_results(self, cache: Any) -> Any:
        """For backends whose results are not what is kept: results of what was kept."""
        return cache

    def results_to_cache(self, results: Any) -> Any:
        """For backends whose results are not what is kept: what to keep of results."""
        return results

    def _backend_run(self) -> Any:
        """Run the model."""
        raise NotImplementedError("Each backend must implement '_backend_run'")

    def save_results(self, path: str | os.PathLike = ".") -> Path:
        """Pickle the last results to a file, or to `<model>.pickle` in a folder; returns the path.

        BackendException if nothing was run.
        """
        if "results" not in vars(self):
            raise BackendException("there are no results to save: run the model first", name="results")
        path = Path(path)
        if path.is_dir():
            name = re.sub(r"[^-.+=,@ A-Za-z0-9]+", "_", str(getattr(self.model, "name", None) or "results"))
            path /= f"{name}.pickle"
        path.write_bytes(pickle.dumps(self.results, protocol=5))
        return path

    def identity_state(self) -> dict[str, Any]:
        """What of the backend results depend on."""
        return {"code": self.code_of(type(self)), "settings": self.settings, "recorded": self.recorded_variables,
                "version": self.cache_version}

    def model_state(self) -> dict[str, Any]:
        """What of the model results depend on, besides its class."""
        return {"params": self.model.params, "attrs": self.model.attrs, "run_params": self.model.run_params}

    def code_of(self, cls: type) -> str:
        """What of a class's code is part of keys: digest of its source, commit, or nothing."""
        if self.code == "source":
            return source_digest_of(cls)
        return str(cls.version.fget(cls)) if self.code == "commit" else ""

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """Settings; caches and results are left out."""
        return {**self.state, "name": self.name, "settings": dict(self.settings)}


def register_backends(vars: Mapping[str | None, Any]) -> None:
    """Make the Backend classes among `vars`, such as locals(), known by their names without "Backend"."""
    available_backends.update({name if name is None else name.replace("Backend", ""): cls for name, cls in vars.items()
                               if inspect.isclass(cls) and issubclass(cls, Backend)})


def find_backend(name: str | None) -> type[Backend]:
    """The backend of a name: registered, or of an entry point in the group `simcore.backends`; BackendException."""
    if name in ("Simcore", "SimcoreBackend") and name not in available_backends:
        import simcore.validation.models.simcore_backend  # noqa: F401 - registers itself; 0.1 s
    if name in available_backends:
        return available_backends[name]
    if f"{name}".replace("Backend", "") in available_backends:
        return available_backends[f"{name}".replace("Backend", "")]
    for entry in entry_points(group="simcore.backends"):
        if entry.name == name:
            available_backends[name] = entry.load()
            return available_backends[name]
    known = [str(key) for key in available_backends if key is not None]
    raise BackendException(f"Backend {name} not found{nearest(str(name), known)}", name=str(name), got=name,
                           valid=known)


def _or_none(found: Any) -> Any:
    return None if found is MISSING else found


def _default_location() -> Path:
    root = os.environ.get("SIMCORE_CACHE")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "simcore"
    return base / "validation"


register_backends({None: Backend})
