"""The way to the store and back: levels, parts, migrating, backing up, several trajectories in a file."""

import logging

import numpy as np
import pytest

from simcore.store import zarr3
from simcore.trajectory import (
    LOAD_DATA,
    LOAD_NOTHING,
    LOAD_SKELETON,
    UPDATE_DATA,
    UPDATE_SKELETON,
    DataNotInStorageError,
    NoSuchServiceError,
    Parameter,
    PickleResult,
    Trajectory,
    VersionMismatchError,
)
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded


class Doubled(Parameter):
    """A parameter that is stored in its own way."""

    def _store(self):
        return {"half": self._default / 2}

    def _load(self, load_dict):
        super()._load({"data": load_dict["half"] * 2})


@pytest.fixture
def full(explored):
    explored.f_add_config("ncores", 2)
    explored.f_add_result("own.scalar", 3.5, comment="of the trajectory")
    explored.f_add_result("own.several", a=np.arange(200.0), b="text", c=[1, "mixed"])
    explored.f_add_derived_parameter("matrix", np.eye(20))
    explored.f_add_leaf("elsewhere.note", "a leaf outside of the branches")
    explored.f_get("x").f_set_annotations(unit="nA")
    explored.f_set_annotations(project="test")
    explored.f_get("own").f_set_annotations("on a group")
    explored.run(jobs.rich, n_workers=1)
    return explored


def test_everything_comes_back(full, path):
    again = loaded(path, load_all=LOAD_DATA)
    mine, its = full.f_to_dict(), again.f_to_dict()
    assert mine.keys() == its.keys() and len(mine) > 30
    for name, leaf in mine.items():
        other = its[name]
        assert type(leaf) is type(other) and leaf.v_comment == other.v_comment, name
        assert leaf.v_annotations == other.v_annotations, name
        a, b = leaf._store(), other._store()
        assert a.keys() == b.keys(), name
        for item in a:
            np.testing.assert_equal(a[item], b[item], err_msg=name)
            assert type(a[item]) is type(b[item]), name
    for fact in ("v_name", "v_comment", "v_timestamp", "v_time", "v_version", "v_python"):
        assert getattr(full, fact) == getattr(again, fact)
    assert again.v_annotations.project == "test" and again.own.v_annotations.annotation == "on a group"
    assert again.results.run_00000002.v_annotations.f_is_empty() and again.f_is_completed()


@pytest.mark.parametrize("level", [LOAD_NOTHING, LOAD_SKELETON, LOAD_DATA, UPDATE_SKELETON, UPDATE_DATA])
def test_levels_of_loading(full, path, level):
    again = loaded(path, load_all=level)
    again.v_auto_load = False
    if level == LOAD_NOTHING:
        assert again.f_is_empty() and again.v_comment == "an example"
        return
    empty = abs(level) == LOAD_SKELETON
    assert again.f_get("own.several").f_is_empty() == empty == again.f_get("group.y").f_is_empty()
    assert again.f_get("results.run_00000003.trace").f_is_empty() == empty
    assert again.f_get("x").f_get_range() == list(range(6))        # the explored space is part of the skeleton


def test_default_levels_are_parameters_with_data_and_results_without(full, path):
    again = loaded(path)
    assert not again.f_get("y").f_is_empty() and not again.f_get("ncores").f_is_empty()
    assert again.f_get("own.scalar").f_is_empty() and again.f_get("matrix").f_is_empty()
    assert again.own.scalar == 3.5 and again.matrix.sum() == 20    # on the fly, since v_auto_load is True
    with pytest.raises(ValueError, match="load_results"):
        Trajectory("example", add_time=False, filename=path).f_load(load_results=7)


def test_what_is_in_memory_is_not_overwritten_by_accident(full, path):
    again = loaded(path, load_all=LOAD_DATA)
    with pytest.raises(AttributeError, match="in memory already"):
        again.f_load(load_all=LOAD_DATA)
    again.f_get("y").f_unlock()
    again.y = 99.0
    again.f_remove_item("own.scalar")
    again.f_load(load_all=UPDATE_DATA)
    assert again.y == 99.0 and again.own.scalar == 3.5
    again.f_load(load_all=3)
    assert again.y == 2.0


def test_loading_as_new_takes_parameters_only_unlocked(full, path):
    fresh = Trajectory("fresh", add_time=False, filename=path)
    fresh.f_load(name="example", as_new=True)
    assert fresh.v_name == "fresh" and set(fresh.f_to_dict()) == {"parameters.x", "parameters.group.y", "config.ncores"}
    assert not fresh.f_get("y").v_locked and not fresh.v_stored and not fresh.f_is_completed()
    fresh.f_shrink()
    fresh.f_get("x").f_unlock()
    fresh.f_explore({"x": [7, 8]})
    fresh.run(jobs.product, n_workers=1)
    assert fresh.results["z"].values.tolist() == [14.0, 16.0]
    assert loaded(path).results["rates.exc"].values[3] == 1.5       # the old one is as it was
    names = fresh.v_storage_service.names()
    assert names == ["example", "fresh"]
    for index, name in ((0, "example"), (1, "fresh"), (-1, "fresh"), (-2, "example")):
        one = Trajectory(filename=path)
        one.f_load(index=index)
        assert one.v_name == name
    with pytest.raises(DataNotInStorageError):
        Trajectory(filename=path).f_load(index=2)
    with pytest.raises(DataNotInStorageError, match="did you mean 'example'"):
        Trajectory(filename=path).f_load(name="exampel")


def test_storing_twice_writes_only_what_is_new(full, path):
    again = loaded(path, load_all=LOAD_DATA)
    again.f_add_result("own.later", 7)
    again.own.f_get("scalar").f_set_single("second", 5)
    again.results.run_00000002.f_add_result("later", 8)
    object.__setattr__(again.f_get("group.y"), "_default", 77.0)
    again.f_store()
    third = loaded(path, load_all=LOAD_DATA)
    assert third.y == 2.0 and third.own.later == 7 and third.own.f_get("scalar").f_to_dict() == {"scalar": 3.5, "second": 5}
    assert third.results.run_00000002.later == 8 and third.results.run_00000002.rates.exc == 1.0
    assert third.f_is_completed(2) and third.results["later"].values[2] == 8


def test_only_init_stores_no_leaf(explored, path):
    explored.f_store(only_init=True)
    again = loaded(path, load_all=LOAD_DATA)
    assert again.f_is_empty() and again.v_comment == "an example"
    explored.f_store()
    assert loaded(path).y == 2.0


def test_a_name_that_is_in_the_file_is_refused(explored, path):
    explored.f_store()
    twin = Trajectory("example", add_time=False, filename=path)
    twin.f_add_parameter("x", 5)
    with pytest.raises(RuntimeError, match="already"):
        twin.f_store()


def test_migrating_to_another_name_and_file_and_back(full, path, tmp_path):
    again = loaded(path, load_all=LOAD_DATA)
    again.f_migrate(new_name="moved", new_filename=tmp_path / "other.zarr")
    assert not again.v_stored and again.v_filename == str(tmp_path / "other.zarr")
    again.f_store()
    other = Trajectory(filename=tmp_path / "other.zarr")
    other.f_load(load_all=LOAD_DATA)
    assert other.v_name == "moved" and other.own.scalar == 3.5 and other.results.run_00000004.rates.exc == 2.0
    again.f_migrate(new_name="example", new_filename=path)
    with pytest.raises(RuntimeError):
        again.f_store()
    again.f_migrate(in_store=True)
    again.f_add_result("own.after", 1)
    again.f_store()
    assert loaded(path).own.after == 1
    nowhere = Trajectory("n", filename=None)
    with pytest.raises(NoSuchServiceError):
        nowhere.f_store()
    nowhere.f_store(new_name="somewhere", new_filename=tmp_path / "third.zarr")
    assert nowhere.v_name == "somewhere" and (tmp_path / "third.zarr" / "zarr.json").exists()


def test_a_backup_is_a_trajectory_of_its_own(full, path):
    target = full.f_backup()
    assert target.name == "backup_example.zarr" and target.parent == path.parent
    copy = Trajectory("example", add_time=False, filename=target)
    copy.f_load()
    assert copy.results["rates.exc"].values.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    with pytest.raises(RuntimeError):
        full.f_backup()


def test_auto_loading_works_together_with_shortcuts(full, path):
    again = loaded(path, load_all=LOAD_NOTHING)
    assert again.several.b == "text" and again.results.run_00000001.many.c == {"list": [1, None], "tuple": (1, 2)}
    again = loaded(path, load_all=LOAD_NOTHING)
    again.v_auto_load = False
    with pytest.raises(AttributeError):
        _ = again.several
    with pytest.raises(AttributeError):
        again.f_get("several")
    assert again.f_get("several", auto_load=True).b == "text"
    got = again.f_get_from_runs("exc", fast_access=True, auto_load=True, use_indices=True)
    assert got == {i: i / 2 for i in range(6)}


def test_partial_loading(full, path, caplog):
    again = loaded(path, load_all=LOAD_SKELETON)
    again.f_load_item("several", load_only="b")
    assert again.f_get("several").f_to_dict() == {"b": "text"}
    again.f_load_items(["results.run_00000005.many"], load_except=["b", "c"])
    assert again.f_get("results.run_00000005.many").f_to_dict() == {"many": 1666, "a": 5}
    with pytest.raises(ValueError):
        again.f_load_item("several", load_only="a", load_except="b")
    with caplog.at_level(logging.WARNING):
        again.f_load_item("several", load_only=["a", "nothing"])
    assert "nothing" in caplog.text
    before = again.f_get("several").a
    again.f_load_items([again.f_get("several")], only_empties=True)
    assert again.f_get("several").a is before


def test_loading_and_storing_children(full, path):
    again = loaded(path, load_all=LOAD_NOTHING)
    assert again.f_load_child("results.own.several").b == "text"
    assert again.f_load_child("results.own", recursive=True, load_data=LOAD_SKELETON).f_get("scalar").f_is_empty()
    run = again.f_load_child("results.runs.run_00000002", recursive=True)
    assert not run.f_get("trace").f_is_empty()
    with pytest.raises(ValueError, match="no node"):
        again.f_load_child("results.nothing")
    again.results.f_add_result("fresh.leaf", 5)
    with pytest.raises(ValueError):
        again.results.f_store_child("nothing")
    again.results.f_store_child("fresh", recursive=True)
    assert loaded(path).fresh.leaf == 5


def test_store_items_needs_a_stored_trajectory_and_items(explored):
    result = explored.f_add_result("r", 1)
    with pytest.raises(TypeError, match="never stored"):
        explored.f_store_item(result)
    explored.f_store()
    result.f_empty()
    with pytest.raises(ValueError, match="nothing to store"):
        explored.f_store_items([result], non_empties=True)


def test_overwriting_results_of_runs(full, path):
    again = loaded(path, load_all=LOAD_DATA)
    many = again.results.run_00000003.many
    many.a, many.b = "now text", 5
    again.f_store_item(many, overwrite=["a"])
    third = loaded(path, load_all=LOAD_DATA)
    assert third.results.run_00000003.many.f_to_dict() == {"many": 1666, "a": "now text", "b": "text 3",
                                                           "c": {"list": [3, None], "tuple": (1, 2)}}
    again.f_store_item(many, overwrite=True)
    assert loaded(path, load_all=LOAD_DATA).results.run_00000003.many.b == 5
    again.results.run_00000003.f_get("trace").trace = np.arange(3)
    again.f_store_item("results.run_00000003.trace", overwrite=True)
    third = loaded(path)
    assert third.results.run_00000003.trace.tolist() == [0, 1, 2] and third.results.run_00000002.trace[0] == 2.0


def test_deleting_from_the_store(full, path, caplog):
    again = loaded(path, load_all=LOAD_DATA)
    again.f_delete_item("own.several", delete_only=["a"], remove_from_item=True)
    assert set(again.f_get("own.several")) == {"b", "c"} == set(loaded(path).f_load_child("results.own.several"))
    assert not (path / "results" / "trajectory" / "own.several.a").exists()
    again.f_delete_item("results.run_00000001.rates.exc")
    assert again.results.run_00000001.rates.exc == 0.5             # still in memory
    values = loaded(path).results["rates.exc"].values
    assert np.isnan(values[1]) and values[2] == 1.0
    again.f_delete_items([f"results.runs.run_0000000{i}.ragged" for i in range(6)], remove_from_trajectory=True)
    assert not list((path / "results").glob("ragged*")) and not again.results.run_00000002.f_contains("ragged")
    again.f_delete_item("own.scalar", remove_from_trajectory=True, remove_empty_groups=True)
    assert again.f_contains("results.own")                          # `several` is still there
    with caplog.at_level(logging.WARNING):
        again.f_delete_item("own.several", delete_only=["nothing"])
    assert "nothing" in caplog.text
    assert loaded(path).f_is_completed()


def test_updating_the_skeleton_shows_what_others_stored(explored, path):
    explored.f_store()
    mine = loaded(path)
    explored.run(jobs.rich, n_workers=1)
    mine.f_update_skeleton()
    assert mine.f_is_completed() is False or mine.f_is_completed()
    mine.v_storage_service.reopen()
    mine.f_update_skeleton()
    assert mine.f_get("results.runs.run_00000002.rates.exc").f_is_empty() and mine.results.run_00000002.rates.exc == 1.0


def test_custom_classes_are_found_by_import_or_by_name(explored, path):
    explored.f_add_parameter(Doubled, "special", 8.0)
    explored.f_add_result(PickleResult, "odd", {1, 2}, f=jobs.product)
    explored.f_store()
    again = loaded(path, load_all=LOAD_DATA)
    assert type(again.f_get("special")) is Doubled and again.special == 8.0
    assert again.odd.f == jobs.product and again.odd.odd == {1, 2}
    root = (path / "zarr.json").read_bytes().replace(b"test_store_and_load:Doubled", b"gone:Doubled")
    (path / "zarr.json").write_bytes(root)
    with pytest.raises(TypeError, match="f_add_to_dynamic_imports"):
        loaded(path)
    assert type(loaded(path, dynamically_imported_classes=Doubled).f_get("special")) is Doubled
    assert loaded(path, dynamically_imported_classes=[f"{__name__}.Doubled"]).special == 8.0


def test_an_unknown_layout_says_which_and_can_be_forced(explored, path):
    import json

    explored.f_store()
    root = json.loads((path / "zarr.json").read_bytes())
    root["attributes"]["simcore_layout"] = 0
    (path / "zarr.json").write_bytes(zarr3.dumps(root))
    with pytest.raises(VersionMismatchError, match=r"simcore_layout 0; this program reads simcore_layout 1"):
        loaded(path)
    assert loaded(path, force=True).y == 2.0
    del root["attributes"]["simcore_layout"], root["attributes"]["simcore_trajectory"]
    (path / "zarr.json").write_bytes(zarr3.dumps(root))
    with pytest.raises(VersionMismatchError, match="no trajectory of simcore"):
        loaded(path, force=True)
    with pytest.raises(DataNotInStorageError, match="no trajectory at"):
        Trajectory(filename=path.parent / "nowhere.zarr").f_load()
