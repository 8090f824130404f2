"""Morphologies from SWC, Neurolucida ASC and H5 files, read by MorphIO, with NEURON's conventions.

# ASSUME, as NEURON's Import3d does: a soma of one sample (or of NeuroMorpho's three) is a cylinder whose length is its
# diameter; several samples are their own stack, a contour becomes a stack of 21 points along its principal axis.
# Neurites hang on soma(0.5), on soma(0) or soma(1) where their parent is the first or last of several samples. A
# first-order section begins at its own first sample, later ones at the last point of their parent. nseg is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import SimcoreError
from simcore.morphology.contour import contour_stack
from simcore.morphology.errors import MissingMorphologyError, MorphologyError
from simcore.morphology.sections import Section

if TYPE_CHECKING:
    import morphio

SUFFIXES = (".swc", ".asc", ".h5")
KINDS = {2: "axon", 3: "dend", 4: "apic"}               # SWC type -> NEURON's name, in NEURON's order


@dataclass(frozen=True)
class Morphology:
    """Sections of a file: soma (None where there is none), the rest by kind in file order, all with the root first."""

    soma: Section | None
    axons: tuple[Section, ...]
    dendrites: tuple[Section, ...]
    apicals: tuple[Section, ...]

    @property
    def all(self) -> tuple[Section, ...]:
        """Every section, the soma first."""
        return (*([self.soma] if self.soma else []), *self.axons, *self.dendrites, *self.apicals)


def load(path: str | Path) -> Morphology:
    """The sections of a morphology file. Raises MissingMorphologyError (a FileNotFoundError), MorphologyError."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise MorphologyError(f"a morphology must be a file of type {', '.join(SUFFIXES)}, got {path.name!r}",
                              name="path", got=str(path), valid=SUFFIXES, where=str(path))
    if not path.is_file():
        raise MissingMorphologyError("there is no such morphology file", name="path", got=str(path), where=str(path))
    import morphio

    morphio.set_maximum_warnings(0)
    if path.suffix.lower() == ".swc":
        _check_swc(path)
    try:
        read = morphio.Morphology(str(path))
        return _sections(read, path)
    except (morphio.MorphioError, SimcoreError) as error:
        if isinstance(error, MorphologyError):
            raise
        raise MorphologyError(f"cannot use this morphology: {error}", name="path", got=str(path),
                              where=str(path)) from None


def _sections(read: morphio.Morphology, path: Path) -> Morphology:
    soma = _soma(read)
    ends = _swc_ends(path) if path.suffix.lower() == ".swc" and read.soma.points.shape[0] > 3 else {}
    made: dict[int, Section] = {}
    by_kind: dict[int, list[Section]] = {kind: [] for kind in KINDS}
    for part in read.iter():
        kind = int(part.type)
        if kind not in by_kind:
            raise MorphologyError(f"a section must be axon, dendrite or apical dendrite (types 2, 3, 4), got type {kind}",
                                  name="type", got=kind, where=str(path))
        points = np.column_stack([part.points, part.diameters])
        if points.shape[0] == 1 and soma is not None:       # one sample only: from the soma's centre
            points = np.vstack([[*read.soma.center, points[0, 3]], points])
        section = Section(f"{KINDS[kind]}[{len(by_kind[kind])}]", points=points, kind=KINDS[kind])
        if not part.is_root:
            section.connect(made[part.parent.id], 1.0)
        elif soma is not None:
            section.connect(soma, ends.get(tuple(part.points[0].tolist()), 0.5))
        made[part.id] = section
        by_kind[kind].append(section)
    if not made and soma is None:
        raise MorphologyError("the file has neither a soma nor a neurite", where=str(path))
    return Morphology(soma, *(tuple(by_kind[kind]) for kind in KINDS))


def _soma(read: morphio.Morphology) -> Section | None:
    """The soma's section; None where there is none."""
    import morphio

    points = np.column_stack([read.soma.points, read.soma.diameters]) if read.soma.points.size else np.empty((0, 4))
    if not points.shape[0]:
        return None
    if points.shape[0] == 1 or read.soma_type == morphio.SomaType.SOMA_NEUROMORPHO_THREE_POINT_CYLINDERS:
        points = _cylinder(points[0])
    elif read.soma_type == morphio.SomaType.SOMA_SIMPLE_CONTOUR:
        points = contour_stack(points[:, :3])
    return Section("soma[0]", points=points, kind="soma")


def _cylinder(sample: np.ndarray) -> np.ndarray:
    """Three points along x around one sample: a cylinder as long as it is wide."""
    along = np.array([-0.5, 0.0, 0.5])[:, None] * np.array([sample[3], 0.0, 0.0, 0.0])
    return sample[None, :] + along


def _rows(path: Path) -> list[tuple[int, int, tuple[float, ...], float, int]]:
    """(id, type, position, radius, parent) of an SWC file's samples. Raises MorphologyError with the line."""
    rows = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            x, y, z, r = map(float, words[2:6])
            place = tuple(float(np.float32(c)) for c in (x, y, z))
            rows.append((int(float(words[0])), int(float(words[1])), place, r, int(float(words[6]))))
        except (ValueError, IndexError):
            raise MorphologyError(f"line {number} must have id, type, x, y, z, radius, parent, got {line.strip()!r}",
                                  where=str(path)) from None
    return rows


def _check_swc(path: Path) -> None:
    """Refuse what is no tree: samples of one id, unknown parents, loops, diameters that are not positive."""
    rows = _rows(path)
    parent: dict[int, int] = {}
    for number, _, _, radius, above in rows:
        if number in parent:
            raise MorphologyError(f"sample {number} is there twice", where=str(path))
        if not radius > 0.0:
            raise MorphologyError(f"a radius must be > 0 um, got {radius:g} um at sample {number}", name="radius",
                                  got=radius, where=str(path))
        parent[number] = above
    whole: set[int] = set()                                 # samples known to lead to a root
    for start in parent:
        way, number = {}, start
        while number not in whole and number != -1:
            if number in way:
                raise MorphologyError(f"a tree has no loops: sample {number} is its own ancestor", where=str(path))
            if number not in parent:
                raise MorphologyError(f"the parent of sample {list(way)[-1]} must exist, got {number}", name="parent",
                                      got=number, where=str(path))
            way[number] = None
            number = parent[number]
        whole |= way.keys()


def _swc_ends(path: Path) -> dict[tuple[float, ...], float]:
    """Where on a soma of several samples neurites hang, by their first sample: 0 or 1; others are at 0.5."""
    rows = _rows(path)
    soma = [number for number, kind, *_ in rows if kind == 1]
    at = {soma[0]: 0.0, soma[-1]: 1.0}
    return {place: at[above] for _, kind, place, _, above in rows if kind != 1 and above in at}
