"""The loop over cells and the loop over steps: written once, rendered for each model and each mix of models.

Rendering exists because numba recompiles, in every process, whatever gets a function as an argument (numba #6264),
while a rendered module is an ordinary file with an ordinary disk cache. A constant that all cells share is a scalar
argument, one that differs is an array.
"""

from __future__ import annotations

from collections.abc import Sequence

_ADVANCE = '''"""Advance all cells of {model} by one step. Rendered from simcore/kernels/advance.py."""

from {module} import {function} as step

from simcore._jit import kernel


@kernel
def advance(states, {taken}):
    """states and inputs: (n,) each, inputs are used and set to 0; fired: (n,) uint8; injected: (n,) nA."""
    {rows} = {row_views}
    for i in range(fired.size):
        {elements}, spike = step({given})
        fired[i] = spike{clear}
'''

_DRIVE = '''"""Advance a network of {models} by many steps. Rendered from simcore/kernels/advance.py."""

{imports}

from simcore._jit import kernel
from simcore.kernels.events import (array_sources, arrive, bound, collect, deliver, inject, poisson_inputs, poisson_sources,
                                    sample)
{plasticity}
{sharing}


@kernel
def drive(first_step, n_steps, room, inbox, fired, heard, said, epoch, first_gids, bounds, bundles, under_way, plastic,
          inputs, currents, sources, arrays, segments, stride, exchange, traces, batches):
    """Advance by n_steps, or until fewer than `room` spikes fit{or_finish}; returns the step that was reached.

    heard: (first step, gids, ptr) of all ranks' spikes; said: the same of this rank, appended to. One rank: the same.
    epoch: the smallest delay; bundles, under_way, inputs: first those that give to the cells' equations, then those that
    add to a state after them; the other arguments are those of the kernels.
    """
    heard_first, heard_gid, heard_ptr = heard
    said_first, said_gid, said_ptr = said
{unpack}
    for step in range(first_step, first_step + n_steps):
        n = said_ptr[step - said_first]
        if n + room > said_gid.size:
            return step
        sample(step, traces)
        bound(step - epoch, heard_first, heard_gid, heard_ptr, first_gids, bounds)
        deliver(step, inbox, heard_first, heard_gid, heard_ptr, bounds, bundles[0])
{to_inputs}
{late_to_inputs}
        poisson_inputs(step, inbox, inputs[0])
{injects}
{advances}
        deliver(step, inbox, heard_first, heard_gid, heard_ptr, bounds, bundles[1])
{to_states}
{late_to_states}
        poisson_inputs(step, inbox, inputs[1])
        poisson_sources(step, fired, sources)
        array_sources(step, fired, arrays)
{notes}
        said_ptr[step - said_first + 1] = collect(n, fired, said_gid, segments, stride)
{shares}
    return first_step + n_steps
'''

_SHARES = '''\
        unfinished = share(step, epoch, said_first, said_gid, said_ptr, heard_first, heard_gid, heard_ptr, exchange)
        if unfinished:
            return step + 1'''


def advance_source(model: str, module: str, function: str, states: tuple[str, ...], inputs: tuple[str, ...],
                   constants: tuple[str, ...], arrays: frozenset[str], driven: frozenset[str] = frozenset()) -> str:
    """Source of the loop over cells of one model.

    arrays: constants that differ among cells; driven: constants that an injected current moves, by `per_<name>` for
    each nA, with the argument `injected`.
    """
    slopes = tuple(f"per_{c}" for c in constants if c in driven)
    value = {c: f"{c}[i]" if c in arrays else c for c in constants} | {s: f"{s}[i]" if s in arrays else s for s in slopes}
    value |= {c: f"{value[c]} + injected[i] * {value['per_' + c]}" for c in constants if c in driven}
    return _ADVANCE.format(
        model=model, module=module, function=function,
        taken=", ".join((*inputs, "fired", *(["injected"] if driven else []), *constants, *slopes)),
        rows=", ".join(states), row_views=", ".join(f"states[{k}]" for k in range(len(states))),
        elements=", ".join(f"{s}[i]" for s in states),
        given=", ".join((*(f"{x}[i]" for x in (*states, *inputs)), *(f"{c}={value[c]}" for c in constants))),
        clear="".join(f"\n        {x}[i] = 0.0" for x in inputs))


def drive_source(models: tuple[str, ...], modules: tuple[str, ...], into_states: Sequence[bool] = (),
                 injected: bool = False, under_way: bool = False, several_ranks: bool = False) -> str:
    """Source of the loop over steps for batches of these models, whose advance loops are in `modules`.

    into_states: of each plastic projection, whether it adds to a state; under_way: whether delays have changed;
    several_ranks: whether spikes are exchanged.
    """
    numbers = range(len(models))
    heard = "inbox, heard_first, heard_gid, heard_ptr"
    delivers = [f"        deliver_plastic(step, {heard}, plastic[{k}])" for k in range(len(into_states))]
    return _drop_blank(_DRIVE.format(
        models=", ".join(models) or "sources only",
        imports="\n".join(f"from {m} import advance as advance_{k}" for k, m in zip(numbers, modules, strict=True)),
        plasticity="from simcore.kernels.plasticity import deliver_plastic, note_plastic" if into_states else "",
        sharing="from simcore.kernels.exchange import share" if several_ranks else "",
        or_finish=" or Python must finish an exchange" if several_ranks else "",
        shares=_SHARES if several_ranks else "",
        unpack="\n".join(f"    batch_{k} = batches[{k}]" for k in numbers),
        to_inputs="\n".join(d for d, into_state in zip(delivers, into_states, strict=True) if not into_state),
        to_states="\n".join(d for d, into_state in zip(delivers, into_states, strict=True) if into_state),
        late_to_inputs="        arrive(step, inbox, under_way[0])" if under_way else "",
        late_to_states="        arrive(step, inbox, under_way[1])" if under_way else "",
        injects="        inject(step, currents)" if injected else "",
        advances="\n".join(f"        advance_{k}(*batch_{k})" for k in numbers),
        notes="\n".join(f"        note_plastic(step, fired, plastic[{k}])" for k in range(len(into_states)))))


def _drop_blank(source: str) -> str:
    """Without the lines that an empty part has left inside the loop."""
    head, loop = source.split("    for step in", 1)
    return head + "    for step in" + "\n".join(line for line in loop.split("\n") if line.strip()) + "\n"
