"""Cells of random trees, channels, clamps and synapses against NEURON: v of every section and every spike."""

import numpy as np
import pytest

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.models.mechanisms.netstim import spike_times
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section
from tests.peers.compartmental.cases import HERE
from tests.peers.compartmental.random_cells_neuron import EVERY, SEEDS, case, parameters

REFERENCE = dict(np.load(HERE / "reference" / "random_cells.npz"))


def network(cell):
    """(network, sections in the order of the case)."""
    made = []
    for k, s in enumerate(cell["sections"]):
        section = Section(f"s{k}", **{name: s[name] for name in ("L", "diam", "nseg", "Ra", "cm")}).insert("hh" if s["hh"] else "pas")
        if not s["hh"]:
            section.g_pas, section.e_pas = s["g"], s["e"]
        made.append(section if s["parent"] < 0 else section.connect(made[s["parent"]], s["at"]))
    about = cell["clamp"]
    attach_clamp(made[about["section"]], about["x"], delay=about["delay"], duration=about["duration"], amplitude=about["amplitude"])
    net = CableNetwork()
    net.add(made[0], threshold=0.0, probes=[(s, 0.5) for s in made])
    for s in cell["synapses"]:
        receptor = add_receptor(made[s["section"]](s["x"]), POINT_PROCESSES[s["kind"]], parameters(s))
        if s["kind"] != "AlphaSynapse":
            times = spike_times(float, 1e9, interval=s["interval"], number=5, start=s["start"], noise=0.0)
            net.stimulate(receptor, times, weight=s["weight"], delay=s["delay"])
    return net, made


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_cell_does_what_neurons_does(seed):
    cell = case(seed)
    net, made = network(cell)
    record = {"traces": [{"variable": "v", "section": s, "x": 0.5} for s in made]}
    simulation = CableSimulation(net, dt=cell["dt"], celsius=cell["celsius"], v_init=cell["v_init"], scheme="neuron", record=record)
    simulation.run(cell["t_stop"])
    simulation.recorder.sample_now()
    recording = simulation.recording()
    ours = np.array([t.values[::EVERY, 0] for t in recording.traces])
    np.testing.assert_allclose(ours, REFERENCE[f"{seed}/v"], rtol=0, atol=1e-7)
    np.testing.assert_allclose((recording.spikes.step + 1) * cell["dt"], REFERENCE[f"{seed}/spikes"], rtol=0, atol=1e-6)
