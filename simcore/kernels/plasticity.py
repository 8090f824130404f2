"""Connections whose weight changes: delivery with Tsodyks–Markram release and STDP over all pairs of spikes.

STDP is done when a spike arrives: first the potentiation by postsynaptic spikes since the last one, then the
depression, then the weight counts. What the target fired is kept in a short history of steps and traces; when a
history is full, pending potentiation is applied to all connections (`settle`) and the history is emptied. All of it
is a function of spike times alone, so the bits do not depend on when a history was full.

Times are in steps. On the postsynaptic axis a presynaptic spike of step p is at p - shift, with
shift = (2 f - 1) d for the dendritic fraction f of a delay d: postsynaptic spikes of steps q <= p + upto[k] come
before it or with it, those of q <= p + before[k] strictly before.
"""

from __future__ import annotations

import numpy as np

from simcore._jit import equations, kernel
from simcore._math import exp, log
from simcore.kernels.events import first_at

NEVER = -(1 << 62)
BY_SOURCE, BY_CONNECTION = 1, 2             # where the short-term state is kept
CONSTANT, LINEAR, POWER = 0, 1, 2           # how a change depends on the weight


@equations
def power(x, exponent):
    """x**exponent for 0 <= x <= 1 and exponent >= 0 (0**0 = 1)."""
    y = exp(exponent * log(x if x > 0.0 else 1.0))
    y = y if x > 0.0 else 0.0
    y = x if exponent == 1.0 else y
    return 1.0 if exponent == 0.0 else y


@equations
def potentiated(w, trace, gain, kind, exponent, w_min, w_max):
    """Weight after a postsynaptic spike that finds the presynaptic trace `trace`."""
    size = w_max
    if kind == LINEAR:
        size = w_max - w
    elif kind == POWER:
        size = (w_max - w_min) * power(min(max((w_max - w) / (w_max - w_min), 0.0), 1.0), exponent)
    return min(w + gain * size * trace, w_max)


@equations
def depressed(w, trace, gain, kind, exponent, w_min, w_max):
    """Weight after a presynaptic spike that finds the postsynaptic trace `trace`."""
    size = w_max
    if kind == LINEAR:
        size = w - w_min
    elif kind == POWER:
        size = (w_max - w_min) * power(min(max((w - w_min) / (w_max - w_min), 0.0), 1.0), exponent)
    return max(w - gain * size * trace, w_min)


@equations
def decayed(steps, table, rate):
    """e**(-rate steps) for whole steps: from the table as far as it goes."""
    if 0 <= steps < table.size:
        return table[steps]
    return exp(-rate * steps)


@equations
def released(u, x, y, since, U, tau_rec, tau_facil, tau_psc):
    """State after a spike that comes `since` ms after the last one: u, x, y, and the part u x that it releases."""
    z = 1.0 - x - y
    active = exp(-since / tau_psc)
    lost = exp(-since / tau_rec)
    apart = tau_rec - tau_psc
    if abs(apart) > 1e-7 * tau_rec:
        moved = tau_rec / apart * (lost - active)
    else:                                                   # the limit of equal time constants
        moved = since / tau_rec * lost
    z = z * lost + y * moved
    y = y * active
    x = 1.0 - y - z
    u = u * exp(-since / tau_facil) if tau_facil > 0.0 else 0.0
    u = u + U * (1.0 - u)
    part = u * x
    return u, x - part, y + part, part


@kernel
def release(k, step, dt, short):
    """The part that a spike fired in `step` releases; state k moves on to it."""
    u, x, y, last, U, tau_rec, tau_facil, tau_psc = short
    p = k if U.size > 1 else 0
    u[k], x[k], y[k], part = released(u[k], x[k], y[k], (step - last[k]) * dt, U[p], tau_rec[p], tau_facil[p],
                                      tau_psc[p])
    last[k] = step
    return part


@equations
def potentiate(w, i, m, after, up_to, last, trace, earlier, shift, scale, gain, kind, exponent, w_min, w_max, rate, table,
               history):
    """Weight after those of the m spikes in the history of target i whose steps are in (after, up_to].

    trace: the presynaptic one at step `last`; earlier: the same without the spikes of that very step.
    """
    first = m
    while first > 0 and history[i, first - 1, 0] > after:
        first -= 1
    for h in range(first, m):
        passed = int(history[i, h, 0]) - last
        if passed + last > up_to:
            break
        found = trace if passed + shift > 0.0 else earlier
        w = potentiated(w, found * decayed(passed, table, rate) * scale, gain, kind, exponent, w_min, w_max)
    return w


@kernel
def arrive(source, k, step, inputs, plastic):
    """One spike of `source`, fired in `step`, arrives over its connections of the k-th delay."""
    # all that the loop needs is unpacked before it: counting references to arrays costs more than the arithmetic
    numbers, rule, delays, shifts, upto, before, indptr, target, weights, pre, post, short, kinds, tables = plastic
    dt, _, _, w_min, w_max, A_plus, A_minus, e_plus, e_minus, sign, rate_plus, rate_minus = rule
    n_delays, first_lid, mode, learns = delays.size, numbers[3], numbers[5], numbers[6]
    row = source * n_delays + k
    begin, end = np.int64(indptr[row]), np.int64(indptr[row + 1])
    part = release(row, step, dt, short) if mode == BY_SOURCE else 1.0
    lasts, traces, earliers, dones = pre
    history, n = post
    table_plus, table_minus, scales_plus, scales_minus = tables
    last, trace, earlier, done = lasts[row], traces[row], earliers[row], dones[row]
    shift, scale_plus, scale_minus, kind_plus, kind_minus = shifts[k], scales_plus[k], scales_minus[k], kinds[0], kinds[1]
    up_to, seen = step + upto[k], step + before[k]
    for j in range(begin, end):
        t = np.int64(target[j])
        if learns:
            i = t - first_lid
            m = n[i]
            w = sign * weights[j]
            if trace > 0.0:
                w = potentiate(w, i, m, done, up_to, last, trace, earlier, shift, scale_plus, A_plus, kind_plus, e_plus,
                               w_min, w_max, rate_plus, table_plus, history)
            h = m - 1
            while h >= 0 and history[i, h, 0] > seen:
                h -= 1
            if h >= 0:
                since = decayed(step - int(history[i, h, 0]), table_minus, rate_minus) * scale_minus
                w = depressed(w, history[i, h, 1] * since, A_minus, kind_minus, e_minus, w_min, w_max)
            weights[j] = sign * w
        inputs[t] += weights[j] * (release(j, step, dt, short) if mode == BY_CONNECTION else part)
    if learns:
        if step > last or trace == 0.0:
            earliers[row] = trace * decayed(step - last, table_plus, rate_plus)
            traces[row] = earliers[row]
        traces[row] += 1.0
        lasts[row] = step
        dones[row] = max(done, up_to)


@kernel
def deliver_plastic(step, inbox, first_step, spike_gid, spike_ptr, plastic):
    """Add to `inbox` what arrives over one plastic projection at the end of `step`, and let its weights change.

    plastic: numbers (first gid, last gid, row of inbox, first lid and number of targets, where the short-term state is,
    whether it learns); rule (dt, tau_plus, tau_minus, w_min, w_max, A_plus, A_minus, two exponents, sign, dt / tau_plus,
    dt / tau_minus); per delay: delay [steps], shift, upto, before; indptr (n_pre * n_delays + 1,) into target and
    weights; pre: by source and delay the last step, the trace after and before it, the postsynaptic step up to which all
    is done; post: history (n_post, room, 2) of steps and traces, and its length; short: u, x, y, last step, U, tau_rec,
    tau_facil, tau_psc; kinds of the two dependences; tables: decay by steps with tau_plus and tau_minus, and what the
    shift of each delay makes of it.
    """
    numbers, delays = plastic[0], plastic[2]
    for k in range(delays.size):
        s = step - delays[k] - first_step
        if s < 0:
            break
        begin = first_at(spike_gid, spike_ptr[s], spike_ptr[s + 1], numbers[0])
        end = first_at(spike_gid, begin, spike_ptr[s + 1], numbers[1])
        for m in range(begin, end):
            arrive(spike_gid[m] - numbers[0], k, step - delays[k], inbox[numbers[2]], plastic)


@kernel
def note_plastic(step, fired, plastic):
    """Enter the postsynaptic spikes of `step` into the histories; settle when one has no room for another."""
    numbers, rule, post, tables = plastic[0], plastic[1], plastic[10], plastic[13]
    history, n = post
    if not numbers[6]:
        return
    full = False
    eight = fired.view(np.uint64)                       # few fire: eight cells are looked at at once
    first, last = numbers[3], numbers[3] + numbers[4]
    for e in range(first >> 3, (last + 7) >> 3):
        if eight[e] == 0:
            continue
        for lid in range(max(first, 8 * e), min(last, 8 * e + 8)):
            if fired[lid]:
                i = lid - first
                m = n[i]
                before = 0.0
                if m > 0:
                    before = history[i, m - 1, 1] * decayed(step - int(history[i, m - 1, 0]), tables[1], rule[11])
                history[i, m, 0] = step
                history[i, m, 1] = before + fired[lid]
                n[i] = m + 1
                full |= m + 2 > history.shape[1]
    if full:
        settle(step + 1, plastic)


@kernel
def settle(step, plastic):
    """Apply what postsynaptic spikes before `step` do to the weights, as far as no spike under way comes earlier.

    Histories then keep what spikes still to arrive may need: of the postsynaptic spikes before all of those, the last.
    """
    numbers, rule, delays, shifts, upto, before, indptr, target, weights, pre, post, _, kinds, tables = plastic
    _, _, _, w_min, w_max, A_plus, _, e_plus, _, sign, rate_plus, _ = rule
    lasts, traces, earliers, dones = pre
    history, n = post
    table_plus, _, scales_plus, _ = tables
    first_lid, kind_plus = numbers[3], kinds[0]
    needed = step
    for k in range(delays.size):
        needed = min(needed, step - delays[k] + min(upto[k], before[k]))
    for row in range(dones.size):
        k = row % delays.size
        reached = step - delays[k] + upto[k]
        last, trace, earlier, done = lasts[row], traces[row], earliers[row], dones[row]
        shift, scale = shifts[k], scales_plus[k]
        if trace > 0.0 and reached > done:
            for j in range(np.int64(indptr[row]), np.int64(indptr[row + 1])):
                i = np.int64(target[j]) - first_lid
                weights[j] = sign * potentiate(sign * weights[j], i, n[i], done, reached, last, trace, earlier, shift, scale,
                                               A_plus, kind_plus, e_plus, w_min, w_max, rate_plus, table_plus, history)
        dones[row] = max(done, reached)
    for i in range(n.size):
        first = n[i]
        while first > 0 and history[i, first - 1, 0] > needed:
            first -= 1
        first = max(0, first - 1)
        for h in range(first, n[i]):
            history[i, h - first, 0], history[i, h - first, 1] = history[i, h, 0], history[i, h, 1]
        n[i] -= first
