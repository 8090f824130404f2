import ast

import pytest

from simcore.errors import ProvenanceError
from simcore.provenance import sources

MODEL = '''"""A model."""
from helper import weight
def build(parameters, seed):
    """Build it."""
    return weight * 2  # mV
'''


@pytest.fixture
def model(tmp_path):
    (tmp_path / "my_model.py").write_text(MODEL)
    (tmp_path / "helper.py").write_text("import numpy\nweight = 1.0\n")
    (tmp_path / "unrelated.py").write_text("x = 1\n")
    return tmp_path


def digest(folder):
    return sources.source_digest("my_model", beside=[folder])


@pytest.mark.parametrize(
    ("file", "old", "new", "is_stale"),
    [
        ("my_model.py", "# mV", "# millivolts", False),
        ("my_model.py", "A model.", "Another text.", False),
        ("my_model.py", '    """Build it."""\n', "\n\n", False),
        ("my_model.py", "weight * 2", "(weight*2)", False),
        ("my_model.py", "weight * 2", "weight * 3", True),
        ("helper.py", "1.0", "1.5", True),
        ("helper.py", "import numpy", "import numpy as np", True),
        ("unrelated.py", "1", "2", False),
    ],
)
def test_only_edits_with_an_effect_make_runs_stale(model, file, old, new, is_stale):
    before = digest(model)
    text = (model / file).read_text()
    assert old in text
    (model / file).write_text(text.replace(old, new))
    assert (digest(model) != before) == is_stale


def test_a_docstring_taken_away_from_an_empty_function_is_no_error(model):
    (model / "helper.py").write_text('def f():\n    """Only this."""\nweight = 1\n')
    assert digest(model)
    (model / "helper.py").write_text("weight = (\n")
    assert digest(model)  # a syntax error is told by whoever imports it


def test_editing_equations_is_seen_and_editing_analysis_or_errors_is_not(tmp_path, monkeypatch):
    """On a copy of the package: every file of PHYSICS counts, no other does."""
    package = tmp_path / "simcore"
    for name in (
        "errors.py",
        "models/cells/a.py",
        "analysis/rates.py",
        "store/writer.py",
        "store/reader.py",
        "engine/e.py",
        *(n for n in sources.PHYSICS if n.endswith(".py")),
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("x = 1\n")
    monkeypatch.setattr(sources, "PACKAGE", package)
    before = sources.source_digest()
    for name, is_stale in (
        ("errors.py", False),
        ("analysis/rates.py", False),
        ("store/reader.py", False),
        ("models/cells/a.py", True),
        ("store/writer.py", True),
        ("engine/e.py", True),
    ):
        (package / name).write_text("x = 2\n")
        assert (sources.source_digest() != before) == is_stale, name
        (package / name).write_text("x = 1  # the same again\n")
    assert sources.source_digest() == before


def test_what_the_physics_imports_is_physics_or_known_to_have_no_effect():
    """A new module that runs depend on cannot be forgotten in PHYSICS."""
    files = set(sources.physics())
    assert len(files) > 20
    reached = {found for file in files for found in sources.closure(file)}
    assert {f.relative_to(sources.PACKAGE).as_posix() for f in reached - files} == set()
    modules = {
        name
        for file in files
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simcore")
        for name in [node.module]
    }
    assert not {m for m in modules if m.startswith(("simcore.analysis", "simcore.provenance", "simcore.report"))}


def test_the_own_model_module_and_its_package_are_followed(tmp_path):
    package = tmp_path / "study" / "parts"
    package.mkdir(parents=True)
    for file, text in (
        ("study/__init__.py", ""),
        ("study/parts/__init__.py", ""),
        ("study/model.py", "from .parts import a\n"),
        ("study/parts/a.py", "from study.parts import b\nimport simcore.analysis.rates\n"),
        ("study/parts/b.py", ""),
    ):
        (tmp_path / file).write_text(text)
    found = sources.closure(sources.model_file("study.model", beside=[tmp_path]))
    names = {f.relative_to(tmp_path).as_posix() for f in found if f.is_relative_to(tmp_path)}
    assert {"study/model.py", "study/parts/a.py", "study/parts/b.py"} <= names
    assert sources.PACKAGE / "analysis" / "rates.py" in found  # a model that imports analysis depends on it


def test_a_clone_elsewhere_has_the_same_digest(model, tmp_path_factory):
    other = tmp_path_factory.mktemp("clone")
    for file in model.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    assert digest(other) == digest(model)


def test_a_model_that_is_not_there_is_named(tmp_path):
    for name in ("no_such_model", "no.such.model", "simcore.experiments.no_such"):
        with pytest.raises(ProvenanceError, match=name):
            sources.source_digest(name, beside=[tmp_path])
