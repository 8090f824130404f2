"""Finding nodes: forwards, backwards, all, as a run."""

import pytest

from simcore.trajectory import (
    ConfigGroup,
    DerivedParameterGroup,
    NNGroupNode,
    NotUniqueNodeError,
    Parameter,
    ParameterGroup,
    Result,
    ResultGroup,
    Trajectory,
)


@pytest.fixture
def tree():
    traj = Trajectory("tree", add_time=False)
    traj.f_add_parameter("a.b.c.leaf", 1)
    traj.f_add_parameter("a.d.other", 2)
    traj.f_add_parameter("e.d.leaf", 3)
    traj.f_add_config("cpu.n", 4)
    traj.f_add_derived_parameter("dp.val", 5)
    traj.f_add_result("res1.x", 6)
    return traj


def test_prefixes_of_the_four_branches(tree):
    assert set(tree.f_to_dict()) == {
        "parameters.a.b.c.leaf", "parameters.a.d.other", "parameters.e.d.leaf", "config.cpu.n",
        "derived_parameters.trajectory.dp.val", "results.res1.x",
    }
    assert tree.parameters.f_add_parameter("q", 1).v_full_name == "parameters.q"
    assert tree.f_add_parameter("parameters.r", 1).v_full_name == "parameters.r"
    assert tree.a.b.f_add_leaf("generic", 1).v_full_name == "parameters.a.b.generic"


def test_groups_on_the_way_have_the_class_of_their_branch(tree):
    assert type(tree.a.b) is ParameterGroup and type(tree.config.cpu) is ConfigGroup
    assert type(tree.results.res1) is ResultGroup and type(tree.derived_parameters.trajectory) is DerivedParameterGroup
    for name, kind in (("parameter", ParameterGroup), ("config", ConfigGroup), ("result", ResultGroup),
                       ("derived_parameter", DerivedParameterGroup)):
        group = getattr(tree, f"f_add_{name}_group")("new.deep", comment="c")
        assert type(group) is kind and group.v_comment == "c" and group.f_children() == 0
    assert type(tree.f_add_group("elsewhere.deep")) is NNGroupNode
    assert type(tree.f_add_group("parameters.elsewhere")) is ParameterGroup
    assert type(tree.elsewhere.f_add_leaf("leaf", 3)) is Result


def test_abbreviations(tree):
    assert tree.par is tree.parameters and tree.conf is tree.config and tree.res is tree.results
    assert tree.dpar is tree.derived_parameters and tree.par.a.d.other == 2


def test_the_shallower_hit_wins_and_two_at_one_depth_are_ambiguous(tree):
    assert tree.leaf == 3                                   # parameters.e.d.leaf is one level above
    with pytest.raises(NotUniqueNodeError, match="more than once"):
        tree.f_get("d")
    with pytest.raises(AttributeError):                     # NotUniqueNodeError is one
        tree.f_get("d")
    assert tree.f_get("a.d").v_full_name == "parameters.a.d"


def test_backwards_search_refuses_two_at_any_depth(tree):
    assert tree.f_get("a.leaf", backwards_search=True).v_full_name == "parameters.a.b.c.leaf"
    tree.f_add_parameter("a.leaf2.b.leaf", 9)
    with pytest.raises(NotUniqueNodeError):
        tree.f_get("a.leaf", backwards_search=True)
    assert tree.f_get("a.c.leaf", backwards_search=True).f_get() == 1


def test_square_brackets_search_backwards_if_asked(tree):
    tree.v_backwards_search = True
    assert tree["a.leaf"] == 1


def test_get_all_finds_every_occurrence_and_respects_the_depth(tree):
    assert [n.v_full_name for n in tree.f_get_all("leaf")] == ["parameters.e.d.leaf", "parameters.a.b.c.leaf"]
    assert [n.v_full_name for n in tree.parameters.f_get_all("d")] == ["parameters.a.d", "parameters.e.d"]
    assert tree.parameters.f_get_all("a.leaf")[0].v_full_name == "parameters.a.b.c.leaf"
    assert [n.v_full_name for n in tree.parameters.f_get_all("d", max_depth=2)] == ["parameters.a.d", "parameters.e.d"]
    assert tree.parameters.f_get_all("d", max_depth=1) == [] == tree.f_get_all("nothing")


def test_max_depth_and_shortcuts(tree):
    assert tree.f_get("leaf", max_depth=4).v_full_name == "parameters.e.d.leaf"
    for depth in (1, 2, 3):
        with pytest.raises(AttributeError):
            tree.f_get("leaf", max_depth=depth)
    with pytest.raises(ValueError, match="max_depth"):
        tree.f_get("a.b.c", max_depth=2)
    with pytest.raises(AttributeError):
        tree.f_get("a.b.leaf", shortcuts=False)
    assert tree.f_get("parameters.a.b.c.leaf", shortcuts=False).f_get() == 1
    tree.v_max_depth = 2
    with pytest.raises(AttributeError):
        _ = tree.leaf


def test_contains_by_name_and_by_instance(tree):
    leaf = tree.f_get("parameters.e.d.leaf")
    assert tree.f_contains(leaf) and tree.parameters.f_contains(leaf) and not tree.results.f_contains(leaf)
    assert not tree.f_contains(Parameter("parameters.e.d.leaf", 3))
    assert tree.f_contains("leaf", shortcuts=True) and not tree.f_contains("leaf")
    assert tree.f_contains("parameters.e") and not tree.f_contains("leaf", shortcuts=True, max_depth=3)
    assert "leaf" in tree and "nothing" not in tree
    tree.v_shortcuts = False
    assert "leaf" not in tree


def test_errors_name_the_nearest(tree):
    with pytest.raises(AttributeError, match="did you mean 'other'"):
        tree.f_get("othr")


@pytest.mark.parametrize("name", ["par", "conf", "res", "dpar", "crun", "with space", "_hidden", "f_get", "v_name", "a..b"])
def test_names_that_nodes_cannot_have(tree, name):
    with pytest.raises(ValueError):
        tree.f_add_parameter(f"x.{name}", 1)


def test_overview_is_reserved_at_the_root_and_runs_do_not_nest(tree):
    with pytest.raises(ValueError):
        tree.f_add_leaf("overview.x", 1)
    with pytest.raises(ValueError):
        tree.f_add_result("run_00000001.run_00000002.x", 1)


def test_a_failed_adding_leaves_no_groups(tree):
    with pytest.raises(TypeError):
        tree.f_add_parameter("fresh.group.x", object())
    assert not tree.f_contains("parameters.fresh")


def test_facts_of_nodes(tree):
    leaf, group = tree.f_get("parameters.a.b.c.leaf"), tree.a.b
    assert (leaf.v_name, leaf.v_location, leaf.v_branch, leaf.v_depth) == ("leaf", "parameters.a.b.c", "parameters", 5)
    assert leaf.v_is_leaf and not group.v_is_leaf and leaf.v_leaf and not group.v_is_root
    assert (tree.v_full_name, tree.v_depth, tree.v_branch, tree.v_location, tree.v_is_root) == ("", 0, "", "", True)
    assert tree.f_is_root() and group.f_get_root() is tree and leaf.f_get_class_name() == "Parameter"
    assert leaf.v_run_branch == "trajectory" and not leaf.v_stored
    assert tree.f_add_result("runs.run_00000003.z", 1).v_run_branch == "run_00000003"


def test_children_and_iteration(tree):
    assert tree.a.f_children() == 2 and tree.a.f_has_children() and set(tree.a.f_get_children()) == {"b", "d"}
    assert tree.a.f_get_children(copy=False) is tree.a.f_get_children(copy=False)
    assert [n.v_name for n in tree.a.f_iter_nodes(recursive=False)] == ["b", "d"]
    assert [n.v_name for n in tree.a.f_iter_nodes()] == ["b", "d", "c", "other", "leaf"]
    assert {n.v_name for n in tree.a.f_iter_leaves()} == {"leaf", "other"}
    assert [n.v_name for n in tree.a] == ["b", "d"]
    tree.v_iter_recursive = True
    assert len(list(tree.a)) == 5


def test_dictionaries_of_leaves(tree):
    assert tree.a.f_to_dict(fast_access=True) == {"parameters.a.b.c.leaf": 1, "parameters.a.d.other": 2}
    assert tree.a.f_to_dict(fast_access=True, short_names=True) == {"leaf": 1, "other": 2}
    with pytest.raises(ValueError, match="not unique"):
        tree.f_to_dict(short_names=True)
    assert tree.f_get_config(fast_access=True) == {"config.cpu.n": 4}
    assert tree.f_get_results(fast_access=True) == {"results.res1.x": 6}
    assert list(tree.f_get_derived_parameters()) == ["derived_parameters.trajectory.dp.val"]
    for method in (tree.f_get_config, tree.f_get_parameters, tree.f_get_results, tree.f_to_dict, tree.f_get_explored_parameters,
                   tree.f_get_derived_parameters):
        with pytest.raises(ValueError):
            method(fast_access=True, copy=False)
    with pytest.raises(ValueError):
        tree.f_to_dict(short_names=True, copy=False)
    tree.f_explore({"leaf": [1, 2]})
    assert list(tree.f_get_explored_parameters()) == ["parameters.e.d.leaf"]
    assert tree.f_get_explored_parameters(copy=False) is tree.f_get_explored_parameters(copy=False)


def test_values_are_set_by_natural_naming(tree):
    tree.f_get("other").f_unlock()
    tree.other = 17
    assert tree.other == 17
    with pytest.raises(AttributeError):
        tree.nothing = 3


def test_fast_access_can_be_switched_off(tree):
    tree.v_fast_access = False
    assert isinstance(tree.other, Parameter)


def test_removing_children_from_memory(tree):
    with pytest.raises(TypeError):
        tree.parameters.f_remove_child("a")
    with pytest.raises(ValueError):
        tree.parameters.f_remove_child("nothing")
    tree.parameters.f_remove_child("a", recursive=True)
    assert not tree.f_contains("parameters.a")
    tree.f_remove_item("parameters.e.d.leaf", remove_empty_groups=True)
    assert "parameters" not in tree.f_get_children()


def test_standard_classes_are_used(tree):
    class Mine(Parameter):
        pass

    class MyResult(Result):
        pass

    tree.v_standard_parameter, tree.v_standard_result, tree.v_standard_leaf = Mine, MyResult, Mine
    assert type(tree.f_add_parameter("m", 1)) is Mine and type(tree.f_add_config("m", 1)) is Mine
    assert type(tree.f_add_result("m", 1)) is MyResult and type(tree.f_add_leaf("somewhere.m", 1)) is Mine
    assert (tree.v_standard_parameter, tree.v_standard_result, tree.v_standard_leaf) == (Mine, MyResult, Mine)


def test_annotations(tree):
    node = tree.f_get("other")
    node.f_set_annotations("first", "second", unit="mV")
    node.v_annotations.more = 3
    assert node.f_get_annotations("annotation", "annotation_1") == ("first", "second")
    assert node.f_get_annotations(1) == "second" and node.v_annotations["unit"] == "mV"
    assert node.f_ann_to_str() == node.f_ann_to_string() == "annotation=first; annotation_1=second; more=3; unit=mV"
    with pytest.raises(ValueError):
        node.f_get_annotations()
    with pytest.raises(AttributeError):
        node.f_get_annotations("nothing")
    node.v_annotations.f_empty()
    assert node.v_annotations.f_is_empty()


def test_empty_means_neither_parameters_nor_results():
    traj = Trajectory()
    assert traj.f_is_empty() and len(traj) == 1
    traj.f_add_config("x", 1)
    assert traj.f_is_empty()
    traj.f_add_result("x", 1)
    assert not traj.f_is_empty()
