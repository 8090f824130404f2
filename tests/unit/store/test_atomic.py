import os
import random
import shutil
import signal
import subprocess
import sys
import time

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
