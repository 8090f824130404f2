"""Experiment files: every entry checked, every point made, before anything runs."""

import itertools
import json
import pickle
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.errors import (
    ExperimentError,
    InvalidParameterValueError,
    NonExistentParameterError,
    SimcoreError,
    UnitError,
)
from simcore.parameters.canonical import canonical, digest
from simcore.parameters.entries import ENTRIES
from simcore.parameters.experiments import Experiment, load_experiment, load_model
from simcore.parameters.points import Point

MODEL = "tests.unit.parameters.model_for_tests"


def experiment(parameters=None, overrides=None, **more):
    base = {"name": "x", "model": MODEL, "duration": "100 ms", "dt": "0.1 ms", "parameters": parameters or {}, **more}
    return load_experiment(base, overrides)


def column(made, name):
    return [p.explored[name] for p in made.points.values()]


def one(parameters=None, **more):
    (point,) = experiment(parameters, **more).points.values()
    return point


# --- points -----------------------------------------------------------------------------------------------------------

def test_the_grid_has_its_first_axis_slowest_and_trial_fastest():
    made = experiment({"eta": "range([1, 2])", "g": "linspace(3, 5, 3)"}, trials=2)
    expected = list(itertools.product([1.0, 2.0], [3.0, 4.0, 5.0], [0, 1]))
    assert list(zip(column(made, "eta"), column(made, "g"), column(made, "trial"), strict=True)) == expected
    assert [(a.name, a.units, a.values) for a in made.axes] == [
        ("eta", "", (1.0, 2.0)), ("g", "", (3.0, 4.0, 5.0)), ("trial", "", (0, 1))]


def test_parameters_are_completed_with_the_defaults_of_the_model():
    point = one({"cell": {"tau_m": "0.01 s"}})
    assert point.parameters["cell"] == {"tau_m": 10.0, "v_rest": -70.0, "inner": {"depth": 1.0}}
    assert point.parameters["g"] == 5.0 and point.parameters["weights"] == [1.0, 2.0]
    assert (point.duration, point.dt, point.seed, point.trial) == (100.0, 0.1, 1, 0)
    assert point.record == {"spikes": True, "traces": []}


def test_the_same_number_in_another_unit_is_the_same_point():
    a = one({"delay": "0.0015 s", "cell.tau_m": 20}, duration="0.1 s")
    b = one({"delay": 1.5, "cell": {"tau_m": "20 ms"}}, duration=100)
    assert a.run_id == b.run_id and a == b and hash(a) == hash(b)
    assert one({"delay": 1.6}).run_id != a.run_id
    assert one({"eta": -0.0}).run_id == one({"eta": 0}).run_id


def test_the_digest_is_that_of_the_canonical_content():
    for point in experiment({"g": "range([1, 2.5e-7])", "cell.tau_m": "ref('delay') * 2", "eta": "NormalDist(2, 1)",
                             "rule": "range(['all', 'none'])", "weights": "range([[1, 2], [3]])"}, trials=2,
                            seed="range([1, 2])").points.values():
        assert point.digest == digest(point.to_dict()) == Point.from_dict(point.to_dict()).digest
        assert point.run_id == point.digest[:12] and len(point.digest) == 64


def test_text_that_looks_like_a_gap_of_the_digest_does_not_confuse_it():
    made = experiment({"g": "range([1, 2])", "extra": {"a": "\0000\000", "b": "\0001\000"}})
    assert all(p.digest == digest(p.to_dict()) for p in made.points.values())


def test_inserting_a_value_adds_points_and_keeps_the_others():
    few, many = (experiment({"g": f"range({values})", "eta": "NormalDist(2, 0.1)"}, trials=3).points
                 for values in ([3, 5], [3, 4, 5]))
    assert set(few) < set(many) and len(many) - len(few) == 3
    assert set(few) < set(experiment({"g": "range([3, 5])", "eta": "NormalDist(2, 0.1)"}, trials=4).points)


def test_points_survive_json_and_pickle_and_do_not_change():
    made = experiment({"g": "range([1, 2])", "cell.tau_m": "range([10, 20], 'ms')"}, trials=2, tests=[{"test": "a.b"}])
    back = Experiment.from_dict(json.loads(json.dumps(made.to_dict())))
    assert back == made and [p.explored for p in back.points.values()] == [p.explored for p in made.points.values()]
    point = next(iter(made.points.values()))
    assert pickle.loads(pickle.dumps(point)) == point
    with pytest.raises(TypeError, match="do not change"):
        point.parameters["cell"]["tau_m"] = 1.0
    assert dict(point.parameters["cell"], tau_m=1.0)["tau_m"] == 1.0
    point.to_dict()["parameters"]["cell"]["tau_m"] = 5.0
    assert point.parameters["cell"]["tau_m"] == 10.0


def test_digests_are_the_same_in_every_process():
    code = (f"from simcore.parameters.experiments import load_experiment as l; print([*l({{'name': 'x', 'model': {MODEL!r},"
            "'duration': 100, 'parameters': {'g': 'range({3, 1, 2})', 'eta': 'GammaDist(mean=2, std=1)'}}).points])")
    outs = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={"PYTHONHASHSEED": str(i), "PATH": ""}).stdout for i in range(2)}
    assert len(outs) == 1 and len(outs.pop()) > 40


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0, 1e6), min_size=1, max_size=4, unique=True), min_size=3, max_size=3))
def test_grid_points_are_all_combinations_in_order(values):
    names = ["g", "eta", "delay"]
    made = experiment({n: f"range({v})" for n, v in zip(names, values, strict=True)})
    found = [tuple(p.explored[n] for n in names) for p in made.points.values()]
    assert found == [tuple(x + 0.0 for x in c) for c in itertools.product(*values)]


def test_ten_thousand_points_take_well_under_a_second():
    started = time.process_time()
    made = experiment({"g": "linspace(0, 1, 100)", "cell.tau_m": "linspace(1, 2, 100)"}, design={"filter": "g >= 0"})
    assert len(made.points) == 10_000 and time.process_time() - started < 1.0


def test_importing_is_cheap():
    code = ("import sys, simcore.parameters.experiments; print([m for m in ('numpy', 'pint', 'scipy', 'numba', 'pandas', "
            "'xarray', 'yaml') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


# --- references and distributions -------------------------------------------------------------------------------------

def test_references_follow_what_is_explored():
    made = experiment({"cell.tau_m": "range([10, 20])", "delay": "ref('cell.tau_m') / 10 + '0.5 ms'",
                       "eta": "2 * ref('delay') * ref('rate')", "rate": 50})
    assert [p.parameters["delay"] for p in made.points.values()] == [1.5, 2.5]
    assert [p.parameters["eta"] for p in made.points.values()] == pytest.approx([0.15, 0.25])
    assert [a.name for a in made.axes] == ["cell.tau_m", "trial"]


def test_units_are_checked_through_references():
    with pytest.raises(UnitError, match=r"delay.*ms.*parameters\.delay"):
        one({"delay": "ref('cell.v_rest') * 2"})
    with pytest.raises(UnitError, match=r"cell\.tau_m|add"):
        one({"delay": "ref('cell.tau_m') + ref('cell.v_rest')"})
    assert one({"rate": "1 / ref('cell.tau_m')"}).parameters["rate"] == 50.0
    with pytest.raises(InvalidParameterValueError, match=r"delay must be >= 0 ms, got -20"):
        one({"delay": "-ref('cell.tau_m')"})


def test_a_distribution_is_drawn_once_for_each_trial():
    made = experiment({"g": "range([1, 2])", "eta": "NormalDist(mean=2, std=0.5)"}, trials=3)
    eta = column(made, "eta")
    assert eta[:3] == eta[3:] and len(set(eta)) == 3
    assert {a.name: a.values for a in made.axes}["eta"] == tuple(eta[:3])
    other = experiment({"eta": "NormalDist(mean=2, std=0.5)"}, trials=3, seed=2)
    assert not set(column(other, "eta")) & set(eta)


def test_a_draw_outside_of_the_limits_names_its_trial():
    with pytest.raises(InvalidParameterValueError, match=r"delay must be >= 0.*trial 0 of UniformDist"):
        experiment({"delay": "UniformDist(-2, -1)"})


def test_a_distribution_has_units():
    values = column(experiment({"delay": "UniformDist(0.001, 0.002, units='s')"}, trials=5), "delay")
    assert all(1.0 <= v < 2.0 for v in values)


# --- designs ----------------------------------------------------------------------------------------------------------

def test_zipped_ranges_run_together():
    made = experiment({"g": "range([1, 2, 3])", "eta": "range([4, 5, 6])", "n": "range([1, 2])"},
                      design={"zip": [["g", "eta"]]})
    assert [(p.explored["g"], p.explored["eta"], p.explored["n"]) for p in made.points.values()] == [
        (1, 4, 1), (1, 4, 2), (2, 5, 1), (2, 5, 2), (3, 6, 1), (3, 6, 2)]


def test_a_filter_leaves_points_out():
    made = experiment({"g": "range([1, 2, 3])", "cell.tau_m": "range([10, 20])"},
                      design={"filter": "g > 1 and cell.tau_m * 2 != 20 or trial == 1"}, trials=2)
    assert all((g > 1 and tau != 10) or t == 1 for g, tau, t in zip(column(made, "g"), column(made, "cell.tau_m"),
                                                                  column(made, "trial"), strict=True))
    assert len(made.points) == 2 + 6


def test_cases_are_points_of_their_own():
    made = experiment({}, design={"cases": [{"g": 3, "eta": 2}, {"g": 4, "cell": {"tau_m": "0.03 s"}}]})
    assert [tuple(p.explored[n] for n in ("g", "eta", "cell.tau_m")) for p in made.points.values()] == [
        (3.0, 2.0, 20.0), (4.0, 2.0, 30.0)]


def test_cases_that_name_a_range_are_united_with_the_grid():
    design = {"cases": [{"g": 3, "eta": 2}, {"g": 1, "eta": 1}]}
    parameters = {"g": "range([1, 2])", "eta": "range([1, 2])"}
    made = experiment(parameters, design=design)
    assert [(p.explored["g"], p.explored["eta"]) for p in made.points.values()] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2)]
    assert {a.name: a.values for a in made.axes}["g"] == (1.0, 2.0, 3.0)
    assert len(experiment(parameters, design={**design, "grid": False}).points) == 2


def test_cases_that_name_no_range_run_at_each_of_its_values():
    made = experiment({"g": "range([1, 2])"}, design={"cases": [{"eta": 7}, {"eta": 8}]})
    assert [(p.explored["eta"], p.explored["g"]) for p in made.points.values()] == [(7, 1), (7, 2), (8, 1), (8, 2)]
    made = experiment({"g": "range([1, 2])"}, design={"cases": [{"eta": 7}, {"eta": 8}], "grid": True})
    assert len(made.points) == 6


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_samples_are_repeatable_and_fill_the_space(kind):
    def sample(seed, n=16):
        return experiment({}, design={kind: {"n": n, "seed": seed, "axes": {"g": [3, 8], "delay": ["1 ms", "0.004 s"],
                                                                            "rate": [1, 1000, "log"], "n": [1, 4]}}})

    a = sample(3)
    assert list(a.points) == list(sample(3).points) and not set(a.points) & set(sample(4).points)
    assert sorted(int(16 * (g - 3) / 5) for g in column(a, "g")) == list(range(16))
    assert sorted(int(16 * (d - 1) / 3) for d in column(a, "delay")) == list(range(16))
    assert sum(r < 10**1.5 for r in column(a, "rate")) == 8
    assert sorted(column(a, "n")) == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4
    if kind == "sobol":
        assert list(sample(3, 32).points)[:16] == list(a.points)


def test_samples_can_follow_a_distribution():
    made = experiment({}, design={"sobol": {"n": 64, "axes": {"eta": "NormalDist(2, 0.5)"}}})
    eta = column(made, "eta")
    assert sum(eta) / 64 == pytest.approx(2, abs=0.02) and sum(e < 2 for e in eta) == 32


def test_time_step_duration_and_seed_can_be_explored():
    made = experiment({}, dt="range([0.1, 0.05])", duration="range([100, 200], 'ms')", seed="range([1, 2])")
    assert [(p.seed, p.dt, p.duration) for p in made.points.values()] == list(
        itertools.product([1, 2], [0.1, 0.05], [100.0, 200.0]))
    assert [(a.name, a.units) for a in made.axes] == [("seed", ""), ("dt", "ms"), ("duration", "ms"), ("trial", "")]


# --- files and overrides ----------------------------------------------------------------------------------------------

FILE = """
name: x
model: own_model
duration: 100 ms
parameters:
  g: range([3, 4])
  cell: url("cells/a.yaml")
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cells").mkdir()
    (tmp_path / "x.yaml").write_text(FILE)
    (tmp_path / "cells" / "a.yaml").write_text("tau_m: 10 ms\ninner: url('b.json')\n")
    (tmp_path / "cells" / "b.json").write_text('{"depth": "range([1, 2])"}')
    (tmp_path / "own_model.py").write_text(f"from {MODEL} import *\n")
    yield tmp_path
    sys.modules.pop("own_model", None)
    sys.path[:] = [p for p in sys.path if p != str(tmp_path)]


def test_files_include_files_relative_to_themselves(folder):
    made = load_experiment(folder / "x.yaml")
    assert [a.name for a in made.axes] == ["g", "cell.inner.depth", "trial"]
    assert next(iter(made.points.values())).parameters["cell"]["tau_m"] == 10.0
    assert list(made.files) == [str(folder / f) for f in ("x.yaml", "cells/a.yaml", "cells/b.json")]
    assert made.source == str(folder / "x.yaml")
    assert made.config["parameters"]["cell"]["inner"]["depth"] == "ParameterRange([1, 2])"


def test_overrides_are_nested_or_dotted_and_reach_into_included_files(folder):
    def points(overrides):
        return load_experiment(folder / "x.yaml", overrides).points.values()

    assert {p.parameters["cell"]["tau_m"] for p in points({"parameters.cell.tau_m": "15 ms"})} == {15.0}
    assert {p.parameters["cell"]["tau_m"] for p in points({"parameters": {"cell": {"tau_m": 15}}})} == {15.0}
    assert {p.parameters["cell"]["tau_m"] for p in points({"parameters": {"cell.tau_m": "15"}})} == {15.0}
    assert len(points({"parameters.g": 7, "trials": "3"})) == 6
    assert {p.dt for p in points({"dt": "0.05 ms"})} == {0.05}
    with pytest.raises(ExperimentError, match=r"parameters\.cell\.tau; did you mean 'tau_m'"):
        points({"parameters.cell.tau": 3})
    with pytest.raises(InvalidParameterValueError, match=r"tau_m must be > 0 ms, got -1.0 ms \(override parameters\.cell"):
        points({"parameters.cell.tau_m": -1})
    with pytest.raises(ExperimentError, match="there is no entry trails; did you mean 'trials'"):
        points({"trails": 3})


def test_files_that_include_each_other_are_an_error(folder):
    (folder / "cells" / "b.json").write_text('{"depth": "url(\'a.yaml\')"}')
    with pytest.raises(InvalidParameterValueError, match=r"circle.*a\.yaml"):
        load_experiment(folder / "x.yaml")


def test_network_addresses_are_not_opened(folder):
    with pytest.raises(InvalidParameterValueError, match="only opened when asked for"):
        load_experiment(folder / "x.yaml", {"parameters.cell": "url('http://localhost/x.yaml')"})


def test_a_model_is_found_beside_the_file_before_sys_path(folder):
    other = folder / "other"
    other.mkdir()
    (other / "own_model.py").write_text(f"from {MODEL} import *\nHERE = 2\n")
    load_experiment(folder / "x.yaml")
    assert not hasattr(load_model("own_model", [folder]), "HERE")
    assert load_model("own_model", [other]).HERE == 2
    sys.path[:] = [p for p in sys.path if p != str(other)]


@pytest.mark.parametrize(("text", "expected"), [
    ("PARAMETERS = {}", "needs build"), ("def build(p, s): ...", "needs PARAMETERS"), ("1 / 0", "ZeroDivisionError"),
    ("import no_such_module", "no_such_module"), ("def", "SyntaxError")])
def test_models_that_cannot_be_used(folder, text, expected):
    (folder / "broken.py").write_text(text)
    with pytest.raises(ExperimentError, match=expected):
        load_model("broken", [folder])


# --- errors -----------------------------------------------------------------------------------------------------------

WRONG = {
    "unknown key": (dict(duratoin=1), ["duratoin", "did you mean 'duration'?"]),
    "unknown key of the design": (dict(design={"zap": []}), ["design.zap", "'zip'"]),
    "unknown key of a trace": (dict(record={"traces": [{"population": "exc", "varaible": "v"}]}), ["traces[0].varaible"]),
    "missing entry of a trace": (dict(record={"traces": [{"population": "exc"}]}), ["traces[0].variable is missing"]),
    "unknown parameter": (dict(parameters={"ceil": 1}), ["parameters.ceil", "cell"]),
    "unknown inner parameter": (dict(parameters={"cell": {"tau": 1}}), ["parameters.cell.tau", "'tau_m'"]),
    "group as a value": (dict(parameters={"cell": 3}), ["cell is a group", "tau_m"]),
    "value as a group": (dict(parameters={"g": {"a": 3}}), ["g is a single parameter"]),
    "wrong unit": (dict(parameters={"delay": "3 mV"}), ["delay", "ms", "3 mV"]),
    "unknown unit": (dict(parameters={"delay": "3 mss"}), ["delay", "mss"]),
    "limit": (dict(parameters={"delay": "-3 ms"}), ["delay must be >= 0 ms", "-3"]),
    "limit in a range": (dict(parameters={"cell.tau_m": "range([1, 0])"}), ["cell.tau_m must be > 0 ms", "0.0 ms"]),
    "choice": (dict(parameters={"rule": "al"}), ["rule must be one of 'all', 'none'"]),
    "not a whole number": (dict(parameters={"n": 2.5}), ["n must be a whole number", "2.5"]),
    "nan": (dict(parameters={"g": float("nan")}), ["g must be finite"]),
    "empty range": (dict(parameters={"g": "range([])"}), ["at least one value", "parameters.g"]),
    "value twice": (dict(parameters={"g": "range([1, 1.0])"}), ["g", "1.0 twice"]),
    "range of a number": (dict(parameters={"g": "range(5)"}), ["range([1, 2, 3])", "linspace"]),
    "unknown function": (dict(parameters={"g": "linspce(0, 1, 3)"}), ["no function 'linspce'", "'linspace'"]),
    "code": (dict(parameters={"g": "range(__import__('os').listdir())"}), ["not allowed", "parameters.g"]),
    "missing file": (dict(parameters={"cell": "url('none.yaml')"}), ["none.yaml", "parameters.cell"]),
    "cycle": (dict(parameters={"g": "ref('eta')", "eta": "ref('g') * 2"}), ["circle", "g -> eta -> g"]),
    "reference to itself": (dict(parameters={"g": "ref('g') + 1"}), ["circle", "g -> g"]),
    "unknown reference": (dict(parameters={"g": "ref('cell.tau')"}), ["cell.tau", "'cell.tau_m'", "parameters.g"]),
    "reference to a group": (dict(parameters={"g": "ref('cell') * 2"}), ["cell is a set of parameters"]),
    "filter syntax": (dict(design={"filter": "g >"}), ["design.filter", "invalid syntax"]),
    "filter name": (dict(design={"filter": "gg > 1"}), ["'gg'", "did you mean 'g'?", "design.filter"]),
    "filter code": (dict(design={"filter": "g.__class__"}), ["underscore"]),
    "filter call": (dict(design={"filter": "open('x')"}), ["not allowed", "open"]),
    "filter of nothing": (dict(design={"filter": "g > 100"}), ["leaves no point"]),
    "filter that fails": (dict(design={"filter": "g > 'a'"}), ["cannot be evaluated", "g > 'a'"]),
    "unequal zip": (dict(parameters={"g": "range([1])", "eta": "range([1, 2])"}, design={"zip": [["g", "eta"]]}),
                    ["g has 1, eta has 2", "design.zip"]),
    "zip of no range": (dict(parameters={"g": "range([1])"}, design={"zip": [["g", "eta"]]}), ["'eta' has no range"]),
    "unknown case": (dict(design={"cases": [{"gg": 3}]}), ["gg", "'g'", "design.cases[0]"]),
    "case limit": (dict(design={"cases": [{"delay": -1}]}), ["delay must be >= 0", "design.cases[0]"]),
    "samples without n": (dict(design={"sobol": {"axes": {"g": [1, 2]}}}), ["design.sobol.n is missing"]),
    "samples upside down": (dict(design={"sobol": {"n": 2, "axes": {"g": [2, 1]}}}), ["low < high"]),
    "samples of text": (dict(design={"sobol": {"n": 2, "axes": {"rule": [2, 1]}}}), ["no number 'rule'"]),
    "unknown population": (dict(record={"spikes": {"ex": 10}}), ["no population 'ex'", "'exc'"]),
    "unknown trace population": (dict(record={"traces": [{"population": "x", "variable": "v"}]}), ["population 'x'"]),
    "unknown variable": (dict(record={"traces": [{"population": "inh", "variable": "i_exc"}]}), ["no variable 'i_exc'"]),
    "interval": (dict(record={"traces": [{"population": "inh", "variable": "v", "interval": "0.25 ms"}]}),
                 ["interval must be a whole number of steps", "0.25 ms"]),
    "cells": (dict(record={"spikes": {"exc": -1}}), ["cells must be", "-1"]),
    "dt of zero": (dict(dt=0), ["dt must be > 0 ms"]),
    "negative duration": (dict(duration=-1), ["duration must be > 0 ms"]),
    "duration in mV": (dict(duration="1 mV"), ["duration", "1 mV"]),
    "no whole number of steps": (dict(duration="100.05 ms"), ["whole number of steps", "dt = 0.1 ms", "100.05 ms"]),
    "no duration": (dict(duration=None), ["duration is missing"]),
    "trials": (dict(trials=0), ["trials must be >= 1", "0"]),
    "ranks": (dict(ranks=0), ["ranks must be >= 1"]),
    "seed": (dict(seed="abc"), ["seed must be a number", "abc"]),
    "name": (dict(name="../x"), ["name must be made of letters"]),
    "model": (dict(model="no.such.module"), ["no.such.module"]),
    "type": (dict(tests="x"), ["tests must be a list"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_entries_are_named_with_what_would_be_right(what):
    entries, expected = WRONG[what]
    with pytest.raises(SimcoreError) as caught:
        load_experiment({"name": "x", "model": MODEL, "duration": 100, **entries})
    assert all(part in str(caught.value) for part in expected), str(caught.value)


def test_all_wrong_parameters_are_listed():
    with pytest.raises(ExperimentError) as caught:
        one({"delay": "3 mV", "gg": 1, "cell": {"tau_m": -1}})
    assert all(part in str(caught.value) for part in ("3 parameters are wrong", "3 mV", "'g'", "cell.tau_m must be > 0"))


def test_a_file_that_is_no_experiment(tmp_path):
    (tmp_path / "a.yaml").write_text("- 1\n")
    with pytest.raises(ExperimentError, match="must hold a mapping"):
        load_experiment(tmp_path / "a.yaml")
    with pytest.raises(ExperimentError, match="No such file"):
        load_experiment(tmp_path / "none.yaml")


def test_records_are_canonical():
    made = one(record={"spikes": {"exc": 10, "inh": False}, "traces": [{"population": "exc", "variable": "v", "cells": [3, 1]},
                                                                       {"population": "exc", "variable": "v"}]})
    assert made.record == {"spikes": {"exc": 10}, "traces": [
        {"population": "exc", "variable": "v", "cells": [1, 3], "interval": 0.1},
        {"population": "exc", "variable": "v", "cells": True, "interval": 0.1}]}


def test_what_is_asked_of_the_runs_is_passed_on():
    made = experiment(quantities=["mean_rate"], tests=[{"test": "a"}], report={"rasters": []}, ranks=3, description="d")
    assert (made.quantities, made.tests, made.report, made.ranks, made.description) == (
        ["mean_rate"], ({"test": "a"},), {"rasters": []}, 3, "d")
    assert experiment().quantities is None
    assert json.loads(json.dumps(made.config)) == canonical(made.config)


def test_ranks_and_what_is_asked_afterwards_are_no_part_of_a_point():
    assert list(experiment(ranks=4, quantities=[], description="x").points) == list(experiment().points)


def test_every_entry_of_the_table_has_a_meaning_and_an_example():
    def walk(entries):
        for entry in entries.values():
            assert entry.kind and entry.meaning and entry.example
            walk(entry.within)

    walk(ENTRIES)


def test_a_missing_name_in_a_point_is_an_error():
    with pytest.raises(NonExistentParameterError, match="parameters is missing"):
        Point.from_dict({"model": "x"})
