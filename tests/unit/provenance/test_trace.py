import copy
import json
import subprocess
import sys

import pytest

from simcore.errors import StoreError
from simcore.provenance import record
from simcore.provenance.trace import trace
from simcore.store.writer import write_run
from tests.unit.provenance.points import FakePoint
from tests.unit.store.recordings import make_recording


@pytest.fixture
def results(tmp_path):
    """A results folder of three runs of one code, with an outcome or two."""
    folder = tmp_path / "study"
    for seed in range(3):
        write(folder, FakePoint(seed=seed))
    (folder / "scores.json").write_text("{}")
    (folder / "trajectory.zarr").mkdir()
    return folder


def write(folder, point, **changes):
    found = copy.deepcopy(record.collect(point, record.Start()))
    for path, value in changes.items():
        section, _, key = path.partition("__")
        inner = found["code"]["project"] if section == "project" else found[section]
        inner[key] = value
    write_run(folder / "runs" / f"{point.run_id}.zarr.zip", make_recording(point.seed), point, found)


def test_runs_of_one_code_agree(results):
    found = trace(results)
    assert found["all_agree"] and found["n_runs"] == 3 and found["differing"] == []
    assert found == json.loads((results / "provenance.json").read_text())
    assert len(found["commits"]) == 1 and found["commits"][0]["n_runs"] == 3
    assert set(found["files"]) == {"scores.json"}
    lines = (results / "run_table.tsv").read_text().splitlines()
    assert len(lines) == 4 and lines[0].startswith("run_id\tstarted\t")
    assert all(len(line.split("\t")) == len(lines[0].split("\t")) for line in lines)


def test_runs_of_other_code_or_environment_are_told(results):
    write(results, FakePoint(seed=7), project__sha="b" * 40, project__diff_digest="c" * 64)
    write(results, FakePoint(seed=8), environment__digest="d" * 64, environment__python="3.99.0")
    found = trace(results)
    assert not found["all_agree"]
    assert {name for name, same in found["agree"].items() if not same} == {
        "commit",
        "uncommitted changes",
        "environment",
    }
    assert found["differing"] == [
        "code/project/diff_digest",
        "code/project/sha",
        "environment/digest",
        "environment/python",
    ]
    assert sorted(e["n_runs"] for e in found["environments"]) == [1, 4]
    assert found["runs"][FakePoint(seed=7).run_id]["commit"] == "b" * 40


def test_only_the_runs_of_the_trajectory_count(results):
    mine = FakePoint(seed=1).run_id
    (results / "trajectory.json").write_text(json.dumps({"runs": [mine]}))
    assert list(trace(results)["runs"]) == [mine]


def test_tracing_twice_says_the_same(results, tmp_path):
    """Also with a workflow, whose copy in the crate is no result."""
    (tmp_path / "Snakefile").write_text("rule all: input: []\n")
    first = trace(results, workflow=tmp_path / "Snakefile")
    assert (results / "Snakefile").is_file() and trace(results, workflow=tmp_path / "Snakefile") == first


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(StoreError, match=r"no runs in .*nothing to trace"):
        trace(tmp_path)


def test_the_crate_names_the_workflow_its_action_and_its_outcomes(results, tmp_path):
    from rocrate.rocrate import ROCrate

    (tmp_path / "Snakefile").write_text("rule all: input: []\n")
    trace(results, workflow=tmp_path / "Snakefile")
    crate = ROCrate(results)
    root, main = crate.root_dataset, crate.mainEntity
    assert {entity.id for entity in root["conformsTo"]} >= {"https://w3id.org/ro/wfrun/workflow/0.5"}
    assert main.id == "Snakefile" and "ComputationalWorkflow" in main.type
    action, batch = root["mentions"]
    assert action.type == batch.type == "CreateAction" and action["instrument"] is main
    assert batch["instrument"].id == "#simcore" and batch["result"].id == "trajectory.zarr/"
    assert {entity.id for entity in action["result"]} == {
        "run_table.tsv",
        "provenance.json",
        "scores.json",
        "trajectory.zarr/",
    }
    assert action["startTime"] <= action["endTime"]


def test_tracing_needs_neither_snakemake_nor_the_engine(results):
    code = "import sys; from simcore.provenance.trace import trace; trace(sys.argv[1]); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code, results], capture_output=True, text=True, check=True).stdout
    assert not {"snakemake", "numba", "dask"} & set(out.split())
