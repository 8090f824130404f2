"""Observation files: parts of a file by name, and what is said of those that are not there."""

import pytest

from simcore.errors import ExperimentError
from simcore.validation.observations import load_observation


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "several.yaml"
    path.write_text("source: someone (2000)\nkind: simulated\ncurrent:\n  where: table 1\n  rate: {mean: 1, std: 2, units: Hz}\n  cv: {mean: 3}\n")
    return path


def test_a_part_of_a_file_has_the_text_that_stands_above_it(file):
    assert load_observation(f"{file}#current.rate") == {
        "source": "someone (2000)", "kind": "simulated", "where": "table 1", "mean": 1, "std": 2, "units": "Hz"}


def test_a_part_that_is_not_there_is_named_with_the_nearest(file):
    with pytest.raises(ExperimentError, match="no part 'curent'; did you mean 'current'"):
        load_observation(f"{file}#curent.rate")


def test_a_file_is_found_by_name_in_folders_also_with_a_part(file):
    assert load_observation("several.yaml#current.cv", folders=(file.parent,))["mean"] == 3
