"""ParameterSpace: all combinations, the first range fastest; numbers, indices, draws, designs."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.errors import InvalidParameterValueError
from simcore.parameters import (
    GammaDist,
    NormalDist,
    ParameterRange,
    ParameterReference,
    ParameterSet,
    ParameterSpace,
    UniformDist,
    designs,
)

R = ParameterRange
spaces = st.lists(st.tuples(st.sampled_from(["a", "b", "g.c", "g.d", "g.h.e"]),
                            st.lists(st.integers() | st.text(max_size=2), min_size=1, max_size=4)),
                  max_size=4, unique_by=lambda t: t[0])


def space_of(ranges, **more):
    made = ParameterSpace({"x": 1, "g": {"y": 2}})
    for key, values in ranges:
        made.flat_add(key, R(values))
    made.update(more)
    return made


@settings(deadline=None)
@given(spaces, st.booleans())
def test_iteration_gives_all_combinations_with_the_first_range_fastest(ranges, copy):
    space = space_of(ranges)
    keys = space.range_keys()
    values = [space[k].values for k in keys]
    expected = [c[::-1] for c in itertools.product(*values[::-1])]
    before = space.tree_copy()
    found, kept, indices = [], [], []
    for point in space.iter_inner(copy=copy):
        found.append(tuple(point[k] for k in keys))
        kept.append(point)
        indices.append(space.parameter_space_index(point))
        assert type(point) is ParameterSet and point.x == 1 and point.g.y == 2
    assert found == expected and space.num_conditions() == len(expected) and space == before
    dims, labels = space.parameter_space_dimension_labels()
    assert labels == sorted(keys) and dims == [len(space[k]) for k in labels] and len(set(indices)) == len(expected)
    assert [tuple(space[k].values[i] for k, i in zip(labels, at, strict=True)) for at in indices] == [
        tuple(dict(zip(keys, f, strict=True))[k] for k in labels) for f in found]
    if copy:
        assert [tuple(p[k] for k in keys) for p in kept] == expected
        assert len({id(p) for p in kept}) == len(kept) and len({id(p.g) for p in kept}) == len(kept)
    else:
        assert len({id(p) for p in kept}) == 1


@settings(deadline=None)
@given(spaces)
def test_number_and_point_belong_together(ranges):
    space = space_of(ranges)
    points = list(space.iter_inner(copy=True))
    assert [space.condition(i) for i in range(len(points))] == points and space.condition(-1) == points[-1]
    with pytest.raises(InvalidParameterValueError, match="got"):
        space.condition(len(points))


def test_indices_of_equal_values_are_those_of_the_iteration():
    space = ParameterSpace({"a": R([1, 1, 2])})
    assert [space.parameter_space_index(p) for p in space.iter_inner()] == [(0,), (1,), (2,)]
    assert space.parameter_space_index(ParameterSet({"a": 1})) == (0,)
    with pytest.raises(ValueError, match="not in the space"):
        space.parameter_space_index(ParameterSet({"a": 3}))


def test_some_ranges_are_iterated_and_the_others_stay():
    space = ParameterSpace({"a": R([1, 2]), "b": R([3, 4]), "c": 5})
    points = list(space.iter_inner_range_keys(["b"], copy=True))
    assert [p.b for p in points] == [3, 4] and all(p.a == R([1, 2]) and isinstance(p, ParameterSpace) for p in points)
    assert [(p.a, p.b) for p in space.iter_inner_range_keys(["b", "a"])] == [(1, 3), (1, 4), (2, 3), (2, 4)]
    assert [p.a for p in space.iter_range_key("a")] == [1, 2]
    (alone,) = space.iter_inner_range_keys([])
    assert alone == space and alone is not space
    with pytest.raises(InvalidParameterValueError, match="c is no range"):
        list(space.iter_inner_range_keys(["c"]))
    with pytest.raises(KeyError, match="did you mean"):
        list(space.iter_range_key("aa"))


def test_ranges_in_lists_are_ranges_of_lists():
    space = ParameterSpace({"l": [R([1, 2]), 0, R([3, 4])], "d": [NormalDist(), 5]})
    assert space.range_keys() == ["l"] and space.dist_keys() == ["d"] and space.num_conditions() == 4
    points = [p.l for p in space.iter_inner(copy=True)]
    assert points == [[1, 0, 3], [2, 0, 3], [1, 0, 4], [2, 0, 4]]
    assert [p.d[1] for p in space.realize_dists(n=2)] == [5, 5]


def test_range_values_are_sorted_by_name():
    p = ParameterSpace({"b": R([1, 2, 3]), "a": R(["python"]), "c": 1})
    assert list(p.get_ranges_values().items()) == [("a", ["python"]), ("b", [1, 2, 3])]


def test_formulas_follow_the_ranges():
    space = ParameterSpace({"tau": R([10, 20]), "half": ParameterReference("tau") / 2, "q": {"s": ParameterReference("half") + 1},
                            "other": ParameterReference("x"), "x": 1})
    for copy in (False, True):
        assert [(p.half, p.q.s, p.other) for p in space.iter_inner(copy)] == [
            (5.0, 6.0, ParameterReference("x")), (10.0, 11.0, ParameterReference("x"))]
    assert space.condition(1).q.s == 11.0 and space.half == ParameterReference("tau") / 2


def test_draws_are_repeatable_and_independent():
    space = ParameterSpace({"x": UniformDist(-1, 1), "g": {"y": UniformDist(-1, 1), "z": GammaDist(0.5, 1.0)}, "f": 3})
    points = list(space.realize_dists(n=40, copy=True))
    assert [tuple(p.flatten().values()) for p in points] == [tuple(p.flatten().values()) for p in space.realize_dists(n=40)]
    assert points[:7] == list(space.realize_dists(n=7, copy=True)) and all(type(p) is ParameterSet for p in points)
    x, y = ([p[k] for p in points] for k in ("x", "g.y"))
    assert len(set(x) | set(y)) == 80 and all(-1 <= v < 1 for v in x) and all(type(p.f) is int for p in points)
    assert not {p.x for p in space.realize_dists(n=40, seed=1)} & set(x)
    named = ParameterSpace({"x": UniformDist(-1, 1, seed=5)})
    assert not {p.x for p in named.realize_dists(n=40)} & set(x)
    assert space.x == UniformDist(-1, 1) and list(space.realize_dists(0)) == []


def test_draws_leave_ranges_alone():
    space = ParameterSpace({"x": NormalDist(), "r": R([1, 2])})
    assert [(type(p), p.r) for p in space.realize_dists(n=2, copy=True)] == [(ParameterSpace, R([1, 2]))] * 2
    assert len([q for p in space.realize_dists(n=2, copy=True) for q in p.iter_inner()]) == 4


def test_memory_does_not_grow_with_the_number_of_points():
    def peak(n):
        space = ParameterSpace({"a": R([0, 1]), "b": R([0, 1]), "c": R(range(n))})
        tracemalloc.start()
        for _ in space.iter_inner():
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20_000) < peak(10) + 4_000_000 and peak(2000) < 1_000_000
    wide = ParameterSpace({f"a{i}": R(range(100)) for i in range(9)})
    assert wide.num_conditions() == 100**9 and wide.condition(10**17 + 5).a0 == 5
    assert [p.a0 for p in itertools.islice(wide.iter_inner(), 3)] == [0, 1, 2]


def test_results_are_indexed_by_the_space():
    space = ParameterSpace({"b": R([1, 2, 3]), "a": R(list("python"))})
    dims, labels = space.parameter_space_dimension_labels()
    results = np.empty(dims)
    for p in space.iter_inner():
        results[space.parameter_space_index(p)] = p.b
    assert labels == ["a", "b"] and np.array_equal(results, np.tile([1.0, 2, 3], (6, 1)))


# --- designs ----------------------------------------------------------------------------------------------------------

def test_designs_put_their_assignments_into_the_space():
    space = ParameterSpace({"a": R([1, 2]), "b": R([3, 4]), "g": {"c": 0}, "d": ParameterReference("a") * 10})
    ranges = space.get_ranges_values()
    zipped = [(p.a, p.b, p.d) for p in space.iter_points(designs.grid(ranges, [["a", "b"]]))]
    assert zipped == [(1, 3, 10), (2, 4, 20)]
    both = designs.union(designs.grid(ranges), [{"a": 1, "b": 3}, {"a": 7, "b": 8, "g.c": 9}])
    points = list(space.iter_points(both, copy=True))
    assert [(p.a, p.b, p.g.c) for p in points] == [(1, 3, 0), (1, 4, 0), (2, 3, 0), (2, 4, 0), (7, 8, 9)]
    kept = list(designs.filtered(designs.grid(ranges), "a < b - 1 and g.c == 0", space))
    assert kept == [{"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 4}]
    assert list(designs.crossed([{"g.c": 1}, {"g.c": 2}], {"a": [1, 2]})) == [
        {"g.c": 1, "a": 1}, {"g.c": 1, "a": 2}, {"g.c": 2, "a": 1}, {"g.c": 2, "a": 2}]
    with pytest.raises(KeyError, match=r"g\.x"):
        list(space.iter_points([{"g.x": 1}]))


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 5))
def test_a_latin_hypercube_hits_every_stratum_once(n, seed):
    axes = {"a": designs.interval(0.0, 1.0), "b": designs.interval(1.0, 100.0, "log"), "c": designs.quantiles(NormalDist(3, 2))}
    points = designs.latin_hypercube(axes, n, seed)
    assert points == designs.latin_hypercube(axes, n, seed)
    assert sorted(int(p["a"] * n) for p in points) == list(range(n))
    assert sorted(min(int(np.log10(p["b"]) / 2 * n), n - 1) for p in points) == pytest.approx(list(range(n)), abs=1)
    assert all(np.isfinite(p["c"]) for p in points)


def test_more_sobol_points_begin_with_the_same():
    axes = {"a": designs.interval(0.0, 1.0), "b": designs.interval(0.0, 1.0)}
    assert designs.sobol(axes, 100, 3)[:37] == designs.sobol(axes, 37, 3) != designs.sobol(axes, 37, 4)
