"""neurodamus.core.mechanisms: HH, PAS and their base; the equations are in simcore.models.mechanisms."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, ParameterTypeError, nearest
from simcore.models.mechanisms import MECHANISMS
from simcore.morphology.sections import Section


class Mechanism:
    """Values of a mechanism to apply to sections; None leaves the mechanism's own default.

    A mechanism of one's own: a subclass with `mechanism` set to a declaration (simcore.models.mechanisms.Mechanism) or its
    name. Raises NonExistentParameterError for names the mechanism does not have.
    """

    mechanism: ClassVar[Any] = None
    HH: ClassVar[type[Mechanism]]
    PAS: ClassVar[type[Mechanism]]

    def __init__(self, **opts: float) -> None:
        if self.mechanism is None:
            raise ParameterTypeError("Mechanism is abstract: use HH, PAS or a subclass with `mechanism`", name="Mechanism")
        declared = self._declared()
        valid = {*declared.parameters, *declared.states, *declared.currents}
        for name, value in opts.items():
            if name not in valid:
                raise NonExistentParameterError(f"{declared.name} has no parameter {name!r}{nearest(name, valid)}",
                                                name=name, valid=tuple(sorted(valid)))
            if value is not None and name not in declared.parameters:
                raise InvalidParameterValueError(f"{name} is a state or current of {declared.name}: the run sets it",
                                                 name=name, got=value, valid=tuple(declared.parameters))
            if value is not None:
                setattr(self, name, declared.parameters[name].parse(value, name=name))

    def _declared(self) -> Any:
        return MECHANISMS.get(self.mechanism) if isinstance(self.mechanism, str) else self.mechanism

    def as_dict(self, subset: Collection[str] | None = None, excludes: Collection[str] = ()) -> dict[str, float]:
        """What is set (None is not, 0 is), all or of `subset`, without `excludes`."""
        names = self._declared().parameters
        return {n: getattr(self, n) for n in names if getattr(self, n, None) is not None
                and (subset is None or n in subset) and n not in excludes}

    def apply(self, obj_or_list: Section | Iterable[Section], **kw: float) -> None:
        """Insert the mechanism into a section or many, and set what is set here; kw: values over these, for this time.

        Raises ParameterTypeError for what is neither, NonExistentParameterError for unknown names.
        """
        values = self.as_dict() | (type(self)(**kw).as_dict() if kw else {})
        sections = [obj_or_list] if isinstance(obj_or_list, Section) else obj_or_list
        if isinstance(sections, str) or not isinstance(sections, Iterable):
            raise ParameterTypeError(f"a mechanism is applied to a section or many, got {obj_or_list!r}",
                                     name="obj_or_list", got=obj_or_list)
        for section in list(sections):
            if not isinstance(section, Section):
                raise ParameterTypeError(f"a mechanism is applied to sections, got {section!r}", name="obj_or_list",
                                         got=section)
            section.insert(self._declared())
            for name, value in values.items():
                setattr(section, f"{name}_{self._declared().name}", value)


class HH(Mechanism):
    """Hodgkin and Huxley's channels: simcore.models.mechanisms.hh. Densities in S/cm2, el in mV."""

    mechanism = "hh"
    gnabar = None
    gkbar = None
    gl = None
    el = None
    ena = None
    ek = None
    m = None
    h = None
    n = None
    ina = None
    ik = None


class PAS(Mechanism):
    """A passive leak: simcore.models.mechanisms.pas. g in S/cm2, e in mV."""

    mechanism = "pas"
    g = None
    e = None
    i = None


Mechanism.HH, Mechanism.PAS = HH, PAS
