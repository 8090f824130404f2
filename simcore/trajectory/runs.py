"""The groups results.runs and derived_parameters.runs: groups of runs that are made when they are looked at.

10,000 runs with three leaves each are 40,000 nodes; nobody looks at all of them. What a run has is known from the run
table (`table.py`), so its group is a view, made on access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from simcore.trajectory.branches import DerivedParameterGroup, ResultGroup
from simcore.trajectory.constants import run_index, run_name
from simcore.trajectory.groups import NNGroupNode
from simcore.trajectory.nodes import NNTreeNode


class RunChildren:
    """Children by name: those that were made, and those that can be."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._has: Callable[[int], bool] | None = None
        self._indices: Callable[[], Any] | None = None
        self._make: Callable[[int], NNTreeNode] | None = None
        self._removed: set[str] = set()

    def connect(
        self, has: Callable[[int], bool], indices: Callable[[], Any], make: Callable[[int], NNTreeNode]
    ) -> None:
        """Where runs come from: whether there is a run, which there are, and its group."""
        self._has, self._indices, self._make = has, indices, make
        self._removed.clear()

    def _virtual(self, name: object) -> int | None:
        if self._has is None or name in self._removed or not isinstance(name, str):
            return None
        idx = run_index(name)
        return idx if idx is not None and self._has(idx) else None

    def get(self, name: str, default: Any = None) -> Any:
        """The child of this name; a run is made."""
        if name in self._made:
            return self._made[name]
        idx = self._virtual(name)
        if idx is None or self._make is None:
            return default
        self._made[name] = child = self._make(idx)
        return child

    def __contains__(self, name: object) -> bool:
        return name in self._made or self._virtual(name) is not None

    def __getitem__(self, name: str) -> Any:
        child = self.get(name)
        if child is None:
            raise KeyError(name)
        return child

    def __setitem__(self, name: str, child: Any) -> None:
        self._made[name] = child
        self._removed.discard(name)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._made.pop(name, None)
        self._removed.add(name)

    def __iter__(self) -> Iterator[str]:
        yield from list(self._made)
        if self._indices is not None:
            yield from (
                n for i in self._indices() if (n := run_name(int(i))) not in self._made and n not in self._removed
            )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    keys = __iter__

    def iter_values(self) -> Iterator[Any]:
        """Children one by one, made as they come."""
        for name in list(self):
            yield self[name]

    values = iter_values

    def items(self) -> Iterator[tuple[str, Any]]:
        """Pairs of name and child, made as they come."""
        for name in list(self):
            yield name, self[name]

    def plain_items(self) -> list[tuple[str, Any]]:
        """Pairs of name and child of those that are in memory."""
        return list(self._made.items())

    def forget(self) -> None:
        """Drop groups of runs that can be made again."""
        self._made = {
            n: c for n, c in self._made.items() if not (run_index(n) is not None and getattr(c, "_view", False))
        }


class _Runs:
    _holds_runs = True
    _knows: Callable[[str], bool] | None = None

    def _may_contain(self, key: str) -> bool:
        """Whether any run can have a node of this name."""
        if run_index(key) is not None or self._knows is None or self._knows(key):
            return True
        made = (c for _, c in self._children.plain_items() if not c._is_leaf)  # type: ignore[attr-defined]
        return any(node._name == key for child in made for node in child.f_iter_nodes())


class ResultRuns(_Runs, ResultGroup):
    """results.runs: a group for each run."""

    def __init__(self, nn_interface: object = None, full_name: str = "", comment: str = ""):
        NNGroupNode.__init__(self, nn_interface, full_name, comment)
        self._children = RunChildren()


class DerivedParameterRuns(_Runs, DerivedParameterGroup):
    """derived_parameters.runs: a group for each run."""

    def __init__(self, nn_interface: object = None, full_name: str = "", comment: str = ""):
        NNGroupNode.__init__(self, nn_interface, full_name, comment)
        self._children = RunChildren()


RunsOf: dict[str, type[NNGroupNode]] = {"results": ResultRuns, "derived_parameters": DerivedParameterRuns}
