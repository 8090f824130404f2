"""pyNN.space: distances for both layouts of positions, structures, volumes."""

import math

import numpy as np
import pytest
from scipy import stats

from simcore.api.pynn.random import NativeRNG, NumpyRNG
from simcore.api.pynn.space import Box, Cuboid, Grid2D, Grid3D, Line, RandomStructure, Space, Sphere
from simcore.errors import SimcoreError


def test_positions_may_lie_in_rows_or_columns():
    a, b = np.arange(12.0).reshape(3, 4), np.arange(6.0).reshape(3, 2)
    d = Space().distances(a, b)
    assert d.shape == (4, 2) and d[1, 1] == pytest.approx(np.linalg.norm(a[:, 1] - b[:, 1]))
    assert Space().distances(a.T, b.T).tolist() == d.tolist()
    assert Space().distances([0.0, 0.0, 0.0], [3.0, 4.0, 0.0]).tolist() == [[5.0]]
    apart = Space("xz", periodic_boundaries=((0.0, 8.0), None, None)).distances(a, b, expand=True)
    assert apart.shape == (2, 4, 2) and apart.max(axis=(1, 2))[0] <= 4.0
    with pytest.raises(SimcoreError, match=r"shape \(3,\), \(3, n\) or \(n, 3\), got \(2, 2\)"):
        Space().distances(np.zeros((2, 2)), b)


def test_lines_and_grids_are_regular():
    assert Line(dx=2.0, x0=1.0, y=5.0).generate_positions(3).tolist() == [[1, 3, 5], [5, 5, 5], [0, 0, 0]]
    assert Grid2D(aspect_ratio=2.0, dx=10.0, y0=1.0, z=7.0).generate_positions(8).tolist() == [
        [0, 0, 10, 10, 20, 20, 30, 30], [1, 2, 1, 2, 1, 2, 1, 2], [7] * 8]
    grid = Grid3D(aspect_ratioXY=2.0, aspect_ratioXZ=1.0, dz=0.5)
    assert grid.calculate_size(32) == (4, 2, 4)
    assert grid.generate_positions(32)[:, :5].tolist() == [[0] * 5, [0, 0, 0, 0, 1], [0.0, 0.5, 1.0, 1.5, 0.0]]
    for structure, n in ((Grid2D(), 7), (Grid3D(), 9), (Grid2D(3.0), 16)):
        with pytest.raises(SimcoreError, match=f"{n} cells do not make a grid"):
            structure.generate_positions(n)


def test_a_grid_may_be_filled_in_random_order():
    for structure, n in ((Grid2D(fill_order="random", rng=NumpyRNG(seed=4)), 36), (Grid3D(fill_order="random", rng=NativeRNG(seed=4)), 27)):
        made, regular = structure.generate_positions(n), type(structure)().generate_positions(n)
        assert made.tolist() != regular.tolist()
        assert sorted(map(tuple, made.T)) == sorted(map(tuple, regular.T))
    with pytest.raises(SimcoreError, match="'sequential' or 'random'"):
        Grid2D(fill_order="spiral")


@pytest.mark.parametrize("rng", [NumpyRNG(seed=4), NativeRNG(seed=4)], ids=["numpy", "native"])
def test_random_places_fill_their_volume_evenly(rng):
    box = RandomStructure(Cuboid(2.0, 4.0, 6.0), origin=(1.0, 2.0, 3.0), rng=rng).generate_positions(3000)
    assert box.shape == (3, 3000) and Box is Cuboid
    for k, length in enumerate((2.0, 4.0, 6.0)):
        assert stats.kstest(box[k], stats.uniform(k + 1 - length / 2, length).cdf).pvalue > 1e-3
    ball = RandomStructure(Sphere(5.0), rng=rng).generate_positions(3000)
    radius = np.linalg.norm(ball, axis=0)
    assert stats.kstest((radius / 5.0) ** 3, stats.uniform.cdf).pvalue > 1e-3
    assert stats.kstest(np.arctan2(ball[1], ball[0]), stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 1e-3
    assert RandomStructure(Sphere(1.0), rng=rng).generate_positions(0).shape == (3, 0)


def test_structures_compare_and_describe_themselves():
    assert Line(dx=2.0) == Line(2.0) != Line() and Sphere(2) == Sphere(2) != Cuboid(2, 2, 2)
    assert repr(Line()) == "Line(dx=1.0, x0=0.0, y=0.0, z=0.0)" and Line().describe(None)["name"] == "Line"
    with pytest.raises(SimcoreError, match="boundary must be"):
        RandomStructure(3.0)
