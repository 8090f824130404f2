"""Whatever is killed, whenever: no finished run is lost, nothing half-made counts, the next call completes the study, and its
results have the digests of a study that nobody disturbed. Moments are drawn at random, from seeds that are fixed;
SIMCORE_KILLS=20 kills Snakemake at as many.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from simcore.provenance.verify import verify
from simcore.store.reader import is_whole, read_attrs
from tests.workflow.project import TINY_NETWORK, Project, wait_for

STUDY = TINY_NETWORK.replace("[4, 5, 6]", "[3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5]")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A copy of the project with a study of twelve runs; `digests` are those of a study that was not disturbed."""
    project = Project(tmp_path_factory.mktemp("killed"))
    project.write("study.yaml", STUDY)
    project.write("ranks.yaml", TINY_NETWORK.replace("20 ms", "2 s").replace("[4, 5, 6]", "[5]") + "ranks: 2\n")
    project.snakemake(*asked("calm"))
    project.digests = digests(project, "calm")
    return project


@pytest.mark.parametrize("seed", range(int(os.environ.get("SIMCORE_KILLS", "1"))))
def test_snakemake_killed_at_any_moment(study, seed):
    """kill -9 of Snakemake from its start to its end; workers end with it, and its lock is all that stays."""
    name, moment = f"kill{seed}", random.Random(seed)
    running = start(study, *asked(name))
    wait_for(lambda: len(study.stores(name)) >= moment.randrange(1, 10), process=running)
    time.sleep(moment.uniform(0, 0.05))
    workers = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGKILL)
    running.wait()
    psutil.wait_procs(workers, timeout=20)
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    kept = finished(study, name)
    assert kept
    study.snakemake("--unlock")
    planned = study.planned(*asked(name)).get("simulate", 0)
    assert planned <= 12 - len(kept) + 2, "a run for each worker may be done and not yet known to Snakemake"
    study.snakemake(*asked(name))
    complete(study, name, kept)


def test_jobs_that_go_on_when_snakemake_is_killed_are_not_lost(project):
    """As those of a cluster do: their runs are finished without Snakemake, and `make unlock` keeps them."""
    told = [project.folder / f"when_{height}" for height in (1, 2, 3, 4)]
    for file in told:
        file.write_text("once sleep 3")
    running = start(project, "results/steps/trajectory.json", "--configfile", "steps.yaml", "--config", "launch=process")
    wait_for(lambda: sum(file.exists() for file in told) == 2, process=running)
    running.kill()
    running.wait()
    for file in told:
        file.unlink(missing_ok=True)
    wait_for(lambda: len(project.stores("steps")) == 2)
    kept = finished(project, "steps")
    resume = [sys.executable, "workflow/resume.py", "--configfile", "steps.yaml"]
    said = subprocess.run(resume, cwd=project.folder, env=project.command()[1], capture_output=True, text=True, check=True)
    assert "of 2 outputs in the making 2 were finished runs and are kept" in said.stdout
    assert project.planned("--configfile", "steps.yaml")["simulate"] == 2
    project.snakemake("results/steps/trajectory.json", "--configfile", "steps.yaml")
    assert len(project.stores("steps")) == 4
    assert {run: project.stores("steps")[run].read_bytes() for run in kept} == kept
    only_whole_stores_of_these_sources(*project.stores("steps").values())


def only_whole_stores_of_these_sources(store, other, *_):
    """What `make unlock` takes for finished."""
    from workflow.resume import finished as taken

    run, sources = store.name[:12], read_attrs(store)["provenance"]["code"]["source_digest"]
    assert taken(store, {run}, sources)
    assert not taken(store, {run}, "of other sources") and not taken(store, {"another run"}, sources)
    other.write_bytes(other.read_bytes()[:-100])
    assert not taken(other, {other.name[:12]}, sources)


def test_workers_killed_at_any_moment(study):
    """Each kill costs the run that the worker had; with `--retries` the same call completes."""
    moment = random.Random(3)
    running = start(study, *asked("workers"), "--retries", "4")
    for _ in range(3):
        wait_for(lambda: len(workers_of(running)) == 2, process=running)
        time.sleep(moment.uniform(0, 0.3))
        victims = workers_of(running)
        if victims:
            moment.choice(victims).kill()
    assert running.wait(60) == 0
    complete(study, "workers", {})


def test_a_rank_killed_at_any_moment(study):
    """The other rank ends too, no store appears; the next call makes the run, and ranks do not show in its bits."""
    moment = random.Random(4)
    arguments = ("results/ranks/trajectory.json", "--configfile", "ranks.yaml", "--config", "name=ranks")
    running = start(study, *arguments)
    wait_for(lambda: len(ranks_of(running)) == 2, process=running)
    time.sleep(moment.uniform(0.3, 1.5))
    both = ranks_of(running)
    moment.choice(both).kill()
    assert running.wait(60) != 0
    psutil.wait_procs(both, timeout=20)
    assert not finished(study, "ranks")
    study.snakemake(*arguments)
    study.simcore("run", "ranks.yaml", "--set", "ranks=1", "--out", "alone.zarr.zip")
    [store] = study.stores("ranks").values()
    assert read_attrs(store)["digests"] == read_attrs(study.folder / "alone.zarr.zip")["digests"]


def test_a_full_disk(study):
    """Results on a file system of 600 kB that something else fills: runs fail and say why; once there is room, all is well."""
    folder = study.folder / "results/full"
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted: {mounted.stderr.strip()}")
    try:
        filler = folder / "filler"
        filler.write_bytes(bytes(540 << 10))
        said = study.snakemake(*asked("full"), "--keep-going", ok=False)
        assert "No space left on device" in said
        kept = finished(study, "full")
        assert len(kept) < 12
        filler.unlink()
        study.snakemake(*asked("full"))
        complete(study, "full", kept)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def asked(name):
    """Arguments of Snakemake: the merged trajectory of the study, under a name of its own."""
    return (f"results/{name}/trajectory.json", "--configfile", "study.yaml", "--config", f"name={name}")


def start(project, *arguments):
    """Snakemake in the background."""
    command, environment = project.command(*arguments)
    return subprocess.Popen(command, cwd=project.folder, env=environment, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def finished(project, name):
    """{run: bytes} of its finished runs, each of which is whole and is what was written."""
    stores = project.stores(name)
    assert all(map(is_whole, stores.values())) and not any(verify(path) for path in stores.values())
    return {run: path.read_bytes() for run, path in stores.items()}


def complete(project, name, kept):
    """All runs are there, nothing temporary is left, digests are as they must be. Those that were finished are untouched,
    but for the one of each worker that was done in the moment before Snakemake could note it.
    """
    stores = project.stores(name)
    assert len(stores) == 12 and sum(stores[run].read_bytes() != kept[run] for run in kept) <= 2
    assert digests(project, name) == project.digests
    assert not list((project.folder / "results" / name / "runs").glob(".*"))
    assert project.planned(*asked(name)) == {}


def digests(project, name):
    """Runs and the digests of all arrays of a trajectory."""
    said = json.loads((project.folder / "results" / name / "trajectory.json").read_text())
    return said["runs"], said["arrays"]


def workers_of(running):
    """Warm workers of a Snakemake."""
    return [child for child in children(running) if "worker.py" in " ".join(child.cmdline())]


def ranks_of(running):
    """Its processes that simulate under MPI, not their launchers."""
    return [child for child in children(running) if child.cmdline()[1:4] == ["-m", "simcore", "point"]]


def children(running):
    found = []
    for child in psutil.Process(running.pid).children(recursive=True):
        try:
            if child.cmdline() and os.path.basename(child.cmdline()[0]).startswith("python"):
                found.append(child)
        except psutil.Error:            # it has just ended
            continue
    return found
