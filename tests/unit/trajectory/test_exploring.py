"""Exploring, expanding, shrinking, locking, standing for a run."""

import hashlib

import numpy as np
import pytest

from simcore.parameters import designs
from simcore.trajectory import NotUniqueNodeError, ParameterLockedException, PresettingError, Trajectory
from simcore.trajectory.ranges import point_ids
from simcore.trajectory.values import fingerprint
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded


def test_ranges_need_one_length(explored):
    explored.f_shrink()
    with pytest.raises(ValueError, match="one length"):
        explored.f_explore({"x": [1, 2], "y": [1.0]})
    with pytest.raises(ValueError):
        explored.f_explore({"x": []})


def test_a_refused_exploration_changes_nothing(explored):
    explored.f_shrink()
    with pytest.raises(TypeError):
        explored.f_explore({"y": [1.0, 2.0], "x": [1, "a"]})
    assert len(explored) == 1 and not explored.f_get("y").f_has_range() and not explored.f_get_explored_parameters()


def test_further_parameters_of_the_same_length_can_be_added_until_stored(explored):
    explored.f_explore({"y": [float(i) for i in range(6)]})
    assert set(explored.f_get_explored_parameters()) == {"parameters.x", "parameters.group.y"}
    explored.f_add_parameter("w", 1)
    with pytest.raises(ValueError, match="6 runs"):
        explored.f_explore({"w": [1, 2]})
    explored.f_store()
    with pytest.raises(TypeError, match="f_expand"):
        explored.f_explore({"w": [1] * 6})


def test_only_parameters_can_be_explored(explored):
    explored.f_add_result("some.r", 3)
    for name in ("group", "some.r"):
        with pytest.raises(ValueError, match="only parameters"):
            explored.f_explore({name: [1] * 6})
    with pytest.raises(AttributeError):
        explored.f_explore({"nothing": [1] * 6})
    explored.f_add_parameter("other.y", 1.0)
    with pytest.raises(NotUniqueNodeError):
        explored.f_explore({"y": [1.0] * 6})


def test_locked_parameters_cannot_be_explored_or_set(explored):
    explored.f_lock_parameters()
    with pytest.raises(ParameterLockedException):
        explored.f_explore({"y": [1.0] * 6})
    y = explored.f_get("y")
    with pytest.raises(ParameterLockedException):
        y.f_set(3.0)
    y.f_unlock()
    y.f_set(3.0)
    assert explored.y == 3.0 and y.v_locked          # reading locks
    derived = explored.f_add_derived_parameter("d", 1)
    explored.f_lock_derived_parameters()
    assert derived.v_locked


def test_designs_are_taken_as_columns_or_points(explored):
    class Design:
        def columns(self):
            return {"x": [1, 2], "y": [3.0, 4.0]}

    explored.f_shrink()
    explored.f_explore(Design())
    assert explored.f_get("y").f_get_range() == [3.0, 4.0]
    explored.f_get("x").f_unlock(), explored.f_get("y").f_unlock()
    explored.f_shrink()
    explored.f_explore([{"x": 1, "y": 5.0}, {"x": 2, "y": 6.0}, {"x": 3, "y": 7.0}])
    assert explored.f_get("x").f_get_range() == [1, 2, 3]


def test_designs_of_the_parameters_package_are_explored(path):
    traj = Trajectory("t", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_add_parameter("group.y", 0.0)
    traj.f_explore(designs.grid({"x": [1, 2], "y": [3.0, 4.0]}))
    assert traj.f_get("x").f_get_range() == [1, 1, 2, 2] and traj.f_get("y").f_get_range() == [3.0, 4.0, 3.0, 4.0]
    for parameter in (traj.f_get("x"), traj.f_get("y")):
        parameter.f_unlock()
    traj.f_shrink()
    traj.f_explore(designs.latin_hypercube({"y": designs.interval(0.0, 1.0)}, 8, seed=1), strict_types=False)
    assert len(traj) == 8 and sorted(int(8 * v) for v in traj.f_get("y").f_get_range()) == list(range(8))


def test_expanding_adds_runs_and_keeps_results(explored, path):
    explored.run(jobs.product, n_workers=1)
    with pytest.raises(TypeError, match="all explored"):
        explored.f_expand({"y": [1.0]})
    with pytest.raises(AttributeError):
        explored.f_expand({"nothing": [1]})
    explored.f_expand({"x": [10, 11]})
    assert len(explored) == 8 and not explored.f_is_completed() and explored.f_is_completed(5)
    done = explored.run(jobs.product, n_workers=1)
    assert done.completed == [6, 7] and explored.f_is_completed()
    again = loaded(path)
    assert len(again) == 8 and again.results["z"].values.tolist() == [0, 2, 4, 6, 8, 10, 20, 22]
    assert again.f_get("x").f_get_range() == [0, 1, 2, 3, 4, 5, 10, 11]


def test_expanding_a_stored_trajectory_does_not_rewrite_old_rows(path):
    traj = Trajectory("t", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": list(range(9000))})
    traj.f_store()
    first = path / "x" / "c" / "0"
    before = first.stat().st_mtime_ns, first.stat().st_ino
    traj.f_expand({"x": [-1, -2]})
    traj.f_store()
    assert (first.stat().st_mtime_ns, first.stat().st_ino) == before
    again = Trajectory("t", add_time=False, filename=path)
    again.f_load()
    assert len(again) == 9002 and again.f_get("x").f_get_range()[-3:] == [8999, -1, -2]


def test_shrinking_is_for_what_is_not_stored(explored):
    explored.f_shrink()
    assert len(explored) == 1 and not explored.f_get_explored_parameters()
    explored.f_get("x").f_unlock()
    explored.f_explore({"x": [1, 2]})
    explored.f_store()
    with pytest.raises(TypeError, match="stored"):
        explored.f_shrink()


def test_presets_that_were_never_used_stop_the_run(explored):
    explored.f_preset_parameter("grupp.y", 3)
    with pytest.raises(PresettingError, match=r"grupp\.y"):
        explored.run(jobs.product)


def test_standing_for_a_run_shows_its_values_and_hides_other_runs(explored):
    explored.run(jobs.rich, n_workers=1)
    explored.f_as_run("run_00000003")
    assert explored.v_idx == 3 and explored.v_as_run == "run_00000003" and explored.x == 3
    assert explored.exc == 1.5 and explored.results.exc == 1.5 and explored.twice == 6
    assert explored.results.crun.rates.exc == 1.5 and explored.results.runs.crun.v_name == "run_00000003"
    assert explored.results.run_00000004.rates.exc == 2.0 and explored.results.runs[5].rates.exc == 2.5
    assert {n.v_run_branch for n in explored.results.runs.f_iter_nodes()} == {"run_00000003"}
    explored.v_idx = 4
    assert explored.exc == 2.0 and explored.f_get("rates.exc", backwards_search=True).f_get() == 2.0
    explored.v_as_run = None
    assert explored.v_idx == -1 and explored.x == 0
    with pytest.raises(NotUniqueNodeError):
        _ = explored.results.runs.exc
    with pytest.raises(AttributeError, match="stands for no run"):
        explored.f_get("results.crun")
    with pytest.raises(KeyError):
        explored.f_as_run(6)


def test_array_valued_and_mixed_ranges_come_back_exactly(path):
    values = {
        "a": [np.arange(3.0) + i for i in range(3)], "s": ["x", "yy", ""], "b": [True, False, True], "c": [1j, 2j, 3 + 4j],
        "t": [(1, 2), (3, 4), (5, 6)], "n32": [np.float32(0.1), np.float32(1), np.float32(2)], "d": [{"k": 1}, {"k": 2}, {}],
        "big": [2**70, 2**71, 1],
    }
    traj = Trajectory("t", add_time=False, filename=path)
    for name, column in values.items():
        traj.f_add_parameter(name, column[0])
    traj.f_explore(values)
    traj.f_store()
    again = Trajectory("t", add_time=False, filename=path)
    again.f_load()
    for name, column in values.items():
        got = again.f_get(name).f_get_range()
        assert [type(v) for v in got] == [type(v) for v in column]
        assert all(np.array_equal(a, b) for a, b in zip(got, column, strict=True))


def test_full_copies_carry_the_range_to_runs(explored):
    explored.v_full_copy = True
    assert explored.f_get("x").v_full_copy and explored.v_full_copy
    run = explored._make_single_run(2)
    assert run.f_get("x").f_get_range() == list(range(6)) and run.x == 2
    explored.v_full_copy = False
    assert not explored._make_single_run(2).f_get("x").f_has_range()


def test_the_id_of_a_point_says_types_and_bits_and_not_what_else_is_explored():
    values = [0.0, -0.0, 0, False, "", 1.0, 1, True, "1", -(2**63), 2**63, 1.5, float("nan"), (1,), np.float64(1)]
    together = point_ids({}, {"x": values}, 0, len(values))
    assert len(set(together)) == len(values)
    assert together == [point_ids({}, {"x": [value]}, 0, 1)[0] for value in values]
    by_fingerprint = [hashlib.blake2b(b"x=" + fingerprint(v) + b"\n", digest_size=32).hexdigest()[:12] for v in values]
    assert together == by_fingerprint
