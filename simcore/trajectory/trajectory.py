"""The trajectory: parameters, the points to explore, the results of all runs, as one tree that a store keeps."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simcore.trajectory.constants import LOAD_DATA, LOAD_SKELETON, RUNS, run_index
from simcore.trajectory.describing import imported_class
from simcore.trajectory.errors import NoSuchServiceError, PresettingError
from simcore.trajectory.exploring import Exploring
from simcore.trajectory.groups import ConfigGroup, DerivedParameterGroup, ParameterGroup, ResultGroup
from simcore.trajectory.merging import Merging
from simcore.trajectory.naming import check_trajectory_name
from simcore.trajectory.running import Running
from simcore.trajectory.runview import RunView
from simcore.trajectory.service import MORE, ZarrStorageService
from simcore.trajectory.singlerun import formatted


def _version() -> str:
    try:
        return version("simcore")
    except PackageNotFoundError:
        return "unknown"


class Trajectory(Exploring, RunView, Running, Merging, ParameterGroup, ConfigGroup, DerivedParameterGroup, ResultGroup):
    """The container of an exploration.

    name, to which add_time=True appends the time; comment; filename: where it is stored, a folder that
    `xarray.open_datatree(filename, engine="zarr")` opens. Raises ValueError for a name with other characters than
    letters, digits, _ and -, and TypeError for dynamic imports that are neither classes nor text.
    """

    _is_single_run = False

    def __init__(
        self,
        name: str = "my_trajectory",
        add_time: bool = True,
        comment: str = "",
        dynamically_imported_classes: Iterable[type | str] | type | str | None = None,
        filename: str | Path | None = None,
        file_title: str | None = None,
    ):
        check_trajectory_name(name)
        super().__init__()
        self._prepare_access()
        self._timestamp = time.time()
        self._time = formatted(self._timestamp)
        self._traj_name = f"{name}_{self._time}" if add_time else name
        self._version, self._python = _version(), platform.python_version()
        self._full_copy = False
        self._presets: dict[str, tuple[tuple, dict]] = {}
        self._in_store = False
        self._source: ZarrStorageService | None = None
        self._expansion_stored = True
        self.v_comment = comment
        if filename is not None:
            self._service = ZarrStorageService(filename)
        if dynamically_imported_classes is not None:
            self.f_add_to_dynamic_imports(dynamically_imported_classes)

    # --- who am I --------------------------------------------------------------------------------------------

    @property
    def v_name(self) -> str:
        """Name of the trajectory."""
        return self._traj_name

    @property
    def v_trajectory_name(self) -> str:
        """Name of the trajectory."""
        return self._traj_name

    @property
    def v_timestamp(self) -> float:
        """When the trajectory was made, seconds since 1970."""
        return self._timestamp

    v_trajectory_timestamp = v_timestamp

    @property
    def v_time(self) -> str:
        """When the trajectory was made, as text."""
        return self._time

    v_trajectory_time = v_time

    @property
    def v_version(self) -> str:
        """Version of simcore that made the trajectory."""
        return self._version

    @property
    def v_python(self) -> str:
        """Version of Python that made the trajectory."""
        return self._python

    @property
    def v_full_copy(self) -> bool:
        """Whether runs get the ranges of all explored parameters too."""
        return self._full_copy

    @v_full_copy.setter
    def v_full_copy(self, val: bool) -> None:
        self._full_copy = bool(val)
        for parameter in self._explored.values():
            parameter.v_full_copy = val

    @property
    def v_storage_service(self) -> Any:
        """What stores and loads; None without a filename."""
        return self._service

    @v_storage_service.setter
    def v_storage_service(self, service: Any) -> None:
        self._service = service

    def f_add_to_dynamic_imports(self, dynamically_imported_classes: Iterable[type | str] | type | str) -> None:
        """Name classes of one's own that stored leaves have: classes, or texts `module.Class`; one or several.

        TypeError for anything else.
        """
        entries = dynamically_imported_classes
        for entry in [entries] if isinstance(entries, (str, type)) else list(entries):
            if not isinstance(entry, (str, type)):
                raise TypeError(f"dynamic imports are classes or texts that name them, got {entry!r}")
            if entry not in self._dynamic_imports:
                self._dynamic_imports.append(entry if isinstance(entry, str) else imported_class(entry))

    # --- presetting and locking ------------------------------------------------------------------------------

    def f_preset_parameter(self, param_name: str, *args: Any, **kwargs: Any) -> None:
        """Set a parameter's value before it is added: `f_set(*args, **kwargs)` is called when it is.

        ValueError if there is such a parameter already.
        """
        self._preset("parameters", param_name, args, kwargs)

    def f_preset_config(self, config_name: str, *args: Any, **kwargs: Any) -> None:
        """The same for a config parameter."""
        self._preset("config", config_name, args, kwargs)

    def _preset(self, branch: str, name: str, args: tuple, kwargs: dict) -> None:
        full_name = name if name.startswith(f"{branch}.") else f"{branch}.{name}"
        if self.f_contains(full_name):
            raise ValueError(f"{full_name!r} was added already: set its value")
        self._presets[full_name] = args, kwargs

    def _apply_preset(self, leaf: Any) -> None:
        found = self._presets.pop(leaf.v_full_name, None)
        if found is not None:
            leaf.f_set(*found[0], **found[1])

    def _prepare_experiment(self) -> None:
        """Lock parameters; PresettingError if one that was preset was never added."""
        if self._presets:
            raise PresettingError(
                f"preset, but never added: {', '.join(self._presets)}",
                name=next(iter(self._presets)),
                valid=list(self.f_get_parameters()),
            )
        self.f_lock_parameters()
        self.f_lock_derived_parameters()

    def f_lock_parameters(self) -> None:
        """Lock all parameters."""
        for parameter in self.f_get_parameters().values():
            parameter.f_lock()

    def f_lock_derived_parameters(self) -> None:
        """Lock all derived parameters of the trajectory."""
        for parameter in self._own_derived():
            parameter.f_lock()

    def _own_derived(self) -> list[Any]:
        group = self._children.get("derived_parameters")
        if group is None:
            return []
        found: list[Any] = []
        for name, child in group._children.items():
            if name != RUNS:
                found += [child] if child._is_leaf else list(child.f_iter_leaves())
        return found

    # --- storing and loading ---------------------------------------------------------------------------------

    def f_is_empty(self) -> bool:
        """Whether there are neither parameters nor results (config does not count)."""
        branches = (self._children.get(b) for b in ("parameters", "derived_parameters", "results"))
        return not any(
            branch is not None and next(iter(branch.f_iter_leaves()), None) is not None for branch in branches
        )

    def f_store(
        self, new_name: str | None = None, new_filename: str | Path | None = None, only_init: bool = False
    ) -> None:
        """Store what is new; what is in the store already stays as it is.

        new_name, new_filename: from now on. only_init: attributes only. Raises StoreExistsError (a RuntimeError) if the
        file has another trajectory of this name, NoSuchServiceError without a file.
        """
        if new_name is not None or new_filename is not None:
            self.f_migrate(new_name, new_filename)
        service = self._storage()
        if not self._stored or service.store is None:
            service.create(self, in_store=self._in_store)
        service.store_trajectory(self, only_init=only_init)
        self._expansion_stored = True

    def f_load(
        self,
        name: str | None = None,
        index: int | None = None,
        as_new: bool = False,
        load_parameters: int = LOAD_DATA,
        load_derived_parameters: int = LOAD_SKELETON,
        load_results: int = LOAD_SKELETON,
        load_other_data: int = LOAD_SKELETON,
        load_all: int | None = None,
        force: bool = False,
        filename: str | Path | None = None,
        dynamically_imported_classes: Iterable[type | str] | type | str | None = None,
    ) -> None:
        """Load a trajectory, also one that the workflow made.

        name, or index in the file (from 0, or -1 from the end), or the only one there is. Levels: 0 nothing, 1 the
        skeleton, 2 with data, -1 and -2 only what is not in memory, 3 replaces what is. as_new: only parameters,
        unlocked, under the name this trajectory has. force: also of another layout version. Raises AttributeError if
        items exist (levels 1, 2), VersionMismatchError, DataNotInStorageError.
        """
        if dynamically_imported_classes is not None:
            self.f_add_to_dynamic_imports(dynamically_imported_classes)
        if filename is not None and (self._service is None or Path(filename) != self._service.filename):
            self._service = ZarrStorageService(filename)
        service = self._storage()
        path = service.find(name if name is not None else self.v_name, index, given=name is not None)
        levels = {
            "parameters": load_parameters,
            "derived_parameters": load_derived_parameters,
            "results": load_results,
            "other_data": load_other_data,
        }
        if load_all is not None:
            levels = dict.fromkeys(levels, load_all)
        service.load_trajectory(self, path, levels, as_new=as_new, force=force)
        self._expansion_stored = True

    def f_update_skeleton(self) -> None:
        """Add all nodes that are in the store and not in memory, empty."""
        self._storage().attach(self)

    def f_migrate(
        self,
        new_name: str | None = None,
        new_filename: str | Path | None = None,
        new_file_tile: str | None = None,
        in_store: bool = False,
    ) -> None:
        """Go by another name or in another file from now on.

        in_store: a trajectory of this name is there and is this one; otherwise f_store raises RuntimeError if there is.
        """
        if self._service is not None and self._stored and not in_store:
            self._source = self._service  # where runs that are views come from, until they are stored again
        if new_name is not None:
            self._traj_name = check_trajectory_name(new_name)
        if new_filename is not None or self._service is None:
            if new_filename is None:
                raise NoSuchServiceError("there is no file: give new_filename")
            self._service = ZarrStorageService(new_filename)
        else:
            self._service = ZarrStorageService(self._service.filename)
        self._stored, self._in_store = False, in_store
        for node in self.f_iter_nodes():
            node._stored = False
        if in_store and self.v_name in self._service.names():
            self._service.open(self._service.find(self.v_name, None))
            self._stored = True

    def f_backup(self, backup_filename: str | Path | None = None) -> Path:
        """Copy the stored trajectory; by default to backup_<name>.zarr beside the file. Returns the path."""
        service = self._storage()
        target = Path(backup_filename) if backup_filename else service.filename.with_name(f"backup_{self.v_name}.zarr")
        return service.backup(target)

    def _point_ids(self, start: int, stop: int) -> list[str]:
        from simcore.trajectory.ranges import point_ids

        constant = {
            name: p._default
            for name, p in self.f_get_parameters().items()
            if name not in self._explored and not p.f_is_empty()
        }
        return (
            point_ids(constant, {n: p._range for n, p in self._explored.items()}, start, stop)
            if self._explored
            else (point_ids(constant, {}, start, stop))
        )

    def __getstate__(self) -> dict:
        """For another process: without groups of runs that can be made again."""
        state = dict(self.__dict__)
        for branch in ("results", "derived_parameters"):
            group = self._children.get(branch)
            if group is not None and RUNS in group._children:
                state["_children"] = dict(state["_children"])
                clone = object.__new__(type(group))
                clone.__dict__.update(group.__dict__)
                clone.__dict__["_children"] = {n: c for n, c in group._children.items() if n != RUNS}
                state["_children"][branch] = clone
        return state

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        waiting: list[Any] = [self]
        while waiting:
            node = waiting.pop()
            for child in node._children.values():
                child._parent = node
                if not child._is_leaf:
                    waiting.append(child)
        for name in self._explored:
            self._explored[name] = self.f_get(name)


__all__ = ["MORE", "Trajectory", "run_index"]
