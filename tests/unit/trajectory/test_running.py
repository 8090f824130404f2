"""Runs: on processes, in this process, on dask; failing, dying, resuming, being read meanwhile."""

import multiprocessing
import os
import time
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest
import xarray as xr

from simcore.errors import ConfigurationError, SimulationError, StoreError
from simcore.trajectory import SingleRun, Trajectory
from simcore.trajectory.segments import FOLDER
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded


@pytest.mark.parametrize(("executor", "n_workers", "commit"), [
    ("pool", 2, "run"), ("pool", 2, "batch"), ("pool", 2, "disk"), ("serial", 1, "batch"), ("dask", 2, "run"),
    pytest.param("snakemake", 2, "run", marks=pytest.mark.workflow)])
def test_all_executors_give_the_same_arrays(explored, path, executor, n_workers, commit):
    done = explored.run(jobs.rich, executor=executor, n_workers=n_workers, commit=commit)
    assert done.completed == list(range(6)) and not done.failed and explored.f_is_completed()
    assert not list((path / FOLDER).glob("*.seg"))
    tree = xr.open_datatree(path, engine="zarr")
    assert tree["results"]["rates.exc"].values.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    assert tree["results"]["trace"].values[4].tolist() == list(np.arange(10.0) + 4)
    assert tree["derived_parameters"]["twice"].values.tolist() == [0, 2, 4, 6, 8, 10]
    assert tree["results"]["ragged.count"].values.tolist() == [0, 1, 2, 3, 0, 1]
    assert tree["runs"].completed.values.all() and (tree["runs"].ended >= tree["runs"].started).values.all()


@pytest.mark.parametrize("executor", ["pool", "serial", "dask", "client"])
def test_progress_is_told_while_runs_run(path, executor):
    traj = Trajectory("example", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": list(range(130))})
    told = []
    with dask_client() if executor == "client" else nullcontext(executor) as where:
        traj.run(jobs.identity, executor=where, n_workers=2, progress=lambda *n: told.append(n))
    assert len(told) > 2 and told == sorted(told) and told[-1] == (130, 130)
    assert traj.results["z"].values.tolist() == list(range(130))


@pytest.mark.parametrize("executor", ["dask", "client"])
def test_on_dask_too_the_first_failure_ends_the_exploration_if_so_asked(path, executor):
    traj = Trajectory("example", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": list(range(60))})
    with dask_client() if executor == "client" else nullcontext(executor) as where, pytest.raises(SimulationError):
        traj.run(jobs.fails_at_three_else_waits, executor=where, n_workers=2, keep_going=False)
    assert not traj.f_is_completed() and traj.f_get_run_information(3)["error"]


def test_runs_that_kill_the_processes_of_dask_have_failed(explored, path):
    with pytest.raises(SimulationError, match="dask gave up this run: BrokenProcessPool"):
        explored.run(jobs.dies_at_three, executor="dask", n_workers=2)
    assert not explored.f_is_completed(3)
    assert 3 in loaded(path).run(jobs.product, n_workers=1).completed and loaded(path).f_is_completed()


@contextmanager
def dask_client():
    from distributed import Client

    with Client(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as client:
        yield client


def test_a_spawned_pool_needs_nothing_of_this_process(explored):
    assert explored.run(jobs.product, n_workers=2, start_method="spawn").returned == {i: 2.0 * i for i in range(6)}


@pytest.mark.parametrize(("wrong", "message"), [
    ({"executor": "pol"}, "executor must be one of pool, .*did you mean 'pool'"), ({"executor": None}, "or a client of dask"),
    ({"commit": "runs"}, "commit must be one of"), ({"n_workers": 0}, "n_workers must be .* at least 1, got 0"),
    ({"n_workers": "2"}, "n_workers"), ({"n_workers": 1.5}, "n_workers"), ({"start_method": "frok"}, "did you mean 'fork'"),
    ({"function": None}, "a function of a run is needed"),
    ({"function": lambda run: None, "n_workers": 2, "start_method": "spawn"}, "cannot be sent .* top level of a module")])
def test_what_cannot_be_run_is_refused(explored, wrong, message):
    with pytest.raises(ConfigurationError, match=message):
        explored.run(**{"function": jobs.product, **wrong})


def test_runs_are_chosen_by_index_or_name(explored):
    assert explored.run(jobs.product, runs=4, n_workers=1).completed == [4]
    assert explored.run(jobs.product, runs="run_00000002", n_workers=1).completed == [2]
    assert explored.run(jobs.product, runs=["run_00000001", 2, 5], n_workers=1).completed == [1, 5]
    with pytest.raises(KeyError):
        explored.run(jobs.product, runs=6)


def test_what_cannot_be_sent_back_is_told_and_the_runs_are_kept(explored, caplog):
    done = explored.run(lambda run: lambda: run.x, n_workers=2)
    assert done.completed == list(range(6)) and not done.returned
    assert "returned is lost" in caplog.text and "pickle" in caplog.text


def test_what_runs_return_comes_back(explored):
    assert explored.run(jobs.product, n_workers=2).returned == {i: 2.0 * i for i in range(6)}


def test_arguments_are_handed_on(explored):
    def job(run, a, b=0):
        run.f_add_result("z", run.x + a + b)

    explored.run(job, 10, b=100, n_workers=2)
    assert explored.results["z"].values.tolist() == [110, 111, 112, 113, 114, 115]


def test_results_are_labelled_by_the_explored_parameters(explored):
    explored.run(jobs.rich, n_workers=1)
    array = explored.results["rates.exc"]
    assert isinstance(array, xr.DataArray) and array.dims == ("run",) and array.x.values.tolist() == list(range(6))
    assert float(array.set_index(run="x").sel(run=3)) == 1.5
    assert explored.results["many.b"].values.tolist() == [f"text {i}" for i in range(6)]
    assert explored.results["trace"].shape == (6, 10)
    assert [len(v) for v in explored.results["ragged"].values] == [0, 1, 2, 3, 0, 1]
    assert explored.results["many.c"].values[2] == {"list": [2, None], "tuple": (1, 2)}
    with pytest.raises(AttributeError):
        _ = explored.results["nothing"]


def test_runs_without_a_result_are_missing(explored, path):
    explored.run(jobs.only_even, n_workers=2)
    assert explored.f_get_from_runs("even", fast_access=True, use_indices=True) == {0: 0, 2: 2, 4: 4}
    values = explored.results["even"].values
    assert np.isnan(values[1::2]).all() and values[::2].tolist() == [0, 2, 4]
    assert np.array_equal(xr.open_datatree(path, engine="zarr")["results"]["even"].values, values, equal_nan=True)
    assert not explored.results.runs.f_contains("run_00000001") and explored.f_is_completed(1)


def test_get_from_runs_agrees_with_looking_at_each_run(explored):
    explored.run(jobs.rich, n_workers=1)
    for name in ("rates.exc", "exc", "trace", "ragged", "many"):
        fast = explored.f_get_from_runs(name, fast_access=True)
        slow = {run: explored.results[run].f_get(name, fast_access=True) for run in explored.f_get_run_names()}
        assert fast.keys() == slow.keys()
        for run, value in fast.items():
            assert type(value) is type(slow[run])
            np.testing.assert_equal(value._store() if name == "many" else value, slow[run]._store() if name == "many" else slow[run])
    assert list(explored.f_get_from_runs("twice", where="d", fast_access=True).values()) == [0, 2, 4, 6, 8, 10]
    for where in ("parameters", "x"):
        with pytest.raises(ValueError):
            explored.f_get_from_runs("exc", where=where)
    assert explored.f_get_from_runs("nothing") == {}


def test_nothing_from_runs_is_a_type_error(explored):
    with pytest.raises(TypeError):
        explored.f_get_from_runs("z")


def test_a_failing_run_does_not_stop_the_others_and_is_told(explored, path):
    with pytest.raises(SimulationError, match="three is refused"):
        explored.run(jobs.fails_at_three, n_workers=2)
    again = loaded(path)
    assert [again.f_is_completed(i) for i in range(6)] == [True, True, True, False, True, True]
    assert "three is refused" in again.f_get_run_information(3)["error"]
    assert "three is refused" in str(xr.open_datatree(path, engine="zarr")["runs"].error.values[3])
    assert again.run(jobs.product, n_workers=1).completed == [3] and again.f_is_completed()


def test_the_first_failure_stops_if_wanted(explored):
    with pytest.raises(SimulationError):
        explored.run(jobs.fails_at_three, n_workers=1, keep_going=False, runs=[3])
    assert not explored.f_is_completed(0)


def test_a_run_that_kills_its_worker_is_found_out_and_the_others_are_done(explored):
    with pytest.raises(SimulationError, match="1 of 6 runs failed, first run_00000003"):
        explored.run(jobs.dies_at_three, n_workers=2)
    assert [explored.f_is_completed(i) for i in range(6)] == [True, True, True, False, True, True]


def test_a_store_can_be_read_while_it_is_written(explored, path):
    explored.f_store()
    gate = multiprocessing.get_context("fork").Event()

    def waits(run):
        run.f_add_result("z", run.x)
        if run.x == 4:
            gate.wait(20)

    process = multiprocessing.get_context("fork").Process(target=lambda: loaded(path).run(waits, n_workers=1))
    process.start()
    try:
        deadline = time.time() + 20
        while time.time() < deadline:
            reader = loaded(path)
            if reader.f_is_completed(3):
                break
            time.sleep(0.02)
        assert not reader.f_is_completed(4) and not reader.f_is_completed()
        assert reader.f_get_from_runs("z", fast_access=True, use_indices=True) == {0: 0, 1: 1, 2: 2, 3: 3}
        assert reader.results.run_00000002.z == 2 and reader.results["z"].values[3] == 3.0
        assert reader.f_get_run_information(2)["completed"] == 1
        with pytest.raises(StoreError, match="another process runs"):
            reader.run(jobs.product, n_workers=1)
        with pytest.raises(StoreError, match="another process runs"):
            reader.f_store()
    finally:
        gate.set()
        process.join(20)
    reader.v_storage_service.reopen()
    assert reader.f_is_completed()


def test_every_run_has_its_information_and_its_record(explored):
    before = time.time()
    explored.run(jobs.product, n_workers=2)
    information = explored.f_get_run_information("run_00000004")
    assert information["idx"] == 4 and information["name"] == "run_00000004" and information["completed"] == 1
    assert before - 1 < information["timestamp"] <= information["finish_timestamp"] < time.time() + 1
    assert information["parameter_summary"] == "x: 4" and information["time"] and information["runtime"]
    assert set(information) == {"completed", "idx", "timestamp", "time", "finish_timestamp", "runtime", "name",
                                "parameter_summary", "short_environment_hexsha"}
    everything = explored.f_get_run_information()
    assert list(everything) == explored.f_get_run_names() and everything["run_00000004"] == information
    record = explored.f_get_run_record(4)
    assert record["code"]["function"].endswith(":product") and record["host"]["name"] and record["environment"]["python"]
    assert record["process"]["pid"] != os.getpid() and record["process"]["ended"] == information["finish_timestamp"]
    assert record["point"] != explored.f_get_run_record(5)["point"]


def test_what_a_single_run_can_do_and_cannot(explored, path):
    seen = {}

    def job(run):
        assert isinstance(run, SingleRun) and run.v_name == run.v_as_run == f"run_{run.v_idx:08d}"
        seen.update(name=run.v_trajectory_name, stamp=run.v_trajectory_timestamp, time=run.v_trajectory_time)
        with pytest.raises(AttributeError):
            run.f_add_parameter("p", 1)
        with pytest.raises(TypeError, match="single run"):
            run.parameters.f_add_parameter("p", 1)
        with pytest.raises(TypeError, match="single run"):
            run.par.group.f_add_leaf("p", 1)
        assert run.group.y == 2.0 and run.f_get_explored_parameters(fast_access=True) == {"parameters.x": run.x}
        below = run.results.f_add_result("direct", 1) if "results" in run.f_get_children() else run.f_add_result("direct", 1)
        assert below.v_full_name == f"results.runs.{run.v_name}.direct" and below.v_run_branch == run.v_name
        large = run.f_add_result("large", np.arange(1000.0))
        run.f_store_item(large)
        large.f_empty()
        run.f_load_item(large)
        assert large.large[999] == 999.0
        large.f_empty()
        run.f_add_result("early", 1)
        run.f_store()
        run.f_add_result("late", run.early + run.crun.direct)
        run.f_add_result_group("noted", comment="a group").f_set_annotations("why")

    explored.run(job, n_workers=1)
    assert seen == {"name": "example", "stamp": explored.v_timestamp, "time": explored.v_time}
    again = loaded(path)
    assert again.results["large"].shape == (6, 1000) and again.results.run_00000005.late == 2
    assert again.results.run_00000002.noted.v_comment == "a group"
    assert again.results.run_00000002.noted.v_annotations.annotation == "why"


def test_comments_and_annotations_of_single_runs_are_kept(explored, path):
    def job(run):
        run.f_add_result("z", run.x, comment=f"of run {run.x}").f_set_annotations(index=run.x)

    explored.run(job, n_workers=2)
    again = loaded(path)
    assert [again.results[i].f_get("z").v_comment for i in range(6)] == [f"of run {i}" for i in range(6)]
    assert again.results[4].f_get("z").v_annotations.index == 4
    assert len(again.v_storage_service.table.schemas) <= 2        # one for each worker, not for each run


def test_a_trajectory_that_was_loaded_half_done_goes_on(explored, path):
    explored.run(jobs.rich, runs=[1, 4], n_workers=1)
    half = loaded(path)
    assert not half.f_is_completed() and half.results["ragged"].values[1].tolist() == [0]
    assert half.run(jobs.rich, n_workers=2).completed == [0, 2, 3, 5]
    assert [v.tolist() for v in loaded(path).results["ragged"].values] == [[], [0], [0, 1], [0, 1, 2], [], [0]]


def test_shapes_that_change_later_make_an_array_ragged(explored, path):
    def even(run):
        run.f_add_result("m", np.full((2, 3), run.x))

    def odd(run):
        run.f_add_result("m", np.full((run.x, 2), run.x))

    explored.run(even, runs=[0, 1, 4], n_workers=1)
    explored.run(odd, n_workers=1)
    shapes = [loaded(path).results[i].m.shape for i in range(6)]
    assert shapes == [(2, 3), (2, 3), (2, 2), (3, 2), (2, 3), (5, 2)]
    assert (loaded(path).results[5].m == 5).all() and (loaded(path).results[4].m == 4).all()


def test_wrong_executors_and_commits_are_named(explored):
    with pytest.raises(ConfigurationError, match="did you mean 'pool'"):
        explored.run(jobs.product, executor="pol")
    with pytest.raises(ConfigurationError, match="commit must be one of"):
        explored.run(jobs.product, commit="never")


def test_nodes_of_runs_are_made_when_they_are_looked_at(path):
    traj = Trajectory("t", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": list(range(3000))})

    def job(run):
        run.f_add_result("z", run.x)

    traj.run(job, n_workers=1, commit="batch")
    again = Trajectory("t", add_time=False, filename=path)
    again.f_load()
    children = again.results.runs.f_get_children(copy=False)
    assert "run_00002999" in children and len(children._made) == 0 and len(children) == 3000
    assert again.results.run_00000042.z == 42 and len(children._made) == 1
    with pytest.raises(AttributeError):
        again.results.runs.f_get("nothing")
    assert len(children._made) == 1


def test_a_reader_that_was_loaded_before_sees_what_was_folded_since(explored, path):
    explored.run(jobs.rich, runs=[1, 4], n_workers=1)
    reader = loaded(path)
    assert not reader.f_is_completed() and reader.results[4].ragged.tolist() == []
    explored.run(jobs.rich, n_workers=1)                # runs 0, 2, 3, 5 come between and behind: ragged arrays move
    assert reader.f_is_completed()
    assert [v.tolist() for v in reader.results["ragged"].values] == [[], [0], [0, 1], [0, 1, 2], [], [0]]
    assert reader.results[3].rates.exc == 1.5
