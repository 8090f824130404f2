"""Spikes of an epoch from and to the blocks that ranks send each other."""

from __future__ import annotations

from simcore._jit import allgather, kernel


@kernel
def share(step, epoch, said_first, said_gid, said_ptr, heard_first, heard_gid, heard_ptr, exchange):
    """Where an epoch ends with `step`, append the spikes of all ranks to those heard; whether the rest is up to Python.

    exchange: see engine.exchange.Exchange.view. Python goes on where a rank has more spikes than fit into its block, where
    there is no room for what was heard, and where MPI failed.
    """
    at, mine, blocks, nothing, work, mpi = exchange
    begin, end = at[0], min(at[0] + epoch, at[1])
    if step + 1 < end:
        return False
    n_steps = end - begin
    pack(said_gid, said_ptr, begin - said_first, n_steps, epoch, mine)
    at[2] = allgather(mpi[0], mine, mpi[1], blocks, mpi[2])
    n, largest = heard_ptr[begin - heard_first], 0
    for r in range(blocks.shape[0]):
        said = 0
        for s in range(n_steps):
            said += blocks[r, s]
        n += said
        largest = max(largest, said)
    if at[2] != 0 or largest > mine.size - epoch or n > heard_gid.size:
        return True
    merge(blocks, nothing, n_steps, epoch, begin - heard_first, heard_gid, heard_ptr, work)
    at[0] = end
    return False


@kernel
def pack(gids, ptr, first, n_steps, room, block):
    """block = spikes in each of the n_steps from `first` on (ptr counts steps), and, from `room` on, their first gids."""
    for s in range(n_steps):
        block[s] = ptr[first + s + 1] - ptr[first + s]
    n = min(ptr[first + n_steps] - ptr[first], block.size - room)
    for k in range(n):
        block[room + k] = gids[ptr[first] + k]


@kernel
def merge(blocks, rest, n_steps, room, at_step, gids, ptr, work):
    """Append the spikes of all ranks to gids and ptr, ordered by (step, gid).

    blocks: (n_ranks, room + n_inline) as `pack` makes them; rest: (n_ranks, n) gids that did not fit into them; work: two
    int64 arrays (n_ranks,) and one of gids, as long as the spikes of a step, all used up.
    """
    n_ranks, inline = blocks.shape[0], blocks.shape[1] - room
    n = ptr[at_step]
    begun, ends, spare = work                           # begun: spikes of each rank that are merged already
    begun[:] = 0
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


@kernel
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
        for k in range(values.size):
            values[k] = spare[k]
