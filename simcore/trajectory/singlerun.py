"""A single run: what the user's function gets. One point of the explored space, with room for what it makes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from simcore.trajectory import adding
from simcore.trajectory.access import Access
from simcore.trajectory.branches import DerivedParameterGroup, ResultGroup
from simcore.trajectory.constants import RUNS, run_name
from simcore.trajectory.describing import Describer, notes_of
from simcore.trajectory.runs import RunChildren


def formatted(timestamp: float) -> str:
    """A time as text that may be part of a name: 2026_03_01_12h30m05s."""
    return datetime.fromtimestamp(timestamp).strftime("%Y_%m_%d_%Hh%Mm%Ss")


class SingleRun(DerivedParameterGroup, ResultGroup, Access):
    """One run of a trajectory, made by its parent only: `traj.run` gives it to the function.

    Explored parameters have their value of this run. Derived parameters and results can be added; they go below
    `results.runs.run_00000007`. Parameters and config cannot.
    """

    _is_single_run = True

    def __init__(self, name: str, idx: int, parent_trajectory: Any):
        Access.__init__(self)
        self._prepare_access()
        self._inherit(parent_trajectory)
        self._dynamic_imports = parent_trajectory._dynamic_imports
        self._environment_name = parent_trajectory._environment_name
        self._environment_hexsha = parent_trajectory._environment_hexsha
        self._parent_name = parent_trajectory.v_name
        self._parent_timestamp, self._parent_time = parent_trajectory.v_timestamp, parent_trajectory.v_time
        self._length = len(parent_trajectory)
        self._full = parent_trajectory if parent_trajectory.v_full_copy else None
        self._given: dict[str, Any] = {}
        self._adopt(parent_trajectory)
        self._become(idx)

    def _adopt(self, parent: Any) -> None:
        """Take over copies of the parent's nodes, without its runs and without ranges."""
        import pickle

        parts = dict(parent._children.items())
        state = pickle.dumps([_bare(parts[n]) for n in parts], 5)
        for node in pickle.loads(state):
            node._parent = self
            self._given[node.v_name] = node
        self._set_parents()
        self._below = {
            n: dict(self._given[n]._children) if n in self._given else {} for n in ("derived_parameters", "results")
        }
        ranges = {name: p.f_get_range(copy=False) for name, p in parent._explored.items()}
        self._explored = {name: self._leaf_at(name) for name in ranges}
        self._ranges = ranges
        for name, leaf in self._explored.items():
            if leaf.v_full_copy:
                leaf._range = ranges[name]

    def _set_parents(self) -> None:
        waiting = list(self._given.values())
        while waiting:
            node = waiting.pop()
            for child in node._children.values() if not node._is_leaf else ():
                child._parent = node
                waiting.append(child)

    def _leaf_at(self, full_name: str) -> Any:
        node: Any = self._given[full_name.partition(".")[0]]
        for part in full_name.split(".")[1:]:
            node = node._children[part]
        return node

    def _become(self, idx: int) -> None:
        """Stand for another run, without anything that was added before."""
        self._idx, self._run, self._run_groups = idx, run_name(idx), dict[str, Any]()
        self._timestamp = time.time()
        kept = {n: self._children[n] for n in ("derived_parameters", "results") if n in self._children}
        self._children.clear()
        self._children.update(self._given)
        for name, group in kept.items():  # the groups stay, what hung below them goes
            runs, given = group._children.get(RUNS), self._below[name]
            group._children.clear()
            group._children.update(given)
            if runs is not None:
                runs.__dict__.update(_children=RunChildren(), _comment="", _notes=None)
                group._children[RUNS] = runs
            self._children[name] = group
        for name, leaf in self._explored.items():
            leaf._value = self._ranges[name][idx]

    def _group_of_run(self, branch: str) -> Any:
        """The group of this run in a branch, made if missing."""
        group = self._run_groups.get(branch)
        if group is None or group._root() is not self:
            group = self._run_groups[branch] = adding.ensure(self, f"{branch}.{RUNS}.{self._run}")
        return group

    # --- who am I --------------------------------------------------------------------------------------------

    @property
    def v_idx(self) -> int:
        """Index of the run."""
        return self._idx

    @property
    def v_name(self) -> str:
        """Name of the run, run_00000007."""
        return self._run or ""

    @property
    def v_as_run(self) -> str:
        """Name of the run."""
        return self.v_name

    v_crun = v_as_run

    @property
    def v_timestamp(self) -> float:
        """Start of the run, seconds since 1970."""
        return self._timestamp

    @property
    def v_time(self) -> str:
        """Start of the run as text."""
        return formatted(self._timestamp)

    @property
    def v_trajectory_name(self) -> str:
        """Name of the trajectory that this run is of."""
        return self._parent_name

    @property
    def v_trajectory_time(self) -> str:
        """When the trajectory was made, as text."""
        return self._parent_time

    @property
    def v_trajectory_timestamp(self) -> float:
        """When the trajectory was made, seconds since 1970."""
        return self._parent_timestamp

    # --- storing ---------------------------------------------------------------------------------------------

    def f_store(self) -> None:
        """Store what was added to this run so far. (All of it is stored when the run ends.)"""
        if self._service is not None:
            self._service.store_run(self)

    def _new(self) -> Iterator[tuple[str, str, Any, dict]]:
        """Leaves below this run's groups that are not stored yet, with their items."""
        for branch in ("derived_parameters", "results"):
            runs = getattr(self._children.get(branch), "_children", {}).get(RUNS)
            group = runs._children.get(self._run) if runs is not None else None
            for path, node in _walk(group, "") if group is not None else ():
                if node._is_leaf and not node._stored:
                    yield branch, path, node, {} if node.f_is_empty() else node._store()

    def _frame(self, describer: Describer) -> tuple:
        """What is to be committed: schema, parts, notes."""
        return describer.frame(self._new(), self._group_notes())

    def _group_notes(self) -> dict:
        notes = {}
        for branch in ("derived_parameters", "results"):
            runs = getattr(self._children.get(branch), "_children", {}).get(RUNS)
            group = runs._children.get(self._run) if runs is not None else None
            for path, node in [("", group), *_walk(group, "")] if group is not None else ():
                if not node._is_leaf and (
                    node._comment or (node._notes is not None and not node._notes.f_is_empty()) or not node._children
                ):
                    notes[f"{branch}.{path}".rstrip(".")] = {
                        "group": True,
                        "comment": node._comment,
                        "annotations": notes_of(node),
                    }
        return notes


def _walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, child in group._children.items():
        path = f"{prefix}{name}"
        yield path, child
        if not child._is_leaf:
            yield from _walk(child, f"{path}.")


def _bare(node: Any) -> Any:
    """A copy of a node without parent and without runs."""
    import copy

    clone = copy.copy(node)
    clone.__dict__.update(node.__getstate__() if node._is_leaf else node.__dict__)
    clone.__dict__["_parent"] = None
    if not node._is_leaf:
        children = node._children.plain_items() if node._holds_runs else node._children.items()
        clone.__dict__["_children"] = {n: _bare(c) for n, c in children if not (n == RUNS and node._depth == 1)}
    return clone
