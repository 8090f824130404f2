"""python -m simcore.api.sciunit: create, check, run, make-nb, run-nb."""

import json
import subprocess
import sys

import pytest

from simcore.validation.inicommand import main

MODELS = """
from simcore.api.sciunit.models.examples import ConstModel
models = [ConstModel(37, name="thirty-seven"), ConstModel(41, name="forty-one")]
"""
TESTS = """
from simcore.api.sciunit.tests import RangeTest
tests = [RangeTest((36, 38), name="near 37"), RangeTest((0, 50), name="small")]
"""
SUITES = """
from simcore.api.sciunit.suites import TestSuite
from tests import tests
suites = [TestSuite(tests, name="numbers")]
"""


@pytest.fixture
def folder(tmp_path):
    for name, text in (("models", MODELS), ("tests", TESTS), ("suites", SUITES)):
        (tmp_path / f"{name}.py").write_text(text)
    assert main(["create", "--directory", str(tmp_path)]) == 0
    return tmp_path


def command(folder, *arguments):
    before = list(sys.path), dict(sys.modules)
    status = main([*arguments, "--directory", str(folder)])
    assert (list(sys.path), sys.modules["tests"]) == (before[0], before[1]["tests"])     # whatever else is called so
    return status


def test_create_writes_a_configuration_once(folder, capsys):
    assert "module = suites" in (folder / "sciunit.ini").read_text()
    assert command(folder, "create") == 1
    assert "there is already a configuration" in capsys.readouterr().err


def test_check_says_what_there_is(folder, capsys):
    assert command(folder, "check") == 0
    assert "2 models, 2 tests, 1 suites" in capsys.readouterr().out


def test_run_judges_suites_or_tests(folder, capsys):
    assert command(folder, "run") == 0
    text = capsys.readouterr().out
    assert "Suite numbers:" in text and text.count("Pass") == 3 and text.count("Fail") == 1
    assert command(folder, "run", "--tests") == 0
    assert "Test near 37:" in capsys.readouterr().out


def test_make_nb_writes_the_same_valid_notebook_each_time(folder):
    nbformat = pytest.importorskip("nbformat")
    assert command(folder, "make-nb") == 0
    file = folder / f"{folder.name}.ipynb"
    first = file.read_bytes()
    nbformat.validate(nbformat.read(file, as_version=4))
    assert command(folder, "make-nb") == 0
    assert file.read_bytes() == first
    sources = ["".join(cell["source"]) for cell in json.loads(first)["cells"] if cell["cell_type"] == "code"]
    script = "display = lambda matrix: print(matrix.to_markdown())\n" + "\n".join(sources)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.count("Pass") == 3


def test_run_nb_executes_it_or_says_what_it_needs(folder, capsys, monkeypatch):
    assert command(folder, "run-nb") == 1
    assert "make it with make-nb" in capsys.readouterr().err
    command(folder, "make-nb")
    monkeypatch.setitem(sys.modules, "nbclient", None)
    assert command(folder, "run-nb") == 1
    assert "pip install 'simcore[notebooks]'" in capsys.readouterr().err


def test_run_nb_keeps_the_output_in_the_notebook(folder):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    command(folder, "make-nb")
    assert command(folder, "run-nb") == 0
    cells = json.loads((folder / f"{folder.name}.ipynb").read_text())["cells"]
    assert "Pass" in json.dumps(cells[-1]["outputs"])


def test_what_is_missing_is_said(tmp_path, folder, capsys):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["run", "--directory", str(empty)]) == 1
    assert "there is no sciunit.ini" in capsys.readouterr().err
    (folder / "suites.py").write_text("nothing = []")
    assert command(folder, "run") == 1
    assert "must define 'suites'" in capsys.readouterr().err
    (folder / "sciunit.ini").write_text("[root]\npath = .\n")
    assert command(folder, "check") == 1
    assert "must have [models] module" in capsys.readouterr().err
