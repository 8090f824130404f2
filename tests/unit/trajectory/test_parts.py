"""Arrays written part by part, by other processes, are the files that one process writes."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.store import layout
from simcore.trajectory import merge as merging
from simcore.trajectory import parts
from tests.unit.store.recordings import make_recording
from tests.unit.trajectory.test_merge import merged, ragged_recordings


@settings(max_examples=40, deadline=None)
@given(recordings=ragged_recordings(), per_chunk=st.integers(1, 9))
def test_a_merge_in_parts_writes_the_same_files(tmp_path_factory, recordings, per_chunk):
    """Small chunks and shards, so that runs begin and end in the middle of files."""
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"RUN_BYTES": 0, "RUNS_PER_SHARD": 2, "EVENTS_PER_CHUNK": per_chunk, "CHUNKS_PER_SHARD": 3,
                            "CHUNK_BYTES": 48}.items():
            patch.setattr(layout, name, value)
        _, sidecar = merged(here, recordings)
        patch.setenv("SIMCORE_DASK", "tcp://somewhere")
        patch.setattr(merging, "each", sent)
        _, sidecar_there = merged(there, recordings)
    assert sidecar == sidecar_there and files(there) == files(here)


def test_a_part_is_small_enough_to_be_sent(tmp_path, monkeypatch):
    """Without what grows with the runs of other parts."""
    monkeypatch.setattr(layout, "RUN_BYTES", 0)
    sizes = []
    monkeypatch.setenv("SIMCORE_DASK", "tcp://somewhere")
    monkeypatch.setattr(merging, "each", lambda function, calls, on: sizes.extend(len(pickle.dumps(c)) for c in calls)
                        or sent(function, calls, on))
    merged(tmp_path, [make_recording(seed, 4, 5, 30) for seed in range(5)])
    assert len(sizes) == 2 and max(sizes) < 4000


def sent(function, calls, on):
    """What a cluster does: a copy of each call is run somewhere."""
    assert function is parts.write_part
    return [function(*pickle.loads(pickle.dumps(call))) for call in calls]


def files(folder):
    """Bytes of all files of a trajectory but its root's, which has times of making, by path."""
    root = folder / "trajectory.zarr"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*")
            if path.is_file() and path != root / "zarr.json"}
