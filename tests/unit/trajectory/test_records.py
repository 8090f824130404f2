"""The record that runs of an exploration have in common: written beside them, and they do not count without it."""

import json
import multiprocessing
import time

import pytest

from simcore.errors import StoreError
from simcore.trajectory import records
from simcore.trajectory.records import SUFFIX, Recorder
from simcore.trajectory.segments import FOLDER
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(records, "_known", {})


def test_a_recorder_writes_what_record_of_says_and_does_it_once(tmp_path):
    first = Recorder(tmp_path, jobs.product)
    first.wait()
    found = records.read(tmp_path, first.token)
    wanted = json.loads(json.dumps(records.record_of(jobs.product), default=str))
    assert found["code"] == wanted["code"] and found["host"] == wanted["host"] and found["process"] == wanted["process"]
    second = Recorder(tmp_path, jobs.product)
    assert second._process is None and records.read(tmp_path, second.token) == found != None  # noqa: E711


def test_runs_do_not_count_before_their_record_is_there(explored, path, monkeypatch):
    explored.f_store()
    gate = multiprocessing.get_context("fork").Event()
    write = Recorder._write
    monkeypatch.setattr(Recorder, "_write", lambda self: gate.wait(20) and write(self))
    process = multiprocessing.get_context("fork").Process(target=lambda: loaded(path).run(jobs.product, n_workers=2))
    process.start()
    deadline = time.time() + 20
    while time.time() < deadline and sum(f.stat().st_size > 500 for f in (path / FOLDER).glob("*.seg")) < 1:
        time.sleep(0.01)
    assert not loaded(path).v_storage_service.table.completed.any()
    gate.set()
    process.join(20)
    assert loaded(path).f_is_completed() and loaded(path).f_get_run_record(3)["code"]["function"].endswith(":product")
    assert not list((path / FOLDER).glob(f"*{SUFFIX}"))


def test_runs_whose_record_was_never_written_run_again(explored, path, monkeypatch):
    explored.f_store()
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "_write", lambda self: None)
        patched.setattr(type(explored.v_storage_service), "fold", lambda self: None)
        assert explored.run(jobs.product, n_workers=1).completed == []
    assert len(list((path / FOLDER).glob("*.seg"))) == 1
    again = loaded(path)
    assert again.run(jobs.product, n_workers=1).completed == list(range(6)) and not list((path / FOLDER).iterdir())


def test_a_record_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        Recorder(tmp_path / "file", jobs.product).wait()


def test_every_worker_names_its_own_process_and_shares_the_rest(explored, path):
    explored.run(jobs.product, n_workers=2)
    found = [explored.f_get_run_record(i) for i in range(6)]
    assert len({str(r["code"]) for r in found}) == 1 and len(loaded(path).v_storage_service.table.records) == 1
    assert all(r["process"]["command"] and r["process"]["pid"] for r in found)
