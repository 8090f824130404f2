"""Recordings of detailed cells that outgrow memory: the same bits from files, in memory that does not grow with a run."""

import os
import subprocess
import sys

import numpy as np
import pytest

from simcore.engine import cable_recorder
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.morphology.sections import Section
from simcore.store.cable_state import load_state, save_state
from tests.mpi import cables


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr(cable_recorder, "AT_ONCE", cable_recorder.AT_ONCE)         # `spilling_simulation` lowers it


def test_spilled_recordings_are_those_in_memory_however_the_run_is_parted(tmp_path):
    held = cables.simulation()
    held.run(20.0)
    for durations in ((20.0,), (0.35, 12.0, 7.65)):
        spilled = cables.spilling_simulation(tmp_path)
        for duration in durations:
            spilled.run(duration)
        first = spilled.recording()
        assert cables.in_files(first) and not cables.in_files(held.recording())
        assert cables.digest(first) == cables.digest(held.recording())
        assert os.listdir(tmp_path) == [], "files without names"


def test_what_was_recorded_stays_when_the_run_goes_on_and_begins_anew_after_a_restore(tmp_path):
    simulation = cables.spilling_simulation(tmp_path)
    simulation.run(10.0)
    save_state(tmp_path / "state.npz", simulation.state())
    taken = simulation.recording()
    as_taken = cables.digest(taken)
    simulation.run(10.05)
    whole = simulation.recording()
    assert cables.digest(taken) == as_taken
    simulation.restore(load_state(tmp_path / "state.npz"))
    simulation.run(10.05)
    late = simulation.recording()
    for trace, every in zip(late.traces, (2, 10, 1, 1), strict=True):
        of_all = next(t for t in whole.traces if t.interval == trace.interval and t.variable == trace.variable)
        assert trace.first_time == 10.0 and np.array_equal(trace.values, of_all.values[200 // every:])
    assert np.array_equal(late.spikes.step, whole.spikes.step[whole.spikes.step >= 200])


LONG = """if True:
    import sys
    from simcore.engine.cable_network import CableNetwork
    from simcore.engine.cable_simulation import CableSimulation
    from simcore.engine.spill import spilling
    from simcore.morphology.sections import Section
    from simcore.store.writer import write_run
    def peak():
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
    net = CableNetwork()
    net.add(Section("cable", L=1000.0, diam=2.0, nseg=500).insert("pas"))
    with spilling(sys.argv[1], int(sys.argv[2])):
        simulation = CableSimulation(net, dt=0.025, record={"traces": [{"variable": "v", "section": "all", "x": "all"}]})
    simulation.run(100.0)
    write_run(sys.argv[1] + "/short.zarr.zip", simulation.recording(), {}, {})
    before = peak()
    simulation.run(1000.0)
    recording = simulation.recording()
    write_run(sys.argv[1] + "/long.zarr.zip", recording, {}, {})
    print(recording.traces[0].values.nbytes / 2**20, peak() - before)
"""


@pytest.mark.parametrize(("held_bytes", "least", "most"), [(8 << 20, 0.0, 0.5), (1 << 40, 1.5, 10.0)])
def test_memory_does_not_grow_with_the_length_of_a_run(tmp_path, held_bytes, least, most):
    """170 MB of voltages of all compartments; if all may be held, they and their trace are."""
    done = subprocess.run([sys.executable, "-c", LONG, tmp_path, str(held_bytes)], text=True, capture_output=True, check=True)
    recorded, grown = map(float, done.stdout.split())
    assert recorded > 150 and least <= grown / recorded < most


def test_an_epoch_ends_before_its_samples_are_too_many():
    """Without connections an epoch is 2,000 steps; of so many compartments these would be 524 MB."""
    net = CableNetwork()
    net.add(Section("cable", L=1000.0, diam=2.0, nseg=32767).insert("pas"))
    assert CableSimulation(net, dt=0.05).epoch == 2000
    simulation = CableSimulation(net, dt=0.05, record={"traces": [{"variable": "v", "section": "all", "x": "all", "interval": 0.1}]})
    assert simulation.epoch == 256                      # 128 samples, 32 MiB
