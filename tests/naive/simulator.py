"""A whole simulator the obvious way: dicts, lists and Python's floats, one cell and one connection at a time.

It takes the same Network and the same equations as the engine and must give the same bits. The order in which an
input adds up is part of the contract: by bundle of projections, then delay, then gid of the source, then position;
private Poisson inputs last. # ASSUME as in the engine: spikes of step k lie at (k + 1) dt, and what a spike of step k sends
with a delay of d steps arrives at the end of step k + d.
"""

import inspect
import math
from dataclasses import dataclass

import numpy as np

from simcore.network import (
    AllToAll,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FromList,
    OneToOne,
)
from simcore.parameters import ParameterDist
from simcore.rng import streams
from tests.naive import draws


@dataclass
class Connection:
    source: int
    target: int
    weight: float
    delay: int


@dataclass
class Result:
    """spikes: [(step, gid)] in order; traces: {population: {state: (n_steps + 1, size)}}, sample k at time k * dt."""

    spikes: list
    traces: dict


def simulate(network, dt, duration, *, seed=1, trial=0):
    """Run a network; duration in ms."""
    key = streams.key(seed, trial)
    n_steps = round(duration / dt)
    cells = {}
    for population in network.populations:
        for address in range(population.size):
            cells[population.first_gid + address] = Cell(population, address, dt, key)
    projections = [(p, connect(p, dt, key)) for p in in_bundles(network.projections)]
    spikes_of = {}
    samples = [[list(cell.states) for cell in cells.values()]]
    for step in range(n_steps):
        for projection, connections in projections:
            deliver(projection, connections, step, spikes_of, cells)
        for projection, connections in projections:
            if is_private(projection):
                for c in connections:
                    count = cells[c.source].count(step - c.delay) if step >= c.delay else 0
                    cells[c.target].add(projection.receptor, c.weight * count)
        spikes_of[step] = [gid for gid, cell in cells.items() for _ in range(cell.advance(step))]
        samples.append([list(cell.states) for cell in cells.values()])
    spikes = [(step, gid) for step in range(n_steps) for gid in spikes_of[step]]
    return Result(spikes, traces(network, samples))


def traces(network, samples):
    result = {}
    for p in network.populations:
        for k, name in enumerate(p.model.states):
            values = [[cells[gid][k] for gid in p.gids] for cells in samples]
            result.setdefault(p.name, {})[name] = np.array(values, dtype=float)
    return result


def is_private(projection):
    """Poisson sources that have one target each are drawn at it: their spikes of a step are added as one product."""
    return projection.pre.model.source == "poisson" and isinstance(projection.connector, OneToOne)


class Cell:
    """A cell or a source: its constants, its states, what has arrived for the step in progress."""

    def __init__(self, population, address, dt, key):
        self.model, self.gid, self.key, self.dt = population.model, population.first_gid + address, key, dt
        self.parameters = {}
        for number, name in enumerate(self.model.parameters):
            lane = streams.lane(streams.PARAMETER, number)
            self.parameters[name] = self.own(population.parameters[name], address, lane, name == "spike_times")
        self.states = []
        for number, (name, state) in enumerate(self.model.states.items()):
            start = population.initial.get(name, state.initial)
            if isinstance(start, str):
                self.states.append(self.parameters[start])
            elif callable(start):
                known = self.parameters | dict(zip(self.model.states, self.states, strict=False))
                self.states.append(start(*(known[a] for a in inspect.signature(start).parameters)))
            else:
                self.states.append(self.own(start, address, streams.lane(streams.INITIAL, number), False))
        self.arrived = dict.fromkeys(self.model.inputs, 0.0)
        self.late = []                      # (state, weight): added after the equations, one after the other
        self.constants = self.model.prepare(dt, **self.parameters) if self.model.step else {}

    def own(self, of, address, lane, is_list):
        if is_list:
            return list(of[address]) if len(of) and np.ndim(of[0]) else list(of)
        if isinstance(of, ParameterDist):
            return draws.value(of, self.gid, 0, lane, self.key)
        return float(of[address]) if np.ndim(of) else float(of)

    def add(self, receptor, weight):
        where = self.model.receptors[receptor][0]
        if where in self.arrived:
            self.arrived[where] += weight
        else:
            self.late.append((where, weight))

    def count(self, step):
        """Spikes of a source in a step."""
        p = self.parameters
        if self.model.source == "array":
            return sum(nearest(t / self.dt) - 1 == step for t in p["spike_times"])
        start, stop = nearest(p["start"] / self.dt), nearest((p["start"] + p["duration"]) / self.dt)
        return draws.poisson_count(step, self.gid, p["rate"] * (self.dt * 1e-3), self.key) if start <= step < stop else 0

    def advance(self, step):
        if self.model.source:
            return self.count(step)
        *self.states, fired = self.model.step(*self.states, *self.arrived.values(), **self.constants)
        self.arrived = dict.fromkeys(self.arrived, 0.0)
        for name, weight in self.late:
            self.states[list(self.model.states).index(name)] += weight
        self.late = []
        return int(fired)


def nearest(x):
    return math.floor(x + 0.5)


def in_bundles(projections):
    """Projections that the engine delivers together side by side, where the first of them is."""
    bundles = []
    for p in projections:
        own = getattr(p.connector, "weight", None) is not None or not isinstance(p.weight, (int, float))
        into_state = p.post.model.adds_to_state(p.receptor)
        kind = (p.pre.name, p.receptor, into_state, "own" if own else p.weight) if not is_private(p) else p.name
        for other, members in bundles:
            if other == kind and p.post not in [m.post for m in members]:
                members.append(p)
                break
        else:
            bundles.append((kind, [p]))
    return [p for _, members in bundles for p in members]


def deliver(projection, connections, step, spikes_of, cells):
    """Add what arrives at the end of `step`: by delay, then gid of the source, then position."""
    if is_private(projection):
        return
    for delay in sorted({c.delay for c in connections}):
        for gid in spikes_of.get(step - delay, ()):
            for c in connections:
                if c.source == gid and c.delay == delay:
                    cells[c.target].add(projection.receptor, c.weight)


def connect(projection, dt, key):
    """All connections of a projection, in the order in which each target gets them."""
    pre, post, rule = projection.pre, projection.post, projection.connector
    connections = []
    for source, target, owner, index, given in pairs(projection, key):
        weight, delay = given
        if weight is None:
            lane = streams.lane(streams.WEIGHT, projection.number)
            weight = draws.value(projection.weight, owner, index, lane, key)
        if delay is None:
            lane = streams.lane(streams.DELAY, projection.number)
            delay = draws.value(projection.delay, owner, index, lane, key)
        steps = nearest(delay / dt)
        if isinstance(projection.delay, ParameterDist):
            steps = max(1, steps)
        connections.append(Connection(pre.first_gid + source, post.first_gid + target, float(weight), steps))
    if isinstance(rule, FromList):
        return connections
    return sorted(connections, key=lambda c: (c.target, c.source))


def pairs(projection, key):
    """(source index, target index, owner and index of further draws, (weight, delay) that the list itself gives)."""
    pre, post, rule = projection.pre, projection.post, projection.connector
    lane = streams.lane(streams.CONNECT, projection.number)
    none = (None, None)
    itself = pre is post and not getattr(rule, "allow_self", True)
    if isinstance(rule, FromList):
        for k, (i, j) in enumerate(zip(rule.pre, rule.post, strict=True)):
            weight = None if rule.weight is None else rule.weight[k]
            delay = None if rule.delay is None else rule.delay[k]
            yield int(i), int(j), k, 0, (weight, delay)
    elif isinstance(rule, FixedNumberPost):
        for i in range(pre.size):
            gid = pre.first_gid + i
            for k, j in enumerate(draws.different(rule.n, post.size, gid, i if itself else -1, lane, key)):
                yield i, j, gid, k, none
    else:
        for j in range(post.size):
            gid, skip = post.first_gid + j, j if itself else -1
            if isinstance(rule, AllToAll):
                sources = [(k, i) for k, i in enumerate(range(pre.size)) if i != skip]
            elif isinstance(rule, OneToOne):
                sources = [(0, j)]
            elif isinstance(rule, FixedProbability):
                drawn = draws.bernoulli(rule.p, pre.size, gid, skip, lane, key) if rule.p > 0 else []
                sources = list(enumerate(drawn))
            else:
                assert isinstance(rule, FixedNumberPre)
                sources = list(enumerate(draws.different(rule.n, pre.size, gid, skip, lane, key)))
            for k, i in sources:
                yield i, j, gid, k, none
