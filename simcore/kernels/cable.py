"""What happens in a step of detailed cells besides solving and gates: events, clamps, samples, spikes.

A block is a set of cells whose arrays are (node, lane); one step, from t to t + dt:

1. events add to receptors;                              3. the tree is solved for v;
2. mechanisms, receptors, clamps say g and ge at v(t);   4. gates advance by dt at the new v; spikes are detected.

Default scheme: gates and conductances live at t + dt/2, v at t; v of the middle of the step is solved implicitly, then
v(t + dt) = 2 v(t + dt/2) - v(t): Crank-Nicolson, second order (Hines 1984, Int J Biomed Comput 15:69). scheme "neuron":
backward Euler, v(t + dt) as solved, first order.

Solvers are rendered by `cable_solvers`, loops over compartments, receptors and steps by `cable_loops`.
"""

from __future__ import annotations

import numpy as np

from simcore._jit import kernel

SCHEMES = {"default": "2.0 * {x} - {v}", "neuron": "{x}"}        # v(t + dt) from the solution x


@kernel
def gather(node, v, own):
    """own (k, W) = rows `node` (k,) of v (n, W)."""
    for s in range(node.size):
        own_s, v_s = own[s], v[node[s]]         # own[s, :] = … takes numba 2.5 s more to compile
        for k in range(own_s.size):
            own_s[k] = v_s[k]


@kernel
def scatter(node, fresh, g, ge, d, r):
    """Rows g, ge (k, W) set or (where not fresh) added to rows `node` of d, r."""
    for s in range(node.size):
        d_s, r_s, g_s, ge_s = d[node[s]], r[node[s]], g[s], ge[s]
        if fresh[s]:
            for k in range(g_s.size):
                d_s[k] = g_s[k]
                r_s[k] = ge_s[k]
        else:
            for k in range(g_s.size):
                d_s[k] += g_s[k]
                r_s[k] += ge_s[k]


@kernel
def hear(step, cursor, pool, events):
    """Events of this step, from `cursor` on: each adds weight * jump to its receptor's states; returns the new cursor.

    events: (step, receptor, weight) of (n,) each, ordered by step; jumps of receptor j: ptr[j]:ptr[j + 1] of (index in
    the pool, factor).
    """
    when, receptor, weight, ptr, index, factor = events
    while cursor < when.size and when[cursor] <= step:
        for j in range(ptr[receptor[cursor]], ptr[receptor[cursor] + 1]):
            pool[index[j]] += factor[j] * weight[cursor]
        cursor += 1
    return cursor


@kernel
def clamp(row, d, r, clamps):
    """Injected currents and conductances of this step: node, lane (k,); g, ge (n_steps, k); clear: rows to set to 0."""
    clear, node, lane, g, ge = clamps
    for s in range(clear.size):
        d_s, r_s = d[clear[s]], r[clear[s]]
        for k in range(d_s.size):
            d_s[k] = 0.0
            r_s[k] = 0.0
    for s in range(node.size):
        d[node[s], lane[s]] += g[row, s]
        r[node[s], lane[s]] += ge[row, s]


@kernel
def sample(step, pool, samples):
    """Copy pool[index] into the next row of out (n_rows, k) at every multiple of `every` steps; rows[0] counts them."""
    index, every, rows, out = samples
    if index.size and step % every == 0:
        row = rows[0]
        for j in range(index.size):
            out[row, j] = pool[index[j]]
        rows[0] = row + 1


@kernel
def detect(step, n_spikes, pool, detectors):
    """Note (step, lane) where pool[index] (one a lane) has risen above its threshold in this step."""
    index, threshold, above, out_step, out_lane = detectors
    for k in range(index.size):
        now = pool[index[k]] > threshold[k]
        if now and not above[k]:
            out_step[n_spikes] = step
            out_lane[n_spikes] = k
            n_spikes += 1
        above[k] = now
    return n_spikes


@kernel(allocates=True)
def due(steps, gids, first, n_steps, ptr, delay):
    """For each spike of (n,) steps, gids the range of its connections that act from steps first … first + n_steps.

    ptr: (n_gids + 1,), delay: steps, ascending within a source. Returns begin (n,), end (n,).
    """
    begin = np.empty(steps.size, np.int64)
    end = np.empty(steps.size, np.int64)
    for k in range(steps.size):
        low, high = ptr[gids[k]], ptr[gids[k] + 1]
        begin[k] = low + np.searchsorted(delay[low:high], first - 1 - steps[k])
        end[k] = low + np.searchsorted(delay[low:high], first + n_steps - 1 - steps[k])
    return begin, end
