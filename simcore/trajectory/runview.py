"""Looking at runs: one at a time, or one thing of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from simcore.trajectory.access import Access
from simcore.trajectory.constants import RUNS, run_index, run_name
from simcore.trajectory.errors import NotUniqueNodeError
from simcore.trajectory.runcolumns import fact
from simcore.trajectory.singlerun import formatted

_WHERE = {"results": "results", "r": "results", "derived_parameters": "derived_parameters", "d": "derived_parameters"}


class RunView(Access):
    """Runs of a trajectory."""

    # --- as one run ------------------------------------------------------------------------------------------

    def f_as_run(self, name_or_idx: str | int | None) -> None:
        """Stand for one run: explored parameters have its values, searches stay in its groups. None or -1: normal."""
        if name_or_idx is None or name_or_idx == -1:
            self.f_restore_default()
            return
        idx = self._index_of(name_or_idx)
        self._idx, self._run = idx, run_name(idx)
        for parameter in self._explored.values():
            parameter._set_parameter_access(idx)

    f_set_crun = f_as_run  # its later name

    def f_restore_default(self) -> None:
        """Stand for no run: explored parameters have their default values."""
        self._idx, self._run = -1, None
        for parameter in self._explored.values():
            parameter._restore_default()

    @property
    def v_idx(self) -> int:
        """Index of the run that the trajectory stands for; -1 for none."""
        return self._idx

    @v_idx.setter
    def v_idx(self, idx: int) -> None:
        self.f_as_run(idx)

    @property
    def v_as_run(self) -> str | None:
        """Name of the run that the trajectory stands for; None for none."""
        return self._run

    @v_as_run.setter
    def v_as_run(self, run_name: str | None) -> None:
        self.f_as_run(run_name)

    v_crun = v_as_run

    def f_iter_runs(self) -> Iterator[str]:
        """Names of all runs; meanwhile the trajectory stands for each, and for none at the end."""
        try:
            for idx in range(len(self)):
                self.f_as_run(idx)
                yield run_name(idx)
        finally:
            self.f_restore_default()

    # --- names and facts -------------------------------------------------------------------------------------

    def f_idx_to_run(self, name_or_idx: str | int) -> str | int:
        """Name of a run by its index, or index by its name. KeyError if there is no such run."""
        idx = self._index_of(name_or_idx)
        return idx if isinstance(name_or_idx, str) else run_name(idx)

    def _index_of(self, name_or_idx: str | int) -> int:
        idx = run_index(name_or_idx) if isinstance(name_or_idx, str) else int(name_or_idx)
        if idx is None or not 0 <= idx < len(self):
            raise KeyError(f"there is no run {name_or_idx!r}; there are {run_name(0)} … {run_name(len(self) - 1)}")
        return idx

    def f_is_completed(self, name_or_id: str | int | None = None) -> bool:
        """Whether a run was completed; without a name, whether all were. KeyError if there is no such run."""
        table = self._table()
        if name_or_id is not None:
            idx = self._index_of(name_or_id)
            return bool(table is not None and idx < table.n_runs and table.completed[idx])
        return bool(table is not None and table.n_runs >= len(self) and table.completed[: len(self)].all())

    def f_get_run_information(self, name_or_idx: str | int | None = None, copy: bool = True) -> dict[str, Any]:
        """What is known about a run: completed, idx, timestamp, time, finish_timestamp, runtime, name,
        parameter_summary, short_environment_hexsha, and error if it failed; without a name, that of all runs by name.
        """
        if name_or_idx is None:
            facts = self._all_facts()
            return {run_name(i): self._information(i, {k: v[i] for k, v in facts.items()}) for i in range(len(self))}
        idx = self._index_of(name_or_idx)
        return self._information(idx, self._facts_of(idx))

    def f_get_run_record(self, name_or_idx: str | int) -> dict[str, Any]:
        """Provenance record of a run: code, environment, host, process."""
        idx, table = self._index_of(name_or_idx), self._table()
        if table is None:
            return {}
        if hasattr(table, "record"):
            return table.record(idx)
        facts = self._facts_of(idx)
        common = table.record_of(idx, int(facts.get("worker", -1)))
        own = {name: facts[name] for name in ("started", "ended", "cpu") if facts.get(name) is not None}
        return {
            **common,
            "process": {**common.get("process", {}), **own},
            "run": run_name(idx),
            "point": self._point_ids(idx, idx + 1)[0],
        }

    def _information(self, idx: int, facts: dict[str, Any]) -> dict[str, Any]:
        started, ended = float(facts["started"]), float(facts["ended"])
        done = bool(facts["completed"])
        summary = ", ".join(f"{p.v_name}: {p._range[idx]!s}" for p in self._explored.values() if p.f_has_range())
        result = {
            "completed": int(done),
            "idx": idx,
            "timestamp": started,
            "time": formatted(started) if started == started else "",
            "finish_timestamp": ended,
            "runtime": f"{ended - started:.6f} s" if done and ended == ended else "",
            "name": run_name(idx),
            "parameter_summary": summary,
            "short_environment_hexsha": (self._environment_hexsha or "")[:7],
        }
        table = self._table()
        error = table.error(idx) if table is not None else ""
        return {**result, "error": error} if error and not done else result

    def _facts_of(self, idx: int) -> dict[str, Any]:
        table = self._table()
        if table is not None and hasattr(table, "facts"):
            return table.facts(idx)
        result: dict[str, Any] = {"completed": False, "started": np.nan, "ended": np.nan, "cpu": np.nan, "worker": -1}
        if table is None:
            return result
        for name in result:
            array = fact(name)
            document = table.store.docs.get(array.path)
            if document and idx < document["shape"][0]:
                result[name] = array.read(table.store, idx, idx + 1)[0]
        for frame in table.frames.get(idx, ()):
            result.update(zip(("started", "ended", "cpu"), frame.times, strict=True))
        return {**result, "completed": bool(idx < table.n_runs and table.completed[idx])}

    def _all_facts(self) -> dict[str, Any]:
        n, table = len(self), self._table()
        result: dict[str, Any] = {name: np.full(n, np.nan) for name in ("started", "ended", "cpu")}
        result["completed"] = np.zeros(n, bool)
        if table is None:
            return result
        if hasattr(table, "facts"):
            rows = [table.facts(i) for i in range(n)]
            return {name: np.array([row[name] for row in rows]) for name in result}
        for name in ("started", "ended", "cpu"):
            array = fact(name)
            document = table.store.docs.get(array.path)
            k = min(document["shape"][0], n) if document else 0
            result[name][:k] = array.read(table.store, 0, k) if k else []
        for idx, frames in table.frames.items():
            for frame in frames:
                for name, value in zip(("started", "ended", "cpu"), frame.times, strict=True):
                    result[name][idx] = value
        result["completed"][: table.n_runs] = table.completed[:n]
        return result

    def _table(self) -> Any:
        if self._service is None or not self._stored or self._service.store is None:
            return None
        return self._service.ready[1]

    # --- one thing of all runs -------------------------------------------------------------------------------

    def f_find_idx(self, name_list: str | Sequence[str], predicate: Callable[..., Any]) -> Iterator[int]:
        """Indices of the runs for which predicate(values of these parameters) is true.

        NodeNotFoundError (an AttributeError) for unknown names, TypeError for what is not a parameter.
        """
        columns = []
        for name in [name_list] if isinstance(name_list, str) else name_list:
            parameter = self.f_get(name)
            if not parameter.v_is_leaf or not parameter.v_is_parameter:
                raise TypeError(f"{name!r} is not a parameter")
            columns.append(parameter.f_get_range() if parameter.f_has_range() else [parameter.f_get()] * len(self))
        return (idx for idx, values in enumerate(zip(*columns, strict=True)) if predicate(*values))

    def f_get_from_runs(
        self,
        name: str,
        where: str = "results",
        use_indices: bool = False,
        fast_access: bool = False,
        backwards_search: bool = False,
        shortcuts: bool = True,
        max_depth: int | None = None,
        auto_load: bool = False,
    ) -> dict[str | int, Any]:
        """What is found under a name in each run: {run name or index: leaf or value}, only where there is something.

        where: results (r) or derived_parameters (d); ValueError for another. TypeError if runs have nothing there.
        """
        branch = _WHERE.get(where)
        if branch is None:
            raise ValueError(f"where must be results (r) or derived_parameters (d), got {where!r}")
        group = self._children.get(branch)
        runs = group._children.get(RUNS) if group is not None else None
        if runs is None and auto_load and self._service is not None and self._stored:
            self._service.attach(self)
            runs = self._children[branch]._children.get(RUNS) if branch in self._children else None
        if runs is None:
            raise TypeError(f"runs have no {branch}")
        if fast_access and (auto_load or self._auto_load) and max_depth is None and not self._changed(runs):
            column = self._fast_column(branch, name)
            if column is not None:
                return {i if use_indices else run_name(i): value for i, value in column}
        result: dict[str | int, Any] = {}
        for idx in range(len(self)):
            child = runs._children.get(run_name(idx))
            if child is None:
                continue
            try:
                found = child.f_get(name, fast_access, backwards_search, shortcuts, max_depth, auto_load)
            except NotUniqueNodeError:
                raise
            except AttributeError:
                continue
            result[idx if use_indices else run_name(idx)] = found
        return result

    def _changed(self, runs: Any) -> bool:
        """Whether groups of runs are in memory that may differ from the store."""
        return any(True for _ in runs._children.plain_items()) or bool(runs._children._removed)

    def _fast_column(self, branch: str, name: str) -> list[tuple[int, Any]] | None:
        from simcore.trajectory import labelled

        return labelled.values_of_runs(self._service, branch, name)
