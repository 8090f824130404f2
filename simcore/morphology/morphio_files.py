"""Neurolucida ASC and H5 files, read by MorphIO; see `loading` for what becomes of the soma."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcore.morphology.contour import contour_stack, stack_of_circles
from simcore.morphology.errors import MorphologyError
from simcore.morphology.neurolucida import one_contour
from simcore.morphology.swc import SOMA, Part, cylinder

if TYPE_CHECKING:
    import morphio


def read_morphio(path: Path) -> list[Part]:
    """The sections of a file, the soma first, neurites in the order of the file. Raises MorphologyError."""
    import morphio

    morphio.set_maximum_warnings(0)
    text, contours = one_contour(path.read_text(errors="replace")) if path.suffix.lower() == ".asc" else ("", [])
    try:
        read = morphio.Morphology(text, "asc") if len(contours) > 1 else morphio.Morphology(str(path))
    except morphio.MorphioError as error:
        told = re.sub(rf"{re.escape(str(path))}:(?=\d)", "line ", re.sub(r"\x1b\[[0-9;]*m", "", str(error)))
        told = told.replace(f": {path}", "").replace(str(path), "")
        told = " ".join(told.split())
        raise MorphologyError(f"cannot use this morphology: {told}", name="path", got=str(path), where=str(path)) from None
    try:
        soma = _soma_of_contours(contours) if contours else _soma_points(read)
    except MorphologyError as error:
        raise MorphologyError(f"cannot use this morphology: {error}", where=str(path)) from None
    parts = [] if soma is None else [Part(SOMA, soma, -1, 0.0)]
    made: dict[int, int] = {}
    for section in read.iter():
        points = np.column_stack([section.points, section.diameters])
        if points.shape[0] == 1 and soma is not None:       # one sample only: from the soma's centre
            points = np.vstack([[*read.soma.center, points[0, 3]], points])
        parent, x = (0 if soma is not None else -1, 0.5) if section.is_root else (made[section.parent.id], 1.0)
        made[section.id] = len(parts)
        parts.append(Part(int(section.type), points, parent, x))
    if not parts:
        raise MorphologyError("the file has neither a soma nor a neurite", where=str(path))
    roots = sum(part.parent < 0 for part in parts)
    if roots > 1:
        raise MorphologyError(f"a cell is one tree: without a soma, {roots} neurites have no parent", where=str(path))
    return parts


def _soma_of_contours(contours: list[np.ndarray]) -> np.ndarray:
    """(n, 4) points of the soma; contours must lie above each other."""
    if len(contours) == 1:
        return contour_stack(contours[0])
    for below, above in pairwise(contours):
        if (below.min(axis=0) > above.max(axis=0))[:2].any() or (above.min(axis=0) > below.max(axis=0))[:2].any():
            raise MorphologyError("a cell has one soma: two contours lie side by side")
    return stack_of_circles(contours)


def _soma_points(read: morphio.Morphology) -> np.ndarray | None:
    """(n, 4) points of the soma; None where there is none."""
    import morphio

    points = np.column_stack([read.soma.points, read.soma.diameters]) if read.soma.points.size else np.empty((0, 4))
    if not points.shape[0]:
        return None
    if points.shape[0] == 1:
        return cylinder(points[0])
    return contour_stack(points[:, :3]) if read.soma_type == morphio.SomaType.SOMA_SIMPLE_CONTOUR else points
