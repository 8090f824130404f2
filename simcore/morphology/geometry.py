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
    """(n,) way along the points [um] from the first; points (n, 4) float32."""
    steps = np.diff(points[:, :3].astype(np.float64), axis=0)
    return np.concatenate([[0.0], np.cumsum(np.sqrt((steps * steps).sum(axis=1)))])


def cylinders(length: float, diam: np.ndarray, Ra: float) -> Geometry:
    """Compartments of a section without points: cylinders of equal length; diam (nseg,)."""
    dx = length / diam.size
    half = 1e-2 * Ra * (dx / 2.0) / (np.pi * diam * diam / 4.0)
    return Geometry(diam.copy(), np.pi * diam * dx, half, half)


def frusta(points: np.ndarray, nseg: int, Ra: float) -> Geometry:
    """Compartments of a section given by points (n, 4): each half is an integral over the frusta in it."""
    arc = point_arcs(points)
    d = points[:, 3].astype(np.float64)
    edges = np.linspace(0.0, arc[-1], 2 * nseg + 1)
    inner = np.flatnonzero((arc > 0.0) & (arc < arc[-1]))
    at = np.concatenate([edges, arc[inner]])
    order = np.argsort(at, kind="stable")
    at = at[order]
    diameters = np.concatenate([_diameter_at(edges, arc, d), d[inner]])[order]
    dx = np.diff(at)
    near, far = diameters[:-1], diameters[1:]
    half = np.minimum(np.searchsorted(edges, at[:-1], side="right") - 1, 2 * nseg - 1)
    area = 0.5 * np.pi * (near + far) * np.sqrt(dx * dx + 0.25 * (far - near) ** 2)
    resistance = 0.04 * Ra / np.pi * np.maximum(dx, _SHORT) / (near * far)
    total = np.bincount(half // 2, area, nseg)
    halves = np.bincount(half, resistance, 2 * nseg)
    mean = np.bincount(half // 2, 0.5 * (near + far) * dx, nseg) / (arc[-1] / nseg)
    return Geometry(mean, total, halves[0::2], halves[1::2])


def _diameter_at(at: np.ndarray, arc: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Diameters on the way: linear between points; at a jump (two points at one place) that of the later one."""
    k = np.clip(np.searchsorted(arc, at, side="right") - 1, 0, arc.size - 2)
    length = arc[k + 1] - arc[k]
    fraction = np.where(length > 1e-10, (at - arc[k]) / np.where(length > 1e-10, length, 1.0), 1.0)
    return (1.0 - fraction) * d[k] + fraction * d[k + 1]
