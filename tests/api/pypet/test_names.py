"""pypet's dotted names lead to the classes of simcore.trajectory."""

import importlib

import pytest

import simcore.trajectory
from simcore.api import pypet
from simcore.api.pypet.utils.explore import cartesian_product, find_unique_points

NAMES = {
    "trajectory": ["Trajectory", "SingleRun"],
    "naturalnaming": ["NNGroupNode", "ParameterGroup", "ConfigGroup", "DerivedParameterGroup", "ResultGroup"],
    "parameter": ["Parameter", "PickleParameter", "ArrayParameter", "SparseParameter", "Result", "PickleResult", "SparseResult",
                  "BaseParameter", "BaseResult"],
    "environment": ["Environment"],
    "annotations": ["Annotations"],
    "pypetconstants": ["LOAD_NOTHING", "LOAD_SKELETON", "LOAD_DATA", "UPDATE_SKELETON", "UPDATE_DATA"],
    "pypetexceptions": ["NotUniqueNodeError", "ParameterLockedException", "PresettingError", "DataNotInStorageError",
                        "VersionMismatchError", "NoSuchServiceError"],
}


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in NAMES.items() for n in names])
def test_names_of_the_document(module, name):
    assert getattr(importlib.import_module(f"simcore.api.pypet.{module}"), name) is getattr(simcore.trajectory, name)


def test_levels_of_loading_have_the_document_s_numbers():
    constants = importlib.import_module("simcore.api.pypet.pypetconstants")
    assert [getattr(constants, n) for n in NAMES["pypetconstants"]] == [0, 1, 2, -1, -2]


DOCUMENT = {
    "Trajectory": """f_add_to_dynamic_imports f_as_run f_backup f_expand f_explore f_find_idx f_get_from_runs
        f_get_run_information f_get_run_names f_idx_to_run f_is_completed f_is_empty f_iter_runs f_load f_lock_derived_parameters
        f_lock_parameters f_merge f_migrate f_preset_config f_preset_parameter f_restore_default f_shrink f_store
        f_update_skeleton v_as_run v_comment v_filename v_full_copy v_idx v_python v_storage_service v_version""",
    "SingleRun": """f_delete_item f_delete_items f_get_config f_get_derived_parameters f_get_explored_parameters f_get_parameters
        f_get_results f_load_item f_load_items f_remove_item f_remove_items f_store f_store_item f_store_items f_to_dict v_as_run
        v_auto_load v_environment_hexsha v_environment_name v_fast_access v_filename v_idx v_iter_recursive v_max_depth v_shortcuts
        v_standard_leaf v_standard_parameter v_standard_result v_storage_service v_time v_timestamp v_trajectory_name
        v_trajectory_time v_trajectory_timestamp v_backwards_search""",
    "NNGroupNode": """f_add_group f_add_leaf f_ann_to_str f_ann_to_string f_children f_contains f_get f_get_all f_get_annotations
        f_get_children f_get_class_name f_get_root f_has_children f_is_root f_iter_leaves f_iter_nodes f_load_child f_remove_child
        f_set_annotations f_store_child f_to_dict v_annotations v_branch v_comment v_depth v_full_name v_is_leaf v_is_root v_leaf
        v_location v_name v_run_branch v_stored""",
    "ParameterGroup": "f_add_parameter f_add_parameter_group",
    "ConfigGroup": "f_add_config f_add_config_group",
    "DerivedParameterGroup": "f_add_derived_parameter f_add_derived_parameter_group",
    "ResultGroup": "f_add_result f_add_result_group",
}


@pytest.mark.parametrize("name", DOCUMENT)
def test_every_method_and_property_of_the_document_is_there_and_described(name):
    cls = getattr(simcore.trajectory, name)
    for member in DOCUMENT[name].split():
        found = getattr(cls, member)
        assert found.__doc__, f"{name}.{member}"
        assert isinstance(found, property) == member.startswith("v_")
    if name == "SingleRun":
        assert all(hasattr(simcore.trajectory.Trajectory, m) for m in DOCUMENT[name].split())
        assert not hasattr(cls, "f_add_parameter") and not hasattr(cls, "f_add_config")


def test_the_cartesian_product_of_ranges():
    product = cartesian_product({"a": [1, 2], "b": ["x", "y"], "c": [3]})
    assert product == {"a": [1, 1, 2, 2], "b": ["x", "y", "x", "y"], "c": [3, 3, 3, 3]}
    assert cartesian_product({"a": [1, 2], "b": [3, 4], "c": [5, 6]}, ("c", ("a", "b"))) == {
        "c": [5, 5, 6, 6], "a": [1, 2, 1, 2], "b": [3, 4, 3, 4]}


def test_unique_points_know_their_runs():
    traj = pypet.Trajectory()
    traj.f_add_parameter("x", 1)
    traj.f_explore({"x": [1, 2, 1]})
    assert find_unique_points(traj.f_get_explored_parameters().values()) == [((1,), [0, 2]), ((2,), [1])]
