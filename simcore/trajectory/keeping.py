"""Storing, loading, moving and backing up a whole trajectory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simcore.trajectory.access import Access
from simcore.trajectory.constants import LOAD_DATA, LOAD_SKELETON
from simcore.trajectory.errors import NoSuchServiceError
from simcore.trajectory.naming import check_trajectory_name
from simcore.trajectory.service import ZarrStorageService


class Keeping(Access):
    """What of a trajectory is in which file."""

    _in_store: bool
    _source: ZarrStorageService | None
    _expansion_stored: bool

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
        self._store_all(only_init=only_init)

    def _store_all(self, *, only_init: bool = False, flush: bool = True) -> None:
        """Store; flush: as of `StoreFile.transaction`."""
        service = self._storage()
        if not self._stored or service.store is None:
            service.create(self, in_store=self._in_store)
        service.store_trajectory(self, only_init=only_init, flush=flush)
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
