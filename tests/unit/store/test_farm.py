"""Work in threads here, or on a dask cluster: the same results in the same order."""

import json
import operator
from types import SimpleNamespace

import numpy as np
import pytest

from simcore.analysis.derivation import compute
from simcore.errors import ConfigurationError
from simcore.store.farm import each
from simcore.store.writer import write_run
from simcore.trajectory.merge import merge
from tests.unit.store.recordings import make_recording


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The scheduler file of two worker processes."""
    distributed = pytest.importorskip("distributed", reason="pip install 'simcore[slurm]'")
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as made:
        file.write_text(json.dumps(made.scheduler.identity()))
        yield str(file)


def test_results_come_in_the_order_of_calls(cluster):
    calls = [(i, i + 1) for i in range(20)]
    expected = [i * (i + 1) for i in range(20)]
    assert each(operator.mul, calls, on="") == expected
    assert each(operator.mul, calls, on=cluster) == expected
    with open(cluster) as file:
        assert each(operator.mul, calls, on=json.load(file)["address"]) == expected


def test_an_error_on_the_cluster_is_raised_as_it_is(cluster):
    with pytest.raises(ZeroDivisionError):
        each(operator.truediv, [(1, 1), (1, 0)], on=cluster)


def test_merging_and_deriving_on_a_cluster_give_the_same_bits(cluster, tmp_path):
    """120 runs with traces of 80 kB: three parts; quantities in two blocks."""
    runs = {f"{i:012x}": make_recording(i, 10, 1000, 50) for i in range(120)}
    points = {}
    for i, (run, recording) in enumerate(runs.items()):
        points[run] = SimpleNamespace(explored={"g": float(i)}, run_id=run, to_dict=lambda i=i: {"seed": i})
        write_run(tmp_path / f"runs/{run}.zarr.zip", recording, points[run], {})
    experiment = SimpleNamespace(name="study", description="", model="m", config={}, axes=())
    paths = {run: tmp_path / f"runs/{run}.zarr.zip" for run in runs}
    found, values = {}, {}
    for on in ("", cluster):
        out = tmp_path / ("there" if on else "here") / "trajectory.zarr"
        merge(paths, points, out, experiment, on=on)
        found[bool(on)] = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("c/**/*") if p.is_file()}
        values[bool(on)] = compute(out, on=on)
    assert found[True] == found[False] and any(path.startswith("traces/exc/v/c/1/") for path in found[True])
    assert values[True].identical(values[False].assign_attrs(values[True].attrs))
    assert np.isfinite(values[True].mean_rate).any()


def test_a_cluster_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMCORE_DASK", str(tmp_path / "scheduler.json"))
    with pytest.raises(ConfigurationError, match=r"scheduler.json does not exist; start one with: dask scheduler"):
        each(operator.add, [(1, 2)])
    pytest.importorskip("distributed")
    with pytest.raises(ConfigurationError, match=r"no queue 'slrum'.*did you mean 'slurm'"):
        each(operator.add, [(1, 2)], on="slrum:4")
