"""The storage service: puts a trajectory into a file and gets it back. All contact with files goes through here.

A file is a folder that is a zarr 3 group: `xarray.open_datatree(path, engine="zarr")` opens it. It holds one
trajectory, and further ones, if several are stored under one filename, in `trajectories/<name>`.

    /                        coordinates on `run`: run, run_id, one per explored parameter; attributes name, comment, …
    /parameters /config      attribute `leaves`: values, comments, annotations; large arrays beside it
    /derived_parameters      the same, and one array (run, …) per derived parameter of runs
    /results                 one array (run, …) per result of runs; `leaves` of the trajectory itself
    /runs                    completed, started, ended, cpu, …; attributes that describe what each run has
    segments/                journals of runs that are not folded into arrays yet (not zarr)
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from simcore.errors import nearest
from simcore.trajectory import loading, storing
from simcore.trajectory.beside import beside, delete_beside, refused, store_beside
from simcore.trajectory.errors import DataNotInStorageError, StoreExistsError
from simcore.trajectory.fold import Fold
from simcore.trajectory.foreign import MergedTable, is_merged
from simcore.trajectory.leaves import own_nodes
from simcore.trajectory.snakejobs import JOBS
from simcore.trajectory.storefile import StoreFile
from simcore.trajectory.table import RunTable

MORE = "trajectories"


class ZarrStorageService:
    """Storage of the trajectories in one file. `table`: what the runs of the one in use have."""

    def __init__(self, filename: str | Path):
        self.filename = Path(filename)
        self.store: StoreFile | None = None
        self.table: Any = None
        self.added: StoreFile | None = None  # what was added to a trajectory that the workflow merged

    def __getstate__(self) -> dict:
        return {"filename": self.filename, "store": None, "table": None, "added": None}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)

    # --- which trajectory ------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Names of the trajectories in the file in the order in which they were stored first."""
        return [name for _, name, _ in self._catalogue()]

    def _catalogue(self) -> list[tuple[float, str, Path]]:
        paths = [self.filename, *sorted((self.filename / MORE).glob("*"))]
        return sorted((_identity(path) for path in paths if (path / "zarr.json").is_file()), key=lambda entry: entry[0])

    def find(self, name: str | None, index: int | None, *, given: bool = True) -> Path:
        """Where a trajectory is, by name or by its place in the file; if neither was given, the only one there is."""
        entries = self._catalogue()
        if not entries:
            raise DataNotInStorageError(f"there is no trajectory at {self.filename}", name=str(self.filename))
        if index is not None:
            try:
                return entries[index][2]
            except IndexError:
                raise DataNotInStorageError(
                    f"{self.filename} has {len(entries)} trajectories, there is no number {index}",
                    got=index,
                    valid=len(entries),
                ) from None
        for _, known, path in entries:
            if known == name:
                return path
        if not given and len(entries) == 1:
            return entries[0][2]
        names = [n for _, n, _ in entries]
        raise DataNotInStorageError(
            f"{self.filename} has no trajectory {name!r}{nearest(str(name), names)}", name=str(name), valid=names
        )

    def create(self, traj: Any, *, in_store: bool = False) -> None:
        """Choose the place of a trajectory that is stored for the first time.

        StoreExistsError (a RuntimeError) if there is one of its name, unless in_store says that it is this one.
        """
        for _, known, path in self._catalogue():
            if known == traj.v_name:
                if not in_store:
                    raise StoreExistsError(
                        f"{self.filename} has a trajectory {known!r} already: load it, choose another "
                        "name or file, or f_migrate(…, in_store=True) to go on with it",
                        name=known,
                    )
                self.open(path)
                return
        taken = (self.filename / "zarr.json").is_file()
        self.store = StoreFile(self.filename / MORE / traj.v_name if taken else self.filename)
        self.table = RunTable(self.store, 0)

    def open(self, path: Path, *, force: bool = False) -> None:
        """Open a trajectory of this file."""
        self.store = StoreFile(path)
        self._read(force=force)

    def _read(self, *, force: bool) -> None:
        """Read documents and segments; anew if segments were folded in between, which would hide their runs."""
        assert self.store is not None
        for _ in range(10):
            self.store.load(force=force)
            merged = is_merged(self.store)
            self.table = MergedTable(self.store) if merged else RunTable(self.store, loading.length(self.store))
            self.added = beside(self.store.path) if merged else None
            if not self.store.is_outdated():
                return

    def reopen(self) -> None:
        """Read all documents anew, after another process changed them."""
        self._read(force=True)

    @property
    def ready(self) -> tuple[StoreFile, Any]:
        """The store and its run table; DataNotInStorageError before the trajectory was stored or loaded."""
        if self.store is None or self.table is None:
            raise DataNotInStorageError(
                f"the trajectory is not in {self.filename} yet: f_store() first", name=str(self.filename)
            )
        if self.store.is_outdated():
            self.reopen()
        return self.store, self.table

    def _is_merged(self) -> bool:
        return not isinstance(self.ready[1], RunTable)

    def refuse_merged(self) -> None:
        """StoreError if the trajectory was made by the workflow: that is not changed."""
        if self._is_merged():
            raise refused(self.ready[0].path, "it cannot be run")

    # --- storing ---------------------------------------------------------------------------------------------

    def store_trajectory(
        self, traj: Any, *, only_init: bool = False, also: Callable[[Fold], None] | None = None, flush: bool = True
    ) -> None:
        """Store what is new of a trajectory; `also` may add to the fold, in the same transaction.

        flush: as of `StoreFile.transaction`.
        """
        if self._is_merged():
            store_beside(self, traj, [] if only_init else list(own_nodes(traj, runs=True)), overwrite=None)
        else:
            storing.store_trajectory(self, traj, only_init=only_init, also=also, flush=flush)

    def store_nodes(self, root: Any, nodes: Iterable[Any], *, overwrite: Any = None) -> None:
        """Store these nodes, and of leaves that are stored already the items in `overwrite` (True: all)."""
        if self._is_merged():
            store_beside(self, root, list(nodes), overwrite=overwrite)
        else:
            storing.store_nodes(self, root, list(nodes), overwrite=overwrite)

    def fold(self) -> None:
        """Fold what workers have committed into arrays."""
        self.refuse_merged()
        store, table = self.ready
        with store.transaction() as txn:
            table.refresh()
            work = Fold(txn, table)
            work.take_frames()
            work.write()
        self.reopen()

    def delete(self, root: Any, leaf: Any, items: Iterable[str] | None = None) -> None:
        """Delete a leaf, or items of it, from the store."""
        if self._is_merged():
            delete_beside(self, leaf, items)
        else:
            storing.delete(self, root, leaf, items)

    def stored_items(self, leaf: Any) -> list[str]:
        """Names of the items that the store has of a leaf."""
        return loading.stored_items(self, leaf)

    def delete_group(self, group: Any) -> None:
        """Forget comment and annotations of a group."""
        storing.delete_group(self, group)

    def backup(self, target: Path) -> Path:
        """Copy the trajectory to another file."""
        store, _ = self.ready
        if target.exists():
            raise StoreExistsError(f"there is a file {target} already", name=str(target))
        with store.lock():
            shutil.copytree(
                store.path,
                target,
                ignore=lambda folder, names: [
                    n
                    for n in names
                    if n in (".lock", ".running", ".transaction", JOBS) or (n == MORE and Path(folder) == store.path)
                ],
            )
        return target

    def remove_trajectory(self) -> None:
        """Delete the trajectory from the disk, leaving others of the file."""
        store, _ = self.ready
        for entry in store.path.iterdir():
            if entry.name != MORE:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if not any(store.path.iterdir()):
            store.path.rmdir()
        self.store = self.table = None

    # --- loading ---------------------------------------------------------------------------------------------

    def load_trajectory(self, traj: Any, path: Path, levels: dict[str, int], *, as_new: bool, force: bool) -> None:
        """Load a trajectory into an instance."""
        self.open(path, force=force)
        loading.load_trajectory(self, traj, levels, as_new=as_new)

    def attach(self, root: Any) -> None:
        """Bring the skeleton up to date: nodes that are in the store and not in memory."""
        loading.attach(self, root)

    def load_leaf(self, leaf: Any, *, only: Iterable[str] | None = None, but: Iterable[str] | None = None) -> None:
        """Load data of a leaf, or only some items, or all but some."""
        loading.load_leaf(self, leaf, only=only, but=but)

    def load_child(self, node: Any, name: str, *, recursive: bool, level: int) -> Any:
        """Load a node below another by its exact path."""
        return loading.load_child(self, node, name, recursive=recursive, level=level)


def _identity(path: Path) -> tuple[float, str, Path]:
    attrs = json.loads((path / "zarr.json").read_bytes()).get("attributes", {})
    name = attrs.get("name") or (attrs.get("experiment") or {}).get("name") or path.stem
    return float(attrs.get("stored_at", 0.0)), name, path
