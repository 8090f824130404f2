"""Population: an N-dimensional array of cells; views of some of its cells."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence

import numpy as np

from simcore.api.pynn import world as worlds
from simcore.api.pynn.cells import StandardCellType, native_cell_type
from simcore.api.pynn.errors import ConnectionError, InvalidDimensionsError, InvalidModelError
from simcore.api.pynn.groups import CellGroup
from simcore.api.pynn.ids import ID
from simcore.api.pynn.parameters import ParameterStore
from simcore.api.pynn.recording import Recorder


class Population(CellGroup, ParameterStore):
    """Cells of one type with addresses of 1, 2 or 3 (or more) indices.

    dims: number of cells, or a tuple of numbers. cellclass: a cell type (or an object of one, whose parameters count), or
    the name of a native model. cellparams: what differs from the defaults: numbers, one value for each cell, or
    RandomDistributions. initial_values: of states, over those. Default label population<n>.
    Raises InvalidDimensionsError, InvalidModelError, NonExistentParameterError, InvalidParameterValueError;
    ConfigurationError after the first run.
    """

    def __init__(self, dims: int | Sequence[int], cellclass: type | str | StandardCellType, cellparams: Mapping | None = None,
                 label: str | None = None, *, initial_values: Mapping | None = None):
        self._world = worlds.current()
        self.dim = _dimensions(dims)
        self._celltype, given = _cell_type(cellclass, cellparams)
        self.label = label or f"population{len(self._world.populations)}"
        self.indices = np.arange(int(np.prod(self.dim)), dtype=np.int64)
        self.recorder = Recorder(self)
        self._grid: np.ndarray | None = None
        values = {name: self._values(name, value) for name, value in given.items()}
        network = self._world.grow(f"population {self.label!r}")
        taken = {p.name for p in network.populations}
        number = next(n for n in range(1, len(taken) + 2) if _numbered(self.label, n) not in taken)
        self._native = network.population(_numbered(self.label, number), self.size, self._celltype.model,
                                          initial=dict(self._celltype.initial.values()))
        self.first_gid = self._native.first_gid
        self._world.populations.append(self)
        for name, value in values.items():
            self.assign(name, value, self.indices)
        if initial_values:
            self.initialize(**initial_values)

    @property
    def population(self) -> Population:
        """Itself: the population that has its cells."""
        return self

    @property
    def first_id(self) -> ID:
        """Id of the first cell."""
        return self.id_at(0)

    @property
    def last_id(self) -> ID:
        """Id of the last cell."""
        return self.id_at(self.size - 1)

    def id_at(self, address: int) -> ID:
        """Id of a cell by its flat index."""
        return ID(self.first_gid + address, self)

    def is_local(self, addresses: object) -> object:
        """Whether cells live on this rank; array of bool for arrays of flat indices."""
        return (np.asarray(addresses) + self.first_gid) % self._world.n_ranks == self._world.rank

    def place(self, address: int, position: object) -> None:
        """Move one cell."""
        self._own_positions()[:, address] = position

    @property
    def _positions(self) -> np.ndarray:
        if self._grid is not None:
            return self._grid
        indices = np.indices(self.dim).reshape(len(self.dim), -1)[:3].astype(np.float64)
        return np.vstack([indices, np.zeros((3 - len(indices), self.size))])

    def _own_positions(self) -> np.ndarray:
        self._grid = self._positions
        return self._grid

    def addresses_of_ids(self, ids: Sequence[int]) -> np.ndarray:
        """Flat indices of ids."""
        return np.atleast_1d(self.id_to_index(ids))

    def view(self, selector: object, label: str | None = None) -> PopulationView:
        """Some of the cells: a slice, a mask, or flat indices."""
        return PopulationView(self, selector, label)

    def sample(self, n: int, rng: object = None) -> PopulationView:
        """n cells chosen at random."""
        from simcore.api.pynn.recording import chosen_cells

        return PopulationView(self, chosen_cells(self, n, rng, np.random.RandomState(151985012).random_sample))

    def __repr__(self) -> str:
        return f"Population({self.dim}, {self.celltype.__name__}, label={self.label!r})"


class PopulationView(CellGroup):
    """Some cells of a population. selector: slice, mask, flat indices in `parent`, or ids of its cells."""

    def __init__(self, parent: CellGroup, selector: object, label: str | None = None):
        self.parent = parent
        self.indices = np.atleast_1d(parent.indices[_selected(parent, selector)]).astype(np.int64)
        if np.unique(self.indices).size < self.size:
            raise ConnectionError(f"a view of {parent.label!r} has each cell once, got {selector!r}", got=selector)
        self.dim = (self.size,)
        self.label = label or f"view of {parent.label}"

    @property
    def population(self) -> Population:
        """The population that has the cells."""
        return self.parent.population

    def view(self, selector: object, label: str | None = None) -> PopulationView:
        """Some of the cells of this view."""
        return PopulationView(self, selector, label)

    def __repr__(self) -> str:
        return f"PopulationView({self.population.label!r}, {self.size} cells, label={self.label!r})"


def _dimensions(dims: int | Sequence[int]) -> tuple[int, ...]:
    try:
        made = tuple(operator.index(n) for n in ((dims,) if not hasattr(dims, "__len__") else dims))
    except TypeError:
        made = ()
    if not made or min(made) < 0:
        raise InvalidDimensionsError(f"dims must be a number of cells or a tuple of such numbers, got {dims!r}",
                                     name="dims", got=dims)
    return made


def _cell_type(cellclass: object, cellparams: Mapping | None) -> tuple[type[StandardCellType], dict]:
    """The cell type and the parameters given."""
    if isinstance(cellclass, str):
        return native_cell_type(cellclass), dict(cellparams or {})
    if isinstance(cellclass, StandardCellType):
        return type(cellclass), cellclass.parameters | dict(cellparams or {})
    if isinstance(cellclass, type) and issubclass(cellclass, StandardCellType):
        return cellclass, dict(cellparams or {})
    raise InvalidModelError(f"cellclass must be a cell type or the name of a native model, got {cellclass!r}",
                            name="cellclass", got=cellclass)


def _numbered(label: str, number: int) -> str:
    return label if number == 1 else f"{label}_{number}"


def _selected(parent: CellGroup, selector: object) -> object:
    """What indexes the parent's addresses."""
    if isinstance(selector, slice):
        return selector
    chosen = np.asarray(selector)
    if chosen.size and isinstance(np.ravel(np.asarray(selector, dtype=object))[0], ID):
        return np.atleast_1d(parent.id_to_index(np.asarray(chosen, dtype=np.int64).ravel()))
    return chosen if chosen.dtype == bool else chosen.astype(np.int64).ravel()
