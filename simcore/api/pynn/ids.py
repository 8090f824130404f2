"""ID: a cell's number that knows its cell; and what finds cells by their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn import world
from simcore.api.pynn.errors import ConnectionError, NonExistentParameterError, NoSuchParameterError, NotLocalError

if TYPE_CHECKING:
    from simcore.api.pynn.currents import CurrentSource
    from simcore.api.pynn.groups import CellGroup
    from simcore.api.pynn.populations import Population


class ID(int):
    """Global id of a cell. `id.tau_m` reads a parameter in PyNN's units, `id.tau_m = 20` sets it.

    NotLocalError where the cell lives on another rank, NonExistentParameterError for unknown names.
    """

    def __new__(cls, n: int, parent: Population | None = None) -> ID:
        """The id of cell n (of `parent`, else of the population in the present world that has it)."""
        made = super().__new__(cls, n)
        made.__dict__["_parent"] = parent
        return made

    def __reduce__(self) -> tuple:
        return ID, (int(self),)                             # found again by its number, in the world of then

    @property
    def parent(self) -> Population:
        """The population of the cell; ConnectionError if there is none."""
        if self._parent is None:
            self.__dict__["_parent"] = find_population(int(self))
        return self._parent

    @property
    def address(self) -> int:
        """Index within the population."""
        return int(self) - self.parent.first_gid

    @property
    def local(self) -> bool:
        """Whether the cell lives on this rank."""
        return int(self) % self.parent.world.n_ranks == self.parent.world.rank

    @property
    def cellclass(self) -> type:
        """The cell type."""
        return self.parent.celltype

    celltype = cellclass

    @property
    def position(self) -> np.ndarray:
        """(3,) coordinates."""
        return self.parent.positions[:, self.address].copy()

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if not self.cellclass.has_parameter(name):
            try:
                self.cellclass.declaration(name)
            except NonExistentParameterError as error:
                raise NoSuchParameterError(error.message, name=name, valid=error.valid) from None
        self._check_local(name)
        return self.parent.values_of(name, [self.address])[0]

    def __setattr__(self, name: str, value: object) -> None:
        if name == "position":
            self.parent.place(self.address, value)
        else:
            self.set_parameters(**{name: value})

    def get_parameters(self) -> dict:
        """All parameters, in PyNN's units, initial values (v_init) included."""
        self._check_local("parameters")
        return {name: self.parent.values_of(name, [self.address])[0] for name in self.cellclass.default_parameters}

    def set_parameters(self, **parameters: object) -> None:
        """Set parameters of this cell."""
        self._check_local(next(iter(parameters), ""))
        for name, value in parameters.items():
            self.parent.assign(name, self.cellclass.parse(name, value), [self.address])

    def get_native_parameters(self) -> dict:
        """Parameters of the core's model, in the units of the core, and the initial values of its states that are set."""
        self._check_local("parameters")
        natives = {n: self.parent.values_of(n, [self.address])[0] for n in self.parent.native.model.parameters}
        return natives | {state: self.parent.initial_of(state, [self.address])[0] for state in self.parent.native.initial}

    def set_native_parameters(self, parameters: dict) -> None:
        """Set what `get_native_parameters` gives."""
        self._check_local("parameters")
        for name, value in parameters.items():
            if name in self.parent.native.model.states:
                self.parent.assign_initial(name, float(value), [self.address])
            else:
                self.parent.assign(name, self.cellclass.parse(name, value), [self.address])

    def set_initial_value(self, variable: str, value: float) -> None:
        """Initial value of a state."""
        self._check_local(variable)
        self.parent.assign_initial(variable, float(value), [self.address])

    def inject(self, current_source: CurrentSource) -> None:
        """Inject a current into the cell."""
        current_source.inject_into([self])

    def is_standard_cell(self) -> bool:
        """Whether the cell type is a standard one (else a native model)."""
        return self.cellclass.standard

    def as_view(self) -> CellGroup:
        """The cell as a view of its population."""
        return self.parent.view([self.address])

    def _check_local(self, name: str) -> None:
        if not self.local:
            raise NotLocalError(f"cell {int(self)} of {self.parent.label!r} lives on another rank", name=name,
                                got=int(self))


def find_population(gid: int) -> Population:
    """The population of the present world that has this cell; ConnectionError if there is none."""
    for population in world.current().populations:
        if population.first_gid <= gid < population.first_gid + population.size:
            return population
    raise ConnectionError(f"there is no cell {gid}", name="cell", got=gid)


def split_by_population(cells: CellGroup | Iterable[ID] | ID) -> list[tuple[Population, np.ndarray]]:
    """Cells (population, view, assembly, one id, or several) as populations with (n,) addresses, in order."""
    if hasattr(cells, "parts"):
        return cells.parts()
    if isinstance(cells, int | np.integer):
        cells = [cells]
    found: dict[Population, list[int]] = {}
    for cell in np.ravel(cells) if isinstance(cells, np.ndarray) else cells:
        if hasattr(cell, "parts"):
            for population, addresses in cell.parts():
                found.setdefault(population, []).extend(addresses.tolist())
            continue
        if not isinstance(cell, int | np.integer):
            raise ConnectionError(f"cells must be ids, populations or views, got {cell!r}", name="cells", got=cell)
        population = cell.parent if isinstance(cell, ID) else find_population(int(cell))
        found.setdefault(population, []).append(int(cell) - population.first_gid)
    return [(population, np.array(addresses, dtype=np.int64)) for population, addresses in found.items()]
