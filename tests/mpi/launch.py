"""Start a program on several ranks, with the settings that more ranks than cores need."""

import os
import subprocess
import sys
from pathlib import Path

from simcore.engine.ranks import MPICH_SETTINGS


def command(n_ranks: int, *arguments: object) -> list[str]:
    """The command line of `python ARGUMENTS` on n_ranks ranks."""
    return [str(Path(sys.executable).with_name("mpiexec")), "-n", str(n_ranks), sys.executable, *map(str, arguments)]


def mpiexec(n_ranks: int, *arguments: object, timeout: float = 180.0, runner: tuple[str, ...] = ("-m", "mpi4py"),
            ) -> subprocess.CompletedProcess:
    """Run `python -m mpi4py ARGUMENTS`, or with another runner or none, on n_ranks ranks; text output captured."""
    return subprocess.run(command(n_ranks, *runner, *arguments), text=True, capture_output=True, timeout=timeout,
                          env=os.environ | MPICH_SETTINGS, check=False)
