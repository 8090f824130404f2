"""python -m simcore: run one point, check an experiment file, ask where results come from.

Under MPI this is what mpiexec starts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simcore import steps
from simcore.engine import ranks
from simcore.errors import ConfigurationError, ExperimentError, SimcoreError, nearest
from simcore.logs import Progress, logged
from simcore.parameters.experiments import Experiment
from simcore.parameters.points import Point
from simcore.provenance import commands as commands_of_provenance
from simcore.units import to_canonical

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

EXAMPLES = """
examples
  python -m simcore check params/brunel.yaml                   is it right? which points does it have?
  python -m simcore check params/brunel.yaml --set parameters.g=5 --set trials=1
  python -m simcore run params/minimal.yaml g=5 trial=0        one run, with a bar that moves
  python -m simcore run results/brunel/experiment.json 3f9a1c  again, from what is kept with the results
  mpiexec -n 2 python -m simcore run params/brunel.yaml 3f9a1c --ranks 2
  python -m simcore show results/brunel/quantities.zarr:mean_rate      where does this come from?
  python -m simcore diff A.zarr.zip B.zarr.zip                 why are these two runs not the same?
  python -m simcore verify results/brunel                      are these the bytes that were written?
  python -m simcore verify results/brunel --rerun --sample 3   do three of its runs come out again?
  python -m simcore export RUN.zarr.zip --sonata FOLDER        spikes and traces for other tools

The whole study, point by point and in parallel:  snakemake --cores 2 --configfile params/brunel.yaml
"""


@dataclass(frozen=True)
class Job:
    """A point, its store, where its model is looked for, what files it was made of, what of it is explored."""

    point: Point
    out: Path
    beside: tuple[Path, ...]
    inputs: tuple[Path, ...]
    explored: str


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.action(arguments)
    except SimcoreError as error:
        message = f"{type(error).__name__}: {error}\n"
        if (comm := ranks.running()) is not None:
            ranks.end_all(f"rank {comm.rank}: {message}")
        sys.stderr.write(message)
        return getattr(arguments, "trouble", 1)
    except BrokenPipeError:             # … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def run(arguments: argparse.Namespace) -> int:
    """Simulate one point of an experiment and write its store."""
    def chosen() -> Job:
        experiment = _experiment(arguments.file, arguments.set)
        point = _chosen(experiment, arguments.run)
        out = arguments.out or Path("results", experiment.name, "runs", f"{point.run_id}.zarr.zip")
        explored = ", ".join(f"{name} = {value}" for name, value in point.explored.items())
        return Job(point, out, steps.folders(experiment), tuple(map(Path, experiment.files)), explored)

    return _simulate(chosen, arguments)


def point(arguments: argparse.Namespace) -> int:
    """Simulate a point that is given itself, as JSON; what the workflow starts for a run on several ranks."""
    def given() -> Job:
        text = arguments.point if arguments.point.startswith("{") else Path(arguments.point).read_text(encoding="utf-8")
        point = Point.from_dict(json.loads(text))
        beside, inputs = (tuple(map(Path, filter(None, paths.split(os.pathsep))))
                          for paths in (arguments.beside, arguments.inputs))
        return Job(point, arguments.out or Path(f"{point.run_id}.zarr.zip"), beside, inputs, arguments.title)

    return _simulate(given, arguments)


def check(arguments: argparse.Namespace) -> int:
    """Say whether an experiment file is right, and list its points."""
    experiment = _experiment(arguments.file, arguments.set)
    axes = [axis.name for axis in experiment.axes]
    print(f"{experiment.name}: {len(experiment.points)} runs of {experiment.model}")
    for axis in experiment.axes:
        values = ", ".join(map(str, axis.values[:12])) + (", …" if len(axis.values) > 12 else "")
        print(f"  {axis.name}{f' [{axis.units}]' if axis.units else ''}: {values}")
    print("\t".join(["run_id", *axes]))
    for run_id, point in experiment.points.items():
        print("\t".join([run_id, *(str(point.explored.get(name, "")) for name in axes)]))
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write the spikes and traces of a run as SONATA files."""
    from simcore.store.sonata import export_run  # HDF5

    for file in export_run(arguments.store, arguments.sonata):
        print(file)
    return 0


def _simulate(job: Callable[[], Job], arguments: argparse.Namespace) -> int:
    """Simulate on all ranks what the first one finds."""
    comm = _world(arguments.ranks)
    first = comm is None or comm.rank == 0
    found = job() if first else None
    found = comm.bcast(found) if comm else found
    title = f"run {found.point.run_id}{f' ({found.explored})' if found.explored else ''}"
    with logged(arguments.log if first else None, title=title):
        progress = Progress(title=found.point.run_id) if first else None
        steps.simulate(found.point, found.out, comm=comm, progress=progress, beside=found.beside, inputs=found.inputs,
                       user=arguments.user == "yes")
        if progress:
            progress.close()
            print(f"{title}: {found.out}")
    return 0


def _experiment(file: Path, assignments: Sequence[str]) -> Experiment:
    """The experiment of a file of params/, or of one that was kept with results."""
    if file.suffix == ".json" and not assignments and file.is_file():
        content = json.loads(file.read_bytes())
        if "points" in content:
            return steps.read_experiment(file)
    return steps.expand(file, _overrides(assignments))


def _overrides(assignments: Sequence[str]) -> dict:
    """{"a": {"b": value}} of ["a.b=value"]."""
    import yaml

    overrides: dict = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name:
            raise ExperimentError(f"--set takes name=value, got {assignment!r}", name=name, got=assignment)
        *groups, last = name.split(".")
        inner = overrides
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = yaml.safe_load(text)
    return overrides


def _chosen(experiment: Experiment, which: Sequence[str]) -> Point:
    """The one point with this beginning of a run id, or these explored values."""
    units = {axis.name: axis.units for axis in experiment.axes}
    found = list(experiment.points.values())
    for text in which:
        name, equals, value = text.partition("=")
        if equals and name not in units:
            raise ExperimentError(f"no parameter {name!r} is explored{nearest(name, units)}", name=name)
        found = [point for point in found
                 if (_equal(point.explored.get(name), value, units[name]) if equals else point.run_id.startswith(text))]
    if len(found) != 1:
        few = "; ".join(f"{p.run_id} ({', '.join(f'{k}={v}' for k, v in p.explored.items())})" for p in found[:4])
        hint = f": {few}{' …' if len(found) > 4 else ''}" if found else "; `python -m simcore check FILE` lists them"
        raise ExperimentError(f"{' '.join(which) or 'this file'} must name one run, but {len(found)} of "
                              f"{len(experiment.points)} are so{hint}", got=list(which))
    return found[0]


def _equal(value: object, text: str, units: str) -> bool:
    try:
        return value == to_canonical(text, units)
    except SimcoreError:
        return str(value) == text


def _world(expected: int) -> Intracomm | None:
    """The communicator of all ranks, None for a process alone; ConfigurationError if it has not as many as expected."""
    if expected == 1 and not ranks.launched():
        return None                     # MPI_Init takes 50 ms, and fails below a plain srun
    world = ranks.world()
    if world.size != expected:
        raise ConfigurationError(f"{expected} ranks were asked for (--ranks), but the world has {world.size}: "
                                 f"start it with `mpiexec -n {expected}` of the environment's own MPI", name="ranks",
                                 got=expected)
    return world if expected > 1 else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simcore", description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(action, text: str) -> argparse.ArgumentParser:  # noqa: ANN001
        made = commands.add_parser(action.__name__, help=text, description=text)
        made.set_defaults(action=action)
        return made

    def takes_experiment(made: argparse.ArgumentParser) -> None:
        made.add_argument("file", type=Path, help="experiment file, or experiment.json of a results folder")
        made.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                          help="replace an entry, such as parameters.g=5 or duration='2 s'; may be repeated")

    def simulates(made: argparse.ArgumentParser) -> None:
        made.add_argument("--out", type=Path, help="the store to write")
        made.add_argument("--log", type=Path, help="file that all output goes to")
        made.add_argument("--ranks", type=int, default=1, help="how many MPI ranks this must run on (checked)")
        made.add_argument("--user", choices=("yes", "no"), default="yes", help="record the name of the user?")

    made = command(run, "simulate one point of an experiment and write its store")
    takes_experiment(made)
    made.add_argument("run", nargs="*", help="beginning of a run id, or explored values (g=5 trial=0)")
    simulates(made)
    made = command(point, "simulate a point given as JSON")
    made.add_argument("point", help="the point as JSON, or a file of it (the attribute `point` of a run store)")
    made.add_argument("--title", default="", help="what to call it in logs, besides its run id")
    made.add_argument("--beside", default="", help="folders to look for its model in before sys.path")
    made.add_argument("--inputs", default="", help="files that it was made of, for the record")
    simulates(made)
    takes_experiment(command(check, "check an experiment file and list its points"))
    made = command(export, "write the spikes and traces of a run as SONATA files")
    made.add_argument("store", type=Path, help="store of a run (….zarr.zip)")
    made.add_argument("--sonata", type=Path, required=True, metavar="FOLDER", help="folder for spikes.h5 and reports")
    commands_of_provenance.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
