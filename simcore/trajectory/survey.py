"""First look at run stores before they are merged: which arrays there are, of which shapes, and where runs
differ.

Only the root document of each store is read. It holds the digest of every array, so runs that agree on their
cells or times are found without reading these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from simcore.errors import StoreError
from simcore.provenance.agreement import agreed
from simcore.store import layout, zarr3
from simcore.store.reader import RunFile

_ABSENT = bytes(32)  # stands for the digest of an array that a run does not have


@dataclass
class Outline:
    """What the runs that have this array say about it, and the digest of their digests in the order of runs.

    shape is the largest extent along each dimension; `even`: all shapes equal; `same`: all digests equal. Of arrays that
    are laid end to end: `lengths` in each run, 0 where it is missing.
    Of time axes only: `longest`, and `nested` if all others are the beginning of it.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    attrs: dict
    first_digest: str
    n_runs: int = 0
    even: bool = True
    same: bool = True
    nested: bool = True
    longest: np.ndarray | None = None
    lengths: list[int] = field(default_factory=list)
    tree: hashlib.blake2b = field(default_factory=lambda: hashlib.blake2b(digest_size=32))

    def __getstate__(self) -> dict:
        """What another process needs to write a part of the array."""
        return {**self.__dict__, "tree": None, "lengths": []}

    def add(self, document: zarr3.ArrayDocument, digest: str, where: str) -> None:
        """Take one more run into account."""
        if len(document.shape) != len(self.shape):
            raise _unlike(self.path, f"{len(document.shape)} dimensions", f"{len(self.shape)}", where)
        if document.attrs != self.attrs:
            self.attrs = _common_attrs(self.path, document.attrs, self.attrs, where)
        self.even &= document.shape == self.shape
        self.same &= digest == self.first_digest
        self.shape = tuple(map(max, self.shape, document.shape))
        self.dtype = _common_type(self.dtype, document.dtype, self.path, where)
        self.n_runs += 1
        self.tree.update(bytes.fromhex(digest))

    def add_times(self, run: RunFile, digest: str) -> None:
        """Keep the longest time axis, and whether all others are the beginning of it."""
        if self.longest is not None and digest == self.first_digest:
            return
        times = run.read(self.path)
        short, long = sorted((times, times if self.longest is None else self.longest), key=len)
        self.nested &= np.array_equal(long[: len(short)], short)
        self.longest = long

    def padding(self, n_runs: int) -> object:
        """What stands where a run has no value; None if every run has all of them."""
        if self.even and self.n_runs == n_runs:
            return None
        row = layout.row(self.path)
        return _fill_of(self.dtype) if row.fill is None else row.fill

    def stacked(self, n_runs: int) -> tuple[str, dict]:
        """Data type and attributes of the merged array; `_FillValue` where padding needs one to be told from
        values.
        """
        padding = self.padding(n_runs)
        if padding is None or self.dtype == zarr3.TEXT or layout.row(self.path).fill is not None:
            return self.dtype, self.attrs
        dtype = "int8" if self.dtype == "bool" else self.dtype
        return dtype, self.attrs if np.dtype(dtype).kind in "fc" else {**self.attrs, "_FillValue": padding}


@dataclass(frozen=True)
class Survey:
    """Arrays and attributes of groups by path, root attributes that all runs agree on, and the steps dt [ms]
    they used.
    """

    n_runs: int
    outlines: dict[str, Outline]
    groups: dict[str, dict]
    common: dict
    dts: frozenset[float]


def survey(stores: Iterable[tuple[str, str]]) -> Survey:
    """Look at stores (run id, path) in the order of runs; StoreError for one that is missing or another
    run's.
    """
    outlines: dict[str, Outline] = {}
    groups: dict[str, dict] = {}
    common, dts, n = None, set(), 0
    for n, (run_id, path) in enumerate(stores, start=1):
        with RunFile(path) as run:
            attrs = run.attrs
            if attrs["run_id"] != run_id:
                raise StoreError(
                    f"{path} holds run {attrs['run_id']}, not {run_id}: remove it and run again",
                    name=run_id,
                    got=attrs["run_id"],
                )
            common = attrs if common is None else agreed(common, attrs)
            dts.add(attrs["dt"])
            _look_at_arrays(run, outlines, n - 1)
            for group, document in run.documents.items():
                if document["node_type"] == "group":
                    groups[group] = agreed(groups.get(group, document["attributes"]), document["attributes"])
    return Survey(n, outlines, groups, common or {}, frozenset(dts))


def _look_at_arrays(run: RunFile, outlines: dict[str, Outline], n_before: int) -> None:
    digests = run.attrs["digests"]
    for path in run.arrays:
        document = run.document(path)
        if path not in outlines:
            outlines[path] = Outline(path, document.shape, document.dtype, document.attrs, digests[path])
            outlines[path].tree.update(_ABSENT * n_before)
            outlines[path].lengths += [0] * n_before
        outlines[path].add(document, digests[path], run.path)
        if layout.row(path).across == "concatenated":
            outlines[path].lengths.append(document.shape[0])
        if path.startswith("traces/") and path.endswith("/time"):
            outlines[path].add_times(run, digests[path])
    for path in outlines.keys() - digests.keys():
        outlines[path].tree.update(_ABSENT)
        outlines[path].lengths.append(0)


def _common_type(a: str, b: str, path: str, where: str) -> str:
    if a == b:
        return a
    if zarr3.TEXT in (a, b):
        raise _unlike(path, f"the type {b}", a, where)
    return np.result_type(a, b).name


def _common_attrs(path: str, here: dict, before: dict, where: str) -> dict:
    """Attributes for all runs; of names of populations the longer list, if the other is its beginning."""
    if here.get("units") != before.get("units"):
        raise _unlike(path, f"the units {here.get('units')!r}", repr(before.get("units")), where)
    names, names_before = (attrs.get("flag_meanings", "").split() for attrs in (here, before))
    n = min(len(names), len(names_before))
    if names[:n] != names_before[:n]:
        raise _unlike(path, f"the populations {names}", str(names_before), where)
    return here if len(names) > len(names_before) else before


def _unlike(path: str, here: str, before: str, where: str) -> StoreError:
    message = f"{path} has {here} here and {before} in runs before: these cannot be merged"
    return StoreError(message, name=path, where=where)


def _fill_of(dtype: str) -> object:
    """NaN where the type has it; else its most extreme number, which `_FillValue` tells readers is missing."""
    if dtype == zarr3.TEXT:
        return ""
    if np.dtype(dtype).kind in "fc":
        return float("nan")
    limits = np.iinfo("int8" if dtype == "bool" else dtype)
    return limits.min if limits.min else limits.max
