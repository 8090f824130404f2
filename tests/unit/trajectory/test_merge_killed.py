import json
import os
import random
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import xarray as xr

from simcore.provenance.verify import verify
from simcore.store import atomic
from simcore.store.writer import write_run
from simcore.trajectory.merge import merge
from tests.unit.provenance.points import FakePoint
from tests.unit.store.recordings import make_recording

MERGER = """if True:
    import pathlib, sys
    from types import SimpleNamespace
    from simcore.trajectory.merge import merge
    folder = pathlib.Path(sys.argv[1])
    paths = {p.name[:12]: p for p in sorted((folder / "runs").iterdir())}
    points = {run_id: SimpleNamespace(explored={}) for run_id in paths}
    print("ready", flush=True)
    while True:
        merge(paths, points, folder / "trajectory.zarr", SimpleNamespace(name="s", axes=()))
"""


def test_a_merge_killed_at_any_moment_leaves_a_whole_trajectory_or_none(tmp_path):
    """Eight kills: what is there is whole, a sidecar is only beside what it describes, and the rest is swept."""
    points = [FakePoint(seed=i) for i in range(20)]
    for point in points:
        path = tmp_path / "runs" / f"{point.run_id}.zarr.zip"
        write_run(path, make_recording(point.seed, n_cells=50, n_times=500), point, {})
    rng, out, n_left = random.Random(2), tmp_path / "trajectory.zarr", 0
    for _ in range(8):
        with subprocess.Popen([sys.executable, "-c", MERGER, tmp_path], stdout=subprocess.PIPE) as merger:
            merger.stdout.readline()
            time.sleep(rng.uniform(0, 0.2))
            merger.send_signal(signal.SIGKILL)
        n_left += any(name.startswith(".trajectory.zarr.tmp-") for name in os.listdir(tmp_path))
        if out.exists():
            assert verify(out) == []
        if (tmp_path / "trajectory.json").exists():
            with xr.open_datatree(out, engine="zarr") as tree:
                assert tree.attrs["digests"] == json.loads((tmp_path / "trajectory.json").read_text())["arrays"]
    assert n_left > 0                       # some were killed half-way, or this test shows nothing
    atomic._sweep.cache_clear()             # as in a new process
    merge({p.run_id: tmp_path / "runs" / f"{p.run_id}.zarr.zip" for p in points}, {p.run_id: p for p in points}, out,
          SimpleNamespace(name="s", axes=()))
    assert sorted(os.listdir(tmp_path)) == ["runs", "trajectory.json", "trajectory.zarr"] and verify(out) == []
