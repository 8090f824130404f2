"""The pipeline: expand, simulate, merge, derive, validate, trace, report, archive. The rules of Snakemake call these.

Each function is the order of things and nothing else; science is in the layers below. What is heavy is imported by
the station that needs it: Snakemake's own process calls `expand` and `staleness`, a simulating process `simulate`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from simcore.errors import ConfigurationError, ExperimentError, StoreError, nearest
from simcore.parameters.experiments import Experiment, load_experiment, load_model
from simcore.parameters.inputs import located
from simcore.parameters.loading import Loader
from simcore.parameters.points import Point

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from simcore.engine.recording import Recording
    from simcore.engine.simulation import Progress
    from simcore.validation.suitefile import Suite

SETTINGS = {                            # how to run, not what: given by --config, never part of a point
    "dirty": ("record", "refuse"),      # what to do if the code differs from its commit
    "launch": ("warm", "process"),      # a worker that stays, or a process for each run
    "user": (True, False),              # whether records hold the name of the user
}


AFTERWARDS = ("quantities", "tests", "report")         # entries of an experiment that no run depends on


def settings(overrides: Mapping | None = None) -> tuple[dict, dict]:
    """The settings among the overrides, complete and checked, and the overrides that are left."""
    left = dict(overrides or {})
    chosen = {name: left.pop(name, valid[0]) for name, valid in SETTINGS.items()}
    chosen["user"] = {"true": True, "false": False}.get(str(chosen["user"]).lower(), chosen["user"])    # text in Snakemake
    for name, value in chosen.items():
        if value not in SETTINGS[name]:
            raise ExperimentError(f"{name} must be one of {', '.join(map(str, SETTINGS[name]))}, got {value!r}"
                                  f"{nearest(str(value), map(str, SETTINGS[name]))}", name=name, got=value)
    return chosen, left


def expand(files: str | Path | Sequence[str | Path], overrides: Mapping | None = None, *,
           dirty: str = "record") -> Experiment:
    """The experiment of a file, checked as a whole: every point, quantity and test, before any job starts.

    files: the experiment file, and further ones whose entries replace its own. overrides: entries that replace those
    of the files; mappings are merged. Raises ExperimentError and its kin; ProvenanceError if dirty="refuse" and the
    code differs from its commit.
    """
    base, *further = [files] if isinstance(files, (str, Path)) else files
    experiment = load_experiment(base, _merged(*map(_overlay, further), overrides or {}))
    from simcore.report.sections import check_report
    from simcore.validation.judge import check_tests

    check_report(experiment)            # quantities as well
    check_tests(experiment, None)
    model = load_model(experiment.model, folders(experiment))
    script = not hasattr(model, "build") and hasattr(model, "main")
    if script and experiment.config.get("record") is not None:
        raise ConfigurationError(f"{experiment.model} is a script and says itself what it records: leave record out",
                                 name="record", where=experiment.source)
    if not hasattr(model, "build") and not script and experiment.ranks > 1:
        raise ConfigurationError(f"ranks must be 1 for {experiment.model}: a model with run(point) has no part that "
                                 f"could be shared, got {experiment.ranks}", name="ranks", where=experiment.source)
    if dirty == "refuse":
        from simcore.provenance import sources
        from simcore.provenance.git import refuse_dirty

        refuse_dirty(sources.PACKAGE, sources.model_file(experiment.model, beside=folders(experiment)))
    return experiment


def results_folder(experiment: Experiment) -> str:
    """results/<name>, below the working directory; StoreError with the cure if nothing can be written there."""
    folder = Path("results", experiment.name)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise StoreError(f"{there} is a file where the folder of results should be: move it away", name=str(folder))
    if not os.access(there, os.W_OK | os.X_OK):
        raise StoreError(f"{there.resolve()} cannot be written to: give yourself the right (chmod u+w), or work elsewhere "
                         "(snakemake --directory FOLDER)", name=str(folder))
    return folder.as_posix()


def folders(experiment: Experiment) -> tuple[Path, ...]:
    """Where a model's module is looked for before sys.path: beside the experiment file."""
    return (Path(experiment.source).resolve().parent,) if experiment.source else ()


def observations(experiment: Experiment) -> list[str]:
    """Files of the observations that its tests compare with."""
    return sorted({entry.observation_file for entry in _tests(experiment) if entry.observation_file})


def staleness(experiment: Experiment) -> dict[str, str]:
    """For each station the digest of all sources that can change what it makes: it is stale when this changes.

    Comments, docstrings and layout do not count. The digest of `simulate` covers the layers below it and the model.
    """
    from simcore.analysis.requests import parse_requests
    from simcore.provenance import sources

    modules = {request.quantity.function.__module__ for request in parse_requests(experiment.quantities)}
    tests = {type(entry.test).__module__ for entry in _tests(experiment)}
    analysis = _sources("analysis", *map(sources.model_file, sorted(modules)))
    return {
        "merge": _digest(_sources("trajectory/merge.py", "store")),
        "derive": _digest(analysis),
        "validate": _digest(_sources("validation", *analysis, *map(sources.model_file, sorted(tests)))),
        "trace": _digest(_sources("provenance", "store")),
        "report": _digest(_sources("report")),
        "simulate": sources.source_digest(experiment.model, beside=folders(experiment)),
    }


def digest(value: object) -> str:
    """Digest (16 hex digits) of anything that json can hold: what rules carry in place of long values."""
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).hexdigest()


def fingerprint(experiment: Experiment) -> str:
    """Digest of an experiment with its points, of which the run id is one already."""
    return digest([dataclasses.replace(experiment, points={}).to_dict(), list(experiment.points)])


def mpiexec() -> str:
    """The launcher of the MPI that belongs to this environment."""
    own = Path(sys.executable).with_name("mpiexec")
    return str(own) if own.is_file() else "mpiexec"


def about_runs(experiment: Experiment) -> Experiment:
    """The experiment without what no run depends on: that may change, and neither a run nor the merging is stale."""
    config = {key: value for key, value in experiment.config.items() if key not in (*AFTERWARDS, "ranks")}
    return dataclasses.replace(experiment, config=config, ranks=1, quantities=None, tests=(), report={})


def write_experiment(experiment: Experiment, out: str | Path, table: str | Path) -> None:
    """Write all points of an experiment with what is asked of them (json), and the table of runs (tsv)."""
    from simcore.store.atomic import write_bytes

    write_bytes(out, json.dumps(experiment.to_dict(), indent=1).encode())
    names = [axis.name for axis in experiment.axes]
    rows = [["run", "run_id", *names]]
    rows += [[f"run_{i:08d}", run_id, *(str(point.explored.get(name, "")) for name in names)]
             for i, (run_id, point) in enumerate(experiment.points.items())]
    write_bytes(table, "".join("\t".join(row) + "\n" for row in rows).encode())


def read_experiment(path: str | Path) -> Experiment:
    """The experiment that was written by `write_experiment`."""
    return Experiment.from_dict(json.loads(Path(path).read_bytes()))


def simulate(point: Point, out: str | Path, *, comm: Intracomm | None = None, progress: Progress | None = None,
             beside: Sequence[Path] = (), inputs: Iterable[Path] = (), command: Sequence[str] | None = None,
             user: bool = True) -> dict[str, str] | None:
    """Simulate one point and write its store; the digests of its arrays on rank 0, None on the others.

    beside: folders where the model is found before sys.path. inputs: files that the point was made of. command: how the
    process was started, if not by its own arguments.
    """
    from simcore.engine.spill import spilling
    from simcore.provenance.record import Start, collect

    start = Start()
    with spilling(Path(out).parent):
        recording = _run_model(point, comm, progress, beside)
    cpu_s, memory = _costs(start, comm)
    if recording is None:
        return None
    from simcore.store.writer import write_run

    record = collect(point, start, beside=beside, inputs=inputs, statistics=recording.statistics,
                     ranks=comm.size if comm else 1, cpu_s=cpu_s, peak_memory_mb=memory, command=command, user=user)
    return write_run(out, recording, point, record)


def merge(experiment: Experiment, runs: Iterable[str | Path], out: str | Path, *, on: str | None = None) -> None:
    """Merge the stores of all runs, in the order of the points, into the trajectory `out`; on: a dask cluster."""
    from simcore.trajectory.merge import merge as merge_runs

    paths = dict(zip(experiment.points, runs, strict=True))
    merge_runs(paths, experiment.points, out, about_runs(experiment), on=on)


def derive(experiment: Experiment, trajectory: str | Path, out: str | Path, *, threads: int | None = None,
           on: str | None = None) -> None:
    """Derive the quantities that the experiment asks for; those known and fresh are kept. on: a dask cluster."""
    from simcore.analysis.derivation import derive as derive_quantities

    derive_quantities(trajectory, out, experiment.quantities, threads=threads, on=on,
                      where=f"{experiment.source}: quantities")


def validate(experiment: Experiment, quantities: str | Path, out: str | Path, *, threads: int | None = None) -> None:
    """Judge the runs by the tests of the experiment; cells whose inputs are the same are kept."""
    from simcore.validation.judge import judge

    judge(quantities, experiment.tests, None, out, points=experiment.points, where=experiment.source, threads=threads)


def trace(results: str | Path, *, workflow: str | Path | None = None) -> None:
    """Account for all runs of a study: provenance.json, run_table.tsv and an RO-Crate in its results folder."""
    from simcore.provenance.trace import trace as trace_runs

    trace_runs(results, workflow=Path(workflow) if workflow else None)


def archive(results: str | Path, out: str | Path, *, workflow: str | Path | None = None) -> None:
    """Pack a traced study into one zip, from which a stranger can verify it and run it again."""
    from simcore.provenance.archive import write_archive

    made = write_archive(Path(results), Path(out), workflow=Path(workflow) if workflow else None)
    if not made["exact"]:
        print("The code in the archive is not that of all runs (uncommitted files, or several versions): they can be "
              "verified, but not all of them run again exactly. Commit, and run the study again.", file=sys.stderr)


def article(experiment: Experiment, text: str | Path, trajectory: str | Path, quantities: str | Path, scores: str | Path,
            provenance: str | Path, out: str | Path) -> None:
    """Write an article whose numbers and figures are taken from the results by name."""
    from simcore.report.article import write_article

    write_article(text, trajectory, quantities, scores, provenance, experiment, out)


def report(experiment: Experiment, trajectory: str | Path, quantities: str | Path, scores: str | Path,
           provenance: str | Path, out: str | Path) -> None:
    """Write the page that shows all of it."""
    from simcore.report.html import write_report

    write_report(trajectory, quantities, scores, provenance, experiment, out)


def suite_staleness(suite: Suite) -> str:
    """Digest of the sources that can change the scores of a suite's own tests, or its page."""
    from simcore.provenance import sources
    from simcore.validation.suitefile import entries_of

    tests = {type(entry.test).__module__ for entry in entries_of(suite)}
    return _digest(_sources("validation", "report", *map(sources.model_file, sorted(tests))))


def judge_suite(suite: Suite, scores: str | Path, page: str | Path, *, threads: int | None = None) -> None:
    """Judge a suite of experiments that have been judged, and write all scores and the page that shows them."""
    from simcore.report.suite import read_part, write_suite_report
    from simcore.validation import suitefile

    content = suitefile.judge_suite(suite, scores, threads=threads)
    parts = [read_part(study.label, study.experiment.name, study.experiment.description, str(study.file), study.results)
             for study in suite.studies]
    about = {"name": suite.name, "description": suite.description, "source": suite.source}
    write_suite_report(content, parts, about, page)


def _run_model(point: Point, comm: Intracomm | None, progress: Progress | None,
               beside: Sequence[Path]) -> Recording | None:
    """What the point's model leaves behind: build(parameters, seed) is a network, run(point) gives values by name,
    main(parameters) is a PyNN script.
    """
    model = load_model(point.model, beside)
    point = dataclasses.replace(point, parameters=located(point.parameters, getattr(model, "PARAMETERS", {}), beside))
    if hasattr(model, "build"):
        from simcore.network.network import Network

        network = model.build(point.parameters, point.seed)
        if not isinstance(network, Network):            # detailed cells, whose engine takes 0.04 s to import
            from simcore.engine.detailed import run_detailed

            return run_detailed(network, duration=point.duration, dt=point.dt, record=point.record, comm=comm,
                                progress=progress)
        from simcore.engine.simulation import run_network

        return run_network(network, duration=point.duration, dt=point.dt, seed=point.seed, trial=point.trial,
                           record=point.record, comm=comm, progress=progress)
    if hasattr(model, "main"):          # by name: nothing here depends on a face that the script does not use
        return importlib.import_module("simcore.api.pynn.points").run_script(model, point, comm)
    return _run_function(model, point)


def _run_function(model: ModuleType, point: Point) -> Recording:
    import numpy as np

    from simcore.engine.recording import Recording

    values = model.run(point)
    if not isinstance(values, Mapping):
        raise ConfigurationError(f"{point.model}.run must return a mapping of names to numbers or arrays, "
                                 f"got {type(values).__name__}", name="model", got=values)
    results = {str(name): np.asarray(value) for name, value in values.items()}
    return Recording(point.dt, point.duration, (), None, (), results)


def _tests(experiment: Experiment) -> Sequence:
    from simcore.validation.entries import parse_entries

    return parse_entries(experiment.tests, folders=folders(experiment), where=experiment.source)


def _merged(*layers: Mapping) -> dict:
    """Mappings put over one another; those within are merged alike."""
    result: dict = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            both = isinstance(below, Mapping) and isinstance(value, Mapping)
            result[key] = _merged(below, value) if both else value
    return result


def _overlay(path: str | Path) -> Mapping:
    """Entries of a further experiment file."""
    content, location = Loader().load_plain(str(path))
    if not isinstance(content, Mapping):
        raise ExperimentError(f"a file must hold a mapping of entries, got {type(content).__name__}", where=location)
    return content


def _sources(*names: str | Path) -> list[Path]:
    """Source files of packages and modules of simcore (or elsewhere), and all they import with an effect on values."""
    from simcore.provenance import sources

    files: list[Path] = []
    for path in (sources.PACKAGE / name for name in names):
        files += [path] if path.is_file() else [p for p in path.rglob("*") if p.suffix not in (".pyc", "")]
    return [*sources.closure(*(f for f in files if f.suffix == ".py")), *(f for f in files if f.suffix != ".py")]


def _digest(files: Iterable[Path]) -> str:
    from simcore.provenance import sources

    return digest([[file.name, sources.file_digest(file)] for file in sorted(set(files))])


def _costs(start: object, comm: Intracomm | None) -> tuple[float | None, float | None]:
    """CPU time of all ranks together [s] and memory of the largest [MB]; None of a single process, which knows."""
    if comm is None or comm.size == 1:
        return None, None
    import resource
    import time

    costs = comm.gather((time.process_time() - start.cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3))
    return (sum(c for c, _ in costs), max(m for _, m in costs)) if costs else (None, None)
