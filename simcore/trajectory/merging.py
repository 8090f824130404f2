"""Merging: the runs of another trajectory behind one's own."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np

from simcore.trajectory.access import Access
from simcore.trajectory.constants import RUNS
from simcore.trajectory.errors import NoSuchServiceError
from simcore.trajectory.fold import Fold
from simcore.trajectory.ranges import point_ids
from simcore.trajectory.singlerun import formatted

_MERGED_CONFIG = ("git", "environment", "merge")


class Merging(Access):
    """f_merge of a trajectory."""

    def f_merge(
        self,
        other_trajectory: Any,
        trial_parameter: str | None = None,
        remove_duplicates: bool = False,
        ignore_trajectory_derived_parameters: bool = False,
        ignore_trajectory_results: bool = False,
        backup_filename: str | Path | bool | None = None,
        move_nodes: bool = False,
        delete_other_trajectory: bool = False,
        keep_info: bool = True,
        keep_other_trajectory_info: bool = True,
        merge_config: bool = True,
    ) -> None:
        """Append the runs of another trajectory with the same parameters; both must be stored.

        trial_parameter: whole numbers 0 … T1 and 0 … T2 that become 0 … T1 + T2 + 1. remove_duplicates: leave out
        points that are here already (found by digest, so the cost grows with the runs, not with their product).
        Annotations of parameters are not merged, those of results are. Raises TypeError if the other is no trajectory
        or lives in another space, ValueError to delete without moving, or if no run would be merged.
        """
        if not hasattr(other_trajectory, "f_merge"):
            raise TypeError(f"only trajectories can be merged, got {type(other_trajectory).__name__}")
        if delete_other_trajectory and not move_nodes:
            raise ValueError("the other trajectory is deleted only if its nodes are moved: move_nodes=True")
        _check_space(self, other_trajectory)
        for traj in (self, other_trajectory):
            if traj._service is None or not traj._stored:
                raise NoSuchServiceError(f"{traj.v_name} must be stored before it is merged")
            traj._service.refuse_merged()
        columns, used = _merged_ranges(self, other_trajectory, trial_parameter, remove_duplicates)
        if not used.any():
            raise ValueError("no run would be merged: all points of the other trajectory are here already")
        if backup_filename:
            _backup(self, other_trajectory, backup_filename)
        n_before = len(self)
        if keep_info:
            _note(
                self,
                other_trajectory,
                n_before,
                used,
                trial_parameter,
                remove_duplicates,
                ignore_trajectory_derived_parameters,
                ignore_trajectory_results,
                keep_other_trajectory_info,
            )
        if merge_config:
            _merge_config(self, other_trajectory)
        _take_own(
            self,
            other_trajectory,
            derived=not ignore_trajectory_derived_parameters,
            results=not ignore_trajectory_results,
        )
        self._take_ranges(columns)
        rows = {int(i): n_before + k for k, i in enumerate(np.flatnonzero(used))}
        if other_trajectory._service.table.refresh() or other_trajectory._service.table.frames:
            other_trajectory._service.fold()
        # rows of the other's arrays behind one's own: blocks of rows, no run is looked at by itself
        self._service.store_trajectory(self, also=lambda work: work.take_table(other_trajectory._service.table, rows))
        self._expansion_stored = True
        self._service.attach(self)
        if move_nodes:
            _empty_other(other_trajectory, delete=delete_other_trajectory)

    def _take_ranges(self, columns: dict[str, list]) -> None:
        for name, values in columns.items():
            parameter = self.f_get(name)
            parameter._range, parameter._explored = values, True
            self._explored[name] = parameter
            self._length = len(values)


def _check_space(one: Any, two: Any) -> None:
    """TypeError unless both have the same parameters with values of the same types."""
    mine, others = one.f_get_parameters(), two.f_get_parameters()
    if mine.keys() != others.keys():
        differ = sorted(mine.keys() ^ others.keys())
        raise TypeError(f"the trajectories do not live in the same space: only one has {', '.join(differ[:5])}")
    for name, parameter in mine.items():
        if not parameter._same_type(parameter.f_get_default(), others[name].f_get_default()):
            one_type, other_type = (type(p.f_get_default()).__name__ for p in (parameter, others[name]))
            raise TypeError(
                f"the trajectories do not live in the same space: {name} has the types {one_type} and {other_type}"
            )


def _merged_ranges(one: Any, two: Any, trial: str | None, unique: bool) -> tuple[dict[str, list], np.ndarray]:
    """Ranges of all runs by parameter, and which runs of the other are used."""
    n1, n2 = len(one), len(two)
    mine, others = one.f_get_parameters(), two.f_get_parameters()
    trial = one.f_get(trial).v_full_name if trial else None
    names = {*one._explored, *two._explored}
    names |= {n for n in mine if not mine[n]._equal_values(mine[n].f_get_default(), others[n].f_get_default())}
    names |= {trial} if trial else set()
    full = {name: (_range(mine[name], n1), _range(others[name], n2)) for name in names}
    if trial:
        full[trial] = (full[trial][0], _shifted(trial, *full[trial]))
    if not names:
        raise ValueError("no run would be merged: both trajectories are the same point; name a trial_parameter")
    used = np.ones(n2, bool)
    if unique:
        seen = set(point_ids({}, {n: r[0] for n, r in full.items()}, 0, n1))
        for i, point in enumerate(point_ids({}, {n: r[1] for n, r in full.items()}, 0, n2)):
            used[i] = point not in seen
            seen.add(point)
    chosen = np.flatnonzero(used)
    return {name: [*a, *(b[i] for i in chosen)] for name, (a, b) in full.items()}, used


def _range(parameter: Any, n: int) -> list:
    return parameter.f_get_range() if parameter.f_has_range() else [parameter.f_get_default()] * n


def _shifted(name: str, mine: list, others: list) -> list:
    """Trials of the other trajectory after those of this one."""
    if not all(isinstance(v, (int, np.integer)) for v in [*mine, *others]):
        raise TypeError(f"the trial parameter {name} must have whole numbers")
    for values in (mine, others):
        if set(map(int, values)) != set(range(max(map(int, values)) + 1)):
            raise TypeError(f"the trial parameter {name} must have all whole numbers from 0 to its largest")
    shift = max(map(int, mine)) + 1
    return [type(v)(v + shift) for v in others]


def _note(
    one: Any,
    two: Any,
    n_before: int,
    used: np.ndarray,
    trial: str | None,
    unique: bool,
    no_derived: bool,
    no_results: bool,
    about_other: bool,
) -> None:
    """Information about the merge below config.merge."""
    now = time.time()
    sha = hashlib.sha1(f"{one.v_name}{one.v_timestamp}{two.v_name}{two.v_timestamp}{now}".encode()).hexdigest()
    prefix = f"merge.merge_{sha[:7]}_{formatted(now)}"
    facts: dict[str, tuple[Any, str]] = {
        "timestamp": (now, "Time of the merge"),
        "hexsha": (sha, "Identifies the merge"),
        "remove_duplicates": (unique, "Whether points that were there already were left out"),
        "ignore_trajectory_derived_parameters": (
            no_derived,
            "Whether the trajectory's derived parameters were ignored",
        ),
        "ignore_trajectory_results": (no_results, "Whether results of the trajectory were ignored"),
        "length_before_merge": (n_before, "Number of runs before the merge"),
        "merged_runs": (int(used.sum()), "Number of merged runs"),
    }
    if trial is not None:
        facts["trial_parameter"] = (trial, "Name of the trial parameter")
    if about_other:
        facts |= {
            "other_trajectory.name": (two.v_name, "Name of the other trajectory"),
            "other_trajectory.timestamp": (two.v_timestamp, "When the other trajectory was made"),
            "other_trajectory.length": (len(two), "Number of runs of the other trajectory"),
            "other_trajectory.version": (two.v_version, "Version that made the other trajectory"),
        }
        if two.v_comment:
            facts["other_trajectory.comment"] = (two.v_comment, "Comment of the other trajectory")
    for name, (value, comment) in facts.items():
        one.f_add_config(f"{prefix}.{name}", value, comment=comment)


def _merge_config(one: Any, two: Any) -> None:
    for name, parameter in two.f_get_config().items():
        if name.split(".")[1] in _MERGED_CONFIG and not one.f_contains(name):
            copy = one.f_add_config(type(parameter), name, parameter.f_get(), comment=parameter.v_comment)
            copy.f_set_annotations(**parameter.v_annotations.f_to_dict())


def _take_own(one: Any, two: Any, *, derived: bool, results: bool) -> None:
    """Leaves of the other trajectory itself that are not here."""
    for branch, wanted in (("derived_parameters", derived), ("results", results)):
        group = two._children.get(branch)
        for name, child in list(group._children.items()) if group is not None and wanted else ():
            leaves = [] if name == RUNS else [child] if child._is_leaf else list(child.f_iter_leaves())
            for leaf in leaves:
                if one.f_contains(leaf.v_full_name):
                    continue
                if leaf.f_is_empty() and leaf._stored:
                    two._service.load_leaf(leaf)
                copy = type(leaf)(leaf.v_full_name, comment=leaf.v_comment)
                copy._load(leaf._store())
                if not copy.v_is_parameter:
                    copy.f_set_annotations(**leaf.v_annotations.f_to_dict())
                one.f_add_leaf(copy)


def _backup(one: Any, two: Any, filename: str | Path | bool) -> None:
    if filename is True:
        two.f_backup()
        one.f_backup()
        return
    base = Path(str(filename))
    for traj in (two, one):
        traj.f_backup(base.with_name(f"{base.stem}_{traj.v_name}{base.suffix}"))


def _empty_other(two: Any, *, delete: bool) -> None:
    """Take moved runs from the other trajectory, or all of it."""
    service = two._service
    if delete:
        service.remove_trajectory()
        two._stored = False
        return
    store, table = service.ready
    with store.transaction() as txn:
        work = Fold(txn, table)
        for idx in range(table.n_runs):
            for branch, leaf in list(table.leaves(idx)):
                work.delete(idx, branch, leaf)
        work.write()
    service.reopen()
    service.attach(two)
