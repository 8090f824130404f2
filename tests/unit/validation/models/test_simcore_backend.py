"""The backend whose cache is the run store: the workflow's ids; what is missing is made once, what is stale again."""

from multiprocessing import get_context
from pathlib import Path

import pytest

from simcore import steps
from simcore.errors import SimcoreError
from simcore.parameters.experiments import load_experiment
from simcore.provenance import sources
from simcore.validation import RunnableModel
from simcore.validation.errors import BackendException

EXPERIMENT = {"name": "small", "model": "simcore.experiments.brunel", "duration": "20 ms", "dt": "0.1 ms", "trials": 2,
              "parameters": {"n_exc": 80, "n_inh": 20, "g": "range([4.0, 5.0])"}, "record": {"spikes": True}}


@pytest.fixture
def made(tmp_path):
    """A function that makes models, and the list of points that were simulated."""
    simulated = []

    def simulate(point, path):
        simulated.append(point.run_id)
        steps.simulate(point, path)

    def model(attrs=None, name="m", **settings):
        return RunnableModel(name, backend=("Simcore", {"experiment": load_experiment(EXPERIMENT), "runs": tmp_path, "f": simulate,
                                                        **settings}), attrs=attrs)

    return model, simulated


def test_runs_have_the_ids_of_the_workflow(made):
    model, simulated = made
    experiment = load_experiment(EXPERIMENT)
    mine = model({"g": 5.0})
    for trial in (0, 1):
        mine.run(trial=trial)
    wanted = [run_id for run_id, point in experiment.points.items() if point.explored["g"] == 5.0]
    assert simulated == wanted
    assert mine.results.attrs["run_id"] == wanted[1]
    assert mine.results["spikes"].sizes["cell"] >= 100


def test_runs_that_the_workflow_made_are_not_made_again(made, tmp_path):
    model, simulated = made
    run_id, point = next(iter(load_experiment(EXPERIMENT).points.items()))
    steps.simulate(point, tmp_path / f"{run_id}.zarr.zip")
    mine = model()
    mine.run()
    assert simulated == []
    assert mine.results.attrs["run_id"] == run_id


def test_results_are_opened_anew_so_that_nobody_can_change_them(made):
    mine = made[0]()
    mine.run()
    mine.results["spikes"]["spike_time"] = mine.results["spikes"]["spike_time"] * 0
    mine.run()
    assert float(mine.results["spikes"]["spike_time"].sum()) > 0
    assert len(made[1]) == 1


@pytest.mark.parametrize(("code", "again"), [("source", True), ("ignore", False)])
def test_a_store_of_other_sources_is_made_again_unless_told_to_ignore_them(made, monkeypatch, code, again):
    model, simulated = made
    model(code=code).run()
    monkeypatch.setattr(sources, "source_digest", lambda *a, **k: "of another time")
    model(code=code).run()
    assert len(simulated) == 1 + again


def test_a_damaged_store_is_made_again(made, tmp_path):
    model, simulated = made
    model().run()
    path, = tmp_path.glob("*.zip")
    path.write_bytes(path.read_bytes()[:100])
    model().run()
    assert len(simulated) == 2


@pytest.mark.parametrize(("attrs", "run", "message"), [
    ({"gg": 1}, {}, "no parameter 'gg'; did you mean 'g'"), ({"g": "5 mV"}, {}, "g must be in no unit"),
    ({"cell": {"tau_m": -1.0}}, {}, "cell.tau_m must be > 0 ms"), ({}, {"durtion": 3}, "no run parameter; did you mean 'duration'"),
    ({}, {"trial": -1}, "trial must be >= 0")])
def test_bad_attributes_and_run_parameters_are_named(made, attrs, run, message):
    with pytest.raises(SimcoreError, match=message):
        made[0](attrs).run(**run)


def test_equal_points_have_equal_hashes_whatever_the_units(made):
    model, _ = made
    one, other = model({"delay": "0.0015 s"}), model({"delay": 1.5}, name="other")
    assert one.hash() == other.hash() == model().hash()
    one.set_run_params(duration="0.03 s")
    other.set_run_params(duration=30)
    assert one.hash() == other.hash() != model().hash()


def test_an_experiment_is_needed_and_failures_say_what_was_printed(tmp_path):
    with pytest.raises(BackendException, match="needs an experiment"):
        RunnableModel("m", backend="Simcore")
    (tmp_path / "failing_model.py").write_text("from simcore.units import Param\nPARAMETERS = {'x': Param(1.0)}\n"
                                               "def run(point):\n    raise RuntimeError('by design')\n")
    (tmp_path / "e.yaml").write_text("{name: e, model: failing_model, duration: 1 ms, dt: 0.1 ms}")
    model = RunnableModel("m", backend=("Simcore", {"experiment": tmp_path / "e.yaml", "runs": tmp_path / "runs"}))
    with pytest.raises(BackendException, match="by design"):
        model.run()
    assert not list((tmp_path / "runs").glob("*.zip"))


def _judge(folder):
    def simulate(point, path):
        import uuid

        Path(folder, f"made-{point.run_id}-{uuid.uuid4().hex}").touch()
        steps.simulate(point, path)

    for g in (4.0, 5.0, 6.0):
        settings = {"experiment": load_experiment(EXPERIMENT), "runs": Path(folder, "runs"), "f": simulate}
        model = RunnableModel("m", backend=("Simcore", settings), attrs={"g": g})
        model.run()
        assert float(model.results["spikes"]["spike_time"].max()) > 0


def test_eight_processes_simulate_each_missing_point_once(tmp_path):
    processes = [get_context("fork").Process(target=_judge, args=(str(tmp_path),)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(list(tmp_path.glob("made-*"))) == len(list((tmp_path / "runs").glob("*.zip"))) == 3
