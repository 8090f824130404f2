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
def advance(states, {inputs}, fired, {constants}):
    """states: (n_states, n); inputs: (n,) each, used and set to 0; fired: (n,) uint8."""
    {rows} = {row_views}
    for i in range(fired.size):
        {elements}, spike = step({elements}, {arrived}, {keywords})
        fired[i] = spike
        {clear}
'''

_DRIVE = '''"""Advance a network of {models} by many steps. Rendered from simcore/kernels/advance.py."""

{imports}

from simcore._jit import kernel
from simcore.kernels.events import array_sources, collect, deliver, poisson_inputs, poisson_sources, sample


@kernel
def drive(first_step, n_steps, room, inbox, fired, heard, said, classes, inputs, sources, arrays, segments, stride,
          traces, batches):
    """Advance by n_steps, or until fewer than `room` spikes fit; returns the step that was reached.

    heard: (first step, gids, ptr) of all ranks' spikes; said: the same of this rank, appended to. One rank: the same.
    """
    heard_first, heard_gid, heard_ptr = heard
    said_first, said_gid, said_ptr = said
{unpack}
    for step in range(first_step, first_step + n_steps):
        n = said_ptr[step - said_first]
        if n + room > said_gid.size:
            return step
        sample(step, traces)
        deliver(step, inbox, heard_first, heard_gid, heard_ptr, classes)
        poisson_inputs(step, inbox, inputs)
{advances}
        poisson_sources(step, fired, sources)
        array_sources(step, fired, arrays)
        said_ptr[step - said_first + 1] = collect(n, fired, said_gid, segments, stride)
    return first_step + n_steps
'''


def advance_source(model: str, module: str, function: str, states: tuple[str, ...], inputs: tuple[str, ...],
                   constants: tuple[str, ...], arrays: frozenset[str]) -> str:
    """Source of the loop over cells of one model; `arrays` names the constants that differ among cells."""
    return _ADVANCE.format(
        model=model, module=module, function=function, inputs=", ".join(inputs), constants=", ".join(constants),
        rows=", ".join(states), row_views=", ".join(f"states[{k}]" for k in range(len(states))),
        elements=", ".join(f"{s}[i]" for s in states), arrived=", ".join(f"{x}[i]" for x in inputs),
        keywords=", ".join(f"{c}={c}[i]" if c in arrays else f"{c}={c}" for c in constants),
        clear="\n        ".join(f"{x}[i] = 0.0" for x in inputs))


def drive_source(models: tuple[str, ...], modules: tuple[str, ...]) -> str:
    """Source of the loop over steps for batches of these models, whose advance loops are in `modules`."""
    numbers = range(len(models))
    return _DRIVE.format(
        models=", ".join(models) or "sources only",
        imports="\n".join(f"from {m} import advance as advance_{k}" for k, m in zip(numbers, modules, strict=True)),
        unpack="\n".join(f"    batch_{k} = batches[{k}]" for k in numbers),
        advances="\n".join(f"        advance_{k}(*batch_{k})" for k in numbers))
