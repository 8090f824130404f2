"""Runs as jobs of Snakemake: the same trajectory, committed run by run, whatever ends a job or the exploration."""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from simcore.errors import ConfigurationError, SimulationError, StoreError
from simcore.trajectory import Snakemake, snakejobs
from simcore.trajectory.snakejobs import JOBS, PLAN
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded

workflow = pytest.mark.workflow
ROOT = Path(__file__).parents[3]


def profile(folder, text):
    folder.mkdir()
    (folder / "profile.yaml").write_text(text)
    return folder


@workflow
def test_jobs_of_a_profile_give_what_the_pool_gives(explored, path, tmp_path):
    where = profile(tmp_path / "mine", "cores: 2\nset-threads:\n  runs: 2\n")
    shown = []
    done = explored.run(jobs.product, executor=Snakemake(where, runs_a_job=4, processes=2), progress=lambda n, of: shown.append((n, of)))
    assert done.completed == list(range(6)) and done.returned == {i: 2.0 * i for i in range(6)} and shown[-1] == (6, 6)
    again = loaded(path)
    assert again.f_is_completed() and again.results["z"].values.tolist() == [0, 2, 4, 6, 8, 10]
    assert again.f_get_from_runs("z", fast_access=True, use_indices=True) == {i: 2.0 * i for i in range(6)}
    pids = {again.f_get_run_record(i)["process"]["pid"] for i in range(6)}
    record = again.f_get_run_record(5)
    assert os.getpid() not in pids and 2 <= len(pids) <= 4
    assert record["code"]["function"] == "tests.unit.trajectory.jobs:product" and record["host"]["name"]
    assert not (path / JOBS).exists()


@workflow
def test_a_run_that_raises_and_one_that_kills_its_process_leave_the_others_alone(explored, path):
    with pytest.raises(SimulationError, match="2 of 6 runs failed, first run_00000002") as told:
        explored.run(jobs.raises_at_two_dies_at_three, executor="snakemake", n_workers=1)
    assert "two is refused" in told.value.got[2] and "died twice" in told.value.got[3]
    again = loaded(path)
    assert [again.f_is_completed(i) for i in range(6)] == [True, True, False, False, True, True]
    assert "two is refused" in again.f_get_run_information(2)["error"] and "died twice" in again.f_get_run_information(3)["error"]


@workflow
def test_a_job_that_is_killed_goes_on_where_it_was_if_retried(explored, path, tmp_path):
    executor = Snakemake(runs_a_job=6, options=("--retries", "1"))
    done = explored.run(jobs.ends_its_job_once, tmp_path / "killed", executor=executor, n_workers=1)
    assert done.completed == list(range(6)) and (tmp_path / "killed").exists()
    again = loaded(path)
    assert again.results["z"].values.tolist() == list(range(6))
    first, last = again.f_get_run_record(2)["process"]["pid"], again.f_get_run_record(3)["process"]["pid"]
    assert first != last


@workflow
def test_a_job_that_fails_for_good_loses_no_completed_run_and_shows_its_log(explored, path, tmp_path):
    with pytest.raises(SimulationError, match=r"3 of 6 runs failed, first run_00000003(.|\n)*snakemake.log"):
        explored.run(jobs.ends_its_job_once, tmp_path / "killed", executor=Snakemake(runs_a_job=6), n_workers=1)
    assert [loaded(path).f_is_completed(i) for i in range(6)] == [True, True, True, False, False, False]
    assert loaded(path).run(jobs.product, n_workers=1).completed == [3, 4, 5]


@workflow
def test_the_first_failure_ends_all_jobs_if_wanted(explored, path):
    start = time.time()
    with pytest.raises(SimulationError, match="1 of 2 runs failed, first run_00000001"):
        explored.run(jobs.raises_at_one_else_sleeps, executor=Snakemake(runs_a_job=1), n_workers=2, runs=[0, 1], keep_going=False)
    assert time.time() - start < 100 and [loaded(path).f_is_completed(i) for i in range(6)] == [False] * 6


@workflow
def test_a_full_disk_comes_home_from_a_job(explored):
    with pytest.raises(StoreError, match="no space left"):
        explored.run(jobs.finds_the_disk_full, executor="snakemake", n_workers=1)


SCRIPT = """
import sys
from simcore.trajectory import Trajectory
from tests.unit.trajectory import jobs
traj = Trajectory("example", add_time=False, filename=sys.argv[1])
traj.f_load()
traj.run(jobs.very_slow, executor="snakemake", n_workers=2)
"""


@workflow
def test_a_killed_exploration_ends_its_jobs_and_goes_on_where_it_was(explored, path):
    explored.f_store()
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], cwd=ROOT)
    deadline = time.time() + 60
    while time.time() < deadline and not loaded(path).v_storage_service.table.completed.any():
        time.sleep(0.05)
    below = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(below) >= 2 and not psutil.wait_procs(below, timeout=15)[1]
    before = set(np.flatnonzero(loaded(path).v_storage_service.table.completed).tolist())
    assert 0 < len(before) < 6
    assert set(loaded(path).run(jobs.product, n_workers=1).completed) == set(range(6)) - before
    assert loaded(path).f_is_completed()


def test_a_job_of_an_exploration_that_is_over_does_nothing(explored, path):
    explored.f_store()
    (path / JOBS).mkdir()
    (path / JOBS / PLAN).write_text('{"token": "new"}')
    done = subprocess.run([sys.executable, "-m", "simcore.trajectory.batch", "0", "--token", "old"], cwd=path / JOBS,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "exploration that is over" in done.stderr


def started_by_name(run):
    run.f_add_result("z", 1)


def test_functions_that_other_processes_cannot_import_are_named_with_a_cure(explored, monkeypatch):
    def local(run):
        pass

    with pytest.raises(ConfigurationError, match=r"local.* is defined within a function: move it"):
        explored.run(local, executor="snakemake")
    with pytest.raises(ConfigurationError, match="a lambda has no name: write it with def"):
        explored.run(lambda run: None, executor=Snakemake())
    monkeypatch.setattr(started_by_name, "__module__", "__main__")
    with pytest.raises(ConfigurationError, match="`from model import started_by_name`"):
        explored.run(functools.partial(started_by_name), executor="snakemake")
    monkeypatch.setattr(started_by_name, "__module__", "nowhere")
    with pytest.raises(ConfigurationError, match="the module nowhere has nothing of this name"):
        explored.run(started_by_name, executor="snakemake")
    snakejobs.check_importable(functools.partial(jobs.product, y=1))
    assert not explored.f_is_completed(0)


def test_arguments_that_cannot_be_sent_and_missing_profiles_are_named(explored, tmp_path):
    with pytest.raises(ConfigurationError, match=r"arguments of <function product at .*> cannot be sent"):
        explored.run(jobs.product, (i for i in range(3)), executor="snakemake")
    with pytest.raises(ConfigurationError, match=r"no folder .*/nothing: profile is the folder"):
        explored.run(jobs.product, executor=Snakemake(tmp_path / "nothing"))
