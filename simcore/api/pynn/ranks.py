"""The ranks of a script: the communicator of all of them, and what the face does together.

MPI is started only where a launcher started this process (or the script itself imported mpi4py); a process alone has no
communicator.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine import ranks

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm


def world_communicator() -> Intracomm | None:
    """The communicator of all ranks; None for a process alone."""
    if "mpi4py.MPI" in sys.modules or ranks.launched():
        ranks.world()
    return ranks.running()


def gather_arrays(comm: Intracomm | None, arrays: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Each array of all ranks, one rank behind the other, on every rank; collective."""
    if comm is None:
        return arrays
    parts = comm.allgather(arrays)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def total(comm: Intracomm | None, number: float) -> float:
    """The sum over ranks, on every rank; collective."""
    return number if comm is None else comm.allreduce(number)
