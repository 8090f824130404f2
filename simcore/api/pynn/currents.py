"""Current sources: made, injected into cells, and changed between runs (amplitudes in nA, times in ms).

A source is one current: all cells it is injected into get the same, noise included. What is assigned to an attribute
(source.amplitude = 0.5) acts from the next run on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.api.pynn import world
from simcore.api.pynn.errors import InvalidParameterValueError, NonExistentParameterError, nearest
from simcore.network.currents import AC, DC, Current, Noise, Steps
from simcore.rng import streams

if TYPE_CHECKING:
    from simcore.api.pynn.groups import CellGroup
    from simcore.api.pynn.ids import ID
    from simcore.api.pynn.populations import Population


class CurrentSource:
    """Base of current sources."""

    _names: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._injections: dict = {}                         # population -> the core's injection
        self._world = world.current()
        self._current()                                     # wrong values are refused at once
        self._ready = True

    def _current(self) -> Current:
        """The core's current with the values of now."""
        raise NotImplementedError

    def __setattr__(self, name: str, value: object) -> None:
        before = self.__dict__.get(name)
        super().__setattr__(name, value)
        if name in self._names and self.__dict__.get("_ready"):
            try:
                current = self._current()
            except Exception:
                super().__setattr__(name, before)
                raise
            for injection in self._injections.values():
                injection.current = current
            self._world.changed()

    def set_parameters(self, **parameters: object) -> None:
        """Change several values together."""
        for name in parameters:
            if name not in self._names:
                raise NonExistentParameterError(f"{type(self).__name__} has no parameter {name!r}"
                                                f"{nearest(name, self._names)}", name=name, valid=self._names)
        before, last = self.get_parameters(), self._names[-1]
        self.__dict__.update({n: v for n, v in parameters.items() if n != last})
        try:
            setattr(self, last, parameters.get(last, before[last]))
        except Exception:
            self.__dict__.update(before)
            raise

    def get_parameters(self) -> dict:
        """All values by name."""
        return {name: getattr(self, name) for name in self._names}

    def inject_into(self, cell_list: CellGroup | Iterable[ID] | ID) -> None:
        """Inject this current into cells: a population, a view, a list of cells, or one. TypeError for spike sources."""
        from simcore.api.pynn.ids import split_by_population

        parts = split_by_population(cell_list)
        self._meet(parts)
        for population, addresses in parts:
            if population.native.model.source is not None:
                raise TypeError(f"no current can be injected into spike sources, got {population.label!r} "
                                f"({population.celltype.__name__})")
            self._world = population.world
            before = self._injections.get(population)
            if before is None:
                self._injections[population] = self._world.network.inject(self._current(), population.native, addresses)
            else:                       # cell after cell, as scripts do: one injection for all of them
                before.addresses = np.concatenate([before.addresses, addresses])
            self._world.changed()

    def _meet(self, parts: list[tuple[Population, np.ndarray]]) -> None:
        """Called with the cells before each injection."""


class DCSource(CurrentSource):
    """A pulse of constant amplitude [nA] from start to stop [ms] (None: for ever)."""

    _names = ("amplitude", "start", "stop")

    def __init__(self, amplitude: float = 1.0, start: float = 0.0, stop: float | None = None):
        self.amplitude, self.start, self.stop = amplitude, start, stop
        super().__init__()

    def _current(self) -> DC:
        return DC(float(self.amplitude), float(self.start), self.stop)


class StepCurrentSource(CurrentSource):
    """0 before times[0], amplitudes[k] [nA] from times[k] [ms] on, the last one for ever."""

    _names = ("times", "amplitudes")

    def __init__(self, times: Sequence[float], amplitudes: Sequence[float]):
        self.times, self.amplitudes = times, amplitudes
        super().__init__()

    def _current(self) -> Steps:
        return Steps(tuple(float(t) for t in self.times), tuple(float(a) for a in self.amplitudes))


class ACSource(CurrentSource):
    """offset + amplitude sin(2 pi frequency (t - start) + phase): nA, Hz, degrees; from start to stop [ms]."""

    _names = ("amplitude", "offset", "frequency", "phase", "start", "stop")

    def __init__(self, amplitude: float = 1.0, offset: float = 0.0, frequency: float = 10, phase: float = 0.0,
                 start: float = 0.0, stop: float | None = None):
        self.amplitude, self.offset, self.frequency, self.phase = amplitude, offset, frequency, phase
        self.start, self.stop = start, stop
        super().__init__()

    def _current(self) -> AC:
        return AC(float(self.amplitude), float(self.offset), float(self.frequency), float(self.phase),
                  float(self.start), self.stop)


class NoisyCurrentSource(CurrentSource):
    """Gaussian noise, mean and stdev [nA], a new value every dt [ms] (None: every time step), from start to stop.

    rng: its seed chooses the noise, which is a stream of the engine's own generator. Without it the noise follows from the
    seed of the simulation and the first cells: those of a source for one cell from that cell, those of a source for many
    from how many such sources were before. (A source that is injected into one cell after the other needs an rng.)
    """

    _names = ("mean", "stdev", "dt", "start", "stop", "rng")

    def __init__(self, mean: float, stdev: float, dt: float | None = None, start: float = 0.0, stop: float | None = None,
                 rng: object = None):
        self.mean, self.stdev, self.dt, self.start, self.stop, self.rng = mean, stdev, dt, start, stop, rng
        self._number: int | None = None
        super().__init__()

    def _meet(self, parts: list[tuple[Population, np.ndarray]]) -> None:
        if self._number is None and parts:
            gids = [population.first_gid + int(a) for population, addresses in parts for a in addresses]
            self._number = parts[0][0].world.count_noise(gids[0] if len(gids) == 1 else None)

    def _current(self) -> Noise:
        dt, step = self.dt, self._world.dt
        if dt is not None and (round(dt / step) < 1 or abs(round(dt / step) * step - dt) > 1e-9 * dt):
            raise InvalidParameterValueError(f"dt of a noisy current must be a multiple of the time step of {step:g} ms, got "
                                             f"{dt:g} ms", name="dt", got=dt)
        seed = getattr(self.rng, "effective_seed", None)
        if seed is None:
            seed = streams.key(self._world.seed * 1_000_003 + self._world.trial, self._number or 0)[0]
        return Noise(float(self.mean), float(self.stdev), self.dt, float(self.start), self.stop, int(seed))
