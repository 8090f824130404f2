"""One zip with all of a study, from which a stranger can verify and re-run it: results, code, parameters, environment.

README.md, archive.json, manifest-sha256.txt, ro-crate-metadata.json, and the folders
- results/: trajectory, quantities, scores, report, tables, provenance
- code/: files of the commit that made the runs, with the changes that were recorded
- model/: the user's own model, if it is not in the project's repository
- parameters/: files that the points were made of, as they lay beside each other
- environment/: the lock, and what was recorded of it
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from simcore.errors import ProvenanceError, StoreError
from simcore.provenance import sources
from simcore.provenance.crate import write_crate
from simcore.provenance.environments import LOCK, surroundings
from simcore.provenance.inputs import take_inputs
from simcore.provenance.rerun import SOURCES_OF, How, recorded_tree
from simcore.provenance.subjects import runs_of_trajectory
from simcore.store.atomic import new_file
from simcore.store.members import refuse_hostile

VERSION = 1
MANIFEST = "manifest-sha256.txt"
RESULTS = ("trajectory.zarr", "quantities.zarr", "trajectory.json", "experiment.json", "runs.tsv", "scores.json",
           "provenance.json", "run_table.tsv", "report.html")
_DATE = (1980, 1, 1, 0, 0, 0)
_PACKED = (".zip", ".png", ".pdf")      # compressed already, as are chunks of zarr
_README = Path(__file__).with_name("archive_readme.md")


def write_archive(results: Path, out: Path, *, workflow: Path | None = None, how: How | None = None) -> dict:
    """Write the archive of a results folder that was traced; returns its archive.json.

    how: where the repository is, or the code. Raises StoreError if a part is missing, ProvenanceError if the runs name no
    commit, or the code cannot be had again; `exact` tells whether the code in it is, by the digest of its sources, the
    recorded one for all runs.
    """
    missing = [name for name in ("trajectory.zarr", "provenance.json") if not (results / name).exists()]
    if missing:
        raise StoreError(f"{results} has no {' and no '.join(missing)}: an archive is made of a study that was run and "
                         "traced", name=missing[0])
    runs = runs_of_trajectory(results / "trajectory.zarr")
    with tempfile.TemporaryDirectory(prefix="simcore-archive-") as made:
        folder = Path(made)
        _take_results(results, folder / "results")
        about = {"archive_version": VERSION, "experiment": results.name, "n_runs": len(runs),
                 **_take_code(list(runs.values()), folder, how or How(say=lambda _: None))}
        found = json.loads((results / "provenance.json").read_bytes())
        _describe(folder, about, found, workflow)
        _pack(folder, out)
    return about


def is_archive(path: Path) -> bool:
    """Whether this is an archive of a study (and not, say, a run store, which is a zip file as well)."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "archive.json" in archive.NameToInfo


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """A folder with the archive's files, each what the manifest says; gone at the end of the block.

    Raises StoreError for members that lead elsewhere, for files that are not what was packed, and for missing ones.
    """
    with tempfile.TemporaryDirectory(prefix="simcore-unpacked-") as made, zipfile.ZipFile(path) as archive:
        refuse_hostile(archive.filelist, str(path))
        try:
            archive.extractall(made)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            raise StoreError(f"{path} cannot be unpacked: {error}", got=str(path)) from error
        folder = Path(made).resolve()
        wrong = not_as_packed(folder)
        if wrong:
            raise StoreError(f"{path} is not what was packed: {'; '.join(wrong[:5])}", got=str(path))
        yield folder


def not_as_packed(folder: Path) -> list[str]:
    """What is wrong with the files of an unpacked archive, one line each."""
    try:
        listed = dict(reversed(line.split("  ", 1)) for line in (folder / MANIFEST).read_text().splitlines())
    except (OSError, ValueError) as error:
        return [f"its {MANIFEST} cannot be read: {error}"]
    files = {file.relative_to(folder).as_posix(): file for file in _files(folder)}
    found = [f"{name} {'is missing' if name in listed else 'is not in the manifest'}"
             for name in sorted({*files} ^ {*listed} ^ {MANIFEST})]
    return found + [f"{name} is not what was packed" for name, digest in listed.items()
                    if name in files and _sha256(files[name]) != digest]


def _take_results(results: Path, to: Path) -> None:
    to.mkdir(parents=True)
    for name in RESULTS:
        source = results / name
        if source.is_dir():
            shutil.copytree(source, to / name, symlinks=False)
        elif source.is_file():
            shutil.copyfile(source, to / name)


def _take_code(runs: list[Mapping], folder: Path, how: How) -> dict:
    """Files of the most common commit, the model, parameters and lock; what archive.json says about them."""
    digests = Counter(run["provenance"]["code"]["source_digest"] for run in runs)
    chosen = next(run for run in runs if run["provenance"]["code"]["source_digest"] == digests.most_common(1)[0][0])
    record = chosen["provenance"]
    project = record["code"]["project"]
    with recorded_tree(project, how) as tree:
        shutil.copytree(tree, folder / "code", ignore=shutil.ignore_patterns(".git", "__pycache__"), symlinks=True)
    _without_links(folder / "code")
    if project.get("diff"):
        (folder / "uncommitted.diff").write_text(project["diff"])
    _take_model(record, folder)
    (folder / "parameters").mkdir()
    take_inputs(record["inputs"], folder / "parameters", [Path()])
    _take_environment(record, folder)
    same = _sources_of(folder, record) == record["code"]["source_digest"]
    return {"commit": project["sha"], "dirty": project.get("dirty"), "source_digest": record["code"]["source_digest"],
            "model": record["code"]["model_name"], "lock_digest": record["environment"]["lock_digest"],
            "environment_digest": record["environment"]["digest"], "exact": same and len(digests) == 1}


def _without_links(folder: Path) -> None:
    """Links become copies if what they lead to is in the folder, and go if it is not: zip files of ours have none."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            target = path.resolve()
            path.unlink()
            if target.is_relative_to(folder.resolve()) and target.exists():
                (shutil.copytree if target.is_dir() else shutil.copyfile)(target, path)


def _take_model(record: Mapping, folder: Path) -> None:
    """Sources of a model that is not in the project's repository, as they are now (their digest is checked after)."""
    if record["code"]["model"] is None:
        return
    beside = [Path(path).parent for path in record["inputs"]]
    file = sources.model_file(record["code"]["model_name"], beside=beside)
    root = next((f for f in map(Path.resolve, beside) if file.is_relative_to(f)), file.parent)
    for source in sources.closure(file):
        if source.is_relative_to(root):
            to = folder / "model" / source.relative_to(root)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to)


def _take_environment(record: Mapping, folder: Path) -> None:
    to = folder / "environment"
    to.mkdir()
    (to / "environment.json").write_text(json.dumps(record["environment"], indent=1))
    if (folder / "code" / LOCK).is_file():
        shutil.copyfile(folder / "code" / LOCK, to / LOCK.name)


def _sources_of(folder: Path, record: Mapping) -> str:
    """Digest of the sources in the archive, told by the archive's own code."""
    beside = [*([folder / "model"] if (folder / "model").is_dir() else []),
              *(folder / "code" / Path(path).parent for path in record["inputs"] if not Path(path).is_absolute())]
    done = subprocess.run([sys.executable, "-c", SOURCES_OF, record["code"]["model_name"], *map(str, beside)],
                          cwd=folder / "code", text=True, capture_output=True, check=False,
                          env=surroundings(PYTHONPATH=str(folder / "code"), PYTHONDONTWRITEBYTECODE="1"))
    if done.returncode:
        raise ProvenanceError(f"the archived code cannot be used: {done.stderr.strip()[-500:]}", name="code")
    return done.stdout.split()[-1]


def _describe(folder: Path, about: Mapping, found: Mapping, workflow: Path | None) -> None:
    """README, archive.json, crate and manifest."""
    exact = "The code in it is, by the digest of its sources, the one that made all runs." if about["exact"] else (
        "The code in it is **not** that of all runs (uncommitted files, or several versions): they can be verified, but not "
        "all of them re-run exactly.")
    text = _README.read_text(encoding="utf-8")
    for name, value in {**about, "exact": exact, "python": found["common"].get("environment", {}).get("python", "3")}.items():
        text = text.replace(f"{{{name}}}", str(value))
    (folder / "README.md").write_text(text, encoding="utf-8")
    (folder / "archive.json").write_text(json.dumps(about, indent=1))
    write_crate(folder, found, workflow=workflow)
    lines = [f"{_sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in _files(folder)]
    (folder / MANIFEST).write_text("".join(lines))


def _pack(folder: Path, out: Path) -> None:
    """The files as a zip: same bytes for the same files."""
    with new_file(out) as stream, zipfile.ZipFile(stream, "w") as archive:
        for file in _files(folder):
            member = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _DATE)
            member.create_system, member.external_attr = 3, 0o644 << 16
            packed = file.suffix in _PACKED or (".zarr/" in member.filename and file.name != "zarr.json")
            member.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        refuse_hostile(archive.filelist, str(out))


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
