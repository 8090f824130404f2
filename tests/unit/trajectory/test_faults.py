"""Killed processes, full disks, read-only folders: nothing completed is lost, nothing half-written is believed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simcore.errors import StoreError
from simcore.trajectory import Trajectory
from simcore.trajectory.segments import FOLDER, HEADER, SegmentWriter, segments
from simcore.trajectory.storefile import StoreFile
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded

N_RUNS, N_KILLS = 2000, 20
SCRIPT = """
import sys
from simcore.trajectory import Trajectory
from tests.unit.trajectory import jobs
traj = Trajectory("example", add_time=False, filename=sys.argv[1])
traj.f_load()
print("ready", flush=True)
traj.run(jobs.slow, n_workers=int(sys.argv[2]), commit=sys.argv[3])
print("finished", flush=True)
"""


def test_killed_at_twenty_random_moments_no_run_is_lost(path):
    traj = Trajectory("example", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": list(range(N_RUNS))})
    traj.f_store()
    rng = random.Random(7)
    before, seen_between = set(), 0
    for i in range(N_KILLS):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path), str(1 + i % 2), ("run", "disk", "run", "disk", "batch")[i % 5]],
                                   stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])
        assert process.stdout.readline() == "ready\n"
        # a random moment: after so many more runs, or so long (what "batch" holds back cannot be seen)
        target, until = len(before) + rng.randint(0, 140), time.time() + (0.3 if i % 5 == 4 else 5.0)
        while time.time() < until and loaded(path).v_storage_service.table.completed.sum() < target:
            time.sleep(rng.uniform(0.0, 0.01))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        reader = loaded(path)  # workers end a moment later: what is seen and what is read must be of one moment
        now = set(np.flatnonzero(reader.v_storage_service.table.completed).tolist())
        assert before <= now, f"kill {i}: lost {sorted(before - now)[:5]}"
        got = reader.f_get_from_runs("z", fast_access=True, use_indices=True) if now else {}
        assert got == {idx: idx for idx in sorted(now)}, f"kill {i}: half-written runs are counted as complete"
        seen_between += bool(now - before) and len(now) < N_RUNS
        before = now
    assert seen_between > 10
    time.sleep(0.5)         # workers of the killed process end a moment later
    last = loaded(path)
    before = set(np.flatnonzero(last.v_storage_service.table.completed).tolist())
    done = last.run(jobs.slow, n_workers=2)
    assert set(done.completed) == set(range(N_RUNS)) - before and last.f_is_completed()
    assert np.array_equal(loaded(path).results["trace"].values, np.repeat(np.arange(float(N_RUNS))[:, None], 100, axis=1))


@pytest.mark.parametrize("cut", [1, HEADER.size - 1, HEADER.size, HEADER.size + 1, -1])
def test_a_torn_frame_ends_its_segment(explored, path, cut):
    explored.f_store()
    service = explored.v_storage_service
    writer = SegmentWriter(path / FOLDER)
    schema = '{"leaves": [{"branch": "results", "leaf": "z", "class": "Result", "comment": "", "items": [["z", "int", [["", "<i8", 0]]]]}]}'
    for idx in range(3):
        writer.run(idx, schema, [np.int64(idx).reshape(())])
    size = writer._size
    writer.run(3, schema, [np.int64(3).reshape(())])
    os.truncate(writer.path, size + cut if cut > 0 else writer._size - 1)
    assert loaded(path).f_get_from_runs("z", fast_access=True, use_indices=True) == {0: 0, 1: 1, 2: 2}
    content = bytearray(writer.path.read_bytes()[:size])
    content[size - 3] ^= 1                     # a bit flips in the last run
    writer.path.write_bytes(content)
    assert loaded(path).f_get_from_runs("z", fast_access=True, use_indices=True) == {0: 0, 1: 1}
    assert service.store.path == path and len(segments(path / FOLDER)) == 1


@pytest.mark.parametrize("point", ["before", "after", "while moving"])
def test_a_killed_transaction_happens_or_does_not(explored, path, point, monkeypatch):
    explored.run(jobs.product, runs=[0, 1, 2], n_workers=1)
    pid = os.fork()
    if pid == 0:
        from simcore.trajectory import storefile

        mine = loaded(path)
        mine.f_add_result("own.thing", np.arange(1000.0))
        moved = storefile._carry_out
        n = [0]

        def die(*args, **kwargs):
            if point == "while moving":
                replace = Path.replace

                def some(self, target):
                    n[0] += 1
                    if n[0] > 2:
                        os._exit(9)
                    return replace(self, target)

                Path.replace = some
                moved(*args, **kwargs)
            os._exit(9)

        if point == "before":
            storefile.zarr3.dumps = lambda *a, **k: os._exit(9)
        else:
            storefile._carry_out = die
        mine.f_store()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 9 << 8
    again = loaded(path, load_all=2)
    assert again.f_contains("results.own.thing") == (point != "before")
    assert again.f_get_from_runs("z", fast_access=True, use_indices=True) == {0: 0.0, 1: 2.0, 2: 4.0}
    if point != "before":
        assert again.own.thing[999] == 999.0
    assert again.run(jobs.product, n_workers=1).completed == [3, 4, 5]
    assert not (path / ".transaction").exists()


class FullDisk:
    """os.write that fails after some bytes, as on a full disk."""

    def __init__(self, n_bytes):
        self.left, self.write = n_bytes, os.write

    def __call__(self, file, data):
        if self.left <= 0:
            raise OSError(28, "No space left on device")
        done = self.write(file, bytes(data)[: self.left])
        self.left -= done
        return done


def test_a_full_disk_is_a_clear_error_and_loses_nothing(explored, path, monkeypatch):
    explored.f_store()
    explored.run(jobs.rich, runs=[0], n_workers=1)
    flush, n_flushed = SegmentWriter.flush, []

    def flush_until_full(self):
        if len(n_flushed) == 3:
            monkeypatch.setattr(os, "write", FullDisk(100))     # in the middle of the fourth run
        n_flushed.append(flush(self))

    monkeypatch.setattr(SegmentWriter, "flush", flush_until_full)
    with pytest.raises(StoreError, match=r"No space left on device.*free some space"):
        explored.run(jobs.rich, n_workers=1)
    monkeypatch.undo()
    again = loaded(path)
    n = int(again.v_storage_service.table.completed.sum())
    assert n == 4
    assert again.results["rates.exc"].values[:n].tolist() == [i / 2 for i in range(n)]
    assert len(again.run(jobs.rich, n_workers=1).completed) == 6 - n and again.f_is_completed()


def test_a_disk_that_is_full_when_workers_write_what_they_held_is_told(explored, path, monkeypatch):
    """What is held back is written when there is no work, which nobody waits for."""
    explored.f_store()
    mine, flush = os.getpid(), SegmentWriter.flush

    def full(self):
        if os.getpid() != mine:
            raise StoreError("no space left")
        flush(self)

    monkeypatch.setattr(SegmentWriter, "flush", full)
    with pytest.raises(StoreError, match="no space left"):
        explored.run(jobs.product, n_workers=2, commit="batch", start_method="fork")
    monkeypatch.undo()
    assert explored.run(jobs.product, n_workers=2, commit="batch").completed == list(range(6)) and explored.f_is_completed()


def test_a_full_disk_while_folding_keeps_the_segments(explored, path, monkeypatch):
    from simcore.trajectory import storefile

    explored.f_store()
    put = storefile.Transaction.put

    def full(self, name, content):
        if name.startswith("results/"):
            raise OSError(28, "No space left on device")
        put(self, name, content)

    monkeypatch.setattr(storefile.Transaction, "put", full)
    with pytest.raises(StoreError, match="No space left"):
        explored.run(jobs.rich, n_workers=1)
    again = loaded(path)
    assert again.f_is_completed() and again.results.run_00000003.rates.exc == 1.5
    monkeypatch.undo()
    again.f_store()
    assert not list((path / FOLDER).glob("*.seg")) and loaded(path).results["rates.exc"].values[5] == 2.5


def test_a_really_full_file_system(tmp_path):
    """A file of limited size stands for the disk: the kernel refuses to write more (RLIMIT_FSIZE)."""
    script = """
import resource, signal, sys
import numpy as np
from simcore.trajectory import Trajectory
from simcore.errors import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
traj = Trajectory("t", add_time=False, filename=sys.argv[1])
traj.f_add_parameter("x", 0)
traj.f_explore({"x": list(range(50))})
traj.f_store()
def job(run):
    run.f_add_result("z", np.full(1000, run.x))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
try:
    traj.run(job, n_workers=1)
except StoreError as error:
    print("StoreError", error)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "t.zarr")], capture_output=True, text=True,
                          cwd=Path(__file__).parents[3])
    assert "StoreError" in done.stdout and "too low" in done.stdout, done.stderr
    again = Trajectory("t", add_time=False, filename=tmp_path / "t.zarr")
    again.f_load()
    n = int(again.v_storage_service.table.completed.sum())
    assert 20 < n < 50 and (again.results["z"].values[:n] == np.arange(n)[:, None]).all()


def test_a_read_only_folder_is_a_clear_error(explored, path, monkeypatch):
    explored.f_store()
    real = os.open

    def refused(name, flags, *args, **kwargs):
        if flags & os.O_CREAT and str(name).startswith(str(path)):
            raise PermissionError(13, "Permission denied", str(name))
        return real(name, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(StoreError, match=r"Permission denied.*chmod"):
        explored.run(jobs.product, n_workers=1)
    reader = Trajectory("example", add_time=False, filename=path)
    reader.f_load()
    assert reader.y == 2.0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write(explored, path):
    explored.f_store()
    path.chmod(0o555)
    try:
        with pytest.raises(StoreError, match="Permission denied"):
            explored.run(jobs.product, n_workers=1)
    finally:
        path.chmod(0o755)


def test_a_damaged_chunk_is_named(explored, path):
    explored.run(jobs.rich, n_workers=1)
    chunk = path / "results" / "trace" / "c" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-7])
    with pytest.raises(StoreError, match=r"results/trace is damaged in chunk 0"):
        _ = loaded(path).results["trace"]


def test_two_processes_do_not_change_a_store_at_once(explored, path):
    explored.f_store()
    one = StoreFile(path)
    with one.running():
        with pytest.raises(StoreError, match="can be read meanwhile"):
            loaded(path).f_store()
        assert loaded(path).y == 2.0


def test_killed_while_a_new_store_is_made_there_is_none_and_it_can_be_made_again(explored, path):
    pid = os.fork()
    if pid == 0:
        from simcore.trajectory import storefile

        storefile.write_bytes = lambda *args, **kwargs: os._exit(9)      # the root document, the last file
        explored.run(jobs.product, n_workers=1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 9 << 8
    assert any(path.rglob("zarr.json")) and not StoreFile(path).exists()
    assert explored.run(jobs.product, n_workers=1).completed == list(range(6))
    assert loaded(path).f_get_from_runs("z", fast_access=True, use_indices=True) == {i: 2.0 * i for i in range(6)}


def test_a_disk_that_is_full_from_the_start_is_left_empty(explored, path, monkeypatch):
    from simcore.trajectory import storefile

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storefile, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left"):
        explored.run(jobs.product, n_workers=1)
    assert not any(file.suffix != ".lock" and file.is_file() and not file.name.startswith(".") for file in path.rglob("*"))
    monkeypatch.undo()
    assert explored.run(jobs.product, n_workers=1).completed == list(range(6))


def test_what_a_new_store_had_before_its_first_run_is_flushed_with_the_runs(explored, path, monkeypatch):
    from simcore.trajectory import storefile

    flushed, flush = [], storefile._flush
    monkeypatch.setattr(storefile, "_flush", lambda file: flushed.append(str(file.relative_to(path))) or flush(file))
    explored.run(jobs.product, n_workers=1, runs=[0])
    assert {"x/c/0", "x/zarr.json", "zarr.json"} <= set(flushed) and not explored.v_storage_service.store.unflushed
    flushed.clear()
    explored.run(jobs.product, n_workers=1, runs=[1])
    assert flushed and all(file.startswith(".transaction") for file in flushed)


@pytest.mark.parametrize("slow", [False, True])
def test_all_of_a_transaction_is_on_the_disk_before_it_is_committed(explored, path, monkeypatch, slow):
    """Also by threads, which a slow disk gets, and large files, which threads flush as they write them."""
    from simcore.trajectory import storefile

    explored.f_store()
    flushed, sync = set(), os.fsync

    def note(file):
        about = os.fstat(file)
        flushed.add((about.st_ino, about.st_size))
        sync(file)

    staged, commit = [], storefile._carry_out

    def look(stage, folder):
        staged.extend((file.stat().st_ino, file.stat().st_size) for file in stage.iterdir())
        staged.append((stage.stat().st_ino, stage.stat().st_size))
        assert set(staged) <= flushed
        commit(stage, folder)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(storefile, "_carry_out", look)
    monkeypatch.setattr(storefile, "_SLOW", 0.0 if slow else 1e9)
    explored.f_add_result("large", np.random.default_rng(1).random(300_000))
    explored.run(jobs.rich, n_workers=1)
    explored.f_store()
    assert len(staged) > 30 and loaded(path, load_all=2).large[-1] == explored.large[-1]
