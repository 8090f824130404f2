"""The environment that a record names, rebuilt from the lock of its commit, or found to be the one that runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from simcore._jit import cache_folder
from simcore.errors import ProvenanceError
from simcore.provenance.environment import environment

LOCK = Path("envs", "constraints.txt")
CHOICES = ("auto", "here", "lock")
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "XDG_CACHE_HOME", "SIMCORE_CACHE", "LD_LIBRARY_PATH",
              "SYSTEMROOT", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_DISABLE_JIT", "NUMBA_CPU_NAME",
              "NUMBA_CPU_FEATURES")     # to a process that makes a run again
_FOR_PIP = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "PIP_CERT", "PIP_NO_INDEX",
            "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


def interpreter(record: Mapping, tree: Path, *, choice: str = "auto", say: Callable[[str], None] = print) -> Path:
    """The Python to make a run again with.

    record: the run's. tree: files of its commit, with envs/constraints.txt. choice: `here` is the one that runs now,
    `lock` one that has exactly what the lock says (kept in the cache folder under the lock's digest), `auto` the first if
    its digest is the recorded one, else the second. Raises ProvenanceError if it cannot be made.
    """
    recorded, now = record["environment"], environment()
    if choice == "here" or (choice == "auto" and now["digest"] == recorded["digest"]):
        same = now["digest"] == recorded["digest"]
        say("environment: this one" + (", which is the recorded one" if same else
                                       f"; it is not the recorded one ({now['digest'][:12]}, was {recorded['digest'][:12]})"))
        return Path(sys.executable)
    return locked(tree / LOCK, recorded["lock_digest"], recorded["python"], say=say)


def locked(lock: Path, digest: str | None, version: str, *, say: Callable[[str], None] = print) -> Path:
    """Python of a virtual environment with exactly the packages of a lock; made once, then reused.

    digest: what the lock must have (None: the record has none). version: of Python; its first two numbers count.
    """
    if not lock.is_file():
        raise ProvenanceError(f"the commit has no {LOCK.as_posix()} to rebuild its environment from: run it in this one "
                              "with --environment here", name="lock")
    found = hashlib.blake2b(lock.read_bytes(), digest_size=32).hexdigest()
    if digest and found != digest:
        raise ProvenanceError(f"{LOCK.as_posix()} of the commit has the digest {found[:12]}, but the run was made with "
                              f"{digest[:12]}: the environment cannot be rebuilt exactly; --environment here runs it in this "
                              "one", name="lock", got=found)
    python = _python(version)
    minor = ".".join(version.split(".")[:2])
    folder = cache_folder().parent / "environments" / f"{found[:20]}-py{minor}"
    made = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if (folder / "complete").is_file() and made.is_file():
        say(f"environment: {folder}, made of this lock before")
        return made
    say(f"environment: making {folder} from the lock (minutes)")
    _make(python, lock, folder, made)
    return made


def surroundings(*, pip: bool = False, **more: str) -> dict[str, str]:
    """Environment variables for a process that is started: those that are needed, no others (they may be secrets)."""
    names = (*_PASSED_ON, *(_FOR_PIP if pip else ()))
    return {**{name: os.environ[name] for name in names if name in os.environ}, **more}


def _make(python: str, lock: Path, folder: Path, made: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)           # of a process that was killed
    folder.parent.mkdir(parents=True, exist_ok=True)
    for command in ([python, "-m", "venv", str(folder)],
                    [str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
                     "--require-hashes", "-r", str(lock)]):
        done = subprocess.run(command, env=surroundings(pip=True), capture_output=True, text=True, check=False)
        if done.returncode:
            last = "\n".join(done.stderr.strip().splitlines()[-5:])
            shutil.rmtree(folder, ignore_errors=True)
            raise ProvenanceError(f"the environment could not be rebuilt from {LOCK.as_posix()} (is there a network, and a "
                                  f"package index?); --environment here runs it in this one:\n{last}", name="lock")
    (folder / "complete").write_text("made of envs/constraints.txt; may be deleted\n")


def _python(version: str) -> str:
    """An interpreter of this major and minor version."""
    minor = ".".join(version.split(".")[:2])
    if minor == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return getattr(sys, "_base_executable", None) or sys.executable
    found = shutil.which(f"python{minor}")
    if found is None:
        raise ProvenanceError(f"the run was made with Python {version}, and there is no python{minor} here: install it, or "
                              "run with --environment here", name="python", got=version)
    return found
