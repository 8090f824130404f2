"""One cell, one step after the other, in plain Python: the model's own equations and nothing else."""

import inspect

import numpy as np


def run_cell(model, parameters, dt, n_steps, arrivals=(), initial=None):
    """Spike steps and states of one cell.

    arrivals: (step, receptor, weight), added at the end of that step, in this order. Returns (steps of spikes,
    {state: (n_steps + 1,) array}), sampled at the beginning of each step and at the end of the last.
    """
    complete = model.complete(parameters)
    constants = model.prepare(dt, **complete)
    start = dict(initial or {})
    states = []
    for name, state in model.states.items():
        value = start.get(name, state.initial)
        if callable(value):
            known = complete | dict(zip(model.states, states, strict=False))
            value = value(*(known[a] for a in inspect.signature(value).parameters))
        states.append(complete[value] if isinstance(value, str) else float(value))
    queue = {}
    for step, receptor, weight in arrivals:
        queue.setdefault(step, []).append((model.receptors[receptor][0], weight))
    spikes, trace = [], [list(states)]
    for step in range(n_steps):
        inputs = dict.fromkeys(model.inputs, 0.0)
        for name, weight in queue.get(step, ()):
            if name in inputs:
                inputs[name] += weight
        *states, fired = model.step(*states, *inputs.values(), **constants)
        for name, weight in queue.get(step, ()):
            if name not in inputs:
                states[list(model.states).index(name)] += weight
        if fired:
            spikes.append(step)
        trace.append(list(states))
    return np.array(spikes, dtype=np.int64), dict(zip(model.states, np.array(trace, dtype=float).T, strict=True))
