"""The model module of an experiment: found beside the experiment file or on sys.path, with PARAMETERS and build or run."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from simcore.errors import ExperimentError, nearest


def load_model(model: str, folders: Sequence[Path] = (), *, where: str = "") -> ModuleType:
    """The module of this dotted name; folders: where it is looked for before sys.path.

    Raises ExperimentError if there is none, if it fails while it is imported, or has no PARAMETERS, or neither
    `build(parameters, seed)` nor `run(point)`.
    """
    if not all(part.isidentifier() for part in model.split(".")):
        raise ExperimentError(f"model must be the dotted name of a module, got {model!r}", name="model", got=model,
                              where=where)
    beside = next((file for folder in folders if (file := _file(Path(folder), model))), None)
    if beside:
        _prefer(beside[0], beside[1], model)
    try:
        module = importlib.import_module(model)
    except Exception as error:          # whatever a user's module raises while it is imported
        missing = isinstance(error, ModuleNotFoundError) and error.name and f"{model}.".startswith(f"{error.name}.")
        reason = f"there is no module {error.name!r}{_hint(model)}" if missing else f"{type(error).__name__}: {error}"
        raise ExperimentError(f"the model {model} cannot be imported: {reason}", name="model", got=model, where=where) \
            from (None if missing else error)
    _check(module, model, where)
    return module


def _check(module: ModuleType, model: str, where: str) -> None:
    if not isinstance(getattr(module, "PARAMETERS", None), Mapping):
        raise ExperimentError(f"the model {model} needs PARAMETERS, a mapping of names to simcore.units.Param", name="model",
                              got=model, where=where)
    if not any(callable(getattr(module, name, None)) for name in ("build", "run")):
        raise ExperimentError(f"the model {model} needs build(parameters, seed) that gives a network, or run(point) that "
                              "gives values by name", name="model", got=model, where=where)


def _file(folder: Path, model: str) -> tuple[Path, Path] | None:
    path = folder.joinpath(*model.split("."))
    found = next((f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()), None)
    return (folder, found) if found else None


def _prefer(folder: Path, file: Path, model: str) -> None:
    """Let the import find this file, also if another one of the same name was imported before."""
    entry = str(folder.resolve())
    if entry in sys.path:
        sys.path.remove(entry)
    sys.path.insert(0, entry)
    loaded = getattr(sys.modules.get(model), "__file__", None)
    if loaded and Path(loaded).resolve() != file.resolve():
        top = model.partition(".")[0]
        for name in [n for n in sys.modules if n == top or n.startswith(f"{top}.")]:
            del sys.modules[name]
    importlib.invalidate_caches()


def _hint(model: str) -> str:
    package, _, name = model.rpartition(".")
    try:
        paths = importlib.import_module(package).__path__ if package else None
    except (ImportError, AttributeError):
        return ""
    return nearest(name, [m.name for m in pkgutil.iter_modules(paths)]) if paths else ""
