"""Spikes of an epoch from and to the blocks that ranks send each other."""

from __future__ import annotations

import numpy as np

from simcore._jit import kernel


@kernel
def pack(gids, ptr, first, n_steps, room, block):
    """block = spikes in each of the n_steps from `first` on (ptr counts steps), and, from `room` on, their first gids."""
    for s in range(n_steps):
        block[s] = ptr[first + s + 1] - ptr[first + s]
    n = min(ptr[first + n_steps] - ptr[first], block.size - room)
    for k in range(n):
        block[room + k] = gids[ptr[first] + k]


@kernel(allocates=True)
def merge(blocks, rest, n_steps, room, at_step, gids, ptr):
    """Append the spikes of all ranks to gids and ptr, ordered by (step, gid).

    blocks: (n_ranks, room + n_inline) as `pack` makes them; rest: (n_ranks, n) gids that did not fit into them.
    """
    n_ranks, inline = blocks.shape[0], blocks.shape[1] - room
    n = ptr[at_step]
    begun = np.zeros(n_ranks, dtype=np.int64)           # spikes of each rank that are merged already
    ends = np.empty(n_ranks, dtype=np.int64)
    spare = np.empty(blocks[:, :n_steps].sum(), dtype=gids.dtype)
    for s in range(n_steps):
        n_runs, m = 0, 0
        for r in range(n_ranks):
            if blocks[r, s] > 0:
                for k in range(begun[r], begun[r] + blocks[r, s]):
                    gids[n + m] = blocks[r, room + k] if k < inline else rest[r, k - inline]
                    m += 1
                begun[r] += blocks[r, s]
                ends[n_runs] = m
                n_runs += 1
        merge_runs(gids[n:n + m], spare[:m], ends, n_runs)
        n += m
        ptr[at_step + s + 1] = n


@kernel(allocates=True)
def merge_runs(values, spare, ends, n_runs):
    """Sort values, which are n_runs ascending runs that end at `ends`, by merging neighbours: log2(n_runs) times.

    spare: as long as values; spare and ends are used up.
    """
    in_spare = False
    while n_runs > 1:
        given, made = (spare, values) if in_spare else (values, spare)
        begin, n_made = 0, 0
        for k in range(0, n_runs, 2):
            middle, end = ends[k], ends[min(k + 1, n_runs - 1)]
            i, j = begin, middle
            for at in range(begin, end):
                if i < middle and (j >= end or given[i] <= given[j]):
                    made[at] = given[i]
                    i += 1
                else:
                    made[at] = given[j]
                    j += 1
            ends[n_made] = end
            n_made += 1
            begin = end
        n_runs = n_made
        in_spare = not in_spare
    if in_spare:
        values[:] = spare
