import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

from simcore.provenance.verify import diff, verify
from simcore.store.writer import write_run
from simcore.trajectory.merge import merge
from tests.unit.provenance.points import FakePoint
from tests.unit.store.recordings import make_recording


def study(folder, recordings):
    """Stores and trajectory of some recordings; path of the trajectory."""
    points = {point.run_id: point for point in (FakePoint({"g": float(i)}) for i in range(len(recordings)))}
    paths = {run_id: folder / "runs" / f"{run_id}.zarr.zip" for run_id in points}
    for recording, (run_id, point) in zip(recordings, points.items(), strict=True):
        write_run(paths[run_id], recording, point, {})
    merge(paths, points, folder / "trajectory.zarr", SimpleNamespace(name="s", axes=()))
    return folder / "trajectory.zarr"


UNEQUAL = [
    make_recording(0, 10, 50, results={"x": np.arange(3), "n": 1, "t": "a", "b": np.array([True, False])}),
    make_recording(1, 6, 30, 0, results={"x": np.zeros(0), "t": "long text", "b": np.array([True])}),
    make_recording(2, 12, 20, dt=0.05, results={"x": np.array([1.5, np.nan]), "n": 2.5}),
]


@pytest.mark.parametrize("recordings", [[make_recording(i) for i in range(3)], UNEQUAL, UNEQUAL[:1]])
def test_what_was_written_is_verified_array_by_array(tmp_path, recordings):
    trajectory = study(tmp_path, recordings)
    assert verify(trajectory) == []
    for path in (tmp_path / "runs").iterdir():
        assert verify(path) == []


def test_a_flipped_bit_in_a_run_is_found(tmp_path):
    study(tmp_path, [make_recording()])
    path = next((tmp_path / "runs").iterdir())
    content = bytearray(path.read_bytes())
    content[content.index(b"spikes/spike_time/c/0") + 60] ^= 1
    path.write_bytes(content)
    assert any("spikes/spike_time" in line for line in verify(path)) and len(verify(path)) == 1


def test_a_changed_value_and_a_lost_chunk_in_a_trajectory_are_found_with_their_run(tmp_path):
    import zarr

    trajectory = study(tmp_path, [make_recording(i, n_cells=20) for i in range(3)])
    ids = [
        json.loads(text)
        for text in (json.dumps(i) for i in json.loads((tmp_path / "trajectory.json").read_text())["runs"])
    ]
    group = zarr.open_group(trajectory, mode="r+")
    group["traces/exc/v"][1, 0, 0] = -65.0
    wrong = verify(trajectory)
    assert len(wrong) == 1 and f"run {ids[1]}: traces/exc/v is not what was written" in wrong[0]
    os.remove(trajectory / "spikes/n_spikes/c/0/0")
    assert any("spikes/spike_time" in line for line in verify(trajectory))


def test_a_wrong_coordinate_is_found(tmp_path):
    import zarr

    trajectory = study(tmp_path, [make_recording(i) for i in range(2)])
    zarr.open_group(trajectory, mode="r+")["g"][0] = 9.0
    assert [line.split(" is ")[0] for line in verify(trajectory)] == ["trajectory.zarr: g"]


def test_what_is_no_store_is_said_so(tmp_path):
    assert "there is no store" in verify(tmp_path / "no.zarr.zip")[0]
    assert "cannot be opened as a trajectory" in verify(tmp_path)[0]


def test_the_difference_of_two_records_is_listed_by_path():
    a = {"code": {"sha": "1", "dirty": False}, "only": None, "same": [1]}
    b = {"code": {"sha": "2", "dirty": False}, "same": [1], "new": {"x": 1}}
    assert diff(a, b) == [("code/sha", "1", "2"), ("new", None, {"x": 1}), ("only", None, None)]
    assert diff(a, a) == []
