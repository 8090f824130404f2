"""The trajectory: parameters, the points to explore, the results of all runs, as one tree that a store keeps."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simcore.trajectory.branches import ConfigGroup, DerivedParameterGroup, ParameterGroup, ResultGroup
from simcore.trajectory.constants import RUNS, run_index
from simcore.trajectory.describing import imported_class
from simcore.trajectory.exploring import Exploring
from simcore.trajectory.keeping import Keeping
from simcore.trajectory.locking import Locking
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


class Trajectory(
    Locking, Keeping, Exploring, RunView, Running, Merging, ParameterGroup, ConfigGroup, DerivedParameterGroup, ResultGroup
):
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

    # --- runs and other processes ----------------------------------------------------------------------------

    def _point_ids(self, start: int, stop: int) -> list[str]:
        from simcore.trajectory.ranges import point_ids

        constant = {
            name: p._default
            for name, p in self.f_get_parameters().items()
            if name not in self._explored and not p.f_is_empty()
        }
        return point_ids(constant, {n: p._range for n, p in self._explored.items()}, start, stop)

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
