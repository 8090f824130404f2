"""Detailed cells through the whole workflow: from a morphology file to a report, on ranks, after edits, to SONATA."""

import json
import os
import subprocess
import sys
import zipfile

import libsonata
import numpy as np
import pytest
import xarray as xr

from simcore.steps import mpiexec
from simcore.store.reader import open_run, read_attrs
from tests.workflow.project import Project

STICK = "# a soma, a dendrite and an axon\n1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 108 0 0 1 2\n4 2 -8 0 0 0.5 1\n5 2 -158 0 0 0.5 4\n"
CELL = """\
name: stick
model: simcore.experiments.cable_fi
duration: 100 ms
dt: 0.05 ms
parameters:
  morphology: cells/stick.swc
  current: range([0.03, 0.1, 0.4], "nA")
  compartment: 40 um
record:
  traces: [{population: cell, variable: v, places: [soma, axon], interval: 0.05 ms}]
quantities: [mean_rate, conduction_delay]
tests:
  - {test: simcore.validation.checks.propagation.RheobaseTest, name: rheobase,
     observation: {rheobase: 0.05, source: "a current between the first and the second of the sweep"}}
"""
RING = """\
name: small_ring
model: simcore.experiments.cable_ring
duration: 40 ms
dt: 0.05 ms
parameters: {cells: 3, branching: 0, delay: 2 ms}
record:
  traces: [{population: ring, variable: v, places: [soma, tip], interval: 0.5 ms}]
"""


@pytest.fixture(scope="module")
def stick(tmp_path_factory):
    """A copy of the project in which the f–I curve of a small cell has been run."""
    made = Project(tmp_path_factory.mktemp("stick"))
    (made.folder / "cells").mkdir()
    made.write("cells/stick.swc", STICK)
    made.write("stick.yaml", CELL)
    made.write("small_ring.yaml", RING)
    made.write(".gitignore", "*\n!*/\n!simcore/**\n!envs/**\n__pycache__/\n")     # it knows the code, and no morphology
    (made.folder / "envs").mkdir()
    made.write("envs/constraints.txt", "# the environment\n")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=made.folder, check=True)
    made.snakemake("--configfile", "stick.yaml", timeout=300)
    return made


def store(project, current):
    """The store of the run at this current."""
    return next(path for path in project.stores("stick").values()
                if read_attrs(path)["point"]["parameters"]["current"] == current)


def test_runs_become_rates_delays_scores_and_a_report(stick):
    results = stick.folder / "results/stick"
    quantities = xr.open_zarr(results / "quantities.zarr").load()
    rates = quantities.mean_rate.sel(population="cell").values
    assert rates[0] == 0.0 and rates[2] > rates[1] > 20.0
    delays = quantities.conduction_delay.sel(population="cell").values
    assert np.isnan(delays[0]) and -1.0 < delays[1] < delays[2] < 1.0, "begins in the axon, under more current in the soma"
    (score,) = json.loads((results / "scores.json").read_text())["scores"]
    assert score["passed"] and "silent at 0.03 nA, firing at 0.1 nA" in score["description"]
    page = (results / "report.html").read_text()
    assert "conduction_delay" in page and "rheobase" in page


def test_a_store_says_where_on_the_cell_and_of_which_content_it_was_made(stick):
    path = store(stick, 0.4)
    run, attrs = open_run(path), read_attrs(path)
    trace = run["traces/cell"]
    assert trace.v.shape == (2000, 2) and trace.v.attrs["units"] == "mV"
    assert trace.section.values.tolist() == [0, 2] and trace.position.values[1] > 0.8
    assert attrs["point"]["parameters"]["morphology"].startswith("cells/stick.swc@")
    assert {"stick.yaml", "cells/stick.swc"} <= set(attrs["provenance"]["inputs"])


def test_a_run_is_read_by_libsonata(stick, tmp_path):
    path = store(stick, 0.4)
    stick.simcore("export", path, "--sonata", tmp_path)
    run = open_run(path)
    spikes = libsonata.SpikeReader(str(tmp_path / "spikes.h5"))["cell"].get()
    assert len(spikes) == int(run["spikes"].n_spikes.sum()) > 2
    report = libsonata.ElementReportReader(str(tmp_path / "v.h5"))["cell"]
    frame = report.get()
    assert np.asarray(frame.ids).tolist() == [[0, 0], [0, 2]], "node and section of each compartment"
    assert report.times == (0.0, 100.0, 0.05) and report.data_units == "mV"
    np.testing.assert_array_equal(frame.data, run["traces/cell"].v.values.astype(np.float32))


def test_an_archive_has_the_morphology_and_is_run_again_from_it_alone(stick, tmp_path):
    stick.snakemake("archive", "--configfile", "stick.yaml")
    with zipfile.ZipFile(stick.folder / "results/stick/archive.zip") as archive:
        archive.extractall(tmp_path)
    assert (tmp_path / "parameters/cells/stick.swc").read_text() == STICK and not (tmp_path / "code/cells").exists()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "code")}
    run_id = next(iter(stick.stores("stick")))
    for arguments, says in ((("verify", "results", "--rerun", "--sample", "1"), "1 of 1 runs came out again, bit for bit the same"),
                            (("check", "parameters/stick.yaml"), run_id)):
        done = subprocess.run([sys.executable, "-m", "simcore", *arguments], cwd=tmp_path, env=environment, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0 and says in done.stdout, done.stdout


def test_what_can_change_a_run_makes_it_again_and_nothing_else_does(stick):
    """A comment in the model and another experiment: nothing; the morphology: new points; the model: all again."""
    stick.edit("simcore/experiments/cable_fi.py", "\nfrom ", "\n# a comment\nfrom ")
    stick.edit("simcore/experiments/cable_ring.py", "SOMA = 20.0", "SOMA = 21.0")
    assert stick.planned("--configfile", "stick.yaml") == {}
    stick.edit("cells/stick.swc", "-158 0 0", "-198 0 0")
    planned = stick.planned("--configfile", "stick.yaml")
    stick.edit("cells/stick.swc", "-198 0 0", "-158 0 0")
    assert planned["simulate"] == 3 and planned["merge"] == 1
    stick.edit("simcore/experiments/cable_fi.py", "-65.0, -10.0", "-66.0, -10.0")
    planned = stick.planned("--configfile", "stick.yaml")
    stick.edit("simcore/experiments/cable_fi.py", "-66.0, -10.0", "-65.0, -10.0")
    stick.edit("simcore/experiments/cable_ring.py", "SOMA = 21.0", "SOMA = 20.0")
    assert planned["simulate"] == 3


def test_one_and_two_ranks_give_the_same_digests(stick, tmp_path):
    one, two = tmp_path / "one.zarr.zip", tmp_path / "two.zarr.zip"
    stick.simcore("run", "small_ring.yaml", "--out", one)
    command, environment = stick.command()
    done = subprocess.run([mpiexec(), "-n", "2", command[0], "-m", "mpi4py", "-m", "simcore", "run", "small_ring.yaml", "--ranks",
                           "2", "--out", str(two)], cwd=stick.folder, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:]
    assert read_attrs(one)["digests"] == read_attrs(two)["digests"]
    assert read_attrs(two)["provenance"]["process"]["ranks"] == 2
    assert "traces/ring/section" in read_attrs(one)["digests"] and int(open_run(one)["spikes"].n_spikes.sum()) > 5


@pytest.mark.parametrize(("old", "new", "says"), [
    ("cells/stick.swc", "cells/stik.swc", "stick.yaml: parameters.morphology"),
    ("[soma, axon]", "[soma, axn]", "did you mean 'axon'? (stick.yaml: record.traces[0])"),
    ("current: range", "curent: range", "did you mean 'current'? (stick.yaml: parameters.curent)"),
])
def test_what_is_wrong_is_said_before_any_run(stick, old, new, says):
    stick.edit("stick.yaml", old, new)
    said = stick.simcore("check", "stick.yaml", ok=False)
    stick.edit("stick.yaml", new, old)
    assert says in said
