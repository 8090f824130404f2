"""A rank that has an error of its own while the others are fine: python -m mpi4py raising.py KIND RANK."""

import sys

from mpi4py import MPI

from simcore.engine.agreement import together
from simcore.errors import ConfigurationError

kind, unlucky = sys.argv[1], int(sys.argv[2])
comm = MPI.COMM_WORLD
try:
    with together(comm):
        if kind == "each" and comm.rank >= unlucky:
            raise ConfigurationError(f"no such cell as {comm.rank}", name="gid", where="here")
        if comm.rank == unlucky:
            raise ConfigurationError("no such cell", name="gid", where="here") if kind == "own" else ZeroDivisionError("x")
    seen = "nothing"
except Exception as error:
    seen = f"{type(error).__name__}: {error}"
told = comm.gather(seen)
comm.Barrier()
if comm.rank == 0:
    print("|".join(told))
