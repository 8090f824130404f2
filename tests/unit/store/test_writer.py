import os
import resource
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
from simcore.errors import StoreError
from simcore.store import layout, reader, zarr3
from simcore.store.writer import write_run
from tests.unit.store.recordings import make_recording, naive_spikes

POINT = {"parameters": {"g": 5.0}, "seed": 1}


def through_zarr(path, name):
    with zarr.storage.ZipStore(path, mode="r") as store:
        return np.asarray(zarr.open_group(store, mode="r")[name][...])


def test_everything_comes_back_through_zarr_and_xarray(tmp_path):
    recording = make_recording()
    write_run(path := tmp_path / "ab12.zarr.zip", recording, POINT, {"git": "x"})
    with warnings.catch_warnings(), reader.open_run(path) as tree:
        warnings.simplefilter("error")
        assert tree.attrs["run_id"] == "ab12" and tree.attrs["point"] == POINT
        v = tree["traces/exc"].v
        assert v.dims == ("time", "cell") and v.units == "mV"
        assert np.array_equal(v, recording.traces[0].values) and v.dtype == np.float64
        assert np.array_equal(tree["traces/exc"].time, 1.0 + np.arange(50))
        assert tree["results"].answer.item() == 42.5
        spikes = tree["spikes"]
        assert spikes.gid.values.tolist() == list(range(20))
        assert spikes.population.attrs["flag_meanings"].split()[int(spikes.population[17])] == "inh"
        parts = np.split(spikes.spike_time.values, np.cumsum(spikes.n_spikes.values)[:-1])
        for got, expected in zip(parts, naive_spikes(recording.spikes, 0.1), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-15)


def test_equal_content_gives_equal_bytes_and_other_values_other_digests(tmp_path):
    a = write_run(tmp_path / "a.zarr.zip", make_recording(results={"x": 1.0, "y": 2.0}), POINT, {})
    write_run(tmp_path / "sub" / "a.zarr.zip", make_recording(results={"y": 2.0, "x": 1.0}), POINT, {})
    assert (tmp_path / "a.zarr.zip").read_bytes() == (tmp_path / "sub/a.zarr.zip").read_bytes()
    b = write_run(tmp_path / "b.zarr.zip", make_recording(seed=1), POINT, {})
    assert a["spikes/gid"] == b["spikes/gid"] and a["traces/exc/v"] != b["traces/exc/v"]


def test_digests_are_those_of_the_arrays_that_zarr_reads(tmp_path):
    digests = write_run(path := tmp_path / "a.zarr.zip", make_recording(), POINT, {})
    with reader.RunFile(path) as run:
        assert sorted(run.arrays) == sorted(digests)
        for name, digest in digests.items():
            values = through_zarr(path, name)
            assert np.array_equal(values, run.read(name))
            assert zarr3.digest(zarr3.canonical(values)) == digest


@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(0, 7), max_size=3),
    kind=st.sampled_from(["?", "i1", "u2", "<i4", ">i8", "f2", "f4", ">f8", "c16", "U5"]),
    seed=st.integers(0, 99),
)
def test_results_of_every_type_and_shape_come_back(tmp_path_factory, shape, kind, seed):
    values = np.random.default_rng(seed).integers(0, 100, shape).astype(kind)
    path = tmp_path_factory.mktemp("results") / "a.zarr.zip"
    digests = write_run(path, Recording(0.1, 1.0, (), None, (), {"x": values}), POINT, {})
    back = through_zarr(path, "results/x")
    assert back.shape == values.shape and np.array_equal(back.astype(values.dtype), values)
    with reader.RunFile(path) as run:
        assert zarr3.digest(zarr3.canonical(run.read("results/x"))) == digests["results/x"]


@settings(max_examples=25, deadline=None)
@given(n_times=st.integers(1, 40), cuts=st.lists(st.integers(0, 40), max_size=5), k=st.integers(1, 5))
def test_a_trace_in_blocks_gives_the_same_file_as_one_in_memory(tmp_path_factory, n_times, cuts, k):
    values = np.random.default_rng(n_times).standard_normal((n_times, k))
    folder = tmp_path_factory.mktemp("blocks")

    def write(name, values):
        trace = Trace("exc", "v", "mV", "potential", np.arange(k), 0.1, 0.1, values)
        write_run(folder / name / "a.zarr.zip", Recording(0.1, 4.0, (), None, (trace,)), POINT, {})
        return (folder / name / "a.zarr.zip").read_bytes()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "CHUNK_BYTES", 8 * k * 7)  # 7 rows a chunk
        blocks = np.split(values, sorted(min(c, n_times) for c in cuts))
        assert write("whole", values) == write("blocks", iter(blocks))
        assert np.array_equal(through_zarr(folder / "blocks/a.zarr.zip", "traces/exc/v"), values)


def test_a_long_trace_in_blocks_needs_the_memory_of_a_chunk(tmp_path):
    """200 MB in blocks of 1 MB take less than 40 MB more than the process had."""
    code = """if True:
        import sys, numpy as np
        from simcore.engine.recording import Recording, Trace
        from simcore.store.writer import write_run
        def peak():
            return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
        before = peak()
        blocks = (np.full((1250, 100), float(i)) for i in range(200))
        trace = Trace("exc", "v", "mV", "potential", np.arange(100), 0.1, 0.1, blocks)
        write_run(sys.argv[1], Recording(0.1, 25000.0, (), None, (trace,)), {}, {})
        print(peak() - before)
    """
    path = tmp_path / "long.zarr.zip"
    out = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    ).stdout
    assert float(out) < 40
    with reader.RunFile(path) as run:
        assert run.document("traces/exc/v").shape == (250_000, 100)


def test_traces_of_other_cells_or_intervals_get_their_own_group(tmp_path):
    def trace(variable, cells, interval, n):
        return Trace(
            "exc", variable, "mV", "x", np.array(cells), interval, interval, np.zeros((n, len(cells)))
        )

    traces = (trace("v", [0, 1], 1.0, 5), trace("w", [0, 1], 1.0, 5), trace("v", [0], 0.5, 10))
    write_run(path := tmp_path / "a.zarr.zip", Recording(0.1, 5.0, (), None, traces), POINT, {})
    with reader.open_run(path) as tree:
        assert set(tree["traces/exc"].data_vars) == {"v", "w"}
        assert tree["traces/exc.2"].v.shape == (10, 1) and tree["traces/exc.2"].attrs["population"] == "exc"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: replace(r, results={"a/b": 1.0}), "'a/b' cannot name an array"),
        (lambda r: replace(r, results={"a": np.array([object()])}), "results/a must be numbers"),
        (lambda r: replace(r, traces=(replace(r.traces[0], variable="time"),)), "cannot be named 'time'"),
        (lambda r: replace(r, traces=r.traces * 2), "traces/exc/v is recorded twice"),
        (
            lambda r: replace(r, traces=(replace(r.traces[0], values=np.zeros((5, 3))),)),
            r"must have the shape \(times, 16 cells\)",
        ),
        (lambda r: replace(r, traces=(replace(r.traces[0], values=iter(())),)), "without a single block"),
        (lambda r: replace(r, spikes=replace(r.spikes, cells=np.arange(3))), "not recorded: gid"),
        (lambda r: replace(r, spikes=replace(r.spikes, step=r.spikes.step + 2**31)), "steps of dt"),
        (lambda r: replace(r, populations=r.populations[:1]), r"cells of no population: gid \[16, 17"),
    ],
)
def test_values_without_a_place_in_the_layout_are_refused_and_leave_nothing(tmp_path, change, message):
    with pytest.raises(StoreError, match=message):
        write_run(tmp_path / "a.zarr.zip", change(make_recording()), POINT, {})
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_is_not_json_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"cannot be kept as JSON.*a\.zarr\.zip"):
        write_run(tmp_path / "a.zarr.zip", make_recording(), POINT, {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_spikes_cells_or_results_is_a_store_too(tmp_path):
    none = SpikeRecord(np.zeros(0, "i8"), np.zeros(0, "i4"), np.arange(3, dtype="i4"))
    populations = (PopulationInfo("exc", 0, 3, "IF"),)
    write_run(path := tmp_path / "a.zarr.zip", Recording(0.1, 1.0, populations, none, ()), POINT, {})
    with reader.open_run(path) as tree:
        assert tree["spikes"].sizes["spike"] == 0 and tree["spikes"].n_spikes.values.tolist() == [0, 0, 0]
    write_run(path, Recording(0.1, 1.0, (), None, ()), POINT, {})
    with reader.open_run(path) as tree:
        assert list(tree.children) == []


def test_a_simulation_process_imports_neither_zarr_nor_xarray():
    heavy = {"zarr", "xarray", "dask", "pandas", "scipy", "pint", "matplotlib", "git"}
    out = subprocess.run(
        [sys.executable, "-c", "import sys, simcore.store.writer; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not heavy & set(out.split())


def test_a_file_size_limit_leaves_the_old_store_and_says_what_to_do(tmp_path):
    path = tmp_path / "a.zarr.zip"
    write_run(path, make_recording(n_spikes=5), POINT, {})
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
    try:
        with pytest.raises(StoreError, match=r"cannot write .*a\.zarr\.zip: File too large.*ulimit"):
            write_run(path, make_recording(n_cells=100, n_times=1000), POINT, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["a.zarr.zip"]
