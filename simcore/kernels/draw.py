"""Drawing connections: one stream per target cell, so that each rank draws just its own. Values: rng/fill.py."""

from __future__ import annotations

import numpy as np

from simcore._jit import kernel
from simcore._math import log
from simcore.rng.counter import below, open_unit, philox, unit


@kernel
def choose_different(ptr, n_all, owners, skip, lane, key0, key1, seen, out):
    """For each owner row different numbers of range(n_all), in the order drawn: out[ptr[row]:ptr[row + 1]].

    skip : (n_owners,) number that is never drawn, or -1
    seen : (n_all + 1,) int64 zeros, scratch. Repeats are rejected; past half, those that are left out are drawn.
    Where more are asked for than there are, first come all of them, as often as they fit.
    """
    for row in range(owners.size):
        available = n_all - 1 if skip[row] >= 0 else n_all
        at = ptr[row]
        while ptr[row + 1] - at >= available and available > 0:
            for x in range(available):
                out[at + x] = x
            at += available
        n = ptr[row + 1] - at
        few = min(n, available - n)
        mark = row + 1
        i = 0
        drawn = 0
        a, b, c, d = 0, 0, 0, 0
        while drawn < few:
            phase = i & 3
            if phase == 0:
                a, b, c, d = philox((i >> 2) & 0xFFFFFFFF, owners[row] & 0xFFFFFFFF, lane, 0, key0, key1)
            x = below(a if phase == 0 else (b if phase == 1 else (c if phase == 2 else d)), available)
            i += 1
            if seen[x] != mark:
                seen[x] = mark
                if few == n:
                    out[at + drawn] = x
                drawn += 1
        if few < n:
            k = at
            for x in range(available):
                if seen[x] != mark:
                    out[k] = x
                    k += 1
        if skip[row] >= 0:
            for k in range(ptr[row], ptr[row + 1]):
                if out[k] >= skip[row]:
                    out[k] += 1


@kernel
def choose_any(ptr, n_all, owners, skip, lane, key0, key1, out):
    """For each owner row independent numbers of range(n_all) without skip: out[ptr[row]:ptr[row + 1]]."""
    for row in range(owners.size):
        available = n_all - 1 if skip[row] >= 0 else n_all
        for k in range(ptr[row], ptr[row + 1]):
            a, _, _, _ = philox((k - ptr[row]) & 0xFFFFFFFF, owners[row] & 0xFFFFFFFF, lane, 0, key0, key1)
            x = below(a, available)
            out[k] = x + 1 if (skip[row] >= 0) & (x >= skip[row]) else x


@kernel
def count_targets(n, lane, key0, key1, counts):
    """counts[j] += how many of n connections, each with a target of its own choice, choose target j."""
    for block in range((n + 3) >> 2):
        a, b, c, d = philox(block & 0xFFFFFFFF, (block >> 32) & 0xFFFFFFFF, lane, 2, key0, key1)
        left = n - (block << 2)
        counts[below(a, counts.size)] += 1
        if left > 1:
            counts[below(b, counts.size)] += 1
        if left > 2:
            counts[below(c, counts.size)] += 1
        if left > 3:
            counts[below(d, counts.size)] += 1


@kernel
def gaps(first, owner, lane, key0, key1, scale, out):
    """out[i] = floor of an exponential number: how many fail between two that pass, draw first + i of owner."""
    for i in range(out.size):
        a, b, _, _ = philox((first + i) & 0xFFFFFFFF, owner & 0xFFFFFFFF, lane, 1, key0, key1)
        out[i] = log(open_unit(a, b)) / scale


@kernel
def bernoulli(p, available, owners, skip, lane, key0, key1, first_row, buffer, ptr, out):
    """For each owner the numbers of range(available) that pass with probability p, ascending, without `skip`.

    Gaps between them are geometric: floor(log(u) / log(1 - p)). From row first_row on, as long as `out` has room for
    `available` more; fills ptr (n_owners + 1,) and out from ptr[first_row]; returns the next row. buffer: float64 scratch,
    so that the logarithms become SIMD.
    """
    rest = 1.0 - p
    # log(1 - p) to all digits, also where 1 - p rounds to 1 (W. Kahan)
    scale = -p if rest == 1.0 else log(rest) * (-p / (rest - 1.0))
    row = first_row
    n = ptr[row]
    while row < owners.size and n + available <= out.size:
        x = -1
        i = 0
        while x < available:
            gaps(i, owners[row], lane, key0, key1, scale, buffer)
            for k in range(buffer.size):
                gap = buffer[k]
                if gap >= available - x - 1:
                    x = available
                    break
                x += 1 + int(gap)
                if x != skip[row]:
                    out[n] = x
                    n += 1
            i += buffer.size
        row += 1
        ptr[row] = n
    return row


@kernel
def passing(p, n_columns, owners, lane, key0, key1, passed):
    """passed[k] = whether pair k = row * n_columns + column passes with probability p[k]: draw `column` of owners[row]."""
    for row in range(owners.size):
        for column in range(n_columns):
            a, b, _, _ = philox(column & 0xFFFFFFFF, owners[row] & 0xFFFFFFFF, lane, 2, key0, key1)
            passed[row * n_columns + column] = unit(a, b) < p[row * n_columns + column]


@kernel
def choose_distinct(n_all, lane, key0, key1, table, out):
    """out: the first different ones of the numbers of range(n_all) that are drawn, in the order drawn (n_all <= 2**52).

    table: int64 filled with -1, its size a power of two > out.size: a hash table with linear probing.
    """
    mask = table.size - 1
    found = 0
    i = 0
    while found < out.size:
        a, b, _, _ = philox(i & 0xFFFFFFFF, 0, lane, 0, key0, key1)
        x = int(unit(a, b) * n_all)
        i += 1
        at = ((x & 0xFFFFFFFF) * 0x9E3779B1 + (x >> 32)) >> 7 & mask
        while table[at] >= 0 and table[at] != x:
            at = (at + 1) & mask
        if table[at] < 0:
            table[at] = x
            out[found] = x
            found += 1


@kernel
def count_by(keys, counts):
    """counts[k + 1] += number of keys equal to k; counts: (n_keys + 1,)."""
    for i in range(keys.size):
        counts[keys[i] + 1] += 1


@kernel
def place_by(keys, cursor, target, sorted_target):
    """Counting sort, stable: sorted_target[cursor[key]++] = target."""
    for i in range(keys.size):
        k = keys[i]
        sorted_target[cursor[k]] = target[i]
        cursor[k] += 1


@kernel
def append_rows(indptr, n_rows, place, target, weights, n_delays, cursor, to_target, to_weights):
    """Append the rows of one projection to those of its bundle: row (source, k) to (source, place[k]) of n_delays.

    cursor: (n_sources * n_delays,) int64, where the next connection of each row goes; without weights to_weights is empty.
    """
    for row in range(n_rows):
        to = row // place.size * n_delays + place[row % place.size]
        at = cursor[to]
        for j in range(np.int64(indptr[row]), np.int64(indptr[row + 1])):
            to_target[at] = target[j]
            if to_weights.size:
                to_weights[at] = weights[j]
            at += 1
        cursor[to] = at
