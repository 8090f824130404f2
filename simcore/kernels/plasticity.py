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

from simcore._jit import equations, kernel, prefetch
from simcore._math import exp, log
from simcore.kernels.events import first_at

NEVER = -(1 << 62)
AHEAD = np.uint64(8)                                   # connections whose target's history is on its way from memory
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


# Loops over a row index its arrays themselves: handing an array to a function counts references, atomically, each time,
# which takes longer than the arithmetic.

@kernel
def potentiate(begin, end, target, weights, sign, first_lid, history, n, times, found, law, table):
    """Let the postsynaptic spikes that a row of connections has not seen yet raise its weights.

    times: they are those of steps in (after, up_to], and the row last had a spike in step `last`; `shift` of its delay
    found: presynaptic trace at step `last`, the same without the spikes of that very step, what the shift makes of both
    law: gain, kind, exponent, w_min, w_max, rate of the decay (`table` has it by steps)
    """
    after, up_to, last, shift = times
    trace, earlier, scale = found
    gain, kind, exponent, w_min, w_max, rate = law
    flat, room = history.reshape(-1), 2 * history.shape[1]
    for j in range(np.uint64(begin), np.uint64(end)):
        if j + AHEAD < np.uint64(end):
            i = np.uint64(np.int64(target[j + AHEAD]) - first_lid)
            prefetch(flat, np.int64(i) * room + 2 * max(n[i] - 1, 0))
        i = np.uint64(np.int64(target[j]) - first_lid)
        m = n[i]
        first = m
        while first > 0 and history[i, np.uint64(first - 1), 0] > after:
            first -= 1
        if first == m:
            continue
        w = sign * weights[j]
        for h in range(np.uint64(first), np.uint64(m)):
            passed = int(history[i, h, 0]) - last
            if passed + last > up_to:
                break
            size = table[np.uint64(passed)] if 0 <= passed < table.size else exp(-rate * passed)
            size *= trace if passed + shift > 0.0 else earlier
            w = potentiated(w, size * scale, gain, kind, exponent, w_min, w_max)
        weights[j] = sign * w


@kernel
def depress(begin, end, target, weights, sign, first_lid, history, n, step, seen, scale, law, table):
    """Let a presynaptic spike of `step` lower the weights of its row, by postsynaptic spikes up to step `seen`."""
    gain, kind, exponent, w_min, w_max, rate = law
    for j in range(np.uint64(begin), np.uint64(end)):
        i = np.uint64(np.int64(target[j]) - first_lid)
        h = n[i] - 1
        while h >= 0 and history[i, np.uint64(h), 0] > seen:
            h -= 1
        if h >= 0:
            passed = step - int(history[i, np.uint64(h), 0])
            size = table[np.uint64(passed)] if 0 <= passed < table.size else exp(-rate * passed)
            w = depressed(sign * weights[j], history[i, np.uint64(h), 1] * (size * scale), gain, kind, exponent, w_min, w_max)
            weights[j] = sign * w


@kernel
def learn(begin, end, s, k, step, plastic):
    """A presynaptic spike of `step` with the k-th timing changes the weights of connections that have state s in common.

    Where delays have changed it may come before spikes that arrived earlier, and before postsynaptic spikes already done
    with: those meet it alone.
    """
    numbers, rule, _, shifts, upto, before, _, target, weights, pre, post, _, kinds, tables, _ = plastic
    _, _, _, w_min, w_max, A_plus, A_minus, e_plus, e_minus, sign, rate_plus, rate_minus = rule
    lasts, traces, earliers, dones, timings, _ = pre
    last, trace, earlier, done = lasts[s], traces[s], earliers[s], dones[s]
    at = timings[s] if numbers[7] == BY_CONNECTION else k
    up_to = step + upto[k]
    gain = A_plus, kinds[0], e_plus, w_min, w_max, rate_plus
    if trace > 0.0:
        potentiate(begin, end, target, weights, sign, numbers[3], post[0], post[1], (done, up_to, last, shifts[at]),
                   (trace, earlier, tables[2][at]), gain, tables[0])
    depress(begin, end, target, weights, sign, numbers[3], post[0], post[1], step, step + before[k], tables[3][k],
            (A_minus, kinds[1], e_minus, w_min, w_max, rate_minus), tables[1])
    if up_to < done:
        potentiate(begin, end, target, weights, sign, numbers[3], post[0], post[1], (up_to, done, step, shifts[k]),
                   (1.0, 0.0, tables[2][k]), gain, tables[0])
    passed = step - last
    later = passed - (shifts[k] - shifts[at])
    if later > 0.0 or trace == 0.0:
        if at != k:
            earliers[s] = trace * exp(-rate_plus * later)
        else:
            earliers[s] = trace * (tables[0][passed] if 0 <= passed < tables[0].size else exp(-rate_plus * passed))
        traces[s] = earliers[s] + 1.0
        lasts[s] = step
        if numbers[7] == BY_CONNECTION:
            timings[s] = k
    else:
        part = exp(rate_plus * later)
        traces[s] += part
        earliers[s] += part if later < 0.0 else 0.0
    dones[s] = max(done, up_to)


@kernel
def arrive(source, k, step, inbox, plastic):
    """One spike of `source`, fired in `step`, arrives over its connections of the k-th delay."""
    numbers, rule, delays, indptr, target, weights, short = (plastic[0], plastic[1], plastic[2], plastic[6], plastic[7],
                                                             plastic[8], plastic[11])
    row, into = source * delays.size + k, numbers[2]
    begin, end = np.int64(indptr[row]), np.int64(indptr[row + 1])
    if numbers[6]:
        if numbers[7] == BY_CONNECTION:
            for j in range(begin, end):
                learn(j, j + 1, j, k, step, plastic)
        else:
            learn(begin, end, row, k, step, plastic)
    if numbers[5] == BY_CONNECTION:
        for j in range(begin, end):
            inbox[into, target[j]] += weights[j] * release(j, step, rule[0], short)
    else:
        part = release(row, step, rule[0], short) if numbers[5] == BY_SOURCE else 1.0
        for j in range(np.uint64(begin), np.uint64(end)):
            inbox[into, target[j]] += weights[j] * part


@kernel
def arrive_late(step, inbox, plastic):
    """What was sent before delays changed and arrives at the end of `step`."""
    numbers, target, weights = plastic[0], plastic[7], plastic[8]
    first_step, ptr, position, fired, timing, part = plastic[14]
    s = step - first_step
    if s < 0 or s >= ptr.size - 1:
        return
    for e in range(ptr[s], ptr[s + 1]):
        j = position[e]
        if numbers[6]:
            learn(j, j + 1, j, timing[e], fired[e], plastic)
        inbox[numbers[2], target[j]] += weights[j] * part[e]


@kernel
def release_each(states, steps, dt, short, parts):
    """parts[e] = what a spike fired in steps[e] releases of short-term state states[e]; those of a state in order."""
    for e in range(states.size):
        parts[e] = release(states[e], steps[e], dt, short)


@kernel
def deliver_plastic(step, inbox, first_step, spike_gid, spike_ptr, plastic):
    """Add to `inbox` what arrives over one plastic projection at the end of `step`, and let its weights change.

    plastic: numbers (first gid, last gid, row of inbox, first lid and number of targets, where the short-term state is,
    whether it learns, where the state of STDP is, first step whose spikes have these delays, steps of which all
    postsynaptic spikes are kept, upto of the longest delay that may be given later, at most 0); rule (dt, tau_plus,
    tau_minus, w_min, w_max, A_plus, A_minus, two exponents, sign, dt / tau_plus, dt / tau_minus); per delay: delay
    [steps], shift, upto, before (the latter three also of former delays); indptr (n_pre * n_delays + 1,) into target and
    weights; pre: by source and delay, or by connection, the last step, the trace after and before it, the postsynaptic
    step up to which all is done, and by connection the timing of the last step and scratch; post: history (n_post, room,
    2) of steps and traces, and its length; short: u, x, y, last step, U, tau_rec, tau_facil, tau_psc; kinds of the two
    dependences; tables: decay by steps with tau_plus and tau_minus, and what the shift of each delay makes of it; late:
    first step, ptr by step of arrival, and of what was sent before delays changed the connection, step fired, timing and
    part released.
    """
    numbers, delays = plastic[0], plastic[2]
    arrive_late(step, inbox, plastic)
    for k in range(delays.size):
        s = step - delays[k] - first_step
        if s < 0 or s + first_step < numbers[8]:
            break
        begin = first_at(spike_gid, spike_ptr[s], spike_ptr[s + 1], numbers[0])
        end = first_at(spike_gid, begin, spike_ptr[s + 1], numbers[1])
        for m in range(begin, end):
            arrive(spike_gid[m] - numbers[0], k, step - delays[k], inbox, plastic)


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
                    passed = step - int(history[i, m - 1, 0])
                    size = tables[1][passed] if passed < tables[1].size else exp(-rule[11] * passed)
                    before = history[i, m - 1, 1] * size
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
    numbers, rule, delays, shifts, upto, before, indptr, target, weights, pre, post, _, kinds, tables, late = plastic
    _, _, _, w_min, w_max, A_plus, _, e_plus, _, sign, rate_plus, _ = rule
    lasts, traces, earliers, dones, timings, limits = pre
    history, n = post
    needed = step - numbers[9]
    for k in range(delays.size):
        needed = min(needed, step - delays[k] + min(upto[k], before[k]))
    each = numbers[7] == BY_CONNECTION
    most = step + numbers[10]
    limits[:] = most
    for e in range(late[1][min(max(step - late[0], 0), late[1].size - 1)], late[2].size):
        k = late[4][e]
        needed = min(needed, late[3][e] + min(upto[k], before[k]))
        limits[late[2][e]] = min(limits[late[2][e]], late[3][e] + upto[k])
    for row in range(indptr.size - 1):
        k = row % delays.size
        begin, end = np.int64(indptr[row]), np.int64(indptr[row + 1])
        for s in range(begin if each else row, end if each else row + 1):
            at = timings[s] if each else k
            reached = min(step - delays[k] + upto[k], limits[s] if each else most)
            if traces[s] > 0.0 and reached > dones[s]:
                potentiate(s if each else begin, s + 1 if each else end, target, weights, sign, numbers[3], history, n,
                           (dones[s], reached, lasts[s], shifts[at]), (traces[s], earliers[s], tables[2][at]),
                           (A_plus, kinds[0], e_plus, w_min, w_max, rate_plus), tables[0])
            dones[s] = max(dones[s], reached)
    for i in range(n.size):
        first = n[i]
        while first > 0 and history[i, first - 1, 0] > needed:
            first -= 1
        first = max(0, first - 1)
        for h in range(first, n[i]):
            history[i, h - first, 0], history[i, h - first, 1] = history[i, h, 0], history[i, h, 1]
        n[i] -= first
