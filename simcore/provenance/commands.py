"""The commands that ask where numbers come from: show, diff, verify, rerun."""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from simcore.errors import ProvenanceError
from simcore.provenance.archive import is_archive, unpacked
from simcore.provenance.comparing import SECTIONS, Difference, compare
from simcore.provenance.environments import CHOICES
from simcore.provenance.rerun import How, prepared, remake, state, unlike
from simcore.provenance.subjects import Subject, subject
from simcore.provenance.telling import account, lines
from simcore.provenance.verify import verify as wrong_in
from simcore.provenance.watching import watched

SHOW = """
Where does this come from? Prints what the thing is, which runs it was made of, their point (parameters), code (commit
and uncommitted changes), environment, command and inputs, and the command that makes them again.

PATH is a run store, a trajectory.zarr, a quantities.zarr, a scores.json, a folder of results or an archive. A name
behind a colon picks one variable, or one run by the beginning of its id:

  python -m simcore show results/brunel/quantities.zarr:mean_rate
  python -m simcore show results/brunel/scores.json:AI
  python -m simcore show results/brunel/trajectory.zarr:3f9a1c
"""
DIFF = """
What differs between two runs, or two trajectories? Tells parameters, code (commit, uncommitted changes, digests of the
sources layer by layer), environment, inputs, data; trajectories are compared run by run. Status: 0 nothing differs,
1 something does, 2 it could not be found out.

  python -m simcore diff results/brunel/trajectory.zarr:3f9a1c results/brunel/trajectory.zarr:77be02
  python -m simcore diff old/trajectory.zarr results/brunel/trajectory.zarr
"""
VERIFY = """
Are these the bytes that were written? Every array is read and its digest compared with the one that was written with
it; a folder of results or an archive is checked file by file too. Status: 0 yes, 1 no, 2 it could not be found out.

With --rerun each run is made again and the bits are compared: its commit is checked out into a worktree of its own
(your files and branches stay as they are) with the recorded changes, its environment is rebuilt from the lock of that
commit (kept, and reused for equal locks), the digest of the sources is compared, the point is run. This executes
recorded code: do it with stores of people you trust.

  python -m simcore verify results/brunel/trajectory.zarr
  python -m simcore verify results/brunel/runs/3f9a1c07d2aa.zarr.zip --rerun
  python -m simcore verify results/brunel --rerun --sample 5
  python -m simcore verify brunel.zip --rerun --environment here      an archive, without a network
"""
_DIGEST = re.compile(r"[0-9a-f]{40,64}")
_MOST = 24                              # differences told of one section
RERUN = """
Make a run again from its record: its commit, its environment, its point; see `verify --help`. Writes the stores into
the folder of --out (default: rerun/), and says whether the bits are the same. Status: 0 they are, 1 they are not, 2 it
could not be done.

  python -m simcore rerun results/brunel/trajectory.zarr:3f9a1c --out again/
"""


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands to a parser."""
    made = _command(commands, show, "where does this come from?", SHOW)
    made.add_argument("path", metavar="PATH[:NAME]")
    made.add_argument("--all", action="store_true", help="with the whole record of each run, as JSON")
    made.add_argument("--json", action="store_true", help="the account as JSON")
    made = _command(commands, diff, "what differs between two runs or trajectories?", DIFF)
    made.add_argument("a", metavar="A[:RUN]")
    made.add_argument("b", metavar="B[:RUN]")
    made.add_argument("--only", action="append", choices=SECTIONS, help="compare only this; may be repeated")
    made.add_argument("--json", action="store_true", help="the differences as JSON")
    made = _command(commands, verify, "are these the bytes that were written? do the runs come out again?", VERIFY)
    made.add_argument("paths", metavar="PATH[:RUN]", nargs="+")
    made.add_argument("--rerun", action="store_true", help="make the runs again and compare the bits")
    _takes_how(made)
    made = _command(commands, rerun, "make runs again from their record", RERUN)
    made.add_argument("path", metavar="PATH[:RUN]")
    made.add_argument("--out", type=Path, default=Path("rerun"), help="folder for the stores (default: rerun/)")
    _takes_how(made)


def show(arguments: argparse.Namespace) -> int:
    """Print where a file or a variable comes from."""
    with _opened(arguments.path) as found:
        told = account(found)
        print(json.dumps(told, indent=1, ensure_ascii=False) if arguments.json else "\n".join(lines(told)))
        if arguments.all:
            print(json.dumps({run_id: run.get("provenance") for run_id, run in found.runs.items()}, indent=1))
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """Print in what two runs or trajectories differ; 1 if they do."""
    with _opened(arguments.a) as a, _opened(arguments.b) as b:
        found = compare(a, b)
    chosen = [d for d in found.differences if not arguments.only or d.section in arguments.only]
    if arguments.json:
        print(json.dumps([vars(d) for d in chosen], indent=1))
        return 1 if chosen else 0
    for section, differences in groupby(chosen, lambda d: d.section):
        print(section)
        told = list(map(_line, differences))
        print("\n".join(told[:_MOST]))
        if len(told) > _MOST:
            print(f"  … and {len(told) - _MOST} more (--json lists all)")
    print("; ".join(found.said))
    return 1 if chosen else 0


def verify(arguments: argparse.Namespace) -> int:
    """Compare arrays and files with their digests, and with --rerun the runs with what comes out again; 1 if unlike."""
    wrong = 0
    for text in arguments.paths:
        with _located(text) as path:
            whole = Path(path) if Path(path).exists() else subject(path).path
            found = wrong_in(whole, watch=watched)
            print("\n".join(found) or f"{text}: every array is what was written")
            wrong += len(found)
            if arguments.rerun and not found:
                with tempfile.TemporaryDirectory(prefix="simcore-rerun-") as folder:
                    wrong += _again(path, arguments, Path(folder))
    return 1 if wrong else 0


def rerun(arguments: argparse.Namespace) -> int:
    """Make runs again and keep their stores; 1 if the bits are not the same."""
    with _located(arguments.path) as path:
        wrong = _again(path, arguments, arguments.out)
    print(f"stores are in {arguments.out}/")
    return 1 if wrong else 0


def _again(path: str, arguments: argparse.Namespace, out: Path) -> int:
    """Make the runs of a subject again, those of one code together; how many arrays came out otherwise."""
    runs = _sampled(subject(path), arguments.sample)
    how = How(repository=arguments.repository, code=arguments.code or _code_of_archive(path), model=arguments.model,
              environment=arguments.environment, anyway=arguments.anyway)
    out.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    for _, same in groupby(sorted(runs, key=state), state):
        attrs = list(same)
        with prepared(attrs[0], how) as ready:
            for run in watched(attrs, "runs made again"):
                wrong += unlike(run, remake(run, ready, out / f"{run['run_id']}.zarr.zip"))
    print("\n".join(wrong) or f"{len(runs)} of {len(runs)} runs came out again, bit for bit the same")
    return len(wrong)


def _sampled(found: Subject, n: int | None) -> list:
    runs = list(found.runs.values())
    if found.kind == "exploration":
        raise ProvenanceError(f"{found.path} was explored in Python: check out the commit that `show` names and start its "
                              "program again; only runs of experiment files can be made again from here",
                              name=str(found.path))
    if not runs:
        raise ProvenanceError(f"{found.path} does not know its runs: name the trajectory", name=str(found.path))
    if n is None or n >= len(runs):
        return runs
    if n < 1:
        raise ProvenanceError(f"--sample must be at least 1, got {n}", name="sample", got=n)
    return [runs[i * len(runs) // n] for i in range(n)]


@contextmanager
def _located(text: str) -> Iterator[str]:
    """The path itself; of an archive, the results folder in it, unpacked as long as the block lasts."""
    path, _, name = text.rpartition(":")
    path, name = (text, "") if Path(text).exists() or not path else (path, name)
    if not is_archive(Path(path)):
        yield text
        return
    with unpacked(Path(path)) as folder:
        results = folder / "results"
        yield f"{results / 'trajectory.zarr'}:{name}" if name else str(results)


@contextmanager
def _opened(text: str) -> Iterator[Subject]:
    with _located(text) as path:
        yield subject(path)


def _code_of_archive(path: str) -> Path | None:
    """The code of the archive that a path lies in, if it lies in one that was unpacked."""
    place = Path(path if Path(path).exists() else path.rpartition(":")[0]).resolve()
    root = next((folder for folder in list(place.parents)[:3] if (folder / "archive.json").is_file()), None)
    return root / "code" if root and (root / "code" / "simcore").is_dir() else None


def _line(found: Difference) -> str:
    note = f"   ({found.note})" if found.note else ""
    return f"  {found.name}: {_short(found.a)} -> {_short(found.b)}{note}"


def _short(value: object) -> str:
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    text = text[:12] if _DIGEST.fullmatch(text) else text
    return text if len(text) <= 64 else f"{text[:61]}…"


def _command(commands: argparse._SubParsersAction, action, text: str, more: str) -> argparse.ArgumentParser:  # noqa: ANN001
    made = commands.add_parser(action.__name__, help=text, description=more,
                               formatter_class=argparse.RawDescriptionHelpFormatter)
    made.set_defaults(action=action, trouble=2)
    return made


def _takes_how(made: argparse.ArgumentParser) -> None:
    made.add_argument("--sample", type=int, metavar="N", help="only N of the runs, evenly spread")
    made.add_argument("--repository", type=Path, metavar="FOLDER", help="of the git repository that has the commit")
    made.add_argument("--code", type=Path, metavar="FOLDER", help="with the files of the commit, instead of git")
    made.add_argument("--model", type=Path, metavar="FOLDER", help="of your own model, if it is elsewhere")
    made.add_argument("--environment", choices=CHOICES, default="auto",
                      help="here: this one; lock: rebuilt from envs/constraints.txt of the commit; auto (default): this "
                           "one if it is the recorded one, else rebuilt")
    made.add_argument("--anyway", action="store_true", help="also if the sources are not the recorded ones")
