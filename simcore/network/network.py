"""Network: populations and projections, checked when they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.errors import ConfigurationError, InvalidModelError, NonExistentParameterError, nearest
from simcore.models.base import CellModel
from simcore.models.cells import CELL_MODELS
from simcore.network.connectors import Connector
from simcore.network.currents import Current, Injection
from simcore.network.plasticity import Dynamics, checked
from simcore.network.values import Value, check_value
from simcore.parameters.drawing import ParameterDist


@dataclass(frozen=True, eq=False)
class Population:
    """Cells of one model with consecutive gids.

    parameters: complete, canonical; each value a number, a list (one per cell) or a distribution.
    initial: state -> number, (size,) array or distribution; what is not named starts at the model's initial value.
    """

    name: str
    model: CellModel
    first_gid: int
    size: int
    parameters: Mapping[str, object]
    initial: Mapping[str, object]

    @property
    def gids(self) -> range:
        """Global ids of the cells."""
        return range(self.first_gid, self.first_gid + self.size)


@dataclass(frozen=True, eq=False)
class Projection:
    """Connections from one population to another. weight in the receptor's unit; delay in ms."""

    name: str
    number: int
    pre: Population
    post: Population
    connector: Connector
    weight: Value
    delay: Value
    receptor: str
    dynamics: tuple[Dynamics, ...] = ()


class Network:
    """Populations and projections in the order they were made; the order numbers gids and random streams."""

    def __init__(self) -> None:
        self.populations: list[Population] = []
        self.projections: list[Projection] = []
        self.injections: list[Injection] = []

    @property
    def size(self) -> int:
        """Number of cells, sources included."""
        return sum(p.size for p in self.populations)

    def population(self, name: str, size: int, model: str | CellModel, parameters: Mapping | None = None, *,
                   initial: Mapping | None = None) -> Population:
        """Add `size` cells of a model.

        Raises InvalidModelError, NonExistentParameterError, InvalidParameterValueError, ConfigurationError.
        """
        cell_model = _model(model)
        where = f"population {name!r}"
        if any(p.name == name for p in self.populations):
            raise ConfigurationError(f"there is already a population {name!r}", name=name)
        if size != int(size) or size < 0:
            raise ConfigurationError(f"the size of {where} must be a whole number >= 0, got {size!r}", name=name)
        given = dict(parameters or {})
        drawn = {k: v for k, v in given.items() if isinstance(v, ParameterDist) and k in cell_model.parameters}
        complete = cell_model.complete({k: v for k, v in given.items() if k not in drawn}, where=where) | drawn
        _check_lengths(cell_model, complete, int(size), where)
        for state in initial or {}:
            if state not in cell_model.states:
                raise NonExistentParameterError(f"{cell_model.name} has no state {state!r}"
                                                f"{nearest(state, cell_model.states)}", name=state, where=where)
        made = Population(name, cell_model, self.size, int(size), complete, dict(initial or {}))
        self.populations.append(made)
        return made

    def project(self, pre: Population, post: Population, connector: Connector, *, weight: Value, delay: Value,
                receptor: str = "excitatory", dynamics: tuple[Dynamics, ...] = (), name: str = "") -> Projection:
        """Connect two populations of this network.

        weight: in the receptor's unit (nA, uS or mV): a number, a distribution, a PairFunction, or an array, either (n,) in
        the order of (pre, post) or (n_pre, n_post) by cell; delay: ms, likewise. Current-based
        inhibition has negative weights, conductances are >= 0. dynamics: how weights change, at most one TsodyksMarkram
        and one STDP. Raises ConfigurationError, InvalidParameterValueError.
        """
        name = name or f"{pre.name}→{post.name}"
        receptors = post.model.receptors
        if receptor not in receptors:
            raise ConfigurationError(f"{post.model.name} has no receptor {receptor!r}{nearest(receptor, receptors)}",
                                     name=receptor, where=f"projection {name!r}")
        unit, where = receptors[receptor][1], f"projection {name!r}"
        connector.check(pre.size, post.size, same=pre is post, where=where)
        if unit == "uS":
            check_value(weight, "conductance", unit, where, low=0.0)
        else:
            check_value(weight, "weight", unit, where, low=-np.inf)
        check_value(delay, "delay", "ms", where, low=0.0, strict=True)
        checked(tuple(dynamics))
        made = Projection(name, len(self.projections), pre, post, connector, weight, delay, receptor, tuple(dynamics))
        self.projections.append(made)
        return made

    def inject(self, current: Current, population: Population, addresses: Sequence[int] | None = None) -> Injection:
        """Inject a current into some cells of a population (None: all). Raises ConfigurationError."""
        chosen = np.arange(population.size) if addresses is None else np.asarray(addresses, dtype=np.int64)
        where = f"population {population.name!r}"
        if population.model.source is not None:
            raise ConfigurationError(f"no current can be injected into {population.model.name}", where=where)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= population.size):
            raise ConfigurationError(f"addresses must be in [0, {population.size}), got "
                                     f"{int(chosen.min() if chosen.min() < 0 else chosen.max())}", where=where)
        made = Injection(len(self.injections), current, population, chosen)
        self.injections.append(made)
        return made

    def find(self, name: str) -> Population:
        """The population of that name; NonExistentParameterError with the nearest name if there is none."""
        for p in self.populations:
            if p.name == name:
                return p
        names = [p.name for p in self.populations]
        raise NonExistentParameterError(f"there is no population {name!r}{nearest(name, names)}", name=name,
                                        valid=names)


def _model(model: str | CellModel) -> CellModel:
    if isinstance(model, CellModel):
        return model
    if model not in CELL_MODELS:
        raise InvalidModelError(f"there is no cell model {model!r}{nearest(model, CELL_MODELS)}", name=model)
    return CELL_MODELS[model]


def _check_lengths(model: CellModel, parameters: Mapping, size: int, where: str) -> None:
    for name, value in parameters.items():
        is_list = model.parameters[name].type is list
        if isinstance(value, list) and not is_list and len(value) != size:
            raise ConfigurationError(f"{name} must be one number or {size} numbers, one per cell, got {len(value)}",
                                     name=name, where=where)
        if is_list and len(value) and np.ndim(value[0]) and len(value) != size:
            raise ConfigurationError(f"{name} must be one list or {size} lists, one per cell, got {len(value)}",
                                     name=name, where=where)
