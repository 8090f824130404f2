"""pyNN.space: distances, and structures that say where the cells of a population are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from simcore.api.pynn.random import AbstractRNG, NumpyRNG
from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.network import space as core

__all__ = ["Box", "Cuboid", "Grid2D", "Grid3D", "Line", "RandomStructure", "Space", "Sphere"]


class Space(core.Space):
    """How distances are measured: axes ("x", "yz", …, None for all), scale_factor * (post + offset), periodic boundaries.

    periodic_boundaries: ((x0, x1), None, (z0, z1)), or None.
    """

    def distances(self, A: Sequence, B: Sequence, expand: bool = False) -> np.ndarray:
        """Distances between two sets of positions, (n, m) float64.

        Positions are (3,), (3, n), or (n, 3) as in PyNN 0.13 (a 3 × 3 array is (3, n)). expand: (axes, n, m) differences
        along each axis instead.
        """
        a, b = _columns(A), _columns(B)
        if not expand:
            return super().distances(a, b)
        moved = self.moved(b)
        return np.stack([self.component(a[axis][:, None] - moved[axis], axis) for axis in self.indices])


def _columns(positions: Sequence) -> np.ndarray:
    array = np.asarray(positions, dtype=np.float64)
    if array.ndim == 1 and array.size == 3:
        return array.reshape(3, 1)
    if array.ndim != 2 or 3 not in array.shape:
        raise ConfigurationError(f"positions must have the shape (3,), (3, n) or (n, 3), got {array.shape}", name="positions")
    return array if array.shape[0] == 3 else array.T


class BaseStructure:
    """Base of the structures; == compares parameters."""

    parameter_names: tuple[str, ...] = ()

    def get_parameters(self) -> dict[str, Any]:
        """Parameters by name."""
        return {name: getattr(self, name) for name in self.parameter_names}

    def generate_positions(self, n: int) -> np.ndarray:
        """(3, n) float64 positions of n cells."""
        raise NotImplementedError

    def describe(self, template: str | None = "standard") -> object:
        """Text about the structure; template None: a dict."""
        context = {"name": type(self).__name__, "parameters": self.get_parameters()}
        return context if template is None else repr(self)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.get_parameters() == other.get_parameters()

    __hash__ = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_parameters().items())})"


class Line(BaseStructure):
    """Cells along x, dx apart, from x0 on."""

    parameter_names = ("dx", "x0", "y", "z")

    def __init__(self, dx: float = 1.0, x0: float = 0.0, y: float = 0.0, z: float = 0.0):
        self.dx, self.x0, self.y, self.z = dx, x0, y, z

    def generate_positions(self, n: int) -> np.ndarray:
        """(3, n) float64."""
        return np.array([self.dx * np.arange(n) + self.x0, np.full(n, self.y), np.full(n, self.z)], dtype=np.float64)


class _Grid(BaseStructure):
    def __init__(self, fill_order: str, rng: AbstractRNG | None):
        if fill_order not in ("sequential", "random"):
            raise InvalidParameterValueError(f"fill_order must be 'sequential' or 'random', got {fill_order!r}",
                                             name="fill_order", got=fill_order)
        self.fill_order, self.rng = fill_order, rng

    def _filled(self, shape: tuple[int, int, int], steps: tuple, first: tuple) -> np.ndarray:
        grid = np.indices(shape, dtype=np.float64).reshape(3, -1)
        positions = np.array([x0 + dx * x for x0, dx, x in zip(first, steps, grid, strict=True)])
        if self.fill_order == "sequential":
            return positions
        return positions[:, np.argsort(_generator(self).next(positions.shape[1] + 1)[:-1], kind="stable")]


class Grid2D(_Grid):
    """Cells on a grid of nx × ny = n, nx / ny = aspect_ratio; y goes first."""

    parameter_names = ("aspect_ratio", "dx", "dy", "x0", "y0", "z", "fill_order")

    def __init__(self, aspect_ratio: float = 1.0, dx: float = 1.0, dy: float = 1.0, x0: float = 0.0, y0: float = 0.0,
                 z: float = 0.0, fill_order: str = "sequential", rng: AbstractRNG | None = None):
        super().__init__(fill_order, rng)
        self.aspect_ratio, self.dx, self.dy, self.x0, self.y0, self.z = aspect_ratio, dx, dy, x0, y0, z

    def calculate_size(self, n: int) -> tuple[int, int]:
        """(nx, ny). Raises ConfigurationError where n cells make no such grid."""
        nx = round(math.sqrt(n * self.aspect_ratio))
        ny = round(n / nx) if nx else 0
        if nx * ny != n or abs(nx - ny * self.aspect_ratio) > 1e-9 * max(1, nx):
            raise ConfigurationError(f"{n} cells do not make a grid with an aspect ratio of {self.aspect_ratio:g}", got=n)
        return nx, ny

    def generate_positions(self, n: int) -> np.ndarray:
        """(3, n) float64."""
        return self._filled((*self.calculate_size(n), 1), (self.dx, self.dy, 0.0), (self.x0, self.y0, self.z))


class Grid3D(_Grid):
    """Cells on a grid of nx × ny × nz = n, nx / ny and nx / nz given; z goes first, then y."""

    parameter_names = ("aspect_ratios", "dx", "dy", "dz", "x0", "y0", "z0", "fill_order")

    def __init__(self, aspect_ratioXY: float = 1.0, aspect_ratioXZ: float = 1.0, dx: float = 1.0, dy: float = 1.0,
                 dz: float = 1.0, x0: float = 0.0, y0: float = 0.0, z0: float = 0.0, fill_order: str = "sequential",
                 rng: AbstractRNG | None = None):
        super().__init__(fill_order, rng)
        self.aspect_ratios = (aspect_ratioXY, aspect_ratioXZ)
        self.dx, self.dy, self.dz, self.x0, self.y0, self.z0 = dx, dy, dz, x0, y0, z0

    def calculate_size(self, n: int) -> tuple[int, int, int]:
        """(nx, ny, nz). Raises ConfigurationError where n cells make no such grid."""
        a, b = self.aspect_ratios
        nx = round((n * a * b) ** (1.0 / 3.0))
        size = nx, round(nx / a), round(nx / b)
        if math.prod(size) != n:
            raise ConfigurationError(f"{n} cells do not make a grid with aspect ratios of {a:g} and {b:g}", got=n)
        return size

    def generate_positions(self, n: int) -> np.ndarray:
        """(3, n) float64."""
        return self._filled(self.calculate_size(n), (self.dx, self.dy, self.dz), (self.x0, self.y0, self.z0))


class Shape:
    """Base of the volumes."""

    def sample(self, n: int, rng: AbstractRNG) -> np.ndarray:
        """(n, 3) float64 points, uniform in the volume, whose centre is the origin."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


class Cuboid(Shape):
    """A box: width along x, height along y, depth along z."""

    def __init__(self, width: float, height: float, depth: float):
        self.width, self.height, self.depth = width, height, depth

    def sample(self, n: int, rng: AbstractRNG) -> np.ndarray:
        """(n, 3) float64 points, uniform in the box."""
        return (_units(rng, 3 * n).reshape(n, 3) - 0.5) * (self.width, self.height, self.depth)


Box = Cuboid


class Sphere(Shape):
    """A ball with the given radius."""

    def __init__(self, radius: float):
        self.radius = radius

    def sample(self, n: int, rng: AbstractRNG) -> np.ndarray:
        """(n, 3) float64 points, uniform in the ball: those of the cube around it that are inside."""
        points = np.empty((0, 3))
        while len(points) < n:
            cube = 2.0 * _units(rng, 3 * (2 * (n - len(points)) + 8)).reshape(-1, 3) - 1.0
            points = np.concatenate([points, cube[(cube ** 2).sum(axis=1) < 1.0]])
        return self.radius * points[:n]


class RandomStructure(BaseStructure):
    """Cells at random places within a volume (Cuboid, Sphere), whose centre is `origin`."""

    parameter_names = ("boundary", "origin", "rng")

    def __init__(self, boundary: Shape, origin: Sequence[float] = (0.0, 0.0, 0.0), rng: AbstractRNG | None = None):
        if not isinstance(boundary, Shape):
            raise InvalidParameterValueError(f"boundary must be a Cuboid or a Sphere, got {boundary!r}", name="boundary")
        if len(origin) != 3:
            raise InvalidParameterValueError(f"origin must have three coordinates, got {origin!r}", name="origin", got=origin)
        self.boundary, self.origin, self.rng = boundary, tuple(origin), rng if rng is not None else NumpyRNG()

    def generate_positions(self, n: int) -> np.ndarray:
        """(3, n) float64."""
        return (np.asarray(self.origin) + self.boundary.sample(n, self.rng)).T


def _generator(structure: _Grid) -> AbstractRNG:
    if structure.rng is None:
        structure.rng = NumpyRNG()
    return structure.rng


def _units(rng: AbstractRNG, n: int) -> np.ndarray:
    """(n,) numbers in [0, 1)."""
    return np.atleast_1d(rng.next(n, "uniform", (0.0, 1.0), mask_local=False)) if n else np.empty(0)
