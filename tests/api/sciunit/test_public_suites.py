"""Tests built like those of public libraries for `sciunit` run with only their imports changed, and give its scores.

public.json holds what sciunit 0.2.8 gives: python -m tests.api.sciunit.test_public_suites > tests/api/sciunit/public.json,
in an environment with sciunit, numpy and quantities.
"""

import json
import re
import sys
import types
from pathlib import Path

FOLDER = Path(__file__).parent / "public"


def module_of(file, *, ours):
    """A file as a module; ours: with the imports changed, and nothing else."""
    text = file.read_text()
    if ours:
        text = re.sub(r"^(import|from) sciunit", r"\1 simcore.api.sciunit", text, flags=re.MULTILINE)
        text = re.sub(r"^import (simcore\.api\.sciunit)$", r"import \1 as sciunit", text, flags=re.MULTILINE)
    module = types.ModuleType(file.stem)
    sys.modules[file.stem] = module             # sciunit looks for the repository of the module there
    exec(compile(text, str(file), "exec"), module.__dict__)
    return module


def results(*, ours):
    return {file.stem: json.loads(json.dumps(module_of(file, ours=ours).main())) for file in sorted(FOLDER.glob("*.py"))}


if __name__ == "__main__":
    print(json.dumps(results(ours=False), indent=1))
else:
    import pytest

    REFERENCE = json.loads((Path(__file__).parent / "public.json").read_text())

    @pytest.fixture(scope="module")
    def found():
        return results(ours=True)

    def test_all_of_them_ran(found):
        assert found.keys() == REFERENCE.keys() == {"passive_cell", "planets", "spike_counts"}

    @pytest.mark.parametrize(("suite", "key"), [(suite, key) for suite, values in REFERENCE.items() for key in values])
    def test_what_they_find_is_what_sciunit_finds(found, suite, key):
        assert len(found[suite]) == len(REFERENCE[suite])
        compare(found[suite][key], REFERENCE[suite][key])

    def compare(ours, theirs):
        if isinstance(theirs, list):
            assert len(ours) == len(theirs)
            for one, other in zip(ours, theirs, strict=True):
                compare(one, other)
        else:
            assert ours == (pytest.approx(theirs, rel=1e-6) if isinstance(theirs, float) else theirs)
