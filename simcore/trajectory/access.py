"""What a trajectory and a single run have in common."""

from __future__ import annotations

from typing import Any

from simcore.trajectory.constants import run_name
from simcore.trajectory.groups import as_dict
from simcore.trajectory.items import Items
from simcore.trajectory.settings import DEFAULTS, Settings


class Access(Settings, Items):
    """A root: its settings, its place, dictionaries of its leaves, its runs."""

    def _prepare_access(self) -> None:
        for name, value in DEFAULTS.items():
            setattr(self, name, value)
        self._dynamic_imports: list = []
        self._service: Any = None
        self._idx = -1
        self._run: str | None = None
        self._length = 1
        self._explored: dict[str, Any] = {}
        self._environment_name: str | None = None
        self._environment_hexsha: str | None = None

    @property
    def v_storage_service(self) -> Any:
        """What stores and loads; None without a filename."""
        return self._service

    @property
    def v_filename(self) -> str | None:
        """Path of the file of this trajectory."""
        return None if self._service is None else str(self._service.filename)

    @property
    def v_environment_name(self) -> str | None:
        """Name of the environment that this trajectory is used with."""
        return self._environment_name

    @property
    def v_environment_hexsha(self) -> str | None:
        """Digest that identifies the environment this trajectory is used with."""
        return self._environment_hexsha

    # --- dictionaries ----------------------------------------------------------------------------------------

    def f_get_config(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Config parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("config", fast_access, copy)

    def f_get_parameters(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("parameters", fast_access, copy)

    def f_get_derived_parameters(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Derived parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("derived_parameters", fast_access, copy)

    def f_get_results(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Results, or their values, by full name. ValueError for fast_access with copy=False."""
        return self._of_branch("results", fast_access, copy)

    def f_get_explored_parameters(self, fast_access: bool = False, copy: bool = True) -> dict[str, Any]:
        """Explored parameters, or their values, by full name. ValueError for fast_access with copy=False."""
        _check_copy(fast_access, copy)
        if not copy:
            return self._explored
        return as_dict(iter(self._explored.values()), self, fast_access, False)

    def _of_branch(self, branch: str, fast_access: bool, copy: bool) -> dict[str, Any]:
        _check_copy(fast_access, copy)
        group = self._children.get(branch)
        return {} if group is None else as_dict(group.f_iter_leaves(), self, fast_access, False)

    def f_to_dict(self, fast_access: bool = False, short_names: bool = False, copy: bool = True) -> dict[str, Any]:
        """All leaves, or their values, by full or short name.

        ValueError for copy=False with fast_access or short names, and for short names that are not unique.
        """
        _check_copy(fast_access or short_names, copy)
        return as_dict(self.f_iter_leaves(), self, fast_access, short_names)

    # --- runs ------------------------------------------------------------------------------------------------

    def _labelled(self, name: str) -> Any:
        """A result of all runs as a DataArray; None if no run has it."""
        if self._service is None or not self._stored:
            return None
        from simcore.trajectory import labelled

        return labelled.data_array(self._service, self, name)

    def f_get_run_names(self, sort: bool = True) -> list[str]:
        """Names of all runs."""
        return [run_name(i) for i in range(len(self))]

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True


def _check_copy(not_original: bool, copy: bool) -> None:
    if not_original and not copy:
        raise ValueError("values or short names are not in the original dictionary: use copy=True")
