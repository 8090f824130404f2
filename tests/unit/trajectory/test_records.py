"""The record that runs of an exploration have in common: known before the first run, kept once."""

import json

from simcore.provenance import git
from simcore.trajectory import records
from simcore.trajectory.segments import FOLDER
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded


def test_a_run_has_the_whole_record_as_soon_as_it_counts(explored, path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(type(explored.v_storage_service), "fold", lambda self: None)
        explored.run(jobs.product, n_workers=1)
    assert len(list((path / FOLDER).glob("*.seg"))) == 1
    found = loaded(path).f_get_run_record(3)
    wanted = json.loads(json.dumps(records.record_of(jobs.product), default=str))
    assert found["code"] == wanted["code"] and found["host"] == wanted["host"]
    assert found["process"]["command"] == wanted["process"]["command"] and found["process"]["pid"]


def test_git_is_asked_when_the_exploration_begins(explored, monkeypatch):
    asked = []
    monkeypatch.setattr(git, "begin", lambda *files: asked.extend(files))
    explored.run(jobs.product, n_workers=1)
    assert [file.name for file in asked] == ["simcore", "jobs.py"]
    explored.run(jobs.product, n_workers=1)
    assert len(asked) == 2                      # nothing was to be done


def test_every_worker_names_its_own_process_and_shares_the_rest(explored, path):
    explored.run(jobs.product, n_workers=2)
    found = [explored.f_get_run_record(i) for i in range(6)]
    assert len({str(r["code"]) for r in found}) == 1 and len(loaded(path).v_storage_service.table.records) == 1
    assert all(r["process"]["command"] and r["process"]["pid"] for r in found)
