"""Spikes in a step: delivered late and by delay, drawn by sources, collected in the order of their gids.

At step t every bundle of projections adds the spikes of step t - d, for each of its delays d, to one row of input. A
target gets its additions in the order (bundle, delay, gid of the source), whatever other targets this rank has: sums do
not depend on the partition.
"""

from __future__ import annotations

import numpy as np

from simcore._jit import equations, kernel, prefetch
from simcore.rng.counter import philox

ONE = np.uint64(1)              # an index without a sign needs no look whether it counts from the end
SHARED = -1                     # weight_base of a bundle whose connections share one weight
AHEAD = 4                       # rows of connections that are on their way from memory
LINE = 32                       # targets of two bytes in a cache line
BLOCK = 2048                    # Poisson draws at a time: words and counts of a block stay in the L1 cache


@kernel
def bound(step, first_step, spike_gid, spike_ptr, first_gids, bounds):
    """bounds[step % size, p] = how many spikes of `step` come before those of population p.

    first_gids: (n_populations + 1,), ascending; spikes as for `deliver`. Steps before them are left as they are.
    """
    if step < first_step:
        return
    row = bounds[step % bounds.shape[0]]
    begin, end = spike_ptr[step - first_step], spike_ptr[step - first_step + 1]
    at = begin
    for p in range(first_gids.size):
        at = first_at(spike_gid, at, end, first_gids[p])
        row[p] = at - begin


@kernel
def deliver(step, inbox, first_step, spike_gid, spike_ptr, bounds, bundles):
    """Add to `inbox` the weight of every connection whose spike arrives at the end of `step`.

    inbox     : (n_receptors, n_cells or more) float64, changed in place
    spike_gid : gids ordered by (step, gid); spikes of step s are spike_ptr[s - first_step : s - first_step + 2]
    bounds    : of the steps that matter, see `bound`
    bundles   : (n,) each: first gid and number of the source population, row of inbox, weight that all share, row_base
                (where its rows begin in indptr), base (where its connections begin in target), weight_base (in weights,
                or SHARED); delay_ptr (n + 1,) into delays, ascending; since: earlier spikes are not delivered here;
                indptr, target, weights as in engine/connect.py; rows (n_rows,) int64, scratch
    """
    first_gid, number, row, weight, row_base, base, weight_base = bundles[:7]
    delay_ptr, since, delays, indptr, target, weights, rows = bundles[7:]
    for c in range(row.size):
        n_delays = delay_ptr[c + 1] - delay_ptr[c]
        n = 0
        for k in range(n_delays):
            s = step - delays[delay_ptr[c] + k]
            if s < since[c]:
                break
            at, begin = s % bounds.shape[0], spike_ptr[s - first_step]
            for m in range(begin + bounds[at, number[c]], begin + bounds[at, number[c] + 1]):
                rows[n] = row_base[c] + (spike_gid[m] - first_gid[c]) * n_delays + k
                prefetch(indptr, rows[n])
                n += 1
                if n == rows.size:
                    add_rows(inbox, row[c], n, rows, indptr, target, base[c], weights, weight_base[c], weight[c])
                    n = 0
        if n > 0:
            add_rows(inbox, row[c], n, rows, indptr, target, base[c], weights, weight_base[c], weight[c])


@kernel
def add_rows(inbox, into, n, rows, indptr, target, base, weights, weight_base, weight):
    """Add the weights of the connections of n rows to inbox[into].

    Rows are far apart in memory: that of AHEAD rows later is asked for while one is added. No slices: each would count
    references, atomically, which takes longer than ten additions.
    """
    for i in range(n + AHEAD):
        if i < n:
            begin, end = np.int64(indptr[rows[i]]), np.int64(indptr[rows[i] + 1])
            for j in range(begin, min(end, begin + 4 * LINE), LINE):
                prefetch(target, base + j)
            if weight_base != SHARED:
                for j in range(begin, min(end, begin + 4 * LINE), 8):
                    prefetch(weights, weight_base + j)
        if i >= AHEAD:
            row = np.uint64(rows[i - AHEAD])
            begin, n_own = np.uint64(indptr[row]), np.uint64(indptr[row + ONE]) - np.uint64(indptr[row])
            first = np.uint64(base) + begin
            if weight_base == SHARED:
                for j in range(first, first + n_own):
                    inbox[into, target[j]] += weight
            else:
                at = np.uint64(weight_base) + begin
                for j in range(n_own):
                    inbox[into, target[first + j]] += weights[at + j]


@kernel
def arrive(step, inbox, under_way):
    """Add what was sent before delays changed: under_way: first step, ptr by step, row of inbox, lid, weight."""
    first_step, ptr, row, lid, weight = under_way
    s = step - first_step
    if s >= 0 and s < ptr.size - 1:
        for k in range(ptr[s], ptr[s + 1]):
            inbox[row[k], lid[k]] += weight[k]


@equations
def first_at(gids, begin, end, gid):
    """First position of [begin, end) whose gid is at least `gid` (binary search)."""
    while begin < end:
        middle = (begin + end) >> 1
        if gids[middle] < gid:
            begin = middle + 1
        else:
            end = middle
    return begin


@equations
def count_reached(words, threshold, counts):
    """counts += words >= threshold. A loop over whole arrays: over a range of one it takes 15 times as long."""
    for i in range(words.size):
        counts[i] += words[i] >= threshold


@equations
def draw_words(step_low, step_high, gids, lane, key0, key1, w0, w1, w2, w3):
    """The words of four steps for each gid."""
    for i in range(gids.size):
        w0[i], w1[i], w2[i], w3[i] = philox(step_low, gids[i] & 0xFFFFFFFF, lane, step_high, key0, key1)


@equations
def add_counts(inputs, weights, counts):
    """Inputs += weights * counts."""
    for i in range(counts.size):
        inputs[i] += weights[i] * counts[i]


@kernel
def draw_counts(step, begin, end, drawn, words, gids, lane, key0, key1, thresholds, counts):
    """counts[begin:end] = Poisson numbers of `step`, by inversion of one 32-bit word each.

    words : (4, n) uint32, the words of the four steps of block `drawn`; made anew when `step` leaves the block
    gids  : (n,) int64, owners of the draws; thresholds: (n_thresholds,) uint32, cumulative probabilities * 2**32
    Returns the block that words now hold.
    """
    block = step >> 2
    if block != drawn:
        low, high = block & 0xFFFFFFFF, (block >> 32) & 0xFFFFFFFF
        draw_words(low, high, gids[begin:end], lane, key0, key1, words[0, begin:end], words[1, begin:end],
                   words[2, begin:end], words[3, begin:end])
    w = words[step & 3]
    for first in range(begin, end, BLOCK):
        last = min(first + BLOCK, end)
        block_words, block_counts = w[first:last], counts[first:last]
        block_counts[:] = 0
        for k in range(thresholds.size):
            count_reached(block_words, thresholds[k], block_counts)
    return block


@kernel
def poisson_inputs(step, inbox, groups):
    """Input of private Poisson sources, each connected to one cell: weight times the number of spikes.

    groups: ptr (n_groups + 1,), row, delay, start, stop [steps], drawn, threshold_ptr, thresholds, gids, lids, weights,
    words (4, n), counts (n,), (lane, key0, key1). The sources are never stored nor sent: see rng/streams.py, POISSON.
    """
    ptr, row, delay, start, stop, drawn, threshold_ptr, thresholds, gids, lids, weights, words, counts, key = groups
    for g in range(row.size):
        s = step - delay[g]
        if s < start[g] or s >= stop[g]:
            continue
        drawn[g] = draw_counts(s, ptr[g], ptr[g + 1], drawn[g], words, gids, key[0], key[1], key[2],
                               thresholds[threshold_ptr[g]:threshold_ptr[g + 1]], counts)
        inputs = inbox[row[g]]
        begin, end = ptr[g], ptr[g + 1]
        if end > begin and lids[end - 1] - lids[begin] == end - begin - 1:      # consecutive, as lids ascend
            add_counts(inputs[lids[begin]:lids[begin] + end - begin], weights[begin:end], counts[begin:end])
        else:
            for i in range(begin, end):
                inputs[lids[i]] += weights[i] * counts[i]


@kernel
def poisson_sources(step, fired, groups):
    """fired[lid] = number of spikes in `step` of each Poisson source (0 outside start <= step < stop)."""
    ptr, start, stop, drawn, threshold_ptr, thresholds, gids, lids, words, counts, key = groups
    for g in range(start.size):
        if step < start[g] or step >= stop[g]:
            if drawn[g] >= 0:                       # it was on in the step before
                drawn[g] = -1
                for i in range(ptr[g], ptr[g + 1]):
                    fired[lids[i]] = 0
            continue
        drawn[g] = draw_counts(step, ptr[g], ptr[g + 1], drawn[g], words, gids, key[0], key[1], key[2],
                               thresholds[threshold_ptr[g]:threshold_ptr[g + 1]], counts)
        for i in range(ptr[g], ptr[g + 1]):
            fired[lids[i]] = counts[i]


@kernel
def array_sources(step, fired, events):
    """fired[lid] = number of spikes in `step` of each array source; events: ptr by step, lid, and what was set last."""
    first_step, ptr, lids, last = events
    for k in range(last[0], last[1]):
        fired[lids[k]] = 0
    s = step - first_step
    inside = (s >= 0) & (s < ptr.size - 1)
    last[0] = ptr[s] if inside else 0
    last[1] = ptr[s + 1] if inside else 0
    for k in range(last[0], last[1]):
        fired[lids[k]] += 1


@kernel
def collect(n, fired, spike_gid, segments, stride):
    """Append the gids of all that fired, in gid order, from position n on; returns the new length.

    fired: uint8, its length a multiple of 8: eight cells are looked at at once, and 64 where none fires, since few do.
    segments: (n_segments, 3) int64, ordered by gid: first lid, number of cells, first gid; gids go up by `stride`.
    """
    eight = fired.view(np.uint64)
    for k in range(segments.shape[0]):
        first, size, gid = segments[k, 0], segments[k, 1], segments[k, 2]
        last = first + size
        e, end = first >> 3, (last + 7) >> 3
        while e < end:
            if e + 8 <= end:
                any_fired = np.uint64(0)
                for i in range(np.uint64(e), np.uint64(e + 8)):
                    any_fired |= eight[i]
                if any_fired == 0:
                    e += 8
                    continue
            if eight[e] != 0:
                for lid in range(max(first, 8 * e), min(last, 8 * e + 8)):
                    for _ in range(fired[lid]):
                        spike_gid[n] = gid + (lid - first) * stride
                        n += 1
            e += 1
    return n


@kernel
def sample(step, traces):
    """Copy the recorded states at the beginning of `step` (time step * dt) to their trace, where one is due.

    traces: pool (all states), index (flat into pool), ptr (n_traces + 1,), interval [steps], next row to write (in
    place), offset into out, out.
    """
    pool, index, ptr, interval, rows, offset, out = traces
    for k in range(interval.size):
        if step % interval[k] == 0:
            first, width = np.uint64(ptr[k]), np.uint64(ptr[k + 1] - ptr[k])
            begin = np.uint64(offset[k]) + np.uint64(rows[k]) * width
            for i in range(width):
                out[begin + i] = pool[np.uint64(index[first + i])]
            rows[k] += 1


@kernel
def inject(step, currents):
    """total[lid] = sum of the currents injected into a cell in `step`, in the order of the injections.

    currents: first step, waves (n_injections, n_steps), ptr (n_injections + 1,) into lids, total (n_cells,).
    """
    first_step, waves, ptr, lids, total = currents
    total[:] = 0.0
    for k in range(waves.shape[0]):
        value = waves[k, step - first_step]
        if value != 0.0:
            for i in range(ptr[k], ptr[k + 1]):
                total[lids[i]] += value
