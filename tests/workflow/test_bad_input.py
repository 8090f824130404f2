"""Wrong experiment files: the message alone, before any job, with what would be right."""

import os
import resource
import subprocess

import pytest

from tests.workflow.project import STEPS, TINY_NETWORK

BAD = {
    "unknown key": (TINY_NETWORK.replace("duration:", "duratoin:"), ["duratoin", "did you mean 'duration'?"]),
    "unknown parameter": (TINY_NETWORK.replace("eta: 3", "etaa: 3"), ["parameters.etaa", "did you mean 'eta'?"]),
    "wrong unit": (TINY_NETWORK.replace("20 ms", "20 mV"), ["duration", "ms", "20 mV"]),
    "negative time constant": (TINY_NETWORK.replace("  eta: 3", "  eta: 3\n  cell: {tau_m: -5 ms}"),
                               ["cell.tau_m", "> 0 ms", "-5"]),
    "empty range": (TINY_NETWORK.replace("[4, 5, 6]", "[]"), ["g", "range", "at least one value"]),
    "missing file in url": (TINY_NETWORK.replace("  eta: 3", '  eta: 3\n  cell: url("cells/none.yaml")'),
                            ["cells/none.yaml", "parameters.cell"]),
    "cycle of references": (TINY_NETWORK.replace("eta: 3", "eta: ref('J') * 2\n  J: ref('eta') / 2"), ["eta", "J", "circle"]),
    "unknown quantity": (TINY_NETWORK.replace("mean_rate", "mean_rte"), ["mean_rte", "did you mean 'mean_rate'?"]),
    "unknown test": (TINY_NETWORK + "tests: [{test: simcore.validation.checks.brunel.RegimTest}]\n",
                     ["RegimTest", "did you mean 'RegimeTest'?"]),
    "unknown model": (TINY_NETWORK.replace("experiments.brunel", "experiments.brunell"), ["brunell"]),
    "ranks for a function": (STEPS + "ranks: 2\n", ["ranks must be 1 for step", "got 2"]),
    "not yaml": ("name: [tiny\n", ["not valid", "YAML"]),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_experiment_file_gets_the_message_alone(steps, what):
    """One screen, no traceback, naming the entry and what would be right; no job starts."""
    text, expected = BAD[what]
    steps.write("bad.yaml", text.replace("name: tiny", "name: bad").replace("name: steps", "name: bad"))
    said = steps.snakemake("--configfile", "bad.yaml", ok=False)
    if what != "not yaml":              # Snakemake itself reads the file first
        assert "Traceback" not in said and len(said.splitlines()) <= 8, said
    assert all(part in said for part in expected), said
    assert not (steps.folder / "results/bad").exists()
    assert all(part in steps.simcore("check", "bad.yaml", ok=False) for part in expected)


def test_the_message_comes_as_fast_as_snakemake_starts(steps):
    """Within a second, of CPU time, of what Snakemake itself needs to start."""
    steps.write("bad.yaml", BAD["unknown key"][0])

    def seconds(*arguments, ok):
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        steps.snakemake(*arguments, ok=ok)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime

    started = min(seconds("--version", ok=True) for _ in range(3))
    assert min(seconds("--configfile", "bad.yaml", ok=False) for _ in range(3)) < started + 1.0


def test_settings_are_checked(steps):
    said = steps.snakemake("--configfile", "steps.yaml", "--config", "dirty=refuze", ok=False)
    assert "dirty must be one of record, refuse, got 'refuze'" in said and "Traceback" not in said


def test_overrides_come_from_the_command_line(steps):
    """Nested entries as a mapping; a further file replaces entries of the first."""
    assert steps.planned("--configfile", "steps.yaml", "--config", "name=other", "trials=3")["simulate"] == 12
    assert steps.planned("--configfile", "steps.yaml", "--config", "name=other",
                         'parameters={height: "range([7, 8])", n: 3}')["simulate"] == 2
    steps.write("more.yaml", "name: other\ntrials: 2\n")
    assert steps.planned("--configfile", "steps.yaml", "more.yaml")["simulate"] == 8


def test_dirty_refuse_stops_before_the_first_job(project):
    """Without a commit to compare with, and with an edited file; a clean tree runs, and the default records."""
    arguments = ("--dry-run", "--configfile", "steps.yaml", "--config", "dirty=refuse")
    assert "dirty=refuse needs a commit" in project.snakemake(*arguments, ok=False)
    git(project, "init", "-q")
    project.write(".gitignore", ".snakemake/\nresults/\n__pycache__/\n")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "all")
    assert "Job stats" in project.snakemake(*arguments)
    project.edit("simcore/models/base.py", "\n", "\n# edited\n")
    said = project.snakemake(*arguments, ok=False)
    assert "simcore/models/base.py" in said and "Traceback" not in said
    assert "Job stats" in project.snakemake(*arguments[:-2])


def test_without_git_a_run_says_why_there_is_no_commit(steps):
    steps.simcore("run", "steps.yaml", "height=4", "--out", "alone.zarr.zip")
    assert "no git repository" in steps.simcore("show", "alone.zarr.zip", "--all")


def test_results_that_cannot_be_written_are_named(project):
    """A file where the results folder should be, and, for all but root, a folder that is read-only."""
    project.write("results", "in the way")
    said = project.snakemake("--configfile", "steps.yaml", ok=False)
    assert "results is a file where the folder of results should be: move it away" in said and "Traceback" not in said
    (project.folder / "results").unlink()
    (project.folder / "results").mkdir(mode=0o555)
    if os.geteuid():
        said = project.snakemake("--configfile", "steps.yaml", ok=False)
        assert "results cannot be written to: give yourself the right" in said and "Traceback" not in said
    (project.folder / "taken").write_text("in the way")
    said = project.simcore("run", "steps.yaml", "height=4", "--out", "taken/run.zarr.zip", ok=False)
    assert "cannot write" in said and "Traceback" not in said


def git(project, *arguments):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=project.folder, check=True)
