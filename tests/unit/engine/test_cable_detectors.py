"""Spikes detected at several places of a cell: each place is a source of its own."""

import libsonata
import numpy as np
import pytest

from simcore.api.neurodamus.core.running import run_sim
from simcore.api.neurodamus.core.synapses import Connection, ExpSyn
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.spill import spilling
from simcore.errors import ConfigurationError, NonExistentParameterError
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section
from simcore.store.reader import open_run
from simcore.store.sonata import export_run
from simcore.store.writer import write_run

DT = 0.025


def cell(number):
    soma = Section(f"soma{number}", L=20.0, diam=20.0).insert("hh")
    Section(f"dend{number}", L=400.0, diam=2.0, nseg=11).insert("hh").connect(soma, 1.0)
    return soma


def network():
    """Cell 0 has a clamp; spikes at its soma and at two places of its dendrite reach a receptor each on cell 1."""
    roots, net = [cell(k) for k in range(2)], CableNetwork()
    dendrite, target = roots[0].children[0], roots[1].children[0]
    attach_clamp(roots[0], 0.5, delay=1.0, duration=40.0, amplitude=0.4)
    for root in roots:
        net.add(root, threshold=0.0)
    sources = [0, net.watch(0, dendrite, 0.95, threshold=-20.0), net.watch(0, dendrite, 0.5, threshold=10.0)]
    receptors = [add_receptor(target(0.5), POINT_PROCESSES["ExpSyn"], {"tau": 2.0 + k}) for k in range(3)]
    for source, receptor, delay in zip(sources, receptors, (1.0, 0.5, 0.25), strict=True):
        net.connect(source, receptor, weight=1e-6, delay=delay)
    return net, dendrite, receptors


def risings(v, threshold):
    """Steps in which v rises above the threshold."""
    return np.flatnonzero((v[:-1] <= threshold) & (v[1:] > threshold))


@pytest.mark.parametrize("scheme", ["default", "neuron"])
def test_each_place_sends_when_its_own_v_rises_above_its_own_threshold(scheme):
    net, dendrite, receptors = network()
    places = [{"variable": "v", "cells": [0]}, *({"variable": "v", "cells": [0], "section": dendrite, "x": x} for x in (0.95, 0.5))]
    traces = [*places, *({"variable": "g", "receptor": r} for r in receptors)]
    simulation = CableSimulation(net, dt=DT, scheme=scheme, record={"traces": traces})
    simulation.run(40.0)
    values = [t.values[:, 0] for t in simulation.recording().traces]
    for k, (threshold, delay) in enumerate(((0.0, 40), (-20.0, 20), (10.0, 10))):
        sent = risings(values[k], threshold)
        arrived = np.flatnonzero(np.diff(values[3 + k]) > 0.0)
        assert sent.size == 3
        # a spike of step s acts from the beginning of step s + 1 + delay on; g is sampled before events are heard
        assert (arrived == sent + 1 + delay).all()


@pytest.mark.parametrize("held", [1 << 20, 0])
def test_spikes_of_every_place_are_recorded_and_a_cell_keeps_its_own(tmp_path, held):
    """In memory, or all in files."""
    net, dendrite, _ = network()
    with spilling(tmp_path, held):
        simulation = CableSimulation(net, dt=DT, scheme="neuron", record={"traces": [
            {"variable": "v", "cells": [0], "section": dendrite, "x": x} for x in (0.95, 0.5)]})
    simulation.run(40.0)
    recording = simulation.recording()
    assert recording.spikes.gid.tolist() == [0, 0, 0] and simulation.n_spikes == 3, "a rate counts each spike once"
    found = recording.results
    assert found["watched_gid"].tolist() == [0, 0] and found["watched_section"].tolist() == [1, 1]
    assert found["watched_position"].tolist() == [0.95, 0.5]
    for row, threshold in enumerate((-20.0, 10.0)):
        rises = risings(recording.traces[row].values[:, 0], threshold)
        times = found["watched_spike_time"][found["watched_spike_place"] == row]
        np.testing.assert_allclose(times, (rises + 1) * DT, rtol=1e-15)
    assert (np.diff(found["watched_spike_time"]) >= 0.0).all()


def test_only_the_places_of_chosen_cells_are_recorded():
    for wanted, n_places in ((False, 0), ([1], 0), ([0], 2)):
        simulation = CableSimulation(network()[0], dt=DT, record={"spikes": wanted})
        simulation.run(10.0)
        recording = simulation.recording()
        assert len(recording.results.get("watched_gid", ())) == n_places
        assert recording.spikes is None if wanted is False else recording.spikes.cells.tolist() == wanted
    with pytest.raises(ConfigurationError, match="cells whose spikes are recorded must be from 0 to 1, got 2"):
        CableSimulation(network()[0], dt=DT, record={"spikes": [0, 2]})


def test_spikes_of_places_go_to_stores_and_a_sonata_file_has_each_cell_once(tmp_path):
    simulation = CableSimulation(network()[0], dt=DT)
    simulation.run(40.0)
    recording = simulation.recording()
    write_run(tmp_path / "a.zarr.zip", recording, {}, {})
    with open_run(tmp_path / "a.zarr.zip") as run:
        for name, values in recording.results.items():
            assert np.array_equal(run["results"][name].values, values)
    export_run(tmp_path / "a.zarr.zip", tmp_path)
    spikes = libsonata.SpikeReader(str(tmp_path / "spikes.h5"))["cells"].get()
    np.testing.assert_allclose(spikes, [(0, (s + 1) * DT) for s in recording.spikes.step.tolist()], rtol=1e-15)


def test_a_saved_state_knows_which_places_are_above_threshold():
    whole, again = (CableSimulation(network()[0], dt=DT) for _ in range(2))
    whole.run(2.875)                                    # soma and dendrite are up
    again.restore(whole.state())
    for simulation in (whole, again):
        simulation.run(20.0)
    assert whole.state()["values"].tobytes() == again.state()["values"].tobytes()


def test_three_sources_of_one_cell_fire_as_in_neuron():
    """Against spike times and v of NEURON 9.0.2 (hh without tables), two receptors on one dendrite; spikes are those of the first."""
    a, b = cell(0), cell(1)
    near, far = a.children[0], b.children[0]
    attach_clamp(a, 0.5, delay=1.0, duration=40.0, amplitude=0.4)
    one, two = ExpSyn(far(0.5), tau=2.0), ExpSyn(far(0.9), tau=3.0, e=-80.0)
    Connection(a(0.5), one, 0.02, 0.0, 1.0)
    Connection(near(0.95), two, 0.05, -20.0, 0.5)
    Connection(near(0.5), one, 0.001, 10.0, 0.25)
    Connection(b(0.5), ExpSyn(b(0.5), tau=1.0), 0.0, 0.0, 1.0)
    result = run_sim(60.0, far(0.5), dt=DT, scheme="neuron", v_init=-65.0, celsius=6.3)
    np.testing.assert_allclose(result.spikes[a], [2.7, 17.2, 31.375], atol=1e-9)
    np.testing.assert_allclose(result.spikes[b], [5.9, 20.675, 35.05], atol=1e-9)
    for place, times in ((a(0.5), [2.7, 17.2, 31.375]), (near(0.95), None), (near(0.5), None), (b(0.5), [5.9, 20.675, 35.05])):
        own = result.spikes_at(place)
        assert own.size == 3
        if times:
            np.testing.assert_allclose(own, times, atol=1e-9)
    assert (result.spikes_at(near(0.95)) > result.spikes_at(a(0.5))).all(), "from the soma outwards"
    with pytest.raises(NonExistentParameterError, match=r"no spikes are detected at dend0\(0.1\).*did you mean"):
        result.spikes_at(near(0.1))
    there = result.get_voltages_at(far(0.5))[[400, 800, 1200, 1600, 2000, 2400]]
    neuron = [-75.25363331328249, -51.54667697941064, -70.96500595571358, -74.94986643435085, -65.83443028359137, -64.9776031662018]
    np.testing.assert_allclose(there, neuron, atol=1e-6)


def test_a_place_that_no_cell_has_is_no_source():
    net, dendrite, receptors = network()
    net.connect((1, 7), receptors[0], weight=0.0)
    with pytest.raises(ConfigurationError, match=r"at most 3 places of such a cell, got \(1, 7\)"):
        CableSimulation(net, dt=DT)
    with pytest.raises(ConfigurationError, match="cell 9 must be described before"):
        net.watch(9, dendrite, 0.5)
