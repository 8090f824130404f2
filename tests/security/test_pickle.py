"""No pickle is loaded unless it was asked for: reading results must not run code of whoever wrote them."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from simcore.errors import SimcoreError
from simcore.provenance.verify import verify
from simcore.trajectory import PickleParameter, PickleResult, Trajectory

LOAD = """
import sys
from simcore.trajectory import Trajectory, allow_pickle
if sys.argv[2] == "asked":
    allow_pickle()
traj = Trajectory("t", filename=sys.argv[1])
traj.f_load(load_parameters=2, load_results=2)
traj.par.odd, traj.results.odd
"""


@pytest.mark.parametrize("what", ["parameter", "result"])
def test_a_trajectory_with_a_pickle_is_refused_until_it_is_asked_for(tmp_path, hostile, what):
    value, mark = hostile
    traj = Trajectory("t", add_time=False, filename=str(tmp_path / "t.zarr"))
    traj.f_add_parameter(*(PickleParameter, "odd", value) if what == "parameter" else ("odd", 1))
    traj.f_add_result(*(PickleResult, "odd", value) if what == "result" else ("odd", 1))
    traj.f_store()
    mark.unlink(missing_ok=True)
    for asked in ("no", "asked"):
        done = subprocess.run([sys.executable, "-c", LOAD, tmp_path / "t.zarr", asked], capture_output=True, text=True,
                              check=False)
        assert (done.returncode == 0) == (asked == "asked"), done.stderr
        assert mark.exists() == (asked == "asked")


def test_a_pickle_in_a_run_store_is_refused(tmp_path, hostile):
    """Objects are not stored, and what claims to be a store but is a pickle is no store."""
    value, mark = hostile
    path = tmp_path / "a.zarr.zip"
    path.write_bytes(pickle.dumps(value))
    assert "not a whole store" in verify(path)[0]
    np.save(tmp_path / "a.npy", np.array([value], object), allow_pickle=True)
    (tmp_path / "a.npy").rename(tmp_path / "b.zarr.zip")
    assert verify(tmp_path / "b.zarr.zip")
    assert not mark.exists()


@pytest.mark.parametrize("array", [{"dtype": "|O", "filters": [{"id": "pickle", "protocol": 5}]},
                                   {"dtype": "<i4", "filters": [{"id": "pickle", "protocol": 5}]},
                                   {"dtype": "<i4", "compressor": {"id": "pickle", "protocol": 5}}])
def test_a_zarr_array_of_pickles_is_refused(tmp_path, hostile, array):
    """Format 2 of zarr has codecs that load pickles; readers of ours take format 3 alone."""
    value, mark = hostile
    folder = tmp_path / "quantities.zarr"
    (folder / "runs" / "record").mkdir(parents=True)
    for group, attrs in ((folder, {"common": {}, "digests": {}}), (folder / "runs", {})):
        (group / ".zgroup").write_text('{"zarr_format": 2}')
        (group / ".zattrs").write_text(json.dumps(attrs))
    document = {"zarr_format": 2, "shape": [1], "chunks": [1], "fill_value": None, "order": "C", "filters": None,
                "compressor": None, **array}
    (folder / "runs" / "record" / ".zarray").write_text(json.dumps(document))
    (folder / "runs" / "record" / ".zattrs").write_text('{"_ARRAY_DIMENSIONS": ["run"]}')
    (folder / "runs" / "record" / "0").write_bytes(pickle.dumps(value))
    assert verify(folder) and verify(folder.rename(tmp_path / "trajectory.zarr"))
    assert not mark.exists()


def test_parameters_have_no_way_to_a_pickle(tmp_path, hostile):
    """Neither a YAML tag nor an expression of an experiment file makes an object."""
    from simcore.parameters.experiments import load_experiment

    _, mark = hostile
    for text in (f"!!python/object/apply:builtins.open ['{mark}', 'w']", f"__import__('os').system('touch {mark}')",
                 f"open('{mark}', 'w')", f"(lambda: open('{mark}', 'w'))()", "pickle.loads(b'x')"):
        (tmp_path / "study.yaml").write_text("name: tiny\nmodel: simcore.experiments.brunel\nduration: 20 ms\n"
                                             f"parameters:\n  g: {json.dumps(text) if text[0] != '!' else text}\n")
        with pytest.raises(SimcoreError):
            load_experiment(tmp_path / "study.yaml")
    assert not mark.exists()
