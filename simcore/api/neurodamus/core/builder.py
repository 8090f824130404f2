"""The builder of cells: a tree of sections as plain data, until `create` makes the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from simcore.errors import ConfigurationError, InvalidParameterValueError, NonExistentParameterError, nearest
from simcore.morphology.sections import Section as Cable
from simcore.morphology.sections import positive

if TYPE_CHECKING:
    from simcore.api.neurodamus.core.cell import Cell

KINDS = ("soma", "dendrites", "axons", "apical_dendrites")       # lists of a cell, by the order of sec_type
SOMA, DENDRITE, APICAL_DENDRITE, AXON = 0, 1, 2, 3
_LIST = {SOMA: "soma", DENDRITE: "dendrites", APICAL_DENDRITE: "apical_dendrites", AXON: "axons"}
_FIELDS = ("L", "diam", "Ra", "cm", "nseg")


class CellCreationError(ConfigurationError):
    """A cell that cannot be built from what was described."""


class Section:
    """A section to be: name, length [um], n_segments (1 unless given), sec_type, and diam, Ra, cm in `params`.

    Its children hang on its end. Raises InvalidParameterValueError, NonExistentParameterError.
    """

    SOMA, DENDRITE, APICAL_DENDRITE, AXON = SOMA, DENDRITE, APICAL_DENDRITE, AXON

    def __init__(self, name: str, length: float, n_segments: int | None = None, sec_type: int | None = None,
                 **params: float) -> None:
        for key in params:
            if key not in _FIELDS:
                raise NonExistentParameterError(f"a section has no parameter {key!r}{nearest(key, _FIELDS)}", name=key,
                                                valid=_FIELDS, where=name)
        if sec_type is not None and sec_type not in _LIST:
            raise InvalidParameterValueError(f"sec_type must be one of {sorted(_LIST)}, got {sec_type!r}",
                                             name="sec_type", got=sec_type, where=name)
        if "diam" not in params:
            raise InvalidParameterValueError("a section needs a diameter: pass diam= [um] (NEURON would take 500 um)",
                                             name="diam", where=name)
        nseg = params.pop("nseg", 1) if n_segments is None else n_segments
        self.name, self.sec_type = name, sec_type
        self.parent: Section | None = None
        self.children: list[Section] = []
        self._given = {"L": length, "nseg": nseg, **params}
        Cable(name, **self._given)                          # every error of a value is raised here, with its name
        self._target: Cell | None = None
        self._created: Cell | None = None

    # --- growing ---------------------------------------------------------------------------------------------------

    def add(self, name: str, length: float, n_segments: int, **params: float) -> Self:
        """Make a child at the end of this section; returns this."""
        self.append(name, length, n_segments, **params)
        return self

    def append(self, name: str, length: float, n_segments: int, **params: float) -> Section:
        """Make a child at the end of this section; returns the child."""
        if not n_segments:
            raise InvalidParameterValueError(f"n_segments must be >= 1, got {n_segments!r}", name="n_segments",
                                             got=n_segments, where=name)
        return Section(name, length, n_segments, params.pop("sec_type", None), **params).set_parent(self)

    def attach(self, *nodes: Section) -> Self:
        """Hang whole trees on the end of this section; returns this. ConfigurationError for a second parent or a loop."""
        for node in nodes:
            node.set_parent(self)
        return self

    def chain(self, *nodes: Section) -> Section:
        """Hang the first on this section, the second on the first …; returns the last (this one without nodes)."""
        last = self
        for node in nodes:
            last = node.set_parent(last)
        return last

    def set_parent(self, parent: Section) -> Self:
        """Hang this section on the end of another; returns this."""
        if self.parent is not None and self.parent is not parent:
            raise CellCreationError(f"{self.name!r} hangs on {self.parent.name!r} and cannot hang on {parent.name!r} too",
                                    where=self.name)
        above: Section | None = parent
        while above is not None:
            if above is self:
                raise CellCreationError(f"a tree has no loops: {parent.name!r} is below {self.name!r} or is it",
                                        where=self.name)
            above = above.parent
        if self not in parent.children:
            self.parent = parent
            parent.children.append(self)
        return self

    def get_root(self) -> Section:
        """The section at the top of the tree."""
        root = self
        while root.parent is not None:
            root = root.parent
        return root

    def add_dendrite(self, name: str, length: float, n_segments: int, apical: bool = False, **params: float) -> Self:
        """Make the first section of a dendrite of a soma; returns this."""
        self.append_dendrite(name, length, n_segments, apical, **params)
        return self

    def append_dendrite(self, name: str, length: float, n_segments: int, apical: bool = False, **params: float) -> Section:
        """Make the first section of a dendrite of a soma; returns it."""
        return self._branch(name, length, n_segments, APICAL_DENDRITE if apical else DENDRITE, params)

    def add_axon(self, name: str, length: float, n_segments: int, **params: float) -> Self:
        """Make the first section of an axon of a soma; returns this."""
        self.append_axon(name, length, n_segments, **params)
        return self

    def append_axon(self, name: str, length: float, n_segments: int, **params: float) -> Section:
        """Make the first section of an axon of a soma; returns it."""
        return self._branch(name, length, n_segments, AXON, params)

    def _branch(self, name: str, length: float, n_segments: int, kind: int, params: dict) -> Section:
        if self.sec_type != SOMA:
            raise CellCreationError(f"dendrites and axons begin at a soma, {self.name!r} is none", where=self.name)
        return self.append(name, length, n_segments, sec_type=kind, **params)

    # --- creating --------------------------------------------------------------------------------------------------

    def create(self) -> Cell:
        """The cell that this section belongs to, built. Once: later calls give the same cell, with what was added since.

        Raises CellCreationError where there is no soma at the root.
        """
        root = self.get_root()
        if root.sec_type != SOMA:
            raise CellCreationError(f"a cell needs a soma as root; {root.name!r}, the root of {self.name!r}, is none and "
                                    "has no parent", where=root.name)
        return root._create()

    def _create(self) -> Cell:
        from simcore.api.neurodamus.core.cell import Cell

        cell = self._created or self._target or Cell()
        self._created = cell
        cell._fill(self)
        return cell

    def build(self, parent: Cable | None, made: dict[Section, Cable], lists: dict[str, list[Cable]],
              kind: int | None) -> None:
        """Make the cables of this section and those below; lists: by kind, which reaches all that is below."""
        waiting: list[tuple[Section, Cable | None, int | None]] = [(self, parent, kind)]
        while waiting:
            node, above, inherited = waiting.pop()
            kind = inherited if node.sec_type is None else node.sec_type
            cable = made.get(node)
            if cable is None:
                cable = made[node] = Cable(node.name, kind=None if kind is None else _LIST[kind], **node._given)
                if above is not None:
                    cable.connect(above, 1.0)
                lists["all"].append(cable)
                if kind is not None:
                    lists[_LIST[kind]].append(cable)
            waiting += [(child, cable, None if kind == SOMA else kind) for child in reversed(node.children)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class DendriteSection(Section):
    """A section of a dendrite."""

    def __init__(self, name: str, length: float, n_segments: int | None = None, apical: bool = False,
                 **params: float) -> None:
        params.pop("sec_type", None)
        super().__init__(name, length, n_segments, APICAL_DENDRITE if apical else DENDRITE, **params)


class AxonSection(Section):
    """A section of an axon."""

    def __init__(self, name: str, length: float, n_segments: int | None = None, **params: float) -> None:
        params.pop("sec_type", None)
        super().__init__(name, length, n_segments, AXON, **params)


class Builder:
    """Enables building a cell from soma, dendrite and axon sections: `Cell.Builder.add_soma(20).add_dendrite(…).create()`."""

    Section, DendriteSection, AxonSection = Section, DendriteSection, AxonSection

    @classmethod
    def add_soma(cls, diam: float, name: str = "soma", **params: float) -> Section:
        """A soma as long as it is wide [um] unless L is given; the root of a new cell."""
        length = params.pop("L", positive(diam, "diam", "um", name))
        return Section(name, length, sec_type=SOMA, diam=diam, **params)
