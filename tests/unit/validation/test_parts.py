"""Cells judged by several processes or jobs: the same scores, each cell once."""

import json
import os
import subprocess
import sys
import time

import pytest

from simcore.analysis.known import write
from simcore.errors import ConfigurationError
from simcore.steps import mpiexec
from simcore.validation import Test as SciTest
from simcore.validation import parts
from simcore.validation.command import main
from simcore.validation.judge import judge
from tests.unit.validation.trajectories import brunel


class SlowTest(SciTest):
    """Notes which process judged it, and takes its time."""

    default_params = {"seconds": 0.0, "notes": ""}  # noqa: RUF012

    def generate_prediction(self, model):
        time.sleep(self.params["seconds"])
        print("what a test prints is no answer")
        with open(self.params["notes"], "a") as notes:
            notes.write(f"{os.getpid()} {model.name}\n")
        return float(model.produce_rate("exc").mean())

    def compute_score(self, observation, prediction):
        return self.score_type(prediction < 50)


def entry(folder, seconds=0.0):
    return [{"test": f"{__name__}.SlowTest", "at": "each", "seconds": seconds, "notes": str(folder / "notes")}]


def judged(folder):
    """(process, model) of every cell that was judged so far."""
    return [tuple(line.split(" ", 1)) for line in (folder / "notes").read_text().splitlines()]


@pytest.fixture
def store(tmp_path):
    write(brunel(), tmp_path / "quantities.zarr")
    return tmp_path / "quantities.zarr"


@pytest.mark.parametrize("from_store", [True, False])
def test_slow_cells_are_judged_by_other_processes_with_the_same_bytes(tmp_path, store, monkeypatch, from_store):
    quantities = store if from_store else brunel()
    judge(quantities, entry(tmp_path), None, tmp_path / "alone.json", threads=1)
    (tmp_path / "notes").unlink()
    monkeypatch.setattr(parts, "WORTH", 0.0)
    judge(quantities, entry(tmp_path), None, tmp_path / "together.json", threads=2)
    assert (tmp_path / "together.json").read_bytes() == (tmp_path / "alone.json").read_bytes()
    processes, models = zip(*judged(tmp_path), strict=True)
    assert len(set(models)) == len(models) == 4
    assert len(set(processes)) == 3             # the first here, to see what it takes; the others in two processes


def test_quick_cells_stay_in_one_process(tmp_path):
    judge(brunel(), entry(tmp_path), threads=4)
    assert {process for process, _ in judged(tmp_path)} == {str(os.getpid())}


def test_a_process_that_dies_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "WORTH", 0.0)
    monkeypatch.setattr(parts.sys, "executable", "/bin/false")
    with pytest.raises(Exception, match="a process that judged cells ended with 1"):
        judge(brunel(), entry(tmp_path), threads=2)


def test_jobs_judge_parts_and_the_whole_takes_them(tmp_path, store):
    out, whole = tmp_path / "scores.json", tmp_path / "whole.json"
    for i in (3, 1, 2):
        judge(store, entry(tmp_path), None, out, part=(i, 3))
    assert len(judged(tmp_path)) == 4 and not out.exists()
    assert [path.name for path in parts.part_files(out)] == [f"scores.part-{i}-of-3.json" for i in (1, 2, 3)]
    judge(store, entry(tmp_path), None, out)
    assert len(judged(tmp_path)) == 4           # nothing is judged twice
    assert parts.part_files(out) == []
    judge(store, entry(tmp_path), None, whole)
    assert whole.read_bytes() == out.read_bytes()


def test_a_part_judges_only_what_the_whole_does_not_know(tmp_path, store):
    out = tmp_path / "scores.json"
    judge(store, entry(tmp_path), None, out)
    assert judge(store, entry(tmp_path), None, out, part=(1, 2))["scores"] == []
    assert json.loads(out.read_text())["summary"]["cells"] == 4


def test_a_part_is_named_by_hand_or_by_who_started_it():
    assert parts.part_of("2/5") == (2, 5)
    assert parts.part_of("auto", {"PMI_RANK": "0", "PMI_SIZE": "4"}) == (1, 4)
    assert parts.part_of("auto", {"SLURM_PROCID": "3", "SLURM_NTASKS": "4"}) == (4, 4)
    for wrong in ("0/5", "6/5", "1", "a/b"):
        with pytest.raises(ConfigurationError, match="part must be i/n"):
            parts.part_of(wrong)
    with pytest.raises(ConfigurationError, match="neither MPI nor SLURM"):
        parts.part_of("auto", {})


def test_processes_of_mpi_judge_parts_and_the_next_command_puts_them_together(tmp_path, store, capsys):
    study = tmp_path / "study.yaml"
    study.write_text("name: study\nmodel: simcore.experiments.brunel\nduration: 1 ms\ndt: 0.1 ms\n"
                     "design: {cases: [{g: 3, eta: 2}, {g: 6, eta: 4}, {g: 5, eta: 2}, {g: 4.5, eta: 0.9}]}\ntrials: 2\n"
                     f"tests: {json.dumps(entry(tmp_path))}\n")
    command = ["judge", str(study), "--quantities", str(store), "--out", str(tmp_path / "scores.json")]
    subprocess.run([mpiexec(), "-n", "3", sys.executable, "-m", "simcore.validation", *command, "--part", "auto"], check=True,
                   timeout=100)
    assert len({process for process, _ in judged(tmp_path)}) == 3
    assert len(judged(tmp_path)) == 4
    assert main(command) == 0
    assert "2 passed, 2 failed, 0 errors" in capsys.readouterr().out
    assert len(judged(tmp_path)) == 4
