"""Read run stores: as an xarray tree, as plain attributes, or array by array.

No simcore is needed to read a store: `xarray.open_datatree(zarr.storage.ZipStore(path, mode="r"),
engine="zarr")`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from simcore.errors import StoreError
from simcore.store import layout, zarr3
from simcore.store.archive import ArchiveReader

if TYPE_CHECKING:
    import xarray as xr


def open_run(path: str | os.PathLike) -> xr.DataTree:
    """The run as a lazy tree: groups spikes, traces/<population>, results; close it or use it in a `with`
    block.

    Spike times come in ms. Raises StoreError for a missing, damaged or unknown store.
    """
    import xarray as xr
    import zarr

    read_attrs(path)
    store: Any = zarr.storage.ZipStore(os.fspath(path), mode="r")   # xarray takes it, its types do not say so
    return xr.open_datatree(store, engine="zarr", consolidated=True)


def read_attrs(path: str | os.PathLike) -> dict:
    """Root attributes (run_id, point, digests, provenance, dt, duration, …), by zip and json alone."""
    with ArchiveReader(path) as archive:
        return _root(archive)["attributes"]


def is_whole(path: str | os.PathLike) -> bool:
    """Whether this is a complete run store of a layout that can be read. (Content: see provenance.verify.)"""
    try:
        read_attrs(path)
    except StoreError:
        return False
    return True


class RunFile:
    """A run store opened for reading its arrays without zarr-python: attributes, documents, chunks; a context
    manager.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = os.fspath(path)
        self._archive = ArchiveReader(path)
        try:
            root = _root(self._archive)
        except StoreError:
            self.close()
            raise
        self.attrs: dict = root["attributes"]
        self.documents: dict[str, dict] = root["consolidated_metadata"]["metadata"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._archive.__exit__()

    @property
    def arrays(self) -> list[str]:
        """Paths of all arrays."""
        return [path for path, document in self.documents.items() if document["node_type"] == "array"]

    def document(self, path: str) -> zarr3.ArrayDocument:
        """Shape, type, chunks and attributes of an array; StoreError if there is none of this path."""
        if path not in self.documents:
            raise StoreError(f"{self.path} has no array {path!r}", name=path, valid=self.arrays)
        return zarr3.ArrayDocument.from_json(self.documents[path], where=f"{self.path}: {path}")

    def chunk(self, path: str, at: tuple[int, ...]) -> bytes:
        """The stored bytes of one chunk."""
        return self._archive.read_stored("/".join((path, "c", *map(str, at))))

    def read(self, path: str) -> np.ndarray:
        """All values as stored: spike times are ticks of dt. StoreError if a chunk is damaged."""
        document = self.document(path)
        values = np.empty(document.shape, object if document.dtype == zarr3.TEXT else document.dtype)
        for at in np.ndindex(document.grid):
            try:
                chunk = zarr3.decode(self.chunk(path, at), document.dtype, document.chunks)
            except (RuntimeError, ValueError) as error:
                raise StoreError(
                    f"{self.path}: {path} is damaged in chunk {at} ({error}); remove the file and run again",
                    name=path,
                    got=self.path,
                ) from error
            here = tuple(
                slice(i * c, min((i + 1) * c, n))
                for i, c, n in zip(at, document.chunks, document.shape, strict=True)
            )
            values[here] = chunk[tuple(slice(h.stop - h.start) for h in here)]
        return values.astype(str) if document.dtype == zarr3.TEXT else values


def _root(archive: ArchiveReader) -> dict:
    """The root document; StoreError unless it is one of a layout that this version reads."""
    try:
        root = json.loads(archive.read("zarr.json"))
        version = root["attributes"].get("simcore_layout")
    except (ValueError, KeyError) as error:
        raise StoreError(
            f"{archive.path} is a zip, but not a run store ({error!r})", got=archive.path
        ) from error
    if version != layout.LAYOUT:
        known = f"layout {version}" if version else "no layout of simcore"
        raise StoreError(
            f"{archive.path} has {known}; this version reads layout {layout.LAYOUT}: run the point again, "
            "or use the version of simcore that wrote it",
            name="simcore_layout",
            got=version,
            valid=layout.LAYOUT,
        )
    return root
