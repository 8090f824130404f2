"""Machine: the part of a network that one rank has, as arrays, and the compiled loop that advances them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.engine.assemble import batch_constants, compiled_loop, empty_state, receptor_rows, set_initial
from simcore.engine.connect import Bundle, ConnectionTable, connected_values, delay_steps
from simcore.engine.currents import Currents
from simcore.engine.draws import per_cell
from simcore.engine.exchange import SpikeLog
from simcore.engine.inputs import is_private, most_spikes, poisson_inputs, poisson_sources
from simcore.engine.partition import Partition
from simcore.engine.plastic import Plastic, plastic
from simcore.engine.plastic_delays import change_delays, check_growth
from simcore.engine.trains import Trains
from simcore.engine.underway import UnderWay
from simcore.errors import ConfigurationError, NonExistentParameterError, nearest
from simcore.kernels.events import SHARED, bound
from simcore.network.network import Network, Population, Projection
from simcore.rng import streams


@dataclass(frozen=True)
class Connected:
    """This rank's connections of a projection, ordered by (pre, post), equal pairs by delay.

    pre, post: (n,) int32 indices within the populations; weight: (n,) float64 in the receptor's unit; delay: (n,)
    float64 ms. The lists of all ranks, merged by (pre, post), are the list of one rank.
    """

    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    delay: np.ndarray


class Machine:
    """State, constants, connections and inputs of the cells of one rank.

    heard_sources: first gids of the Poisson populations whose spikes are needed; longest_delay: up to which plastic
    delays may grow between runs [steps]. Raises ConfigurationError and the errors of the models.
    """

    def __init__(self, network: Network, part: Partition, dt: float, key: tuple[int, int],
                 heard_sources: set[int], longest_delay: int = 0) -> None:
        self.network, self.part, self.dt, self.key = network, part, dt, key
        self._rows = receptor_rows(part)
        self.state = empty_state(part, self._rows)
        set_initial(self.state, part, key)
        self._fired = np.zeros(-(-part.n_local // 8) * 8, dtype=np.uint8)
        self._trains = Trains(part, dt, key)
        self._private_weights: dict[int, np.ndarray] = {}
        self._private_delays: dict[int, list[tuple[int, np.ndarray]]] = {}
        self._under_way = UnderWay()
        self.table = ConnectionTable(part)
        self.table.connect([p for p in network.projections if not is_private(p)], dt, key)
        self._plastic = [plastic(b, self.table, part.slot(b.projections[0].post), self._rows, dt, longest_delay)
                         for b in self.table.bundles if b.projections[0].dynamics]
        self._first_gids = np.array([*(p.first_gid for p in network.populations), network.size], dtype=np.int64)
        self._view_connections()
        self.refresh(heard_sources)

    def refresh(self, heard_sources: set[int]) -> None:
        """Make anew what parameters and currents decide; states and connections stay."""
        part, dt, key = self.part, self.dt, self.key
        self._currents = Currents(self.network.injections, part, dt, key)
        constants = [batch_constants(b, dt, key, self._currents.total[b.first_lid:b.first_lid + b.size]
                                     if self._currents.reaches(b) else None) for b in part.batches]
        into_states = [p.bundle.into_state for p in self._plastic]
        self.loop = compiled_loop(part.batches, constants, into_states, bool(self.network.injections), bool(self._under_way),
                                  part.n_ranks > 1)
        self._batches = tuple(
            (view, *(self.state.inbox[self._rows[r], b.first_lid:b.first_lid + b.size]
                     for r in b.model.receptors if not b.model.adds_to_state(r)),
             self._fired[b.first_lid:b.first_lid + b.size], *c.values)
            for view, b, c in zip(self.state.views, part.batches, constants, strict=True))
        changed = self._private_weights, self._private_delays
        self._inputs = tuple(poisson_inputs(self.network, part, self._rows, dt, key, changed, into_state)
                             for into_state in (False, True))
        self._sources = poisson_sources(self.network, part, heard_sources, dt, key)
        self._segments = part.segments({p.first_gid for p in self.network.populations
                                        if p.model.source == "poisson" and p.first_gid not in heard_sources})
        self._send(self._trains.refresh())

    def _send(self, events: tuple) -> None:
        """Take other events of array and gamma sources."""
        self._fired[self.part.n_cells:] = 0
        self._arrays = events
        self.room = most_spikes(self.part, self._sources, events)

    def _view_connections(self) -> None:
        static = [b for b in self.table.bundles if not b.projections[0].dynamics]
        self._bundles = tuple(self.table.arrays([b for b in static if b.into_state == into_state], self._rows, self.network)
                              for into_state in (False, True))
        self._plastic_arrays = tuple(p.arguments(self.table) for p in self._plastic)
        self._late = self._under_way.arrays()

    @property
    def n_connections(self) -> int:
        """Connections onto this rank, private inputs not counted."""
        return sum(b.n for b in self.table.bundles)

    @property
    def most_steps(self) -> int:
        """Steps that may be advanced at once."""
        return self._currents.most_steps

    def delays(self) -> tuple[int, int]:
        """Smallest and largest delay [steps] on this rank; (2**30, 0) without connections."""
        ends = [(int(b.delays[0]), int(b.delays[-1])) for b in self.table.bundles if b.n]
        return min((e[0] for e in ends), default=1 << 30), max((e[1] for e in ends), default=0)

    def set_epoch(self, epoch: int, reach: int, heard: SpikeLog) -> None:
        """Take the smallest and the largest delay [steps] of all ranks, and the spikes of all ranks until now."""
        self._epoch = epoch
        self._bounds = np.zeros((reach + 1, self._first_gids.size), dtype=np.int32)
        for step in range(max(heard.first_step, heard.end_step - reach), heard.end_step):
            bound(step, *heard.view(), self._first_gids, self._bounds)

    def prepare(self, step: int, n_steps: int) -> None:
        """Make what the next n_steps need that is a function of time; they may be advanced in several parts."""
        if self._trains.change_in_time:
            self._send(self._trains.prepare(step, n_steps))
        self._fixed = (self._inputs, self._currents.prepare(step, n_steps), self._sources, self._arrays, self._segments,
                       self.part.n_ranks)

    def advance(self, step: int, n_steps: int, heard: tuple, said: tuple, exchange: tuple, traces: tuple) -> int:
        """Advance by n_steps, until `said` has no room for a step's spikes, or to an exchange that must be finished.

        exchange: `Exchange.view()`, () on one rank. Returns the step reached.
        """
        return int(self.loop.drive(step, n_steps, self.room, self.state.inbox, self._fired, heard, said, self._epoch,
                                   self._first_gids, self._bounds, self._bundles, self._late, self._plastic_arrays,
                                   *self._fixed, exchange, traces, self._batches))

    def reset(self, heard_sources: set[int]) -> None:
        """States and plastic weights as at time 0."""
        set_initial(self.state, self.part, self.key)
        self._fired[:] = 0
        for p in self._plastic:
            p.reset(self.table)
        self._under_way = UnderWay()
        for bundle in self.table.bundles:
            bundle.since = 0
        for number, changes in self._private_delays.items():
            self._private_delays[number] = [(0, changes[-1][1])]
        self._view_connections()
        self.refresh(heard_sources)

    # --- states -------------------------------------------------------------------------------------------------------

    def values(self, population: Population, variable: str) -> tuple[np.ndarray, np.ndarray]:
        """(addresses (k,) int64, values (k,)) of a state of the local cells of a population."""
        slot, at = self._find_state(population, variable)
        return slot.addresses, self.state.pool[at]

    def set_values(self, population: Population, variable: str, value: object) -> None:
        """Set a state of the cells of a population: number, (size,) values or distribution (as initial values are)."""
        slot, at = self._find_state(population, variable)
        number = list(population.model.states).index(variable)
        self.state.pool[at] = per_cell(value, slot.addresses, slot.gids, streams.INITIAL, number, self.key)

    def _find_state(self, population: Population, variable: str) -> tuple:
        states = population.model.states
        if variable not in states:
            raise NonExistentParameterError(f"{population.model.name} has no state {variable!r}"
                                            f"{nearest(variable, states)}", name=variable, valid=tuple(states))
        slot = self.part.slot(population)
        return slot, self.state.index(self.part, slot, variable, slot.addresses)

    # --- connections --------------------------------------------------------------------------------------------------

    def connections(self, projection: Projection, step: int) -> Connected:
        """This rank's connections of a projection; plastic weights as changed by the spikes before `step`."""
        slot = self.part.slot(projection.post)
        if is_private(projection):
            weight, delay = connected_values(projection, slot, self.dt, self.key)
            address = slot.addresses.astype(np.int32)
            weight = self._private_weights.get(projection.number, weight)
            delay = self._private_delays.get(projection.number, [(0, delay)])[-1][1]
            return Connected(address, address, weight.copy(), delay * self.dt)
        bundle = self._find_bundle(projection)
        pre, delay, post, order = self._ordered(bundle, projection)
        if bundle.weight_base == SHARED:
            weight = np.full(bundle.n, bundle.weight)
        else:
            learned = next((p for p in self._plastic if p.bundle is bundle), None)
            weight = learned.weights_at(self.table, step) if learned else self.table.own_weights(bundle)
        return Connected(pre[order], post[order], weight[order], delay[order] * self.dt)

    def n_connections_of(self, projection: Projection) -> int:
        """Number of this rank's connections of a projection."""
        slot = self.part.slot(projection.post)
        if is_private(projection):
            return slot.size
        bundle = self._find_bundle(projection)
        if len(bundle.projections) == 1:
            return bundle.n
        lid = self.table.targets(bundle)
        return int(((lid >= slot.first_lid) & (lid < slot.first_lid + slot.size)).sum())

    def set_weights(self, projection: Projection, weights: float | np.ndarray, step: int) -> None:
        """Set all weights of a projection, or each in the order of `connections`."""
        if is_private(projection):
            n = self.part.slot(projection.post).size
            self._private_weights[projection.number] = np.array(np.broadcast_to(_of_length(weights, n), n))
            return
        bundle = self._find_bundle(projection)
        if np.ndim(weights) == 0 and bundle.weight_base == SHARED and len(bundle.projections) == 1:
            bundle.weight = float(weights)
            self._view_connections()
            return
        self.table.give_own_weights(bundle)
        plastic_ones = [p for p in self._plastic if p.bundle is bundle]
        for p in plastic_ones:
            p.settle(self.table, step)
        order = self._ordered(bundle, projection)[3]
        self.table.own_weights(bundle)[order] = _of_length(weights, order.size)
        for p in plastic_ones:
            p.begun_with[:] = self.table.own_weights(bundle)
        self._view_connections()

    def delay_steps(self, projection: Projection, delays: float | np.ndarray, step: int) -> np.ndarray:
        """Delays [ms], one or each in the order of `connections`, in steps; changes nothing."""
        steps = delay_steps(_of_length(delays, self.n_connections_of(projection)), self.dt, projection)
        if projection.dynamics and step:
            p = self._find_plastic(projection)
            _, before, _, order = self._ordered(p.bundle, projection)
            check_growth(p, before[order], np.broadcast_to(steps, order.size))
        return steps

    def set_delays(self, projection: Projection, steps: np.ndarray, heard: SpikeLog) -> None:
        """Take what `delay_steps` has made of delays.

        heard: the spikes of all ranks until now; those under way keep the delay that they were sent with.
        """
        if is_private(projection):
            slot = self.part.slot(projection.post)
            built = (0, connected_values(projection, slot, self.dt, self.key)[1])
            earlier = [c for c in self._private_delays.get(projection.number, [built]) if c[0] < heard.end_step]
            self._private_delays[projection.number] = [*earlier, (heard.end_step, np.broadcast_to(steps, slot.size))]
            return
        bundle = self._find_bundle(projection)
        _, of_all, _, order = self._ordered(bundle, projection)
        of_all[order] = steps
        if projection.dynamics:
            change_delays(self._find_plastic(projection), self.table, of_all, heard)
        else:
            if heard.end_step:
                self._under_way.keep(bundle, self.table, self._rows[projection.receptor], heard)
            self.table.change_delays(bundle, of_all)
            bundle.since = heard.end_step
        self._view_connections()

    def dynamics(self, projection: Projection, name: str) -> float | np.ndarray:
        """A parameter or state of the dynamics of a projection: a number, or (n,) in the order of `connections`."""
        p = self._find_plastic(projection)
        value = p.parameter(name)
        if not isinstance(value, np.ndarray):
            return value
        by_connection = value if p.by_connection else np.repeat(value, p.row_lengths)
        return by_connection[self._ordered(p.bundle, projection)[3]]

    def set_dynamics(self, projection: Projection, name: str, values: float | np.ndarray) -> None:
        """Set a parameter or state of the dynamics: one number, or short-term ones also one for each connection."""
        p = self._find_plastic(projection)
        in_order = values
        if np.ndim(values):
            in_order = np.empty(p.bundle.n)
            in_order[self._ordered(p.bundle, projection)[3]] = _of_length(values, p.bundle.n)
        p.set_parameter(name, in_order)
        self._view_connections()

    def _ordered(self, bundle: Bundle, projection: Projection) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """pre, delay, post of each connection of a bundle as they lie, and where those of a projection are.

        The latter in the order of (pre, post), equal pairs by delay.
        """
        pre, delay = self.table.pre_and_delay(bundle)
        slot = self.part.slot(projection.post)
        lid = self.table.targets(bundle).astype(np.int64) - slot.first_lid
        post = (slot.first_gid - slot.population.first_gid + lid * slot.stride).astype(np.int32)
        own = np.flatnonzero((lid >= 0) & (lid < slot.size))
        beyond = int(bundle.delays.max(initial=0)) + 1
        place = (pre[own].astype(np.int64) * slot.population.size + post[own]) * beyond + delay[own]
        return pre, delay, post, own[np.argsort(place, kind="stable")]      # mostly sorted: a fifth of lexsort's time

    def _find_bundle(self, projection: Projection) -> Bundle:
        return next(b for b in self.table.bundles if projection in b.projections)

    def _find_plastic(self, projection: Projection) -> Plastic:
        for p in self._plastic:
            if p.bundle.projections[0] is projection:
                return p
        raise NonExistentParameterError(f"projection {projection.name!r} has no synaptic dynamics")


def _of_length(values: float | np.ndarray, n: int) -> np.ndarray:
    given = np.asarray(values, dtype=np.float64)
    if given.ndim and given.shape != (n,):
        raise ConfigurationError(f"needs one number or {n}, one for each local connection, got {given.shape}")
    return given
