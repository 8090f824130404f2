"""The ranks of a script: the communicator of all of them, and what the face does together.

MPI is started only where a launcher started this process (or the script itself imported mpi4py); a process alone has no
communicator.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

_LAUNCHED = ("PMI_RANK", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK")
_MPICH = {f"MPIR_CVAR_{c}_POSIX_INTRA_ALGORITHM": "mpir" for c in ("BARRIER", "BCAST", "REDUCE", "ALLREDUCE")}


def world_communicator() -> Intracomm | None:
    """The communicator of all ranks; None for a process alone."""
    if "mpi4py.MPI" not in sys.modules and not any(name in os.environ for name in _LAUNCHED):
        return None
    for name, value in _MPICH.items():              # spinning collectives yield where ranks share cores
        os.environ.setdefault(name, value)
    from mpi4py import MPI

    if MPI.Is_finalized() or MPI.COMM_WORLD.size == 1:
        return None
    _end_all_on_error()
    return MPI.COMM_WORLD


def gather_arrays(comm: Intracomm | None, arrays: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Each array of all ranks, one rank behind the other, on every rank; collective."""
    if comm is None:
        return arrays
    parts = comm.allgather(arrays)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def total(comm: Intracomm | None, number: float) -> float:
    """The sum over ranks, on every rank; collective."""
    return number if comm is None else comm.allreduce(number)


def _end_all_on_error() -> None:
    """An uncaught exception on one rank ends all of them: the others may wait for it for ever."""
    if getattr(sys.excepthook, "ends_all", False):
        return
    shown = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        shown(kind, error, trace)
        sys.stderr.flush()
        from mpi4py import MPI

        MPI.COMM_WORLD.Abort(1)
        os._exit(1)                                 # MPICH's Abort can return

    hook.ends_all = True
    sys.excepthook = hook
