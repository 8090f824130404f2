"""Sections, segments and trees: NEURON's names, and what is refused."""

import numpy as np
import pytest

from simcore.errors import ConfigurationError, InvalidParameterValueError, NonExistentParameterError
from simcore.morphology.sections import Section
from simcore.morphology.topology import section_info, topology
from simcore.morphology.tree import discretise


def test_defaults_are_neurons():
    section = Section()
    assert (section.L, section.diam, section.nseg, section.Ra, section.cm) == (100.0, 500.0, 1, 35.4, 1.0)


@pytest.mark.parametrize(("name", "value", "message"), [
    ("diam", -5.0, r"diam must be > 0 um, got -5.0 um \(dend\)"), ("diam", float("nan"), "diam must be > 0 um"),
    ("L", 0, "L must be > 0 um, got 0 um"), ("nseg", 0, "nseg must be a whole number from 1 to 32767, got 0"),
    ("nseg", 1.5, "nseg must be"), ("nseg", float("nan"), "nseg must be"), ("nseg", "3", "nseg must be"),
    ("Ra", -1.0, "Ra must be > 0 ohm cm"), ("cm", 0.0, "cm must be > 0 uF/cm2"), ("L", "long", "L must be > 0 um, got 'long'")])
def test_bad_sizes_are_refused_when_made_and_when_set(name, value, message):
    with pytest.raises(InvalidParameterValueError, match=message):
        Section("dend", **{name: value})
    section = Section("dend")
    with pytest.raises(InvalidParameterValueError, match=message):
        setattr(section, name, value)


def test_range_variables_have_neurons_names():
    section = Section("s", nseg=3).insert("hh")
    section.gnabar_hh = 0.2
    section(0.5).gnabar_hh = 0.3
    section(0.9).hh.gkbar = 0.01
    assert [seg.gnabar_hh for seg in section] == [0.2, 0.3, 0.2] and section.gnabar_hh == 0.3
    assert section(1.0).gkbar_hh == 0.01 and section.ena == 50.0
    section.ek = -80.0
    assert section(0.1).hh.ek == -80.0
    section.nseg = 6
    assert [seg.gnabar_hh for seg in section] == [0.2, 0.2, 0.3, 0.3, 0.2, 0.2]


@pytest.mark.parametrize(("name", "message"), [
    ("gnabr_hh", "section 's' has no variable 'gnabr_hh'; did you mean 'gnabar_hh'"), ("length", "section 's' has no variable 'length'"),
    ("g_pas", "section 's' has no g_pas: insert 'pas' first"), ("n_hh", "n_hh of section 's' is computed by a run")])
def test_names_that_do_not_exist_are_errors(name, message):
    section = Section("s").insert("hh")
    for thing in (section, section(0.5)):
        with pytest.raises(AttributeError, match=message):
            getattr(thing, name)
        with pytest.raises(AttributeError, match=message):
            setattr(thing, name, 1.0)
    with pytest.raises(NonExistentParameterError, match="no mechanism 'hhh'; did you mean 'hh'"):
        section.insert("hhh")
    with pytest.raises(InvalidParameterValueError, match=r"gnabar_hh must be >= 0 S/cm\*\*2, got -1"):
        section.gnabar_hh = -1.0


@pytest.mark.parametrize("x", [-0.1, 1.1, "0.5", float("nan"), True])
def test_positions_outside_a_section_are_refused(x):
    with pytest.raises(InvalidParameterValueError, match="a position must be from 0 to 1"):
        Section("s")(x)


def test_a_loop_is_refused():
    a, b, c = (Section(n) for n in "abc")
    b.connect(a)
    c.connect(b)
    with pytest.raises(ConfigurationError, match="a tree has no loops: 'c' is below 'a'"):
        a.connect(c)
    with pytest.raises(ConfigurationError, match="loops"):
        a.connect(a)
    assert [s.name for s in a.subtree()] == ["a", "b", "c"] and c.root() is a and c.parentseg() == b(1.0)


def test_a_tree_begins_at_a_root_and_knows_its_sections():
    a, b = Section("a"), Section("b")
    b.connect(a, 0.5)
    with pytest.raises(ConfigurationError, match="'b' is no root: it hangs on 'a'"):
        discretise(b)
    with pytest.raises(ConfigurationError, match="section 'c' is not part of the cell"):
        discretise(a).node(Section("c"), 0.5)


def test_points_where_sections_meet_are_nodes_and_others_are_not():
    soma, kid = Section("soma", L=20, diam=20), Section("kid", nseg=4)
    kid.connect(soma, 1.0)
    tree = discretise(soma)
    assert tree.size == 6 and (tree.area == 0.0).sum() == 1
    assert tree.node(kid, 1.0) == tree.nodes[kid][3] and tree.node(soma, 0.0) == tree.nodes[soma][0] == 0
    assert discretise(soma, [(kid, 1.0), (soma, 0.0)]).size == 8
    assert (tree.parent[1:] < np.arange(1, 6)).all()


def test_cells_in_words():
    soma = Section("soma", L=20, diam=20)
    Section("dend", L=150, diam=2, nseg=3).connect(soma, 0.5)
    assert section_info(soma.children[0]).splitlines() == ["Section dend", "  length 150 um", "  diameter 2 um", "  3 segments", "  Ra 35.4 ohm cm"]
    assert topology(soma).splitlines() == ["|-|       soma(0-1)", "  `---|       dend(0-1) on soma(0.5)"]
