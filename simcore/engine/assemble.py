"""From a network to the arrays of one rank: state, constants, connections, and the compiled loop over them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from simcore._jit import rendered_module
from simcore.engine.connect import ConnectionClass, connection_classes
from simcore.engine.draws import per_cell
from simcore.engine.inputs import is_private
from simcore.engine.partition import Batch, Partition, Slot
from simcore.errors import SimcoreError
from simcore.kernels.advance import advance_source, drive_source
from simcore.kernels.events import SHARED
from simcore.network.network import Network
from simcore.rng import streams


@dataclass(frozen=True)
class State:
    """All states of a rank in one array, `pool`; of batch b, variable k, its cells are views[b][k]."""

    pool: np.ndarray
    views: tuple[np.ndarray, ...]
    offsets: tuple[int, ...]

    def index(self, part: Partition, slot: Slot, variable: str, addresses: np.ndarray) -> np.ndarray:
        """Positions in `pool` of a variable of some local cells of a population, int64."""
        for batch, offset in zip(part.batches, self.offsets, strict=True):
            if batch.model is slot.population.model:
                row = list(batch.model.states).index(variable)
                local = (addresses + slot.population.first_gid - slot.first_gid) // slot.stride
                return offset + row * batch.size + slot.first_lid - batch.first_lid + local
        raise AssertionError("sources have no states; recorder.py checks that before")


def receptor_rows(part: Partition) -> dict[str, int]:
    """Receptor -> row of the input array, over all models of the network, in order of appearance."""
    names = dict.fromkeys(r for b in part.batches for r in b.model.receptors)
    return {name: row for row, name in enumerate(names)}


def initial_state(part: Partition, key: tuple[int, int]) -> State:
    """Fresh states: what the population asked for, else the model's initial value."""
    sizes = [len(b.model.states) * b.size for b in part.batches]
    offsets = tuple(int(x) for x in np.cumsum([0, *sizes[:-1]])[:len(sizes)])
    pool = np.zeros(sum(sizes))
    views = tuple(pool[o:o + s].reshape(len(b.model.states), b.size)
                  for o, s, b in zip(offsets, sizes, part.batches, strict=True))
    for batch, view in zip(part.batches, views, strict=True):
        for k, (name, state) in enumerate(batch.model.states.items()):
            for slot in batch.slots:
                at = slice(slot.first_lid - batch.first_lid, slot.first_lid - batch.first_lid + slot.size)
                view[k, at] = _initial(slot, name, state.initial, key, view[:k, at])
    return State(pool, views, offsets)


def _initial(slot: Slot, name: str, default: float | str | Callable, key: tuple[int, int],
             before: np.ndarray) -> float | np.ndarray:
    """Initial value of state `name`; before: (k, n) initial values of the states declared before it."""
    states = list(slot.population.model.states)
    if name in slot.population.initial or isinstance(default, (int, float)):
        value = slot.population.initial.get(name, default)
        return per_cell(value, slot.addresses, slot.gids, streams.INITIAL, states.index(name), key)
    if isinstance(default, str):
        return _parameter(slot, default, key)
    arguments = [before[states.index(a)] if a in states else _parameter(slot, a, key)
                 for a in inspect.signature(default).parameters]
    table = np.array([np.broadcast_to(a, slot.size) for a in arguments])
    distinct, which = np.unique(table, axis=1, return_inverse=True)
    return np.array([default(*map(float, column)) for column in distinct.T])[which]


def _parameter(slot: Slot, name: str, key: tuple[int, int]) -> float | np.ndarray:
    number = list(slot.population.model.parameters).index(name)
    return per_cell(slot.population.parameters[name], slot.addresses, slot.gids, streams.PARAMETER, number, key)


def batch_constants(batch: Batch, dt: float, key: tuple[int, int]) -> tuple[list, frozenset[str]]:
    """Constants of `step` in its order: a float where all cells agree, else (n,) float64; and the latter's names."""
    table = _parameter_table(batch, key)
    distinct, which = np.unique(table, axis=1, return_inverse=True)
    names = list(batch.model.parameters)
    prepared = []
    for column in distinct.T:
        try:
            prepared.append(batch.model.prepare(dt, **dict(zip(names, map(float, column), strict=True))))
        except SimcoreError as error:
            where = f"population {_owner(batch, int(np.flatnonzero(which == len(prepared))[0]))!r}"
            raise type(error)(error.message, name=error.name, got=error.got, valid=error.valid, where=where) from None
    constants, arrays = [], set()
    for name in batch.model.constants:
        values = np.array([p[name] for p in prepared])
        if values.size and (values == values[0]).all():
            constants.append(float(values[0]))
        else:
            constants.append(values[which] if values.size else 0.0)
            arrays.update([name] if values.size else [])
    return constants, frozenset(arrays)


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


def compiled_loop(batches: Sequence[Batch], arrays: Sequence[frozenset[str]]) -> ModuleType:
    """The module whose `drive` advances these batches; `arrays`: per batch the constants that differ among cells."""
    modules = []
    for batch, varying in zip(batches, arrays, strict=True):
        model = batch.model
        inputs = tuple(name for name, _ in model.receptors.values())
        source = advance_source(model.name, model.step.__module__, model.step.__name__, tuple(model.states), inputs,
                                model.constants, varying)
        modules.append(rendered_module(f"advance_{model.name}", source, _foreign_source(model.step.__module__)))
    source = drive_source(tuple(b.model.name for b in batches), tuple(m.__name__ for m in modules))
    return rendered_module("drive", source)


def _foreign_source(module: str) -> tuple[str, ...]:
    """Source text of equations outside this package: an edit of theirs must make a new rendered module."""
    if module.startswith("simcore."):
        return ()
    return (inspect.getsource(importlib.import_module(module)),)


def connect_all(network: Network, part: Partition, rows: dict[str, int], dt: float, key: tuple[int, int]) -> tuple:
    """All connection classes of a rank as the arrays that kernels.events.deliver takes, and the list of classes."""
    classes: list[ConnectionClass] = []
    for projection in network.projections:
        if not is_private(projection):
            classes += connection_classes(projection, part, dt, key)
    n_targets = np.cumsum([0, *(c.target.size for c in classes)])
    n_rows = np.cumsum([0, *(c.indptr.size for c in classes)])
    weights = [c.weights for c in classes if c.weights is not None]
    shift, weight_offset = 0, []
    for c, first in zip(classes, n_targets, strict=False):
        weight_offset.append(SHARED if c.weights is None else shift - int(first))
        shift += 0 if c.weights is None else c.weights.size
    integers = [[c.delay for c in classes], [c.projection.pre.first_gid for c in classes],
                [c.projection.pre.first_gid + c.projection.pre.size for c in classes],
                [rows[c.projection.receptor] for c in classes]]
    target_type = np.uint16 if part.n_cells <= 1 << 16 else np.uint32
    indptr = (c.indptr + s for c, s in zip(classes, n_targets, strict=False))
    arrays = (*(np.array(x, dtype=np.int64) for x in integers), np.array([c.weight for c in classes], dtype=np.float64),
              n_rows[:-1].astype(np.int64), np.array(weight_offset, dtype=np.int64),
              np.concatenate([np.empty(0, np.int64), *indptr]),
              np.concatenate([np.empty(0, target_type), *(c.target for c in classes)]),
              np.concatenate([np.empty(0), *weights]))
    return arrays, classes
