"""Leaves and groups as JSON and arrays, and back: what the store remembers of a node besides its values."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from simcore.errors import nearest
from simcore.trajectory.parameters import Parameter
from simcore.trajectory.results import PickleResult, Result, SparseResult
from simcore.trajectory.specialparameters import ArrayParameter, PickleParameter, SparseParameter
from simcore.trajectory.values import (
    TEXT,
    Part,
    decode,
    encode,
    from_json,
    part_from_json,
    part_to_json,
    to_json,
)

CLASSES: dict[str, type] = {
    cls.__name__: cls
    for cls in (Parameter, ArrayParameter, SparseParameter, PickleParameter, Result, SparseResult, PickleResult)
}
INLINE = 512  # bytes: larger parts of leaves of the trajectory become arrays


def class_name(cls: type) -> str:
    """How the store names a class: by its name if it is this package's, else module:name."""
    return cls.__name__ if CLASSES.get(cls.__name__) is cls else f"{cls.__module__}:{cls.__qualname__}"


def class_of(name: str, imported: Iterable[type | str]) -> type:
    """The class of that name, from this package, the dynamically imported ones, or its module.

    TypeError if it cannot be found.
    """
    if name in CLASSES:
        return CLASSES[name]
    short = name.rpartition(":")[2]
    for entry in imported:
        cls = imported_class(entry)
        if cls.__name__ == short or cls.__qualname__ == short:
            return cls
    module, _, qualified = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in qualified.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise TypeError(
            f"the class {name} of a stored leaf cannot be imported ({error}): name it with "
            f"f_add_to_dynamic_imports{nearest(short, CLASSES)}"
        ) from None
    return found


def imported_class(entry: type | str) -> type:
    """A class given as itself or as `module.Class`; TypeError for anything else."""
    if isinstance(entry, type):
        return entry
    if not isinstance(entry, str):
        raise TypeError(f"dynamic imports are classes or texts that name them, got {entry!r}")
    module, _, name = entry.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TypeError(f"{entry!r} cannot be imported: {error}") from None


def notes_of(node: Any) -> dict:
    """Annotations of a node as JSON."""
    return {} if node._notes is None else {k: to_json(v) for k, v in node._notes.f_to_dict(copy=False).items()}


def set_notes(node: Any, notes: Mapping) -> None:
    """The inverse, if the node has no annotations."""
    if notes and (node._notes is None or node._notes.f_is_empty()):
        node.f_set_annotations(**{k: from_json(v) for k, v in notes.items()})


def items_to_json(
    items: Mapping[str, Any], place: Callable[[str, str], str], put: Callable[[str, np.ndarray], None]
) -> dict[str, dict]:
    """Items of a leaf; parts that are large become arrays: place(item, suffix) → path, put(path, array)."""
    result = {}
    for name, value in items.items():
        form, parts = encode(value)
        result[name] = {"form": form, "parts": {s: _stored(part, place(name, s), put) for s, part in parts.items()}}
    return result


def _stored(part: Part, path: str, put: Callable[[str, np.ndarray], None]) -> object:
    if isinstance(part, str) or part.nbytes <= INLINE:
        return part_to_json(part)
    put(path, part)
    return {"array": path}


def items_from_json(
    about: Mapping[str, Mapping], get: Callable[[str], np.ndarray], wanted: Callable[[str], bool] = lambda _: True
) -> dict[str, Any]:
    """The inverse: get(path) → array."""
    result = {}
    for name, item in about.items():
        if wanted(name):
            parts = {
                s: get(p["array"]) if isinstance(p, dict) and "array" in p else part_from_json(p)
                for s, p in item["parts"].items()
            }
            result[name] = decode(item["form"], parts)
    return result


def arrays_of(about: Mapping[str, Mapping]) -> list[str]:
    """Paths of the arrays that items have."""
    return [
        p["array"] for item in about.values() for p in item["parts"].values() if isinstance(p, dict) and "array" in p
    ]


class Describer:
    """Turns the leaves of runs into frames; remembers schemas, so that a run costs microseconds."""

    def __init__(self) -> None:
        self._schemas: dict[tuple, tuple[str, list[str]]] = {}

    def frame(
        self, leaves: Iterable[tuple[str, str, Any, Mapping[str, Any]]], groups: Mapping[str, dict] | None = None
    ) -> tuple[str, list[Part], bytes]:
        """Schema, parts and notes of (branch, name, leaf, items) …; groups: comments and annotations by name."""
        key: list[tuple] = []
        parts: list[Part] = []
        notes, comments = dict(groups or {}), []
        for branch, name, leaf, items in leaves:
            described = []
            for item, value in items.items():
                form, found = encode(value)
                parts += found.values()
                described.append(
                    (
                        item,
                        form,
                        tuple(
                            (s, TEXT, 0) if isinstance(p, str) else (s, p.dtype.str, p.ndim) for s, p in found.items()
                        ),
                    )
                )
            key.append((branch, name, type(leaf), tuple(described)))
            comments.append(leaf._comment)
            if leaf._notes is not None and not leaf._notes.f_is_empty():
                notes.setdefault(f"{branch}.{name}", {})["annotations"] = notes_of(leaf)
        known = self._schemas.get(tuple(key))
        if known is None:
            known = self._schemas[tuple(key)] = self._described(key, comments)
        for (branch, name, *_), own, usual in zip(key, comments, known[1], strict=True):
            if own != usual:
                notes.setdefault(f"{branch}.{name}", {})["comment"] = own
        return known[0], parts, json.dumps(notes).encode() if notes else b""

    def _described(self, key: list[tuple], comments: list[str]) -> tuple[str, list[str]]:
        leaves = [
            {
                "branch": branch,
                "leaf": name,
                "class": class_name(cls),
                "comment": comment,
                "items": [[item, form, [list(p) for p in parts]] for item, form, parts in items],
            }
            for (branch, name, cls, items), comment in zip(key, comments, strict=True)
        ]
        return json.dumps({"leaves": leaves}, sort_keys=True), list(comments)
