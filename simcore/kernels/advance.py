"""The loop over cells and the loop over steps: written once, rendered for each model and each mix of models.

Rendering exists because numba recompiles, in every process, whatever gets a function as an argument (numba #6264),
while a rendered module is an ordinary file with an ordinary disk cache. A constant that all cells share is a scalar
argument, one that differs is an array.
"""

from __future__ import annotations

_ADVANCE = '''"""Advance all cells of {model} by one step. Rendered from simcore/kernels/advance.py."""

from {module} import {function} as step

from simcore._jit import kernel


@kernel
def advance(states, {inputs}, fired, {arguments}):
    """states: (n_states, n); inputs: (n,) each, used and set to 0; fired: (n,) uint8; injected: (n,) nA."""
    {rows} = {row_views}
    for i in range(fired.size):
        {elements}, spike = step({elements}, {arrived}, {keywords})
        fired[i] = spike
        {clear}
'''

_DRIVE = '''"""Advance a network of {models} by many steps. Rendered from simcore/kernels/advance.py."""

{imports}

from simcore._jit import kernel
from simcore.kernels.events import array_sources, bound, collect, deliver, inject, poisson_inputs, poisson_sources, sample
{plasticity}


@kernel
def drive(first_step, n_steps, room, inbox, fired, heard, said, epoch, first_gids, bounds, bundles, plastic, inputs,
          currents, sources, arrays, segments, stride, traces, batches):
    """Advance by n_steps, or until fewer than `room` spikes fit; returns the step that was reached.

    heard: (first step, gids, ptr) of all ranks' spikes; said: the same of this rank, appended to. One rank: the same.
    epoch: the smallest delay; the other arguments are those of the kernels.
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
        deliver(step, inbox, heard_first, heard_gid, heard_ptr, bounds, bundles)
{delivers}
        poisson_inputs(step, inbox, inputs)
{injects}
{advances}
        poisson_sources(step, fired, sources)
        array_sources(step, fired, arrays)
{notes}
        said_ptr[step - said_first + 1] = collect(n, fired, said_gid, segments, stride)
    return first_step + n_steps
'''


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
        model=model, module=module, function=function, inputs=", ".join(inputs),
        arguments=", ".join((*(["injected"] if driven else []), *constants, *slopes)),
        rows=", ".join(states), row_views=", ".join(f"states[{k}]" for k in range(len(states))),
        elements=", ".join(f"{s}[i]" for s in states), arrived=", ".join(f"{x}[i]" for x in inputs),
        keywords=", ".join(f"{c}={value[c]}" for c in constants),
        clear="\n        ".join(f"{x}[i] = 0.0" for x in inputs))


def drive_source(models: tuple[str, ...], modules: tuple[str, ...], n_plastic: int = 0, injected: bool = False) -> str:
    """Source of the loop over steps for batches of these models, whose advance loops are in `modules`."""
    numbers = range(len(models))
    heard = "inbox, heard_first, heard_gid, heard_ptr"
    return _drop_blank(_DRIVE.format(
        models=", ".join(models) or "sources only",
        imports="\n".join(f"from {m} import advance as advance_{k}" for k, m in zip(numbers, modules, strict=True)),
        plasticity="from simcore.kernels.plasticity import deliver_plastic, note_plastic" if n_plastic else "",
        unpack="\n".join(f"    batch_{k} = batches[{k}]" for k in numbers),
        delivers="\n".join(f"        deliver_plastic(step, {heard}, plastic[{k}])" for k in range(n_plastic)),
        injects="        inject(step, currents)" if injected else "",
        advances="\n".join(f"        advance_{k}(*batch_{k})" for k in numbers),
        notes="\n".join(f"        note_plastic(step, fired, plastic[{k}])" for k in range(n_plastic))))


def _drop_blank(source: str) -> str:
    """Without the lines that an empty part has left inside the loop."""
    head, loop = source.split("    for step in", 1)
    return head + "    for step in" + "\n".join(line for line in loop.split("\n") if line.strip()) + "\n"
