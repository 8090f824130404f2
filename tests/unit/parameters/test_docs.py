"""docs/parameters.md says what the code does: its table is the table of entries, its examples run."""

import re
from pathlib import Path

import pytest

from simcore.parameters import load_experiment
from simcore.parameters.entries import ENTRIES
from simcore.parameters.text import CALLS

DOC = Path(__file__).parents[3] / "docs" / "parameters.md"


def rows(entries, prefix=""):
    for name, entry in entries.items():
        required = " **required**" if entry.required else ""
        yield f"| `{prefix}{name}` | {entry.kind}{required} | {entry.meaning} | `{name}: {entry.example}` |"
        yield from rows(entry.within, f"{prefix}{name}.")


def table():
    return "\n".join(["| entry | what it may be | meaning | example |", "|---|---|---|---|", *rows(ENTRIES)])


def test_the_table_of_entries_is_that_of_the_code():
    assert table() in DOC.read_text()


def test_every_function_of_expressions_is_described():
    text = DOC.read_text()
    assert all(f"`{name}(" in text or f"`{name}`" in text for name in CALLS), [n for n in CALLS if f"`{n}(" not in text]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", DOC.read_text() if DOC.exists() else "", re.S))
def test_examples_of_the_documentation_run(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(DOC), "exec"), {})


def test_the_experiment_of_the_documentation_is_right(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", DOC.read_text(), re.S)[:1]
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / "a.yaml").write_text("v_reset: 10 mV\n")
    (tmp_path / "x.yaml").write_text(text)
    made = load_experiment(tmp_path / "x.yaml")
    assert [a.name for a in made.axes] == ["g", "eta", "J", "trial"] and len(made.points) == 2 * 3 * 2
