"""f_merge: the runs of another trajectory behind one's own."""

import numpy as np
import pytest

from simcore.trajectory import Trajectory
from tests.unit.trajectory import jobs


def swept(path, name, values, trials=None, y=2.0, job=jobs.rich):
    traj = Trajectory(name, add_time=False, filename=path, comment=f"comment of {name}")
    traj.f_add_parameter("x", 0)
    traj.f_add_parameter("trial", 0)
    traj.f_add_parameter("group.y", y)
    traj.f_explore({"x": values, **({"trial": trials} if trials else {})})
    traj.f_add_result("own.thing", name)
    traj.f_add_result(f"own.only_{name}", np.arange(100.0)).f_set_annotations("kept")
    traj.f_add_derived_parameter(f"of_{name}", 3).f_set_annotations("not kept")
    traj.f_add_config(f"environment.{name}.ncores", 2)
    traj.run(job, n_workers=1)
    return traj


@pytest.fixture(params=["one file", "two files"])
def pair(request, tmp_path):
    second = tmp_path / ("a.zarr" if request.param == "one file" else "b.zarr")
    return swept(tmp_path / "a.zarr", "one", [0, 1, 2, 3]), swept(second, "two", [2, 3, 4])


def reloaded(traj):
    again = Trajectory(traj.v_name, add_time=False, filename=traj.v_filename)
    again.f_load(load_all=2)
    return again


def test_runs_are_appended_with_all_they_have(pair):
    one, two = pair
    one.f_merge(two)
    again = reloaded(one)
    assert len(again) == 7 and again.f_get("x").f_get_range() == [0, 1, 2, 3, 2, 3, 4] and again.f_is_completed()
    assert again.results["rates.exc"].values.tolist() == [0, 0.5, 1, 1.5, 1, 1.5, 2]
    assert [v.tolist() for v in again.results["ragged"].values] == [[], [0], [0, 1], [0, 1, 2], [0, 1], [0, 1, 2], []]
    for i, j in ((4, 0), (5, 1), (6, 2)):
        mine, its = again.results[i], reloaded(two).results[j]
        assert mine.many.f_to_dict() == its.many.f_to_dict() and mine.v_annotations == its.v_annotations
        assert again.f_get_run_information(i)["timestamp"] == two.f_get_run_information(j)["timestamp"]
        assert again.derived_parameters[i].twice == its._root().derived_parameters[j].twice
        assert again.f_get_run_record(i)["process"]["pid"] == two.f_get_run_record(j)["process"]["pid"]
    assert again.own.thing == "one" and again.own.only_two[99] == 99.0
    assert again.own.f_get("only_two").v_annotations.annotation == "kept"
    assert again.of_two == 3 and again.f_get("of_two").v_annotations.f_is_empty()
    assert again.environment.two.ncores == 2


def test_information_about_the_merge_is_kept_or_not(pair):
    one, two = pair
    one.f_merge(two)
    info = reloaded(one).config.merge
    name = next(iter(info.f_get_children()))
    assert name.startswith("merge_") and info[name].length_before_merge == 4 and info[name].merged_runs == 3
    assert info[name].other_trajectory.name == "two" and info[name].other_trajectory.length == 3
    assert info[name].other_trajectory.comment == "comment of two" and len(info[name].hexsha) == 40


def test_without_information_config_and_own_results(pair):
    one, two = pair
    one.f_merge(two, keep_info=False, merge_config=False, ignore_trajectory_results=True, ignore_trajectory_derived_parameters=True)
    again = reloaded(one)
    assert not again.f_contains("config.merge") and not again.f_contains("config.environment.two")
    assert not again.f_contains("results.own.only_two") and not again.f_contains("of_two", shortcuts=True) and len(again) == 7


def test_without_information_about_the_other(pair):
    one, two = pair
    one.f_merge(two, keep_other_trajectory_info=False)
    assert not one.f_contains("other_trajectory", shortcuts=True) and one.f_contains("merged_runs", shortcuts=True)


def test_duplicates_are_left_out(pair):
    one, two = pair
    one.f_merge(two, remove_duplicates=True)
    assert one.f_get("x").f_get_range() == [0, 1, 2, 3, 4] and reloaded(one).results["rates.exc"].values[4] == 2.0
    with pytest.raises(ValueError, match="no run"):
        one.f_merge(two, remove_duplicates=True)


def test_trials_are_numbered_on(tmp_path):
    one = swept(tmp_path / "a.zarr", "one", [5, 5, 6, 6], [0, 1, 0, 1])
    two = swept(tmp_path / "b.zarr", "two", [5, 5, 5], [0, 1, 2])
    one.f_merge(two, trial_parameter="trial")
    assert reloaded(one).f_get("trial").f_get_range() == [0, 1, 0, 1, 2, 3, 4]
    one.f_merge(swept(tmp_path / "c.zarr", "three", [5], [0]), trial_parameter="trial")
    with pytest.raises(TypeError, match="whole numbers"):
        one.f_merge(swept(tmp_path / "d.zarr", "four", [5, 6], [0, 7]), trial_parameter="trial")


def test_a_constant_that_differs_becomes_explored(tmp_path):
    one = swept(tmp_path / "a.zarr", "one", [0, 1])
    one.f_merge(swept(tmp_path / "b.zarr", "two", [0, 1], y=7.0))
    again = reloaded(one)
    assert again.f_get("y").f_get_range() == [2.0, 2.0, 7.0, 7.0] and again.y == 2.0
    again.f_as_run(3)
    assert again.y == 7.0


def test_other_spaces_and_things_are_refused(pair, tmp_path):
    one, two = pair
    with pytest.raises(TypeError, match="only trajectories"):
        one.f_merge("two")
    with pytest.raises(ValueError, match="move_nodes"):
        one.f_merge(two, delete_other_trajectory=True)
    strange = Trajectory("strange", filename=tmp_path / "s.zarr")
    strange.f_add_parameter("z", 1)
    with pytest.raises(TypeError, match="same space"):
        one.f_merge(strange)
    with pytest.raises(TypeError, match=r"same space.*float and int"):
        one.f_merge(swept(tmp_path / "c.zarr", "three", [0], y=3))


def test_moving_takes_the_runs_away_and_deleting_everything(pair):
    one, two = pair
    name, file = two.v_name, two.v_filename
    one.f_merge(two, move_nodes=True)
    rest = Trajectory(name, add_time=False, filename=file)
    rest.f_load(load_all=2)
    assert not rest.f_contains("results.runs.run_00000000") and rest.own.thing == "two"
    assert reloaded(one).results["rates.exc"].values[6] == 2.0


def test_deleting_the_other(pair):
    one, two = pair
    service = two.v_storage_service
    one.f_merge(two, move_nodes=True, delete_other_trajectory=True)
    assert "two" not in service.names() and reloaded(one).results["rates.exc"].values[6] == 2.0


def test_backups_before_merging(pair, tmp_path):
    one, two = pair
    one.f_merge(two, backup_filename=True)
    assert (tmp_path / "backup_one.zarr").exists() and (tmp_path / "backup_two.zarr").exists()
    old = Trajectory("one", add_time=False, filename=tmp_path / "backup_one.zarr")
    old.f_load()
    assert len(old) == 4
