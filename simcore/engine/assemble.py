"""From a network to the arrays of one rank: state, constants, connections, and the compiled loop over them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from simcore._jit import rendered_module
from simcore.engine.draws import per_cell
from simcore.engine.partition import Batch, Partition, Slot
from simcore.errors import ConfigurationError, SimcoreError
from simcore.kernels.advance import advance_source, drive_source
from simcore.models.base import CellModel
from simcore.rng import streams


@dataclass(frozen=True)
class State:
    """All states of a rank in one array, `pool`; of batch b, variable k, its cells are views[b][k].

    inbox: (n_receptors, n_cells or more), the part of the pool that connections add to: what has arrived for the step,
    or, where a model says so, a state. offsets[b][k]: where views[b][k] begins.
    """

    pool: np.ndarray
    inbox: np.ndarray
    views: tuple[tuple[np.ndarray, ...], ...]
    offsets: tuple[tuple[int, ...], ...]

    def index(self, part: Partition, slot: Slot, variable: str, addresses: np.ndarray) -> np.ndarray:
        """Positions in `pool` of a variable of some local cells of a population, int64."""
        for batch, offsets in zip(part.batches, self.offsets, strict=True):
            if batch.model is slot.population.model:
                offset = offsets[list(batch.model.states).index(variable)]
                local = (addresses + slot.population.first_gid - slot.first_gid) // slot.stride
                return offset + slot.first_lid - batch.first_lid + local
        raise AssertionError("sources have no states; recorder.py checks that before")


def receptor_rows(part: Partition) -> dict[str, int]:
    """Receptor -> row of the input array, over all models of the network, in order of appearance."""
    names = dict.fromkeys(r for b in part.batches for r in b.model.receptors)
    return {name: row for row, name in enumerate(names)}


def empty_state(part: Partition, rows: dict[str, int]) -> State:
    """Room for all states, 0. Every row begins at a cache line, so that SIMD loads do not cross one."""
    width = _lines(part.n_cells)
    inbox = (max(1, len(rows)), width)
    n = inbox[0] * width
    offsets = []
    for b in part.batches:
        received = {state: rows[r] * width + b.first_lid for r, (state, _) in b.model.receptors.items()}
        offsets.append([])
        for name in b.model.states:
            offsets[-1].append(received.get(name, n))
            n += 0 if name in received else _lines(b.size)
    memory = np.zeros(n + 8)
    begin = -memory.ctypes.data % 64 // 8
    pool = memory[begin:begin + n]
    views = tuple(tuple(pool[o:o + b.size] for o in of) for of, b in zip(offsets, part.batches, strict=True))
    return State(pool, pool[:inbox[0] * width].reshape(inbox), views, tuple(map(tuple, offsets)))


def _lines(n: int) -> int:
    """n, rounded up to whole cache lines of float64."""
    return -(-n // 8) * 8


def set_initial(state: State, part: Partition, key: tuple[int, int]) -> None:
    """What the population asked for, else the model's initial value; nothing has arrived."""
    state.inbox[:] = 0.0
    for batch, view in zip(part.batches, state.views, strict=True):
        for k, (name, variable) in enumerate(batch.model.states.items()):
            for slot in batch.slots:
                at = slice(slot.first_lid - batch.first_lid, slot.first_lid - batch.first_lid + slot.size)
                view[k][at] = _initial(slot, name, variable.initial, key, [v[at] for v in view[:k]])


def _initial(slot: Slot, name: str, default: float | str | Callable, key: tuple[int, int],
             before: Sequence[np.ndarray]) -> float | np.ndarray:
    """Initial value of state `name`; before: (n,) initial values of each of the states declared before it."""
    states = list(slot.population.model.states)
    if name in slot.population.initial or isinstance(default, (int, float)):
        value = slot.population.initial.get(name, default)
        return per_cell(value, slot.addresses, slot.gids, streams.INITIAL, states.index(name), key)
    if isinstance(default, str):
        return _parameter(slot, default, key)
    arguments = [before[states.index(a)] if a in states else _parameter(slot, a, key)
                 for a in inspect.signature(default).parameters]
    table = np.array([np.broadcast_to(a, slot.size) for a in arguments])
    distinct, which = distinct_columns(table)
    return np.array([default(*map(float, column)) for column in distinct.T])[which]


def _parameter(slot: Slot, name: str, key: tuple[int, int]) -> float | np.ndarray:
    number = list(slot.population.model.parameters).index(name)
    return per_cell(slot.population.parameters[name], slot.addresses, slot.gids, streams.PARAMETER, number, key)


@dataclass(frozen=True)
class Constants:
    """What `advance` takes of a batch after its states and inputs.

    values: a float where all cells agree, else (n,) float64, in the order of the arguments; arrays: names of the
    latter; driven: constants that an injected current moves.
    """

    values: tuple
    arrays: frozenset[str]
    driven: frozenset[str]


def distinct_columns(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different columns of a table, in lexicographic order, and which of them each column is: np.unique(axis=1).

    Rows that are the same in all columns are not compared: sorting 40,000 equal cells takes 0.2 s.
    """
    varying = (table != table[:, :1]).any(axis=1)
    if not varying.any():
        return table[:, :1], np.zeros(table.shape[1], dtype=np.int64)
    _, first, which = np.unique(table[varying], axis=1, return_index=True, return_inverse=True)
    return table[:, first], which


def batch_constants(batch: Batch, dt: float, key: tuple[int, int], current: np.ndarray | None = None) -> Constants:
    """Constants of `step` of all cells of a batch; current: (n,) injected [nA], or None where nothing is injected.

    Raises the errors of `prepare`, with the name of the population.
    """
    table = _parameter_table(batch, key)
    distinct, which = distinct_columns(table)
    names = list(batch.model.parameters)
    slopes = _slopes if current is not None else None
    prepared, driven = [], set()
    for column in distinct.T:
        parameters = dict(zip(names, map(float, column), strict=True))
        try:
            prepared.append(batch.model.prepare(dt, **parameters))
            if slopes:
                per = slopes(batch.model, dt, parameters)
                driven |= per.keys()
                prepared[-1] |= {f"per_{name}": value for name, value in per.items()}
        except SimcoreError as error:
            where = f"population {_owner(batch, int(np.flatnonzero(which == len(prepared))[0]))!r}"
            raise type(error)(error.message, name=error.name, got=error.got, valid=error.valid, where=where) from None
    values, arrays = [] if not driven else [current], set()
    for name in (*batch.model.constants, *(f"per_{c}" for c in batch.model.constants if c in driven)):
        of_cells = np.array([p.get(name, 0.0) for p in prepared])
        if of_cells.size and (of_cells == of_cells[0]).all():
            values.append(float(of_cells[0]))
        else:
            values.append(of_cells[which] if of_cells.size else 0.0)
            arrays.update([name] if of_cells.size else [])
    return Constants(tuple(values), frozenset(arrays), frozenset(driven))


def _slopes(model: CellModel, dt: float, parameters: dict[str, float]) -> dict[str, float]:
    """Constants that change with a constant current, and by how much a nA: all cells' equations are linear in it."""
    if "i_offset" not in {*model.parameters, *inspect.signature(model.prepare).parameters}:
        raise ConfigurationError(f"no current can be injected into {model.name}", name=model.name)
    without, one = (model.prepare(dt, **(parameters | {"i_offset": i})) for i in (0.0, 1.0))
    return {name: one[name] - without[name] for name in model.constants if one[name] != without[name]}


def _parameter_table(batch: Batch, key: tuple[int, int]) -> np.ndarray:
    """(n_parameters, n_cells) float64 parameters of every local cell of a batch."""
    table = np.empty((len(batch.model.parameters), batch.size))
    for slot in batch.slots:
        at = slice(slot.first_lid - batch.first_lid, slot.first_lid - batch.first_lid + slot.size)
        for k, name in enumerate(batch.model.parameters):
            table[k, at] = _parameter(slot, name, key)
    return table


def _owner(batch: Batch, position: int) -> str:
    lid = batch.first_lid + position
    return next(s.population.name for s in batch.slots if s.first_lid <= lid < s.first_lid + s.size)


def compiled_loop(batches: Sequence[Batch], constants: Sequence[Constants], into_states: Sequence[bool],
                  injected: bool, under_way: bool, several_ranks: bool) -> ModuleType:
    """The module whose `drive` advances these batches.

    into_states: of each plastic projection, where it adds; under_way: whether delays have changed; several_ranks: whether
    spikes are exchanged.
    """
    modules = []
    for batch, c in zip(batches, constants, strict=True):
        model = batch.model
        source = advance_source(model.name, model.step.__module__, model.step.__name__, tuple(model.states),
                                model.inputs, model.constants, c.arrays, c.driven)
        modules.append(rendered_module(f"advance_{model.name}", source, _foreign_source(model.step.__module__)))
    source = drive_source(tuple(b.model.name for b in batches), tuple(m.__name__ for m in modules), into_states, injected,
                          under_way, several_ranks)
    return rendered_module("drive", source)


def _foreign_source(module: str) -> tuple[str, ...]:
    """Source text of equations outside this package: an edit of theirs must make a new rendered module."""
    if module.startswith("simcore."):
        return ()
    return (inspect.getsource(importlib.import_module(module)),)
