"""What a cell model is: names, units, and two plain functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from simcore.errors import NonExistentParameterError, nearest
from simcore.units import Param, State


@dataclass(frozen=True)
class CellModel:
    """A kind of cell, declared once.

    parameters : name -> Param, in the order people read them
    states     : name -> State, in the order that `step` takes and returns them; every state can be recorded
    receptors  : receptor -> (where its weights go, their unit): the state that they are added to at the end of a step
                 (as if it had just decayed), or an argument of `step` after the states: {"excitatory": ("isyn_exc", "nA")}
    prepare    : prepare(dt, **parameters) -> {constant: value}, once a parameter set; plain floats
    step       : step(*states, *inputs, *, constants) -> (*states, fired): one cell, one step, no branches
    threshold  : parameter that the membrane potential is compared with, for plots; None for sources

    Spike sources have no states and no step; the engine draws them (`source` says how: "poisson", "gamma" or "array").
    """

    name: str
    meaning: str
    parameters: Mapping[str, Param]
    states: Mapping[str, State] = field(default_factory=dict)
    receptors: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    prepare: Callable | None = None
    step: Callable | None = None
    source: str | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the arguments of `step` that take what arrives, after the states."""
        return tuple(name for name, _ in self.receptors.values() if name not in self.states)

    def adds_to_state(self, receptor: str) -> bool:
        """Whether what arrives at a receptor is added to a state, rather than given to `step`."""
        return self.receptors[receptor][0] in self.states

    @cached_property
    def constants(self) -> tuple[str, ...]:
        """Names of the keyword-only arguments of `step`: what `prepare` must give."""
        kinds = inspect.signature(self.step).parameters.values()
        return tuple(p.name for p in kinds if p.kind is p.KEYWORD_ONLY)

    def complete(self, given: Mapping, *, where: str = "") -> dict:
        """All parameters in canonical units: `given` over the defaults. Arrays pass through element by element.

        Raises NonExistentParameterError (with the nearest name), InvalidParameterValueError, UnitError.
        """
        for name in given:
            if name not in self.parameters:
                hint = nearest(name, self.parameters)
                raise NonExistentParameterError(f"{self.name} has no parameter {name!r}{hint}", name=name,
                                                valid=tuple(self.parameters), where=where)
        return {name: _parsed(param, given[name], name, where) if name in given else param.default
                for name, param in self.parameters.items()}


def _parsed(param: Param, value: object, name: str, where: str) -> object:
    if param.type is not list and hasattr(value, "__len__") and not isinstance(value, str):
        return [param.parse(float(v) if hasattr(v, "dtype") else v, name=f"{name}[{i}]", where=where)
                for i, v in enumerate(value)]
    return param.parse(value, name=name, where=where)
