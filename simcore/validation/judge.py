"""The workflow's `validate` step: judge runs of a trajectory by the tests of an experiment file.

A cell (model, test) is judged anew only if what it depends on changed: the values of the quantities and parameters that
the test asked for, the test with its source and parameters, or the observation. The cells of an earlier scores.json say
what that was.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.errors import ExperimentError
from simcore.validation.entries import Entry, parse_entries
from simcore.validation.models.trajectory import TrajectoryModel
from simcore.validation.scorefile import cell_of, known_cells, same_inputs, write_scores
from simcore.validation.selection import explored_by, explored_of, groups, label

if TYPE_CHECKING:
    import xarray as xr


def judge(quantities: str | os.PathLike | xr.Dataset, tests: Sequence[Mapping] | None,
          observations: str | os.PathLike | Mapping | None = None, out: str | os.PathLike | None = None, *,
          previous: str | os.PathLike | Mapping | None = None, points: Mapping[str, Any] | None = None, where: str = "",
          threads: int | None = None) -> dict:
    """Judge and write scores.json to `out` (whole or not at all); returns its content.

    quantities: store of `derive`, or the Dataset (run, population, …). tests: entries of the experiment file (see
    `entries`). observations: folder to look for them, or mapping {name: observation}. previous: earlier scores (file or
    content), by default those at `out`. points: {run id: Point or its dict}, from which tests know parameters that were not
    explored. where:
    the experiment file, for messages. Raises ExperimentError for entries that cannot be judged, before any is; a test
    that fails on a model gives an ErrorScore.
    """
    named = observations if isinstance(observations, Mapping) else None
    folders = () if named is not None or observations is None else (observations,)
    if where:
        folders = (*folders, Path(where).parent)
    entries = parse_entries(tests, folders=folders, observations=named, where=where)
    opened = None
    if isinstance(quantities, (str, os.PathLike)):
        from simcore.analysis.known import read_quantities  # xarray

        opened = quantities = read_quantities(quantities)
    try:
        cells = _cells(entries, quantities, points or {})
        earlier = known_cells(out if previous is None else previous)
        workers = threads or len(os.sched_getaffinity(0))
        if workers > 1 and len(cells) > 1:
            with ThreadPoolExecutor(workers) as pool:
                scores = list(pool.map(lambda cell: _judge(*cell, earlier), cells))
        else:
            scores = [_judge(*cell, earlier) for cell in cells]
    finally:
        if opened is not None:
            opened.close()
    return write_scores(scores, out, weights={str(entry.test): entry.weight for entry in entries})


def check_tests(experiment: Any, observations: str | os.PathLike | None = "params/observations") -> None:
    """Check the tests of an experiment before any of its runs is made; ExperimentError as `judge` would raise it."""
    where = experiment.source
    folders = tuple(filter(None, (observations, Path(where).parent if where else None)))
    explored = explored_by(experiment)
    for entry in parse_entries(experiment.tests, folders=folders, where=where):
        groups(explored, entry.at, len(experiment.points), where=entry.where)


def input_files(experiment: Any, observations: str | os.PathLike | None = "params/observations") -> list[Path]:
    """Files that scores of an experiment depend on, besides the quantities: observations, and sources of its tests."""
    from simcore.provenance.sources import closure

    folders = tuple(filter(None, (observations, Path(experiment.source).parent if experiment.source else None)))
    entries = parse_entries(experiment.tests, folders=folders, where=experiment.source)
    sources = {Path(inspect.getfile(type(entry.test))) for entry in entries}
    files = [file for source in sorted(sources) for file in closure(source)]
    return sorted({*files, *(Path(entry.observation_file) for entry in entries if entry.observation_file)})


def _cells(entries: Sequence[Entry], quantities: xr.Dataset, points: Mapping) -> list[tuple[TrajectoryModel, Entry]]:
    """Models for each entry, in the order of the file."""
    cells, seen, explored = [], set(), explored_of(quantities)
    for entry in entries:
        for place, runs in groups(explored, entry.at, quantities.sizes["run"], where=entry.where):
            model = TrajectoryModel(quantities, place, runs, name=label(place, explored))
            model._parameters = _parameters(points, model.run_ids)
            key = model.name, str(entry.test)
            if key in seen:
                raise ExperimentError(f"two tests named {key[1]!r} judge {key[0]}: give them different names",
                                      name="name", got=key[1], where=entry.where)
            seen.add(key)
            cells.append((model, entry))
    return cells


def _parameters(points: Mapping, run_ids: Sequence[str]) -> dict:
    """Parameters that all points of the runs have in common."""
    found = []
    for run_id in run_ids:
        point = points.get(run_id)
        if point is not None:
            point = point.to_dict() if hasattr(point, "to_dict") else point
            found.append(point.get("parameters", {}))
    return _common(found) if found else {}


def _common(mappings: Sequence[Mapping]) -> dict:
    first, *others = mappings
    shared = {}
    for key, value in first.items():
        if isinstance(value, Mapping) and all(isinstance(other.get(key), Mapping) for other in others):
            shared[key] = _common([value, *(other[key] for other in others)])
        elif all(key in other and other[key] == value for other in others):
            shared[key] = value
    return shared


def _judge(model: TrajectoryModel, entry: Entry, earlier: Mapping) -> dict:
    """The cell of a model and a test: the earlier one where its inputs are still the same, else judged."""
    known = earlier.get((model.name, str(entry.test)))
    if known is not None and same_inputs(known, model, entry):
        return {**known, "runs": model.run_ids, "observation_file": entry.observation_file,
                "fails_because": entry.fails_because}
    model.used.clear()
    score = entry.test.judge(model, stop_on_error=False)
    return cell_of(score, model, entry)
