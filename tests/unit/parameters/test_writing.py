"""Everything survives text, YAML, JSON, TOML, pickle and copies, with all digits."""

import copy
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from simcore.errors import InvalidParameterValueError
from simcore.parameters import Parameter, ParameterRange, ParameterReference, ParameterSet, ParameterTable
from simcore.parameters.text import Namespace, quick, read
from tests.unit.parameters.strategies import sets

ROUND = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture,
                                                                         HealthCheck.too_slow])


def kinds(tree):
    return [(path, type(leaf)) for path, leaf in tree.flat()]


@ROUND
@given(sets)
def test_pretty_text_gives_the_set_again(tree):
    for again in (ParameterSet(tree.pretty()), ParameterSet(tree.pretty(indent="\t", expand_urls=True))):
        assert again == tree and kinds(again) == kinds(tree) and list(again.flatten()) == list(tree.flatten())
        assert again.pretty() == tree.pretty()


@pytest.mark.parametrize("form", ["yaml", "json", "toml", "param"])
@ROUND
@given(tree=sets)
def test_files_of_every_form_give_the_set_again(tmp_path, form, tree):
    path = tmp_path / f"a.{form}"
    tree.save(path)
    again = ParameterSet(path)
    assert again == tree and kinds(again) == kinds(tree) and list(again.flatten()) == list(tree.flatten())
    assert again.digest() == tree.digest()


@ROUND
@given(sets)
def test_pickle_and_copies_give_the_set_again(tree):
    tree.label = "a label"
    for again in (pickle.loads(pickle.dumps(tree)), copy.deepcopy(tree), copy.copy(tree), tree.tree_copy()):
        assert again == tree and again is not tree and again.label == "a label" and again.digest() == tree.digest()
    assert pickle.loads(pickle.dumps(tree.tree_copy())).as_dict().keys() == tree.keys()


@ROUND
@given(sets)
def test_the_digest_does_not_depend_on_the_order_of_names(tree):
    def backwards(v):
        return {k: backwards(i) for k, i in reversed(v.items())} if isinstance(v, dict) else v

    assert ParameterSet(backwards(tree)).digest() == tree.digest() and len(tree.digest()) == 64


def test_the_digest_depends_on_the_content():
    digests = {ParameterSet({"a": v}).digest() for v in (1, 1.0, "1", True, None, [1], (1,), {1}, Parameter(1), float("nan"),
                                                         ParameterRange([1]), ParameterReference("b"), np.array([1]))}
    assert len(digests) == 13
    assert ParameterSet({"a": 0.0}).digest() == ParameterSet({"a": -0.0}).digest()
    assert ParameterSet({"a": np.float64(1.5)}).digest() == ParameterSet({"a": 1.5}).digest()


def test_the_digest_is_equal_in_every_process():
    code = "from simcore.parameters import *; print(ParameterSet({'a': {'x', 'y', 'z'}, 'b': {'c': 0.1}}).digest())"
    outs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONHASHSEED": str(i)}).stdout for i in range(3)}
    assert len(outs) == 1


def test_saved_yaml_and_json_are_read_alike_by_plain_readers(tmp_path):
    tree = ParameterSet({"a": {"b": 1.5e-7, "on": "yes", "c": [1, "x: y"]}, "n": None, "t": True})
    tree.save(tmp_path / "a.yaml")
    tree.save(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == tree.as_dict()
    found = yaml.safe_load((tmp_path / "a.yaml").read_text())
    assert found["a"]["on"] == "yes" and found["a"]["c"] == [1, "x: y"] and found["n"] is None


def test_sets_from_files_are_shown_as_their_address_until_they_are_changed(tmp_path):
    (tmp_path / "cell.param").write_text("{'tau_m': 10.0, 'syn': {'tau': 1.5}}")
    url = str(tmp_path / "cell.param")
    cell = ParameterSet(url)
    network = ParameterSet({"exc": cell, "inh": {"tau_m": 15.0}})
    assert f'"exc": url("{url}"),' in network.pretty() and ParameterSet(network.pretty()) == network
    assert "1.5" in network.pretty(expand_urls=True)
    cell.syn.tau = 2.5
    assert "url(" not in network.pretty() and ParameterSet(network.pretty()) == network
    cell.save()
    assert "url(" in network.pretty() and ParameterSet(url).syn.tau == 2.5


def test_relative_addresses_follow_the_saved_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cells").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "cells" / "a.yaml").write_text("tau_m: 10.0\n")
    network = ParameterSet({"exc": ParameterSet("cells/a.yaml")})
    for name in ("out/n.param", "out/n.yaml", "out/n.json", "out/n.toml"):
        network.save(name)
        assert "url" in (tmp_path / name).read_text() and ParameterSet(name) == network
    (tmp_path / "cells" / "b.yaml").write_text("inner: url('a.yaml')\n")
    again = ParameterSet("cells/b.yaml")
    assert again.inner.tau_m == 10.0


def test_saving_is_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.param"
    ParameterSet({"a": 1}).save(path)
    with pytest.raises(TypeError, match="cannot be written"):
        ParameterSet({"a": object()}).save(path)
    assert ParameterSet(path) == {"a": 1} and os.listdir(tmp_path) == ["a.param"]
    plain = tmp_path / "plain"
    plain.write_text("")
    assert path.stat().st_mode == plain.stat().st_mode
    plain.unlink()
    with pytest.raises(InvalidParameterValueError, match="cannot be written"):
        ParameterSet({"a": 1}).save(tmp_path / "none" / "a.param")


def test_saving_to_other_protocols_is_refused():
    for url in ("https://example.org/a.param", "ftp://example.org/a.param"):
        with pytest.raises(Exception, match=rf"Saving using the {url.partition(':')[0]} protocol is not implemented"):
            ParameterSet({"a": 1}).save(url)
    with pytest.raises(InvalidParameterValueError, match="where to"):
        ParameterSet({"a": 1}).save()


def test_saving_to_a_file_url(tmp_path):
    made = ParameterSet({"a": 1})
    made.save(f"file://{tmp_path}/a.param")
    assert ParameterSet(f"file://{tmp_path}/a.param") == made
    made.a = 2
    made.save()
    assert ParameterSet(str(tmp_path / "a.param")).a == 2


def test_differences_are_pairs_of_nested_dicts():
    a = ParameterSet({"x": 1, "y": {"z": 2, "w": [1, 2]}, "only": 3, "same": {"q": 1}})
    b = ParameterSet({"x": 1, "y": {"z": 5, "w": [1, 2]}, "same": {"q": 1}, "other": {"r": 1}})
    assert a - b == ({"only": 3, "y": {"z": 2}}, {"other": {"r": 1}, "y": {"z": 5}})
    assert a - a == ({}, {}) and ParameterSet({"a": {"b": 1}}) - ParameterSet({"a": 1}) == ({"a": {"b": 1}}, {"a": 1})


def test_differences_as_a_table_compare_quantities():
    a = ParameterSet({"tau": Parameter(1, "s"), "x": {"y": 1}, "n": np.array([1.0, 2.0])})
    b = ParameterSet({"tau": Parameter(1000, "ms"), "x": {"y": 2}, "n": np.array([1.0, 2.0]), "z": 0})
    assert [tuple(d) for d in a.diff(b)] == [("x.y", 1, 2), ("z", "<MISSING>", 0)]
    assert [str(d) for d in a.diff(b)] == ["x.y: 1 -> 2", "z: <MISSING> -> 0"]
    assert json.loads(json.dumps([d.to_dict() for d in a.diff(b)]))[0] == {"path": "x.y", "left": 1, "right": 2}


EXPORTED = ParameterSet({"cell_1": {"tau": Parameter(1 / 3, "ms"), "g": ParameterRange([1, 2], "nS")}, "text": "50% & <b> |_^~",
                         "table": ParameterTable("# c_1 c2\nr1 1 2\nr2 3 4"), "f": ParameterReference("cell_1.tau") * 2})


@pytest.mark.parametrize(("form", "expected"), [
    ("latex", [r"cell\_1", r"50\% \& \textless{}b\textgreater{} |\_\textasciicircum{}\textasciitilde{}", "0.333 & ms",
               r"\hspace*{0.5cm}tau", "1, 2 & nS", r"c\_1 & c2", "r1 & 1 & 2"]),
    ("markdown", ["| *cell\\_1* |", "50% & \\<b\\> \\|\\_^~", "0.333 | ms", "| r1 | 1 | 2 |"]),
    ("html", ["50% &amp; &lt;b&gt; |_^~", "<td>0.333</td><td>ms</td>", '<th scope="row">r1</th><td>1</td>'])])
def test_export_writes_tables_with_units(tmp_path, form, expected):
    EXPORTED.export(tmp_path / "out", format=form, digits=3, caption="My cells", label="tab:x")
    text = (tmp_path / "out").read_text()
    assert all(part in text for part in [*expected, "My cells"]), text
    EXPORTED.table.export(tmp_path / "table", format=form)
    assert "r2" in (tmp_path / "table").read_text()


def test_export_in_an_unknown_format_is_an_error(tmp_path):
    with pytest.raises(InvalidParameterValueError, match="no export to 'latx'; did you mean 'latex'"):
        EXPORTED.export(tmp_path / "out", format="latx")


JSON_LIKE = ['{"a": 1, "b": {"c": 2.5, "d": "x",},}', '{"a": ",}", "b": "{,}", }', '{"a": [1, 2, ], "b": ",]",}', '{"a": ", ]}", "b": [",}",],}',
             '{}', '{ }', '{"a": "}", "b": {},\n}', '{"a": -0.0, "b": 1e5, "c": true, "d": false, "e": null}', '{"a": "é\u2028"}',
             '{"a": 100000000000000000000000, "b": -1}', '{"a": {"b": {"c": {}}}}']


@pytest.mark.parametrize("text", JSON_LIKE)
def test_text_that_is_nearly_json_is_read_the_same_way_by_both_readers(text):
    assert read(text) == ParameterSet(text).as_dict() and quick(text) == (None if "{," in text else read(text))


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '{"a": NaN}', '{"a": Infinity}', '{"a": 1e999}', '{"a": "\\/"}', "{'a': 1}", '{"a": 01}',
                                  '{"a": 1,, }', '{,}', '{"a": [,]}', '{"a": "b" "c"}', '[1]', '{"a": 1} # c', '{"a": {"b": 1e999}}'])
def test_what_json_reads_otherwise_is_left_to_the_careful_reader(text):
    assert quick(text) is None


@ROUND
@given(sets)
def test_both_readers_agree(tree):
    text = tree.pretty()
    found = quick(text)
    assert found is None or ParameterSet(found) == ParameterSet(read(text, NAMESPACE))


NAMESPACE = Namespace().extended({"ParameterTable": ParameterTable})
