"""show and diff: where something comes from, and in what two things differ."""

import json
import subprocess
import sys

import numpy as np
import pytest

from simcore.__main__ import main
from simcore.errors import NonExistentParameterError, ProvenanceError, StoreError
from simcore.provenance.comparing import compare
from simcore.provenance.subjects import subject
from simcore.provenance.telling import account
from simcore.provenance.watching import watched
from tests.unit.provenance.made import Study
from tests.unit.provenance.points import FakePoint


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return Study(tmp_path_factory.mktemp("study"))


def test_a_path_leads_to_its_runs_and_a_name_to_a_variable_or_a_run(study):
    first, second = study.points
    assert subject(study.stores()[0]).kind == "run" and list(subject(study.stores()[0]).runs) == [first]
    found = subject(study.trajectory)
    assert found.kind == "trajectory" and list(found.runs) == [first, second]
    assert list(subject(f"{study.trajectory}:{second[:6]}").runs) == [second]
    assert subject(f"{study.trajectory}:spikes/n_spikes").variable == "spikes/n_spikes"
    assert subject(study.folder).path == study.trajectory


def test_the_runs_of_a_trajectory_have_the_records_that_they_wrote(study):
    from simcore.store.reader import read_attrs

    for path in study.stores():
        attrs = read_attrs(path)
        assert subject(study.trajectory).runs[attrs["run_id"]] == attrs


def test_what_is_not_there_is_named_with_what_is_near(study, tmp_path):
    with pytest.raises(NonExistentParameterError, match=r"n_spike'; did you mean 'spikes/n_spikes'"):
        subject(f"{study.trajectory}:spikes/n_spike")
    with pytest.raises(StoreError, match="there is no store"):
        subject(tmp_path / "none.zarr.zip")
    with pytest.raises(StoreError, match="without a trajectory"):
        subject(tmp_path)
    (tmp_path / "zarr.json").write_text('{"attributes": {}}')
    with pytest.raises(StoreError, match="neither a trajectory nor quantities"):
        subject(tmp_path)
    (tmp_path / "scores.json").write_text("[]")
    with pytest.raises(StoreError, match="no file of scores"):
        subject(tmp_path / "scores.json")
    with pytest.raises(ProvenanceError, match="is that of 2 of 2"):
        subject(study.trajectory).only("")


def test_an_account_leads_from_a_variable_to_commit_environment_and_command(study):
    told = account(subject(f"{study.trajectory}:spikes/n_spikes"))
    written = subject(study.trajectory).runs[next(iter(study.points))]["provenance"]
    text = json.dumps(told)
    for part in (written["code"]["source_digest"][:16], written["environment"]["digest"][:16], "number of spikes", "g=4.0", "g=5.0",
                 written["code"]["project"]["sha"] or written["code"]["project"]["reason"], written["host"]["name"]):
        assert part in text, part
    assert told["again"] == f"python -m simcore rerun {study.trajectory}"


def test_show_tells_it_in_words_and_as_json(study, capsys):
    assert main(["show", f"{study.trajectory}:spikes/spike_time"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("what         spikes/spike_time of ") and "\nenvironment  CPython 3." in said
    assert main(["show", "--json", str(study.stores()[0])]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == [next(iter(study.points))]


def test_errors_have_the_status_of_trouble(study, capsys):
    assert main(["show", f"{study.trajectory}:none"]) == 2
    assert main(["diff", str(study.trajectory), "none.zarr.zip"]) == 2
    assert main(["verify", f"{study.trajectory}:none"]) == 2
    assert "NonExistentParameterError" in capsys.readouterr().err


def test_a_run_does_not_differ_from_itself_nor_from_its_copy_in_the_trajectory(study, capsys):
    run = next(iter(study.points))
    assert main(["diff", str(study.stores()[0]), str(study.stores()[0])]) == 0
    assert main(["diff", str(study.stores()[0]), f"{study.trajectory}:{run}"]) == 0
    assert main(["diff", str(study.trajectory), str(study.trajectory)]) == 0
    assert capsys.readouterr().out == "the arrays are the same\n" * 3


def test_two_points_differ_in_parameters_and_data_and_the_size_is_told(study, capsys):
    found = compare(*map(subject, study.stores()))
    assert [(d.name, d.a, d.b) for d in found.of("parameters")] == [("g", 4.0, 5.0)]
    assert not found.of("code") and not found.of("environment")
    (trace,) = [d for d in found.of("data") if d.name == "traces/exc/v"]
    assert "values, at most by " in trace.note and "first at (0, 0)" in trace.note
    assert main(["diff", *map(str, study.stores())]) == 1
    assert "the arrays differ; so do parameters" in capsys.readouterr().out
    assert main(["diff", "--only", "code", *map(str, study.stores())]) == 0


def test_code_environment_and_layers_are_told_apart(study, tmp_path):
    other = Study(tmp_path / "other", code__source_digest="a" * 64, code__layers={"engine": "b" * 64}, code__project={
        "sha": None, "reason": "no git repository"}, environment__python="3.99.0", environment__packages={"numpy": "9.9"})
    found = compare(subject(study.trajectory), subject(other.trajectory))
    assert {d.name for d in found.of("code")} >= {"source_digest", "sources of engine", "project.sha", "project.reason"}
    assert {d.name for d in found.of("environment")} == {"python", "package numpy"}
    assert not found.of("data") and not found.of("runs")
    assert found.said == ["the arrays are the same, whatever else differs"]


def test_trajectories_are_compared_run_by_run(study, tmp_path):
    other = Study(tmp_path / "other", [{"g": 5.0}, {"g": 6.0}])
    found = compare(subject(study.trajectory), subject(other.trajectory))
    run = FakePoint({"g": 5.0}).run_id
    assert {d.name for d in found.of("runs")} == {FakePoint({"g": g}).run_id for g in (4.0, 6.0)}
    assert all(d.name.startswith(("spikes/", "traces/", f"run {run}: ")) for d in found.of("data")) and found.of("data")
    assert [(d.a, d.b) for d in found.of("parameters")] == [("4.0, 5.0", "5.0, 6.0")]


def test_layers_together_cover_the_sources_of_a_run():
    """An edit that changes the digest of the sources changes that of one layer."""
    from simcore.provenance import sources

    layers = sources.layer_digests("simcore.experiments.brunel")
    assert {"model", "engine", "kernels", "rng", "models", "network", "store", "units", "_jit", "_math", "morphology",
            "parameters"} == set(layers)
    assert len(set(layers.values())) == len(layers)


def test_progress_is_told_only_for_what_takes_long(capsys):
    assert list(watched(range(3), "reading")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    assert list(watched(range(3), "reading", patience=-1.0)) == [0, 1, 2]
    assert "reading: 1 of 3" in capsys.readouterr().err


def test_progress_on_a_terminal_is_a_bar(monkeypatch):
    import io

    terminal = io.StringIO()
    terminal.isatty = lambda: True
    assert list(watched(np.arange(3), "reading", stream=terminal, patience=-1.0)) == [0, 1, 2]
    assert "reading" in terminal.getvalue()


@pytest.mark.parametrize("command", ["show", "diff", "verify", "rerun"])
def test_help_teaches_with_examples_that_the_parser_takes(command, capsys):
    from simcore.__main__ import _parser

    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    said = capsys.readouterr().out
    examples = [line.split("simcore ", 1)[1].split("      ")[0].split() for line in said.splitlines()
                if line.strip().startswith("python -m simcore ")]
    assert examples and all(_parser().parse_args(words).action.__name__ == command for words in examples)


def test_asking_needs_neither_the_engine_nor_snakemake(study):
    code = "import sys; from simcore.__main__ import main; main(['show', sys.argv[1]]); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code, study.stores()[0]], capture_output=True, text=True, check=True).stdout
    assert not {"snakemake", "numba", "dask", "xarray", "git"} & set(out.splitlines()[-1].split())


def multiply(run):
    run.f_add_result("z", run.x * run.y)


def test_a_trajectory_explored_in_python_can_be_asked_and_compared(tmp_path, capsys):
    """Its runs are made by a function of a program: show names the commit; rerun says that it needs the program."""
    from simcore.trajectory import Trajectory

    for name, values in (("a", [1.0, 2.0]), ("b", [2.0, 3.0])):
        traj = Trajectory(name, add_time=False, filename=str(tmp_path / name))
        traj.f_add_parameter("x", 1.0)
        traj.f_add_parameter("y", 2.0 if name == "a" else 2.5)
        traj.f_explore({"x": values})
        traj.run(multiply, n_workers=1)
    assert main(["show", f"{tmp_path}/a:results/z"]) == 0
    said = capsys.readouterr().out
    assert "x=1.0" in said and "multiply" in said and "rerun" not in said
    assert main(["diff", f"{tmp_path}/a", f"{tmp_path}/a"]) == 0
    assert main(["diff", f"{tmp_path}/a", f"{tmp_path}/b"]) == 1
    said = capsys.readouterr().out
    assert "x of the runs: 1.0, 2.0 -> 2.0, 3.0" in said and "  y: 2.0 -> 2.5" in said
    assert main(["rerun", f"{tmp_path}/a", "--out", str(tmp_path / "out")]) == 2 and not (tmp_path / "out").exists()
    assert "was explored in Python" in capsys.readouterr().err
