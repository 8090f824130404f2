import json
import os
import time
from pathlib import Path

import jsonschema
import pytest

from simcore.errors import ProvenanceError
from simcore.provenance import agreement, environment, record
from simcore.store import reader
from simcore.store.writer import write_run
from tests.unit.provenance.points import FakePoint
from tests.unit.store.recordings import make_recording


@pytest.fixture
def collected(tmp_path):
    (tmp_path / "cells.yaml").write_text("tau_m: 20 ms\n")
    return record.collect(FakePoint(), record.Start(), inputs=[tmp_path / "cells.yaml"], statistics={"n_spikes": 3})


def test_a_record_follows_the_published_schema(collected):
    schema = json.loads(record.SCHEMA.read_text())
    jsonschema.validate(json.loads(json.dumps(collected)), schema, cls=jsonschema.Draft202012Validator)
    assert collected["environment"]["packages"]["numpy"] and collected["environment"]["lock_digest"]
    assert list(collected["inputs"].values()) == [record.file_digest(Path(next(iter(collected["inputs"]))))]
    assert collected["process"]["statistics"] == {"n_spikes": 3}
    assert collected["point"]["digest"] == FakePoint().digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("provenance_version",), 2),
        (("code", "source_digest"), "abc"),
        (("process", "ranks"), 0),
        (("process", "started"), "now"),
        (("code", "project"), {"sha": None}),
        (("code", "project"), {"sha": "x" * 40}),
        (("point", "seed"), "1"),
        (("host", "extra"), 1),
        (("environment", "packages", "numpy"), 2.0),
        (("inputs", "a.yaml"), "short"),
    ],
)
def test_a_record_that_breaks_the_schema_is_refused_and_the_entry_named(collected, path, value):
    broken = json.loads(json.dumps(collected))
    inner = broken
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ProvenanceError, match=r"not valid at .*" + path[0] + "|not valid at " + "/".join(path[:-1])):
        record.valid(broken)


def test_times_memory_and_cpu_are_those_of_the_run():
    start = record.Start()
    busy = time.process_time() + 0.05
    while time.process_time() < busy:
        pass
    process = record.collect(FakePoint(), start)["process"]
    assert 0.05 <= process["cpu_s"] < 5 and process["wall_s"] >= 0.05
    assert process["started"] < process["ended"] and process["peak_memory_MB"] > 10
    ranks = record.collect(FakePoint(), start, ranks=3, cpu_s=7.0, peak_memory_mb=99.0)["process"]
    assert (ranks["ranks"], ranks["cpu_s"], ranks["peak_memory_MB"]) == (3, 7.0, 99.0)


def test_two_runs_of_a_point_have_equal_arrays_and_records_that_differ_in_times_alone(tmp_path):
    attrs = []
    for name in ("a", "b"):
        point, recording = FakePoint(seed=3), make_recording(3)
        write_run(tmp_path / f"{name}.zarr.zip", recording, point, record.collect(point, record.Start()))
        attrs.append(reader.read_attrs(tmp_path / f"{name}.zarr.zip"))
    assert attrs[0]["digests"] == attrs[1]["digests"]
    left = agreement.rest(attrs[0], agreement.agreed(*attrs))
    assert set(left) == {"provenance"} and set(left["provenance"]) == {"process"}
    assert set(left["provenance"]["process"]) <= {"started", "ended", "wall_s", "cpu_s", "peak_memory_MB"}


def test_secrets_are_not_recorded(monkeypatch):
    monkeypatch.setenv("MY_API_TOKEN", "s3cret-1")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    command = [
        "snakemake",
        "--config",
        "token=s3cret-2",
        "url=https://me:s3cret-3@example.org/x",
        "--password=s3cret-4",
        "g=5",
    ]
    found = record.collect(FakePoint(), record.Start(), command=command)
    assert "s3cret" not in json.dumps(found)
    assert found["process"]["command"][-1] == "g=5" and "https://example.org/x" in found["process"]["command"][3]
    assert found["environment"]["variables"]["OMP_NUM_THREADS"] == "2"


def test_the_user_can_be_left_out(monkeypatch):
    command = [f"{Path.home()}/study/run.py"]
    found = record.collect(FakePoint(), record.Start(), command=command, user=False)
    assert found["host"]["user"] is None and found["process"]["command"] == ["~/study/run.py"]
    assert record.collect(FakePoint(), record.Start())["host"]["user"] == environment._user()


def test_a_model_of_the_users_own_has_its_own_repository(tmp_path):
    (tmp_path / "own_model_of_test.py").write_text("x = 1\n")
    code = record.collect(FakePoint(model="own_model_of_test"), record.Start(), beside=[tmp_path])["code"]
    assert code["model"] == {"sha": None, "reason": "no git repository"} and code["model_name"] == "own_model_of_test"
    assert record.collect(FakePoint(), record.Start())["code"]["model"] is None


def test_a_missing_input_is_named(tmp_path):
    with pytest.raises(ProvenanceError, match=r"the input .*x\.yaml cannot be read: No such file"):
        record.collect(FakePoint(), record.Start(), inputs=[tmp_path / "x.yaml"])


def test_the_digest_of_an_edited_input_is_new(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("a")
    first = record.file_digest(file)
    file.write_text("b")
    os.utime(file, ns=(1, 1))
    assert record.file_digest(file) != first


def test_the_environment_digest_does_not_depend_on_what_else_was_loaded():
    before = environment.environment()["digest"]
    import sqlite3  # noqa: F401 - any module more

    environment._fixed.cache_clear()
    assert environment.environment()["digest"] == before


def test_a_warm_process_records_a_run_in_a_few_milliseconds():
    """CPU time, not wall time, and ten times the time measured (1.3 ms), so that a busy machine does not fail it."""
    record.collect(FakePoint(), record.Start())
    cpu = time.process_time()
    for _ in range(20):
        record.collect(FakePoint(), record.Start())
    assert (time.process_time() - cpu) / 20 < 0.013
