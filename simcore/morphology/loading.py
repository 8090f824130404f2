"""Morphologies from SWC, Neurolucida ASC and H5 files, with NEURON's conventions. nseg is 1.

SWC: `swc.py`. ASC and H5 are read by MorphIO:
# ASSUME, as NEURON's Import3d does: a soma of one sample is a cylinder whose length is its diameter; a contour becomes a
# stack of 21 points along its principal axis. First-order neurites hang on soma(0.5) and begin at their own first
# sample, later sections begin at the last point of their parent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simcore.errors import SimcoreError, nearest
from simcore.morphology.errors import MissingMorphologyError, MorphologyError
from simcore.morphology.morphio_files import read_morphio
from simcore.morphology.sections import Section
from simcore.morphology.swc import Part, read_swc

SUFFIXES = (".swc", ".asc", ".h5")
KINDS = {1: "soma", 2: "axon", 3: "dend", 4: "apic"}         # SWC type -> NEURON's name, in NEURON's order


@dataclass(frozen=True)
class Morphology:
    """Sections of a file: soma (several where it branches), neurites by kind, others (SWC types other than 1 to 4)."""

    somata: tuple[Section, ...]
    axons: tuple[Section, ...]
    dendrites: tuple[Section, ...]
    apicals: tuple[Section, ...]
    others: tuple[Section, ...] = ()

    @property
    def soma(self) -> Section | None:
        """The first section of the soma; None where there is none."""
        return self.somata[0] if self.somata else None

    @property
    def all(self) -> tuple[Section, ...]:
        """Every section, the soma first, by kind in the order of the file."""
        return (*self.somata, *self.axons, *self.dendrites, *self.apicals, *self.others)


def load(path: str | Path) -> Morphology:
    """The sections of a morphology file. Raises MissingMorphologyError (a FileNotFoundError), MorphologyError."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise MorphologyError(f"a morphology must be a file of type {', '.join(SUFFIXES)}, got {path.name!r}",
                              name="path", got=str(path), valid=SUFFIXES, where=str(path))
    if not path.is_file():
        beside = sorted(p.name for p in path.parent.glob("*") if p.suffix.lower() in SUFFIXES)
        raise MissingMorphologyError(f"there is no such morphology file{nearest(path.name, beside) if beside else ''}",
                                     name="path", got=str(path), where=str(path))
    parts = read_swc(path) if path.suffix.lower() == ".swc" else read_morphio(path)
    try:
        return _morphology(parts)
    except SimcoreError as error:
        raise MorphologyError(f"cannot use this morphology: {error}", name="path", got=str(path), where=str(path)) from None


def _morphology(parts: list[Part]) -> Morphology:
    by_kind: dict[int, list[Section]] = {kind: [] for kind in KINDS}
    made: list[Section] = []
    for part in parts:
        same = by_kind.setdefault(part.kind, [])
        name = KINDS.get(part.kind, f"dend_{part.kind}" if part.kind >= 0 else f"minus_{-part.kind}")
        section = Section(f"{name}[{len(same)}]", points=part.points, kind=name)
        if part.parent >= 0:
            section.connect(made[part.parent], part.x)
        made.append(section)
        same.append(section)
    others = [s for kind, same in sorted(by_kind.items()) if kind not in KINDS for s in same]
    return Morphology(*(tuple(by_kind[kind]) for kind in KINDS), tuple(others))
