"""Where cells are, and how far from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simcore.errors import ConfigurationError, InvalidParameterValueError, nearest

AXES = ("x", "y", "z", "xy", "yz", "xz", "xyz")


@dataclass(frozen=True, eq=False)
class Space:
    """How a distance is measured: along some axes, between pre and scale_factor * (post + offset), maybe periodically.

    axes: one of AXES, None for all; scale_factor, offset: a number or three; periodic_boundaries: for each of x, y, z
    the two ends (low, high) of a box whose opposite sides touch, or None; None for all: no boundaries.
    """

    axes: str | None = None
    scale_factor: float | Sequence[float] = 1.0
    offset: float | Sequence[float] = 0.0
    periodic_boundaries: Sequence[tuple[float, float] | None] | None = None

    def __post_init__(self):
        if self.axes is not None and self.axes not in AXES:
            raise InvalidParameterValueError(f"axes must be one of {', '.join(AXES)} or None, got {self.axes!r}"
                                             f"{nearest(str(self.axes), AXES)}", name="axes", got=self.axes, valid=AXES)
        for name in ("scale_factor", "offset"):
            if np.shape(getattr(self, name)) not in ((), (3,)):
                raise InvalidParameterValueError(f"{name} must be a number or three, got {getattr(self, name)!r}", name=name)
        boundaries = self.periodic_boundaries
        if boundaries is not None and (len(boundaries) != 3 or any(b is not None and not b[1] > b[0] for b in boundaries)):
            raise InvalidParameterValueError("periodic_boundaries must be three times (low, high) or None, got "
                                             f"{boundaries!r}", name="periodic_boundaries", got=boundaries)

    @property
    def indices(self) -> list[int]:
        """Rows of the positions that count: 0 for x, 1 for y, 2 for z."""
        return ["xyz".index(axis) for axis in self.axes or "xyz"]

    def moved(self, post: np.ndarray) -> np.ndarray:
        """Positions (3, n) of target cells in the coordinates of the source cells."""
        scale, offset = (np.broadcast_to(x, 3).reshape(3, 1) for x in (self.scale_factor, self.offset))
        return scale * (np.asarray(post, dtype=np.float64) + offset)

    def component(self, difference: np.ndarray, axis: int) -> np.ndarray:
        """Absolute differences along an axis, the short way round where it is periodic."""
        boundary = None if self.periodic_boundaries is None else self.periodic_boundaries[axis]
        difference = np.abs(difference)
        if boundary is None:
            return difference
        length = float(boundary[1]) - float(boundary[0])
        if difference.max(initial=0.0) > length:        # cells outside the box; fmod takes three times as long as the rest
            difference = np.fmod(difference, length)
        return np.minimum(difference, length - difference)

    def distances(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """(n, m) float64 distances between positions (3, n) and (3, m), or (3,)."""
        a, b = (np.asarray(x, dtype=np.float64).reshape(3, -1) for x in (pre, post))
        return self._length([a[k][:, None] for k in range(3)], [row[None, :] for row in self.moved(b)])

    def _length(self, pre: Sequence[np.ndarray], moved: Sequence[np.ndarray]) -> np.ndarray:
        square = 0.0
        for axis in self.indices:
            square = square + self.component(pre[axis] - moved[axis], axis) ** 2
        return np.sqrt(square)


@dataclass(frozen=True, eq=False)
class Geometry:
    """Positions of the cells of two populations in a space: pre (3, n_pre), post (3, n_post) float64."""

    pre: np.ndarray
    post: np.ndarray
    space: Space = field(default_factory=Space)

    def __post_init__(self):
        for name in ("pre", "post"):
            positions = np.asarray(getattr(self, name), dtype=np.float64)
            if positions.ndim != 2 or positions.shape[0] != 3:
                raise ConfigurationError(f"positions must have the shape (3, number of cells), got {positions.shape}",
                                         name=name)
            object.__setattr__(self, name, np.ascontiguousarray(positions))
        object.__setattr__(self, "_moved", self.space.moved(self.post))

    def distances(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """Distances of pairs, of the shape to which the addresses pre and post (whole numbers) broadcast."""
        return self.space._length([row[pre] for row in self.pre], [row[post] for row in self._moved])

    def displacements(self, pre: np.ndarray, post: np.ndarray) -> np.ndarray:
        """(3, …) displacements of pairs, from pre to post, in the coordinates of the space."""
        return np.stack([moved[post] - row[pre] for row, moved in zip(self.pre, self._moved, strict=True)])
