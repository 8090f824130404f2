"""Parameters that are files: what a point says of them, what is wrong with them, and where a run finds them."""

import dataclasses

import pytest

from simcore.errors import ConfigurationError, ExperimentError, InvalidParameterValueError
from simcore.parameters.experiments import load_experiment
from simcore.parameters.inputs import InputFile, located
from simcore.parameters.points import Point

MODEL = '''
from simcore.errors import ConfigurationError
from simcore.parameters.inputs import InputFile
from simcore.units import Param


def read(path):
    if not path.read_text().startswith("1"):
        raise ConfigurationError("a table begins with 1")


PARAMETERS = {"table": InputFile(suffixes=(".txt",), reader=read), "inner": {"n": Param(1, "", "number")}}


def run(point):
    return {"n": len(open(point.parameters["table"]).read())}
'''
EXPERIMENT = "name: reads\nmodel: reads_tables\nparameters:\n  table: tables/a.txt\n"


@pytest.fixture
def study(tmp_path):
    (tmp_path / "reads_tables.py").write_text(MODEL)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.txt").write_text("1 2 3")
    (tmp_path / "reads.yaml").write_text(EXPERIMENT)
    return tmp_path / "reads.yaml"


def only(experiment):
    (point,) = experiment.points.values()
    return point


def with_table(study, table):
    study.write_text(EXPERIMENT.replace("tables/a.txt", table))
    return study


def test_a_point_has_the_name_of_the_file_and_the_digest_of_its_content(study):
    found = load_experiment(study)
    name, _, digest = only(found).parameters["table"].partition("@")
    assert name == "tables/a.txt" and len(digest) == 16
    assert str(study.parent / "tables" / "a.txt") in found.files


def test_another_content_is_another_point_and_the_same_content_is_the_same(study):
    before = only(load_experiment(study)).run_id
    file = study.parent / "tables" / "a.txt"
    file.write_text("1 2 4")
    assert only(load_experiment(study)).run_id != before
    file.write_text("1 2 3")
    assert only(load_experiment(study)).run_id == before


def test_files_can_be_a_range(study):
    (study.parent / "tables" / "b.txt").write_text("1")
    experiment = load_experiment(with_table(study, 'range(["tables/a.txt", "tables/b.txt"])'))
    assert [p.parameters["table"].partition("@")[0] for p in experiment.points.values()] == ["tables/a.txt", "tables/b.txt"]


@pytest.mark.parametrize(("table", "says"), [
    ("tables/b.txt", r"there is no file .*tables/b\.txt; did you mean 'a\.txt'\?"),
    ("table/a.txt", r"has no folder table; did you mean 'tables'\?"),
    ("tables/a.csv", r"must be the name of a file of type \.txt, got 'tables/a\.csv'"),
    ("../outside.txt", "not below the folder of the experiment"),
    ("7", "must be a text, got 7"),
])
def test_a_wrong_name_is_said_with_file_and_path_and_the_nearest(study, table, says):
    with pytest.raises(InvalidParameterValueError, match=says) as error:
        load_experiment(with_table(study, table))
    assert "../" in table or "reads.yaml: parameters.table" in str(error.value)


def test_a_file_that_the_model_cannot_read_is_an_error_before_any_run(study):
    (study.parent / "tables" / "a.txt").write_text("2")
    with pytest.raises(InvalidParameterValueError, match=r"table: a table begins with 1 .*parameters\.table"):
        load_experiment(study)


def test_a_file_that_is_not_named_is_missing(study):
    study.write_text("name: reads\nmodel: reads_tables\n")
    with pytest.raises(InvalidParameterValueError, match=r"must be the name of a file .*reads\.yaml: parameters\.table"):
        load_experiment(study)


def test_a_run_finds_the_file_by_its_content(study, tmp_path):
    point = only(load_experiment(study))
    declared = {"table": InputFile(suffixes=(".txt",))}
    found = located(point.parameters, declared, [tmp_path / "elsewhere", tmp_path])
    assert found["table"] == str(tmp_path / "tables" / "a.txt") and found["inner"] == {"n": 1}
    (tmp_path / "tables" / "a.txt").write_text("1 changed")
    with pytest.raises(ExperimentError, match="has changed since the point was made of it"):
        located(point.parameters, declared, [tmp_path])
    (tmp_path / "tables" / "a.txt").unlink()
    with pytest.raises(ExperimentError, match=r"there is no file tables/a\.txt in"):
        located(point.parameters, declared, [tmp_path])


def test_a_model_gets_the_path(study, tmp_path):
    from simcore import steps

    point = only(load_experiment(study))
    made = steps.simulate(point, tmp_path / "run.zarr.zip", beside=[tmp_path])
    assert set(made) == {"results/n"}
    assert Point.from_dict(point.to_dict()) == point, "what is stored has the digest, not the path"


def test_a_declaration_outside_of_an_experiment_takes_any_text():
    assert InputFile(suffixes=(".swc",)).parse("x.swc", name="file") == "x.swc"
    with pytest.raises(InvalidParameterValueError):
        dataclasses.replace(InputFile(suffixes=(".swc",))).parse(3, name="file")
    assert issubclass(ExperimentError, ConfigurationError)
