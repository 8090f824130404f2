"""Spikes that a rank remembers, and how they become the same on all ranks once an epoch."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from simcore.kernels.exchange import merge, pack

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm


_INLINE = 16, 512           # gids that go with the counts of an epoch: at first, and at most


class SpikeLog:
    """Spikes of consecutive steps: gids in one array, ptr[s - first_step] where step s begins.

    Compiled code appends in place; Python makes room, reads what is new and forgets what no delay reaches any more.
    """

    def __init__(self, step: int = 0) -> None:
        self.first_step = step
        self.end_step = step                                # spikes are known before this step
        self.gid = np.empty(0, dtype=np.int32)
        self.ptr = np.zeros(1, dtype=np.int64)

    @property
    def n(self) -> int:
        """Number of spikes remembered."""
        return int(self.ptr[self.end_step - self.first_step])

    def view(self) -> tuple[int, np.ndarray, np.ndarray]:
        """What compiled code takes: first step, gids, ptr."""
        return self.first_step, self.gid, self.ptr

    def since(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """(step, gid) of all spikes from `step` on, int64 and int32, ordered."""
        ptr = self.ptr[step - self.first_step:self.end_step - self.first_step + 1]
        steps = np.repeat(np.arange(step, self.end_step, dtype=np.int64), np.diff(ptr))
        return steps, self.gid[ptr[0]:ptr[-1]].copy()

    def forget_before(self, step: int) -> None:
        """Keep only spikes from `step` on."""
        drop = max(0, step - self.first_step)
        begin, end = int(self.ptr[drop]), self.n
        kept = self.end_step - self.first_step - drop
        self.gid[:end - begin] = self.gid[begin:end].copy()
        self.ptr[:kept + 1] = self.ptr[drop:drop + kept + 1] - begin
        self.first_step += drop

    def make_room(self, n_spikes: int, n_steps: int = 0) -> None:
        """Be able to take n_spikes more, and steps until n_steps after the last one."""
        if self.n + n_spikes > self.gid.size:
            grown = np.empty(max(2 * self.gid.size, self.n + n_spikes), dtype=np.int32)
            grown[:self.n] = self.gid[:self.n]
            self.gid = grown
        needed = self.end_step - self.first_step + n_steps + 1
        if self.ptr.size < needed:
            longer = np.zeros(2 * needed, dtype=np.int64)
            longer[:self.ptr.size] = self.ptr
            self.ptr = longer

    def add(self, steps: np.ndarray, gids: np.ndarray, n_steps: int) -> None:
        """Take the spikes (step, gid) of the next n_steps, (n,) each, ordered by step."""
        self.make_room(gids.size, n_steps)
        n, k = self.n, self.end_step - self.first_step
        self.gid[n:n + gids.size] = gids
        ends = np.searchsorted(steps, np.arange(self.end_step, self.end_step + n_steps), side="right")
        self.ptr[k + 1:k + 1 + n_steps] = n + ends
        self.end_step += n_steps


class Exchange:
    """All ranks' spikes of an epoch on every rank, ordered by (step, gid).

    One collective call an epoch: each rank sends a block with its counts and first gids; only where a rank has more
    spikes than fit (all ranks see that alike) a second call brings the rest, and from then on blocks are larger. Small
    ones, since every rank gets as many as there are ranks. Compiled loops make the first call themselves (`share`); what
    they leave is finished here.
    """

    def __init__(self, comm: Intracomm, epoch: int) -> None:
        self._comm, self._epoch = comm, epoch
        self._nothing = np.empty((comm.size, 0), dtype=np.int32)
        self._ends = np.empty((2, comm.size), dtype=np.int64)
        self._at = np.zeros(3, dtype=np.int64)
        self._mpi = _c_function(comm)
        self._send(_INLINE[0])

    def _send(self, inline: int) -> None:
        """Let blocks have room for `inline` gids."""
        self._inline = inline
        self._mine = np.zeros(self._epoch + inline, dtype=np.int32)
        self._all = np.zeros((self._comm.size, self._mine.size), dtype=np.int32)
        self._spare = np.empty(self._comm.size * inline, dtype=np.int32)

    def begin(self, step: int, until: int) -> None:
        """Spikes before `step` are known; epochs begin here, and one ends at `until`."""
        self._at[:] = step, until, 0

    def view(self) -> tuple:
        """The argument `exchange` of kernels.exchange.share.

        (step before which spikes are known, last step, status of MPI), own block, all blocks (n_ranks, epoch + n_inline),
        no more gids, work arrays of `merge`, (address of MPI_Allgather, handles of int32 and of the communicator).
        """
        return self._at, self._mine, self._all, self._nothing, (*self._ends, self._spare), self._mpi

    def finish(self, said: SpikeLog, heard: SpikeLog) -> bool:
        """Finish the exchange that the compiled loop has left, if it has; collective where there are more spikes than fit."""
        known, until, status = self._at.tolist()
        if status:
            from mpi4py import MPI

            raise MPI.Exception(status)
        heard.end_step = known
        n_steps = min(known + self._epoch, until) - known
        if known == until or said.end_step < known + n_steps:
            return False
        self._complete(said, heard, n_steps)
        self._at[0] = heard.end_step
        return True

    def run(self, said: SpikeLog, heard: SpikeLog, n_steps: int) -> None:
        """Append to `heard` the spikes of all ranks in the last n_steps of `said`; collective."""
        pack(said.gid, said.ptr, said.end_step - n_steps - said.first_step, n_steps, self._epoch, self._mine)
        self._comm.Allgather(self._mine, self._all)
        self._complete(said, heard, n_steps)

    def _complete(self, said: SpikeLog, heard: SpikeLog, n_steps: int) -> None:
        """Bring the gids that did not fit into the blocks of the last n_steps, and merge all."""
        n_said = self._all[:, :n_steps].sum(axis=1)
        largest, rest, spare = int(n_said.max()), self._nothing, self._spare
        if largest > self._inline:
            begin, end = said.ptr[[said.end_step - n_steps - said.first_step, said.end_step - said.first_step]]
            mine = np.zeros(largest - self._inline, dtype=np.int32)
            mine[:max(0, end - begin - self._inline)] = said.gid[begin + self._inline:end]
            rest = np.empty((self._comm.size, mine.size), dtype=np.int32)
            self._comm.Allgather(mine, rest)
            spare = np.empty(n_said.sum(), dtype=np.int32)
        heard.make_room(int(n_said.sum()), n_steps)
        merge(self._all, rest, n_steps, self._epoch, heard.end_step - heard.first_step, heard.gid, heard.ptr,
              (*self._ends, spare))
        heard.end_step += n_steps
        if self._inline < min(largest, _INLINE[1]):
            self._send(min(2 * largest, _INLINE[1]))


def _c_function(comm: Intracomm) -> tuple[np.int64, np.unsignedinteger, np.unsignedinteger]:
    """Address of MPI_Allgather, handles of int32 and of a communicator, for `_jit.allgather`."""
    from mpi4py import MPI

    kind = np.uint32 if MPI._sizeof(MPI.Comm) == 4 else np.uint64
    own, of_type = (kind(MPI._handleof(x) & int(np.iinfo(kind).max)) for x in (comm, MPI.INT32_T))
    function = ctypes.cast(ctypes.CDLL(MPI.__file__).MPI_Allgather, ctypes.c_void_p)
    return np.int64(function.value), of_type, own
