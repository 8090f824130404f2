"""pypet.utils.explore: helpers to make ranges."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def cartesian_product(
    parameter_dict: Mapping[str, Iterable], combined_parameters: Sequence[str | Sequence[str]] = ()
) -> dict[str, list]:
    """All combinations of values, the last name fastest: {'a': [1, 2], 'b': [3, 4]} → a 1 1 2 2, b 3 4 3 4.

    combined_parameters: names in the order to use; a tuple of names runs together.
    """
    groups = [(n,) if isinstance(n, str) else tuple(n) for n in combined_parameters or parameter_dict]
    columns = [list(zip(*(list(parameter_dict[n]) for n in names), strict=True)) for names in groups]
    rows = list(itertools.product(*columns))
    return {name: [row[i][j] for row in rows] for i, names in enumerate(groups) for j, name in enumerate(names)}


def find_unique_points(explored_parameters: Iterable[Any]) -> list[tuple[tuple, list[int]]]:
    """Different points of explored parameters, each with the indices of its runs."""
    from simcore.trajectory.values import fingerprint

    ranges = [parameter.f_get_range() for parameter in explored_parameters]
    found: dict[tuple, tuple[tuple, list[int]]] = {}
    for idx, point in enumerate(zip(*ranges, strict=True)):
        found.setdefault(tuple(map(fingerprint, point)), (point, []))[1].append(idx)
    return list(found.values())
