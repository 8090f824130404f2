"""Loops over compartments of mechanisms, sites of receptors, and steps of a block: rendered for what a block has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcore.kernels.cable_solvers import ReceptorCode

STRETCH = 256                   # compartments whose rates are computed before their gates: they stay in the L1 cache

_MECHANISM = '''"""Currents and gates of {name} in many compartments. Rendered from simcore/kernels/cable_loops.py."""

{imports}

from simcore._jit import kernel


@kernel
def contribute(v, states, g, ge, {constants}):
    """v, g, ge: (n,); states (n_states, n); constants: numbers or (n,)."""
    {views}
    for i in range(v.size):
        g[i], ge[i] = current(v[i]{elements}{current_keywords})


@kernel
def advance(v, states, numbers, {constants}):
    """States after a step at the v it ended with; numbers (n_numbers, stretch): room for rates."""
    {views}
{advance}
'''
_WHOLE = '''    for i in range(v.size):
        {targets} = advance_one(v[i]{elements}{keywords})'''
_HALVES = '''    {numbers}
    for begin in range(0, v.size, {stretch}):
        stretch(v[begin:begin + {stretch}], {slices})


@kernel
def stretch(v, {arguments}):
    """Rates of a stretch of compartments, then its gates."""
    for i in range(v.size):
        {number_elements} = rates(v[i])
    for i in range(v.size):
        {targets} = gates({gate_arguments})'''

_RECEPTOR = '''"""Currents and decay of {name} receptors. Rendered from simcore/kernels/cable_loops.py."""

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

_BLOCK = '''"""Advance a block of cells by many steps. Rendered from simcore/kernels/cable_loops.py."""

{imports}

from simcore._jit import kernel
from simcore.kernels.cable import clamp, detect, gather, hear, sample, scatter


@kernel
def drive(first_step, n_steps, tree, dense, pool, layers, events, clamps, samples, detectors):
    """Steps first_step to first_step + n_steps of one block; returns the number of spikes in `detectors`."""
    v, d, r, rest = tree
{unpack}
    n_spikes = 0
    cursor = 0
    for step in range(first_step, first_step + n_steps):
        sample(step, pool, samples)
        cursor = hear(step, cursor, pool, events)
{contribute}
        clamp(step - first_step, d, r, clamps)
        solve(v, d, r, rest, dense)
{advance}
        n_spikes = detect(step, n_spikes, pool, detectors)
    return n_spikes
'''


@dataclass(frozen=True)
class MechanismCode:
    """What rendering needs to know of a mechanism: (module, function) of its equations, names, which constants differ.

    rates, gates: `advance` in two parts, or None; n_numbers: how many numbers `rates` gives.
    """

    name: str
    current: tuple[str, str]
    advance: tuple[str, str] | None
    rates: tuple[str, str] | None
    gates: tuple[str, str] | None
    n_numbers: int
    states: tuple[str, ...]
    constants: tuple[str, ...]
    of_current: tuple[str, ...]
    of_advance: tuple[str, ...]
    arrays: frozenset[str]


def mechanism_source(code: MechanismCode) -> str:
    """Source of the loops over compartments of a mechanism."""
    names = {"current": code.current, "advance_one": code.advance, "rates": code.rates, "gates": code.gates}
    imports = [f"from {where[0]} import {where[1]} as {name}" for name, where in names.items() if where]
    return _MECHANISM.format(
        name=code.name, imports="\n".join(imports), constants=_arguments(code.constants), elements=_elements(code),
        views="\n    ".join(f"state_{s} = states[{k}]" for k, s in enumerate(code.states)) or "pass",
        current_keywords=_keywords(code.of_current, code.arrays), advance=_halves(code) if code.rates else _whole(code))


def _whole(code: MechanismCode) -> str:
    if not code.advance:
        return "    pass"
    return _WHOLE.format(targets=_targets(code), elements=_elements(code), keywords=_keywords(code.of_advance, code.arrays))


def _halves(code: MechanismCode) -> str:
    numbers = [f"number_{k}" for k in range(code.n_numbers)]
    states = [f"state_{s}" for s in code.states]
    constants = [f"constant_{c}" for c in code.of_advance]
    sliced = [*states, *(f"constant_{c}" for c in code.of_advance if c in code.arrays)]
    slices = [f"{name}[begin:begin + {STRETCH}]" if name in sliced else name for name in (*states, *constants)]
    elements = [f"{name}[i]" for name in (*states, *numbers)]
    return _HALVES.format(
        stretch=STRETCH, numbers="; ".join(f"{name} = numbers[{k}]" for k, name in enumerate(numbers)),
        slices=", ".join([*slices, *numbers]), arguments=", ".join([*states, *constants, *numbers]),
        number_elements=", ".join(f"{name}[i]" for name in numbers) + ",", targets=_targets(code),
        gate_arguments=", ".join(elements) + _keywords(code.of_advance, code.arrays))


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


def block_source(solver: str, mechanisms: Sequence[str], direct: Sequence[bool], stateful: Sequence[bool],
                 receptors: Sequence[str]) -> str:
    """Source of the loop over steps; mechanisms, receptors: names of rendered modules, in the order of contributions.

    direct: does the mechanism read v and write d and r in place, or are its rows gathered and scattered?
    """
    imports = [f"from {solver} import solve"]
    unpack, contribute, advance = [], [], []
    for k, module in enumerate(mechanisms):
        imports.append(f"from {module} import advance as advance_{k}, contribute as contribute_{k}")
        unpack.append(f"    place_{k}, v_{k}, g_{k}, ge_{k}, states_{k}, numbers_{k}, constants_{k} = layers[{k}]")
        fetch = []
        if not direct[k]:
            unpack.append(f"    node_{k}, fresh_{k}, own_{k}, rows_g_{k}, rows_ge_{k} = place_{k}")
            fetch.append(f"gather(node_{k}, v, own_{k})")
        unpack += [f"    {line}" for line in fetch]
        contribute.append(f"        contribute_{k}(v_{k}, states_{k}, g_{k}, ge_{k}, *constants_{k})")
        if not direct[k]:
            contribute.append(f"        scatter(node_{k}, fresh_{k}, rows_g_{k}, rows_ge_{k}, d, r)")
        advance += [f"        {line}" for line in fetch]
        if stateful[k]:
            advance.append(f"        advance_{k}(v_{k}, states_{k}, numbers_{k}, *constants_{k})")
    for j, module in enumerate(receptors):
        k = len(mechanisms) + j
        imports.append(f"from {module} import contribute as contribute_{k}")
        unpack.append(f"    node_{k}, fresh_{k}, states_{k}, constants_{k} = layers[{k}]")
        contribute.append(f"        contribute_{k}(node_{k}, fresh_{k}, v, states_{k}, d, r, *constants_{k})")
    return _BLOCK.format(imports="\n".join(imports), unpack="\n".join(unpack),
                         contribute="\n".join(contribute), advance="\n".join(advance))


def _arguments(constants: Sequence[str]) -> str:
    return ", ".join(f"constant_{c}" for c in constants)


def _elements(code: MechanismCode) -> str:
    return "".join(f", state_{s}[i]" for s in code.states)


def _targets(code: MechanismCode) -> str:
    return "(" + "".join(f"state_{s}[i], " for s in code.states) + ")"      # also one state comes as a tuple


def _keywords(names: Sequence[str], arrays: frozenset[str]) -> str:
    return "".join(f", {n}=constant_{n}[i]" if n in arrays else f", {n}=constant_{n}" for n in names)
