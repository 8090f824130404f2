"""docs/connectors.md: its examples run, and its tables name what there is."""

import re
from pathlib import Path

import pytest

from simcore.api.pynn import connectors
from simcore.engine.pairs import _RULES

TEXT = (Path(__file__).parents[3] / "docs" / "connectors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.S))
def test_examples_of_the_documentation_run(code):
    exec(compile(code, "docs/connectors.md", "exec"), {})


def test_every_rule_and_every_connector_is_in_the_table():
    assert {rule.__name__ for rule in _RULES} == set(re.findall(r"^\| `(\w+)\(", TEXT, re.M))
    shortened = TEXT.replace("Dependent…`, `IndexBased…`", "DependentProbabilityConnector`, `IndexBasedProbabilityConnector`")
    assert [name for name in connectors.__all__ if f"`{name}`" not in shortened] == ["Connector"]
