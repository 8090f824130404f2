"""The cable equation of many cells side by side, and everything that happens in a step; rendered for lanes and layers.

A block holds W cells (lanes) of one tree: arrays are (node, lane), so that the solver, scalar along the tree, is SIMD
across cells. One step, from t to t + dt:

1. events add to receptors;                              3. the tree is solved for v;
2. mechanisms, receptors, clamps say g and ge at v(t);   4. gates advance by dt at the new v; spikes are detected.

Default scheme: gates and conductances live at t + dt/2, v at t; v of the middle of the step is solved implicitly, then
v(t + dt) = 2 v(t + dt/2) - v(t): Crank-Nicolson, second order (Hines 1984, Int J Biomed Comput 15:69). scheme "neuron":
backward Euler, v(t + dt) as solved, first order.

`diag` holds what does not change: C/dt + axial + passive conductances. What changes is collected in d (conductances)
and r (g e and injected currents): the first to write a row sets it, the others add, so that no row must be cleared.
The way up assembles, eliminates and hands on; the way down substitutes. Lanes never mix and the order of additions to
a row is the cell's own, hence the same bits whatever W is and whoever the neighbours are.
Measured: 1.9 ns a compartment and step (W = 16 and 32, one core), against 2.3 for separate sweeps with fastmath.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simcore._jit import kernel

_SOLVER = '''"""Solve trees of {width} lanes, scheme {scheme}. Rendered from simcore/kernels/cable.py."""

{imports}

from simcore._jit import kernel

W = {width}


@kernel
def solve(parent, fresh, diag, c, i0, axial, v, d, r, f, b, dense):
    """parent (n,) int64; fresh (n,) bool: is this node the first to write its parent's row of d, r?; the rest (n, W).

    dense: receptors that sit on most nodes, as (states (n_states, n, W), constants); taken in while a row is at hand.
    """
{unpack}
    for i in range(parent.size - 1, 0, -1):
        d_i, r_i, a_i, f_i, b_i, v_i, d0, c0, p0 = d[i], r[i], axial[i], f[i], b[i], v[i], diag[i], c[i], i0[i]
        d_p, r_p = d[parent[i]], r[parent[i]]
{rows}
        if fresh[i]:
            for k in range(W):
{receive}
                inverse = 1.0 / ({conductance})
                y = {drive}
                q = a_i[k] * inverse
                d_p[k] = -(q * a_i[k])
                r_p[k] = q * y
                f_i[k] = q
                b_i[k] = y * inverse
        else:
            for k in range(W):
{receive}
                inverse = 1.0 / ({conductance})
                y = {drive}
                q = a_i[k] * inverse
                d_p[k] -= q * a_i[k]
                r_p[k] += q * y
                f_i[k] = q
                b_i[k] = y * inverse
    i = 0
    d_i, r_i, f_i, v_i, d0, c0, p0 = d[0], r[0], f[0], v[0], diag[0], c[0], i0[0]
{root_rows}
    for k in range(W):
{root_receive}
        x = ({drive}) / ({conductance})
        f_i[k] = x
    for k in range(W):
        v_i[k] = {new}
    for i in range(1, parent.size):
        v_i, f_i, b_i, x_p = v[i], f[i], b[i], f[parent[i]]
        for k in range(W):
            f_i[k] = b_i[k] + f_i[k] * x_p[k]
        for k in range(W):                      # a loop of its own: with two results LLVM makes no SIMD of it
            v_i[k] = {new}
'''
SCHEMES = {"default": "2.0 * f_i[k] - v_i[k]", "neuron": "f_i[k]"}       # v(t + dt) from the solution in f

_MECHANISM = '''"""Currents and gates of {name} in many compartments. Rendered from simcore/kernels/cable.py."""

{imports}

from simcore._jit import kernel


@kernel
def contribute(v, states, g, ge, {constants}):
    """v, g, ge: (n,); states (n_states, n); constants: numbers or (n,)."""
    {views}
    for i in range(v.size):
        g[i], ge[i] = current(v[i]{elements}{current_keywords})


@kernel
def advance(v, states, {constants}):
    """States after a step at the v it ended with."""
    {views}
    for i in range(v.size):
        {advance}
'''

_RECEPTOR = '''"""Currents and decay of {name} receptors. Rendered from simcore/kernels/cable.py."""

from {module} import {current} as current

from simcore._jit import kernel

W = {width}


@kernel
def contribute(node, fresh, v, states, d, r, {constants}):
    """node, fresh: (k,), sites and whether each is the first to write its row; v, d, r (n, W); states (n_states, k, W)."""
    for s in range(node.size):
        v_s, d_s, r_s = v[node[s]], d[node[s]], r[node[s]]
        {rows}
        if fresh[s]:
            for k in range(W):
                g, ge = current(v_s[k]{elements}{keywords})
                d_s[k] = g
                r_s[k] = ge
                {decay}
        else:
            for k in range(W):
                g, ge = current(v_s[k]{elements}{keywords})
                d_s[k] += g
                r_s[k] += ge
                {decay}
'''

_BLOCK = '''"""Advance a block of cells by many steps. Rendered from simcore/kernels/cable.py."""

{imports}

from simcore._jit import kernel
from simcore.kernels.cable import clamp, detect, gather, hear, sample, scatter


@kernel
def drive(first_step, n_steps, tree, dense, pool, layers, events, clamps, samples, detectors):
    """Steps first_step to first_step + n_steps of one block; returns the number of spikes in `detectors`."""
    parent, fresh, diag, c, i0, axial, v, d, r, f, b = tree
{unpack}
    n_spikes = 0
    cursor = 0
    for step in range(first_step, first_step + n_steps):
        sample(step, pool, samples)
        cursor = hear(step, cursor, pool, events)
{contribute}
        clamp(step - first_step, d, r, clamps)
        solve(parent, fresh, diag, c, i0, axial, v, d, r, f, b, dense)
{advance}
        n_spikes = detect(step, n_spikes, pool, detectors)
    return n_spikes
'''


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


@kernel
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


@dataclass(frozen=True)
class ReceptorCode:
    """What rendering needs to know of a receptor: where `current` is, its states, constants, and which are arrays."""

    name: str
    module: str
    current: str
    states: tuple[str, ...]
    constants: tuple[str, ...]
    of_current: tuple[str, ...]
    arrays: frozenset[str]


def solver_source(width: int, scheme: str, dense: Sequence[ReceptorCode]) -> str:
    """Source of the solver of blocks of this width that takes in `dense` receptors; scheme: "default" or "neuron"."""
    imports, unpack, rows, receive = [], [], [], []
    conductance, drive = "d0[k] + d_i[k]", "(c0[k] * v_i[k] + p0[k]) + r_i[k]"
    for j, code in enumerate(dense):
        imports.append(f"from {code.module} import {code.current} as current_{j}")
        names = ", ".join(f"{c}_{j}" for c in code.constants)
        unpack.append(f"    states_{j}, ({names},) = dense[{j}]")
        rows += [f"{s}_{j}_i = states_{j}[{m}, i]" for m, s in enumerate(code.states)]
        rows += [f"{c}_{j}_i = {c}_{j}[i]" for c in code.constants if c in code.arrays]
        value = {c: f"{c}_{j}_i[k]" if c in code.arrays else f"{c}_{j}" for c in code.constants}
        states = "".join(f", {s}_{j}_i[k]" for s in code.states)
        named = "".join(f", {c}={value[c]}" for c in code.of_current)
        receive.append(f"g_{j}, ge_{j} = current_{j}(v_i[k]{states}{named})")
        receive += [f"{s}_{j}_i[k] *= {value[f'decay_{s}']}" for s in code.states]
        conductance, drive = f"({conductance}) + g_{j}", f"({drive}) + ge_{j}"
    return _SOLVER.format(
        width=width, scheme=scheme, new=SCHEMES[scheme], imports="\n".join(imports), unpack="\n".join(unpack),
        rows=_lines(rows, 8), receive=_lines(receive, 16), root_rows=_lines(rows, 4), root_receive=_lines(receive, 8),
        conductance=conductance, drive=drive)


def _lines(lines: Sequence[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines)


def mechanism_source(name: str, current: tuple[str, str], advance: tuple[str, str] | None, states: Sequence[str],
                     constants: Sequence[str], of_current: Sequence[str], of_advance: Sequence[str],
                     arrays: frozenset[str]) -> str:
    """Source of the loops over compartments of a mechanism; current, advance: (module, function); arrays: constants
    that differ among compartments."""
    imports = [f"from {current[0]} import {current[1]} as current"]
    if advance:
        imports.append(f"from {advance[0]} import {advance[1]} as advance_one")
    elements = "".join(f", state_{s}[i]" for s in states)
    targets = "(" + "".join(f"state_{s}[i], " for s in states) + ")"        # also one state comes as a tuple
    ahead = f"advance_one(v[i]{elements}{_keywords(of_advance, arrays, 'i')})"
    return _MECHANISM.format(
        name=name, imports="\n".join(imports), constants=_arguments(constants), elements=elements,
        views="\n    ".join(f"state_{s} = states[{k}]" for k, s in enumerate(states)) or "pass",
        current_keywords=_keywords(of_current, arrays, "i"), advance=f"{targets} = {ahead}" if advance else "pass")


def receptor_source(code: ReceptorCode, width: int) -> str:
    """Source of the loop over sites of a receptor."""
    rows = [f"state_{s} = states[{k}, s]" for k, s in enumerate(code.states)]
    rows += [f"row_{c} = constant_{c}[s]" for c in code.constants if c in code.arrays]
    value = {c: f"row_{c}[k]" if c in code.arrays else f"constant_{c}" for c in code.constants}
    decays = (f"state_{s}[k] *= {value[f'decay_{s}']}" for s in code.states)
    return _RECEPTOR.format(
        name=code.name, module=code.module, current=code.current, width=width, constants=_arguments(code.constants),
        rows="\n        ".join(rows), elements="".join(f", state_{s}[k]" for s in code.states),
        keywords="".join(f", {c}={value[c]}" for c in code.of_current), decay="\n                ".join(decays))


def block_source(solver: str, mechanisms: Sequence[str], receptors: Sequence[str],
                 stateful: Sequence[bool]) -> str:
    """Source of the loop over steps; mechanisms, receptors: names of rendered modules, in the order of contributions."""
    imports = [f"from {solver} import solve"]
    unpack, contribute, advance = [], [], []
    for k, module in enumerate(mechanisms):
        imports.append(f"from {module} import advance as advance_{k}, contribute as contribute_{k}")
        unpack += [f"    node_{k}, fresh_{k}, own_{k}, states_{k}, g_{k}, ge_{k}, constants_{k} = layers[{k}]",
                   f"    v_{k}, flat_{k} = own_{k}.ravel(), (g_{k}.ravel(), ge_{k}.ravel())",
                   f"    gather(node_{k}, v, own_{k})"]
        contribute += [f"        contribute_{k}(v_{k}, states_{k}, *flat_{k}, *constants_{k})",
                       f"        scatter(node_{k}, fresh_{k}, g_{k}, ge_{k}, d, r)"]
        advance.append(f"        gather(node_{k}, v, own_{k})")
        if stateful[k]:
            advance.append(f"        advance_{k}(v_{k}, states_{k}, *constants_{k})")
    for j, module in enumerate(receptors):
        k = len(mechanisms) + j
        imports.append(f"from {module} import contribute as contribute_{k}")
        unpack.append(f"    node_{k}, fresh_{k}, states_{k}, constants_{k} = layers[{k}]")
        contribute.append(f"        contribute_{k}(node_{k}, fresh_{k}, v, states_{k}, d, r, *constants_{k})")
    return _BLOCK.format(imports="\n".join(imports), unpack="\n".join(unpack),
                         contribute="\n".join(contribute), advance="\n".join(advance))


def _arguments(constants: Sequence[str]) -> str:
    return ", ".join(f"constant_{c}" for c in constants)


def _keywords(names: Sequence[str], arrays: frozenset[str], element: str) -> str:
    return "".join(f", {n}=constant_{n}[{element}]" if n in arrays else f", {n}=constant_{n}" for n in names)
