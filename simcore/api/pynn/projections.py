"""Projection: all connections of one kind from one group of cells to another.

Lists are in the order of (source, target), equal pairs by delay; under MPI each rank has the connections onto its cells, and
the lists of all ranks, merged in that order, are the list of one rank. What reads or sets connections is collective.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn.connecting import Connector
from simcore.api.pynn.describing import Fill, fill_template, render
from simcore.api.pynn.errors import ConnectionError, InvalidModelError
from simcore.api.pynn.groups import CellGroup
from simcore.api.pynn.plasticity import SynapseDynamics
from simcore.api.pynn.projection_files import ProjectionFiles
from simcore.api.pynn.projection_values import ProjectionValues, check_delays, check_weights
from simcore.api.pynn.random import RandomDistribution
from simcore.engine.agreement import together
from simcore.network.plasticity import Dynamics

if TYPE_CHECKING:
    from simcore.engine.machine import Connected

_DESCRIPTION = """Projection "$label" from "$pre" ($n_pre cells) to "$post" ($n_post cells)
    target: $target
    connector: $connector, weights = $weights, delays = $delays
    synapse dynamics: $dynamics
    $n_connections connections on rank $rank"""


class Projection(ProjectionValues, ProjectionFiles):
    """Connect presynaptic_population to postsynaptic_population (populations or views) by the rule of a connector.

    source: what sends (None: the cell's spikes). target: receptor, "excitatory" (None) or "inhibitory".
    synapse_dynamics: a SynapseDynamics, or None for static synapses. rng: chooses the pairs where the connector has none.
    Raises ConnectionError, InvalidWeightError, InvalidModelError and what the connector raises; ConfigurationError after
    the first run.
    """

    def __init__(self, presynaptic_population: CellGroup, postsynaptic_population: CellGroup, method: Connector,
                 source: str | None = None, target: str | None = None, synapse_dynamics: SynapseDynamics | None = None,
                 label: str | None = None, rng: object = None):
        pre, post = self.pre, self.post = presynaptic_population, postsynaptic_population
        for cells in (pre, post):
            if not isinstance(cells, CellGroup):
                hint = ": make one Projection for each of its groups" if hasattr(cells, "groups") else ""
                raise ConnectionError(f"a Projection connects populations or views, got {cells!r}{hint}", got=cells)
        if not isinstance(method, Connector):
            raise ConnectionError(f"method must be a Connector, got {method!r}", name="method", got=method)
        if source not in (None, "", "soma"):
            raise ConnectionError(f"cells of {pre.label!r} have one source of spikes, their soma, got {source!r}",
                                  name="source", got=source)
        self.source, self.target = source, target or "excitatory"
        self.synapse_type = self.receptor_type = self.target
        self.method = self.connector = method
        self.label = label or f"{pre.label}→{post.label}"
        self.synapse_dynamics = synapse_dynamics
        self._edits: dict[tuple[str, str], float | np.ndarray] = {}
        self._order: np.ndarray | None = None
        self._world = post.world
        self._check_target()
        rule, weight, delay = method.rules(pre, post, rng=rng, min_delay=self._world.min_delay)
        given = getattr(rule, "rule", rule)                     # that of a Subset
        for weights, delays in ((weight, delay), (getattr(given, "weight", None), getattr(given, "delay", None))):
            check_weights(weights, self)
            check_delays(delays, self._world, self.label)
        network = self._world.grow(f"projection {self.label!r}")
        self.native = network.project(pre.native, post.native, rule, weight=weight, delay=delay, receptor=self.target,
                                      dynamics=self._rules(synapse_dynamics), name=self.label)
        self._world.projections.append(self)

    def _check_target(self) -> None:
        receptors = self.post.celltype.synapse_types
        if self.post.native.model.source is not None:
            raise ConnectionError(f"spike sources receive no connections: {self.post.label!r} is of type "
                                  f"{self.post.celltype.__name__}", name="post", where=self.label)
        if self.target not in receptors:
            raise ConnectionError(f"target of {self.post.celltype.__name__} must be one of {', '.join(receptors)}, got "
                                  f"{self.target!r}", name="target", got=self.target, valid=receptors)

    def _rules(self, dynamics: SynapseDynamics | None) -> tuple[Dynamics, ...]:
        if dynamics is not None and not isinstance(dynamics, SynapseDynamics):
            raise InvalidModelError(f"synapse_dynamics must be a SynapseDynamics, got {dynamics!r}", got=dynamics)
        return dynamics.rules if dynamics else ()

    def __len__(self) -> int:
        """Number of connections onto this rank's cells; collective."""
        return self._world.simulation.n_connections(self.native)

    def size(self, gather: bool = True) -> int:
        """Number of connections: of all ranks, on every rank; gather=False: onto this rank's cells."""
        from simcore.api.pynn.ranks import total

        return int(total(self._world.comm, len(self))) if gather else len(self)

    def local(self) -> Connected:
        """This rank's connections: pre, post (indices in the whole populations), weight, delay."""
        return self._world.simulation.connections(self.native)

    def setWeights(self, w: object) -> None:
        """Set weights: a number, a list in the order of getWeights, or a matrix (source × target cells).

        In nA (currents), uS (conductances) or mV (delta). Acts at once. Raises InvalidWeightError, InvalidDimensionsError.
        """
        weights = self._in_order(w)
        with together(self._world.comm):
            check_weights(weights, self)
        self._edit("weights", "", weights)

    def setDelays(self, d: object) -> None:
        """Set delays [ms] of the spikes to come: a number, a list or a matrix, as setWeights. Raises ConnectionError."""
        delays = self._in_order(d)
        with together(self._world.comm):
            check_delays(delays, self._world, self.label)
        if np.ndim(delays) == 0 and not self._world.started:
            self.native = self._world.replace_delay(self.native, float(delays))
        else:
            self._edit("delays", "", delays)

    def setSynapseDynamics(self, param: str, value: object) -> None:
        """Set a parameter of the dynamics: one number; short-term ones also a list or a matrix.

        Raises NonExistentParameterError where the dynamics do not have it.
        """
        self._edit("dynamics", param, self._in_order(value))

    def randomizeWeights(self, rand_distr: RandomDistribution) -> None:
        """Draw every weight anew, in the order of getWeights; the same for any number of ranks."""
        self.setWeights(self._draws(rand_distr))

    def randomizeDelays(self, rand_distr: RandomDistribution) -> None:
        """Draw every delay anew [ms]."""
        self.setDelays(self._draws(rand_distr))

    def randomizeSynapseDynamics(self, param: str, rand_distr: RandomDistribution) -> None:
        """Draw a short-term parameter anew for every connection."""
        self.setSynapseDynamics(param, self._draws(rand_distr))

    def _draws(self, rand_distr: RandomDistribution) -> np.ndarray:
        n = self.size()
        return np.atleast_1d(rand_distr.next(n, mask_local=False)) if n else np.empty(0)

    def _edit(self, kind: str, name: str, value: float | np.ndarray) -> None:
        """Change this rank's connections, and note it for when the simulation is made again."""
        self._apply(kind, name, value)
        self._edits[kind, name] = value

    def _apply(self, kind: str, name: str, value: float | np.ndarray) -> None:
        simulation = self._world.simulation
        if kind == "weights":
            simulation.set_weights(self.native, value)
        elif kind == "delays":
            simulation.set_delays(self.native, value)
        else:
            simulation.set_synapse_parameter(self.native, name, value)

    def carry_over(self) -> None:
        """Change a simulation that was made anew as it was changed before."""
        for (kind, name), value in self._edits.items():
            self._apply(kind, name, value)

    def describe(self, template: str | None = "standard", fill: Fill = fill_template) -> object:
        """Text about the projection; template None: the dict. Collective."""
        context = {"label": self.label, "pre": self.pre.label, "post": self.post.label, "n_pre": self.pre.size,
                   "n_post": self.post.size, "target": self.target, "connector": type(self.method).__name__,
                   "weights": self.method.weights, "delays": self._world.min_delay if self.method.delays is None else
                   self.method.delays, "n_connections": len(self), "rank": self._world.rank,
                   "dynamics": self.synapse_dynamics.describe() if self.synapse_dynamics else "static"}
        return render(template, context, _DESCRIPTION, fill)

    def __repr__(self) -> str:
        return f"Projection({self.label!r})"
