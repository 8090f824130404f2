import os
import subprocess
import sys

import pytest

from simcore.errors import ProvenanceError
from simcore.provenance import git


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository with one commit of model.py, cut off from the user's own git configuration."""
    for name, value in (("GIT_CONFIG_GLOBAL", os.devnull), ("GIT_CONFIG_SYSTEM", os.devnull)):
        monkeypatch.setenv(name, value)
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "model.py").write_text("g = 1\n")
    run(folder, "init", "-q", "-b", "main")
    commit(folder)
    return folder


def run(folder, *args):
    command = ["git", "-c", "user.name=Test", "-c", "user.email=t@example.org", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder):
    run(folder, "add", "-A")
    run(folder, "commit", "-q", "-m", "x")


def test_a_clean_repository_has_its_commit_and_branch(repo):
    state = git.look(repo / "model.py")
    assert state["sha"] == run(repo, "rev-parse", "HEAD").strip()
    assert (state["branch"], state["dirty"], state["diff"], state["diff_digest"]) == ("main", False, "", None)
    run(repo, "checkout", "-q", "--detach")
    assert git.look(repo / "model.py")["branch"] is None


def test_changes_are_kept_as_a_diff_that_can_be_applied(repo):
    (repo / "model.py").write_text("g = 2\n")
    (repo / "sub").mkdir()
    (repo / "sub" / "new ä.py").write_text("h = 3\n")
    state = git.look(repo / "sub" / "new ä.py")
    assert state["dirty"] and state["changed"] == ["model.py"] and list(state["untracked"]) == ["sub/new ä.py"]
    run(repo, "checkout", "-q", "model.py")
    subprocess.run(["git", "apply"], cwd=repo, input=state["diff"], text=True, check=True)
    assert (repo / "model.py").read_text() == "g = 2\n"
    (repo / "sub" / "new ä.py").write_text("h = 4\n")
    assert git.look(repo)["untracked"] != state["untracked"] and git.look(repo)["diff_digest"] == state["diff_digest"]


def test_staged_changes_and_ignored_files_are_told_apart(repo):
    (repo / ".gitignore").write_text("results/\n")
    commit(repo)
    (repo / "results").mkdir()
    (repo / "results" / "x").write_text("x")
    assert not git.look(repo)["dirty"]
    (repo / "model.py").write_text("g = 2\n")
    run(repo, "add", "model.py")
    assert git.look(repo)["changed"] == ["model.py"]


def test_a_long_diff_is_cut_but_its_digest_is_of_the_whole(repo):
    states = []
    for last in "ab":
        (repo / "model.py").write_text("x = 1\n" * 50_000 + f"{last} = 1\n")
        states.append(git.look(repo))
    assert len(states[0]["diff"]) == git.DIFF_BYTES and states[0]["diff_bytes"] > 300_000
    assert states[0]["diff_digest"] != states[1]["diff_digest"]


def test_credentials_in_a_remote_are_not_recorded(repo):
    run(repo, "remote", "add", "origin", "https://me:s3cret@example.org/a/b.git")
    state = git.look(repo)
    assert state["remote"] == "https://example.org/a/b.git" and "s3cret" not in str(state)


@pytest.mark.parametrize("how", ["no repository", "no commit", "ignored", "no git"])
def test_without_a_commit_the_record_says_why(repo, tmp_path, monkeypatch, how):
    if how == "no repository":
        folder, reason = tmp_path, "no git repository"
    elif how == "no commit":
        folder, reason = tmp_path / "empty", "no commit yet"
        folder.mkdir()
        run(folder, "init", "-q")
    elif how == "ignored":
        (repo / ".gitignore").write_text(".venv/\n")
        folder, reason = repo / ".venv" / "package", "not under version control"
        folder.mkdir(parents=True)
    else:
        folder, reason = repo, "git is not installed"
        code = "import sys, pathlib; from simcore.provenance import git; print(git.look(pathlib.Path(sys.argv[1])))"
        out = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, env={"PATH": "/nowhere"}
        )
        assert reason in out.stdout, out
        return
    state = git.look(folder)
    assert state["sha"] is None and reason in state["reason"]


def test_dirty_refuse_lists_the_changed_files_and_stops(repo, tmp_path):
    git.refuse_dirty(repo / "model.py")
    (repo / "model.py").write_text("g = 2\n")
    (repo / "other.py").write_text("")
    with pytest.raises(
        ProvenanceError, match=r"differ from commit \w{12} and dirty=refuse: model\.py, other\.py \(untracked\);"
    ):
        git.refuse_dirty(repo / "model.py")
    with pytest.raises(ProvenanceError, match=r"needs a commit to compare with.*no git repository"):
        git.refuse_dirty(tmp_path)


def test_a_process_keeps_the_state_it_first_saw(repo):
    first = git.repository(repo / "model.py")
    (repo / "model.py").write_text("g = 2\n")
    assert git.repository(repo / "model.py") is first and not first["dirty"]


def test_what_git_began_to_look_at_is_the_state_then(repo):
    git.begin(repo / "model.py")
    git._begun[repo / "model.py"]._tree._process.wait()
    (repo / "model.py").write_text("g = 2\n")
    assert not git.repository(repo / "model.py")["dirty"] and git.look(repo / "model.py")["dirty"]


def test_files_of_one_repository_are_looked_for_at_once(repo, monkeypatch):
    (repo / ".gitignore").write_text("ignored.py\n")
    (repo / "ignored.py").write_text("")
    commit(repo)
    started, popen = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: started.append(args) or popen(*args, **kwargs))
    files = [repo / name for name in ("model.py", "ignored.py", "sp ace ä.py")]
    git.begin(*files)
    states = [git.repository(file) for file in files]
    assert len(started) == 1 and states[0]["sha"] == states[2]["sha"] and "ignored by git" in states[1]["reason"]
    assert git.Looking(repo / "other.py", git._trees).state() is states[0] and len(started) == 2


def test_moved_deleted_and_conflicting_files_are_changes(repo):
    (repo / "a b").write_text("a\n" * 50)
    (repo / "gone").write_text("gone\n")
    commit(repo)
    run(repo, "checkout", "-q", "-b", "other")
    (repo / "model.py").write_text("g = 2\n")
    commit(repo)
    run(repo, "checkout", "-q", "main")
    (repo / "model.py").write_text("g = 3\n")
    commit(repo)
    with pytest.raises(subprocess.CalledProcessError):
        run(repo, "merge", "other")
    run(repo, "mv", "a b", "c d")
    (repo / "gone").unlink()
    state = git.look(repo)
    assert state["changed"] == ["a b", "c d", "gone", "model.py"] and state["n_untracked"] == 0


def test_untracked_files_in_a_submodule_are_no_change_but_changed_ones_are(repo, tmp_path):
    run(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo), "sub")
    commit(repo)
    (repo / "sub" / "new").write_text("x")
    assert git.look(repo)["changed"] == [] == run(repo, "diff", "HEAD", "--name-only").split()
    (repo / "sub" / "model.py").write_text("g = 2\n")
    assert git.look(repo)["changed"] == ["sub"] == run(repo, "diff", "HEAD", "--name-only").split()


def test_in_a_hook_of_another_repository_the_file_counts(repo, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    run(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert git.look(repo / "model.py")["branch"] == "main"


def test_a_failing_git_is_a_reason_and_no_error(repo):
    (repo / ".git" / "HEAD").write_text("nonsense")
    assert "git failed: fatal:" in git.look(repo / "model.py")["reason"]
    (repo / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (repo / ".git" / "index").write_bytes(b"nonsense")
    trees = {}
    reasons = [git.Looking(repo / name, trees).state()["reason"] for name in ("model.py", "model.py")]
    assert "git failed: " in reasons[0] and reasons[0] == reasons[1]
