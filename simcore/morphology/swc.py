"""SWC files, cut into sections as NEURON's Import3d cuts them (`read_swc.hoc` of NEURON 9).

A section is an unbranched run of samples of one type. It begins with a copy of its parent's sample; but with the diameter
of its own first sample where a neurite leaves a soma. It hangs

- on soma(0.5) of a soma of one sample (or of NeuroMorpho's three that stand for a sphere), or where its parent is
  an inner sample of a soma; the way from there has no membrane unless the section would be one sample long;
- on 0 or 1 of a soma of several samples where its parent is the first or the last; the way from there is cable;
- on 0 of a neurite whose first sample, next to the soma, is its parent; else on the end of its parent.

# ASSUME: samples lie in the order of their numbers, branch after branch, as tools write them. Where they do not, NEURON
# ends a section at each jump (or joins what does not belong together); here sections are what the tree says.
# ASSUME: a neurite without a parent hangs on soma(0.5), as MorphIO has it; NEURON refuses such files.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simcore.morphology.errors import MorphologyError

SOMA = 1
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """A section: its SWC type, points (n, 4) x, y, z, diameter [um], number of the part it hangs on (-1: root), and where."""

    kind: int
    points: np.ndarray
    parent: int
    x: float


@dataclass(frozen=True)
class Samples:
    """Samples with parents before children: kind (n,), points (n, 4), parent (n,) index or -1; lost: indices without one."""

    kind: list[int]
    points: np.ndarray
    parent: list[int]
    lost: frozenset[int]

    def children(self) -> list[list[int]]:
        """Children of each sample, in order."""
        found: list[list[int]] = [[] for _ in self.kind]
        for i, p in enumerate(self.parent):
            if p >= 0:
                found[p].append(i)
        return found


def read_swc(path: Path) -> list[Part]:
    """The sections of a file in order of their first samples, the root first. Raises MorphologyError."""
    samples = _samples(path)
    sphere = _is_sphere(samples)
    if sphere:
        samples.parent[2] = 1
    soma = [[c for c in below if samples.kind[c] == samples.kind[p] == SOMA] for p, below in enumerate(samples.children())]
    following, proximal = _runs(samples, soma)
    heads = sorted({*range(len(samples.kind))} - set(following.values()))
    runs, part_of = [], {}
    for number, head in enumerate(heads):
        run = [head]
        while run[-1] in following:
            run.append(following[run[-1]])
        runs.append(run)
        part_of |= dict.fromkeys(run, number)
    if sphere:
        runs[0] = runs[0][:1]
    return _without_empty([_part(samples, runs, number, part_of, soma, proximal) for number in range(len(runs))])


# --- the file ------------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> dict[int, tuple[int, tuple[float, ...], int]]:
    """{number: (type, (x, y, z, radius), parent)}. Raises MorphologyError with the line."""
    rows: dict[int, tuple[int, tuple[float, ...], int]] = {}
    for line_number, line in enumerate(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            number, kind, above = (int(float(words[k])) for k in (0, 1, 6))
            place = tuple(map(float, words[2:6]))
        except (ValueError, IndexError, OverflowError):
            number, place = -1, ()
        if number < 0 or not all(map(math.isfinite, place)):
            raise MorphologyError(f"line {line_number} must have id, type, x, y, z, radius, parent, got {line.strip()!r}",
                                  where=str(path)) from None
        if number in rows:
            raise MorphologyError(f"sample {number} is there twice", where=str(path))
        if not place[3] > 0.0:
            raise MorphologyError(f"a radius must be > 0 um, got {place[3]:g} um at sample {number}", name="radius",
                                  got=place[3], where=str(path))
        rows[number] = (kind, place, above)
    if 0 not in rows:                   # who counts from 1 may write 0 for "none", and NEURON reads it so
        rows = {number: (kind, place, above or -1) for number, (kind, place, above) in rows.items()}
    if not rows:
        raise MorphologyError("the file has neither a soma nor a neurite", where=str(path))
    return rows


def _check_tree(rows: dict[int, tuple[int, tuple[float, ...], int]], path: Path) -> None:
    """Refuse unknown parents and loops."""
    whole: set[int] = set()                                 # samples known to lead to a root
    for start in rows:
        way: dict[int, None] = {}
        number = start
        while number not in whole and number >= 0:
            if number in way:
                raise MorphologyError(f"a tree has no loops: sample {number} is its own ancestor", where=str(path))
            if number not in rows:
                raise MorphologyError(f"the parent of sample {list(way)[-1]} must exist, got {number}", name="parent",
                                      got=number, where=str(path))
            way[number] = None
            number = rows[number][2]
        whole.update(way)


def _samples(path: Path) -> Samples:
    rows = _rows(path)
    _check_tree(rows, path)
    order = sorted(rows)
    roots = sorted((n for n in order if rows[n][2] < 0), key=lambda n: (rows[n][0] != SOMA, n))
    if any(rows[n][2] >= n for n in order) or order[0] != roots[0]:
        order = _parents_first(rows, roots)
    if len(roots) > 1 and (rows[roots[0]][0] != SOMA or rows[roots[1]][0] == SOMA):
        raise MorphologyError(f"a cell is one tree: sample {roots[1]} has no parent and is no neurite of a soma",
                              name="parent", got=rows[roots[1]][2], where=str(path))
    index = {number: i for i, number in enumerate(order)}
    points = np.array([rows[n][1] for n in order])
    points[:, 3] *= 2.0
    parent = [-1 if i == 0 else index.get(rows[n][2], 0) for i, n in enumerate(order)]
    return Samples([rows[n][0] for n in order], points, parent, frozenset(index[n] for n in roots[1:]))


def _parents_first(rows: dict[int, tuple[int, tuple[float, ...], int]], roots: list[int]) -> list[int]:
    """Numbers of the samples branch after branch."""
    below: dict[int, list[int]] = {}
    for number in sorted(rows, reverse=True):
        below.setdefault(rows[number][2], []).append(number)
    order, waiting = [], roots[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += below.get(order[-1], [])
    return order


# --- from samples to sections --------------------------------------------------------------------------------------------


def _runs(samples: Samples, soma: list[list[int]]) -> tuple[dict[int, int], set[int]]:
    """({sample: the next one of its section}, samples that hang on the beginning of their parent's section)."""
    kind, parent = samples.kind, samples.parent
    following, proximal = {}, set()
    for p, below in enumerate(samples.children()):
        single = False
        for i in below:
            first = i == below[0]
            near = not first and kind[p] != SOMA and (p == 0 or (p > 1 and kind[parent[p]] == SOMA))
            proximal |= {i} if near else set()
            single = (first or near) and kind[i] == kind[p]
        if single:
            following[p] = below[0]
        elif soma[p] and kind[p] == SOMA and (p == 0 or len(soma[p]) == 1):
            following[p] = soma[p][0]
    return following, proximal


def _is_sphere(samples: Samples) -> bool:
    """NeuroMorpho's soma of three samples, two of them a radius away from the first, that stands for a sphere."""
    points, below = samples.points, samples.children()
    if [i for i, k in enumerate(samples.kind) if k == SOMA] != [0, 1, 2] or samples.parent[1:3] != [0, 0]:
        return False
    length = sum(math.dist(points[0, :3], points[i, :3]) for i in (1, 2))
    return not below[1] and not below[2] and bool((points[:3, 3] == points[0, 3]).all()) \
        and abs(length / points[0, 3] - 1.0) < 0.01


def _part(samples: Samples, runs: list[list[int]], number: int, part_of: dict[int, int], soma: list[list[int]],
          proximal: set[int]) -> Part:
    """One section with its points and where it hangs."""
    run, kind = runs[number], samples.kind[runs[number][0]]
    own = samples.points[run]
    if number == 0:
        return Part(kind, cylinder(own[0]) if len(run) == 1 else own, -1, 0.0)
    p = samples.parent[run[0]]
    above = runs[part_of[p]]
    on_soma, leaves = samples.kind[above[0]] == SOMA, samples.kind[above[0]] == SOMA and kind != SOMA
    x, wire = 1.0, False                                    # wire: the way from the parent's sample has no membrane
    if run[0] in samples.lost or (leaves and part_of[p] == 0 and len(above) == 1):
        x, wire = 0.5, True
    elif part_of[p] == 0 and p == above[0]:
        x, wire = 0.0, len(soma[p]) > 1
    elif on_soma:
        x, wire = (1.0, len(soma[p]) > 1) if p == above[-1] else (0.5, True)
    beginning = samples.points[p].copy()
    if leaves:
        beginning[3] = own[0, 3]
    # NEURON draws no wire to one sample, but where a root branches at its first: there such sections are lost
    wire = wire and kind != SOMA and (len(run) > 1 or (part_of[p] == 0 and x == 0.0))
    points = own if wire else np.vstack([beginning, own])
    return Part(kind, points, part_of[p], 0.0 if run[0] in proximal else x)


def _without_empty(parts: list[Part]) -> list[Part]:
    """Sections of one point, or two at one place, are left out as in NEURON; what hangs on them hangs where they did."""
    instead: dict[int, tuple[int, float]] = {}
    kept: list[Part] = []
    new: dict[int, int] = {}
    for number, part in enumerate(parts):
        parent, x = instead.get(part.parent, (part.parent, part.x))
        if parent >= 0 and len(part.points) <= 2 and (part.points[0, :3] == part.points[-1, :3]).all():
            _log.warning("a section without length at (%g, %g, %g) um is left out", *part.points[0, :3])
            instead[number] = (parent, x)
            continue
        new[number] = len(kept)
        kept.append(Part(part.kind, part.points, new.get(parent, -1), x))
    return kept


def cylinder(sample: np.ndarray) -> np.ndarray:
    """(3, 4) points along x around one sample (4,): a cylinder as long as it is wide."""
    along = np.array([-0.5, 0.0, 0.5])[:, None] * np.array([sample[3], 0.0, 0.0, 0.0])
    return sample[None, :] + along
