"""Solvers of the cable equation on trees, rendered for lanes and schemes.

`diag` holds what does not change: C/dt + axial + passive conductances. What changes is collected in d (conductances)
and r (g e and injected currents). The way up assembles, eliminates and hands on to the parent; the way down substitutes.

Lanes: W cells of one tree side by side, (node, lane), so that the solver, scalar along the tree, is SIMD across cells.
The first to write a row of d and r sets it, the others add, so that no row must be cleared.
Measured: 1.9 ns a compartment and step (W = 16 and 32, one core), against 2.3 for separate sweeps with fastmath.

Forest: any cells end to end, ordered by depth, so that neighbours seldom wait for each other; one node at a time.
Measured: 2.5 to 3 ns a node and step. Eliminating eight nodes of one depth at once with SIMD was no faster: what is
handed on node by node must reach memory before the next depth can load it as a vector.

In both the arithmetic of a node, and the order in which it takes in its children, are those of its cell alone: the same
bits whatever the width and whoever the neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcore.kernels.cable import SCHEMES

_LANES = '''"""Solve trees of {width} lanes, scheme {scheme}. Rendered from simcore/kernels/cable_solvers.py."""

{imports}

from simcore._jit import kernel

W = {width}


@kernel
def solve(v, d, r, rest, dense):
    """parent (n,) int64; fresh (n,) bool: is this node the first to write its parent's row of d, r?; the rest (n, W).

    dense: receptors that sit on most nodes, as (states (n_states, n, W), constants); taken in while a row is at hand.
    """
    parent, fresh, diag, c, i0, axial, f, b = rest
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
_FOREST = '''"""Solve forests, scheme {scheme}. Rendered from simcore/kernels/cable_solvers.py."""

import numpy as np

{imports}

from simcore._jit import kernel

ONE = np.uint64(1)


@kernel
def solve(v_rows, d_rows, r_rows, rest, dense):
    """v, d, r: flat views of v_rows …; x, f (n,); parent (n,) uint64; the first n_roots nodes are roots; the rest (n,).

    d and r are left cleared for the next step unless `written`, when a mechanism sets them all. dense: as in lanes.
    """
    v, d, r, x, f, parent, n_roots, written, diag, c, i0, axial = rest
{unpack}
    n = np.uint64(parent.size)
    for back in range(n - n_roots):
        i = n - ONE - back
        p = parent[i]
{receive}
        inverse = 1.0 / ({conductance})
        y = {drive}
        q = axial[i] * inverse
        d[p] -= q * axial[i]
        r[p] += q * y
        f[i] = q
        x[i] = y * inverse
    for i in range(n_roots):
{receive}
        x[i] = ({drive}) / ({conductance})
        v[i] = {new}
    for k in range(n - n_roots):
        i = n_roots + k
        x[i] = x[i] + f[i] * x[parent[i]]
    for i in range(n_roots, n):
        v[i] = {new}
    if not written:
        for i in range(n):
            d[i] = 0.0
            r[i] = 0.0
'''


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
    """Source of the solver of blocks of this width (1: a forest) that takes in `dense` receptors."""
    return forest_source(scheme, dense) if width == 1 else lanes_source(width, scheme, dense)


def forest_source(scheme: str, dense: Sequence[ReceptorCode]) -> str:
    """Source of the solver of forests that takes in `dense` receptors; scheme: "default" or "neuron"."""
    imports, unpack, receive = [], [], []
    conductance, drive = "diag[i] + d[i]", "(c[i] * v[i] + i0[i]) + r[i]"
    for j, code in enumerate(dense):
        imports.append(f"from {code.module} import {code.current} as current_{j}")
        names = ", ".join(f"constant_{c}_{j}" for c in code.constants)
        unpack.append(f"    states_{j}, ({names},) = dense[{j}]")
        unpack += [f"    state_{s}_{j} = states_{j}[{m}]" for m, s in enumerate(code.states)]
        value = {c: f"constant_{c}_{j}[i]" if c in code.arrays else f"constant_{c}_{j}" for c in code.constants}
        states = "".join(f", state_{s}_{j}[i]" for s in code.states)
        named = "".join(f", {c}={value[c]}" for c in code.of_current)
        receive.append(f"g_{j}, ge_{j} = current_{j}(v[i]{states}{named})")
        receive += [f"state_{s}_{j}[i] *= {value[f'decay_{s}']}" for s in code.states]
        conductance, drive = f"({conductance}) + g_{j}", f"({drive}) + ge_{j}"
    return _FOREST.format(
        scheme=scheme, imports="\n".join(imports), unpack="\n".join(unpack), receive=_lines(receive, 8),
        conductance=conductance, drive=drive, new=SCHEMES[scheme].format(x="x[i]", v="v[i]"))


def lanes_source(width: int, scheme: str, dense: Sequence[ReceptorCode]) -> str:
    """Source of the solver of blocks of this many lanes that takes in `dense` receptors; scheme: "default" or "neuron"."""
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
    return _LANES.format(
        width=width, scheme=scheme, new=SCHEMES[scheme].format(x="f_i[k]", v="v_i[k]"), imports="\n".join(imports),
        unpack="\n".join(unpack), rows=_lines(rows, 8), receive=_lines(receive, 16), root_rows=_lines(rows, 4),
        root_receive=_lines(receive, 8), conductance=conductance, drive=drive)


def _lines(lines: Sequence[str], indent: int) -> str:
    return "\n".join(" " * indent + line for line in lines)
