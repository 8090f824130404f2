"""Columns of a store of runs: facts about runs, and one for each part of what runs have (`values.py`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from simcore.trajectory.rows import RowArray
from simcore.trajectory.values import TEXT

Key = tuple[str, str, str, str, str, int]  # branch, leaf, item, suffix, data type, number of dimensions
FACTS = {  # columns of the group `runs`: type, what stands for none, attributes
    "completed": ("|b1", False, {"long_name": "whether the run was completed"}),
    "schema": ("<i4", -1, {"long_name": "number of the description of what the run has, in the attribute `schemas`"}),
    "worker": ("<i4", -1, {"long_name": "number of the worker that made the run, in the attribute `workers`"}),
    "started": ("<f8", np.nan, {"units": "seconds since 1970-01-01", "long_name": "start of the run, UTC"}),
    "ended": ("<f8", np.nan, {"units": "seconds since 1970-01-01", "long_name": "end of the run, UTC"}),
    "cpu": ("<f8", np.nan, {"units": "s", "long_name": "CPU time of the run"}),
}


@dataclass(frozen=True)
class Column:
    """Where the values of one part are: array `path`, of shape (run, *shape), or ragged if shape is None."""

    branch: str
    leaf: str
    item: str
    suffix: str
    dtype: str
    n_dims: int
    path: str
    shape: tuple[int, ...] | None

    @property
    def key(self) -> Key:
        """What identifies the column."""
        return (self.branch, self.leaf, self.item, self.suffix, self.dtype, self.n_dims)

    @property
    def array(self) -> RowArray:
        """The array of a column that is not ragged."""
        names = [self.path.rpartition("/")[2]]
        dims = ("run", *(f"{names[0]}_dim{i}" for i in range(len(self.shape or ()))))
        return RowArray(self.path, self.dtype, self.shape or (), dims=dims, attrs=self.attrs)

    @property
    def attrs(self) -> dict:
        """Attributes: which item of which leaf this is."""
        return {"long_name": f"{self.item} of {self.branch}.{self.leaf}{f' ({self.suffix})' if self.suffix else ''}"}

    @property
    def count(self) -> RowArray:
        """Of a ragged column: number of values of each run."""
        attrs = {
            "sample_dimension": f"{self.path.rpartition('/')[2]}_value",
            "units": "1",
            "long_name": "number of values",
        }
        return RowArray(f"{self.path}.count", "<i8", attrs=attrs, fill=0)

    @property
    def extents(self) -> RowArray:
        """Of a ragged column: shape of each run's value."""
        dims = ("run", f"{self.path.rpartition('/')[2]}_axis")
        return RowArray(
            f"{self.path}.shape", "<i8", (self.n_dims,), dims=dims, attrs={"long_name": "shape of the value"}, fill=0
        )

    @property
    def flat(self) -> RowArray:
        """Of a ragged column: all values, run after run."""
        return RowArray(
            self.path, self.dtype, rows=131072, attrs=self.attrs, dims=(f"{self.path.rpartition('/')[2]}_value",)
        )

    def to_json(self) -> dict:
        """As it is kept in the attributes of the group `runs`."""
        return asdict(self)

    @classmethod
    def from_json(cls, about: Mapping) -> Column:
        """The inverse."""
        shape = about["shape"]
        return cls(**{**about, "shape": None if shape is None else tuple(shape)})


def fact(name: str) -> RowArray:
    """A column of the group `runs`."""
    dtype, fill, attrs = FACTS[name]
    return RowArray(f"runs/{name}", dtype, attrs=attrs, fill=fill)


ERRORS = RowArray("runs/error", TEXT, attrs={"long_name": "why the run failed"})
NOTES = RowArray("runs/notes", TEXT, attrs={"long_name": "annotations and comments of this run alone, as JSON"})


def joined(old: dict | None, new: dict) -> dict:
    """The description of a leaf after items were added or replaced."""
    if old is None or old["class"] != new["class"]:
        return new
    items = {item[0]: item for item in [*old["items"], *new["items"]]}
    return {**new, "items": list(items.values())}


def position(schema: dict, key: Key) -> int | None:
    """Which of the parts of a schema has this key."""
    keys = schema.get("_keys")
    if keys is None:
        keys = schema["_keys"] = {k: i for i, k in enumerate(part_keys(schema))}
    return keys.get(key)


def part_keys(schema: Mapping) -> list[Key]:
    """Keys of all parts in the order in which frames have them."""
    return [
        (leaf["branch"], leaf["leaf"], item, suffix, dtype, n)
        for leaf in schema["leaves"]
        for item, _, parts in leaf["items"]
        for suffix, dtype, n in parts
    ]


def schema_text(leaves: Iterable[Mapping]) -> str:
    """A schema as text: equal for equal leaves."""
    return json.dumps({"leaves": list(leaves)}, sort_keys=True)
