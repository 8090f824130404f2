"""The module of an experiment's model: beside the experiment file or on sys.path, with PARAMETERS and build, run or main."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from simcore.errors import ExperimentError, nearest
from simcore.parameters.values import ParameterRange
from simcore.units import Param


def load_model(model: str, folders: Sequence[Path] = (), *, where: str = "") -> ModuleType:
    """The module of this dotted name; folders: where it is looked for before sys.path.

    Raises ExperimentError if there is none, if it fails while it is imported, or has neither `build(parameters, seed)`
    nor `run(point)` nor `main(parameters)`, or no PARAMETERS (which a main may leave out).
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


def declarations(module: ModuleType, given: Mapping) -> Mapping:
    """The module's PARAMETERS; without them (a script's main) whatever is given, each of the type of its value."""
    declared = getattr(module, "PARAMETERS", None)
    return _declared(given) if declared is None else declared


def _declared(given: Mapping) -> dict:
    made: dict = {}
    for name, value in given.items():
        if isinstance(value, Mapping):
            made[name] = _declared(value)
            continue
        units = getattr(value, "units", None) or ""
        many = list(value.values) if isinstance(value, ParameterRange) else [getattr(value, "value", value)]
        whole = all(isinstance(v, int) and not isinstance(v, bool) for v in many)
        other = isinstance(many[0], bool | str | list)
        made[name] = Param(many[0] if other else 0 if whole else 0.0, units, "free parameter of a script")
    return made


def _check(module: ModuleType, model: str, where: str) -> None:
    if callable(getattr(module, "main", None)) and not hasattr(module, "PARAMETERS"):
        return
    if not isinstance(getattr(module, "PARAMETERS", None), Mapping):
        raise ExperimentError(f"the model {model} needs PARAMETERS, a mapping of names to simcore.units.Param", name="model",
                              got=model, where=where)
    if not any(callable(getattr(module, name, None)) for name in ("build", "run", "main")):
        raise ExperimentError(f"the model {model} needs build(parameters, seed) that gives a network, run(point) that "
                              "gives values by name, or main(parameters) of a PyNN script", name="model", got=model,
                              where=where)


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
