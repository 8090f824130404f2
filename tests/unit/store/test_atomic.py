import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from simcore.errors import StoreError
from simcore.store import atomic, reader
from simcore.store.writer import write_run
from tests.unit.store.recordings import make_recording

WRITER = """if True:
    import itertools, sys
    from simcore.store.writer import write_run
    from tests.unit.store.recordings import make_recording
    recordings = [make_recording(seed, n_cells=100, n_times=2000) for seed in range(2)]
    print("ready", flush=True)
    for i in itertools.count():
        write_run(sys.argv[1], recordings[i % 2], {"seed": i % 2}, {"pad": "x" * 2000})
"""


def test_sigkill_at_any_moment_leaves_a_whole_store_or_none(tmp_path):
    """Ten writers killed at random moments: what is there is one of the two, and the next write sweeps the rest."""
    path, rng = tmp_path / "runs" / "a.zarr.zip", random.Random(1)
    valid = []
    for seed in range(2):
        recording = make_recording(seed, n_cells=100, n_times=2000)
        valid.append(write_run(tmp_path / f"{seed}.zarr.zip", recording, {"seed": seed}, {}))
    n_left = 0
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(rng.uniform(0, 0.06))
            writer.send_signal(signal.SIGKILL)
        left = os.listdir(path.parent) if path.parent.exists() else []
        n_left += sum(name.startswith(".a.zarr.zip.tmp-") for name in left)
        if path.exists():
            with reader.RunFile(path) as run:
                assert run.attrs["digests"] == valid[run.attrs["point"]["seed"]]
                assert [run.read(name).size > 0 for name in run.arrays]
    assert n_left > 0  # some were killed half-way, or this test shows nothing
    atomic._sweep.cache_clear()  # as in a new process
    write_run(path, make_recording(), {"seed": 0}, {})
    assert os.listdir(path.parent) == ["a.zarr.zip"]


def test_a_living_writer_of_another_process_is_left_alone(tmp_path):
    with subprocess.Popen(["sleep", "30"]) as other:
        theirs = tmp_path / f".a.zarr.zip.tmp-{other.pid}-{atomic._HOST}"
        far = tmp_path / ".a.zarr.zip.tmp-1-another.host"
        old = tmp_path / ".a.zarr.zip.tmp-1-a.third.host"
        for file in (theirs, far, old):
            file.write_bytes(b"x")
        os.utime(old, (0, 0))
        atomic.write_bytes(tmp_path / "a.zarr.zip", b"mine")
        assert theirs.exists() and far.exists() and not old.exists()
        other.kill()


def test_threads_of_one_process_leave_each_others_half_written_files_alone(tmp_path):
    """While one thread writes a file and another fills a folder, a third sweeps; only what is of no one goes."""
    left = tmp_path / f".old.tmp-{os.getpid()}-{atomic._HOST}"      # of an earlier process that had this number
    left.write_bytes(b"x")
    gone, stays = tmp_path / f".b.tmp-{os.getpid()}.99999999-{atomic._HOST}", tmp_path / "a"
    gone.mkdir()
    with atomic.new_file(stays) as one, atomic.new_folder(tmp_path / "folder") as folder, atomic.new_file(stays) as two:
        one.write(b"one")
        (folder / "part").write_bytes(b"part")
        two.write(b"two")
        atomic._sweep.cache_clear()
        thread = threading.Thread(target=atomic.write_bytes, args=(tmp_path / "c", b"three"))
        thread.start()
        thread.join()
        assert not left.exists() and not gone.exists()
    assert stays.read_bytes() == b"one" and (tmp_path / "folder/part").read_bytes() == b"part"
    assert sorted(os.listdir(tmp_path)) == ["a", "c", "folder"] and not atomic._in_use


def test_many_threads_write_one_file_and_one_of_them_wins_whole(tmp_path):
    def write(i):
        for _ in range(10):
            atomic._sweep.cache_clear()
            atomic.write_bytes(tmp_path / "a", bytes([i]) * 100_000)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    content = (tmp_path / "a").read_bytes()
    assert len(content) == 100_000 and len(set(content)) == 1 and os.listdir(tmp_path) == ["a"]


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        shutil.which("mount") is None
        or os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True
        ).returncode
    ):
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_a_clear_error_and_keeps_what_was_there(small_disk):
    path = small_disk / "a.zarr.zip"
    write_run(path, make_recording(n_spikes=5), {}, {})
    with pytest.raises(
        StoreError, match=r"write .*a\.zarr\.zip: No space left on device \(.* MB free\); free some"
    ):
        write_run(path, make_recording(n_cells=100, n_times=1000), {}, {})
    assert reader.is_whole(path) and os.listdir(small_disk) == ["a.zarr.zip"]


READ_ONLY = """if True:
    import os, sys
    from simcore.store.atomic import write_bytes
    from simcore.errors import StoreError
    if os.geteuid() == 0:                   # root may write anywhere: be nobody
        os.setgid(65534), os.setuid(65534)
    try:
        write_bytes(sys.argv[1], b"x")
    except StoreError as error:
        print(error)
"""


def test_a_read_only_folder_is_a_clear_error(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and parent.name.startswith("pytest"):
            parent.chmod(0o755)
    out = subprocess.run(
        [sys.executable, "-c", READ_ONLY, folder / "a.zarr.zip"], capture_output=True, text=True
    )
    assert "cannot write" in out.stdout and "Permission denied; give yourself the right" in out.stdout, out
    assert os.listdir(folder) == []


def test_a_failure_in_the_block_keeps_the_old_folder(tmp_path):
    path = tmp_path / "t.zarr"
    for content in ("old", "new"):
        with atomic.new_folder(path) as folder:
            (folder / "x").write_text(content)
    assert (path / "x").read_text() == "new" and os.listdir(tmp_path) == ["t.zarr"]
    with pytest.raises(RuntimeError, match="stop"), atomic.new_folder(path) as folder:
        (folder / "x").write_text("half")
        raise RuntimeError("stop")
    assert (path / "x").read_text() == "new" and os.listdir(tmp_path) == ["t.zarr"]
