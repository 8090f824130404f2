"""Suites of studies: the scores of several experiments in one matrix, and tests that judge all of them.

A suite file (params/suites/*.yaml) has the keys `name`, `description`, `experiments` (label: experiment file, relative to
the suite file) and `tests`. An entry of `tests` is one of an experiment file, with the further key `of`: the labels of
the experiments that it judges, by default all. The tests of the experiment files themselves are not judged
again: their scores are taken over.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.errors import ExperimentError, StoreError, nearest
from simcore.parameters.experiments import Experiment, load_experiment
from simcore.validation.canonical import digest
from simcore.validation.entries import Entry, parse_entries
from simcore.validation.judge import judge
from simcore.validation.scorefile import LAYOUT, write_scores
from simcore.validation.selection import explored_by, groups

KEYS = ("name", "description", "experiments", "tests")


@dataclass(frozen=True)
class Study:
    """An experiment of a suite: what it is called there, its file, and the entries of the suite that judge it."""

    label: str
    file: Path
    experiment: Experiment
    tests: tuple[Mapping, ...] = ()

    @property
    def results(self) -> Path:
        """Folder of its results."""
        return Path("results", self.experiment.name)


@dataclass(frozen=True)
class Suite:
    """A suite file that was read and checked."""

    name: str
    description: str
    studies: tuple[Study, ...]
    source: str

    @property
    def results(self) -> Path:
        """Folder of its results."""
        return Path("results", "suites", self.name)


def load_suite(path: str | os.PathLike, overrides: Mapping | None = None) -> Suite:
    """The suite of a file, with all its experiments; overrides: entries that replace those of the experiments.

    Raises ExperimentError for what cannot be judged, before anything is run: an unknown key or label, a test, an
    observation, or a point that there is not.
    """
    import yaml

    where = str(_from_here(Path(path)))         # a suite is the same wherever its folder lies
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise ExperimentError(f"the suite cannot be read: {error}", where=where) from error
    _check_keys(content, where)
    files = {str(label): (Path(path).parent / file) for label, file in content["experiments"].items()}
    experiments = {label: load_experiment(_from_here(file), overrides or {}) for label, file in files.items()}
    names = [experiment.name for experiment in experiments.values()]
    if len(set(names)) < len(names):
        raise ExperimentError(f"the experiments of a suite must have different names, got {', '.join(names)}",
                              name="experiments", where=where)
    tests = _own_tests(content.get("tests") or [], experiments, where)
    studies = tuple(Study(label, _from_here(files[label]), experiment, tuple(tests[label]))
                    for label, experiment in experiments.items())
    return Suite(str(content["name"]), str(content.get("description", "")), studies, where)


def is_suite(path: str | os.PathLike) -> bool:
    """Whether a file is a suite, by its key `experiments`; a file that cannot be read is none."""
    import yaml

    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, UnicodeDecodeError):
        return False
    return isinstance(content, Mapping) and "experiments" in content


def observation_files(suite: Suite) -> list[str]:
    """Files of the observations that the suite's own tests compare with."""
    return sorted({entry.observation_file for entry in entries_of(suite) if entry.observation_file})


def entries_of(suite: Suite) -> list[Entry]:
    """The entries of the suite itself, for each experiment that they judge."""
    return [entry for study in suite.studies
            for entry in parse_entries(study.tests, folders=_folders(suite.source), where=suite.source)]


def digest_of(suite: Suite) -> str:
    """Digest of what the suite's scores depend on, besides those of its experiments: its entries, and their sources."""
    entries = [(entry.digest, entry.at, entry.weight, entry.fails_because) for entry in entries_of(suite)]
    studies = [(study.label, study.experiment.name, len(study.tests)) for study in suite.studies]
    return digest([suite.name, suite.description, studies, entries])


def judge_suite(suite: Suite, out: str | os.PathLike | None = None, *, threads: int | None = None) -> dict:
    """Judge the suite's own tests, put all scores together, and write them to `out`; returns the content.

    Models are named "label: point". Cells have two keys more than those of an experiment: `study`, the label, and
    `experiment`, its name. Own cells of an earlier file at `out` are kept where nothing that they depend on changed.
    """
    earlier = _own_cells(out)
    cells: list[dict] = []
    weights: dict[str, float] = {}
    for study in suite.studies:
        theirs = _read(study.results / "scores.json")
        weights |= dict(zip(theirs["matrix"]["tests"], theirs["matrix"]["weights"], strict=True))
        cells += [_labelled(cell, study) for cell in theirs["scores"]]
        if study.tests:
            own = judge(study.results / "quantities.zarr", study.tests, _folders(suite.source)[1],
                        previous=earlier.get(study.label, {}), points=study.experiment.points, where=suite.source,
                        threads=threads)
            weights |= dict(zip(own["matrix"]["tests"], own["matrix"]["weights"], strict=True))
            cells += [{**_labelled(cell, study), "of_suite": True} for cell in own["scores"]]
    _check_columns(cells, suite.source)
    return write_scores(cells, out, weights=weights)


def _check_keys(content: Any, where: str) -> None:
    if not isinstance(content, Mapping):
        raise ExperimentError(f"a suite must be a mapping of {', '.join(KEYS)}, got {content!r}", where=where)
    for key in content:
        if key not in KEYS:
            raise ExperimentError(f"a suite has no entry {key!r}{nearest(str(key), KEYS)}", name=str(key), valid=KEYS,
                                  where=where)
    for key in ("name", "experiments"):
        if not content.get(key):
            raise ExperimentError(f"a suite must have {key!r}", name=key, where=where)
    if not re.fullmatch(r"\w[\w.-]*", str(content["name"])):
        raise ExperimentError(f"name must be the name of a folder: letters, digits, _ . -, got {content['name']!r}",
                              name="name", got=content["name"], where=where)
    files = content["experiments"]
    if not isinstance(files, Mapping) or not all(isinstance(file, str) for file in files.values()):
        raise ExperimentError(f"experiments must be a mapping of labels to experiment files, got {files!r}",
                              name="experiments", where=where)


def _own_tests(tests: Any, experiments: Mapping[str, Experiment], where: str) -> dict[str, list[Mapping]]:
    """The entries of the suite for each experiment, without `of`, checked against its points."""
    of = [test.get("of", list(experiments)) if isinstance(test, Mapping) else [] for test in tests]
    own = [{key: value for key, value in test.items() if key != "of"} if isinstance(test, Mapping) else test
           for test in tests] if isinstance(tests, list) else tests
    found: dict[str, list[Mapping]] = {label: [] for label in experiments}
    for i, entry in enumerate(parse_entries(own, folders=_folders(where), where=where)):
        for label in [of[i]] if isinstance(of[i], str) else of[i]:
            if label not in experiments:
                raise ExperimentError(f"of: the suite has no experiment {label!r}{nearest(str(label), experiments)}",
                                      name="of", got=label, valid=list(experiments), where=entry.where)
            points = experiments[label].points
            groups(explored_by(experiments[label]), entry.at, len(points), where=f"{entry.where} ({label})")
            found[label].append(own[i])
    return found


def _folders(where: str) -> tuple[Path, ...]:
    """Where observations are looked for: beside the suite file, and beside its folder."""
    return Path(where).parent, Path(where).parent.parent


def _from_here(file: Path) -> Path:
    """The path without "..", relative to the working directory where it lies below it."""
    whole, here = Path(os.path.normpath(file.absolute())), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


def _labelled(cell: Mapping, study: Study) -> dict:
    model = study.label if cell["model"] == "all runs" else f"{study.label}: {cell['model']}"
    return {**cell, "model": model, "study": study.label, "experiment": study.experiment.name}


def _own_cells(out: str | os.PathLike | None) -> dict[str, dict]:
    """Content of an earlier file's own cells for each label, with the names that models have in their experiments."""
    try:
        content = _read(Path(out)) if out is not None else {"scores": []}
    except StoreError:
        return {}
    found: dict[str, dict] = {}
    for cell in content["scores"]:
        if cell.get("of_suite"):
            label = cell["study"]
            model = "all runs" if cell["model"] == label else cell["model"].removeprefix(f"{label}: ")
            found.setdefault(label, {"layout": LAYOUT, "scores": []})["scores"].append({**cell, "model": model})
    return found


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"scores {path} cannot be read: {error}; make them first: snakemake --configfile <its experiment "
                         "file>", name=str(path)) from error
    if content.get("layout") != LAYOUT:
        raise StoreError(f"scores {path} have the layout {content.get('layout')!r}; this version reads {LAYOUT}",
                         name=str(path), got=content.get("layout"), valid=LAYOUT)
    return content


def _check_columns(cells: Iterable[Mapping], where: str) -> None:
    """A column of the matrix must be one test: two of one name and different classes would be compared."""
    seen: dict[str, str] = {}
    for cell in cells:
        if seen.setdefault(cell["test"], cell["class"]) != cell["class"]:
            raise ExperimentError(
                f"two tests of the suite are named {cell['test']!r}: {seen[cell['test']]} and {cell['class']}; give them "
                "different names", name="name", got=cell["test"], where=where)
