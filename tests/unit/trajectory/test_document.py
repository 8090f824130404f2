"""The examples of pypet's documentation, as it gives them."""

import warnings

import numpy as np
import pytest

from simcore.trajectory import (
    Parameter,
    PickleParameter,
    PickleResult,
    Result,
    Trajectory,
)
from tests.unit.trajectory import jobs


class CustomParameter(Parameter):
    """A user's own parameter."""


def test_a_trajectory_is_made_with_the_document_s_arguments(path):
    traj = Trajectory(
        "ExampleTrajectory", dynamically_imported_classes=[CustomParameter, "simcore.trajectory.parameters.PickleParameter"],
        comment="I am a neat example!", filename=path, file_title="Experiments",
    )
    assert traj.v_name == f"ExampleTrajectory_{traj.v_time}" and traj.v_comment == "I am a neat example!"
    assert traj.v_filename == str(path) and traj.v_storage_service is not None


def test_explore_by_names_of_groups(path):
    traj = Trajectory()
    traj.f_add_parameter("groupA.param1", 0)
    traj.f_add_parameter("groupA.param2", "a")
    traj.f_explore({"groupA.param1": [1, 2, 3, 4, 5], "groupA.param2": ["a", "b", "c", "d", "e"]})
    assert len(traj) == 5 and traj.f_get("param2").f_get_range() == ["a", "b", "c", "d", "e"]


def test_numpy_floats_do_not_go_into_a_python_float():
    traj = Trajectory()
    traj.f_add_parameter("my_float_parameter", 42.4, comment="My value is a standard python float")
    with pytest.raises(TypeError, match="tolist"):
        traj.f_explore({"my_float_parameter": np.arange(42.0, 44.876, 0.23)})
    traj.f_explore({"my_float_parameter": np.arange(42.0, 44.876, 0.23).tolist()})
    assert len(traj) == 13


def test_numpy_floats_go_into_a_numpy_float():
    traj = Trajectory()
    traj.f_add_parameter("my_float_parameter", np.float64(42.4), comment="My value is a numpy 64 bit float")
    traj.f_explore({"my_float_parameter": np.arange(42.0, 44.876, 0.23)})
    assert len(traj) == 13


def test_lossless_numpy_scalars_are_taken_without_strict_types():
    traj = Trajectory()
    traj.f_add_parameter("f", 1.0)
    traj.f_explore({"f": np.arange(3.0)}, strict_types=False)
    assert traj.f_get("f").f_get_range() == [0.0, 1.0, 2.0] and type(traj.f_get("f").f_get_range()[0]) is float
    traj = Trajectory()
    traj.f_add_parameter("i", 1)
    with pytest.raises(TypeError):
        traj.f_explore({"i": np.arange(3.0)}, strict_types=False)


def test_find_idx_with_a_predicate():
    traj = Trajectory()
    traj.f_add_parameter("groupA.param1", 4)
    traj.f_add_parameter("groupA.param2", 1.0)
    traj.f_explore({"groupA.param1": [4, 3, 4, 4], "groupA.param2": [1.0, 1.0, 2.0, 3.0]})
    predicate = lambda param1, param2: param1 == 4 and param2 in [1.0, 2.0]  # noqa: E731
    assert list(traj.f_find_idx(["groupA.param1", "groupA.param2"], predicate)) == [0, 2]
    assert list(traj.f_find_idx("param2", lambda p: p > 1.5)) == [2, 3]
    with pytest.raises(AttributeError):
        traj.f_find_idx("nothing", bool)
    traj.f_add_result("res_x", 3)
    with pytest.raises(TypeError):
        traj.f_find_idx("res_x", bool)


def test_get_from_runs_gives_what_each_run_has_in_order(path):
    traj = Trajectory("t", filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": [0, 1, 2, 3]})
    traj.run(jobs.mixed, n_workers=1)
    assert traj.f_get_from_runs("deep.universal_answer", use_indices=True, fast_access=True) == {0: 42, 1: 42, 2: "fortytwo", 3: 43}
    assert list(traj.f_get_from_runs("universal_answer")) == [f"run_0000000{i}" for i in range(4)]


def test_index_and_name_of_runs_both_ways():
    traj = Trajectory()
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": list(range(10))})
    assert traj.f_idx_to_run(4) == "run_00000004" and traj.f_idx_to_run("run_00000000") == 0
    assert traj.f_get_run_names()[-1] == "run_00000009"
    for unknown in (10, "run_00000010", "nonsense"):
        with pytest.raises(KeyError):
            traj.f_idx_to_run(unknown)


def test_iterating_over_runs_sets_and_resets():
    traj = Trajectory()
    traj.f_add_parameter("x", 7)
    traj.f_explore({"x": [1, 2, 3]})
    seen = [(name, traj.v_idx, traj.v_as_run, traj.x) for name in traj.f_iter_runs()]
    assert seen == [(f"run_0000000{i}", i, f"run_0000000{i}", i + 1) for i in range(3)]
    assert (traj.v_idx, traj.v_as_run, traj.x) == (-1, None, 7)


def test_presetting_replaces_the_default():
    traj = Trajectory()
    traj.f_preset_parameter("groupA.param1", data=44)
    traj.f_add_parameter("groupA.param1", data=11)
    assert traj.parameters.groupA.param1 == 44
    with pytest.raises(ValueError, match="added already"):
        traj.f_preset_parameter("groupA.param1", data=45)
    traj.f_preset_config("deep.setting", 3)
    assert traj.f_add_config("deep.setting", 2).f_get() == 3


def test_three_ways_of_adding_a_parameter():
    traj = Trajectory()
    instance = Parameter("group1.group2.myparam", data=42, comment="Example!")
    assert traj.f_add_parameter(instance) is instance
    assert instance.v_full_name == "parameters.group1.group2.myparam"
    traj.f_add_parameter("group1.group2.another", data=42, comment="Example!")
    pickled = traj.f_add_parameter(PickleParameter, "group1.group2.odd", data={1: object}, comment="Example!")
    assert type(pickled) is PickleParameter and traj.group2.odd == {1: object}
    with pytest.raises(AttributeError, match="already"):
        traj.f_add_parameter("group1.group2.myparam", 1)


def test_three_ways_of_adding_a_result():
    traj = Trajectory()
    instance = Result("group1.group2.myresult", 1666, x=3, y=4, comment="Example!")
    traj.f_add_result(instance)
    assert instance.v_full_name == "results.group1.group2.myresult"
    assert instance.f_to_dict() == {"myresult": 1666, "x": 3, "y": 4}
    second = traj.f_add_result("group1.group2.second", 1666, 1667, x=3, y=3, comment="Example!")
    assert second.second == 1666 and second[1] == second.second_1 == 1667 and second.f_get("x", "y") == [3, 3]
    third = traj.f_add_result(PickleResult, "group1.group2.third", 1666, x=object, comment="Example!")
    assert third.x is object


def test_some_parts_of_a_stored_result_are_overwritten(path):
    traj = Trajectory(filename=path)
    traj.f_add_result("mygroup.myresult", partA=42, partB=44, partC=46)
    traj.f_store()
    traj.mygroup.myresult.partA = 333
    traj.mygroup.myresult.partB = "I am going to change to a string"
    traj.mygroup.myresult.partC = "not stored"
    traj.f_store_item("mygroup.myresult", overwrite=["partA", "partB"])
    again = Trajectory(filename=path)
    again.f_load(load_all=2)
    assert again.mygroup.myresult.f_to_dict() == {"partA": 333, "partB": "I am going to change to a string", "partC": 46}


def test_result_values_by_name_number_and_without():
    result = Result("supergroup.subgroup.myresult", [1000, 2000], {"a": "b", "c": 333}, hitchhiker="Arthur Dent",
                    comment="I am a neat example!")
    assert result.f_get("hitchhiker") == "Arthur Dent" and result.f_get(0) == [1000, 2000]
    assert result.f_get("hitchhiker", "myresult") == ["Arthur Dent", [1000, 2000]]
    with pytest.raises(ValueError, match="say which"):
        result.f_get()
    with pytest.raises(AttributeError, match="no value"):
        result.f_get("nothing")
    del result.hitchhiker
    assert "hitchhiker" not in result


@pytest.mark.parametrize("name", ["with space", "dot.ted", "ümlaut", "", "a/b"])
def test_names_of_trajectories_are_checked(name):
    with pytest.raises(ValueError, match="letters"):
        Trajectory(name)


def test_dynamic_imports_are_classes_or_texts():
    with pytest.raises(TypeError):
        Trajectory(dynamically_imported_classes=[3])


def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Trajectory().f_add_parameter("x", 1)
