"""Walks over nested mappings, and equality of leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def nesteddictwalk(d: Mapping, separator: str = ".") -> Iterator[tuple[str, Any]]:
    """Walk a nested dict structure: yields (name, leaf), names of the levels joined by the separator."""
    for key, value in d.items():
        if isinstance(value, dict):
            for inner, leaf in nesteddictwalk(value, separator):
                yield f"{key}{separator}{inner}", leaf
        else:
            yield key, value


def nesteddictflatten(d: Mapping, separator: str = ".") -> dict[str, Any]:
    """A flattened version of a nested dict structure: {name: leaf}, names of the levels joined by the separator."""
    return dict(nesteddictwalk(d, separator))


def contains_instance(collection: Iterable, cls: type) -> bool:
    """Whether a collection has an instance of a class."""
    return any(isinstance(o, cls) for o in collection)


def same(a: Any, b: Any) -> bool:
    """Whether two leaves are equal; arrays are if all their elements are, NaN is equal to NaN."""
    if a is b:
        return True
    if hasattr(a, "dtype") or hasattr(b, "dtype"):
        import numpy as np

        return type(a) is type(b) and np.shape(a) == np.shape(b) and bool(
            np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind in "fc" and np.asarray(b).dtype.kind in "fc"))
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float) and a != a and b != b:
        return True
    return bool(a == b)
