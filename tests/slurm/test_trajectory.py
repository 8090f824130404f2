"""Runs of a trajectory as SLURM jobs of the project's profile: committed one by one, resumed after `kill -9`."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from simcore.trajectory import Snakemake, Trajectory
from tests.unit.trajectory import jobs
from tests.workflow.project import ROOT

SCRIPT = """
import sys
from simcore.trajectory import Snakemake, Trajectory
from tests.unit.trajectory import jobs
traj = Trajectory("example", add_time=False, filename=sys.argv[1])
traj.f_load()
traj.run(jobs.very_slow, executor=Snakemake(sys.argv[2], runs_a_job=6))
"""


@pytest.fixture
def profile(tmp_path):
    """The project's SLURM profile, set for this site."""
    about = yaml.safe_load((ROOT / "workflow/profiles/slurm/profile.yaml").read_text())
    about |= {"latency-wait": 5, "slurm-init-seconds-before-status-checks": 2,
              "default-resources": {"runtime": "5 * attempt", "mem_mb": "500 * attempt"}}
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile/profile.yaml").write_text(yaml.safe_dump(about))
    return tmp_path / "profile"


def started(path):
    traj = Trajectory("example", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_add_parameter("y", 2.0)
    traj.f_explore({"x": list(range(24))})
    traj.f_store()
    return traj


def completed(path):
    traj = Trajectory("example", add_time=False, filename=path)
    traj.f_load()
    return set(np.flatnonzero(traj.v_storage_service.table.completed).tolist())


def test_an_exploration_killed_on_slurm_goes_on_where_it_was(lab, profile, tmp_path):
    path = tmp_path / "traj.zarr"
    traj = started(path)
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), str(profile)], cwd=ROOT)
    deadline = time.time() + 90
    while time.time() < deadline and len(completed(path)) < 2:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.time() + 40                         # Snakemake cancels its jobs
    while time.time() < deadline and any(job["state"] in ("RUNNING", "PENDING", "COMPLETING") for job in lab.jobs()):
        time.sleep(0.5)
    before = completed(path)
    assert 2 <= len(before) < 24
    done = traj.run(jobs.product, executor=Snakemake(profile, runs_a_job=10))
    assert set(done.completed) == set(range(24)) - before and traj.f_is_completed()
    wanted = [float(x) if x in before else 2.0 * x for x in range(24)]
    assert traj.results["z"].values.tolist() == wanted
    assert len({traj.f_get_run_record(i)["process"]["slurm_job"] for i in range(24)}) >= 3
