"""The world of a script: one network and its simulation. `setup` makes a new one; nothing else is global.

The simulation is made when it is first needed: to run, or to answer a question about connections. Until the first run
the network may grow, and a simulation that was made before is dropped; changed weights and delays are carried over.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn.errors import ConnectionError, RoundingWarning
from simcore.api.pynn.projection_values import check_weights
from simcore.api.pynn.ranks import world_communicator
from simcore.engine.agreement import together
from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError, SimcoreError
from simcore.network.currents import DC
from simcore.network.network import Network
from simcore.network.values import PairFunction

if TYPE_CHECKING:
    from simcore.api.pynn.populations import Population
    from simcore.api.pynn.projections import Projection
    from simcore.api.pynn.sampling import Sampler
    from simcore.engine.recording import Recording
    from simcore.network.network import Projection as Connections

Callback = Callable[[float], "float | None"]


class World:
    """A network in the making or in time.

    timestep, min_delay, max_delay [ms]; seed, trial: the key of the engine's random streams.
    """

    def __init__(self, timestep: float = 0.1, min_delay: float = 0.1, max_delay: float = 10.0, *, seed: int = 1,
                 trial: int = 0):
        self.dt, self.min_delay, self.max_delay = float(timestep), float(min_delay), float(max_delay)
        self.seed, self.trial = seed, trial
        self.comm = world_communicator()
        self.network = Network()
        self.populations: list[Population] = []
        self.projections: list[Projection] = []
        self._n_noises: dict[int | None, int] = {}  # noisy currents so far, by their cell (None: of many cells)
        self.samplers: list[Sampler] = []           # what is polled while running: weights over time
        self.files: list[Callable[[bool], None]] = []       # what `end` writes
        self._simulation: Simulation | None = None
        self._started = False
        self.end = 0.0                              # up to where was asked to run [ms], before rounding to steps
        self._unborn = False                        # initial values changed before time began
        self._stale = False                         # constants of cells or currents changed since they were made
        self._known: tuple[int, Recording] | None = None

    @property
    def rank(self) -> int:
        """Rank of this process."""
        return self.comm.rank if self.comm else 0

    @property
    def n_ranks(self) -> int:
        """Number of processes."""
        return self.comm.size if self.comm else 1

    @property
    def now(self) -> float:
        """Time [ms]."""
        return self._simulation.step * self.dt if self._simulation else 0.0

    @property
    def simulation(self) -> Simulation:
        """The simulation of the network as it is now; made where there is none (on all ranks together)."""
        if self._simulation is None:
            self._simulation = Simulation(self.network, dt=self.dt, seed=self.seed, trial=self.trial,
                                          record=self._wanted(), comm=self.comm,
                                          max_delay=self.max_delay if math.isfinite(self.max_delay) else None)
            self._check_drawn()
            for projection in self.projections:
                projection.carry_over()
        if self._unborn:                            # states that follow from others (gates) too
            self._simulation.reset()
        elif self._stale:
            self._simulation.refresh()
        self._unborn = self._stale = False
        return self._simulation

    def _check_drawn(self) -> None:
        """What was drawn or computed for single connections is as it must be; the same error on all ranks if not."""
        try:
            with together(self.comm):
                self._check_delays(*self._simulation.machine.delays())
                for projection in self.projections:
                    if isinstance(projection.native.weight, PairFunction):
                        check_weights(self._simulation.connections(projection.native).weight, projection)
        except SimcoreError:
            self._simulation = None
            raise

    def _check_delays(self, low: int, high: int) -> None:
        if high and (low < round(self.min_delay / self.dt) or high * self.dt > self.max_delay * (1 + 1e-9)):
            raise ConnectionError(
                f"delays must be between min_delay = {self.min_delay:g} ms and max_delay = {self.max_delay:g} ms, but "
                f"{low * self.dt:g} to {high * self.dt:g} ms were drawn: give the distribution boundaries", name="delay")

    def grow(self, what: str) -> Network:
        """The network, to add something to; ConfigurationError after the first run."""
        if self._started:
            raise ConfigurationError(f"{what} must be made before the first run: call setup() for a new network",
                                     name=what)
        self._simulation = self._known = None
        return self.network

    @property
    def started(self) -> bool:
        """Whether it was run."""
        return self._started

    def replace_delay(self, projection: Connections, delay: float) -> Connections:
        """A projection of the core with another delay in place of this one, before the first run."""
        projections = self.grow("delays").projections
        made = dataclasses.replace(projection, delay=delay)
        projections[projections.index(projection)] = made
        return made

    def count_noise(self, gid: int | None) -> int:
        """The number of a new noisy current for one cell, or for many (None); the same for any number of ranks."""
        count = self._n_noises[gid] = self._n_noises.get(gid, 0) + 1
        return -count if gid is None else gid * 1024 + count

    def changed(self) -> None:
        """Parameters or currents were changed: constants are made anew before time goes on."""
        self._stale = self._simulation is not None

    def set_state(self, population: Population, variable: str, *, at_once: bool) -> None:
        """Initial values have changed: give them to the cells, if time has not begun or at_once."""
        if self._simulation is None:
            return
        if self._simulation.step == 0:
            self._unborn = True
        elif at_once:
            self._simulation.set_state(population.native, variable, population.native.initial[variable])

    def record(self, spec: dict) -> None:
        """Record more from now on; spec as in an experiment file."""
        if self._simulation is not None:
            self._simulation.record({"spikes": {}} | spec)
            self._known = None

    def _wanted(self) -> dict:
        spikes, traces = {}, []
        for population in self.populations:
            wanted = population.recorder.wanted()
            spikes |= wanted["spikes"]
            traces += wanted["traces"]
        return {"spikes": spikes, "traces": traces}

    def recording(self) -> Recording:
        """Everything recorded so far, on every rank; collective."""
        simulation = self.simulation
        if self._known is None or self._known[0] != simulation.step:
            made = simulation.recording()
            self._known = (simulation.step, self.comm.bcast(made) if self.comm else made)
        return self._known[1]

    def run_until(self, time: float, callbacks: Sequence[Callback] = ()) -> float:
        """Advance to `time` [ms], rounded to steps. callbacks: each is called with the time and returns when next (or
        None for never again).
        """
        simulation = self._agreed_simulation()
        self._started, self.end = True, float(time)
        end = self._steps(time)
        if end < simulation.step:
            raise ConfigurationError(f"time cannot run back from {self.now:g} ms to {time:g} ms: use reset()",
                                     name="time", got=time)
        due = [(simulation.step, c) for c in callbacks]
        while True:
            due = [(next_step, c) for step, c in due
                   if (next_step := step if step > simulation.step else self._call(c)) is not None]
            for sampler in self.samplers:
                sampler.sample(simulation.step)
            if simulation.step >= end:
                return self.now
            stops = [end, *(s for s, _ in due), *(s.next_step(simulation.step) for s in self.samplers)]
            self._agree_on_currents()
            simulation = self._agreed_simulation()  # a callback may have changed something
            simulation.run((min(s for s in stops if s > simulation.step) - simulation.step) * self.dt)

    def _agreed_simulation(self) -> Simulation:
        """The simulation as it is now; an error of a rank's own cells, changed one by one, is raised by all."""
        with together(self.comm):
            return self.simulation

    def _agree_on_currents(self) -> None:
        """As many injections on every rank: scripts inject into local cells one by one, and steps at once follow it."""
        if self.comm is None:
            return
        cells = next((p.native for p in self.populations if p.native.model.source is None), None)
        missing = max(self.comm.allgather(len(self.network.injections))) - len(self.network.injections)
        for _ in range(missing if cells else 0):
            self.network.inject(DC(0.0), cells, ())
            self.changed()

    def _call(self, callback: Callback) -> int | None:
        now = self.now
        then = callback(now)
        return None if then is None or not np.isfinite(then) or then <= now else self._steps(then)

    def _steps(self, time: float) -> int:
        steps = round(time / self.dt)
        if abs(steps * self.dt - time) > 1e-9 * max(abs(time), self.dt):
            warnings.warn(f"{time:g} ms was rounded to {steps * self.dt:g} ms, a whole number of time steps",
                          RoundingWarning, stacklevel=4)
        return steps

    def reset(self) -> None:
        """Time 0, initial states and weights; recorded data deleted, what to record kept."""
        self._known, self.end = None, 0.0
        for sampler in self.samplers:
            sampler.clear()
        self.simulation.reset()
        for population in self.populations:
            if population.recorder.reversals is not None:
                population.recorder.reversals.note(anew=True)


_current: World | None = None
_seed = (1, 0)


def current() -> World:
    """The world of the last `setup` (a default one before)."""
    return _current or replace(World(seed=_seed[0], trial=_seed[1]))


def base_seed() -> tuple[int, int]:
    """Seed and trial that `setup` uses where the script gives none."""
    return _seed


def begin(seed: int, trial: int) -> None:
    """Before a script runs as a point of an experiment: the seed and trial that its worlds have, and no world."""
    global _current, _seed
    _current, _seed = None, (seed, trial)


def replace(world: World) -> World:
    """Begin anew with this world."""
    global _current
    _current = world
    return world
