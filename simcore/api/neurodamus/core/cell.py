"""neurodamus.core.cell: cells with a morphology, loaded or built."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from simcore.api.neurodamus.core.builder import AxonSection, Builder, CellCreationError, DendriteSection, Section
from simcore.api.neurodamus.core.mechanisms import Mechanism
from simcore.api.neurodamus.core.running import SimulationResult, run_sim
from simcore.api.neurodamus.core.synapses import Connection, _Synapse
from simcore.errors import ConfigurationError, ParameterTypeError
from simcore.morphology.attachments import Receptor, add_receptor
from simcore.morphology.loading import load
from simcore.morphology.sections import Section as Cable
from simcore.morphology.sections import Segment
from simcore.morphology.topology import section_info, topology

__all__ = ["AxonSection", "Builder", "Cell", "CellCreationError", "DendriteSection", "Section"]
_log = logging.getLogger(__name__)


class _Topology:
    """`cell.show_topology()` prints the tree of a cell, `Cell.show_topology()` those of all cells that are in use."""

    def __get__(self, cell: Cell | None, owner: type[Cell]) -> Callable[[], None]:
        return partial(_print_trees, [cell] if cell is not None else [c for _, c in sorted(owner._in_use.items())])


def _print_trees(cells: list[Cell]) -> None:
    for section in (s for cell in cells for s in cell.all if s.parent is None):
        print(topology(section))


class Cell:
    """A detailed cell: sections from a morphology file, or from the Builder.

    gid: global id; morpho: path of a morphology (SWC, ASC, H5). Sections are in `all` (the root first), `soma`, `axons`,
    `dendrites`, `apical_dendrites`: lists, empty (None for the soma) while there is none.
    """

    Builder = Builder
    Mechanisms = Mechanism
    show_topology = _Topology()
    _in_use: ClassVar[WeakValueDictionary[int, Cell]] = WeakValueDictionary()        # by order of making
    _made_before: ClassVar[Iterator[int]] = count()

    def __init__(self, gid: int = 0, morpho: str | Path | None = None) -> None:
        self.gid = gid
        self._in_use[next(self._made_before)] = self
        self._root: Section | None = None
        self._lists: dict[str, list[Cable]] = _empty()
        self._made: dict[Section, Cable] = {}
        self.receptors: dict[str, list[Receptor]] = {}
        self._commands: str | None = None
        if morpho is not None:
            self.load_morphology(morpho)

    @property
    def all(self) -> list[Cable]:
        """Every section, parents before children, the root first."""
        return self._lists["all"]

    @property
    def soma(self) -> Cable | None:
        """The soma; None while there is none."""
        return self._lists["soma"][0] if self._lists["soma"] else None

    @property
    def axons(self) -> list[Cable]:
        """Sections of axons."""
        return self._lists["axons"]

    @property
    def dendrites(self) -> list[Cable]:
        """Sections of (basal) dendrites."""
        return self._lists["dendrites"]

    @property
    def apical_dendrites(self) -> list[Cable]:
        """Sections of apical dendrites."""
        return self._lists["apical_dendrites"]

    @property
    def builder(self) -> Section:
        """The root of what was built, to add more. RuntimeError when the cell is empty or was loaded from a file."""
        if self._root is None:
            why = "was loaded from a file" if self.all else "is empty: begin with init_soma"
            raise RuntimeError(f"this cell has no builder, it {why}")
        return self._root

    def init_soma(self, diam: float, name: str = "soma", **params: float) -> Section:
        """Begin this cell with a soma [um]; returns its builder, whose `create()` fills this cell."""
        if self.all:
            raise CellCreationError("this cell has sections already", where=f"cell {self.gid}")
        soma = Builder.add_soma(diam, name, **params)
        soma._target = self
        return soma

    def load_morphology(self, morpho_path: str | Path, export_commands: bool = False) -> Cell:
        """Fill this cell with the sections of a morphology file; returns it.

        export_commands: keep the sections as JSON text in `_commands`. Raises FileNotFoundError and MorphologyError.
        """
        if self.all:
            raise CellCreationError("this cell has sections already", where=f"cell {self.gid}")
        read = load(morpho_path)
        self._lists = {"all": list(read.all), "soma": list(read.somata), "axons": list(read.axons),
                       "dendrites": list(read.dendrites), "apical_dendrites": list(read.apicals)}
        self._own()
        if export_commands:
            self._commands = json.dumps([{
                "name": s.name, "parent": s.parent.name if s.parent else None, "x": s.parent_x,
                "points": s.points.tolist()} for s in self.all])
        return self

    def _fill(self, root: Section) -> None:
        self._root = root
        root.build(None, self._made, self._lists, None)
        for section in self.all:
            if section.kind is None:
                _log.warning("section %r has no kind: it is in no list but `all`", section.name)
        self._own()

    def _own(self) -> None:
        for section in self.all:
            if section.parent is None:
                section.cell = self

    # --- looking ---------------------------------------------------------------------------------------------------

    def section_info(self, section: int | Cable) -> str:
        """Length, diameter, segments and Ra of a section, or of the one with this index in `all`."""
        return section_info(section if isinstance(section, Cable) else self.all[section])

    # --- synapses --------------------------------------------------------------------------------------------------

    def add_synaptic_receptor(self, target_seg: Segment, syn_props_obj: Any, **custom: float) -> Receptor:
        """A receptor of the kind and with the values of `syn_props_obj` (an ExpSyn(…) …) on a segment; custom: values over.

        It is kept in `receptors` by the section's name.
        """
        if not isinstance(syn_props_obj, _Synapse) or not isinstance(target_seg, Segment):
            raise ParameterTypeError("a receptor needs a segment and an ExpSyn, Exp2Syn or AlphaSynapse, got "
                                     f"{target_seg!r} and {syn_props_obj!r}", name="syn_props_obj", got=syn_props_obj)
        receptor = add_receptor(target_seg, syn_props_obj.declared(), syn_props_obj.as_dict() | custom)
        self.receptors.setdefault(target_seg.sec.name, []).append(receptor)
        return receptor

    def add_synapse(self, src_seg: Segment, target_seg: Segment, syn_props_obj: Any, **conn_options: Any) -> Connection:
        """A receptor on `target_seg` and a connection to it from the cell of `src_seg`, whose v is watched there.

        conn_options: weight [uS] (needed), threshold [mV], delay [ms]; other names are values of the receptor.
        """
        names = ("weight", "threshold", "delay")
        link = {n: conn_options.pop(n, None) for n in names}
        receptor = self.add_synaptic_receptor(target_seg, syn_props_obj, **conn_options)
        return Connection(src_seg, receptor, link["weight"], link["threshold"], link["delay"])

    def connect_to(self, synapse_receptor: Receptor, threshold: float | None = None, delay: float | None = None,
                   weight: float | Mapping[int, float] | None = None) -> Connection:
        """A connection from the end of this cell's soma to a receptor; weight [uS] is needed."""
        if self.soma is None:
            raise ConfigurationError("a cell without a soma has no place for its spikes", where=f"cell {self.gid}")
        return Connection(self.soma(1.0), synapse_receptor, weight, threshold, delay)

    def run_sim(self, t_stop: float, *sections: Cable | Segment, **params: Any) -> SimulationResult:
        """Simulate this cell and all cells it is connected with; see `run_sim`. Records the soma if nothing is named."""
        return run_sim(t_stop, *(sections or self.all[:1]), **params)


def _empty() -> dict[str, list[Cable]]:
    return {"all": [], "soma": [], "axons": [], "dendrites": [], "apical_dendrites": []}
