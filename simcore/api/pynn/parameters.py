"""What populations and views share to read and set parameters and initial values of their cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simcore.api.pynn.errors import (
    InvalidDimensionsError,
    InvalidParameterValueError,
    NonExistentParameterError,
    nearest,
)


class ParameterAccess:
    """Of a group: set, get, tset, rset, randomInit, initialize. Needs population, indices, size, dim, local_mask."""

    def set(self, param: str | Mapping | None = None, val: object = None, **more: object) -> None:
        """Set parameters of every cell: ("tau_m", 20.0), ({"tau_m": 20.0}) or (tau_m=20.0).

        A value is a number, a list of numbers for spike times, one value for each cell (array of the group's shape or
        flat list), or a RandomDistribution. Raises NonExistentParameterError, InvalidParameterValueError.
        """
        given = {param: val} if isinstance(param, str) else dict(param or {})
        for name, value in (given | more).items():
            self.population.assign(name, self._values(name, value), self.indices)

    def tset(self, parametername: str, value_array: object) -> None:
        """Set a parameter to values of the group's shape, one for each cell; spike times have one more axis.

        Raises InvalidDimensionsError where the shape differs.
        """
        value = value_array if isinstance(value_array, np.ndarray) else _array(value_array)
        if value.shape[:len(self.dim)] != self.dim or (
                value.ndim > len(self.dim) and not self._is_list(parametername)):
            raise InvalidDimensionsError(f"values of {parametername} must have the shape {self.dim} of "
                                         f"{self.label!r}, got {value.shape}", name=parametername, got=value.shape)
        flat = value.reshape(self.size, *value.shape[len(self.dim):])
        values = [np.atleast_1d(v).tolist() for v in flat] if self._is_list(parametername) else flat
        self.population.assign(parametername, self.celltype.parse(parametername, values), self.indices)

    def rset(self, parametername: str, rand_distr: object) -> None:
        """Set a parameter to one draw for each cell, in the order of addresses; the same for any number of ranks."""
        self.set(parametername, rand_distr)

    def randomInit(self, rand_distr: object) -> None:
        """Draw the membrane potentials at t = 0; they are kept over reset()."""
        self.initialize(v=rand_distr)

    def initialize(self, **initial_values: object) -> None:
        """Set initial values of states (v=-60.0): number, one for each cell, or RandomDistribution. Acts at once."""
        states = self.population.native.model.states
        for name, value in initial_values.items():
            if name not in states:
                raise NonExistentParameterError(f"{self.celltype.__name__} has no state {name!r}{nearest(name, states)}",
                                                name=name, valid=tuple(states))
            self.population.assign_initial(name, self._numbers(name, value), self.indices, at_once=True)

    def get(self, parameter_name: str, as_array: bool = False) -> list | np.ndarray:
        """The values of this rank's cells; as_array: of the group's shape, NaN where a cell lives on another rank."""
        values = self.population.values_of(parameter_name, self.indices)
        local = self.local_mask
        if not as_array:
            return [v for v, mine in zip(values, local, strict=True) if mine]
        made = np.empty(self.size, dtype=object if self._is_list(parameter_name) else np.float64)
        made[:] = [v if mine else np.nan for v, mine in zip(values, local, strict=True)]
        return made.reshape(self.dim)

    def _is_list(self, name: str) -> bool:
        return self.celltype.declaration(name).type is list

    def _values(self, name: str, value: object) -> object:
        """A parsed value: one for all cells, or a list of one for each."""
        if self._is_list(name) and not hasattr(value, "next"):
            parsed = self.celltype.parse(name, value)
            if parsed and isinstance(parsed[0], list) and len(parsed) != self.size:
                raise InvalidDimensionsError(f"{name} of {self.label!r} needs one list or {self.size}, got {len(parsed)}",
                                             name=name, got=len(parsed))
            return parsed
        return self.celltype.parse(name, self._numbers(name, value))

    def _numbers(self, name: str, value: object) -> object:
        """Draw a RandomDistribution; flatten values of the group's shape."""
        if hasattr(value, "next"):
            return np.atleast_1d(value.next(self.size, mask_local=False)).tolist()
        if isinstance(value, str) or not hasattr(value, "__len__"):
            return value
        array = np.asarray(value, dtype=np.float64)
        if array.shape not in ((self.size,), self.dim):
            raise InvalidParameterValueError(f"{name} of {self.label!r} needs one number or {self.size}, one for each cell, "
                                             f"got {array.shape}", name=name, got=array.shape)
        return array.ravel().tolist()


class ParameterStore:
    """Where a population keeps what its cells have: in the parameters and initial values of the core's population."""

    def assign(self, name: str, value: object, addresses: Sequence[int] | np.ndarray) -> None:
        """Give cells a parsed value: one for all of them, or a list of one for each."""
        if name in self.celltype.initial:
            self.assign_initial(self.celltype.initial[name][0], value, addresses)
            return
        is_list = self.celltype.declaration(name).type is list
        each = isinstance(value, list) and (not is_list or bool(value and isinstance(value[0], list)))
        if len(addresses) == self.size:
            self.native.parameters[name] = value
        else:
            values = self._each(name)
            for k, address in enumerate(addresses):
                values[int(address)] = value[k] if each else value
            self.native.parameters[name] = values
        self.world.changed()
        if self.recorder.reversals is not None:
            self.recorder.reversals.note()

    def values_of(self, name: str, addresses: Sequence[int] | np.ndarray) -> list:
        """Values of a parameter of some cells."""
        if name in self.celltype.initial:
            return self.initial_of(self.celltype.initial[name][0], addresses)
        self.celltype.declaration(name)                     # does it exist?
        value = self.native.parameters[name]
        return [value[int(a)] for a in addresses] if self._differs(name) else [value] * len(addresses)

    def _differs(self, name: str) -> bool:
        """Whether a parameter is kept as one value for each cell."""
        value = self.native.parameters[name]
        is_list = self.celltype.declaration(name).type is list
        return isinstance(value, list) and (not is_list or bool(value and isinstance(value[0], list)))

    def _each(self, name: str) -> list:
        """The list of one value for each cell that is kept, to change (scripts set cell after cell)."""
        return self.native.parameters[name] if self._differs(name) else self.values_of(name, range(self.size))

    def assign_initial(self, state: str, value: object, addresses: Sequence[int] | np.ndarray, *,
                       at_once: bool = False) -> None:
        """Give cells initial values of a state; at_once: also if time has begun."""
        before = self.native.initial.get(state)
        if len(addresses) == self.size:
            values = np.array(value, dtype=np.float64) if np.ndim(value) else float(value)
        else:
            declared = self.native.model.states[state].initial
            start = before if before is not None else declared if isinstance(declared, int | float) else np.nan
            values = np.array(np.broadcast_to(start, self.size), dtype=np.float64)
            if np.isnan(values).any():
                raise InvalidParameterValueError(f"give {state} to all cells of {self.label!r} before some get another",
                                                 name=state)
            values[np.asarray(addresses, dtype=np.int64)] = value
        self.native.initial[state] = values
        self.world.set_state(self, state, at_once=at_once)

    def initial_of(self, state: str, addresses: Sequence[int] | np.ndarray) -> list:
        """Initial values of a state of some cells."""
        values = np.broadcast_to(self.native.initial[state], self.size)
        return [float(values[int(a)]) for a in addresses]


def _array(values: object) -> np.ndarray:
    """An array, ragged lists (spike times) as objects."""
    try:
        return np.array(values)
    except ValueError:
        made = np.empty(len(values), dtype=object)
        made[:] = [list(v) for v in values]
        return made
