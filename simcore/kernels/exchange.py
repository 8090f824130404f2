"""Spikes of an epoch from and to the blocks that ranks send each other."""

from __future__ import annotations

from simcore._jit import kernel


@kernel
def pack(gids, ptr, first, n_steps, room, block):
    """block = spikes in each of the n_steps from `first` on (ptr counts steps), and, from `room` on, their first gids."""
    for s in range(n_steps):
        block[s] = ptr[first + s + 1] - ptr[first + s]
    n = min(ptr[first + n_steps] - ptr[first], block.size - room)
    for k in range(n):
        block[room + k] = gids[ptr[first] + k]


@kernel
def merge(blocks, rest, n_steps, room, at_step, gids, ptr):
    """Append the spikes of all ranks to gids and ptr, ordered by (step, gid).

    blocks: (n_ranks, room + n_inline) as `pack` makes them; rest: (n_ranks, n) gids that did not fit into them.
    """
    n_ranks, inline = blocks.shape[0], blocks.shape[1] - room
    n = ptr[at_step]
    begun = blocks[:, 0] * 0                            # spikes of each rank that are merged already
    left = blocks[:, 0] * 0
    for s in range(n_steps):
        left[:] = blocks[:, s]
        while True:
            best, least = -1, 0
            for r in range(n_ranks):
                if left[r] > 0:
                    k = begun[r]
                    gid = blocks[r, room + k] if k < inline else rest[r, k - inline]
                    if best < 0 or gid < least:
                        best, least = r, gid
            if best < 0:
                break
            gids[n] = least
            n += 1
            begun[best] += 1
            left[best] -= 1
        ptr[at_step + s + 1] = n
