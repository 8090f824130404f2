"""What is kept of detailed cells while they run: potentials, states and currents of chosen segments.

A request is {"variable": "v" | "m_hh" | "ina_hh" …, "cells": number, list or True (default all), "section": index in the
cell's list of sections, its name or "all" (default the root), "x": position or "all" (default 0.5), "interval": ms};
"places": [(section, x), …] instead of section and x are several places in one trace. {"variable", "receptor"} is a state,
g [uS] or i [nA] of one receptor. Gates and currents at an end of a section are those of the compartment next to it.

In the default scheme v is known at times k dt, gates at (k + 1/2) dt: sample k of a gate is that of (k + 1/2) dt. A
point without membrane (an end where sections meet) has no capacitance to follow; its v is what makes the currents that
meet there sum to 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.cable_block import Block
from simcore.engine.cable_cell import Plan
from simcore.engine.recording import Trace
from simcore.engine.spill import Rows, Spill
from simcore.errors import ConfigurationError, NonExistentParameterError, nearest
from simcore.models.clamps import Clamp
from simcore.morphology.attachments import Attachment, Receptor
from simcore.morphology.sections import Section

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from simcore.engine.cable_network import CableNetwork


AT_ONCE = 8 << 20               # bytes of samples that are made into traces at a time


@dataclass
class Column:
    """One recorded place. indices: what is sampled of the pool; combine(raw (n, k), times (n,)) -> (n,), None: raw."""

    gid: int
    section: int
    x: float
    units: str
    block: int
    indices: list[int]
    combine: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


class CableRecorder:
    """Samples of all requests; `every` is the greatest common divisor of their intervals, in steps."""

    def __init__(self, record: Mapping, network: CableNetwork, blocks: list[Block], home: dict, dt: float,
                 scheme: str, spill: Spill) -> None:
        self.dt, self._blocks, self._home, self._scheme, self._spill = dt, blocks, home, scheme, spill
        self._requests = [_request(spec, dt) for spec in record.get("traces") or ()]
        self._columns = [self._columns_of(spec, network) for spec, _ in self._requests]
        self.every = math.gcd(*(every for _, every in self._requests)) if self._requests else 1
        self._index, self._offset = [], {}
        for b in range(len(blocks)):
            own = [c for columns in self._columns for c in columns if c.block == b]
            ends = np.cumsum([0, *(len(c.indices) for c in own)])
            self._offset |= {id(c): int(e) for c, e in zip(own, ends[:-1], strict=True)}
            self._index.append(np.array([i for c in own for i in c.indices], dtype=np.int64))
        self._out: list[tuple] = [()] * len(blocks)
        self._kept = [Rows(np.float64, (index.size,), spill) for index in self._index]
        self._row_bytes = 8 * sum(index.size for index in self._index)
        self.first_step = 0

    @property
    def most_steps(self) -> int:
        """Steps whose samples take at most 32 MiB on this rank, so that those of an epoch do."""
        return int(min(1 << 30, max(1, (32 << 20) * self.every // max(1, self._row_bytes))))

    def prepare(self, b: int, first: int, n_steps: int) -> tuple:
        """What kernels.cable.sample takes for block b."""
        due = -(-(first + n_steps) // self.every) - -(-first // self.every) if self._index[b].size else 0
        self._out[b] = (self._index[b], self.every, np.zeros(1, np.int64), np.empty((due, self._index[b].size)))
        return self._out[b]

    def take(self, b: int) -> None:
        """Keep what was sampled since `prepare`."""
        if self._index[b].size:
            self._kept[b].append(self._out[b][3])

    def sample_now(self) -> None:
        """Append one sample of the present moment: the last one of a run."""
        for b, block in enumerate(self._blocks):
            if self._index[b].size:
                self._kept[b].append(block.pool[self._index[b]][None, :])

    def forget(self, step: int) -> None:
        """Drop all samples; the next one is at or after this step."""
        for kept in self._kept:
            kept.clear()
        self.first_step = -(-step // self.every) * self.every

    def traces(self, comm: Intracomm | None) -> tuple[Trace, ...]:
        """All samples so far on rank 0 (elsewhere empty), columns by gid, section, position; collective."""
        own = [[(c.gid, c.section, c.x, c.units) for c in columns] for columns in self._columns]
        here = max((len(kept) for kept in self._kept), default=0), self._row_bytes
        parts = comm.allgather((own, *here)) if comm else [(own, *here)]
        n, row_bytes = (max(part[k] for part in parts) for k in (1, 2))
        places = [[place for part, *_ in parts for place in part[k]] for k in range(len(own))]
        order = [sorted(range(len(of)), key=of.__getitem__) for of in places]
        made = [Rows(np.float64, (len(of),), self._spill) for of in places]
        n_rows = max(1, AT_ONCE // max(1, row_bytes))
        for begin in range(0, n, n_rows):
            samples = self._samples(begin, min(n, begin + n_rows))
            of_ranks = comm.gather(samples) if comm else [samples]
            for k, rows in enumerate(made if of_ranks else ()):
                rows.append(np.concatenate([values[k] for values in of_ranks], axis=1)[:, order[k]])
        if comm and comm.rank:
            return ()
        found = [rows.array() for rows in made]
        for rows in made:
            rows.clear()
        return tuple(_trace(spec, every, self, [of[j] for j in by], values)
                     for (spec, every), of, by, values in zip(self._requests, places, order, found, strict=True))

    def _samples(self, begin: int, end: int) -> list[np.ndarray]:
        """Of each request (n, n_columns): those of the samples begin … end - 1 of this rank that are at its interval."""
        raw = [kept.part(begin, end) for kept in self._kept]
        made = []
        for (_, every), columns in zip(self._requests, self._columns, strict=True):
            ratio = every // self.every
            which = np.arange(begin + (-self.first_step // self.every - begin) % ratio, end, ratio)
            times = (self.first_step + which * self.every) * self.dt
            values = np.empty((which.size, len(columns)))
            for j, c in enumerate(columns):
                own = raw[c.block][which - begin, self._offset[id(c)]:self._offset[id(c)] + len(c.indices)]
                values[:, j] = own[:, 0] if c.combine is None else c.combine(own, times)
            made.append(values)
        return made

    # --- which places ----------------------------------------------------------------------------------------------

    def _columns_of(self, spec: Mapping, network: CableNetwork) -> list[Column]:
        n, wanted = network.n_cells, spec.get("cells")
        if wanted is None or wanted is True:
            wanted = n
        if "receptor" in spec:
            home = network.gid_of(spec["receptor"].section.root())
            elsewhere = home is not None and home not in self._home
            return [] if elsewhere else [self.receptor_column(spec["receptor"], spec["variable"])]
        gids = wanted if np.ndim(wanted) else range(int(wanted)) if wanted >= 0 else [wanted]
        bad = [g for g in gids if not 0 <= g < n]
        if bad:
            raise ConfigurationError(f"cells to record must be from 0 to {n - 1}, got {bad[0]}", name="cells")
        return [column for g in gids if g in self._home for column in self._cell_columns(int(g), spec)]

    def _cell_columns(self, gid: int, spec: Mapping) -> list[Column]:
        b, lane = self._home[gid]
        p = self._blocks[b].plans[lane]
        found = []
        for wanted, x in spec.get("places") or [(spec.get("section"), spec.get("x", 0.5))]:
            for k, section in _sections(p, wanted):
                for position in ([s.x for s in section] if x == "all" else [float(x)]):
                    found.append(self.column(gid, section, position, spec["variable"], k))
        return found

    def column(self, gid: int, section: Section, x: float, variable: str, number: int = 0) -> Column:
        """The column of one variable at section(x) of a local cell. Raises NonExistentParameterError."""
        b, lane = self._home[gid]
        block, p = self._blocks[b], self._blocks[b].plans[lane]
        if variable == "v":
            return Column(gid, number, x, "mV", b, *self._potential(block, p, p.tree.node(section, section(x).x), lane))
        name, mechanism = self._find(p, section, variable)
        node = int(p.tree.nodes[section][section(x).index])         # ends have no membrane: the compartment next to them
        k = next(k for k, layer in enumerate(p.layers) if layer.mechanism is mechanism) if mechanism.states else -1
        indices = [block.index_v(node, lane)]
        if k >= 0:
            layer = p.layers[k]
            own = block.index_states(layer, lane)[:, int(np.searchsorted(layer.node, node))]
            indices += [int(i) for i in own]
        if name in mechanism.states:
            at = indices[1 + list(mechanism.states).index(name)]
            return Column(gid, number, x, mechanism.states[name].units, b, [at])
        own = {q: float(v[section(x).index]) for q, v in section.mechanisms[mechanism.name].items()}
        function = mechanism.currents[name]
        return Column(gid, number, x, "mA/cm**2", b, indices, lambda raw, _: function(*raw.T, **own))

    def receptor_column(self, receptor: Receptor, variable: str) -> Column:
        """The column of a receptor's state, or of its conductance g or current i."""
        places = ((b, block.find(receptor)) for b, block in enumerate(self._blocks))
        b, found = next(((b, f) for b, f in places if f), (0, None))
        if found is None:
            raise ConfigurationError(f"{receptor!r} is in no cell of this network", name="receptor", got=receptor)
        gid, node, lane, indices = found
        v = self._blocks[b].index_v(node, lane)
        number = self._blocks[b].plans[lane].tree.sections.index(receptor.section)
        states = list(receptor.process.states)
        if variable in states:
            units = receptor.process.states[variable].units
            return Column(gid, number, receptor.x, units, b, [indices[states.index(variable)]])
        if variable not in ("g", "i"):
            raise NonExistentParameterError(f"{receptor.process.name} has no variable {variable!r}"
                                            f"{nearest(variable, [*states, 'g', 'i'])}", name=variable)
        constants = receptor.process.prepare(self.dt, **receptor.parameters)
        keywords = {c: constants[c] for c in receptor.process.constants}

        def combine(raw: np.ndarray, times: np.ndarray) -> np.ndarray:
            g, ge = receptor.process.current(raw[:, 0], *raw[:, 1:].T, **keywords)
            return g if variable == "g" else g * raw[:, 0] - ge

        return Column(gid, number, receptor.x, "uS" if variable == "g" else "nA", b, [v, *indices], combine)

    def _find(self, p: Plan, section: Section, variable: str) -> tuple:
        from simcore.models.mechanisms import MECHANISMS

        known = {}
        for name in section.mechanisms:
            m = MECHANISMS[name]
            for q in [*m.states, *m.currents]:
                known[f"{q}_{name}"] = known[q] = (q, m)
        if variable not in known:
            raise NonExistentParameterError(f"section {section.name!r} has no variable {variable!r} to record"
                                            f"{nearest(variable, ['v', *known])}", name=variable,
                                            valid=("v", *known), where=f"cell {p.cell.gid}")
        return known[variable]

    def _potential(self, block: Block, p: Plan, node: int, lane: int) -> tuple:
        if self._scheme == "neuron" or p.tree.area[node] > 0.0:
            return [block.index_v(node, lane)], None
        nodes, weights = p.tree.neighbours(node)
        clamps = [a for n, a in p.clamps if n == node]
        return [block.index_v(int(n), lane) for n in nodes], _balance(weights, clamps)


def _balance(weights: np.ndarray, clamps: list[Attachment]) -> Callable:
    """v of a point: the mean of its neighbours, weighted by axial conductances, plus what is injected there."""
    def combine(raw: np.ndarray, times: np.ndarray) -> np.ndarray:
        g, ge = np.full(times.size, weights.sum()), sum(v * w for v, w in zip(raw.T, weights.tolist(), strict=True))
        for a in clamps:
            wave = np.array([_value_at(a.clamp, t) for t in times.tolist()])
            g, ge = (g, ge + wave) if a.clamp.reversal is None else (g + wave, ge + wave * a.clamp.reversal)
        return ge / g
    return combine


def _value_at(clamp: Clamp, t: float) -> float:
    """What a clamp gives just after t, from a very short step."""
    short = 2.0 ** -20
    return float(clamp.per_step(round(t / short), 1, short)[0])


_REQUEST = ("variable", "cells", "section", "x", "places", "interval", "receptor")


def _request(spec: Mapping, dt: float) -> tuple[Mapping, int]:
    for name in spec:
        if name not in _REQUEST:
            raise NonExistentParameterError(f"a trace has no {name!r}{nearest(name, _REQUEST)}", name=name, valid=_REQUEST)
    if "variable" not in spec:
        raise ConfigurationError("a trace needs a variable to record, such as v", name="variable")
    interval = dt if spec.get("interval") is None else spec["interval"]
    every = round(interval / dt) if math.isfinite(interval) else 0
    if every < 1 or abs(every * dt - interval) > 1e-9 * interval:
        raise ConfigurationError(f"a sampling interval must be a whole number of steps (dt = {dt:g} ms), "
                                 f"got {interval:g} ms", name="interval", got=interval)
    return spec, every


def _sections(p: Plan, wanted: object) -> list[tuple[int, Section]]:
    numbered = list(enumerate(p.tree.sections))
    if wanted == "all":
        return numbered
    chosen = [(k, s) for k, s in numbered if s is wanted or s.name == wanted or k == (0 if wanted is None else wanted)]
    if not chosen:
        raise NonExistentParameterError(f"cell {p.cell.gid} has no section {wanted!r}"
                                        f"{nearest(str(wanted), [s.name for _, s in numbered])}", name="section")
    return chosen


def _trace(spec: Mapping, every: int, recorder: CableRecorder, places: list, values: np.ndarray) -> Trace:
    variable = spec["variable"]
    units = next((units for *_, units in places), "mV" if variable == "v" else "1")
    meaning = "membrane potential" if variable == "v" else variable
    gids, sections, positions = (np.array([place[k] for place in places], dtype=dtype)
                                 for k, dtype in enumerate((np.int32, np.int32, np.float32)))
    first_time = -(-recorder.first_step // every) * every * recorder.dt
    return Trace("cells", variable, units, meaning, gids, every * recorder.dt, first_time, values, sections, positions)
