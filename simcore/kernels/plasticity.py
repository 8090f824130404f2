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


@equations
def power(x, exponent):
    """x**exponent for 0 <= x <= 1 and exponent >= 0 (0**0 = 1)."""
    y = exp(exponent * log(x if x > 0.0 else 1.0))
    y = y if x > 0.0 else 0.0
    y = x if exponent == 1.0 else y
    return 1.0 if exponent == 0.0 else y


@equations
def potentiated(w, trace, gain, exponent, w_min, w_max):
    """Weight after a postsynaptic spike that finds the presynaptic trace `trace`."""
    width = w_max - w_min
    size = w_max if exponent == 0.0 else width * power(min(max((w_max - w) / width, 0.0), 1.0), exponent)
    return min(w + gain * size * trace, w_max)


@equations
def depressed(w, trace, gain, exponent, w_min, w_max):
    """Weight after a presynaptic spike that finds the postsynaptic trace `trace`."""
    width = w_max - w_min
    size = w_max if exponent == 0.0 else width * power(min(max((w - w_min) / width, 0.0), 1.0), exponent)
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


@kernel
def potentiate(w, trace, earlier, after, up_to, begin_step, shift, steps, n, rule):
    """Weight after the postsynaptic spikes of steps in (after, up_to].

    trace: the presynaptic one at begin_step; earlier: the same without the spikes of that very step.
    """
    dt, tau_plus, w_min, w_max, gain, exponent = rule[0], rule[1], rule[3], rule[4], rule[5], rule[7]
    first = n
    while first > 0 and steps[first - 1] > after:
        first -= 1
    for h in range(first, n):
        if steps[h] > up_to:
            break
        passed = (steps[h] - begin_step + shift) * dt
        w = potentiated(w, (trace if passed > 0.0 else earlier) * exp(-passed / tau_plus), gain, exponent, w_min, w_max)
    return w


@kernel
def depress(w, step, before, shift, steps, traces, n, rule):
    """Weight after a presynaptic spike of `step`; it sees postsynaptic spikes of steps <= before."""
    dt, tau_minus, w_min, w_max, gain, exponent = rule[0], rule[2], rule[3], rule[4], rule[6], rule[8]
    h = n - 1
    while h >= 0 and steps[h] > before:
        h -= 1
    if h < 0:
        return w
    passed = (step - steps[h] - shift) * dt
    return depressed(w, traces[h] * exp(-passed / tau_minus), gain, exponent, w_min, w_max)


@kernel
def arrive(source, k, step, inputs, plastic):
    """One spike of `source`, fired in `step`, arrives over its connections of the k-th delay."""
    numbers, rule, delays, shift, upto, before, indptr, target, weights, pre, post, short = plastic
    n_delays, first_lid, mode, learns = delays.size, numbers[3], numbers[5], numbers[6]
    row = source * n_delays + k
    begin, end = np.int64(indptr[row]), np.int64(indptr[row + 1])
    part = release(row, step, rule[0], short) if mode == BY_SOURCE else 1.0
    last, trace, earlier, done = pre
    steps, traces, n = post
    for j in range(begin, end):
        t = target[j]
        if learns:
            i = t - first_lid
            w = rule[9] * weights[j]
            if trace[row] > 0.0:
                w = potentiate(w, trace[row], earlier[row], done[row], step + upto[k], last[row], shift[k], steps[i], n[i],
                               rule)
            w = depress(w, step, step + before[k], shift[k], steps[i], traces[i], n[i], rule)
            weights[j] = rule[9] * w
        inputs[t] += weights[j] * (release(j, step, rule[0], short) if mode == BY_CONNECTION else part)
    if learns:
        if step > last[row] or trace[row] == 0.0:
            earlier[row] = trace[row] * exp(-((step - last[row]) * rule[0]) / rule[1])
            trace[row] = earlier[row]
        trace[row] += 1.0
        last[row] = step
        done[row] = max(done[row], step + upto[k])


@kernel
def deliver_plastic(step, inbox, first_step, spike_gid, spike_ptr, plastic):
    """Add to `inbox` what arrives over one plastic projection at the end of `step`, and let its weights change.

    plastic: numbers (first gid, last gid, row of inbox, first lid and number of targets, where the short-term state is,
    whether it learns); rule (dt, tau_plus, tau_minus, w_min, w_max, A_plus, A_minus, two exponents, sign); per delay:
    delay [steps], shift, upto, before; indptr (n_pre * n_delays + 1,) into target and weights; pre: by source and
    delay the last step, the trace after and before it, the postsynaptic step up to which all is done; post: history of
    steps and traces (n_post, room) and its length; short: u, x, y, last step, U, tau_rec, tau_facil, tau_psc.
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
    numbers, rule, post = plastic[0], plastic[1], plastic[10]
    steps, traces, n = post
    if not numbers[6]:
        return
    full = False
    for i in range(numbers[4]):
        if fired[numbers[3] + i]:
            m = n[i]
            passed = (step - steps[i, m - 1]) * rule[0] if m > 0 else 0.0
            decayed = traces[i, m - 1] * exp(-passed / rule[2]) if m > 0 else 0.0
            steps[i, m] = step
            traces[i, m] = decayed + fired[numbers[3] + i]
            n[i] = m + 1
            full |= m + 2 > steps.shape[1]
    if full:
        settle(step + 1, plastic)


@kernel
def settle(step, plastic):
    """Apply what postsynaptic spikes before `step` do to the weights, as far as no spike under way comes earlier.

    Histories then keep what spikes still to arrive may need: of the postsynaptic spikes before all of those, the last.
    """
    numbers, rule, delays, shift, upto, before, indptr, target, weights, pre, post, _ = plastic
    last, trace, earlier, done = pre
    steps, traces, n = post
    needed = step
    for k in range(delays.size):
        needed = min(needed, step - delays[k] + min(upto[k], before[k]))
    for row in range(last.size):
        k = row % delays.size
        reached = step - delays[k] + upto[k]
        if trace[row] > 0.0 and reached > done[row]:
            for j in range(np.int64(indptr[row]), np.int64(indptr[row + 1])):
                i = target[j] - numbers[3]
                w = potentiate(rule[9] * weights[j], trace[row], earlier[row], done[row], reached, last[row], shift[k],
                               steps[i], n[i], rule)
                weights[j] = rule[9] * w
        done[row] = max(done[row], reached)
    for i in range(n.size):
        first = n[i]
        while first > 0 and steps[i, first - 1] > needed:
            first -= 1
        first = max(0, first - 1)
        for h in range(first, n[i]):
            steps[i, h - first], traces[i, h - first] = steps[i, h], traces[i, h]
        n[i] -= first
