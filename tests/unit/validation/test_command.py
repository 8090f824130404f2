"""python -m simcore.validation."""

import json
import subprocess
import sys

import pytest

from simcore.analysis.known import write
from simcore.validation.command import main
from simcore.validation.judge import judge
from tests.unit.validation.test_judge import AI, MEAN_FIELD
from tests.unit.validation.trajectories import brunel

EXPERIMENT = """
name: study
model: simcore.experiments.brunel
duration: 1 ms
dt: 0.1 ms
parameters: {{g: "range([5, 6])"}}
tests:
  - {{test: {test}, at: {{g: {g}}}}}
"""


def test_check_says_whether_tests_can_be_judged(tmp_path, capsys):
    file = tmp_path / "study.yaml"
    file.write_text(EXPERIMENT.format(test=MEAN_FIELD, g=5))
    assert main(["check", str(file)]) == 0
    assert "1 tests can be judged" in capsys.readouterr().out
    file.write_text(EXPERIMENT.format(test=MEAN_FIELD, g=5.5))
    assert main(["check", str(file)]) == 1
    assert "no run has g = 5.5; the nearest existing value is 5" in capsys.readouterr().err


def test_judge_writes_scores_and_prints_the_matrix(tmp_path, capsys):
    file, quantities, out = tmp_path / "study.yaml", tmp_path / "quantities.zarr", tmp_path / "scores.json"
    file.write_text(EXPERIMENT.format(test=MEAN_FIELD, g=6))
    write(brunel(), quantities)
    command = ["judge", str(file), "--quantities", str(quantities), "--out", str(out)]
    assert main(command) == 0
    assert "0 passed, 1 failed, 0 errors" in capsys.readouterr().out
    assert json.loads(out.read_text())["summary"]["failed"] == 1
    assert main([*command, "--strict"]) == 2
    assert main(["show", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "Relative Difference" in shown
    assert "source: Brunel (2000)" in shown


def test_show_of_what_is_no_score_file_says_so(tmp_path, capsys):
    assert main(["show", str(tmp_path / "none.json")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "other.json").write_text('{"layout": 99}')
    assert main(["show", str(tmp_path / "other.json")]) == 1
    assert "layout 99 cannot be read; this version reads 1" in capsys.readouterr().err


def test_run_judges_the_models_of_a_module(tmp_path, monkeypatch, capsys):
    (tmp_path / "my_suite.py").write_text("from simcore.validation import RangeTest\nfrom simcore.validation.models.examples import ConstModel\n"
                                          "tests = [RangeTest((0, 2), name='small')]\nmodels = [ConstModel(1, name='one'), ConstModel(5, name='five')]\n")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "my_suite.py", "--html", "scores.html"]) == 0
    assert "| five | 0    | Fail  |" in capsys.readouterr().out
    assert "<td" in (tmp_path / "scores.html").read_text()
    assert main(["run", "no_such_module"]) == 1
    (tmp_path / "empty_suite.py").write_text("")
    assert main(["run", "empty_suite"]) == 1
    assert "must define `models`" in capsys.readouterr().err


def test_the_command_starts_quickly_and_without_heavy_packages():
    program = "import simcore.validation.command, simcore.validation, sys; print([m for m in ('xarray', 'pint', 'scipy', 'pandas', 'dask') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_judging_with_nothing_to_judge_gives_an_empty_file(tmp_path):
    content = judge(brunel(), None, None, tmp_path / "scores.json")
    assert content["summary"] == {"cells": 0, "surprises": 0, "passed": 0, "failed": 0, "errors": 0}
    assert content["matrix"]["models"] == []
    assert main(["show", str(tmp_path / "scores.json")]) == 0


def test_scores_are_the_same_bytes_however_often_they_are_made(tmp_path):
    for name, threads in (("a", 1), ("b", 4), ("b", 1)):
        judge(brunel(), [AI, {"test": MEAN_FIELD, "at": "each"}], None, tmp_path / name, threads=threads)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("tests", ["text", {"test": MEAN_FIELD}, [5], [{"name": "x"}]])
def test_tests_must_be_a_list_of_entries(tests):
    with pytest.raises(Exception, match=r"tests|test"):
        judge(brunel(), tests)
