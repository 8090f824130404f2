"""From an experiment file to the report, as a user runs it."""

import json

import pytest
import xarray as xr

from tests.workflow.project import ROOT

STUDIES = sorted(path.name for path in (ROOT / "params").glob("*.yaml"))
PRODUCTS = ("experiment.json", "runs.tsv", "trajectory.json", "scores.json", "provenance.json", "run_table.tsv",
            "ro-crate-metadata.json", "report.html")


@pytest.fixture(scope="module")
def minimal(tmp_path_factory):
    """A copy of the project in which the minimal study has been run."""
    from tests.workflow.project import Project

    made = Project(tmp_path_factory.mktemp("minimal"))
    made.said = made.snakemake("--configfile", "params/minimal.yaml")
    return made


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_can_be_planned(study, tmp_path_factory):
    """A dry run: files, models, quantities, tests and report sections are right, and the jobs are found."""
    from tests.workflow.project import Project

    planned = Project(tmp_path_factory.mktemp("plan")).planned("--configfile", f"params/{study}")
    assert planned.get("simulate", 0) + planned.get("simulate_mpi", 0) >= 1
    assert {"merge", "derive", "validate", "trace", "report"} <= set(planned)


def test_minimal_study_makes_everything(minimal):
    results = minimal.folder / "results/minimal"
    for name in PRODUCTS:
        assert (results / name).stat().st_size > 0, name
    assert len(minimal.stores("minimal")) == 8
    assert json.loads((results / "scores.json").read_text())["summary"] == {"cells": 2, "surprises": 0, "passed": 2, "failed": 0,
                                                                           "errors": 0}
    page = (results / "report.html").read_text()
    assert "<script src" not in page and "mean-field rate" in page


def test_results_open_with_plain_xarray(minimal):
    tree = xr.open_datatree(minimal.folder / "results/minimal/trajectory.zarr", engine="zarr")
    assert tree.sizes["run"] == 8 and {"g", "eta", "trial"} <= set(tree.coords)
    assert tree["spikes/n_spikes"].sum() > 0 and tree["traces/exc/v"].dims == ("run", "time", "cell")
    quantities = xr.open_zarr(minimal.folder / "results/minimal/quantities.zarr")
    assert (quantities.mean_rate.sel(population="exc") > 0).all()


def test_every_product_is_what_was_written(minimal):
    said = minimal.simcore("verify", "results/minimal/trajectory.zarr", *minimal.stores("minimal").values())
    assert said.count("every array is what was written") == 9


def test_a_point_can_be_run_again_from_its_results(minimal, tmp_path):
    """Same bytes from what is kept with the results, on one rank and on two."""
    run, store = next(iter(minimal.stores("minimal").items()))
    minimal.simcore("run", "results/minimal/experiment.json", run, "--out", tmp_path / "again.zarr.zip")
    assert "the arrays are the same" in minimal.simcore("diff", store, tmp_path / "again.zarr.zip")


def test_second_call_has_nothing_to_do(minimal):
    assert "Nothing to be done" in minimal.snakemake("--configfile", "params/minimal.yaml")


def test_snakemakes_own_report_works(minimal):
    minimal.snakemake("--configfile", "params/minimal.yaml", "--report", "jobs.html")
    assert (minimal.folder / "jobs.html").stat().st_size > 100_000


def test_runs_on_two_ranks_through_snakemake_have_the_same_bytes(tiny):
    before = json.loads((tiny.folder / "results/tiny/trajectory.json").read_text())
    tiny.write("ranks.yaml", (tiny.folder / "tiny.yaml").read_text() + "ranks: 2\n")
    tiny.snakemake("results/tiny2/trajectory.json", "--configfile", "ranks.yaml", "--config", "name=tiny2")
    after = json.loads((tiny.folder / "results/tiny2/trajectory.json").read_text())
    assert after["arrays"] == before["arrays"] and after["runs"] == before["runs"]


def test_a_long_run_tells_its_progress_in_its_log(steps):
    """Biological time, speed, spikes and time to go; at most a line a second."""
    study = (steps.folder / "tiny.yaml").read_text()
    for old, new in (("tiny", "slow"), ("20 ms", "200 s"), ("[4, 5, 6]", "[5]"), ("n_exc: 40", "n_exc: 400"),
                     ("n_inh: 10", "n_inh: 100")):
        study = study.replace(old, new)
    steps.write("slow.yaml", study)
    steps.simcore("run", "slow.yaml", "--log", "slow.log")
    log = (steps.folder / "slow.log").read_text()
    lines = [line for line in log.splitlines() if " of 200000 ms (" in line]
    assert "results/slow/runs/" in log
    assert lines and all("x real time" in line and "spikes per biological s" in line and "s to go" in line for line in lines)
