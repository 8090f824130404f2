"""A soma drawn as a contour, or as a stack of contours, as points along an axis."""

from __future__ import annotations

import numpy as np

from simcore.morphology.errors import MorphologyError

N_POINTS = 21
_N_EVEN = 101                   # points at equal distances that stand for the contour


def contour_stack(contour: np.ndarray) -> np.ndarray:
    """(21, 4) x, y, z, diameter [um] of the stack that stands for a contour (n, 3) in a plane of constant z.

    The contour becomes 101 points at equal distances from its first to its last; the stack lies on their principal axis
    through their mean. Its diameter is the distance of the two sides, linear between points, over the part of the axis
    that both sides have; at both ends it is the mean of itself and its neighbour's. As NEURON's Import3d does; but of a
    perfect square, which has no longest axis, NEURON makes a thread. Raises MorphologyError for a line.
    """
    points = _evenly(np.asarray(contour, dtype=np.float64))
    centre = points.mean(axis=0)
    points = points - centre
    _, vectors = np.linalg.eigh(points.T @ points)
    major, minor = vectors[:, -1], np.array([vectors[0, -2], vectors[1, -2], 0.0])
    major = major if major[np.argmax(np.abs(major))] > 0.0 else -major
    if not np.linalg.norm(minor) > 1e-6 or not np.abs(points @ minor).max() > 0.0:
        raise MorphologyError("a soma drawn as a contour must enclose an area, this one is a line")
    minor /= np.linalg.norm(minor)
    along, across = points @ major, points @ minor
    top = int(np.argmax(along))
    along, across = np.roll(along, -top), np.roll(across, -top)
    low = int(np.argmin(along))
    down = _rising(along[:low][::-1], across[:low][::-1])           # from the top down, without the lowest point
    up = _rising(along[low:], across[low:])                         # from the lowest point up, without the top
    inner = np.sort(np.concatenate([down[0], up[0]]))[1:-1]
    at = np.linspace(inner[0], inner[-1], N_POINTS)
    diameter = np.abs(np.interp(at, *down) - np.interp(at, *up))
    diameter[0], diameter[-1] = 0.5 * (diameter[0] + diameter[1]), 0.5 * (diameter[-1] + diameter[-2])
    return np.column_stack([centre + at[:, None] * major, diameter])


def stack_of_circles(contours: list[np.ndarray]) -> np.ndarray:
    """(number of contours, 4) x, y, z, diameter [um] of contours (n, 3) one above the other: a circle for each.

    The diameter is the mean of those of the circumference and of the mean distance from the centre. As Import3d does.
    """
    circles = []
    for contour in contours:
        points = _evenly(np.asarray(contour, dtype=np.float64))
        centre = points.mean(axis=0)
        around = np.linalg.norm(contour - np.roll(contour, -1, axis=0), axis=1).sum()
        circles.append([*centre, np.linalg.norm(points - centre, axis=1).mean() + around / (2.0 * np.pi)])
    return np.array(circles)


def _evenly(points: np.ndarray) -> np.ndarray:
    """(101, 3) points at equal distances along the contour; distances are those seen from above, as in Import3d."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points[:, :2], axis=0), axis=1))])
    even = np.arange(_N_EVEN) * (way[-1] / (_N_EVEN - 1))
    return np.column_stack([np.interp(even, way, points[:, k]) for k in range(3)])


def _rising(along: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One side of the contour without the points where it turns back: the later of two that do not rise goes."""
    keep = list(range(along.size))
    j = len(keep) - 1
    while j > 0:
        if along[keep[j]] <= along[keep[j - 1]]:
            del keep[j]
            j = min(j, len(keep) - 1)
        else:
            j -= 1
    return along[keep], across[keep]
