"""What git knows about the code that runs: commit, branch, remote, and how the files differ from the commit.

Looked at once per process: what counts is the state when the code was loaded, not that of an edit since.
Without git, or outside of a repository, the record says why there is no commit; nothing fails.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simcore.errors import ProvenanceError
from simcore.provenance.workingtree import (
    DIFF_BYTES,
    MAX_LISTED,
    WorkingTree,
    answer,
    asked,
    failed,
    none,
    without_credentials,
)

__all__ = ["DIFF_BYTES", "MAX_LISTED", "Looking", "begin", "export", "look", "opened", "refuse_dirty", "repository",
           "without_credentials", "worktree"]
_told: dict[Path, dict] = {}  # states, by file, that `repository` has told
_begun: dict[Path, Looking] = {}
_trees: dict[Path, WorkingTree] = {}  # by their folders



def repository(file: Path) -> dict:
    """The repository that `file` belongs to, as it was when this process first asked about any file of it."""
    if file not in _told:
        _told[file] = (_begun.pop(file, None) or Looking(file, _trees)).state()
    return _told[file]


def begin(*files: Path) -> None:
    """Have git look already for what `repository` will be asked soon; it takes some milliseconds of another core."""
    for file in files:
        if file not in _told and file not in _begun:
            _begun[file] = Looking(file, _trees, files)


def look(file: Path) -> dict:
    """The repository that `file` belongs to, now; keys as in `Looking.state`."""
    return Looking(file, {}).state()


class Looking:
    """A look at the repository that `file` belongs to: git is asked at once, its answers are read by `state`.

    trees: what was asked before, by the repository's folder; it is not asked again. more: files to be looked for next. git
    is started directly: importing GitPython takes 40 ms, which is as long as hundreds of short runs.
    """

    def __init__(self, file: Path, trees: dict[Path, WorkingTree], more: Iterable[Path] = ()):
        self._file, self._failure = file, ""
        root, self._place = _place(file)
        if root is None:
            self._failure = "no git repository"
            return
        try:
            if root not in trees:
                places = (_place(other) for other in more)
                trees[root] = WorkingTree(root, *{self._place, *(place for other, place in places if other == root)})
            self._tree = trees[root]
            known = self._tree.asked(self._place)
            self._ignored = None if known else asked(root, "check-ignore", "-q", "--", self._place)
        except OSError as error:
            self._failure = _reason(error)

    def state(self) -> dict:
        """What git says; waits for it.

        Keys: sha (None, with `reason`, if there is none), branch, remote, dirty, changed, untracked {path: digest},
        n_changed, n_untracked, diff (text, cut at 64 kB), diff_digest and diff_bytes of the whole diff.
        """
        if self._failure:
            return none(self._failure)
        try:
            if self._is_ignored():  # such as an installed package in a virtual environment
                return none(f"{self._file.name} is not under version control (ignored by git)")
            return self._tree.state
        except OSError as error:
            return none(_reason(error))
        except subprocess.SubprocessError as error:
            return failed(error)

    def _is_ignored(self) -> bool:
        return self._tree.ignores(self._place) if self._ignored is None else answer(self._ignored, 0, 1)[0] == 0


def _place(file: Path) -> tuple[Path | None, str]:
    """Folder of the repository that a file belongs to, None if there is none, and its path in there."""
    folder = (file if file.is_dir() else file.parent).resolve()
    root = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    place = folder if file.is_dir() else folder / file.name
    return root, str(place.relative_to(root)) if root is not None else ""


def _reason(error: OSError) -> str:
    return "git is not installed" if isinstance(error, FileNotFoundError) else failed(error)["reason"]


def refuse_dirty(*files: Path) -> None:
    """Raise ProvenanceError, listing the changed files, if the repository of any file differs from its
    commit.

    Also if there is no commit to compare with. Looks now, not at what an earlier record has seen.
    """
    for file in files:
        state = look(file)
        if state["sha"] is None:
            raise ProvenanceError(
                f"dirty=refuse needs a commit to compare with, but for {file}: {state['reason']}; "
                "put it under version control, or run with dirty=record",
                name="dirty",
                got=None,
            )
        if state["dirty"]:
            names = [*state["changed"], *(f"{name} (untracked)" for name in state["untracked"])]
            n_more = state["n_changed"] + state["n_untracked"] - len(names)
            raise ProvenanceError(
                f"the files differ from commit {state['sha'][:12]} and dirty=refuse: {', '.join(names)}"
                f"{f' and {n_more} more' if n_more else ''}; commit or ignore them, or run with "
                "dirty=record to keep the difference in the provenance",
                name="dirty",
                got=names,
            )


@contextmanager
def worktree(repository: Path, sha: str, diff: str = "") -> Iterator[Path]:
    """A folder with the files of a commit, with a recorded diff applied; gone at the end of the block.

    repository: any folder of it; its own files and branches stay as they are. Raises ProvenanceError if there is no
    git, no repository, no such commit, or if the diff does not apply.
    """
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git

    with opened(repository) as repo, tempfile.TemporaryDirectory(prefix="simcore-commit-") as folder:
        _found(repo, sha)
        tree = Path(folder, "code")
        repo.git.worktree("add", "--detach", str(tree), sha)
        try:
            if diff:
                Path(folder, "diff").write_bytes(diff.encode())
                git.Repo(tree).git.apply("--whitespace=nowarn", str(Path(folder, "diff")))
            yield tree
        except git.GitCommandError as error:
            raise ProvenanceError(f"the recorded diff does not apply to {sha[:12]}: {_said(error)}", name="diff") from error
        finally:
            repo.git.worktree("remove", "--force", str(tree))


def export(repository: Path, sha: str, out: Path) -> None:
    """Write the files of a commit, as `git archive` gives them, into a tar file."""
    with opened(repository) as repo, out.open("wb") as stream:
        _found(repo, sha)
        repo.archive(stream, treeish=sha, format="tar")


@contextmanager
def opened(folder: Path) -> Iterator[Any]:
    """The git.Repo that a folder or file belongs to; ProvenanceError if git or the repository is missing."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git

    try:
        with git.Repo(folder if folder.is_dir() else folder.parent, search_parent_directories=True) as repo:
            repo.git.version()
            yield repo
    except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
        raise ProvenanceError(f"{folder} is in no git repository: clone the one that the record names, and give its folder "
                              "with --repository", name="repository", got=str(folder)) from error
    except git.GitCommandNotFound as error:
        raise ProvenanceError("git is not installed: a recorded commit cannot be checked out; install git, or give a folder "
                              "with its files with --code", name="git") from error


def _found(repo: Any, sha: str) -> None:
    import git

    if not re.fullmatch(r"[0-9a-f]{40,64}", sha):       # it came from a file: it must not be an option of git
        raise ProvenanceError(f"{sha!r} is no commit", name="sha", got=sha)
    try:
        repo.git.cat_file("-e", f"{sha}^{{commit}}")
    except git.GitCommandError as error:
        urls = ", ".join(without_credentials(url) for remote in repo.remotes for url in remote.urls)
        raise ProvenanceError(f"the repository {repo.working_dir} has no commit {sha}: `git fetch` it"
                              f"{f' from {urls}' if urls else ''}, or give the repository that has it with --repository",
                              name="sha", got=sha) from error


def _said(error: Exception) -> str:
    return " ".join(str(getattr(error, "stderr", "") or error).split())[:300]
