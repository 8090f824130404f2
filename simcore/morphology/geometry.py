"""Areas and axial resistances of compartments, as NEURON computes them.

Points make a stack of frusta. A compartment's area and its two axial half resistances are integrals over the frusta
that it cuts, so that a section of any number of points and compartments keeps its area and its resistance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SHORT = 1e-15                  # um, least length of a piece; NEURON's guard against dividing by zero


@dataclass(frozen=True)
class Geometry:
    """Compartments of a section, (nseg,) each: diam [um], area [um2], axial resistance [MOhm] left and right half."""

    diam: np.ndarray
    area: np.ndarray
    left: np.ndarray
    right: np.ndarray


def point_arcs(points: np.ndarray) -> np.ndarray:
    """(n,) way along the points [um] from the first; points (n, 4) float32.

    # ASSUME: differences of coordinates are rounded to single precision, as NEURON's are (1e-9 of a length, 1e-8 mV).
    """
    steps = np.diff(points[:, :3], axis=0).astype(np.float64)
    return np.concatenate([[0.0], np.cumsum(np.sqrt((steps * steps).sum(axis=1)))])


def cylinders(length: float, diam: np.ndarray, Ra: float) -> Geometry:
    """Compartments of a section without points: cylinders of equal length; diam (nseg,)."""
    dx = length / diam.size
    half = 1e-2 * Ra * (dx / 2.0) / (np.pi * diam * diam / 4.0)
    return Geometry(diam.copy(), np.pi * diam * dx, half, half)


def frusta(points: np.ndarray, nseg: int, Ra: float) -> Geometry:
    """Compartments of a section given by points (n, 4): each half is an integral over the frusta in it.

    Two points at one place are a step of the diameter: its ring is membrane, of the compartment before it.
    """
    arc = point_arcs(points)
    d = points[:, 3].astype(np.float64)
    edges = np.linspace(0.0, arc[-1], 2 * nseg + 1)[1:-1]
    after = np.searchsorted(arc, edges, side="right")
    share = (edges - arc[after - 1]) / (arc[after] - arc[after - 1])
    at = np.insert(arc, after, edges)
    diameters = np.insert(d, after, (1.0 - share) * d[after - 1] + share * d[after])
    half = np.cumsum(np.insert(np.zeros(arc.size, dtype=np.int64), after, 1))[:-1]
    dx = np.diff(at)
    near, far = diameters[:-1], diameters[1:]
    area = 0.5 * np.pi * (near + far) * np.sqrt(dx * dx + 0.25 * (far - near) ** 2)
    resistance = 0.04 * Ra / np.pi * np.maximum(dx, _SHORT) / (near * far)
    total = np.bincount(half // 2, area, nseg)
    halves = np.bincount(half, resistance, 2 * nseg)
    mean = np.bincount(half // 2, 0.5 * (near + far) * dx, nseg) / (arc[-1] / nseg)
    return Geometry(mean, total, halves[0::2], halves[1::2])
