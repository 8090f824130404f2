"""One format: what the workflow merges is a trajectory, and what a trajectory stores any tool opens."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
import zarr

from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
from simcore.errors import StoreError
from simcore.store.writer import write_run
from simcore.trajectory import Trajectory
from simcore.trajectory.merge import merge
from tests.unit.trajectory import jobs
from tests.unit.trajectory.conftest import loaded


class Point:
    """As much of a point as storing and merging need."""

    def __init__(self, g, trial):
        self.explored = {"g": g, "trial": trial}
        self.run_id = f"{int(g * 10):06d}{trial:06d}"

    def to_dict(self):
        return {"model": "m", "parameters": {"g": self.explored["g"], "cells": {"tau_m": 20.0}}, "duration": 10.0, "dt": 0.1,
                "seed": 3, "trial": self.explored["trial"], "record": {}}


def recording(point):
    g = point.explored["g"]
    n = int(g * 2)
    spikes = SpikeRecord(np.arange(n), np.arange(n, dtype=np.int32) % 4, np.arange(4, dtype=np.int32))
    trace = Trace("exc", "v", "mV", "membrane potential", np.arange(2, dtype=np.int32), 1.0, 0.0, np.full((10, 2), g))
    return Recording(0.1, 10.0, (PopulationInfo("exc", 0, 4, "IF"),), spikes, (trace,),
                     {"rates.exc": np.float64(g / 2), "counts": np.arange(3) + point.explored["trial"]})


@pytest.fixture
def merged(tmp_path):
    points = {p.run_id: p for p in (Point(g, trial) for g in (3.0, 4.5) for trial in (0, 1))}
    record = {"process": {"started": "2026-03-01T12:00:00+00:00", "ended": "2026-03-01T12:00:01+00:00", "cpu_s": 0.9}}
    for run_id, point in points.items():
        write_run(tmp_path / f"{run_id}.zarr.zip", recording(point), point, record)
    experiment = SimpleNamespace(name="brunel", description="of the workflow", model="m", config={"name": "brunel"}, axes=[
        SimpleNamespace(name="g", units="nS", values=(3.0, 4.5)), SimpleNamespace(name="trial", units="", values=(0, 1))])
    out = tmp_path / "trajectory.zarr"
    merge({r: tmp_path / f"{r}.zarr.zip" for r in points}, points, out, experiment)
    return out


def test_a_merged_trajectory_loads(merged):
    traj = Trajectory()
    traj.f_load(filename=merged)
    assert traj.v_name == "brunel" and traj.v_comment == "of the workflow" and len(traj) == 4 and traj.f_is_completed()
    assert traj.f_get("g").f_get_range() == [3.0, 3.0, 4.5, 4.5] and traj.f_get("trial").f_get_range() == [0, 1, 0, 1]
    assert traj.parameters.cells.tau_m == 20.0 and traj.duration == 10.0 and traj.seed == 3
    assert traj.f_get("g").v_annotations.units == "nS"
    assert list(traj.f_find_idx(["g", "trial"], lambda g, trial: g > 4 and trial == 1)) == [3]
    traj.f_as_run(2)
    assert traj.g == 4.5 and traj.results.rates.exc == 2.25 and traj.counts.tolist() == [0, 1, 2]
    traj.f_restore_default()
    assert traj.results.run_00000003.spikes.spike_time.tolist() == pytest.approx([0.1, 0.5, 0.9, 0.2, 0.6, 0.3, 0.7, 0.4, 0.8])
    assert traj.results.run_00000000.traces.exc.v.shape == (10, 2)
    array = traj.results["rates.exc"]
    assert array.dims == ("run",) and array.g.values.tolist() == [3.0, 3.0, 4.5, 4.5] and array.values[3] == 2.25
    assert traj.f_get_from_runs("rates.exc", fast_access=True, use_indices=True) == {0: 1.5, 1: 1.5, 2: 2.25, 3: 2.25}
    information = traj.f_get_run_information(1)
    assert information["completed"] == 1 and information["finish_timestamp"] - information["timestamp"] == 1.0
    assert traj.f_get_run_record(1)["process"]["cpu_s"] == 0.9


def test_a_merged_trajectory_becomes_one_that_can_be_added_to(merged, tmp_path):
    traj = Trajectory()
    traj.f_load(filename=merged)
    traj.f_add_result("mine", 3)
    traj.f_store(new_filename=tmp_path / "own.zarr")
    again = Trajectory()
    again.f_load(filename=tmp_path / "own.zarr", load_all=2)
    assert again.mine == 3 and again.results["rates.exc"].values.tolist() == [1.5, 1.5, 2.25, 2.25] and again.f_is_completed()
    assert again.results.run_00000001.counts.tolist() == [1, 2, 3] and again.tau_m == 20.0


def test_a_stored_trajectory_opens_with_xarray_and_zarr_alone(explored, path):
    explored.f_add_result("own.table", np.arange(1000.0))
    explored.f_add_parameter("big", np.eye(30))
    explored.run(jobs.rich, n_workers=1)
    tree = xr.open_datatree(path, engine="zarr")
    assert tree.x.values.tolist() == list(range(6)) and tree.x.attrs["long_name"] == "explored" and tree.run_id.shape == (6,)
    results = tree["results"]
    assert results["many.b"].values.tolist() == [f"text {i}" for i in range(6)] and results["many"].values.tolist() == [1666] * 6
    assert float(results["rates.exc"].swap_dims(run="x").sel(x=5)) == 2.5
    ends = np.cumsum(results["ragged.count"].values)
    assert results["ragged"].values[ends[2] : ends[3]].tolist() == [0, 1, 2]
    assert results["ragged.count"].attrs["sample_dimension"] == "ragged_value"
    assert tree["results/trajectory"]["own.table"].shape == (1000,) and tree["parameters"]["big"].shape == (30, 30)
    assert tree["parameters"].attrs["leaves"]["group.y"]["items"]["data"] == {"form": "float", "parts": {"": 2.0}}
    group = zarr.open_group(path, mode="r", use_consolidated=False)
    assert group["results/trace"].shape == (6, 10) and group["results/trace"][3, 2] == 5.0
    assert group["x"].metadata.dimension_names == ("run",)


def test_every_array_has_as_many_runs_as_are_explored(explored, path):
    explored.run(jobs.rich, n_workers=1)
    explored.f_expand({"x": [100] * 5000})
    explored.f_store()
    tree = xr.open_datatree(path, engine="zarr")
    assert tree.sizes["run"] == 5006 == tree["results"].sizes["run"] == tree["runs"].sizes["run"]
    assert np.isnan(tree["results"]["rates.exc"].values[6:]).all() and not tree["runs"].completed.values[6:].any()
    assert np.isnan(tree["results"]["many.a"].values[6:]).all() and tree["results"]["many.a"].values[5] == 5
    assert loaded(path).results["many.a"].values[3] == 3


def test_a_name_that_the_layout_has_gets_its_full_name_as_coordinate(path):
    traj = Trajectory("t", add_time=False, filename=path)
    traj.f_add_parameter("results", 1)
    traj.f_explore({"parameters.results": [1, 2]})
    traj.run(lambda run: run.f_add_result("trajectory", 3) and None, n_workers=1)
    tree = xr.open_datatree(path, engine="zarr")
    assert tree["parameters.results"].values.tolist() == [1, 2]
    again = Trajectory("t", add_time=False, filename=path)
    again.f_load()
    assert again.results["trajectory"].values.tolist() == [3, 3]


def bytes_below(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_additions_to_a_merged_trajectory_are_kept_beside_it(merged):
    before = bytes_below(merged)
    traj = Trajectory()
    traj.f_load(filename=merged)
    traj.f_add_result("mine.score", 3, comment="of the whole").f_set_annotations(how="by hand")
    traj.f_add_result("mine.table", np.arange(1000.0))
    traj.f_add_derived_parameter("ratio", 0.5)
    traj.f_add_config("seen", True)
    traj.results.f_set_annotations("all of it")
    traj.f_get("g").f_set_annotations(why="inhibition")
    traj.f_set_annotations(by="me")
    traj.f_store()
    traj.f_add_result("late", "text")
    traj.f_store_item("late")
    assert bytes_below(merged) == before
    added = xr.open_datatree(merged.with_name("trajectory.added.zarr"), engine="zarr")      # needs no simcore
    assert added["results/trajectory"]["mine.table"].values[999] == 999.0
    again = Trajectory()
    again.f_load(filename=merged)
    assert again.mine.score == 3 and again.f_get("score").v_comment == "of the whole" and again.late == "text"
    assert again.f_get("score").v_annotations.how == "by hand" and again.mine.table[999] == 999.0
    assert again.ratio == 0.5 and again.seen is True and again.v_annotations.by == "me"
    assert again.results.v_annotations.annotation == "all of it"
    assert again.f_get("g").v_annotations.f_to_dict() == {"units": "nS", "why": "inhibition"}
    assert again.results["rates.exc"].values.tolist() == [1.5, 1.5, 2.25, 2.25] and again.results.run_00000002.rates.exc == 2.25
    again.f_delete_item("mine.score", remove_from_trajectory=True)
    again.f_store_item("mine.table", overwrite=True)
    third = Trajectory()
    third.f_load(filename=merged, load_all=2)
    assert not third.f_contains("results.mine.score") and third.f_get("mine.table").f_get().shape == (1000,)


def test_a_merged_trajectory_made_anew_keeps_what_was_added(merged):
    traj = Trajectory()
    traj.f_load(filename=merged)
    traj.f_add_result("mine", 3)
    traj.f_store()
    content = bytes_below(merged)
    shutil.rmtree(merged)
    for path, data in content.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    again = Trajectory()
    again.f_load(filename=merged)
    assert again.mine == 3


def test_runs_of_a_merged_trajectory_stay_as_they_are(merged, tmp_path):
    before = bytes_below(merged)
    traj = Trajectory()
    traj.f_load(filename=merged)
    with pytest.raises(StoreError, match=r"made by the workflow.*'results\.runs\.run_00000001\.rates\.exc' is part of it"):
        traj.f_delete_item(traj.results.run_00000001.f_get("rates.exc"))
    with pytest.raises(StoreError, match="made by the workflow"):
        traj.run(jobs.product)
    traj.results.run_00000001.f_add_result("mine", 1)
    with pytest.raises(StoreError, match=r"'results\.runs\.run_00000001\.mine' belongs to one of its runs.*new_filename"):
        traj.f_store()
    traj.f_store(new_filename=tmp_path / "own.zarr")
    again = Trajectory()
    again.f_load(filename=tmp_path / "own.zarr")
    assert again.results.run_00000001.mine == 1 and again.results.run_00000003.rates.exc == 2.25
    assert bytes_below(merged) == before


def test_a_copy_of_a_merged_trajectory_can_be_expanded_and_run(merged, tmp_path):
    traj = Trajectory()
    traj.f_load(filename=merged)
    with pytest.raises(StoreError, match="it has 4 runs, not 6"):
        traj.f_expand({"g": [6.0, 6.0], "trial": [0, 1]})
        traj.f_store()
    traj.f_store(new_filename=tmp_path / "own.zarr")
    done = traj.run(jobs.rates_of_g, n_workers=1)
    assert done.completed == [4, 5] and traj.results["rates.exc"].values.tolist() == [1.5, 1.5, 2.25, 2.25, 3.0, 3.0]
    assert traj.results["rates.exc"].g.values.tolist() == [3.0, 3.0, 4.5, 4.5, 6.0, 6.0]
