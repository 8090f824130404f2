"""Processes that a launcher started together: their communicator, and how one that fails ends all of them."""

from __future__ import annotations

import faulthandler
import io
import os
import sys
import time
from contextlib import redirect_stderr
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from simcore.errors import ConfigurationError

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

_LAUNCHED = ("PMI_RANK", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK")
MPICH_SETTINGS = {f"MPIR_CVAR_{c}_POSIX_INTRA_ALGORITHM": "mpir" for c in ("BARRIER", "BCAST", "REDUCE", "ALLREDUCE")}
START_S = 300.0         # s that MPI may take to start: a launcher that loses a message lets ranks wait for ever
_FORWARDED = 0.2        # s in which a launcher passes on what was printed; when a rank aborts MPICH's drops the rest


def launched() -> bool:
    """Whether an MPI launcher started this process."""
    return any(name in os.environ for name in _LAUNCHED)


def world() -> Intracomm:
    """The communicator of all ranks; starts MPI. From here on an uncaught error of one rank ends all.

    A rank that waits for the others for longer than START_S, or $SIMCORE_MPI_START, ends with the stack that it hangs in.
    Raises ConfigurationError where that is no number of seconds.
    """
    given = os.environ.get("SIMCORE_MPI_START", START_S)
    try:                                            # a thread of C: MPI's start holds Python's lock
        faulthandler.dump_traceback_later(float(given), exit=True, file=sys.__stderr__)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"the time in which MPI must start must be a number of seconds > 0, got {given!r}",
                                 name="SIMCORE_MPI_START", got=given, where="environment variable") from None
    for name, value in MPICH_SETTINGS.items():     # spinning collectives yield: 4 ranks on 2 cores, 10 ms -> 0.1 ms a barrier
        os.environ.setdefault(name, value)
    try:
        from mpi4py import MPI
    finally:
        faulthandler.cancel_dump_traceback_later()
    end_all_on_error(running())
    return MPI.COMM_WORLD


def running() -> Intracomm | None:
    """The communicator of all ranks if this process has started MPI and is one of several."""
    module = sys.modules.get("mpi4py.MPI")
    several = module and module.Is_initialized() and not module.Is_finalized() and module.COMM_WORLD.size > 1
    return module.COMM_WORLD if several else None


def end_all(message: str) -> NoReturn:
    """Print a message to stderr and end all ranks with status 1: the others may wait for this one for ever."""
    sys.stdout.flush()
    sys.stderr.write(message)                       # at once: of several lines written one by one only the first may be seen
    sys.stderr.flush()
    comm = running()
    if comm is not None:
        time.sleep(_FORWARDED)
        comm.Abort(1)
    os._exit(1)                                     # MPICH's Abort can return


def end_all_on_error(comm: Intracomm | None) -> None:
    """From here on an uncaught exception on one of several ranks ends all of them, shown as it would have been."""
    shown = sys.excepthook
    if comm is None or comm.size == 1 or getattr(shown, "ends_all", False):
        return

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        with redirect_stderr(io.StringIO()) as text:
            shown(kind, error, trace)
        end_all(text.getvalue())

    hook.ends_all = True
    sys.excepthook = hook
