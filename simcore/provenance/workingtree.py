"""A working tree in the words of git itself: its commit, and how its files differ from that."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from simcore.parameters.canonical import digest_of_file

DIFF_BYTES = 64 << 10  # longer diffs are cut in the record; their digest is that of the whole
MAX_LISTED = 200  # changed and untracked files named in a record
_BLOCK = 1 << 16
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_QUESTIONS = r"""
git status --porcelain=v2 --branch -z --untracked-files=all --no-renames; printf '\0%d\0' $?
git remote -v; printf '\n\0\0%d\0' $?
printf '%s\0' "$@" | git check-ignore -z --stdin; printf '\0%d\0' $?
"""
_NOT_FOUND = 127  # exit code of a shell that does not find a command
_FIELDS = {"1": 7, "u": 9}  # of a changed and of an unmerged file, before its path
_OTHER_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # set while a hook of git runs


class WorkingTree:
    """What git says of a working tree as a whole, and which of some files it ignores.

    A shell asks it one thing after the other: starting that takes 0.5 ms, and git each time 2 ms.
    """

    def __init__(self, root: Path, *places: str):
        self._root, self._places = root, places
        self._process = _started(root, "/bin/sh", "-c", _QUESTIONS, "sh", *places)

    def asked(self, place: str) -> bool:
        """Whether git was asked about this file too."""
        return place in self._places

    def ignores(self, place: str) -> bool:
        """Whether git ignores a file that it was asked about; CalledProcessError if git fails."""
        code, ignored = self._answers[2]
        self._checked(code, 0, 1)
        return place in ignored

    @functools.cached_property
    def state(self) -> dict:
        """As `git.Looking.state`."""
        try:
            return self._read()
        except (subprocess.SubprocessError, OSError) as error:
            return failed(error)

    @functools.cached_property
    def _answers(self) -> list[tuple[int, list[str]]]:
        """Exit code and output, entry by entry, of each question."""
        out, error = self._process.communicate()
        self._said = error.decode(errors="replace")
        fields, answers = os.fsdecode(out).split("\0"), []
        try:
            for _ in range(3):
                n = fields.index("")
                answers.append((int(fields[n + 1]), fields[:n]))
                fields = fields[n + 2 :]
        except (ValueError, IndexError):  # it was killed
            raise subprocess.CalledProcessError(self._process.returncode, "git", stderr=self._said) from None
        return answers

    def _checked(self, code: int, *valid: int) -> int:
        if code == _NOT_FOUND:
            raise FileNotFoundError("git is not installed")
        if code not in valid:
            raise subprocess.CalledProcessError(code, "git", stderr=self._said)
        return code

    def _read(self) -> dict:
        (code, entries), (code_of_remote, remotes), _ = self._answers
        self._checked(code, 0)
        self._checked(code_of_remote, 0)
        facts, changed, untracked = _read_status(entries)
        remote = _remote("".join(remotes))
        if facts["branch.oid"] == "(initial)":
            return none("the repository has no commit yet")
        diff, digest, n_bytes = _diff(self._root) if changed else ("", None, 0)
        return {
            "sha": facts["branch.oid"],
            "branch": None if facts["branch.head"] == "(detached)" else facts["branch.head"],
            "remote": remote,
            "dirty": bool(changed or untracked),
            "changed": sorted(changed)[:MAX_LISTED],
            "n_changed": len(changed),
            "untracked": {name: _file_digest(self._root / name) for name in sorted(untracked)[:MAX_LISTED]},
            "n_untracked": len(untracked),
            "diff": diff,
            "diff_digest": digest,
            "diff_bytes": n_bytes,
        }


def none(reason: str) -> dict:
    """No commit, and why."""
    return {"sha": None, "reason": reason}


def failed(error: Exception) -> dict:
    """No commit, since git failed."""
    return none(f"git failed: {' '.join((getattr(error, 'stderr', '') or str(error)).split())[:500]}")


def without_credentials(url: str) -> str:
    """The URL without user name and password or token."""
    return _CREDENTIALS.sub("", url)


def asked(root: Path, *words: str, errors: int = subprocess.PIPE) -> subprocess.Popen:
    """git at work. It takes no lock, says what is the matter in English, and looks at this repository and no other."""
    return _started(root, "git", *words, errors=errors)


def _started(root: Path, *command: str, errors: int = subprocess.PIPE) -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if name not in _OTHER_REPOSITORY}
    return subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                            env={**environment, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"})


def answer(process: subprocess.Popen, *valid: int) -> tuple[int, str]:
    """Exit code and output; CalledProcessError for another code than these."""
    out, error = process.communicate()
    if process.returncode not in valid:
        raise subprocess.CalledProcessError(process.returncode, process.args, stderr=error.decode(errors="replace"))
    return process.returncode, os.fsdecode(out)


def _read_status(entries: Iterable[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """Headers, changed and untracked files in the output of `git status`: https://git-scm.com/docs/git-status."""
    facts, changed, untracked = {}, [], []
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if kind == "#":
            name, _, value = rest.partition(" ")
            facts[name] = value
        elif kind == "?":
            untracked.append(rest)
        elif rest[:8] != ".M S..U ":  # a submodule with nothing but untracked files is no change for `git diff`
            changed.append(rest.split(" ", _FIELDS[kind])[-1])
    return facts, changed, untracked


def _remote(text: str) -> str | None:
    """The address of origin, or else of the first, in the output of `git remote -v`."""
    found = [line.split("\t") for line in text.splitlines() if line.endswith(" (fetch)")]
    urls = {name: url.removesuffix(" (fetch)") for name, url in found}
    url = urls.get("origin") or next(iter(urls.values()), None)
    return without_credentials(url) if url else None


def _diff(root: Path) -> tuple[str, str, int]:
    """Diff to the commit: its beginning as text, digest and length of the whole, which is never in memory."""
    digest, kept, n_bytes = hashlib.blake2b(digest_size=32), b"", 0
    with asked(root, "diff", "HEAD", "--binary", "--no-ext-diff", "--no-color", errors=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        while block := process.stdout.read(_BLOCK):
            digest.update(block)
            kept += block[: max(0, DIFF_BYTES - len(kept))]
            n_bytes += len(block)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return kept.decode(errors="replace"), digest.hexdigest(), n_bytes


def _file_digest(path: Path) -> str | None:
    """Digest of an untracked file; None for what is not a file that can be read."""
    if not path.is_file() or path.is_symlink():
        return None
    try:
        return digest_of_file(path)
    except PermissionError:
        return None
