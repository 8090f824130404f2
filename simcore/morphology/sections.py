"""Sections and segments: unbranched pieces of cable, and the compartments they are cut into.

Names and defaults are NEURON's: L, diam [um], nseg, Ra [ohm cm], cm [uF/cm2], section(x) for the compartment at x
(0 to 1), `gnabar_hh` for the parameter gnabar of the mechanism hh. A section is data; nothing runs here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError, NonExistentParameterError, nearest
from simcore.models.mechanisms import MECHANISMS, Mechanism, known
from simcore.morphology.geometry import Geometry, cylinders, frusta, point_arcs

if TYPE_CHECKING:
    from simcore.models.clamps import Clamp
    from simcore.morphology.attachments import Attachment, Receptor

IONS = {"ena": ("hh", "ena"), "ek": ("hh", "ek")}          # range variables without the name of a mechanism


def positive(value: float, name: str, units: str, where: str) -> float:
    """The value as a float; InvalidParameterValueError unless it is a finite number > 0."""
    number = number_of(value)
    if not (number > 0.0 and math.isfinite(number)):
        raise InvalidParameterValueError(f"{name} must be > 0 {units}, got {value!r} {units}", name=name, got=value,
                                         valid=f"> 0 {units}", where=where)
    return number


def finite(value: float, name: str, units: str, where: str) -> float:
    """The value as a float; InvalidParameterValueError unless it is a finite number."""
    number = number_of(value)
    if not math.isfinite(number):
        raise InvalidParameterValueError(f"{name} must be finite, got {value!r} {units}", name=name, got=value, where=where)
    return number


def number_of(value: float) -> float:
    """The value as a float, NaN if it is no number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


class Section:
    """An unbranched cable.

    name; L length [um]; diam [um]; nseg number of compartments; Ra [ohm cm]; cm [uF/cm2]; points: (n, 4) x, y, z,
    diameter [um] in place of L and diam; kind: a label such as "soma". Raises InvalidParameterValueError.
    """

    def __init__(self, name: str = "section", *, L: float = 100.0, diam: float = 500.0, nseg: int = 1, Ra: float = 35.4,
                 cm: float = 1.0, points: np.ndarray | None = None, kind: str | None = None) -> None:
        self.name, self.kind = name, kind
        self.parent: Section | None = None
        self.parent_x = 1.0
        self.children: list[Section] = []
        self.mechanisms: dict[str, dict[str, np.ndarray]] = {}
        self.attachments: list[Attachment] = []
        self.receptors: list[Receptor] = []
        self.links: list[object] = []                       # of a root: connections from and to its cell
        self.cell: object | None = None                     # of a root: what it belongs to
        self._nseg = 1
        self.points = None if points is None else self._checked_points(points)
        self._L = positive(L, "L", "um", name) if points is None else float(point_arcs(self.points)[-1])
        self._diam = np.array([positive(diam, "diam", "um", name)])
        self._cm = np.array([positive(cm, "cm", "uF/cm2", name)])
        self.Ra = Ra
        self.nseg = nseg

    def _checked_points(self, points: np.ndarray) -> np.ndarray:
        # ASSUME: points are kept in single precision, as NEURON keeps them
        points = np.array(points, dtype=np.float32)
        if points.ndim != 2 or points.shape[0] < 2 or points.shape[1] != 4:
            raise ConfigurationError("a section needs at least two points of x, y, z, diameter, "
                                     f"got an array of shape {points.shape}", where=self.name)
        if not np.isfinite(points).all():
            raise InvalidParameterValueError("points must be finite numbers (um)", name="points", where=self.name)
        bad = np.flatnonzero(~(points[:, 3] > 0.0))
        if bad.size:
            raise InvalidParameterValueError(f"a diameter must be > 0 um, got {points[bad[0], 3]:g} um at point "
                                             f"{bad[0]}", name="diam", got=float(points[bad[0], 3]), where=self.name)
        if not point_arcs(points)[-1] > 0.0:
            raise InvalidParameterValueError("L must be > 0 um, got 0 um (all points are at one place)", name="L",
                                             got=0.0, where=self.name)
        return points

    # --- size ------------------------------------------------------------------------------------------------------

    @property
    def L(self) -> float:
        """Length [um]. Setting it scales the way between points."""
        return self._L

    @L.setter
    def L(self, value: float) -> None:
        value = positive(value, "L", "um", self.name)
        if self.points is not None:
            origin = self.points[0, :3].copy()
            self.points[:, :3] = origin + (self.points[:, :3] - origin) * np.float32(value / self._L)
        self._L = value

    @property
    def diam(self) -> float:
        """Diameter of the middle compartment [um]. Setting it sets all compartments and points."""
        return self(0.5).diam

    @diam.setter
    def diam(self, value: float) -> None:
        value = positive(value, "diam", "um", self.name)
        self._diam[:] = value
        if self.points is not None:
            self.points[:, 3] = value

    @property
    def nseg(self) -> int:
        """Number of compartments. Setting it carries parameters over from the nearest old compartment."""
        return self._nseg

    @nseg.setter
    def nseg(self, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer, float)) or not 1 <= value <= 32767 \
                or value != int(value):
            raise InvalidParameterValueError(f"nseg must be a whole number from 1 to 32767, got {value!r}", name="nseg",
                                             got=value, valid="1 … 32767", where=self.name)
        if value == self._nseg:
            return
        nearest_old = np.minimum((np.arange(value) + 0.5) / value * self._nseg, self._nseg - 1).astype(int)
        self._diam, self._cm = self._diam[nearest_old], self._cm[nearest_old]
        self.mechanisms = {m: {p: v[nearest_old] for p, v in own.items()} for m, own in self.mechanisms.items()}
        self._nseg = int(value)

    @property
    def Ra(self) -> float:
        """Axial resistivity [ohm cm]."""
        return self._Ra

    @Ra.setter
    def Ra(self, value: float) -> None:
        self._Ra = positive(value, "Ra", "ohm cm", self.name)

    @property
    def cm(self) -> float:
        """Membrane capacitance [uF/cm2] of the middle compartment. Setting it sets all."""
        return float(self._cm[self._nseg // 2])

    @cm.setter
    def cm(self, value: float) -> None:
        self._cm[:] = positive(value, "cm", "uF/cm2", self.name)

    @property
    def capacitances(self) -> np.ndarray:
        """(nseg,) membrane capacitance of every compartment [uF/cm2]."""
        return self._cm.copy()

    def geometry(self) -> Geometry:
        """Diameter, area and axial resistances of every compartment."""
        if self.points is not None:
            return frusta(self.points, self._nseg, self._Ra)
        return cylinders(self._L, self._diam, self._Ra)

    # --- tree ------------------------------------------------------------------------------------------------------

    def connect(self, parent: Section, x: float = 1.0) -> Section:
        """Hang the beginning of this section on `parent` at x; returns this. ConfigurationError for a loop."""
        above: Section | None = parent
        while above is not None:
            if above is self:
                raise ConfigurationError(f"a tree has no loops: {parent.name!r} is below {self.name!r} or is it",
                                         where=self.name)
            above = above.parent
        _checked_x(x, parent.name)
        if self.parent is not None:
            self.parent.children.remove(self)
        self.parent, self.parent_x = parent, float(x)
        parent.children.append(self)
        return self

    def parentseg(self) -> Segment | None:
        """The segment that this section hangs on; None for a root."""
        return None if self.parent is None else Segment(self.parent, self.parent_x)

    def subtree(self) -> list[Section]:
        """This section and all below it, parents before children, in the order they were connected."""
        found, waiting = [], [self]
        while waiting:
            section = waiting.pop()
            found.append(section)
            waiting += reversed(section.children)
        return found

    def root(self) -> Section:
        """The section at the top of the tree."""
        section = self
        while section.parent is not None:
            section = section.parent
        return section

    # --- mechanisms ------------------------------------------------------------------------------------------------

    def insert(self, mechanism: str | Mechanism) -> Section:
        """Put a mechanism (its name or declaration) into all compartments, with default parameters; returns this."""
        declared = mechanism if isinstance(mechanism, Mechanism) else MECHANISMS.get(mechanism)
        if declared is None:
            raise NonExistentParameterError(f"there is no mechanism {mechanism!r}{nearest(mechanism, MECHANISMS)}",
                                            name=str(mechanism), valid=tuple(MECHANISMS), where=self.name)
        known(declared)
        self.mechanisms.setdefault(declared.name, {p: np.full(self._nseg, declared.parameters[p].default)
                                                   for p in declared.parameters})
        return self

    def _range(self, name: str) -> tuple[Any, np.ndarray] | None:
        """(declaration, values by compartment) of a range variable such as gnabar_hh or ena; None if it is none."""
        mechanism, parameter = IONS.get(name, (None, None))
        if mechanism is None:
            parameter, _, mechanism = name.rpartition("_")
        own = self.__dict__.get("mechanisms", {}).get(mechanism)
        if own is None or parameter not in own:
            return None
        return MECHANISMS[mechanism].parameters[parameter], own[parameter]

    def __getattr__(self, name: str) -> float:
        found = None if name.startswith("__") else self._range(name)
        if found is None:
            raise AttributeError(_no_variable(self, name))
        return float(found[1][self._nseg // 2])

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIELDS or name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        found = self._range(name)
        if found is None:
            raise AttributeError(_no_variable(self, name))
        declared, values = found
        values[:] = declared.parse(value, name=name, where=self.name)

    # --- segments --------------------------------------------------------------------------------------------------

    def __call__(self, x: float = 0.5) -> Segment:
        """The segment at x, from 0 to 1."""
        return Segment(self, x)

    def __iter__(self) -> Iterator[Segment]:
        return (Segment(self, (k + 0.5) / self._nseg) for k in range(self._nseg))

    def __repr__(self) -> str:
        return self.name


_FIELDS = {"name", "kind", "parent", "parent_x", "children", "mechanisms", "attachments", "receptors", "links", "cell",
           "points", "L", "diam", "nseg", "Ra", "cm"}
_OF_SECTIONS = {"L", "Ra", "nseg"}


class Segment:
    """The compartment of a section at x; x = 0 and x = 1 are the section's ends, points without area."""

    __slots__ = ("sec", "x")

    def __init__(self, section: Section, x: float) -> None:
        object.__setattr__(self, "sec", section)
        object.__setattr__(self, "x", _checked_x(x, section.name))

    @property
    def index(self) -> int:
        """Number of the compartment in its section; an end belongs to the nearest one."""
        return min(int(self.x * self.sec.nseg), self.sec.nseg - 1)

    @property
    def diam(self) -> float:
        """Diameter [um]."""
        return float(self.sec.geometry().diam[self.index])

    def area(self) -> float:
        """Membrane area [um2]; 0 at the ends."""
        return 0.0 if self.x in (0.0, 1.0) else float(self.sec.geometry().area[self.index])

    def ri(self) -> float:
        """Axial resistance to the node above [MOhm]; at an end, of the half compartment next to it."""
        g, k = self.sec.geometry(), self.index
        if self.x == 1.0:
            return float(g.right[k])
        return float(g.left[k] + (g.right[k - 1] if k and self.x > 0.0 else 0.0))

    @property
    def cm(self) -> float:
        """Membrane capacitance [uF/cm2]."""
        return float(self.sec._cm[self.index])

    def attach(self, clamp: Clamp) -> None:
        """Let a clamp act here."""
        from simcore.morphology.attachments import attach

        attach(self.sec, self.x, clamp)

    def detach(self, clamp: Clamp) -> None:
        """End that. ConfigurationError if it does not act here."""
        found = next((a for a in self.sec.attachments if a.clamp is clamp and a.x == self.x), None)
        if found is None:
            raise ConfigurationError("this clamp is not attached here", where=repr(self))
        found.detach()

    def __getattr__(self, name: str) -> Any:
        if name in self.sec.mechanisms:
            return SegmentMechanism(self, name)
        found = None if name.startswith("__") else self.sec._range(name)
        if found is None:
            raise AttributeError(_no_variable(self.sec, name))
        return float(found[1][self.index])

    def __setattr__(self, name: str, value: Any) -> None:
        where = f"{self.sec.name}({self.x:g})"
        if name == "cm":
            self.sec._cm[self.index] = positive(value, "cm", "uF/cm2", where)
            return
        if name == "diam":
            if self.sec.points is not None:
                raise ConfigurationError("the diameter of a segment follows from the points of its section: set those, "
                                         "or section.diam", name="diam", got=value, where=where)
            self.sec._diam[self.index] = positive(value, "diam", "um", where)
            return
        found = self.sec._range(name)
        if found is None:
            raise AttributeError(_no_variable(self.sec, name))
        found[1][self.index] = found[0].parse(value, name=name, where=where)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Segment) and self.sec is other.sec and self.x == other.x

    def __hash__(self) -> int:
        return hash((id(self.sec), self.x))

    def __repr__(self) -> str:
        return f"{self.sec.name}({self.x:g})"


class SegmentMechanism:
    """One mechanism at one segment: `section(0.5).hh.gnabar`."""

    __slots__ = ("_name", "_segment")

    def __init__(self, segment: Segment, name: str) -> None:
        object.__setattr__(self, "_segment", segment)
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> float:
        return getattr(self._segment, f"{name}_{self._name}")

    def __setattr__(self, name: str, value: float) -> None:
        setattr(self._segment, f"{name}_{self._name}", value)


def _checked_x(x: float, where: str) -> float:
    if isinstance(x, bool) or not isinstance(x, (int, float, np.number)) or not 0.0 <= x <= 1.0:
        raise InvalidParameterValueError(f"a position must be from 0 to 1, got {x!r}", name="x", got=x, valid="0 … 1",
                                         where=where)
    return float(x)


def _no_variable(section: Section, name: str) -> str:
    kind, _, mechanism = name.rpartition("_")
    declared = MECHANISMS.get(mechanism) if mechanism in section.mechanisms else None
    if name == "v":
        return f"section {section.name!r} does not keep v: a run begins at its v_init, and its result has v"
    if declared and kind in {*declared.states, *declared.currents}:
        return f"{name} of section {section.name!r} is computed by a run: record it there"
    if name in _OF_SECTIONS:
        return f"{name} is one for a section, not for its segments: use section {section.name!r} itself"
    if mechanism in MECHANISMS and mechanism not in section.mechanisms:
        return f"section {section.name!r} has no {name}: insert {mechanism!r} first"
    valid: Sequence[str] = [f"{p}_{m}" for m, own in section.mechanisms.items() for p in own]
    return f"section {section.name!r} has no variable {name!r}{nearest(name, [*valid, 'L', 'Ra', 'cm', 'diam', 'nseg'])}"
