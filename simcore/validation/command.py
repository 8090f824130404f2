"""python -m simcore.validation: judge runs, check the tests of an experiment file, run a suite, look at scores."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from simcore.errors import ConfigurationError, SimcoreError

EXAMPLES = """
examples
  python -m simcore.validation check params/brunel.yaml
  python -m simcore.validation check params/suites/canonical.yaml
  python -m simcore.validation judge params/brunel.yaml --out scores.json
  mpiexec -n 8 python -m simcore.validation judge params/brunel.yaml --part auto      (or srun; then judge, for the whole)
  python -m simcore.validation run my_suites --html scores.html     a module with `models` and `suites` (or `tests`)
  python -m simcore.validation show results/brunel/scores.json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status: 1 for an error, 2 if a test failed and --strict was given."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.action(arguments)
    except SimcoreError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


def check(arguments: argparse.Namespace) -> int:
    """Check the tests of an experiment or suite file: classes, parameters, observations, and that their points exist."""
    from simcore.parameters.experiments import load_experiment
    from simcore.validation.judge import check_tests
    from simcore.validation.suitefile import is_suite, load_suite

    if is_suite(arguments.file):
        suite = load_suite(arguments.file)
        theirs = sum(len(study.experiment.tests) for study in suite.studies)
        own = sum(len(study.tests) for study in suite.studies)
        print(f"{suite.name}: {theirs} tests of {len(suite.studies)} experiments and {own} of the suite can be judged")
        return 0
    experiment = load_experiment(arguments.file)
    check_tests(experiment, arguments.observations)
    print(f"{experiment.name}: {len(experiment.tests)} tests can be judged")
    return 0


def judge(arguments: argparse.Namespace) -> int:
    """Judge the runs of an experiment from its derived quantities."""
    from simcore.parameters.experiments import load_experiment
    from simcore.validation import parts
    from simcore.validation.judge import judge as judge_runs
    from simcore.validation.scorefile import read_scores

    experiment = load_experiment(arguments.file)
    folder = Path("results", experiment.name)
    out = arguments.out or folder / "scores.json"
    content = judge_runs(arguments.quantities or folder / "quantities.zarr", experiment.tests,
                         arguments.observations, out, points=experiment.points, where=experiment.source,
                         threads=arguments.cores, part=parts.part_of(arguments.part) if arguments.part else None)
    if arguments.part:
        return 0
    print(read_scores(content).to_markdown(show_mean=True))
    found = content["summary"]
    print(f"\n{found['passed']} passed, {found['failed']} failed, {found['errors']} errors: {out}")
    return 2 if arguments.strict and (found["failed"] or found["errors"]) else 0


def run(arguments: argparse.Namespace) -> int:
    """Judge the `models` of a module by its `suites` (or one suite of its `tests`)."""
    from simcore.validation.suites import TestSuite

    sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(arguments.module.removesuffix(".py").replace("/", "."))
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"there is no module {arguments.module!r}: {error}", name=arguments.module) from error
    models, suites = getattr(module, "models", None), getattr(module, "suites", None)
    if suites is None and getattr(module, "tests", None):
        suites = [TestSuite(module.tests, name=arguments.module)]
    if not models or not suites:
        raise ConfigurationError(f"the module {arguments.module!r} must define `models`, and `suites` or `tests`",
                                 name=arguments.module)
    pages = []
    for suite in suites if isinstance(suites, (list, tuple)) else [suites]:
        matrix = suite.judge(models, stop_on_error=False)
        print(f"{suite}\n{matrix.to_markdown(show_mean=True)}\n")
        pages.append(f"<h2>{suite}</h2>{matrix.to_html(show_mean=True)}")
    if arguments.html:
        arguments.html.write_text(f"<!doctype html><meta charset='utf-8'><title>Scores</title>{''.join(pages)}",
                                  encoding="utf-8")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print a score file as a table, and each score with its description."""
    from simcore.validation.scorefile import read_scores

    matrix = read_scores(arguments.path)
    print(matrix.to_markdown(show_mean=True))
    for model, test, score in matrix:
        if getattr(score, "recorded", None):
            source = score.recorded["observation_source"]
            print(f"\n{test} · {model}: {score}\n  {score.describe()}\n  source: {source}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simcore.validation", description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for action in (check, judge, run, show):
        made = commands.add_parser(action.__name__, help=action.__doc__.splitlines()[0], description=action.__doc__)
        made.set_defaults(action=action)
        if action in (check, judge):
            made.add_argument("file", type=Path, help="experiment file")
            made.add_argument("--observations", type=Path, default=Path("params/observations"))
        if action is judge:
            made.add_argument("--quantities", type=Path, help="quantities.zarr; by default that of results/")
            made.add_argument("--out", type=Path, help="scores.json; by default that of results/")
            made.add_argument("--cores", type=int, help="cores that may be used; by default all")
            made.add_argument("--part", metavar="i/n", help="judge the i-th of n parts, auto: as MPI or SLURM number this "
                              "process; `judge` without it then puts the parts together")
            made.add_argument("--strict", action="store_true", help="exit status 2 if a test failed")
        if action is run:
            made.add_argument("module", help="dotted name of a module, or file, in the current folder or on sys.path")
            made.add_argument("--html", type=Path, help="write the tables as a page")
        if action is show:
            made.add_argument("path", type=Path)
    return parser
