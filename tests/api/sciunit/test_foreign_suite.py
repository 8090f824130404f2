"""A suite written for the package `sciunit` runs with only its imports changed, and gives the same scores."""

import json
import re
import types
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def found():
    text = (HERE / "foreign_suite.py").read_text()
    changed, n = re.subn(r"^(import|from) sciunit", r"\1 simcore.api.sciunit", text, flags=re.MULTILINE)
    changed = changed.replace("import simcore.api.sciunit\n", "import simcore.api.sciunit as sciunit\n")
    assert n == 11
    module = types.ModuleType("foreign_suite")
    exec(compile(changed, str(HERE / "foreign_suite.py"), "exec"), module.__dict__)
    return json.loads(json.dumps(module.main()))


REFERENCE = json.loads((HERE / "foreign_suite.json").read_text())


def test_it_gives_all_that_sciunit_gives(found):
    assert found.keys() == REFERENCE.keys()


@pytest.mark.parametrize("key", REFERENCE)
def test_its_scores_are_those_of_sciunit(found, key):
    if isinstance(REFERENCE[key], list) and isinstance(REFERENCE[key][0], list):
        assert [[pytest.approx(x, rel=1e-9) if isinstance(x, float) else x for x in row] for row in REFERENCE[key]] == found[key]
    elif isinstance(REFERENCE[key], list):
        assert [pytest.approx(x, rel=1e-9) if isinstance(x, float) else x for x in REFERENCE[key]] == found[key]
    else:
        assert found[key] == (pytest.approx(REFERENCE[key], rel=1e-9) if isinstance(REFERENCE[key], float) else REFERENCE[key])
