"""A suite runs its studies and judges them together; after an edit only what could come out differently is done again."""

import json
import re

import pytest

from tests.workflow.project import Project

RATE = "simcore.validation.checks.quantities.FiringRateTest"
OF_SUITE = "simcore.validation.checks.quantities.QuantityRangeTest"
STUDY = """\
name: {name}
model: simcore.experiments.brunel
duration: 20 ms
dt: 0.1 ms
parameters: {{n_exc: 40, n_inh: 10, eta: 3, g: {g}}}
quantities: [mean_rate, cv_isi]
tests: [{{test: {test}, name: rate {name}, observation: {name}_rate.yaml}}]
"""
SUITE = f"""\
name: both
experiments: {{One: one.yaml, Two: two.yaml}}
tests: [{{test: {OF_SUITE}, name: fires, quantity: mean_rate, observation: range.yaml}}]
"""
CHAIN = {"validate", "trace", "report"}


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    made = Project(tmp_path_factory.mktemp("suite"))
    for name, g in (("one", 4), ("two", '"range([5, 6])"')):
        made.write(f"{name}.yaml", STUDY.format(name=name, g=g, test=RATE))
        made.write(f"{name}_rate.yaml", "{mean: 10, std: 100, units: Hz, source: made up 2000}\n")
    made.write("range.yaml", "{min: 0, max: 1000, units: Hz, source: made up 2000}\n")
    made.write("both.yaml", SUITE)
    made.snakemake("--configfile", "both.yaml", timeout=400)
    return made


def scores(made):
    return json.loads((made.folder / "results/suites/both/scores.json").read_text())


def job(text, rule):
    """What Snakemake tells of the first job of a rule."""
    return re.search(rf"rule {rule}:\n((?:    .*\n)*)", text)[1]


def planned(made, *arguments):
    return set(made.planned("--configfile", "both.yaml", *arguments)) - {"suite"}


def test_a_suite_runs_its_studies_and_puts_their_scores_together(suite):
    assert [cell["model"] for cell in scores(suite)["scores"]] == ["One", "One", "Two", "Two"]
    page = (suite.folder / "results/suites/both/report.html").read_text()
    run_id = scores(suite)["scores"][0]["runs"][0]
    assert f"../../one/report.html#run-{run_id}" in page
    assert f'id="run-{run_id}"' in (suite.folder / "results/one/report.html").read_text()
    assert planned(suite) == set()


def test_a_study_that_a_suite_ran_is_done_and_so_is_one_that_ran_before_it(suite):
    for name in ("one", "two"):
        assert suite.planned("--configfile", f"{name}.yaml") == {}


def test_a_changed_observation_judges_one_study_again_and_only_the_cell_that_it_belongs_to(suite):
    before = {cell["test"]: cell for cell in scores(suite)["scores"]}
    suite.write("two_rate.yaml", "{mean: 20, std: 100, units: Hz, source: made up 2000}\n")
    assert planned(suite) == {f"two_{rule}" for rule in CHAIN} | {"judge_suite"}
    suite.snakemake("--configfile", "both.yaml")
    after = {cell["test"]: cell for cell in scores(suite)["scores"]}
    assert {name for name in after if after[name] != before[name]} == {"rate two"}


def test_a_changed_test_of_the_suite_simulates_and_judges_no_study_again(suite):
    suite.write("both.yaml", SUITE.replace("name: fires,", "name: fires, weight: 2,"))
    assert planned(suite) == {"judge_suite"}
    suite.snakemake("--configfile", "both.yaml")


def test_what_is_set_for_a_rule_holds_for_that_rule_of_every_study(suite):
    """As profiles do: workers of SLURM, memory, threads."""
    text = suite.snakemake("--dry-run", "--forceall", "--configfile", "both.yaml", "--set-resources", "simulate:mem_mb=77",
                           "two_simulate:mem_mb=88", "--set-threads", "validate=1")
    assert "mem_mb=77" in job(text, "one_simulate")
    assert "mem_mb=88" in job(text, "two_simulate")
    assert "threads" not in job(text, "one_validate")           # 1 is not shown


def test_a_suite_that_cannot_be_judged_is_refused_with_the_message_alone(suite):
    suite.write("wrong.yaml", SUITE.replace("quantity: mean_rate", "quantiy: mean_rate"))
    text = suite.snakemake("--configfile", "wrong.yaml", ok=False)
    assert "has no parameter 'quantiy'; did you mean 'quantity'" in text
    assert "Traceback" not in text
