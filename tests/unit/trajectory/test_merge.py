import json
import os
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
from simcore.errors import StoreError
from simcore.provenance.agreement import together
from simcore.store import layout, reader
from simcore.store.writer import write_run
from simcore.trajectory.merge import merge
from tests.unit.store.recordings import make_recording, naive_spikes


def merged(folder, recordings, *, explored=None, records=None, axes=()):
    """Write one store per recording, merge, open; run ids are 000000000000, 111111111111, …"""
    ids = [f"{i:x}" * 12 for i in range(len(recordings))]
    explored = explored or [{"g": float(i)} for i in range(len(recordings))]
    points = {}
    for i, (run_id, recording) in enumerate(zip(ids, recordings, strict=True)):
        point = {"parameters": explored[i], "seed": i}
        points[run_id] = SimpleNamespace(explored=explored[i], run_id=run_id, to_dict=lambda point=point: point)
        write_run(folder / f"runs/{run_id}.zarr.zip", recording, points[run_id], records[i] if records else {})
    experiment = SimpleNamespace(name="study", description="", model="m", config={"x": 1}, axes=axes)
    paths = {run_id: folder / f"runs/{run_id}.zarr.zip" for run_id in reversed(ids)}
    sidecar = merge(paths, points, folder / "trajectory.zarr", experiment)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return xr.open_datatree(folder / "trajectory.zarr", engine="zarr").load(), json.loads(sidecar.read_text())


@st.composite
def ragged_recordings(draw):
    """Up to five recordings that differ in cells, times, spikes, and in what was recorded at all."""
    recordings = []
    for seed in range(draw(st.integers(1, 5))):
        n_cells, n_times = draw(st.integers(1, 6)), draw(st.integers(0, 5))
        recording = make_recording(seed, n_cells, max(n_times, 1), draw(st.integers(0, 40)))
        first = draw(st.integers(0, 2))
        spikes = replace(recording.spikes, gid=recording.spikes.gid + first, cells=recording.spikes.cells + first)
        trace = recording.traces[0]
        trace = replace(trace, cells=trace.cells + first, values=trace.values[:n_times])
        populations = (PopulationInfo("exc", first, n_cells, "IF"),)
        recordings.append(
            replace(
                recording,
                populations=populations,
                spikes=spikes if draw(st.integers(0, 4)) else None,
                traces=(trace,) if draw(st.integers(0, 4)) else (),
                results={"r": np.arange(draw(st.integers(0, 3)))} if draw(st.booleans()) else {},
            )
        )
    return recordings


@settings(max_examples=60, deadline=None)
@given(recordings=ragged_recordings(), small=st.booleans())
def test_ragged_runs_merge_as_the_naive_twin_says(tmp_path_factory, recordings, small):
    folder = tmp_path_factory.mktemp("merge")
    with pytest.MonkeyPatch.context() as patch:
        if small:  # many chunks and shards even for these few values
            patch.setattr(layout, "RUN_BYTES", 0)
            patch.setattr(layout, "RUNS_PER_SHARD", 2)
            patch.setattr(layout, "EVENTS_PER_CHUNK", 7)
            patch.setattr(layout, "CHUNKS_PER_SHARD", 3)
            patch.setattr(layout, "CHUNK_BYTES", 48)
        tree, _ = merged(folder, recordings)
    check_spikes(tree, recordings)
    check_traces(tree, recordings)
    if any("r" in recording.results for recording in recordings):
        for got, recording in zip(tree["results"].r.values, recordings, strict=True):
            expected = recording.results.get("r", np.zeros(0))
            assert np.array_equal(got[: len(expected)], expected) and np.isnan(got[len(expected) :].astype(float)).all()


def of_run(group, name, i):
    """Values of run i of a variable that may be shared by all runs."""
    return group[name].values[i] if "run" in group[name].dims else group[name].values


def check_spikes(tree, recordings):
    if all(recording.spikes is None for recording in recordings):
        assert "spikes" not in tree.children
        return
    spikes, at = tree["spikes"], 0
    for i, recording in enumerate(recordings):
        expected = naive_spikes(recording.spikes, 0.1) if recording.spikes else []
        gids = recording.spikes.cells if recording.spikes else np.zeros(0)
        n = spikes.n_cells.values[i] if "n_cells" in spikes else len(spikes.gid)
        assert n == len(gids)
        if n:
            assert np.array_equal(of_run(spikes, "gid", i)[:n], gids)
        counts = spikes.n_spikes.values[i]
        assert counts[n:].tolist() == [0] * (len(counts) - n)
        for count, times in zip(counts, expected, strict=False):
            np.testing.assert_allclose(spikes.spike_time.values[at : at + count], times, rtol=1e-14)
            at += count
    assert at == spikes.sizes["spike"]


def check_traces(tree, recordings):
    if not any(recording.traces for recording in recordings):
        assert "traces" not in tree.children
        return
    group = tree["traces/exc"]
    for i, recording in enumerate(recordings):
        expected = recording.traces[0].values if recording.traces else np.zeros((0, 0))
        n_times, n_cells = expected.shape
        v = group.v.values[i]
        assert np.array_equal(v[:n_times, :n_cells], expected)
        assert np.isnan(v[n_times:]).all() and np.isnan(v[:, n_cells:]).all()
        if recording.traces:
            assert np.array_equal(group.time.values[:n_times], 1.0 + np.arange(n_times))
            assert np.array_equal(of_run(group, "gid", i)[:n_cells], recording.traces[0].cells)
        assert (group.n_times.values[i] if "n_times" in group else len(group.time)) == n_times
        assert (group.n_cells.values[i] if "n_cells" in group else len(group.gid)) == n_cells


def test_explored_parameters_become_coordinates_with_units(tmp_path):
    explored = [{"g": 3.0, "cells.tau_m": 20.0, "trial": 0, "rule": "all"}, {"g": 4.0, "cells.tau_m": 20.0, "trial": 1}]
    axes = [
        SimpleNamespace(name=n, units=u, values=())
        for n, u in (("g", ""), ("cells.tau_m", "ms"), ("trial", ""), ("rule", ""))
    ]
    tree, _ = merged(tmp_path, [make_recording(i) for i in range(2)], explored=explored, axes=axes)
    assert tree.run_id.values.tolist() == ["0" * 12, "1" * 12]
    assert tree.g.values.tolist() == [3.0, 4.0] and tree["cells.tau_m"].units == "ms"
    assert tree.trial.dtype.kind == "i" and tree.rule.values.tolist() == ["all", ""]
    assert set(tree.coords) == {"run", "run_id", "g", "cells.tau_m", "trial", "rule"}
    assert tree["spikes"].run.values.tolist() == [0, 1]  # inherited, so runs can be selected anywhere


def test_equal_grids_are_kept_once_and_counts_are_not_needed(tmp_path):
    tree, _ = merged(tmp_path, [make_recording(i) for i in range(3)])
    assert tree["spikes"].gid.dims == ("cell",) and tree["traces/exc"].time.dims == ("time",)
    assert "n_cells" not in tree["spikes"] and "n_times" not in tree["traces/exc"]


def test_times_that_do_not_nest_stay_with_their_run(tmp_path):
    tree, _ = merged(tmp_path, [make_recording(), make_recording(interval=0.5)])
    group = tree["traces/exc"]
    assert "time" not in group.coords and group.n_times.values.tolist() == [50, 50]
    assert group.sample_time.values[:, 1].tolist() == [2.0, 1.0]


def test_runs_of_different_dt_have_spike_times_in_ms(tmp_path):
    recordings = [make_recording(dt=0.1), make_recording(dt=0.025)]
    tree, _ = merged(tmp_path, recordings)
    expected = [t for r in recordings for times in naive_spikes(r.spikes, r.dt) for t in times]
    np.testing.assert_allclose(tree["spikes"].spike_time, expected, rtol=1e-14)
    assert "dt" not in tree.attrs


def test_results_of_all_types_are_padded_where_runs_lack_them(tmp_path):
    first = {"f": np.array([1.5]), "i": np.array([7, 8]), "b": np.array([True]), "t": "word", "only": 1, "all": 3}
    second = {"f": np.zeros(0), "i": np.array([9]), "b": np.zeros(0, bool), "t": "other word", "all": 2.5}
    tree, _ = merged(tmp_path, [make_recording(results=r) for r in (first, second)])
    results = tree["results"]
    np.testing.assert_array_equal(results.f, [[1.5], [np.nan]])
    np.testing.assert_array_equal(results.i, [[7, 8], [9, np.nan]])
    np.testing.assert_array_equal(results.b, [[1], [np.nan]])
    np.testing.assert_array_equal(results["only"], [1, np.nan])
    assert results.t.values.tolist() == ["word", "other word"] and results["all"].values.tolist() == [3.0, 2.5]


def test_results_that_cannot_be_merged_are_named_with_the_run(tmp_path):
    for other in ({"x": np.zeros((2, 2))}, {"x": "text"}):
        with pytest.raises(StoreError, match=r"results/x .*cannot be merged.*111111111111\.zarr\.zip"):
            merged(tmp_path, [make_recording(results={"x": np.zeros(2)}), make_recording(results=other)])
        assert os.listdir(tmp_path) == ["runs"]


def test_populations_may_grow_from_run_to_run_but_not_change_places(tmp_path):
    both = make_recording()
    exc, inh = both.populations
    more = replace(both, populations=(exc, replace(inh, size=2), PopulationInfo("sst", 18, 2, "IF")))
    tree, _ = merged(tmp_path / "a", [both, more])
    assert tree["spikes"].population.attrs["flag_meanings"] == "exc inh sst"
    assert tree["spikes"].population.values[:, 19].tolist() == [1, 2]
    with pytest.raises(StoreError, match=r"has the populations \['inh', 'exc'\] here and \['exc', 'inh'\] in runs before"):
        merged(tmp_path / "b", [both, replace(both, populations=(inh, exc))])


def test_traces_in_different_units_are_not_merged(tmp_path):
    recording = make_recording()
    other = replace(recording, traces=(replace(recording.traces[0], units="V"),))
    with pytest.raises(StoreError, match=r"traces/exc/v has the units 'V' here and 'mV' in runs before"):
        merged(tmp_path, [recording, other])


def test_sidecar_changes_with_the_arrays_and_not_with_times_and_hosts(tmp_path):
    def sidecar(name, seed, host, sha="a" * 40):
        record = {"host": {"name": host}, "process": {"started": host}, "code": {"project": {"sha": sha}}}
        recordings = [make_recording(seed), make_recording(7)]
        tree, side = merged(tmp_path / name, recordings, records=[record, record])
        assert tree.attrs["digests"] == side["arrays"] and side["runs"] == ["0" * 12, "1" * 12]
        return side

    first = sidecar("a", 1, "here")
    assert first == sidecar("b", 1, "there")
    other = sidecar("c", 2, "here")
    assert {path for path, digest in first["arrays"].items() if other["arrays"][path] != digest} == {
        "spikes/spike_time",
        "spikes/n_spikes",
        "traces/exc/v",
    }
    assert sidecar("d", 1, "here", sha="b" * 40)["commits"] == ["b" * 40]


def test_the_whole_record_of_each_run_is_in_the_trajectory(tmp_path):
    records = [
        {"host": {"name": h, "user": "me"}, "process": {"cpu_s": c}, "code": {"project": {"sha": "a", "dirty": True}}}
        for h, c in (("here", 1.5), ("there", 2.5), ("there", 3.5))
    ]
    tree, _ = merged(tmp_path, [make_recording(i) for i in range(3)], records=records)
    runs = tree["runs"]
    assert runs.cpu.values.tolist() == [1.5, 2.5, 3.5] and runs.cpu.units == "s"
    assert runs.host.values.tolist() == ["here", "there", "there"] and runs.dirty.values.tolist() == [True] * 3
    for i, path in enumerate(sorted((tmp_path / "runs").iterdir())):
        whole = together(tree.attrs["common"], json.loads(runs.record.values[i]))
        assert whole == reader.read_attrs(path)
    assert tree.attrs["provenance"]["runs"]["host"] == {"user": "me"}
    merging = tree.attrs["provenance"]["merge"]
    assert merging["process"]["wall_s"] > 0 and merging["environment"]["python"] and "sha" in merging["code"]["project"]


def test_missing_and_foreign_stores_are_refused_and_the_old_trajectory_stays(tmp_path):
    merged(tmp_path, [make_recording()])
    before = sorted(os.listdir(tmp_path))
    points = {run_id: SimpleNamespace(explored={}) for run_id in ("0" * 12, "f" * 12)}
    zero = tmp_path / "runs/000000000000.zarr.zip"
    experiment, out = SimpleNamespace(name="s", axes=()), tmp_path / "trajectory.zarr"
    with pytest.raises(StoreError, match="1 of 2 runs have no store: ffffffffffff; run them first"):
        merge({"0" * 12: zero}, points, out, experiment)
    with pytest.raises(StoreError, match="holds run 000000000000, not ffffffffffff"):
        merge({"0" * 12: zero, "f" * 12: zero}, points, out, experiment)
    with pytest.raises(StoreError, match=r"there is no store .*nowhere"):
        merge({"0" * 12: zero, "f" * 12: tmp_path / "nowhere.zarr.zip"}, points, out, experiment)
    with pytest.raises(StoreError, match="no runs to merge"):
        merge({}, {}, out, experiment)
    assert sorted(os.listdir(tmp_path)) == before
    assert xr.open_datatree(out, engine="zarr").sizes["run"] == 1


def test_many_runs_with_long_traces_are_sharded_and_dask_reads_them_run_by_run(tmp_path):
    cells = np.arange(4, dtype="i4")
    values = [np.random.default_rng(i).standard_normal((3000, 4)) for i in range(5)]
    none = SpikeRecord(np.zeros(0, "i8"), np.zeros(0, "i4"), cells)
    recordings = [
        Recording(
            0.1, 300.0, (PopulationInfo("exc", 0, 4, "IF"),), none, (Trace("exc", "v", "mV", "v", cells, 0.1, 0.1, v),)
        )
        for v in values
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "RUNS_PER_SHARD", 2)
        merged(tmp_path, recordings)
    files = sorted(
        str(f.relative_to(tmp_path / "trajectory.zarr/traces/exc/v"))
        for f in (tmp_path / "trajectory.zarr/traces/exc/v").rglob("*")
        if f.is_file()
    )
    assert files == ["c/0/0/0", "c/1/0/0", "c/2/0/0", "zarr.json"]
    with xr.open_datatree(tmp_path / "trajectory.zarr", engine="zarr", chunks={}) as tree:
        v = tree["traces/exc"].v
        assert v.chunks == ((1,) * 5, (3000,), (4,)) and tree["spikes"].sizes["spike"] == 0
        np.testing.assert_array_equal(v.compute(), values)
