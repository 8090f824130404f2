"""ParameterSet: dots, dotted names, copies, and the ways to make one."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings

from simcore.errors import InvalidParameterValueError, NonExistentParameterError
from simcore.parameters import (
    NormalDist,
    Parameter,
    ParameterRange,
    ParameterReference,
    ParameterSet,
    ParameterSpace,
    ParameterTable,
    contains_instance,
    nesteddictflatten,
    nesteddictwalk,
)
from tests.unit.parameters.strategies import sets

NESTED = {"sim": {"dt": 0.1, "deep": {"x": 1}}, "n": 3}


def test_dots_and_dotted_names_reach_all_levels():
    P = ParameterSet(NESTED, label="l")
    assert P.sim.deep.x == P["sim.deep.x"] == P["sim"]["deep"]["x"] == P.get("sim.deep.x") == 1 and P.label == "l"
    P.sim.deep.x = 2
    P["sim.dt"] = 0.2
    P.new = {"a": 1}
    P["sim.deep.y"] = 5
    assert P.flatten() == {"sim.dt": 0.2, "sim.deep.x": 2, "sim.deep.y": 5, "n": 3, "new.a": 1} and P.new.a == 1
    assert "sim" in P and "sim.dt" not in P and "sim.dt" in P.flatten()
    del P["sim.deep"], P.n
    assert P == {"sim": {"dt": 0.2}, "new": {"a": 1}} and "sim" in dir(P)
    assert (P.pop("new.a"), P.pop("new.a", 7), P.get("new.a"), P.setdefault("new.b", 3)) == (1, 7, None, 3)


def test_the_mapping_that_it_is_made_of_is_not_changed():
    content = {"a": {"b": 1}, "c.d": 2}
    P = ParameterSet(content)
    P.a.b = 5
    assert content == {"a": {"b": 1}, "c.d": 2} and P.c.d == 2


def test_sets_within_are_kept_and_labels_too():
    inner = ParameterSet({"x": 1}, label="inner")
    P = ParameterSet({"a": inner})
    assert P.a is inner and ParameterSet(inner).label == "inner" and ParameterSet(inner, label="new").label == "new"
    assert ParameterSet(inner) == inner and ParameterSet(inner) is not inner


def test_missing_names_are_errors_with_the_nearest():
    P = ParameterSet(NESTED)
    with pytest.raises(AttributeError, match="no parameter 'simm'; did you mean 'sim'"):
        P.simm  # noqa: B018
    for name, hint in (("sim.dtt", "'sim.dt'"), ("sin.dt", "'sim'"), ("n.x", "n is a single value"), (3, "must be text")):
        with pytest.raises(KeyError) as caught:
            P[name]
        assert isinstance(caught.value, NonExistentParameterError) and hint in str(caught.value)
    for name in ("none.x", "n.x"):
        with pytest.raises(KeyError):
            P[name] = 3
    with pytest.raises(KeyError):
        del P["sim.none"]
    with pytest.raises(AttributeError):
        del P.none
    assert not hasattr(P, "none") and getattr(P, "none", 3) == 3 and getattr(P, "sim.dt") == 0.1


@pytest.mark.parametrize("content", [{"parameters": 1}, {"a": {"names": 1}}, {"a": {"b": {"parameters": {}}}}, {"a.names": 1}, {"": 1},
                                     {"a": {"": 1}}])
def test_forbidden_names_are_errors_at_any_level(content):
    with pytest.raises(Exception, match=r"not allowed as a parameter name|cannot be empty"):
        ParameterSet(content)
    with pytest.raises(InvalidParameterValueError):
        ParameterSet({}).update(content)


def test_names_must_be_text():
    with pytest.raises(TypeError, match="must be text"):
        ParameterSet({1: 2})
    with pytest.raises(TypeError):
        ParameterSet({"a": {None: 2}})
    with pytest.raises(Exception, match="not allowed"):
        ParameterSet.check_validity("names")


@pytest.mark.parametrize("initialiser", [3, None, [1, 2], [("a", 1)], "[1, 2]", "3"])
def test_other_initialisers_are_type_errors(initialiser):
    with pytest.raises(TypeError, match="made of a mapping"):
        ParameterSet(initialiser)


@pytest.mark.parametrize("text", ["{'a': }", "{'a': import os}", "{'a': b}", "{'a': open('x')}", "{'a': 1, 'a': 2}"])
def test_text_that_cannot_be_read_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        ParameterSet(text)
    with pytest.raises(ValueError):
        ParameterSet.read_from_str(text)


def test_aliases_and_walks():
    P = ParameterSet(NESTED)
    assert list(P.names()) == list(P.keys()) and list(P.parameters()) == list(P.items())
    assert list(P.flat()) == list(nesteddictwalk(NESTED)) and dict(nesteddictwalk(NESTED, separator="/")) == {
        "sim/dt": 0.1, "sim/deep/x": 1, "n": 3} == nesteddictflatten(P, "/")
    assert contains_instance([1, "a"], str) and not contains_instance([], str)


def test_flat_add_makes_what_is_missing():
    P = ParameterSet({})
    P.flat_add("a.b.c", 1)
    P.flat_add("a.d", {"e": 2})
    assert P == {"a": {"b": {"c": 1}, "d": {"e": 2}}} and isinstance(P.a.d, ParameterSet)
    with pytest.raises(KeyError, match=r"a\.b\.c is a single value"):
        P.flat_add("a.b.c.d", 1)


@settings(max_examples=60, deadline=None)
@given(sets)
def test_a_set_can_be_made_of_its_flat_form(tree):
    flat = tree.flatten()
    again = ParameterSet(flat)
    assert again.flatten() == flat or any("." in k for k in flat)
    made = ParameterSet({})
    for name, leaf in flat.items():
        made.flat_add(name, leaf)
    assert made == again


def test_as_dict_copies_structure_and_shares_leaves():
    leaf = [1]
    P = ParameterSet({"a": {"b": leaf}})
    d = P.as_dict()
    assert type(d) is dict and type(d["a"]) is dict and d["a"]["b"] is leaf
    d["a"]["c"] = 1
    assert "c" not in P.a


def test_tree_copy_copies_sets_and_shares_leaves():
    leaf = [1]
    P = ParameterSet({"a": {"b": leaf}, "r": ParameterReference("a.b")}, label="l")
    Q = P.tree_copy()
    assert Q == P and Q.a is not P.a and Q.a.b is leaf and type(Q) is ParameterSet and Q.label == "l"
    P.a.c = ParameterRange([1])
    assert type(P.tree_copy()) is ParameterSpace and type(P.tree_copy().a) is ParameterSpace
    assert type(ParameterSet({"a": [NormalDist()]}).tree_copy()) is ParameterSpace


def test_update_is_that_of_a_dict_with_dotted_names():
    P = ParameterSet(NESTED)
    P.update({"n": 4, "sim.dt": 1.0}, m=5)
    P.update([("k", 6)])
    P.update(ParameterSet({"j": {"i": 7}}))
    P |= {"h": 8}
    assert (P.n, P.sim.dt, P.m, P.k, P.j.i, P.h) == (4, 1.0, 5, 6, 7, 8)
    assert (P | {"n": 0}).n == 0 and P.n == 4
    P.replace_values(**{"sim.dt": 2.0, "other": 1})
    assert P.sim.dt == 2.0 and P.other == 1
    with pytest.raises(KeyError, match=r"did you mean 'sim\.dt'"):
        P.replace_values(True, **{"sim.dtt": 2.0})
    with pytest.raises(KeyError):
        P.replace_values(**{"none.dt": 2.0})


def test_equality_is_by_content_also_with_arrays_and_nan():
    import numpy as np

    a, b = (ParameterSet({"x": np.array([1.0, np.nan]), "y": float("nan"), "z": {"q": [np.array([1])]}}) for _ in range(2))
    assert a == b and (a != b) is False and a != ParameterSet({**b, "y": 1}) and a != 3 and a - b == ({}, {})
    assert ParameterSet({"x": np.array([1, 2])}) != ParameterSet({"x": np.array([1, 2, 3])})


# --- files ------------------------------------------------------------------------------------------------------------

FORMS = {
    "a.param": "{'sim': {'dt': 0.1}, 'tau': ParameterRange([1, 2], 'ms'), 'r': ref('sim.dt') * 2, 'on': true}",
    "a.yaml": "sim: {dt: 0.1}\ntau: ParameterRange([1, 2], 'ms')\nr: ref('sim.dt') * 2\non: true\n",
    "a.yml": "sim:\n  dt: 1e-1\ntau: range([1, 2], 'ms')\nr: ref('sim.dt') * 2\non: true\n",
    "a.json": '{"sim": {"dt": 0.1}, "tau": "range([1, 2], \'ms\')", "r": "ref(\'sim.dt\') * 2", "on": true}',
    "a.toml": "tau = \"range([1, 2], 'ms')\"\nr = \"ref('sim.dt') * 2\"\non = true\nsim.dt = 0.1\n",
}
CONTENT = {"sim": {"dt": 0.1}, "tau": ParameterRange([1, 2], "ms"), "r": ParameterReference("sim.dt") * 2, "on": True}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_file_says_the_same(tmp_path, name):
    path = tmp_path / name
    path.write_text(FORMS[name])
    for source in (str(path), path, f"file://{path}", f"file://localhost{path}"):
        assert ParameterSet(source) == CONTENT
    assert ParameterSet(str(path))._url == str(path)
    assert ParameterSet(FORMS["a.param"]) == CONTENT and ParameterSet(FORMS["a.param"])._url is None


def test_a_file_that_is_not_there_is_an_error():
    for name in ("none.yaml", "file:///none.param", Path("none")):
        with pytest.raises(InvalidParameterValueError, match="No such file"):
            ParameterSet(name)
    with pytest.raises(SyntaxError, match="no file 'none' either"):
        ParameterSet("none")
    for url in ("file://elsewhere/a.param", "ftp://x/a.yaml"):
        with pytest.raises(InvalidParameterValueError):
            ParameterSet(url)


@pytest.fixture
def server(tmp_path):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.rpartition("/")[2]
            body = {"b.yaml": "inner: url('a.yaml')\n"}.get(name, FORMS.get(name, "")).encode()
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join()


def test_network_addresses_are_opened_only_when_asked_for(server, tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "c.yaml").write_text(f"inner: url('{server}/a.json')\n")
    for source in (f"{server}/a.param", f"{{'a': url('{server}/a.param')}}", str(tmp_path / "c.yaml")):
        with pytest.raises(InvalidParameterValueError, match="only opened when asked for"):
            ParameterSet(source)
    for name in FORMS:
        assert ParameterSet(f"{server}/{name}", http=True) == CONTENT
    assert ParameterSet(f"{server}/b.yaml", http=True).inner == CONTENT == ParameterSet(tmp_path / "c.yaml", http=True).inner
    with pytest.raises(InvalidParameterValueError, match="404"):
        ParameterSet(f"{server}/none.yaml", http=True)


def test_files_within_files_are_relative_to_them(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.param").write_text("{'x': url('sub/b.yaml'), 'y': ref('x.z.t')}")
    (tmp_path / "sub" / "b.yaml").write_text("z: url('c.json')\nw: [1, url('c.json')]\n")
    (tmp_path / "sub" / "c.json").write_text('{"t": 3}')
    P = ParameterSet(str(tmp_path / "a.param"))
    assert {"x": {"z": {"t": 3}, "w": [1, {"t": 3}]}, "y": ParameterReference("x.z.t")} == P and P.x._url.endswith("sub/b.yaml")
    (tmp_path / "sub" / "c.json").write_text('{"t": "url(\'../a.param\')"}')
    with pytest.raises(InvalidParameterValueError, match="circle"):
        ParameterSet(str(tmp_path / "a.param"))


def test_names_of_ones_own_can_be_used_in_text():
    P = ParameterSet("{'a': twice(3), 'b': K, 'c': ParameterTable({'r': {'c': 1}}), 'd': ParameterSet({'e': Parameter(1, 'mV')})}",
                     update_namespace={"twice": lambda v: 2 * v, "K": 7})
    assert {"a": 6, "b": 7, "c": {"r": {"c": 1}}, "d": {"e": Parameter(1, "mV")}} == P and isinstance(P.c, ParameterTable)
