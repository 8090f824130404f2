"""Runs are made again from their record: commit, recorded changes, environment, point; or it is said why they cannot be."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from simcore.errors import ProvenanceError
from simcore.provenance import environments
from simcore.provenance.git import DIFF_BYTES
from simcore.store.reader import read_attrs
from tests.workflow.project import Project

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def repo(tmp_path_factory):
    """A copy of the project under git, with a run of its one commit."""
    made = Project(tmp_path_factory.mktemp("repo"))
    made.write(".gitignore", "results/\n__pycache__/\n*.zip\n")
    git(made, "init", "-q", "-b", "main")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "all")
    made.simcore("run", "steps.yaml", "height=2", "--out", "clean.zarr.zip")
    return made


def git(project, *arguments):
    done = subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=project.folder, check=True,
                          capture_output=True, text=True)
    return done.stdout.strip()


def rerun(project, *arguments, status=0):
    """Status and text of `python -m simcore …` in the project's folder."""
    command, environment = project.command()
    done = subprocess.run([command[0], "-m", "simcore", *map(str, arguments)], cwd=project.folder, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode == status and "Traceback" not in done.stdout, done.stdout
    return done.stdout


def test_a_run_comes_out_again_whatever_happened_to_the_files_since(repo):
    """The commit is checked out elsewhere: files, branch and worktrees of the repository stay as they are."""
    text = (repo.folder / "step.py").read_text()
    repo.edit("step.py", "np.full(point.parameters[\"n\"], height)", "np.zeros(3)")
    said = rerun(repo, "verify", "clean.zarr.zip", "--rerun")
    assert "every array is what was written" in said and "1 of 1 runs came out again, bit for bit the same" in said
    assert f"commit {git(repo, 'rev-parse', 'HEAD')}" in said
    assert len(git(repo, "worktree", "list").splitlines()) == 1 and "np.zeros(3)" in (repo.folder / "step.py").read_text()
    repo.write("step.py", text)


def test_rerun_keeps_the_store_and_it_has_the_bits(repo, tmp_path):
    said = rerun(repo, "rerun", "clean.zarr.zip", "--out", tmp_path / "again")
    (store,) = (tmp_path / "again").iterdir()
    assert read_attrs(store)["digests"] == read_attrs(repo.folder / "clean.zarr.zip")["digests"] and "stores are in" in said
    assert "the arrays are the same" in rerun(repo, "diff", "--only", "data", repo.folder / "clean.zarr.zip", store)


def test_uncommitted_changes_that_were_kept_are_applied(repo):
    """Tracked files by the recorded diff, untracked sources if they are still what they were."""
    text = (repo.folder / "step.py").read_text()
    repo.write("extra.py", "FACTOR = 3\n")
    repo.write("step.py", text.replace("import numpy as np", "import numpy as np\nfrom extra import FACTOR").replace(
        "height)}", "FACTOR * height)}"))
    repo.simcore("run", "steps.yaml", "height=2", "--out", "dirty.zarr.zip")
    repo.write("step.py", text)
    assert "with the recorded changes" in rerun(repo, "verify", "dirty.zarr.zip", "--rerun")
    repo.write("extra.py", "FACTOR = 4\n")
    said = rerun(repo, "verify", "dirty.zarr.zip", "--rerun", status=2)
    assert "cannot be remade exactly" in said and "1 untracked files, of which only digests were kept" in said
    (repo.folder / "extra.py").unlink()
    said = rerun(repo, "verify", "clean.zarr.zip", "dirty.zarr.zip")
    assert said.count("every array is what was written") == 2


CELL = """\
name: cell
model: simcore.experiments.cable_fi
duration: 5 ms
dt: 0.05 ms
parameters: {morphology: cells/ball.swc, current: 0.4}
"""


def test_a_morphology_that_git_does_not_know_is_taken_if_it_is_what_was_read(repo, tmp_path):
    """Beside an experiment file in the repository, and in a folder elsewhere."""
    for number, folder in enumerate((repo.folder / "mine", tmp_path)):
        swc = folder / "cells" / "ball.swc"
        swc.parent.mkdir(parents=True)
        swc.write_text("1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 108 0 0 1 2\n")
        (folder / "cell.yaml").write_text(CELL)
        store = f"cell{number}.zarr.zip"
        repo.simcore("run", folder / "cell.yaml", "--out", store)
        assert "1 of 1 runs came out again, bit for bit the same" in rerun(repo, "verify", store, "--rerun")
        swc.write_text(swc.read_text().replace("108", "109"))
        assert "the run needs cells/ball.swc with the digest" in rerun(repo, "verify", store, "--rerun", status=2)
    shutil.rmtree(repo.folder / "mine")


def test_a_diff_that_was_cut_is_said_so(repo):
    text = (repo.folder / "step.py").read_text()
    repo.write("step.py", text + "#" + "\n#".join(f"{i:030}" for i in range(DIFF_BYTES // 30)) + "\n")
    repo.simcore("run", "steps.yaml", "height=2", "--out", "long.zarr.zip")
    repo.write("step.py", text)
    said = rerun(repo, "rerun", "long.zarr.zip", status=2)
    assert "was cut at 65,536 in the record (dirty): it cannot be remade exactly" in said


def test_a_commit_that_is_not_here_is_named_with_what_to_do(repo, tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path / "empty"], check=True)
    said = rerun(repo, "rerun", "clean.zarr.zip", "--repository", tmp_path / "empty", status=2)
    assert "has no commit" in said and "git fetch" in said and "--repository" in said
    said = rerun(repo, "rerun", "clean.zarr.zip", "--repository", tmp_path, status=2)
    assert "is in no git repository" in said


def test_without_git_it_is_said_and_the_files_can_be_given(repo, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    said = rerun(repo, "rerun", "clean.zarr.zip", status=2)
    assert "git is not installed" in said and "--code" in said
    said = rerun(repo, "rerun", "clean.zarr.zip", "--code", ".", "--out", tmp_path / "again")
    assert "1 of 1 runs came out again" in said


def test_a_record_without_a_commit_is_said_so(repo, tmp_path):
    other = Project(tmp_path)
    other.simcore("run", "steps.yaml", "height=2", "--out", "alone.zarr.zip")
    assert "the record has no commit (no git repository)" in rerun(repo, "rerun", tmp_path / "alone.zarr.zip", status=2)


def test_other_sources_are_refused_and_with_anyway_the_bits_that_differ_are_told(repo, tmp_path):
    other = Project(tmp_path)
    other.edit("step.py", "height)}", "-height)}")
    said = rerun(repo, "verify", "clean.zarr.zip", "--rerun", "--code", tmp_path, status=2)
    assert "but the run was made of" in said
    said = rerun(repo, "verify", "clean.zarr.zip", "--rerun", "--code", tmp_path, "--anyway", status=1)
    assert "results/response came out with digest" in said and "NOT the recorded ones" in said


def test_a_run_that_fails_when_it_is_made_again_is_told_with_its_message(repo):
    (repo.folder / "when_2").write_text("")
    repo.write(".gitignore", "results/\n__pycache__/\n*.zip\n")
    git(repo, "add", "when_2")
    git(repo, "commit", "-qm", "a file")
    repo.simcore("run", "steps.yaml", "height=2", "--out", "later.zarr.zip")
    other = repo.folder / "copy"
    git(repo, "worktree", "add", "-q", str(other))
    (other / "when_2").write_text("raise")
    said = rerun(repo, "rerun", "later.zarr.zip", "--code", other, status=2)
    assert "failed when it was made again" in said and "a step of 2 mV is too high" in said
    git(repo, "worktree", "remove", "--force", str(other))


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """A lock of no packages, and a cache of its own."""
    monkeypatch.setattr(environments, "cache_folder", lambda: tmp_path / "cache" / "sources")
    path = tmp_path / "constraints.txt"
    path.write_text("# nothing\n")
    return path


def test_an_environment_is_made_of_its_lock_once_and_reused(lock):
    import hashlib
    import platform

    digest, said = hashlib.blake2b(lock.read_bytes(), digest_size=32).hexdigest(), []
    first = environments.locked(lock, digest, platform.python_version(), say=said.append)
    assert subprocess.run([first, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
                          ).stdout.strip() == str(first.parents[1])
    assert environments.locked(lock, digest, platform.python_version(), say=said.append) == first
    assert "making" in said[0] and "made of this lock before" in said[1] and len(said) == 2


def test_an_environment_that_cannot_be_made_says_why(lock, tmp_path):
    with pytest.raises(ProvenanceError, match=r"has the digest .* cannot be rebuilt exactly"):
        environments.locked(lock, "0" * 64, "3.11.0")
    with pytest.raises(ProvenanceError, match=r"no envs/constraints\.txt"):
        environments.locked(tmp_path / "none", None, "3.11.0")
    with pytest.raises(ProvenanceError, match=r"no python3\.99 here"):
        environments.locked(lock, None, "3.99.1")


def test_a_lock_that_cannot_be_installed_leaves_nothing(lock, tmp_path, monkeypatch):
    import platform

    def run(command, **_):
        failed = "pip" in command
        Path(command[-1] if not failed else command[0]).parent.mkdir(parents=True, exist_ok=True)
        return SimpleNamespace(returncode=int(failed), stderr="no such package")

    monkeypatch.setattr(environments.subprocess, "run", run)
    with pytest.raises(ProvenanceError, match=r"could not be rebuilt[\s\S]*--environment here[\s\S]*no such package"):
        environments.locked(lock, None, platform.python_version())
    assert not list((tmp_path / "cache").rglob("*-py3*"))


@pytest.fixture(scope="module")
def elsewhere(repo, tmp_path_factory):
    """A model and its study in a repository of their own, with a run."""
    folder = tmp_path_factory.mktemp("mine")
    made = SimpleNamespace(folder=folder, command=repo.command)
    for name in ("step.py", "steps.yaml"):
        (folder / name).write_bytes((repo.folder / name).read_bytes())
    git(made, "init", "-q")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "mine")
    rerun(made, "run", "steps.yaml", "height=3", "--out", "mine.zarr.zip")
    return made


def test_a_model_in_another_repository_comes_from_the_commit_of_that_one(repo, elsewhere):
    text = (elsewhere.folder / "step.py").read_text()
    (elsewhere.folder / "step.py").write_text(text.replace("height)}", "-height)}"))
    assert "1 of 1 runs came out again" in rerun(elsewhere, "verify", "mine.zarr.zip", "--rerun")
    assert "1 of 1 runs came out again" in rerun(repo, "verify", elsewhere.folder / "mine.zarr.zip", "--rerun", "--model",
                                                 elsewhere.folder)
    (elsewhere.folder / "step.py").write_text(text)


def test_a_model_in_another_repository_that_is_not_given_is_asked_for(elsewhere, tmp_path):
    alone = SimpleNamespace(folder=tmp_path, command=elsewhere.command)
    said = rerun(alone, "verify", elsewhere.folder / "mine.zarr.zip", "--rerun", status=2)
    assert "the model step is of another repository" in said and "--model" in said
