"""Drawing connections: one stream per target cell, so that each rank draws just its own. Values: rng/fill.py."""

from __future__ import annotations

from simcore._jit import kernel
from simcore._math import log
from simcore.rng.counter import below, open_unit, philox


@kernel
def choose_different(n, available, owners, skip, lane, key0, key1, seen, out):
    """For each owner n different numbers of range(available), in the order drawn: out (n_owners, n).

    skip : (n_owners,) number that is never drawn (shifted over), or -1; `available` does not count it
    seen : (available + 1,) int64 zeros, scratch. Repeats are rejected; past half, the rest is drawn.
    """
    few = min(n, available - n)
    for row in range(owners.size):
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
                    out[row, drawn] = x
                drawn += 1
        if few < n:
            k = 0
            for x in range(available):
                if seen[x] != mark:
                    out[row, k] = x
                    k += 1
        if skip[row] >= 0:
            for k in range(n):
                if out[row, k] >= skip[row]:
                    out[row, k] += 1


@kernel
def bernoulli(p, available, owners, skip, lane, key0, key1, count_only, ptr, out):
    """For each owner the numbers of range(available) that pass with probability p, ascending, without `skip`.

    Gaps between them are geometric: floor(log(u) / log(1 - p)). First call with count_only: fills ptr (n_owners + 1,)
    with cumulative numbers; second call: fills out from ptr.
    """
    rest = 1.0 - p
    # log(1 - p) to all digits, also where 1 - p rounds to 1 (W. Kahan)
    scale = -p if rest == 1.0 else log(rest) * (-p / (rest - 1.0))
    for row in range(owners.size):
        n = ptr[row]
        i = 0
        x = -1
        while True:
            a, b, _, _ = philox(i & 0xFFFFFFFF, owners[row] & 0xFFFFFFFF, lane, 1, key0, key1)
            i += 1
            gap = log(open_unit(a, b)) / scale
            if gap >= available - x - 1:
                break
            x += 1 + int(gap)
            if x != skip[row]:
                if not count_only:
                    out[n] = x
                n += 1
        if count_only:
            ptr[row + 1] = n


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
