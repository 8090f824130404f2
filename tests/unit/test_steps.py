"""The pipeline's steps: what is checked, what they cost to import, what a run of a function leaves."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from simcore import steps
from simcore.errors import ConfigurationError, ExperimentError, ProvenanceError, StoreError
from simcore.parameters.points import Point
from simcore.store.reader import RunFile, read_attrs

MODEL = '''
import numpy as np
from simcore.units import Param
PARAMETERS = {"a": Param(1.0, "mV"), "n": Param(3)}
def run(point):
    return {"y": point.parameters["a"] * np.arange(point.parameters["n"]), "trial": point.trial}
'''
STUDY = """
name: line
model: line_model
duration: 1 ms
dt: 0.1 ms
trials: 2
parameters: {a: "range([1, 2])"}
"""


@pytest.fixture
def study(tmp_path):
    """An experiment file with its model beside it."""
    (tmp_path / "line_model.py").write_text(MODEL)
    (tmp_path / "line.yaml").write_text(STUDY)
    yield tmp_path / "line.yaml"
    sys.modules.pop("line_model", None)
    sys.path[:] = [entry for entry in sys.path if entry != str(tmp_path)]


def test_expanding_and_looking_for_stale_sources_imports_nothing_heavy():
    """Snakemake's process does both at each start."""
    code = ("import sys\nfrom simcore import steps\ne = steps.expand('params/brunel.yaml')\nsteps.staleness(e)\n"
            "steps.observations(e)\nprint(' '.join(sys.modules))")
    loaded = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True).stdout.split()
    assert not {"numba", "xarray", "dask", "zarr", "pint", "scipy", "pandas", "matplotlib", "git", "mpi4py"} & set(loaded)


def test_simulating_imports_nothing_heavy(study, tmp_path):
    code = ("import sys\nfrom pathlib import Path\nfrom simcore import steps\n"
            f"e = steps.expand({str(study)!r})\n"
            f"steps.simulate(next(iter(e.points.values())), {str(tmp_path / 'x.zarr.zip')!r}, beside=steps.folders(e))\n"
            "print(' '.join(sys.modules))")
    loaded = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True).stdout.split()
    assert not {"numba", "xarray", "dask", "zarr", "pint", "scipy", "pandas", "matplotlib", "mpi4py"} & set(loaded)


def test_settings_are_taken_out_of_the_overrides():
    chosen, left = steps.settings({"dirty": "refuse", "trials": 3})
    assert chosen == {"dirty": "refuse", "launch": "warm", "user": True} and left == {"trials": 3}
    with pytest.raises(ExperimentError, match="launch must be one of warm, process, got 'proces'; did you mean 'process'"):
        steps.settings({"launch": "proces"})


def test_later_files_and_overrides_replace_entries(study, tmp_path):
    more = tmp_path / "more.yaml"
    more.write_text("trials: 3\nparameters: {n: 5}\n")
    experiment = steps.expand([study, more], {"parameters": {"a": "4"}})
    assert len(experiment.points) == 3
    assert all(p.parameters["a"] == 4.0 and p.parameters["n"] == 5 for p in experiment.points.values())
    more.write_text("[1, 2]")
    with pytest.raises(ExperimentError, match="must hold a mapping"):
        steps.expand([study, more])


def test_a_function_cannot_run_on_several_ranks(study):
    with pytest.raises(ConfigurationError, match="ranks must be 1 for line_model"):
        steps.expand(study, {"ranks": 2})


def test_refusing_dirty_code_needs_a_commit(study):
    with pytest.raises(ProvenanceError, match=r"dirty=refuse"):
        steps.expand(study, dirty="refuse")


def test_an_experiment_comes_back_from_what_is_kept_with_its_results(study, tmp_path):
    experiment = steps.expand(study)
    steps.write_experiment(experiment, tmp_path / "experiment.json", tmp_path / "runs.tsv")
    again = steps.read_experiment(tmp_path / "experiment.json")
    assert list(again.points) == list(experiment.points) and again.axes == experiment.axes
    assert [p.explored for p in again.points.values()] == [p.explored for p in experiment.points.values()]
    assert steps.digest(again.to_dict()) == steps.digest(experiment.to_dict())
    table = [line.split("\t") for line in (tmp_path / "runs.tsv").read_text().splitlines()]
    assert table[0] == ["run", "run_id", "a", "trial"]
    assert [row[1] for row in table[1:]] == list(experiment.points) and table[3][0] == "run_00000002"


def test_a_run_of_a_function_is_stored_with_its_record(study, tmp_path):
    experiment = steps.expand(study)
    point = list(experiment.points.values())[3]
    digests = steps.simulate(point, tmp_path / "run.zarr.zip", beside=steps.folders(experiment), inputs=[study], user=False)
    attrs = read_attrs(tmp_path / "run.zarr.zip")
    assert attrs["digests"] == digests and set(digests) == {"results/y", "results/trial"}
    assert attrs["provenance"]["host"]["user"] is None and len(attrs["provenance"]["inputs"]) == 1
    assert attrs["provenance"]["code"]["source_digest"] == steps.staleness(experiment)["simulate"]
    with RunFile(tmp_path / "run.zarr.zip") as run:
        np.testing.assert_array_equal(run.read("results/y"), [0.0, 2.0, 4.0])


def test_a_function_must_return_names_and_values(study):
    experiment = steps.expand(study)
    (study.parent / "line_model.py").write_text(MODEL.replace('return {"y"', 'return [{"y"').replace('trial}', 'trial}]'))
    sys.modules.pop("line_model")
    with pytest.raises(ConfigurationError, match="must return a mapping of names to numbers or arrays, got list"):
        steps.simulate(next(iter(experiment.points.values())), "never.zarr.zip", beside=steps.folders(experiment))


def test_merging_without_a_store_says_which_is_missing(study, tmp_path):
    experiment = steps.expand(study)
    with pytest.raises(StoreError):
        steps.merge(experiment, [tmp_path / f"{run}.zarr.zip" for run in experiment.points], tmp_path / "trajectory.zarr")


def test_what_is_asked_afterwards_makes_no_run_stale(study):
    """Quantities, tests, report and ranks are no part of what merging depends on; the points are."""
    def about(**overrides):
        return steps.digest(steps.about_runs(steps.expand(study, overrides)).to_dict())

    assert about() == about(report={"title": "other"}) == about(quantities=["mean_rate"])
    assert about() != about(trials=3)


def test_digests_do_not_depend_on_the_order_of_keys():
    assert steps.digest({"a": 1, "b": [2]}) == steps.digest({"b": [2], "a": 1}) != steps.digest({"a": 1, "b": [3]})


def test_a_point_survives_the_way_to_a_worker(study):
    for point in steps.expand(study).points.values():
        assert Point.from_dict(json.loads(json.dumps(point.to_dict()))).digest == point.digest
        assert dataclasses.replace(point, trial=7).run_id != point.run_id


def test_a_results_folder_that_cannot_be_written_is_named(study, tmp_path, monkeypatch):
    experiment = steps.expand(study)
    monkeypatch.chdir(tmp_path)
    assert steps.results_folder(experiment) == "results/line"
    monkeypatch.setattr("os.access", lambda path, mode: False)      # as root everything can be written
    with pytest.raises(StoreError, match=r"cannot be written to: give yourself the right \(chmod u\+w\)"):
        steps.results_folder(experiment)
