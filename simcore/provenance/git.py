"""What git knows about the code that runs: commit, branch, remote, and how the files differ from the commit.

Looked at once per process: what counts is the state when the code was loaded, not that of an edit since.
Without git, or outside of a repository, the record says why there is no commit; nothing fails.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simcore.errors import ProvenanceError

DIFF_BYTES = 64 << 10  # longer diffs are cut in the record; their digest is that of the whole
MAX_LISTED = 200  # changed and untracked files named in a record
_BLOCK = 1 << 16
_seen: dict[str, dict] = {}  # states by the repository's folder, for `repository`
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


@functools.lru_cache(maxsize=16)
def repository(file: Path) -> dict:
    """The repository that `file` belongs to, as it was when this process first asked about any file of it."""
    return look(file, _seen)


def look(file: Path, seen: dict[str, dict] | None = None) -> dict:
    """The repository that `file` belongs to, now; or as it is in `seen`, where it is put.

    Keys: sha (None, with `reason`, if there is none), branch, remote, dirty, changed, untracked {path:
    digest}, n_changed, n_untracked, diff (text, cut at 64 kB), diff_digest and diff_bytes of the whole diff.
    """
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # no git on this machine is not an error
    import git

    folder = file if file.is_dir() else file.parent
    try:
        with git.Repo(folder, search_parent_directories=True) as repo:
            if repo.bare or repo.ignored(str(file)):  # such as an installed package in a virtual environment
                return _none(f"{file.name} is not under version control (ignored by git)")
            if seen is None:
                return _state(repo)
            root = str(repo.working_tree_dir)
            if root not in seen:
                seen[root] = _state(repo)
            return seen[root]
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        return _none("no git repository")
    except git.GitCommandNotFound:
        return _none("git is not installed")
    except (git.GitError, ValueError, OSError) as error:
        return _none(f"git failed: {' '.join(str(error).split())[:500]}")


def without_credentials(url: str) -> str:
    """The URL without user name and password or token."""
    return _CREDENTIALS.sub("", url)


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


def _none(reason: str) -> dict:
    return {"sha": None, "reason": reason}


def _state(repo) -> dict:  # noqa: ANN001 - git.Repo, whose import takes 0.1 s
    if not repo.head.is_valid():
        return _none("the repository has no commit yet")
    changed = repo.git.diff("HEAD", "--name-only", "-z").split("\0")[:-1]
    untracked = repo.git.ls_files("--others", "--exclude-standard", "--full-name", "-z", ":/").split("\0")[:-1]
    diff, digest, n_bytes = _diff(repo) if changed else ("", None, 0)
    root = Path(repo.working_tree_dir)
    return {
        "sha": repo.head.commit.hexsha,
        "branch": None if repo.head.is_detached else repo.active_branch.name,
        "remote": _remote(repo),
        "dirty": bool(changed or untracked),
        "changed": sorted(changed)[:MAX_LISTED],
        "n_changed": len(changed),
        "untracked": {name: _file_digest(root / name) for name in sorted(untracked)[:MAX_LISTED]},
        "n_untracked": len(untracked),
        "diff": diff,
        "diff_digest": digest,
        "diff_bytes": n_bytes,
    }


def _remote(repo) -> str | None:  # noqa: ANN001
    urls = {remote.name: next(iter(remote.urls), None) for remote in repo.remotes}
    url = urls.get("origin") or next(iter(urls.values()), None)
    return without_credentials(url) if url else None


def _diff(repo) -> tuple[str, str, int]:  # noqa: ANN001
    """Diff to the commit: its beginning as text, digest and length of the whole, which is never in memory."""
    process = repo.git.diff("HEAD", "--binary", "--no-ext-diff", "--no-color", as_process=True)
    digest, kept, n_bytes = hashlib.blake2b(digest_size=32), b"", 0
    while block := process.stdout.read(_BLOCK):
        digest.update(block)
        kept += block[: max(0, DIFF_BYTES - len(kept))]
        n_bytes += len(block)
    process.wait()
    return kept.decode(errors="replace"), digest.hexdigest(), n_bytes


def _file_digest(path: Path) -> str | None:
    """Digest of an untracked file; None for what is not a file that can be read."""
    if not path.is_file() or path.is_symlink():
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
    except PermissionError:
        return None


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
