"""SONATA files read back by libsonata, the format's reference reader, and by h5py where it tells more."""

from dataclasses import replace

import h5py
import libsonata
import numpy as np
import pytest

from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
from simcore.errors import StoreError
from simcore.store.reader import open_run
from simcore.store.sonata import Report, export_recording, export_run, read_spikes, write_reports, write_spikes
from simcore.store.writer import write_run
from tests.unit.store.recordings import make_recording, naive_spikes


def compartments(n_times=7):
    """Population "b" (gids 3, 4, 5): cells 4 and 5 with 2 and 3 compartments, not in order."""
    cells = np.array([5, 4, 5, 4, 5], dtype="i4")
    return Trace("b", "v", "mV", "membrane potential", cells, 0.5, 0.5, np.arange(n_times * 5.0).reshape(n_times, 5))


def run_file(tmp_path, recording):
    write_run(tmp_path / "run.zarr.zip", recording, {"a": 1}, {})
    return tmp_path / "run.zarr.zip"


@pytest.mark.parametrize("sorting", ["by_time", "by_id", "none"])
def test_spikes_come_back_through_libsonata(tmp_path, sorting):
    times, ids = np.array([3.0, 1.0, 2.0, 1.0]), np.array([0, 5, 0, 2])
    write_spikes(tmp_path / "s.h5", {"exc": (times, ids), "inh": ([], [])}, sorting=sorting)
    reader = libsonata.SpikeReader(str(tmp_path / "s.h5"))
    assert sorted(reader.get_population_names()) == ["exc", "inh"]
    assert reader["exc"].sorting == sorting and reader["exc"].time_units == "ms"
    expected = list(zip(ids.tolist(), times.tolist(), strict=True))
    expected.sort(key={"by_time": lambda s: (s[1], s[0]), "by_id": lambda s: s, "none": lambda s: 0}[sorting])
    assert reader["exc"].get() == expected and reader["inh"].get() == []


@pytest.mark.parametrize("sorting", ["by_time", "by_id", "none"])
def test_spikes_can_be_read_to_replay_them(tmp_path, sorting):
    write_spikes(tmp_path / "s.h5", {"exc": ([3.0, 1.0, 2.0, 1.0], [0, 5, 0, 2]), "inh": ([], [])}, sorting=sorting)
    found = {name: (t.tolist(), i.tolist()) for name, (t, i) in read_spikes(tmp_path / "s.h5").items()}
    assert found == {"exc": ([1.0, 1.0, 2.0, 3.0], [2, 5, 0, 0]), "inh": ([], [])}
    assert list(read_spikes(tmp_path / "s.h5", "inh")) == ["inh"]


def test_spikes_that_cannot_be_read_are_told(tmp_path):
    write_spikes(tmp_path / "s.h5", {"exc": ([3.0], [0])})
    with pytest.raises(StoreError, match="no spikes of 'ex'; did you mean 'exc'"):
        read_spikes(tmp_path / "s.h5", "ex")
    with pytest.raises(StoreError, match="cannot read"):
        read_spikes(tmp_path / "none.h5")
    with h5py.File(tmp_path / "s.h5", "r+") as file:
        file["spikes/exc/timestamps"].attrs["units"] = "s"
    with pytest.raises(StoreError, match="must be in ms, they are in 's'"):
        read_spikes(tmp_path / "s.h5")


def test_spikes_of_a_run_are_those_of_its_cells(tmp_path):
    recording = make_recording()
    files = export_run(run_file(tmp_path, recording), tmp_path / "out")
    assert [f.name for f in files] == ["spikes.h5", "v.h5"]
    reader = libsonata.SpikeReader(str(files[0]))
    wanted = naive_spikes(recording.spikes, recording.dt)
    for population in recording.populations:
        got = [[] for _ in range(population.size)]
        for node, time in reader[population.name].get():
            got[node].append(time)
        for node, times in enumerate(got):
            np.testing.assert_allclose(times, wanted[population.first_gid + node], rtol=1e-12)


def test_a_trace_of_a_run_is_a_soma_report(tmp_path):
    recording = make_recording()
    trace = recording.traces[0]
    files = export_run(run_file(tmp_path, recording), tmp_path / "out")
    population = libsonata.SomaReportReader(str(files[1]))["exc"]
    assert (population.times, population.time_units, population.data_units) == ((1.0, 51.0, 1.0), "ms", "mV")
    frame = population.get()
    assert np.array_equal(frame.ids, np.arange(16)) and frame.data.dtype == np.float32
    np.testing.assert_array_equal(frame.data, trace.values.astype("f4"))
    np.testing.assert_allclose(frame.times, 1.0 + np.arange(50))
    np.testing.assert_array_equal(population.get(node_ids=[3], tstart=5.0, tstop=6.0).data[:, 0], trace.values[4:6, 3].astype("f4"))


def test_a_recording_exports_the_bytes_of_its_store(tmp_path):
    recording = make_recording()
    from_store = export_run(run_file(tmp_path, recording), tmp_path / "a")
    direct = export_recording(recording, tmp_path / "b")
    assert [f.read_bytes() for f in from_store] == [f.read_bytes() for f in direct]


def test_elements_of_a_cell_lie_together_in_a_compartment_report(tmp_path):
    trace = compartments()
    recording = Recording(0.1, 3.5, (PopulationInfo("a", 0, 3, "m"), PopulationInfo("b", 3, 3, "m")), None, (trace,))
    [path] = export_run(run_file(tmp_path, recording), tmp_path / "out")
    population = libsonata.ElementReportReader(str(path))["b"]
    frame = population.get()
    assert [tuple(i) for i in frame.ids] == [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
    np.testing.assert_array_equal(frame.data, trace.values[:, [1, 3, 0, 2, 4]].astype("f4"))
    with h5py.File(path) as file:
        assert file["report/b/mapping/index_pointers"][:].tolist() == [0, 2, 5]


def test_sections_and_positions_of_a_run_come_back(tmp_path):
    trace = replace(compartments(), sections=np.array([7, 0, 0, 3, 3], "i4"), positions=np.array([0.5, 0.5, 0.5, 0.25, 0.75], "f4"))
    soma = replace(trace, sections=None, positions=None, cells=np.array([3, 4, 5], "i4"), values=trace.values[:, :3])
    recording = Recording(0.1, 3.5, (PopulationInfo("b", 3, 3, "m"),), None, (soma, trace))
    from_store = export_run(run_file(tmp_path, recording), tmp_path / "out")
    assert [p.read_bytes() for p in from_store] == [p.read_bytes() for p in export_recording(recording, tmp_path / "direct")]
    with h5py.File(from_store[1]) as file:
        assert file["report/b/mapping/element_ids"][:].tolist() == [0, 3, 7, 0, 3]
        assert file["report/b/mapping/element_pos"][:].tolist() == [0.5, 0.25, 0.5, 0.5, 0.75]
    tree = open_run(tmp_path / "run.zarr.zip")
    assert tree["traces/b.2"].section.values.tolist() == [7, 0, 0, 3, 3] and "section" not in tree["traces/b"]
    tree.close()
    with pytest.raises(StoreError, match="positions must be one a column"):
        run_file(tmp_path, replace(recording, traces=(replace(trace, positions=np.zeros(2)),)))


def test_sections_and_positions_of_elements_are_kept(tmp_path):
    report = Report("p", np.array([1, 0, 1]), np.array([4, 2, 0]), np.array([0.5, 0.25, 0.75]), "mV", 0.0, 0.1, np.zeros((2, 3)))
    write_reports(tmp_path / "r.h5", [report])
    with h5py.File(tmp_path / "r.h5") as file:
        mapping = file["report/p/mapping"]
        assert mapping["element_ids"][:].tolist() == [2, 4, 0] and mapping["element_pos"][:].tolist() == [0.25, 0.5, 0.75]
        assert mapping["time"][:].tolist() == [0.0, 0.2, 0.1] and mapping["time"].attrs["units"] == "ms"
        assert (file.attrs["magic"], tuple(file.attrs["version"])) == (0x0A7A, (0, 1))


def test_values_may_come_in_blocks(tmp_path):
    values = np.arange(30.0).reshape(10, 3)
    blocks = iter([values[:4], values[4:4], values[4:]])
    write_reports(tmp_path / "r.h5", [Report("p", np.arange(3), np.zeros(3), None, "mV", 0.0, 0.1, blocks)])
    np.testing.assert_array_equal(libsonata.SomaReportReader(str(tmp_path / "r.h5"))["p"].get().data, values)


def test_long_wide_traces_come_back_whole(tmp_path):
    """More than one chunk of the store in both directions."""
    values = np.random.default_rng(0).random((700, 1500))
    trace = Trace("p", "v", "mV", "v", np.arange(1500, dtype="i4"), 0.1, 0.0, values)
    recording = Recording(0.1, 70.0, (PopulationInfo("p", 0, 1500, "m"),), None, (trace,))
    [path] = export_run(run_file(tmp_path, recording), tmp_path / "out")
    np.testing.assert_array_equal(libsonata.SomaReportReader(str(path))["p"].get().data, values.astype("f4"))


def test_a_second_report_of_a_population_gets_a_file_of_its_own(tmp_path):
    first, second = compartments(3), compartments(5)
    recording = Recording(0.1, 3.5, (PopulationInfo("b", 3, 3, "m"),), SpikeRecord(
        np.zeros(0, "i8"), np.zeros(0, "i4"), np.array([3], "i4")), (first, second))
    assert [p.name for p in export_recording(recording, tmp_path)] == ["spikes.h5", "v.h5", "v.2.h5"]
    assert libsonata.ElementReportReader(str(tmp_path / "v.2.h5"))["b"].times == (0.5, 3.0, 0.5)


def test_exporting_again_gives_the_same_bytes_and_leaves_no_other_files(tmp_path):
    store = run_file(tmp_path, make_recording())
    first = [p.read_bytes() for p in export_run(store, tmp_path / "out")]
    assert [p.read_bytes() for p in export_run(store, tmp_path / "out")] == first
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["spikes.h5", "v.h5"]


@pytest.mark.parametrize(("wrong", "message"), [
    (lambda p: write_spikes(p, {}, sorting="time"), "cannot be sorted 'time'; did you mean 'by_time'"),
    (lambda p: write_spikes(p, {"a/b": ([1.0], [0])}), "cannot name a population"),
    (lambda p: write_reports(p, [Report("p", np.arange(3), np.zeros(3), None, "mV", 0, 1, np.zeros((2, 2)))]), "3 elements"),
    (lambda p: write_reports(p, [Report("p", np.arange(1), np.zeros(1), None, "mV", 0, 1, np.zeros((2, 1)))] * 2), "two of 'p'"),
    (lambda p: write_reports(p, [Report("p", np.arange(0), np.zeros(0), None, "mV", 0, 1, np.zeros((2, 0)))]), "at least one element"),
    (lambda p: export_recording(Recording(0.1, 1.0, (PopulationInfo("p", 0, 3, "m"),), None, (
        Trace("p", "v", "mV", "v", np.zeros(0, "i4"), 0.1, 0.0, np.zeros((3, 0))),)), p.parent), "neither spikes nor traces"),
    (lambda p: export_recording(Recording(0.1, 1.0, (), None, ()), p.parent), "neither spikes nor traces"),
    (lambda p: export_run(p, p.parent), "r.h5"),
])
def test_what_cannot_be_exported_is_told_and_leaves_nothing(tmp_path, wrong, message):
    with pytest.raises(StoreError, match=message):
        wrong(tmp_path / "r.h5")
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_exports_a_run(tmp_path, capsys):
    from simcore.__main__ import main

    store = run_file(tmp_path, make_recording(1))
    assert main(["export", str(store), "--sonata", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out" / "spikes.h5") in capsys.readouterr().out.split()
    assert main(["export", str(tmp_path / "none.zip"), "--sonata", str(tmp_path / "out")]) == 1
