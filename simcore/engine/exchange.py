"""Spikes that a rank remembers, and how they become the same on all ranks once an epoch."""

from __future__ import annotations

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
    ones, since every rank gets as many as there are ranks.
    """

    def __init__(self, comm: Intracomm, most_steps: int) -> None:
        self._comm, self._most_steps = comm, most_steps
        self._nothing = np.empty((comm.size, 0), dtype=np.int32)
        self._send(_INLINE[0])

    def _send(self, inline: int) -> None:
        """Let blocks have room for `inline` gids."""
        self._inline = inline
        self._mine = np.zeros(self._most_steps + inline, dtype=np.int32)
        self._all = np.zeros((self._comm.size, self._mine.size), dtype=np.int32)

    def run(self, said: SpikeLog, heard: SpikeLog, n_steps: int) -> None:
        """Append to `heard` the spikes of all ranks in the last n_steps of `said`; collective."""
        first = said.end_step - n_steps - said.first_step
        pack(said.gid, said.ptr, first, n_steps, self._most_steps, self._mine)
        self._comm.Allgather(self._mine, self._all)
        largest = int(self._all[:, :n_steps].sum(axis=1).max())
        rest = self._nothing
        if largest > self._inline:
            begin, end = said.ptr[first], said.ptr[first + n_steps]
            mine = np.zeros(largest - self._inline, dtype=np.int32)
            mine[:max(0, end - begin - self._inline)] = said.gid[begin + self._inline:end]
            rest = np.empty((self._comm.size, mine.size), dtype=np.int32)
            self._comm.Allgather(mine, rest)
        heard.make_room(largest * self._comm.size, n_steps)
        merge(self._all, rest, n_steps, self._most_steps, heard.end_step - heard.first_step, heard.gid, heard.ptr)
        heard.end_step += n_steps
        if self._inline < min(largest, _INLINE[1]):
            self._send(min(2 * largest, _INLINE[1]))
