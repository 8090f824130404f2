"""Exploring: ranges for parameters, one value a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from simcore.trajectory.access import Access


class Exploring(Access):
    """f_explore, f_expand and f_shrink of a trajectory."""

    def f_explore(self, build_dict: Mapping[str, Iterable] | Any, strict_types: bool = True) -> None:
        """Say which values parameters have in the runs: {name: values}, all of one length, or a design.

        A design is anything with a method `columns() → {name: values}`, or a sequence of points, each a mapping from
        names to values. Names may be short. As long as nothing is stored or locked, a further call adds parameters of
        the same length. strict_types=False takes numpy scalars for plain numbers (and back) where nothing is lost.
        Raises ValueError for different lengths and for names of groups or results, NodeNotFoundError,
        NotUniqueNodeError, TypeError if the trajectory is stored or types differ.
        """
        if self._stored:
            raise TypeError("the trajectory is stored: enlarge it with f_expand")
        columns = self._columns(build_dict)
        parameters = {name: self._parameter(name) for name in columns}
        n = _one_length(columns)
        if self._explored and n != self._length:
            raise ValueError(f"the trajectory has {self._length} runs already, got ranges of {n} values")
        before = {p: (p._range, p._explored) for p in parameters.values()}
        try:
            for name, parameter in parameters.items():
                parameter._strict = strict_types
                parameter._explore(columns[name])
        except BaseException:
            for parameter, (values, explored) in before.items():
                parameter._range, parameter._explored = values, explored
            raise
        for parameter in parameters.values():
            parameter.v_full_copy = self.v_full_copy or parameter.v_full_copy
            self._explored[parameter.v_full_name] = parameter
        self._length = n

    def f_expand(self, build_dict: Mapping[str, Iterable] | Any, strict_types: bool = True) -> None:
        """Add runs: values for every explored parameter, as f_explore. Costs as much as there are new runs.

        TypeError if not exactly the explored parameters are given.
        """
        columns = self._columns(build_dict)
        parameters = {name: self._parameter(name) for name in columns}
        if {p.v_full_name for p in parameters.values()} != set(self._explored):
            raise TypeError(
                f"all explored parameters are to be enlarged, and no others: {', '.join(self._explored) or 'none'}; "
                f"got {', '.join(p.v_full_name for p in parameters.values())}"
            )
        n = _one_length(columns)
        checked = {}
        for name, parameter in parameters.items():
            parameter._strict = strict_types
            checked[name] = parameter._checked_range(columns[name])
        for name, parameter in parameters.items():
            locked, parameter._locked = parameter._locked, False
            parameter._range = parameter._range + checked[name]
            parameter._locked = locked
        self._length += n
        self._expansion_stored = False
        if self._service is not None and self._service.table is not None:
            self._service.table.grow(self._length)

    def f_shrink(self, force: bool = False) -> None:
        """Remove all ranges, so that there is one run again. TypeError if the trajectory is stored, unless forced."""
        if self._stored and not force:
            raise TypeError("the trajectory is stored: its runs cannot be taken away; load it with as_new=True first")
        for parameter in self._explored.values():
            parameter.f_unlock()
            parameter._shrink()
        self._explored.clear()
        self._length = 1

    def _parameter(self, name: str) -> Any:
        node = self.f_get(name)
        if not node.v_is_leaf or not node.v_is_parameter:
            what = "a group" if not node.v_is_leaf else "a result"
            raise ValueError(f"{name!r} is {what}: only parameters can be explored")
        return node

    def _columns(self, design: Any) -> dict[str, Sequence]:
        if hasattr(design, "columns") and callable(design.columns):
            design = design.columns()
        if not isinstance(design, Mapping):
            points = [dict(point) for point in design]
            if any(point.keys() != points[0].keys() for point in points):
                raise ValueError("all points of a design need the same names")
            design = {name: [point[name] for point in points] for name in points[0]} if points else {}
        if not design:
            raise ValueError("there is nothing to explore")
        return {name: list(values) for name, values in design.items()}


def _one_length(columns: Mapping[str, Sequence]) -> int:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"all ranges need one length, got {', '.join(f'{n}: {k}' for n, k in lengths.items())}")
    n = next(iter(lengths.values()))
    if n == 0:
        raise ValueError("ranges are empty")
    return n
