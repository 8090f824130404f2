"""Errors that all ranks raise together: one rank alone in trouble would leave the others waiting for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simcore.errors import SimcoreError, SimulationError

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm


@contextmanager
def together(comm: Intracomm | None) -> Iterator[None]:
    """Leave the block on all ranks with an error, or on none; collective at the end of the block.

    All raise the error of the lowest rank that has one, with the same message; on the other ranks its class is the same if
    it is one of simcore.errors, else SimulationError. Within the block no rank may communicate.
    """
    error: Exception | None = None
    try:
        yield
    except Exception as own:
        if comm is None or comm.size == 1:
            raise
        error = own
    if comm is None or comm.size == 1:
        return
    found = comm.allgather(None if error is None else _carried(error))
    for rank, other in enumerate(found):
        if other is not None:
            if rank == comm.rank:
                raise error
            other.add_note(f"raised by rank {rank} of {comm.size}")
            raise other from error


def _carried(error: Exception) -> SimcoreError:
    """The error in a form that can be sent."""
    if isinstance(error, SimcoreError) and type(error).__module__.startswith("simcore."):
        copy = type(error).__new__(type(error))
        SimcoreError.__init__(copy, error.message, name=error.name, where=error.where)
        return copy
    return SimulationError(f"{type(error).__name__}: {error}")
