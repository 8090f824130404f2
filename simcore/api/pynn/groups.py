"""CellGroup: what populations and views have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn.describing import Fill, fill_template, render
from simcore.api.pynn.errors import InvalidDimensionsError, NotLocalError
from simcore.api.pynn.ids import ID
from simcore.api.pynn.parameters import ParameterAccess
from simcore.api.pynn.results import Results

if TYPE_CHECKING:
    from simcore.api.pynn.assemblies import Assembly
    from simcore.api.pynn.currents import CurrentSource
    from simcore.api.pynn.populations import Population

_DESCRIPTION = """$kind "$label"
    $size cells of type $celltype, dimensions $dim
    of them $n_local on rank $rank
    ids $first_id to $last_id
    parameters: $parameters"""


class CellGroup(ParameterAccess, Results):
    """Cells of one population with an order and a shape.

    population: whose cells they are; indices: (size,) int64 indices there; dim: shape; label.
    """

    population: Population
    indices: np.ndarray
    dim: tuple[int, ...]
    label: str

    @property
    def size(self) -> int:
        """Number of cells, on all ranks."""
        return int(self.indices.size)

    def __len__(self) -> int:
        return self.size

    @property
    def world(self):  # noqa: ANN201 - World
        """The world they belong to."""
        return self.population._world

    @property
    def celltype(self) -> type:
        """The cell type, a class."""
        return self.population._celltype

    cellclass = celltype

    @property
    def native(self):  # noqa: ANN201 - simcore.network.network.Population
        """The core's population that has the cells."""
        return self.population._native

    @property
    def addresses_in_native(self) -> np.ndarray:
        """(size,) int64 indices of the cells in `native`."""
        return self.indices

    @property
    def local_mask(self) -> np.ndarray:
        """(size,) bool: which cells live on this rank."""
        return self.population.is_local(self.indices)

    @property
    def local_size(self) -> int:
        """Number of cells on this rank."""
        return int(self.local_mask.sum())

    @property
    def positions(self) -> np.ndarray:
        """(3, size) float64 coordinates."""
        return self.population._positions[:, self.indices]

    @positions.setter
    def positions(self, positions: np.ndarray) -> None:
        given = np.asarray(positions, dtype=np.float64)
        if given.shape != (3, self.size):
            raise InvalidDimensionsError(f"positions of {self.label!r} must have the shape {(3, self.size)}, got "
                                         f"{given.shape}", name="positions", got=given.shape)
        self.population._own_positions()[:, self.indices] = given

    def parts(self) -> list[tuple[Population, np.ndarray]]:
        """The populations and (n,) addresses that the group is made of."""
        return [(self.population, self.indices)]

    def is_same(self, other: object) -> bool:
        """Whether another group has the same cells in the same order."""
        return (isinstance(other, CellGroup) and other.population is self.population
                and np.array_equal(other.indices, self.indices))

    def __getitem__(self, addr: object) -> ID | np.ndarray:
        """The id at an address of as many indices as dimensions; an array of ids where some are slices."""
        index = addr if isinstance(addr, tuple) else (addr,)
        if len(index) != len(self.dim):
            raise InvalidDimensionsError(f"an address in {self.label!r} has {len(self.dim)} indices, got {len(index)}",
                                         name="address", got=addr)
        return self._ids(self.indices.reshape(self.dim)[index])

    def __add__(self, other: CellGroup | Assembly) -> Assembly:
        from simcore.api.pynn.assemblies import Assembly

        return Assembly(self, other)

    def __iter__(self) -> Iterator[ID]:
        return self.ids()

    def ids(self) -> Iterator[ID]:
        """Ids of this rank's cells."""
        return (self.population.id_at(a) for a in self.indices[self.local_mask].tolist())

    def all(self) -> Iterator[ID]:
        """Ids of all cells, on all ranks."""
        return (self.population.id_at(a) for a in self.indices.tolist())

    @property
    def all_cells(self) -> np.ndarray:
        """Array of all ids, in the group's shape."""
        return self._ids(self.indices.reshape(self.dim))

    @property
    def local_cells(self) -> np.ndarray:
        """(local_size,) array of this rank's ids."""
        return self._ids(self.indices[self.local_mask])

    def addresses(self) -> Iterator[tuple[int, ...]]:
        """Addresses of this rank's cells, as tuples."""
        return (self._address(k) for k in np.flatnonzero(self.local_mask).tolist())

    def index(self, n: object) -> ID | np.ndarray:
        """The n-th cell, or an array of cells for a list of numbers."""
        return self._ids(self.indices[np.asarray(n)])

    def id_to_index(self, id: object) -> int | np.ndarray:
        """Inverse of `index`, also for arrays of ids. IndexError where a cell is not of the group."""
        wanted = np.asarray(id, dtype=np.int64) - self.population.first_gid
        order = np.argsort(self.indices, kind="stable")
        at = np.searchsorted(self.indices[order], wanted)
        at = order[np.minimum(at, self.size - 1)] if self.size else np.zeros_like(wanted)
        if not self.size or (self.indices[at] != wanted).any():
            raise IndexError(f"{id} is not a cell of {self.label!r}")
        return int(at) if np.ndim(at) == 0 else at

    def index_of(self, address: object) -> int:
        """Index, in row-major order, of an address tuple (or of a flat index)."""
        index = address if isinstance(address, tuple | list) else (address,)
        if len(index) not in (1, len(self.dim)):
            raise InvalidDimensionsError(f"an address in {self.label!r} has {len(self.dim)} indices, got {address!r}",
                                         name="address", got=address)
        shape = self.dim if len(index) == len(self.dim) else (self.size,)
        if any(not 0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise InvalidDimensionsError(f"there is no cell {address!r} in {self.label!r} of dimensions {self.dim}",
                                         name="address", got=address)
        return int(np.ravel_multi_index(tuple(int(i) for i in index), shape))

    def locate(self, id: ID) -> tuple[int, ...]:
        """The address of a cell, row-major."""
        return self._address(int(self.id_to_index(int(id))))

    def nearest(self, position: object) -> ID:
        """The cell closest to (x, y, z); the first of several."""
        at = np.zeros(3)
        given = np.ravel(np.asarray(position, dtype=np.float64))
        at[:given.size] = given[:3]
        distances = ((self.positions - at[:, None]) ** 2).sum(axis=0)
        return self.population.id_at(int(self.indices[int(distances.argmin())]))

    def inject(self, current_source: CurrentSource) -> None:
        """Inject a current into all cells. TypeError for spike sources."""
        current_source.inject_into(self)

    def describe(self, template: str | None = "standard", fill: Fill = fill_template) -> object:
        """Text about the group; template: "standard", a text with $label, $size, …, or None for the dict of them."""
        try:
            parameters = next(self.ids()).get_parameters()
        except (StopIteration, NotLocalError):
            parameters = dict(self.celltype.default_parameters)
        context = {"kind": type(self).__name__, "label": self.label, "size": self.size, "dim": self.dim,
                   "celltype": self.celltype.__name__, "n_local": self.local_size, "rank": self.world.rank,
                   "first_id": int(self.population.first_gid + self.indices[0]) if self.size else None,
                   "last_id": int(self.population.first_gid + self.indices[-1]) if self.size else None,
                   "parameters": ", ".join(f"{n} = {v}" for n, v in sorted(parameters.items()))}
        return render(template, context, _DESCRIPTION, fill)

    def _address(self, index: int) -> tuple[int, ...]:
        return tuple(int(i) for i in np.unravel_index(index, self.dim))

    def _ids(self, addresses: object) -> ID | np.ndarray:
        if np.ndim(addresses) == 0:
            return self.population.id_at(int(addresses))
        made = np.empty(np.shape(addresses), dtype=object)
        made.ravel()[:] = [self.population.id_at(a) for a in np.ravel(addresses).tolist()]
        return made
