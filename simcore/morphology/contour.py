"""A soma drawn as a contour, as a stack of points along its principal axis."""

from __future__ import annotations

import numpy as np

N_POINTS = 21
_N_EVEN = 101                   # points at equal distances that stand for the contour


def contour_stack(contour: np.ndarray) -> np.ndarray:
    """(21, 4) x, y, z, diameter [um] of the stack that stands for a contour (n, 3) in a plane of constant z.

    The contour becomes 101 points at equal distances from its first to its last; the stack lies on their principal axis
    through their mean. Its diameter is the distance of the two sides, linear between points, over the part of the axis
    that both sides have; at both ends it is the mean of itself and its neighbour's. As NEURON's Import3d does.
    """
    points = _evenly(np.asarray(contour, dtype=np.float64))
    centre = points.mean(axis=0)
    points = points - centre
    _, vectors = np.linalg.eigh(points.T @ points)
    major, minor = vectors[:, -1], np.array([vectors[0, -2], vectors[1, -2], 0.0])
    major = major if major[np.argmax(np.abs(major))] > 0.0 else -major
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


def _evenly(points: np.ndarray) -> np.ndarray:
    """(101, 3) points at equal distances along the contour."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    even = np.linspace(0.0, way[-1], _N_EVEN)
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
