"""Make a run again from its record alone: its commit in a worktree, its environment, its point; are the bits the same?

The proof that the code is the recorded one is the digest of its sources, taken in the tree before anything runs. So a
record of uncommitted changes is made again if its diff was kept whole, and refused if it was not.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from simcore.errors import ProvenanceError
from simcore.provenance import sources
from simcore.provenance.environments import interpreter, surroundings
from simcore.provenance.git import DIFF_BYTES, worktree
from simcore.provenance.inputs import take_inputs
from simcore.provenance.record import file_digest
from simcore.store.reader import read_attrs

SOURCES_OF = ("import sys; from pathlib import Path; from simcore.provenance.sources import source_digest as d; "
              "print('sources', d(sys.argv[1], beside=[Path(p) for p in sys.argv[2:]]))")
_METADATA = "from setuptools import setup; setup()"
_MODEL = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class How:
    """How runs are made again.

    repository: a folder of the repository that has the commit (None: that of the working directory, else of simcore).
    code: a folder with the files of the commit, instead of git. model: the folder or repository of the user's own model,
    if it is elsewhere. environment: one of environments.CHOICES. anyway: also if the sources are not the recorded ones.
    """

    repository: Path | None = None
    code: Path | None = None
    model: Path | None = None
    environment: str = "auto"
    anyway: bool = False
    say: Callable[[str], None] = print


@dataclass(frozen=True)
class Prepared:
    """Files and Python that a run is made again with, and where its model is looked for before sys.path."""

    tree: Path
    python: Path
    beside: tuple[Path, ...]

    def command(self, *arguments: str) -> list[str]:
        """A command line of its Python."""
        return [str(self.python), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Start its Python with the tree's packages in front, and wait for it."""
        return subprocess.run(self.command(*arguments), cwd=self.tree, text=True, capture_output=True, check=False,
                              env=surroundings(PYTHONPATH=str(self.tree), PYTHONDONTWRITEBYTECODE="1"))


@contextmanager
def prepared(attrs: Mapping, how: How) -> Iterator[Prepared]:
    """Files of the recorded commit and a Python for them, checked; for all runs with the same `state`.

    attrs: root attributes of a run. Raises ProvenanceError that says why the run cannot be made again exactly.
    """
    record = attrs["provenance"]
    with ExitStack() as stack:
        tree = stack.enter_context(recorded_tree(record["code"]["project"], how))
        taken = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simcore-inputs-")))
        beside = (*stack.enter_context(_beside(record, tree, how)), *_inputs(record, taken, how))
        python = interpreter(record, tree, choice=how.environment, say=how.say)
        ready = Prepared(tree, python, beside)
        _give_metadata(ready)
        _check(record, ready, how)
        yield ready


def state(attrs: Mapping) -> str:
    """What `prepared` depends on: runs with the same text can share it."""
    code, environment = attrs["provenance"]["code"], attrs["provenance"]["environment"]
    return json.dumps([code, environment["digest"], attrs["provenance"]["inputs"]], sort_keys=True)


def remake(attrs: Mapping, ready: Prepared, out: Path) -> dict[str, str]:
    """Make a run again into the store `out`; {array: digest} of what came out. ProvenanceError if it failed."""
    with tempfile.TemporaryDirectory(prefix="simcore-point-") as folder:
        point = Path(folder, "point.json")
        point.write_text(json.dumps(attrs["point"]))
        done = ready.run("-m", "simcore", "point", str(point), "--out", str(out.resolve()), "--beside",
                         os.pathsep.join(map(str, ready.beside)), "--title", "made again")
    if done.returncode:
        raise ProvenanceError(f"run {attrs['run_id']} failed when it was made again:\n{_last(done)}", name=attrs["run_id"])
    return dict(read_attrs(out)["digests"])


def unlike(attrs: Mapping, digests: Mapping[str, str]) -> list[str]:
    """Arrays that did not come out with the recorded bits, one line each."""
    recorded = attrs["digests"]
    return [f"run {attrs['run_id']}: {name} "
            + (f"came out with digest {digests[name][:12]}, was {recorded[name][:12]}" if name in digests and name in recorded
               else "is new" if name in digests else "did not come out")
            for name in sorted({*digests, *recorded}) if digests.get(name) != recorded.get(name)]


@contextmanager
def recorded_tree(project: Mapping, how: How) -> Iterator[Path]:
    """Files of the commit of a record, with its uncommitted changes, or the folder that is given instead."""
    if how.code:
        if not (how.code / "simcore").is_dir():
            raise ProvenanceError(f"{how.code} has no folder simcore: --code takes the files of the recorded commit",
                                  name="code", got=str(how.code))
        yield how.code.resolve()
        return
    if project["sha"] is None:
        raise ProvenanceError(f"the record has no commit ({project['reason']}), so the code cannot be had again exactly; "
                              "with the files at hand, give their folder with --code", name="sha")
    repository = how.repository or _repository()
    with worktree(repository, project["sha"], _diff(project)) as tree:
        _take_untracked(project, repository, tree)
        how.say(f"code: commit {project['sha']}{' with the recorded changes' if project['dirty'] else ''}")
        yield tree


def _take_untracked(project: Mapping, repository: Path, tree: Path) -> None:
    """Python files that git did not know when the run was made, if they are still there with the recorded digest."""
    root = _top(repository)
    for name, digest in project.get("untracked", {}).items():
        file, to = root / name, tree / name
        inside = not Path(name).is_absolute() and ".." not in Path(name).parts
        if inside and name.endswith(".py") and digest and file.is_file() and not file.is_symlink() \
                and file_digest(file) == digest:
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(file.read_bytes())


def _repository() -> Path:
    """That of the working directory if it is one of simcore, else that of the package."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "simcore" / "__init__.py").is_file()),
                sources.PACKAGE)


def _diff(project: Mapping) -> str:
    """The recorded diff; ProvenanceError if only its beginning was kept."""
    if project.get("diff_bytes", 0) > DIFF_BYTES:
        raise ProvenanceError(f"the run was made with uncommitted changes whose diff, {project['diff_bytes']:,} bytes, was "
                              f"cut at {DIFF_BYTES:,} in the record (dirty): it cannot be remade exactly; commit, run again, "
                              "or give a folder with the files with --code", name="diff")
    return project.get("diff", "")


@contextmanager
def _beside(record: Mapping, tree: Path, how: How) -> Iterator[list[Path]]:
    """Where a model of the user's is looked for: beside the experiment file, in the commit that was recorded."""
    root = _top(how.code or how.repository or _repository())
    folders = [Path(path).parent for path in record["inputs"]]
    if record["code"]["model_name"].startswith("simcore."):     # there are the files that parameters name
        yield [folder for folder in _inside(folders, root, tree) if folder != tree]
        return
    own = record["code"]["model"]
    if own is None:
        yield _inside(folders, root, tree)
        return
    archived = how.code.resolve().parent / "model" if how.code else None
    place = how.model or (archived if archived and archived.is_dir() else next(filter(Path.is_dir, folders), None))
    if own["sha"] is None or how.code:
        yield [place.resolve()] if place else []
        return
    if place is None or not (_top(place) / ".git").exists():
        raise ProvenanceError(f"the model {record['code']['model_name']} is of another repository ({own.get('remote')}): "
                              "give a clone of it with --model", name="model")
    with worktree(place, own["sha"], _diff(own)) as other:
        yield [other, *_inside([place.resolve()], _top(place), other)]


def _inputs(record: Mapping, to: Path, how: How) -> list[Path]:
    """Folders with the files that parameters name, such as morphologies: git need not know them."""
    archived = [how.code.resolve().parent / "parameters"] if how.code else []
    return take_inputs(record["inputs"], to, [*archived, _top(how.code or how.repository or _repository()), Path()])


def _inside(folders: list[Path], root: Path, tree: Path) -> list[Path]:
    """The same folders in another tree."""
    relative = [folder.resolve().relative_to(root) if folder.is_absolute() and folder.resolve().is_relative_to(root)
                else folder for folder in folders]
    inside = ((tree / folder).resolve() for folder in dict.fromkeys(relative))
    return [folder for folder in inside if folder.is_dir() and folder.is_relative_to(tree.resolve())] or [tree]


def _top(folder: Path) -> Path:
    resolved = folder.resolve()
    return next((f for f in (resolved, *resolved.parents) if (f / ".git").exists()), resolved)


def _give_metadata(ready: Prepared) -> None:
    """An environment made of a lock has no simcore; the record of a run names its version."""
    if ready.run("-c", "import importlib.metadata as m; m.version('simcore')").returncode:
        done = ready.run("-c", _METADATA, "-q", "egg_info")
        if done.returncode:
            raise ProvenanceError(f"the version of the tree cannot be told: {_last(done)}", name="version")


def _check(record: Mapping, ready: Prepared, how: How) -> None:
    """That the sources in the tree are those that made the run."""
    model = record["code"]["model_name"]
    if not _MODEL.fullmatch(model):
        raise ProvenanceError(f"the record names the model {model!r}, which is no name of a module", name="model", got=model)
    done = ready.run("-c", SOURCES_OF, model, *map(str, ready.beside))
    if done.returncode:
        raise ProvenanceError(f"the recorded code cannot be used: {_last(done)}", name="code")
    digest, recorded = done.stdout.split()[-1], record["code"]["source_digest"]
    if digest == recorded:
        how.say(f"sources: {digest[:12]}, the recorded ones")
    elif how.anyway:
        how.say(f"sources: {digest[:12]}, NOT the recorded ones ({recorded[:12]})")
    else:
        n = record["code"]["project"].get("n_untracked", 0)
        why = f"the run was made with {n} untracked files, of which only digests were kept (dirty); " if n else ""
        raise ProvenanceError(f"the sources have the digest {digest[:12]}, but the run was made of {recorded[:12]}: {why}it "
                              "cannot be remade exactly (--anyway tries nevertheless)", name="source_digest", got=digest)


def _last(done: subprocess.CompletedProcess) -> str:
    return "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
