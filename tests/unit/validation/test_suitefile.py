"""Suites of studies: what is read, what is refused before anything runs, and which cells are judged again."""

import pytest

from simcore.analysis.known import write
from simcore.errors import ExperimentError, StoreError
from simcore.parameters.experiments import load_experiment
from simcore.validation import suitefile
from simcore.validation.command import main
from simcore.validation.judge import check_tests, judge
from simcore.validation.scorefile import read_scores
from tests.unit.validation.test_judge import AI, COUNTING, CountingTest
from tests.unit.validation.trajectories import brunel

STUDY = """
name: {name}
model: simcore.experiments.brunel
duration: 1 ms
dt: 0.1 ms
design: {{cases: [{{g: 3, eta: 2}}, {{g: 6, eta: 4}}, {{g: 5, eta: 2}}, {{g: 4.5, eta: 0.9}}]}}
trials: 2
"""
SUITE = f"""
name: both
description: two studies
experiments:
  First: ../first.yaml
  Second: ../second.yaml
tests:
  - {{test: {COUNTING["test"]}, name: slow, at: each, most: 50}}
  - {{test: {COUNTING["test"]}, name: slower, of: Second, at: {{g: 5, eta: 2}}, most: 30, fails_because: it is
     faster, weight: 3}}
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """The path of a suite whose two studies have been derived and judged."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "suites").mkdir()
    for name in ("first", "second"):
        (tmp_path / f"{name}.yaml").write_text(STUDY.format(name=name))
        write(brunel(), tmp_path / "results" / name / "quantities.zarr")
        judge(tmp_path / "results" / name / "quantities.zarr", [{**AI, "observation": {"rate": {"bounds": [0, 100]}, "source": "2000"}}], None,
              tmp_path / "results" / name / "scores.json", points=load_experiment(f"{name}.yaml").points)
    (tmp_path / "suites/both.yaml").write_text(SUITE)
    CountingTest.judged.clear()
    return tmp_path / "suites/both.yaml"


def judged(path, out="results/suites/both/scores.json"):
    return suitefile.judge_suite(suitefile.load_suite(path), out, threads=1)


def test_scores_of_studies_and_of_the_suite_are_one_matrix(suite):
    content = judged(suite)
    assert content["matrix"]["tests"] == ["AI", "slow", "slower"]
    models = content["matrix"]["models"]
    assert len(models) == 8 and all(model.startswith(("First: ", "Second: ")) for model in models)
    assert content["summary"] == {"cells": 11, "surprises": 4, "passed": 6, "failed": 5, "errors": 0}
    cell, = (cell for cell in content["scores"] if cell["test"] == "slower")
    assert cell["study"], cell["experiment"] == ("Second", "second")
    assert cell["fails_because"] == "it is faster" and not cell["passed"]
    assert content["matrix"]["weights"] == [1.0, 1.0, 3.0]
    assert "slower" in str(read_scores("results/suites/both/scores.json").to_markdown())


def test_a_suite_is_the_same_wherever_its_folder_lies(suite):
    assert suitefile.load_suite(suite).source == suitefile.load_suite("suites/both.yaml").source == "suites/both.yaml"
    assert [str(study.file) for study in suitefile.load_suite(suite).studies] == ["first.yaml", "second.yaml"]


def test_only_what_changed_is_judged_again(suite):
    first = judged(suite)
    assert len(CountingTest.judged) == 9
    assert judged(suite) == first
    assert len(CountingTest.judged) == 9
    changed = brunel()
    changed["mean_rate"][4, 0] += 1                 # a trial of (5, 2)
    write(changed, "results/second/quantities.zarr")
    judged(suite)
    assert len(CountingTest.judged) == 11           # by two tests
    suite.write_text(SUITE.replace("most: 30", "most: 20"))
    judged(suite)
    assert len(CountingTest.judged) == 12
    suite.write_text(SUITE.replace("it is\n     faster", "it is\n     too fast"))
    assert {cell["fails_because"] for cell in judged(suite)["scores"]} == {"", "it is too fast"}


def test_the_digest_follows_the_tests_and_not_the_layout(suite):
    first = suitefile.digest_of(suitefile.load_suite(suite))
    suite.write_text("# a comment\n" + SUITE.replace(", name: slow,", ",   name: slow,"))
    assert suitefile.digest_of(suitefile.load_suite(suite)) == first
    suite.write_text(SUITE.replace("weight: 3", "weight: 2"))
    assert suitefile.digest_of(suitefile.load_suite(suite)) != first


@pytest.mark.parametrize(("old", "new", "message"), [
    ("of: Second", "of: Secnd", "no experiment 'Secnd'; did you mean 'Second'"),
    ("g: 5, eta: 2", "g: 5.5, eta: 2", "no run has g = 5.5; the nearest existing value is 5"),
    ("description: two", "descripton: two", "no entry 'descripton'; did you mean 'description'"),
    ("../second.yaml", "../first.yaml", "must have different names, got first, first"),
    ("name: both", "title: both", "no entry 'title'"),
    ("name: both\n", "", "must have 'name'"),
    ("name: both", "name: ../both", "name must be the name of a folder"),
    ("Second: ../second.yaml", "Second: [../second.yaml]", "experiments must be a mapping of labels to experiment files"),
    ("at: {g: 5, eta: 2}", "at: {g: 5, eta: 7}", r"nearest existing value is 4 \(suites/both.yaml: tests\[1\] \(Second\)\)"),
    ("fails_because: it is\n     faster", "fails_because: [1]", "fails_because must be text"),
    ("CountingTest, name: slow,", "CountigTest, name: slow,", "did you mean 'CountingTest'"),
])
def test_what_cannot_be_judged_is_refused_before_anything_runs(suite, old, new, message):
    assert old in SUITE
    suite.write_text(SUITE.replace(old, new))
    with pytest.raises(ExperimentError, match=message):
        suitefile.load_suite(suite)


def test_two_different_tests_of_one_name_are_refused(suite):
    suite.write_text(SUITE.replace("name: slower, ", "name: AI, "))
    with pytest.raises(ExperimentError, match="two tests of the suite are named 'AI'"):
        judged(suite)


def test_studies_that_were_not_run_are_named_with_the_cure(suite):
    (suite.parents[1] / "results/second/scores.json").unlink()
    with pytest.raises(StoreError, match=r"second/scores.json cannot be read: .* make them first"):
        judged(suite)


def test_the_command_line_checks_suites(suite, capsys):
    assert main(["check", str(suite)]) == 0
    assert "both: 0 tests of 2 experiments and 3 of the suite can be judged" in capsys.readouterr().out
    suite.write_text(SUITE.replace("of: Second", "of: Third"))
    assert main(["check", str(suite)]) == 1


def test_the_suite_of_this_project_can_be_judged_and_says_why_its_tests_fail():
    suite = suitefile.load_suite("params/suites/canonical.yaml")
    assert [study.label for study in suite.studies] == ["Brunel", "Vogels–Abbott", "AdEx"]
    for study in suite.studies:
        check_tests(study.experiment)
    reasons = {(study.label, test.get("name")): test["fails_because"] for study in suite.studies
               for test in (*study.experiment.tests, *study.tests) if "fails_because" in test}
    assert {("Brunel", "mean-field rate (SI-slow)"), ("AdEx", "f-I slope (Etv1)"), ("AdEx", "f-I curve (thick-tufted)")} <= set(reasons)
    assert all(len(reason.split()) > 8 for reason in reasons.values())
