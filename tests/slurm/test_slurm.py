"""The SLURM profile on a real SLURM of two nodes. Everything that waits for SLURM's own clock is started first."""

import re
import shlex
import subprocess
import sys

import pytest

from simcore.store.reader import is_whole, read_attrs
from tests.slurm.conftest import SLURM, Running
from tests.workflow.project import wait_for

MPI = "srun --mpi=pmi2"


@pytest.fixture(scope="module")
def studies(on_slurm):
    """Three studies that share the two nodes: the minimal one, one of two ranks, one with a run beyond its time limit."""
    minimal = on_slurm("minimal")
    ranks = on_slurm("ranks", set_resources={"simulate_mpi": {"mpi": MPI, "nodes": 2, "mem_mb": 500}})
    ranks.write("ranks.yaml", (ranks.folder / "tiny.yaml").read_text().replace("[4, 5, 6]", "[5]") + "ranks: 2\n")
    limit = on_slurm("limit", set_resources={"simulate_alone": {"runtime": "attempt", "mem_mb": "800 * attempt"}})
    (limit.folder / "when_3").write_text("once sleep 200")
    limit.write("limit.yaml", (limit.folder / "steps.yaml").read_text().replace("[1, 2, 3, 4]", "[3]"))
    found = {
        "limit": Running(limit, "results/steps/runs.tsv", "results/steps/trajectory.json", "--configfile", "limit.yaml",
                         "--config", "launch=process"),
        "ranks": Running(ranks, "results/tiny/trajectory.json", "--configfile", "ranks.yaml"),
        "minimal": Running(minimal, "--configfile", "params/minimal.yaml"),
    }
    yield found
    for running in found.values():
        if running.process.poll() is None:
            running.process.kill()


def test_a_point_that_fails_in_an_allocation_with_others_fails_alone(studies, on_slurm, lab):
    """Two workers, each one SLURM job, take four points; one raises each time, one kills its worker once: only the first is
    missing at the end, and only it runs in the next call."""
    project = on_slurm("alone", retries=1)
    (project.folder / "when_2").write_text("raise")
    (project.folder / "when_3").write_text("once die")
    said = project.snakemake("results/steps/trajectory.json", *SLURM, "--configfile", "steps.yaml", ok=False,
                             timeout=200)
    assert re.search(r"run \w{12} \(height = 2.0, trial = 0\) failed: ValueError: a step of 2 mV is too high", said)
    assert re.search(r"\(height = 3.0, trial = 0\) failed: its process ended with exit code \d+ \(srun says above", said)
    assert len(project.stores("steps")) == 3 and all(map(is_whole, project.stores("steps").values()))
    (project.folder / "when_2").unlink()
    assert project.planned(*SLURM, "--configfile", "steps.yaml")["simulate"] == 1


def test_more_memory_and_time_are_asked_for_when_a_job_is_tried_again(studies, on_slurm, lab):
    project = on_slurm("again", retries=1)
    (project.folder / "when_2").write_text("once raise")
    project.snakemake("results/steps/runs.tsv", *runs(project), *SLURM, "--configfile", "steps.yaml")
    asked = {(job["memory"], job["limit"]) for job in lab.jobs(folder=project.folder)}
    assert asked == {("2000M", "2:00:00"), ("4000M", "4:00:00")}


def test_runs_on_both_nodes_have_the_bits_of_one_process(studies, lab):
    studies["ranks"].end()
    project = studies["ranks"].project
    assert [job["nodes"] for job in lab.jobs("rule_simulate_mpi")] == ["n[1-2]"]
    [store] = project.stores("tiny").values()
    project.simcore("run", "tiny.yaml", "g=5", "--out", "alone.zarr.zip")
    alone = read_attrs(project.folder / "alone.zarr.zip")
    assert read_attrs(store)["digests"] == alone["digests"]


def test_the_minimal_study_runs_to_its_report(studies, lab):
    studies["minimal"].end()
    project = studies["minimal"].project
    assert (project.folder / "results/minimal/report.html").stat().st_size > 0
    assert len(project.stores("minimal")) == 8
    assert {job["state"] for job in lab.jobs("rule_report")} == {"COMPLETED"}
    assert "Nothing to be done" in project.snakemake(*SLURM, "--configfile", "params/minimal.yaml")
    assert project.planned("--configfile", "params/minimal.yaml") == {}, "where it ran makes nothing stale"


def test_a_job_over_its_time_limit_gets_more_and_its_log_says_why(studies, lab):
    """The first of the two jobs of this run ends as TIMEOUT, the second had twice the time and the memory."""
    said = studies["limit"].end()
    first, second = lab.jobs("rule_simulate_alone")
    assert [first[k] for k in ("state", "limit", "memory")] == ["TIMEOUT", "1:00", "800M"]
    assert [second[k] for k in ("state", "limit", "memory")] == ["COMPLETED", "2:00", "1600M"]
    logs = list((studies["limit"].project.folder / "results/slurm").rglob(f"{first['id']}.log"))
    assert len(logs) == 1 and "DUE TO TIME LIMIT" in logs[0].read_text()
    assert str(logs[0]) in said or logs[0].name in said
    assert len(studies["limit"].project.stores("steps")) == 1


def test_a_drained_node_is_done_without_and_a_lost_one_costs_a_retry(on_slurm, lab):
    """n1 drained: all jobs go to n2. Then a worker's node goes down in the middle of a run: the run is made elsewhere."""
    project = on_slurm("nodes")
    lab.run("scontrol", "update", "nodename=n1", "state=drain", "reason=test")
    (project.folder / "when_3").write_text("once sleep 100")
    running = Running(project, "results/steps/runs.tsv", *runs(project), "--configfile", "steps.yaml")
    wait_for(lambda: len(project.stores("steps")) == 3 and not (project.folder / "when_3").exists())
    assert {job["nodes"] for job in lab.jobs(folder=project.folder)} - {""} == {"n2"}
    kept = {run: path.read_bytes() for run, path in project.stores("steps").items()}
    lab.resume("n1")
    busy = [job["id"] for job in lab.jobs(folder=project.folder) if job["state"] == "RUNNING"]
    lab.run("scontrol", "update", "nodename=n2", "state=down", "reason=test")
    running.end()
    lab.resume("n2")
    after = {job["id"]: job["state"] for job in lab.jobs(folder=project.folder)}
    assert "NODE_FAIL" in {after[job] for job in busy}, after
    assert len(project.stores("steps")) == 4 and all(map(is_whole, project.stores("steps").values()))
    assert {run: project.stores("steps")[run].read_bytes() for run in kept} == kept


def test_snakemake_in_an_allocation_has_workers_on_all_its_nodes(on_slurm, lab):
    """One SLURM job of two tasks, one on each node: four runs, made by workers that are steps of it."""
    project = on_slurm("allocation")
    for height in (1, 2, 3, 4):
        (project.folder / f"when_{height}").write_text("once sleep 3")
    command, environment = project.command("results/steps/trajectory.json", "--workflow-profile",
                                           "workflow/profiles/allocation", "--cores", "2", "--configfile", "steps.yaml")
    script = f"cd {project.folder} && {shlex.join(map(str, command))}"
    job = subprocess.run(["sbatch", "--parsable", "--wait", "--nodes=2", "--ntasks=2", "--ntasks-per-node=1", "--time=5",
                          "--mem-per-cpu=2000", f"--output={project.folder}/out", "--wrap", script], text=True,
                         env=environment, capture_output=True, timeout=120)
    said = (project.folder / "out").read_text()
    assert job.returncode == 0, said[-4000:]
    assert len(project.stores("steps")) == 4 and (project.folder / "results/steps/trajectory.json").exists()


def test_dask_workers_of_slurm_do_what_threads_do(on_slurm, lab, monkeypatch):
    """Two workers that dask-jobqueue starts for the time; their jobs end with it."""
    for name, value in {"CORES": 1, "MEMORY": "500MB", "WALLTIME": "00:05:00", "INTERFACE": "lo", "LOG_DIRECTORY": "/tmp"}.items():
        monkeypatch.setenv(f"DASK_JOBQUEUE__SLURM__{name}", str(value))
    before = {job["id"] for job in lab.jobs()}
    code = ("import operator; from simcore.store.farm import each; "
            "print(each(operator.mul, [(i, i) for i in range(9)], on='slurm:2'))")
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, timeout=100, check=True)
    assert done.stdout.split("\n")[0] == str([i * i for i in range(9)])
    assert [job["id"] for job in lab.jobs() if job["id"] not in before]
    wait_for(lambda: {job["state"] for job in lab.jobs() if job["id"] not in before} <= {"COMPLETED", "CANCELLED"})


def runs(project):
    """Files of the four runs of steps.yaml, as targets."""
    ids = re.findall(r"^\s*([0-9a-f]{12})", project.simcore("check", "steps.yaml"), re.MULTILINE)
    assert len(ids) == 4
    return [f"results/steps/runs/{run}.zarr.zip" for run in ids]
