"""What does not fit in memory goes to a file; nothing that comes out of a run depends on it."""

import gc
import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.simulation import Simulation, run_network
from simcore.engine.spill import Rows, Spill, spilling
from simcore.errors import StoreError
from simcore.store import reader, spikes
from simcore.store.writer import write_run
from tests.mpi.networks import RECORD, digest, everything


def in_files(recording):
    """Whether spikes and traces of a recording are read from files."""
    return all(type(a.base).__name__ == "mmap" for a in (recording.spikes.step, *(t.values for t in recording.traces)))


@settings(max_examples=40, deadline=None)
@given(held=st.sampled_from([0, 300, 700, 10_000]), width=st.integers(0, 3),
       steps=st.lists(st.tuples(st.sampled_from(["append", "through", "array", "part", "clear"]), st.integers(0, 9),
                                st.integers(0, 9)), max_size=30))
@pytest.mark.parametrize("at_once", [0, 40, 1 << 16])
def test_rows_are_those_that_were_appended(tmp_path_factory, at_once, held, width, steps):
    """Two arrays that share what may be held, against lists."""
    Rows.AT_ONCE, kept = at_once, Rows.AT_ONCE
    try:
        check_rows(tmp_path_factory, held, width, steps)
    finally:
        Rows.AT_ONCE = kept


def check_rows(tmp_path_factory, held, width, steps):
    with spilling(tmp_path_factory.mktemp("rows"), held):
        spill = Spill()
    all_rows, naive = [Rows(np.float64, (width,), spill), Rows(np.int32, (), spill)], [np.empty((0, width)), np.empty(0, "i4")]
    taken = []
    for i, (what, n, m) in enumerate(steps):
        k = (n + m) % 2
        if what in ("append", "through"):
            block = np.arange(i * 100, i * 100 + n * (width if k == 0 else 1)).astype(naive[k].dtype).reshape(n, *naive[k].shape[1:])
            naive[k] = np.concatenate([naive[k], block])
            if what == "append" or not all_rows[k].write_through(block):
                all_rows[k].append(block.copy())
            block[...] = -1                             # what was written through may change
        elif what == "clear":
            all_rows[k].clear()
            naive[k] = naive[k][:0]
        elif what == "part":
            assert np.array_equal(all_rows[k].part(n, n + m), naive[k][n:n + m])
        else:
            taken.append((all_rows[k].array(), naive[k]))
        assert len(all_rows[k]) == len(naive[k]) and spill.held <= held
    for made, expected in [*taken, *((r.array(), x) for r, x in zip(all_rows, naive, strict=True))]:
        assert made.dtype == expected.dtype and made.shape == expected.shape and np.array_equal(made, expected)


@pytest.mark.parametrize("at_once", [1, 500, 1 << 16])
def test_a_run_whose_recordings_spill_gives_the_same_store(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(Rows, "AT_ONCE", at_once)
    held = run_network(everything(40), duration=40.0, dt=0.1, seed=3, record=RECORD)
    with spilling(tmp_path / "spill", 2000):
        simulation = Simulation(everything(40), dt=0.1, seed=3, record=RECORD)
    for duration in (0.3, 20.0, 19.7):
        simulation.run(duration)
    spilled = simulation.recording()
    assert in_files(spilled) and not in_files(held) and digest(spilled) == digest(held)
    assert os.listdir(tmp_path / "spill") == []                     # files without names
    digests = write_run(tmp_path / "a.zarr.zip", held, {}, {})
    monkeypatch.setattr(spikes, "SORTED_AT_ONCE", 100)
    assert write_run(tmp_path / "b" / "a.zarr.zip", spilled, {}, {}) == digests
    assert (tmp_path / "a.zarr.zip").read_bytes() == (tmp_path / "b/a.zarr.zip").read_bytes()
    assert os.listdir(tmp_path / "b") == ["a.zarr.zip"]


def test_recordings_that_were_taken_stay_as_they_were(tmp_path):
    """Taken in the middle, then more steps, a forgotten past and a new beginning."""
    with spilling(tmp_path, 500):
        simulation = Simulation(everything(30), dt=0.1, seed=1, record=RECORD)
    simulation.run(10.0)
    first = simulation.recording()
    as_taken = digest(first)
    simulation.run(10.0)
    assert digest(first) == as_taken and len(simulation.recording().traces[0].values) == 40
    simulation.clear_recordings()
    simulation.record({"traces": [{"population": "cond", "variable": "v", "interval": 1.0}]})
    simulation.run(5.0)
    late = simulation.recording()
    assert [len(t.values) for t in late.traces] == [10, 50, 50, 5] and late.spikes.step.min() >= 200
    simulation.reset()
    simulation.run(10.0)
    again = simulation.recording()
    assert digest(first) == as_taken and np.array_equal(again.traces[1].values, first.traces[1].values)


def test_files_go_with_what_refers_to_them(tmp_path):
    """A warm worker simulates one point after another: nothing may wait for the garbage collector."""
    def files():
        links = (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd"))
        return sum(os.readlink(link).startswith(str(tmp_path)) for link in links if os.path.lexists(link))

    gc.disable()
    try:
        with spilling(tmp_path, 500):
            recording = run_network(everything(30), duration=10.0, dt=0.1, seed=1, record=RECORD)
        before = files()
        assert in_files(recording) and before
        del recording
        assert not files()
    finally:
        gc.enable()


LONG = """if True:
    import sys
    from simcore.engine.simulation import Simulation
    from simcore.engine.spill import spilling
    from simcore.network import Network
    from simcore.store.writer import write_run
    def peak():
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
    net = Network()
    net.population("a", 500, "IF_curr_delta", {"v_rest": 20.0, "v_thresh": 15.0, "v_reset": 0.0, "tau_refrac": 0.1})
    with spilling(sys.argv[1], int(sys.argv[2])):
        simulation = Simulation(net, dt=0.1, seed=1, record={"traces": [{"population": "a", "variable": "v"}]})
    simulation.run(100.0)
    write_run(sys.argv[1] + "/short.zarr.zip", simulation.recording(), {}, {})
    before = peak()
    simulation.run(4000.0)
    run = peak()
    recording = simulation.recording()
    write_run(sys.argv[1] + "/long.zarr.zip", recording, {}, {})
    print(recording.traces[0].values.nbytes / 2**20, run - before, peak() - before)
"""


def growth(folder, held_bytes):
    """MB that were recorded, and by how much memory grew in the run and to the end of the writing."""
    done = subprocess.run([sys.executable, "-c", LONG, folder, str(held_bytes)], text=True, capture_output=True, check=True)
    return map(float, done.stdout.split())


def test_memory_does_not_grow_with_the_length_of_a_run(tmp_path):
    """150 MB of voltages: with 8 MB held they take less than 70 MB, all held they take all of it."""
    recorded, run, written = growth(tmp_path, 8 << 20)
    assert recorded > 150 and run < 70 and written < 70
    recorded, run, written = growth(tmp_path, 1 << 40)
    assert run > 0.8 * recorded and written > 1.6 * recorded


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]
    if shutil.which("mount") is None or os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_fills_up_during_a_run_is_a_clear_error(small_disk):
    def error():
        with spilling(small_disk, 10_000), pytest.raises(StoreError) as caught:
            run_network(everything(30), duration=2000.0, dt=0.1, seed=1, record=RECORD)
        assert os.listdir(small_disk) == []
        return str(caught.value)

    assert re.search(r"cannot be kept in .*disk: No space left on device \(0\.. MB free\); make room there", error())
    gc.collect()
    assert shutil.disk_usage(small_disk).used < 10_000              # given back


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with spilling(tmp_path / "file", 100):
        simulation = Simulation(everything(30), dt=0.1, seed=1, record=RECORD)
    with pytest.raises(StoreError, match=r"cannot be kept in .*file: File exists"):
        simulation.run(10.0)


SIMULATED = """if True:
    import sys
    from simcore import steps
    from simcore.engine import spill
    from simcore.experiments import vogels_abbott
    from simcore.parameters.points import Point
    def defaults(declared):
        return {k: defaults(v) if isinstance(v, dict) else v.default for k, v in declared.items()}
    def progress(now, end, n_spikes):
        print(now, flush=True)
    given = spill.spilling
    spill.spilling = lambda folder: given(folder, 3000)
    point = Point("simcore.experiments.vogels_abbott", defaults(vogels_abbott.PARAMETERS), float(sys.argv[2]), 0.1, 1)
    steps.simulate(point, sys.argv[1], progress=progress, user=False)
"""


def simulated(path, duration):
    """A started process that simulates a point into a store and spills as it does."""
    return subprocess.Popen([sys.executable, "-c", SIMULATED, path, str(duration)], stdout=subprocess.PIPE, text=True)


def test_a_killed_run_leaves_nothing(tmp_path):
    """kill -9 while it spills into the folder of its store: nothing is left there; the next run is whole."""
    path = tmp_path / "runs" / "a.zarr.zip"
    with simulated(path, 1e6) as process:
        now = 0.0
        while now < 100.0:
            now = float(process.stdout.readline())
        open_there = [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{process.pid}/fd")]
        process.send_signal(signal.SIGKILL)
    assert any(name.startswith(str(path.parent)) for name in open_there), "it must have spilled, or this shows nothing"
    assert os.listdir(path.parent) == []
    with simulated(path, 200.0) as process:
        process.communicate()
    assert process.returncode == 0 and os.listdir(path.parent) == ["a.zarr.zip"] and reader.is_whole(path)
