"""Morphology files: what is read, what is refused. What NEURON makes of them: tests/peers/compartmental/test_import3d.py."""

import logging

import morphio
import numpy as np
import pytest

from simcore.morphology.errors import MissingMorphologyError, MorphologyError
from simcore.morphology.loading import load

SWC = "1 1 0 0 0 10 -1\n2 3 10 0 0 1 1\n3 3 50 0 0 1 2\n"


@pytest.mark.parametrize(("text", "message"), [
    (SWC + "4 3 60 0 0 1 5\n5 3 70 0 0 1 4\n", "a tree has no loops: sample [45] is its own ancestor"),
    (SWC + "4 3 60 0 0 1 9\n", "the parent of sample 4 must exist, got 9"),
    (SWC + "4 3 60 0 0 -1 3\n", "a radius must be > 0 um, got -1 um at sample 4"),
    (SWC + "3 3 60 0 0 1 2\n", "sample 3 is there twice"),
    (SWC + "4 3 sixty 0 0 1 3\n", "line 4 must have id, type, x, y, z, radius, parent"),
    ("", "the file has neither a soma nor a neurite"), ("# only words\n", "neither a soma nor a neurite"),
    (SWC + "4 3 60 0 0 nan 3\n", "line 4 must have"), (SWC + "4 3 60 0 inf 1 3\n", "line 4 must have"),
    (SWC + "4 1 60 0 0 1 -1\n", "a cell is one tree: sample 4 has no parent and is no neurite of a soma"),
    ("1 3 0 0 0 1 -1\n2 3 9 0 0 1 1\n3 3 0 5 0 1 -1\n4 3 0 9 0 1 3\n", "a cell is one tree: sample 3 has no parent"),
    ("1 3 0 0 0 1 -1\n2 3 0 0 0 1 1\n", "L must be > 0 um")])
def test_bad_swc_files_are_refused_with_their_path(tmp_path, text, message):
    path = tmp_path / "cell.swc"
    path.write_text(text)
    with pytest.raises(MorphologyError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", [
    SWC.replace("\n", "\r\n"), SWC.replace("\n", "\r"), "\n\n" + SWC.replace("\n", "\n \t\n"), SWC.strip(),
    "# a\n#1 2 3\n" + SWC.replace("\n", " # why\n"), SWC.replace(" ", "\t"), "  " + SWC.replace("\n", " 7 8\n  "),
    "\ufeff" + SWC, "\ufeff# a mark of byte order\n" + SWC, "# caf\udce9\n" + SWC,
    SWC.replace("-1", "0"), SWC.replace("-1", "-2"), "0 1 0 0 0 10 -1\n1 3 10 0 0 1 0\n2 3 50 0 0 1 1\n",
    "3 3 50 0 0 1 2\n1 1 0 0 0 10 -1\n2 3 10 0 0 1 1\n", "1.0 1.0 0 0 0 1e1 -1\n2 3 1E+1 0 0 1. 1.0\n3 3 50 0 0 1 2\n",
    SWC.replace("2 3 10 0 0 1 1\n", "2 3 10 0 0 1 -1\n")])
def test_one_cell_however_its_file_is_written(tmp_path, text):
    """NEURON reads all of these but those with samples out of order and, without a word, those with a mark of byte order."""
    path = tmp_path / "cell.swc"
    path.write_bytes(text.encode(errors="surrogateescape"))
    read = load(path)
    (dendrite,) = read.dendrites
    assert [s.name for s in read.all] == ["soma[0]", "dend[0]"] and read.soma.L == read.soma.diam == 20.0
    assert dendrite.L == 40.0 and dendrite.diam == 2.0 and dendrite.parentseg() == read.soma(0.5)


@pytest.mark.parametrize(("kind", "name"), [(0, "dend_0[0]"), (5, "dend_5[0]"), (133, "dend_133[0]"), (-2, "minus_2[0]")])
def test_types_that_are_no_kind_have_neurons_names(tmp_path, kind, name):
    (tmp_path / "cell.swc").write_text(SWC.replace(" 3 ", f" {kind} "))
    read = load(tmp_path / "cell.swc")
    assert [s.name for s in read.others] == [name] and read.all[0] is read.soma


def test_files_that_are_missing_or_no_morphology(tmp_path):
    with pytest.raises(MissingMorphologyError, match="no such morphology file"):
        load(tmp_path / "none.swc")
    with pytest.raises(FileNotFoundError):
        load(str(tmp_path / "none.asc"))
    for name in ("layer5.swc", "layer5.txt"):
        (tmp_path / name).write_text(SWC)
    with pytest.raises(MissingMorphologyError, match=r"no such morphology file; did you mean 'layer5.swc'\?"):
        load(tmp_path / "layer_5.swc")
    with pytest.raises(MorphologyError, match=r"\.swc, \.asc, \.h5, got 'cell.hoc'"):
        load(tmp_path / "cell.hoc")
    for suffix in ("asc", "h5"):
        (tmp_path / f"bad.{suffix}").write_text("(((")
        with pytest.raises(MorphologyError, match="cannot use this morphology"):
            load(tmp_path / f"bad.{suffix}")


def test_somas_of_one_three_and_many_samples(tmp_path):
    path = tmp_path / "cell.swc"
    path.write_text(SWC)
    one = load(path)
    assert one.soma.L == one.soma.diam == 20.0 and one.dendrites[0].parentseg() == one.soma(0.5) and one.dendrites[0].L == 40.0
    path.write_text("1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n4 3 5 0 0 1 1\n5 3 50 0 0 1 4\n")
    assert load(path).soma.L == load(path).soma.diam == 10.0
    path.write_text("1 1 0 0 0 4 -1\n2 1 6 0 0 5 1\n3 1 12 0 0 5 2\n4 1 18 0 0 4 3\n5 3 0 4 0 1 1\n6 3 0 50 0 1 5\n"
                    "7 2 18 4 0 1 4\n8 2 18 50 0 1 7\n9 4 6 5 0 1 2\n10 4 6 50 0 1 9\n")
    many = load(path)
    assert many.soma.L == 18.0 and [s.parent_x for s in (*many.axons, *many.dendrites, *many.apicals)] == [1.0, 0.0, 0.5]


def of(tmp_path, text, suffix="swc"):
    path = tmp_path / f"cell.{suffix}"
    path.write_text(text)
    return load(path)


def places(morphology):
    return {s.name: repr(s.parentseg()) for s in morphology.all}


def test_neurites_begin_at_the_sample_of_the_soma_they_hang_on(tmp_path):
    """With their own first diameter; from an inner sample there is no cable."""
    read = of(tmp_path, "1 1 0 0 0 4 -1\n2 1 6 0 0 5 1\n3 1 12 0 0 4 2\n4 3 0 9 0 1 1\n5 3 0 50 0 2 4\n"
                        "6 2 12 9 0 1 3\n7 2 12 50 0 2 6\n8 4 6 9 0 1 2\n9 4 6 50 0 2 8\n")
    assert read.dendrites[0].points.tolist() == [[0, 0, 0, 2], [0, 9, 0, 2], [0, 50, 0, 4]]
    assert read.axons[0].points.tolist() == [[12, 0, 0, 2], [12, 9, 0, 2], [12, 50, 0, 4]]
    assert read.apicals[0].points.tolist() == [[6, 9, 0, 2], [6, 50, 0, 4]]


def test_a_soma_of_two_samples_has_two_ends(tmp_path):
    read = of(tmp_path, "1 1 0 0 0 4 -1\n2 1 6 0 0 5 1\n3 3 0 9 0 1 1\n4 3 0 50 0 2 3\n5 3 6 9 0 1 2\n6 3 6 50 0 2 5\n")
    assert places(read) == {"soma[0]": "None", "dend[0]": "soma[0](0)", "dend[1]": "soma[0](1)"} and read.soma.L == 6.0


def test_a_neurite_of_one_sample_is_a_section(tmp_path):
    read = of(tmp_path, "1 1 0 0 0 4 -1\n2 3 30 0 0 1 1\n")
    assert read.dendrites[0].points.tolist() == [[0, 0, 0, 2], [30, 0, 0, 2]]


def test_a_neurite_without_a_parent_hangs_in_the_middle_of_the_soma(tmp_path):
    read = of(tmp_path, "1 1 0 0 0 4 -1\n2 1 9 0 0 4 1\n3 3 0 9 0 1 -1\n4 3 0 50 0 2 3\n")
    assert places(read)["dend[0]"] == "soma[0](0.5)" and read.dendrites[0].L == 41.0


SHUFFLED = {1: (1, 0, 0, -1), 2: (3, 10, 0, 1), 3: (3, 40, 0, 2), 4: (3, 40, 30, 3), 5: (3, 70, 0, 3)}


@pytest.mark.parametrize("order", [(1, 2, 3, 4, 5), (1, 2, 3, 5, 4), (5, 4, 3, 2, 1), (3, 1, 5, 2, 4)])
def test_the_order_of_samples_does_not_change_the_tree(order, tmp_path):
    """Neither that of the lines nor that of the numbers, parents behind their children too."""
    renumbered = {old: new for new, old in enumerate(order, 1)} | {-1: -1}
    rows = [f"{renumbered[i]} {kind} {x} {y} 0 2 {renumbered[p]}" for i, (kind, x, y, p) in SHUFFLED.items()]
    read = of(tmp_path, "\n".join(sorted(rows)))
    assert sorted(s.L for s in read.dendrites) == [30.0, 30.0, 30.0] and len(read.all) == 4
    assert [len(s.children) for s in read.dendrites] == [2, 0, 0]


def test_types_beyond_four_are_sections_of_no_kind(tmp_path):
    read = of(tmp_path, "1 1 0 0 0 4 -1\n2 5 9 0 0 1 1\n3 5 30 0 0 1 2\n4 7 0 9 0 1 1\n5 7 0 30 0 1 4\n")
    assert [s.name for s in read.others] == ["dend_5[0]", "dend_7[0]"] and set(read.all) >= set(read.others)


def test_sections_without_length_are_told_and_left_out(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        read = of(tmp_path, "1 1 0 0 0 4 -1\n2 3 9 0 0 1 1\n3 3 30 0 0 1 2\n4 3 30 9 0 1 3\n5 3 30 0 0 1 3\n6 3 60 0 0 1 5\n7 3 60 9 0 1 5\n")
    assert len(read.dendrites) == 4 and [len(s.children) for s in read.dendrites] == [3, 0, 0, 0]
    assert "a section without length at (30, 0, 0) um is left out" in caplog.text


CONTOUR = '("CellBody"\n (CellBody)\n (6 0 {z} 0.1)\n (1 4 {z} 0.1)\n (-6 1 {z} 0.1)\n (-1 -5 {z} 0.1) ; a note (\n)\n'
DENDRITE = "((Color Blue)\n (Dendrite)\n (9 0 0 1)\n (40 0 0 1)\n)\n"


def test_stacked_contours_are_a_soma_of_circles(tmp_path):
    read = of(tmp_path, CONTOUR.format(z=0) + CONTOUR.format(z=3) + DENDRITE + CONTOUR.format(z=5), "asc")
    assert read.soma.points.shape == (3, 4) and read.soma.L == 5.0 and read.soma.points[:, 2].tolist() == [0, 3, 5]
    assert np.ptp(read.soma.points[:, 3]) == 0.0 and places(read)["dend[0]"] == "soma[0](0.5)"


@pytest.mark.parametrize(("text", "message"), [
    ("((Dendrite)\n (9 0 0 1)\n (40 0 0 1)\n", "cannot use this morphology: line"),
    (CONTOUR.format(z=0) + CONTOUR.format(z=3).replace("6 0", "600 0").replace("(1 ", "(600 ").replace("-6", "590").replace("-1", "591"),
     "two contours lie side by side"),
    ('("CellBody"\n (CellBody)\n (0 0 0 1)\n (5 5 0 1)\n (9 9 0 1)\n)\n' + DENDRITE, "must enclose an area, this one is a line"),
    (DENDRITE + DENDRITE.replace("9", "12"), "a cell is one tree: without a soma, 2 neurites have no parent"),
    ("", "neither a soma nor a neurite|cannot use")])
def test_bad_asc_files_are_refused_with_their_path(tmp_path, text, message):
    with pytest.raises(MorphologyError, match=message) as caught:
        of(tmp_path, text, "asc")
    assert str(tmp_path / "cell.asc") in str(caught.value) and "\x1b" not in str(caught.value)


@pytest.mark.parametrize(("suffix", "text"), [("asc", CONTOUR.format(z=0) + DENDRITE), ("swc", "1 3 0 0 0 1 -1\n2 3 50 0 0 2 1\n3 3 60 9 0 1 2\n4 3 60 -9 0 1 2\n")])
def test_an_h5_file_is_the_same_cell(tmp_path, suffix, text):
    """Written by MorphIO, which keeps single precision."""
    before = of(tmp_path, text, suffix)
    morphio.mut.Morphology(str(tmp_path / f"cell.{suffix}")).write(str(tmp_path / "cell.h5"))
    after = load(tmp_path / "cell.h5")
    assert places(after) == places(before)
    for one, other in zip(before.all, after.all, strict=True):
        np.testing.assert_allclose(other.points, one.points, rtol=0, atol=2e-6)
        np.testing.assert_allclose([g.area() for g in other], [g.area() for g in one], rtol=1e-6)
