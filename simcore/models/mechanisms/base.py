"""What a mechanism of a membrane is: names, units and plain functions, in the manner of a cell model.

A density mechanism covers compartments; a point process sits on one compartment and hears events. Both say their
current as i = g v - ge (g conductance, ge = conductance times reversal potential), which is exact for ohmic channels;
a channel that is not ohmic returns its linearisation at v: g = di/dv, ge = g v - i.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from simcore.errors import NonExistentParameterError, nearest
from simcore.units import Param, State

_MOST_SHARED = 10_000           # parameter sets remembered of a mechanism


def _keywords(*functions: Callable | None) -> tuple[str, ...]:
    """Keyword-only arguments of these functions, each once, in order of appearance."""
    names: dict[str, None] = {}
    for function in filter(None, functions):
        kinds = inspect.signature(function).parameters.values()
        names |= dict.fromkeys(p.name for p in kinds if p.kind is p.KEYWORD_ONLY)
    return tuple(names)


@dataclass(frozen=True)
class _Declared:
    name: str
    meaning: str
    parameters: Mapping[str, Param]
    states: Mapping[str, State] = field(default_factory=dict)
    prepare: Callable | None = None
    current: Callable | None = None

    def complete(self, given: Mapping, *, where: str = "") -> dict[str, float]:
        """All parameters in the declared units, `given` over the defaults.

        Raises NonExistentParameterError (with the nearest name), InvalidParameterValueError, UnitError.
        """
        for name in given:
            if name not in self.parameters:
                raise NonExistentParameterError(f"{self.name} has no parameter {name!r}{nearest(name, self.parameters)}",
                                                name=name, valid=tuple(self.parameters), where=where)
        return {name: param.parse(given[name], name=name, where=where) if name in given else param.default
                for name, param in self.parameters.items()}


    @cached_property
    def _completed(self) -> dict[tuple, Mapping[str, float]]:
        return {}

    def shared(self, given: Mapping, *, where: object = "") -> Mapping[str, float]:
        """As `complete`, read-only, and one mapping for all that are given the same values: 230 bytes and 8 us each."""
        key = tuple((name, type(value), value) for name, value in given.items())
        try:
            known = self._completed.get(key)
        except TypeError:                               # of an array or a list; `complete` says what is wrong with it
            return MappingProxyType(self.complete(given, where=str(where)))
        if known is None:
            known = MappingProxyType(self.complete(given, where=str(where)))
            if len(self._completed) < _MOST_SHARED:
                self._completed[key] = known
        return known


@dataclass(frozen=True)
class Mechanism(_Declared):
    """A density mechanism, declared once.

    parameters : name -> Param; conductances are densities in S/cm2, currents in mA/cm2
    states     : name -> State, in the order that `current` and `advance` take them
    prepare    : prepare(dt, celsius, **parameters) -> {constant: float} for the functions below
    current    : current(v, *states, *, constants) -> (g, ge), linear in the constants named in `densities`
    advance    : advance(v, *states, *, constants) -> states after dt at constant v; None without states
    rates,     : rates(v) -> numbers, gates(*states, *numbers, *, constants) -> states: `advance` in two parts, or None. The
    gates        engine then runs them as two loops, since short ones keep more compartments in flight (hh: 3.4 for 5.1 ns)
    start      : start(v, celsius, **parameters) -> states at the beginning of a run
    densities  : constants per area, which the engine multiplies by that of the compartment [S/cm2 -> uS]
    currents   : name -> function(v, *states, **parameters) -> mA/cm2, what can be recorded beside states
    passive    : `current` depends on neither v nor states, so the engine adds it to the matrix once
    """

    advance: Callable | None = None
    rates: Callable | None = None
    gates: Callable | None = None
    start: Callable | None = None
    densities: tuple[str, ...] = ()
    currents: Mapping[str, Callable] = field(default_factory=dict)
    passive: bool = False

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """Names of all keyword-only arguments of `current` and `advance`."""
        return _keywords(self.current, self.advance)

    @cached_property
    def of_current(self) -> tuple[str, ...]:
        """Those of `current`."""
        return _keywords(self.current)

    @cached_property
    def of_advance(self) -> tuple[str, ...]:
        """Those of `advance`."""
        return _keywords(self.advance)


@dataclass(frozen=True)
class PointProcess(_Declared):
    """A synapse on one compartment whose states jump by events and decay exponentially; [uS], [nA], [ms].

    prepare : prepare(dt, **parameters) -> {constant: float}; for each state s it gives `decay_s`, its factor in a step,
              and `jump_s`, what an event of weight 1 adds to it; the rest are keyword-only arguments of `current`
    current : current(v, *states, *, constants) -> (g, ge)
    waveform: waveform(t, **parameters) -> g [uS] for processes that follow time instead of events (states empty)
    """

    waveform: Callable | None = None

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """Names of the keyword-only arguments of `current`."""
        return _keywords(self.current)
