"""A run that fails fails alone, says which it was, and is all that runs again; nothing half-written is left."""

import os
import re
import signal
import subprocess

from simcore.store.reader import is_whole
from tests.workflow.project import wait_for


def tell(project, height, *words):
    """Tell the model `step` what to do at this height; nothing: what it should."""
    file = project.folder / f"when_{height}"
    file.write_text(" ".join(map(str, words))) if words else file.unlink()


def test_a_point_that_raises_and_one_that_dies_fail_alone(steps):
    """One of four raises, one is killed; the other two are made, and the next call runs just those two."""
    tell(steps, 2, "raise")
    tell(steps, 3, "die")
    said = steps.snakemake("--configfile", "steps.yaml", "--keep-going", ok=False)
    failed = re.findall(r"run ([0-9a-f]{12}) \(height = (\S+), trial = 0\) failed: (.*)\n  log: (\S+)", said)
    assert [f[1] for f in sorted(failed, key=lambda f: f[1])] == ["2.0", "3.0"]
    for run, height, why, log in failed:
        assert why == {"2.0": "ValueError: a step of 2 mV is too high",
                       "3.0": "its process was ended by SIGKILL (out of memory?)"}[height]
        assert run in (steps.folder / log).read_text()
        assert run not in steps.stores("steps")
    assert "in run" in (steps.folder / next(f[3] for f in failed if f[1] == "2.0")).read_text(), "traceback in the log"
    assert len(steps.stores("steps")) == 2
    tell(steps, 2)
    tell(steps, 3)
    assert steps.planned("--configfile", "steps.yaml")["simulate"] == 2
    steps.snakemake("--configfile", "steps.yaml")
    assert len(steps.stores("steps")) == 4
    assert steps.planned("--configfile", "steps.yaml") == {}


def test_workers_are_started_by_what_a_profile_says(project):
    """A launcher in front of the worker, as srun on a cluster; one that fails is named."""
    def with_launcher(words, **how):
        return project.snakemake("results/steps/trajectory.json", "--set-resources", f"simulate:worker='{words}'",
                                 "--configfile", "steps.yaml", **how)

    said = with_launcher('sh -c "exit 7" srun', ok=False)
    assert "failed: its process ended with exit code 7 (sh says above why)" in said and not project.stores("steps")
    with_launcher("env LAUNCHED=yes")
    assert len(project.stores("steps")) == 4
    assert project.planned("results/steps/trajectory.json", "--configfile", "steps.yaml") == {}


def test_killing_everything_loses_no_finished_run_and_leaves_nothing_half_written(project):
    """kill -9 of Snakemake in the middle: its workers end, finished runs stay, the next call runs just the others."""
    tell(project, 3, "sleep", 60)
    command, environment = project.command("--configfile", "steps.yaml")
    running = subprocess.Popen(command, cwd=project.folder, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    folder = project.folder / "results/steps/logs/simulate"
    wait_for(lambda: len(project.stores("steps")) == 3 and any("3.0" in f.read_text() for f in folder.glob("*.log")))
    at_work = project.folder / ".snakemake/incomplete"
    wait_for(lambda: sum(f.is_file() for f in at_work.rglob("*")) == 1)     # Snakemake has noted the end of the other three
    workers = children(running.pid)
    assert workers, "warm workers are processes of their own"
    running.send_signal(signal.SIGKILL)
    running.wait()
    wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers))
    kept = {run: path.read_bytes() for run, path in project.stores("steps").items()}
    assert len(kept) == 3 and all(map(is_whole, project.stores("steps").values()))
    tell(project, 3)
    project.snakemake("--unlock")
    assert project.planned("--configfile", "steps.yaml")["simulate"] == 1
    project.snakemake("--configfile", "steps.yaml")
    assert {run: project.stores("steps")[run].read_bytes() for run in kept} == kept
    assert not list((project.folder / "results/steps/runs").glob(".*")), "no temporary files are left"


def test_a_run_on_several_ranks_that_fails_says_why(steps):
    """The message of the rank that failed is seen, and the other ranks end."""
    tiny = steps.write("bad.yaml", (steps.folder / "tiny.yaml").read_text().replace("name: tiny", "name: bad"))
    steps.edit("simcore/experiments/brunel.py", "    network = Network()\n",
               '    import os\n    if os.environ.get("PMI_RANK") == "1":\n        raise ArithmeticError("one rank went wrong")\n'
               "    network = Network()\n")
    said = steps.snakemake("--configfile", tiny, "--config", "ranks=2", ok=False)
    assert "one rank went wrong" in said and "results/bad/logs/simulate/" in said
    assert not steps.stores("bad")


def test_too_few_ranks_are_refused(project):
    said = project.simcore("run", "tiny.yaml", "g=5", "--ranks", 3, ok=False)
    assert "3 ranks were asked for (--ranks), but the world has 1" in said


def children(pid):
    """Process ids of the warm workers of a process."""
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
