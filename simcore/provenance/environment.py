"""Python, packages, machine: what a run ran in. Everything is looked up once a process, except newly loaded
packages.
"""

from __future__ import annotations

import functools
import getpass
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import sys
from pathlib import Path

import simcore

VARIABLES = (  # the only environment variables that are recorded: others may hold secrets
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_DISABLE_JIT",
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
    "NUMBA_OPT",
    "NUMBA_ENABLE_AVX",
    "PYTHONHASHSEED",
    "PYTHONOPTIMIZE",
    "LANG",
    "LC_ALL",
    "SLURM_JOB_ID",
    "SLURM_NTASKS",
    "SLURM_CPUS_PER_TASK",
    "SLURM_JOB_NUM_NODES",
    "CUDA_VISIBLE_DEVICES",
)
_ROOT = Path(simcore.__file__).parents[1]
_SECRET = re.compile(r"((?:passw(?:or)?d|token|secret|api[-_]?key|credentials?)[\w-]*(?:=|:|\s)\s*)\S+", re.IGNORECASE)


def environment() -> dict:
    """What software runs on what: the same for all runs of one installation on one kind of machine.

    digest: of Python, platform, the lock and the versions of the packages that simcore declares. Loaded
    packages and environment variables are recorded, but not in the digest: they differ with what else a
    process did before.
    """
    return {**_fixed(), "packages": packages(), "variables": {n: os.environ[n] for n in VARIABLES if n in os.environ}}


def host(*, user: bool = True) -> dict:
    """The machine by name, and who started the run; `user=False` leaves that out."""
    return {"name": platform.node(), "user": _user() if user else None}


def packages() -> dict[str, str]:
    """Versions of the distributions (or modules) loaded in this process, by name."""
    tops = {name.partition(".")[0] for name in list(sys.modules)}
    versions = {}
    for name in sorted(tops - sys.stdlib_module_names):
        found = _version(name)
        if found:
            versions[found[0]] = found[1]
    return versions


def without_secrets(text: str, *, user: bool = True) -> str:
    """Text without what looks like a password or token; with user=False, without the home folder either."""
    text = _SECRET.sub(r"\1…", re.sub(r"(?<=://)[^/@\s]*@", "", text))
    return text if user else text.replace(str(Path.home()), "~")


@functools.lru_cache(maxsize=1)
def _fixed() -> dict:
    facts = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "lock_digest": _lock_digest(),
    }
    exact = json.dumps([facts, _declared()], sort_keys=True).encode()
    return {
        **facts,
        "os": _system(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "digest": hashlib.blake2b(exact, digest_size=32).hexdigest(),
    }


@functools.lru_cache(maxsize=1)
def _installed() -> dict[str, tuple[str, str]]:
    """Name and version of installed distributions by their names as modules, read off the folders' names.

    importlib.metadata.packages_distributions() knows more (yaml is PyYAML's), but takes 0.13 s.
    """
    found: dict[str, tuple[str, str]] = {}
    for folder in sys.path:
        for entry in os.listdir(folder) if folder and Path(folder).is_dir() else ():  # noqa: PTH208 - a third of the time
            if entry.endswith(".dist-info"):
                name, _, version = entry.removesuffix(".dist-info").partition("-")
                found.setdefault(name.lower().replace(".", "_"), (name, version))
    return found


@functools.cache
def _version(module: str) -> tuple[str, str] | None:
    """Name and version of what a top-level module belongs to; None for modules without a version."""
    if module.lower() in _installed():
        return _installed()[module.lower()]
    version = getattr(sys.modules.get(module), "__version__", None)
    return (module, version) if isinstance(version, str) else None


def _declared() -> dict[str, str]:
    """Versions of the packages that simcore declares to need."""
    needed = [line.partition(":")[2].strip() for line in _metadata() if line.startswith("Requires-Dist:")]
    names = sorted({re.split(r"[^\w.-]", need, maxsplit=1)[0] for need in needed if "extra ==" not in need})
    known = {name.lower().replace("-", "_"): name for name in names}
    return {name: _installed()[key][1] for key, name in known.items() if key in _installed()}


def version() -> str:
    """Version of simcore."""
    return next(line.partition(":")[2].strip() for line in _metadata() if line.startswith("Version:"))


@functools.lru_cache(maxsize=1)
def _metadata() -> list[str]:
    """What simcore says of itself, line by line; parsing it as the e-mail that it is takes 2 ms."""
    text = importlib.metadata.distribution("simcore").read_text("METADATA") or ""
    return text.partition("\n\n")[0].splitlines()


def _lock_digest() -> str | None:
    """Digest of envs/constraints.txt, the pinned environment; None outside of the project's folder."""
    lock = _ROOT / "envs" / "constraints.txt"
    return hashlib.blake2b(lock.read_bytes(), digest_size=32).hexdigest() if lock.is_file() else None


def _system() -> str:
    """As platform.platform(), which starts a process to ask for a kind of processor that Linux does not have."""
    if platform.system() != "Linux":
        return platform.platform()
    return "-".join(["Linux", platform.release(), platform.machine(), "with", "".join(platform.libc_ver())])


def _cpu() -> str:
    """Name of the processor."""
    try:
        with Path("/proc/cpuinfo").open() as file:  # the first of many
            lines = file.read(4096).splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()  # the second starts a process


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in some containers
        return str(os.getuid()) if hasattr(os, "getuid") else None
