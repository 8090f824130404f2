"""A copy of this project in a folder of its own, to be run, edited and broken."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "simcore", "workflow", "params")

TINY_NETWORK = """\
name: tiny
model: simcore.experiments.brunel
duration: 20 ms
dt: 0.1 ms
parameters:
  n_exc: 40
  n_inh: 10
  eta: 3
  g: range([4, 5, 6])
quantities: [mean_rate]
"""

STEP_MODEL = '''\
"""A model that is a function: what it does is told by files beside it."""
import os, signal, time
from pathlib import Path
import numpy as np
from simcore.units import Param

HERE = Path(__file__).parent
PARAMETERS = {"height": Param(1.0, "mV", "of the step", low=0.0), "n": Param(10, "", "samples", low=1)}


def run(point):
    height = point.parameters["height"]
    told = HERE / f"when_{height:g}"
    what = told.read_text().split() if told.exists() else []
    if "once" in what:
        told.unlink()
    if "raise" in what:
        raise ValueError(f"a step of {height:g} mV is too high")
    if "die" in what:
        os.kill(os.getpid(), signal.SIGKILL)
    if "sleep" in what:
        time.sleep(float(what[-1]))
    return {"response": np.full(point.parameters["n"], height)}
'''

STEPS = """\
name: steps
model: step
duration: 1 ms
dt: 0.1 ms
parameters:
  height: range([1, 2, 3, 4])
"""


class Project:
    """A folder with the project's files, where Snakemake runs."""

    def __init__(self, folder):
        self.folder = folder
        for part in PARTS:
            source = ROOT / part
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / part, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {}))
        (folder / "profiles").symlink_to("workflow/profiles")
        (folder / "step.py").write_text(STEP_MODEL)
        self.write("steps.yaml", STEPS)
        self.write("tiny.yaml", TINY_NETWORK)

    def write(self, name, text):
        """Write a file of the project."""
        (self.folder / name).write_text(text)
        return name

    def edit(self, name, old, new):
        """Replace a piece of text in a file, once."""
        text = (self.folder / name).read_text()
        assert text.count(old) >= 1, f"{name} has no {old!r}"
        (self.folder / name).write_text(text.replace(old, new, 1))

    def command(self, *arguments):
        """Command line and environment of Snakemake here."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "200"}
        cores = () if "--workflow-profile" in arguments else ("--cores", "2")
        return [sys.executable, "-m", "snakemake", *cores, *arguments], environment

    def snakemake(self, *arguments, ok=True, timeout=120):
        """Run Snakemake; the text it prints."""
        command, environment = self.command(*arguments)
        done = subprocess.run(command, cwd=self.folder, env=environment, text=True, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert (done.returncode == 0) == ok, done.stdout[-6000:]
        return done.stdout

    def planned(self, *arguments):
        """{rule: number of jobs} that Snakemake would run now; {} if nothing is to be done."""
        return jobs(self.snakemake("--dry-run", *arguments))

    def simcore(self, *arguments, ok=True):
        """Run `python -m simcore`; the text it prints."""
        done = subprocess.run([sys.executable, "-m", "simcore", *map(str, arguments)], cwd=self.folder, text=True,
                              env=self.command()[1], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        assert (done.returncode == 0) == ok, done.stdout[-6000:]
        return done.stdout

    def stores(self, name):
        """Run stores of an experiment, by run id."""
        return {path.name[:12]: path for path in sorted((self.folder / "results" / name / "runs").glob("*.zarr.zip"))}


def wait_for(condition, seconds=60, process=None):
    """Wait until the condition holds, or a process has ended."""
    end = time.monotonic() + seconds
    while not condition() and (process is None or process.poll() is None):
        if time.monotonic() > end:
            pytest.fail("waited in vain")
        time.sleep(0.02)


def jobs(text):
    """{rule: number of jobs} of the table that Snakemake prints."""
    if "Nothing to be done" in text:
        return {}
    table = text.partition("Job stats:")[2].partition("total")[0]
    found = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    assert found, text[-3000:]
    return {rule: n for rule, n in found.items() if rule != "all"}
