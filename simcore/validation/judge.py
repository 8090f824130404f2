"""The workflow's `validate` step: judge runs of a trajectory by the tests of an experiment file.

A cell (model, test) is judged anew only if what it depends on changed: the values of the quantities and parameters that
the test asked for, the test with its source and parameters, or the observation. The cells of an earlier scores.json say
what that was.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.errors import ExperimentError
from simcore.validation.entries import Entry, parse_entries
from simcore.validation.models.trajectory import TrajectoryModel
from simcore.validation.parts import Request, judge_all, part_file, part_files
from simcore.validation.scorefile import cell_of, known_cells, same_inputs, write_scores
from simcore.validation.selection import explored_by, explored_of, groups, label

if TYPE_CHECKING:
    import xarray as xr


def judge(quantities: str | os.PathLike | xr.Dataset, tests: Sequence[Mapping] | None,
          observations: str | os.PathLike | Mapping | None = None, out: str | os.PathLike | None = None, *,
          previous: str | os.PathLike | Mapping | None = None, points: Mapping[str, Any] | None = None, where: str = "",
          threads: int | None = None, part: tuple[int, int] | None = None) -> dict:
    """Judge and write scores.json to `out` (whole or not at all); returns its content.

    quantities: store of `derive`, or the Dataset (run, population, …). tests: entries of the experiment file (see
    `entries`). observations: folder to look for them, or mapping {name: observation}. previous: earlier scores (file or
    content), by default those at `out`. points: {run id: Point or its dict}, from which tests know parameters that were not
    explored. where: the experiment file, for messages. threads: cores that may be used (see `parts`), by default all. part:
    (i, n): judge every n-th cell that is to be judged, from the i-th, and write them beside `out`; whoever judges all then
    takes them from there. Raises ExperimentError for entries that cannot be judged, before any is; a test
    that fails on a model gives an ErrorScore.
    """
    request = Request(quantities, tests, observations, _plain(points or {}), _order(points or {}), where)
    with _opened(quantities) as dataset:
        entries = _entries(request)
        cells = _cells(entries, dataset, request)
        earlier = _earlier(out if previous is None else previous, with_parts=part is None)
        scores = {number: known for number, cell in enumerate(cells) if (known := _known(*cell, earlier)) is not None}
        anew = [number for number in range(len(cells)) if number not in scores]
        if part is not None:
            anew = anew[part[0] - 1::part[1]]
        workers = threads or len(os.sched_getaffinity(0))
        scores |= zip(anew, judge_all(anew, lambda i: _judged(*cells[i]), request, workers), strict=True)
    weights = {str(entry.test): entry.weight for entry in entries}
    if part is not None:
        return write_scores([scores[i] for i in anew], out and part_file(out, *part), weights=weights)
    content = write_scores([scores[number] for number in range(len(cells))], out, weights=weights)
    for file in part_files(out):
        file.unlink()
    return content


def judged_cells(request: Request, numbers: Sequence[int]) -> list[dict]:
    """The cells of these numbers in the list that a request makes, judged: what another process is asked for."""
    with _opened(request.quantities) as dataset:
        cells = _cells(_entries(request), dataset, request)
        return [_judged(*cells[number]) for number in numbers]


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


def _cells(entries: Sequence[Entry], quantities: xr.Dataset, request: Request) -> list[tuple[TrajectoryModel, Entry]]:
    """Models for each entry, in the order of the file."""
    cells, seen, explored = [], set(), explored_of(quantities, request.order)
    for entry in entries:
        for place, runs in groups(explored, entry.at, quantities.sizes["run"], where=entry.where):
            model = TrajectoryModel(quantities, place, runs, name=label(place, explored))
            model._parameters = _parameters(request.points, model.run_ids)
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
        if run_id in points:
            found.append(points[run_id].get("parameters", {}))
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


def _known(model: TrajectoryModel, entry: Entry, earlier: Mapping) -> dict | None:
    """The earlier cell of a model and a test, if its inputs are still the same."""
    known = earlier.get((model.name, str(entry.test)))
    if known is None or not same_inputs(known, model, entry):
        return None
    return {**known, "runs": model.run_ids, "observation_file": entry.observation_file,
            "fails_because": entry.fails_because}


def _judged(model: TrajectoryModel, entry: Entry) -> dict:
    """The cell of a model and a test."""
    model.used.clear()
    score = entry.test.judge(model, stop_on_error=False)
    return cell_of(score, model, entry)


def _earlier(source: str | os.PathLike | Mapping | None, *, with_parts: bool) -> dict[tuple[str, str], dict]:
    """Cells of an earlier file, and of parts that lie beside it (which a part must not look at: they come and go)."""
    parts = part_files(source) if with_parts and not isinstance(source, Mapping) else []
    return {key: cell for file in (source, *parts) for key, cell in known_cells(file).items()}


def _entries(request: Request) -> list[Entry]:
    named = request.observations if isinstance(request.observations, Mapping) else None
    folders = () if named is not None or request.observations is None else (request.observations,)
    if request.where:
        folders = (*folders, Path(request.where).parent)
    return parse_entries(request.tests, folders=folders, observations=named, where=request.where)


@contextmanager
def _opened(quantities: str | os.PathLike | xr.Dataset) -> Iterator[xr.Dataset]:
    """The Dataset; one that was opened here is closed again."""
    if not isinstance(quantities, (str, os.PathLike)):
        yield quantities
        return
    from simcore.analysis.known import read_quantities  # xarray

    with read_quantities(quantities) as dataset:
        yield dataset


def _order(points: Mapping) -> tuple[str, ...]:
    """Explored parameters in the order of the experiment."""
    return tuple(next((point.explored for point in points.values() if hasattr(point, "explored")), ()))


def _plain(points: Mapping) -> dict[str, dict]:
    """Points as mappings."""
    return {run_id: point.to_dict() if hasattr(point, "to_dict") else point for run_id, point in points.items()}
