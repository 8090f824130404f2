"""Distances: axes, scale, offset, periodic boundaries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import ConfigurationError, InvalidParameterValueError
from simcore.network import Geometry, Space

A = np.array([[0.0, 3.0], [0.0, 4.0], [1.0, 12.0]])
B = np.array([[0.0, 9.5], [1.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize("axes", [None, "x", "y", "z", "xy", "yz", "xz", "xyz"])
def test_distances_are_euclidean_along_the_axes_that_count(axes):
    rows = ["xyz".index(c) for c in axes or "xyz"]
    expected = [[np.linalg.norm(A[rows, i] - B[rows, j]) for j in range(2)] for i in range(2)]
    assert Space(axes).distances(A, B) == pytest.approx(np.array(expected))


def test_target_cells_are_moved_then_scaled():
    assert Space(scale_factor=2.0, offset=1.0).distances(A, B) == pytest.approx(Space().distances(A, 2.0 * (B + 1.0)))
    each = Space(scale_factor=(1.0, 2.0, 3.0), offset=(0.5, 0.0, -1.0))
    assert each.distances(A, B) == pytest.approx(Space().distances(A, np.array([[1], [2], [3]]) * (B + np.array([[0.5], [0.0], [-1.0]]))))


@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6), st.integers(-3, 3), st.integers(-3, 3))
def test_moving_by_the_period_changes_nothing_and_the_short_way_is_taken(numbers, k, m):
    space = Space(periodic_boundaries=((0.0, 10.0), (-2.0, 5.0), None))
    a, b = np.array(numbers).reshape(2, 3, 1)
    moved = b + np.array([[10.0 * k], [7.0 * m], [0.0]])
    d = space.distances(a, b).item()
    assert space.distances(a, moved).item() == pytest.approx(d, abs=1e-12) and d == space.distances(b, a).item()
    images = [np.linalg.norm(a - b + np.array([[10.0 * i], [7.0 * j], [0.0]])) for i in range(-12, 13) for j in range(-16, 17)]
    assert d == pytest.approx(min(images), abs=1e-12)


def test_geometries_give_pairs_what_spaces_give_matrices():
    space = Space("xz", scale_factor=0.5, offset=0.1, periodic_boundaries=((0.0, 4.0), None, (0.0, 9.0)))
    where = Geometry(A, B, space)
    assert where.distances(np.arange(2)[:, None], np.arange(2)).tolist() == space.distances(A, B).tolist()
    assert Geometry(A, B).displacements(np.array([0, 1]), np.array([1, 1])).tolist() == [[9.5, 6.5], [0.0, -4.0], [-1.0, -12.0]]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Space("zx"), "axes must be one of x, y, z, xy, yz, xz, xyz or None, got 'zx'"),
    (lambda: Space(offset=(1.0, 2.0)), "offset must be a number or three"),
    (lambda: Space(periodic_boundaries=((0, 1), None)), "three times"), (lambda: Space(periodic_boundaries=((1, 1), None, None)), "three times")])
def test_spaces_that_do_not_exist_are_errors(make, message):
    with pytest.raises(InvalidParameterValueError, match=message):
        make()


def test_positions_must_have_three_coordinates():
    with pytest.raises(ConfigurationError, match=r"shape \(3, number of cells\), got \(2, 5\)"):
        Geometry(np.zeros((2, 5)), A)
