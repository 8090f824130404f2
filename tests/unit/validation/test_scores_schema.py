"""scores.json is what scores.schema.json says, for every kind of cell."""

import json
from pathlib import Path

import jsonschema
import pytest

import simcore.validation
from simcore.validation.judge import judge
from simcore.validation.suitefile import judge_suite, load_suite
from tests.unit.validation.test_judge import AI, COUNTING, MEAN_FIELD
from tests.unit.validation.test_suitefile import suite  # noqa: F401 - a fixture
from tests.unit.validation.trajectories import brunel

SCHEMA = json.loads((Path(simcore.validation.__file__).parent / "scores.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_scores_of_an_experiment_are_valid(tmp_path):
    quantities = brunel().drop_vars("power_spectrum")           # the regime test ends in an error
    content = judge(quantities, [AI, {"test": MEAN_FIELD, "at": "each", "name": "rate"}, {**COUNTING, "fails_because": "so"}],
                    None, tmp_path / "scores.json")
    VALIDATOR.validate(json.loads((tmp_path / "scores.json").read_text()))
    assert {cell["type"] for cell in content["scores"]} == {"ErrorScore", "RelativeDifferenceScore", "BooleanScore"}
    VALIDATOR.validate(judge(brunel(), []))


def test_scores_of_a_suite_are_valid(suite):  # noqa: F811
    VALIDATOR.validate(judge_suite(load_suite(suite), "results/suites/both/scores.json"))


@pytest.mark.parametrize("key", ["model", "runs", "observation_source", "inputs"])
def test_a_cell_without_what_it_needs_is_not_valid(key):
    content = judge(brunel(), [AI])
    del content["scores"][0][key]
    assert not VALIDATOR.is_valid(content)
