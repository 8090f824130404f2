"""The procedural interface: create, connect, set, record, record_v, record_gsyn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from simcore.api.pynn import world
from simcore.api.pynn.connectors import FixedProbabilityConnector
from simcore.api.pynn.groups import CellGroup
from simcore.api.pynn.ids import ID, split_by_population
from simcore.api.pynn.populations import Population, PopulationView
from simcore.api.pynn.projections import Projection

Cells = CellGroup | Iterable[ID] | ID


def create(cellclass: type | str, cellparams: Mapping | None = None, n: int = 1) -> ID | list[ID]:
    """Create n cells of one type: one id if n is 1, else a list of ids."""
    made = Population(n, cellclass, cellparams, label=f"created{len(world.current().populations)}")
    return made.first_id if n == 1 else list(made.all())


def connect(source: Cells, target: Cells, weight: object = None, delay: object = None, synapse_type: str | None = None,
            p: float = 1, rng: object = None) -> list[Projection]:
    """Connect every source to every target with probability p; weight None: 0, delay None: min_delay [ms].

    source, target: an id, several, a population or a view. Raises ConnectionError, InvalidWeightError.
    Returns the projections that were made, one for each pair of populations.
    """
    connector = FixedProbabilityConnector(p, weights=0.0 if weight is None else weight, delays=delay)
    return [Projection(pre, post, connector, target=synapse_type, rng=rng)
            for pre in _groups(source) for post in _groups(target)]


def set(cells: Cells, param: str | Mapping, val: object = None) -> None:
    """Set parameters of one cell or several: a name and a value, or a dict."""
    for group in _groups(cells):
        group.set(param, val)


def record(source: Cells, filename: str | None = None) -> None:
    """Record spikes; `end` writes them to the file."""
    _record("spikes", source, filename)


def record_v(source: Cells, filename: str | None = None) -> None:
    """Record membrane potentials; `end` writes them to the file."""
    _record("v", source, filename)


def record_gsyn(source: Cells, filename: str | None = None) -> None:
    """Record synaptic conductances; `end` writes them to the file."""
    _record("gsyn", source, filename)


def initialize(cells: Cells, **initial_values: object) -> None:
    """Set initial values of states."""
    for group in _groups(cells):
        group.initialize(**initial_values)


def _record(variable: str, source: Cells, filename: str | None) -> None:
    groups = _groups(source)
    for group in groups:
        name = filename if filename is None or len(groups) == 1 else f"{filename}.{group.population.label}"
        group.record_variable(variable, to_file=name or False)


def _groups(cells: Cells) -> list[CellGroup]:
    """The cells as populations and views."""
    if isinstance(cells, CellGroup):
        return [cells]
    made = []
    for population, addresses in split_by_population(cells):
        whole = addresses.size == population.size and np.array_equal(addresses, population.indices)
        made.append(population if whole else PopulationView(population, np.unique(addresses)))
    return made
