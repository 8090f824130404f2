"""What was recorded: as arrays, counts and files; the procedural interface; file formats."""

import numpy as np
import pytest

from simcore.api import pynn as sim
from simcore.api.pynn.ranks import world_communicator
from simcore.errors import StoreError


def wait():
    """Files that rank 0 wrote are there for all."""
    if world_communicator() is not None:
        world_communicator().Barrier()


@pytest.fixture
def cells(world):
    """2 × 3 cells, of which those at odd indices fire every 4 ms or so."""
    return sim.Population((2, 3), sim.IF_cond_exp, {"tau_refrac": 3.0, "i_offset": [0.0, 20.0] * 3}, label="cells")


def test_rows_have_ids_from_0_and_come_in_order_of_time(cells):
    sim.setup()
    sim.Population(4, sim.IF_curr_exp)
    p = sim.Population(3, sim.SpikeSourceArray, {"spike_times": [[3.0], [1.0, 2.0], []]})
    p.record()
    sim.run(5.0)
    assert p.getSpikes().tolist() == [[1.0, 1.0], [1.0, 2.0], [0.0, 3.0]]
    assert p.getSpikes(compatible_output=False).tolist() == [[5.0, 1.0], [5.0, 2.0], [4.0, 3.0]]
    assert p.get_spike_counts() == {4: 1, 5: 2, 6: 0}
    assert p.meanSpikeCount() == 1.0
    local = p.getSpikes(gather=False)
    assert all(p.is_local(int(i)) for i, _ in local)
    assert set(p.get_spike_counts(gather=False)) == set(p.ids())


def test_only_asked_cells_are_recorded(cells):
    cells.record([cells[0, 1], cells[1, 0]])
    cells.record_v([cells[1, 2]])
    cells.record_gsyn(2, rng=sim.NumpyRNG(seed=3))
    sim.run(10.0)
    assert set(cells.getSpikes()[:, 0]) == {1.0, 3.0}
    assert set(cells.get_v()[:, 0]) == {5.0} and cells.get_v().shape == (101, 3)
    assert cells.get_gsyn().shape == (202, 4) and set(cells.get_spike_counts()) == {1, 3}
    with pytest.raises(sim.RecordingError):
        cells.record(7)
    with pytest.raises(sim.RecordingError, match="other"):
        cells.record([*sim.Population.view(cells, [0]).all(), other_cell()])


def other_cell():
    sim.setup()
    return sim.Population(1, sim.IF_curr_exp, label="other")[0]


def test_samples_are_those_of_0_and_of_the_end(cells):
    cells.record_v()
    cells.record_variable("gsyn_exc", sampling_interval=2.5)
    sim.run(7.0)
    v = cells.get_v()
    assert v.shape == (6 * 71, 3)
    assert np.allclose(v[:71, 1], np.arange(71) * 0.1) and v[0].tolist() == [0.0, 0.0, -65.0]
    assert cells.get_samples("gsyn_exc")[:3, 1].tolist() == [0.0, 2.5, 5.0]
    sim.run(0.5)
    assert cells.get_samples("gsyn_exc")[:4, 1].tolist() == [0.0, 2.5, 5.0, 7.5]


def test_recording_may_begin_later(cells):
    sim.run(5.0)
    cells.record_v([cells[0, 0]])
    sim.run(5.0)
    cells.record_v()
    sim.run(5.0)
    v = cells.get_v()
    assert v[v[:, 0] == 0][:, 1].tolist() == pytest.approx((5.0 + 0.1 * np.arange(101)).tolist())
    assert v[v[:, 0] == 1][:, 1].tolist() == pytest.approx((10.0 + 0.1 * np.arange(51)).tolist())


def test_what_was_not_recorded_cannot_be_got(cells):
    sim.run(1.0)
    for get in (cells.getSpikes, cells.get_v, cells.get_gsyn, cells.get_spike_counts, cells.meanSpikeCount):
        with pytest.raises(sim.NothingToWriteError, match="cells"):
            get()
    with pytest.raises(sim.RecordingError):
        cells.get_samples("w")


def test_variables_of_other_cells(world):
    p = sim.Population(2, sim.EIF_cond_alpha_isfa_ista, {"i_offset": 1.0})
    p.record(["v", "w"], sampling_interval=0.5)
    sim.run(20.0)
    assert p.get_samples("w").shape == (82, 3) and p.get_samples("w")[:, 2].max() > 0.0
    q = sim.IF_curr_exp
    assert q.can_record("i_syn") and q.can_record("isyn_exc") and not q.can_record("gsyn")


@pytest.mark.parametrize("celltype", ["IF_cond_exp", "IF_cond_alpha", "IF_facets_hardware1", "HH_cond_exp"])
def test_synaptic_currents_of_conductances_are_driven_by_the_distance_to_their_reversal_potential(world, celltype):
    """Each cell with its own reversal potential, changed between runs: samples keep that of their time; v stays unasked."""
    p = sim.Population(3, getattr(sim, celltype))
    source = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [1.0, 5.0]})
    for target in ("excitatory", "inhibitory"):
        sim.Projection(source, p, sim.AllToAllConnector(weights=0.002), target=target)
    p.set("e_rev_I", [-71.0, -72.0, -73.0])
    p.record_variable("i_syn", [p[0], p[2]], sampling_interval=0.5)
    p.record_gsyn()
    sim.run(4.0)
    assert not p.population.recorder.asked.get("v")
    with pytest.raises(sim.NothingToWriteError):
        p.get_v()
    p.set("e_rev_I", -90.0)
    p.record_v()
    sim.run(4.0)
    found, g, v = p.get_samples("i_syn"), p.get_gsyn(), p.get_v()
    assert found.shape == (2 * 17, 4) and found[:, 0].tolist() == [0.0] * 17 + [2.0] * 17
    assert found[:, 1].tolist() == [0.5 * k for k in range(17)] * 2
    after = found[found[:, 1] >= 4.0]
    for cell, t, exc, inh in after:
        ge, gi = g[(g[:, 0] == cell) & (abs(g[:, 1] - t) < 1e-9), 2:][0]
        at = v[(v[:, 0] == cell) & (abs(v[:, 1] - t) < 1e-9), 2][0]
        assert exc == ge * (0.0 - at) and inh == gi * (-90.0 - at)
    inhibition = found[(found[:, 1] > 1.0) & (found[:, 1] < 4.0)]
    conductance = g[np.isin(g[:, 0], [0, 2]) & np.isin(np.round(g[:, 1], 6), np.round(inhibition[:, 1], 6)), 3]
    driven = inhibition[:, 3] / np.where(conductance > 0.0, conductance, 1.0)
    assert np.abs(driven - [-71.0 + 65.0 if c == 0 else -73.0 + 65.0 for c in inhibition[:, 0]])[conductance > 0].max() < 2.0
    sim.reset()
    sim.run(1.0)
    assert len(p.get_samples("i_syn")) == 2 * 3


def test_i_syn_is_written_and_read_in_every_format(world, folder):
    p = sim.Population(2, sim.IF_cond_exp, {"i_offset": 0.1})
    p.record("i_syn", to_file=str(folder / "i_syn"), sampling_interval=1.0)
    sim.run(3.0)
    sim.end()
    wait()
    rows = p.get_samples("i_syn")[:, [2, 3, 0]]
    assert np.array_equal(sim.StandardTextFile(str(folder / "i_syn")).read(), rows)
    out = sim.NumpyBinaryFile(str(folder / "i_syn.npz"), "w")
    p.print_variable("i_syn", out)
    out.close()
    wait()
    assert np.array_equal(sim.NumpyBinaryFile(str(folder / "i_syn.npz")).read(), rows)
    assert p.get_samples("isyn_exc").shape == (8, 3)


def test_printed_files_have_header_and_all_digits(cells, folder):
    cells.record()
    cells.record_v()
    cells.record_gsyn()
    sim.run(10.0)
    for variable, write in (("spikes", cells.printSpikes), ("v", cells.print_v), ("gsyn", cells.print_gsyn)):
        write(str(folder / variable))
    wait()
    spikes = sim.StandardTextFile(str(folder / "spikes"))
    assert np.array_equal(spikes.read(), cells.getSpikes()[:, ::-1])
    assert spikes.get_metadata() == {"variable": "spikes", "dimensions": (2, 3), "first_id": 0, "last_id": 5, "dt": 0.1,
                                     "n": len(cells.getSpikes())}
    v = sim.StandardTextFile(str(folder / "v"))
    assert np.array_equal(v.read(), cells.get_v()[:, [2, 0]]) and v.get_metadata()["n"] == 101
    assert np.array_equal(sim.StandardTextFile(str(folder / "gsyn")).read(), cells.get_gsyn()[:, [2, 3, 0]])
    assert (folder / "v").read_text().splitlines()[6] == "-65.0\t0"


def test_raw_output_has_global_ids(cells, folder):
    cells.record()
    sim.run(10.0)
    cells.printSpikes(str(folder / "raw"), compatible_output=False)
    wait()
    assert np.array_equal(sim.StandardTextFile(str(folder / "raw")).read(), cells.getSpikes(compatible_output=False))


def test_without_gathering_each_rank_has_its_file(cells, folder):
    cells.record()
    sim.run(10.0)
    cells.printSpikes(str(folder / "own"), gather=False)
    wait()
    names = ["own"] if sim.num_processes() == 1 else [f"own.{r}" for r in range(sim.num_processes())]
    rows = np.concatenate([sim.StandardTextFile(str(folder / n)).read() for n in names])
    expected = cells.getSpikes()
    assert sorted(map(tuple, rows[:, ::-1])) == sorted(map(tuple, expected))


@pytest.mark.parametrize("kind", [sim.StandardTextFile, sim.PickleFile, sim.NumpyBinaryFile, sim.HDF5ArrayFile])
def test_every_format_gives_back_data_and_metadata(cells, folder, kind):
    cells.record()
    sim.run(10.0)
    name = str(folder / f"spikes.{kind.__name__}")
    out = kind(name, "w")
    cells.printSpikes(out)
    out.close()
    wait()
    read = kind(name, "r")
    assert np.array_equal(read.read(), cells.getSpikes()[:, ::-1])
    metadata = read.get_metadata()
    assert (metadata["first_id"], metadata["last_id"], metadata["dt"], metadata["variable"]) == (0, 5, 0.1, "spikes")
    assert tuple(metadata["dimensions"]) == (2, 3)
    read.close()
    with pytest.raises(StoreError):
        read.write(np.zeros((1, 2)), {})


def test_files_that_cannot_be_read_say_so(world, folder):
    with pytest.raises(StoreError, match="no file"):
        sim.StandardTextFile(str(folder / "nothing"))
    bad = folder / f"bad{sim.rank()}"
    bad.write_text("1.0\tx\n")
    for kind in (sim.StandardTextFile, sim.PickleFile, sim.NumpyBinaryFile, sim.HDF5ArrayFile):
        with pytest.raises(StoreError, match="cannot be read"):
            kind(str(bad)).read()
    with pytest.raises(sim.NothingToWriteError):
        sim.StandardTextFile(str(bad), "w").write(None, {})


def test_end_writes_what_was_to_be_recorded_to_files(cells, folder):
    cells.record(to_file=str(folder / "p.spikes"))
    sim.record_v(cells[0, 0], str(folder / "one.v"))
    sim.record(cells.view([1, 3]), str(folder / "two.spikes"))
    sim.run(10.0)
    sim.end()
    wait()
    assert np.array_equal(sim.StandardTextFile(str(folder / "p.spikes")).read(), cells.getSpikes()[:, ::-1])
    assert sim.StandardTextFile(str(folder / "one.v")).read().shape == (101, 2)
    assert set(sim.StandardTextFile(str(folder / "two.spikes")).read()[:, 1]) == {0.0, 1.0}
    sim.end()


def test_the_procedural_interface(world, folder):
    one = sim.create(sim.IF_cond_exp)
    three = sim.create(sim.IF_cond_exp, {"tau_m": 15.0}, n=3)
    source = sim.create(sim.SpikeSourceArray, {"spike_times": [1.0, 2.0]}, n=2)
    assert isinstance(one, sim.ID) and isinstance(three, list) and len(three) == 3
    sim.set(one, "tau_m", 10.0)
    sim.set(three, {"cm": 0.5, "v_rest": -60.0})
    sim.set([one, three[0]], "i_offset", 0)
    made = sim.connect(source, [one, *three], weight=0.1, delay=0.5)
    assert sum(prj.size() for prj in made) == 8
    assert sim.connect(source[0], one)[0].getDelays() == [0.1]
    part = sim.connect(source, three, weight=0.1, p=0.5, rng=sim.NumpyRNG(seed=3))[0]
    assert 0 <= part.size() <= 6
    with pytest.raises(sim.InvalidWeightError):
        sim.connect(source, one, weight=-0.1, synapse_type="inhibitory")
    with pytest.raises(sim.ConnectionError):
        sim.connect(source, one, delay=100.0)
    with pytest.raises(sim.ConnectionError):
        sim.connect(source, "cells")
    sim.record(source, str(folder / "s.spikes"))
    sim.record_v([one], str(folder / "one.v"))
    sim.record_gsyn(three, str(folder / "three.gsyn"))
    sim.run(5.0)
    sim.end()
    wait()
    assert sim.StandardTextFile(str(folder / "s.spikes")).read().tolist() == [[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [2.0, 1.0]]
    g = sim.StandardTextFile(str(folder / "three.gsyn")).read()
    assert g.shape == (153, 3) and g[:, 0].max() > 0.2 and set(g[:, 2]) == {0.0, 1.0, 2.0}
    for cell in [one, *three]:
        if cell.local:
            assert cell.tau_m == (10.0 if cell == one else 15.0)
