"""Start a program on several ranks, with the settings that more ranks than cores need."""

import os
import subprocess
import sys
from pathlib import Path


def mpiexec(n_ranks: int, *arguments: object, timeout: float = 180.0) -> subprocess.CompletedProcess:
    """Run `python -m mpi4py ARGUMENTS` on n_ranks ranks; text output captured."""
    launcher = Path(sys.executable).with_name("mpiexec")
    polite = {f"MPIR_CVAR_{c}_POSIX_INTRA_ALGORITHM": "mpir" for c in ("BARRIER", "BCAST", "REDUCE", "ALLREDUCE")}
    command = [launcher, "-n", str(n_ranks), sys.executable, "-m", "mpi4py", *map(str, arguments)]
    return subprocess.run(command, text=True, capture_output=True, timeout=timeout, env=os.environ | polite, check=False)
