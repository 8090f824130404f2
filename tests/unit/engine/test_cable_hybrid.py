"""Point cells and detailed cells in one network: spikes of either reach the other, in the step they should."""

import numpy as np
import pytest

from simcore.engine.cable_hybrid import HybridSimulation, relay_to
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.simulation import Simulation
from simcore.errors import ConfigurationError
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section
from simcore.network.connectors import OneToOne
from simcore.network.network import Network


def detailed(n=2):
    """n HH somas with a receptor each; the first one is driven."""
    network, receptors = CableNetwork(), []
    for k in range(n):
        soma = Section(f"soma{k}", L=20.0, diam=20.0).insert("hh")
        receptors.append(add_receptor(soma(0.5), POINT_PROCESSES["ExpSyn"], {"tau": 2.0}))
        network.add(soma, threshold=-10.0)
        if k == 0:
            attach_clamp(soma, 0.5, delay=1.0, duration=2.0, amplitude=0.3)
    return network, receptors


def both(dt=0.05):
    """Detailed cell 0 drives point cell 0, which drives detailed cell 1."""
    cells, receptors = detailed()
    points = Network()
    relay = points.population("relay", 2, "SpikeSourceArray")
    target = points.population("target", 2, "IF_curr_delta")
    points.project(relay, target, OneToOne(), weight=40.0, delay=1.5, receptor="excitatory")
    relay_to(cells, target, 0, receptors[1], weight=0.03, delay=2.0)
    simulation = CableSimulation(cells, dt=dt)
    return HybridSimulation(Simulation(points, dt=dt, seed=1, record={"spikes": True}), simulation, relay), target


def spikes_of(simulation, gid):
    record = simulation.recording().spikes
    return record.step[record.gid == gid]


def test_spikes_go_from_detail_to_points_and_back():
    hybrid, target = both()
    hybrid.run(30.0)
    first = spikes_of(hybrid.cells, 0)
    relayed = spikes_of(hybrid.points, 0)
    middle = spikes_of(hybrid.points, target.first_gid)
    last = spikes_of(hybrid.cells, 1)
    assert first.size >= 1 and (relayed == first).all(), "the relay fires in the steps of the cell"
    assert (middle[:1] - first[0] == 30).all(), "1.5 ms of delay"
    assert last.size >= 1 and last[0] > middle[0] + 40, "2 ms, and the time the soma takes"


def test_two_runs_equal_one():
    whole, parts = both()[0], both()[0]
    whole.run(20.0)
    for duration in (0.35, 7.0, 12.65):
        parts.run(duration)
    for a, b in ((whole.cells, parts.cells), (whole.points, parts.points)):
        assert (a.recording().spikes.step == b.recording().spikes.step).all()
    assert np.array_equal(whole.cells.state()["values"], parts.cells.state()["values"])


def heard_noise(record, connected=False):
    """Poisson cells that a detailed cell hears: (steps at which the conductance of its receptor rises, both simulations)."""
    cells, receptors = detailed(1)
    points = Network()
    relay = points.population("relay", 1, "SpikeSourceArray")
    noise = points.population("noise", 3, "SpikeSourcePoisson", {"rate": 300.0})
    if connected:                                       # privately: each drives one cell and never becomes a spike for it
        points.project(noise, points.population("target", 3, "IF_curr_delta"), OneToOne(), weight=1.0, delay=1.0,
                       receptor="excitatory")
    relay_to(cells, noise, 1, receptors[0], weight=1e-6, delay=1.0)
    simulation = CableSimulation(cells, dt=0.05, record={"traces": [{"variable": "g", "receptor": receptors[0]}]})
    hybrid = HybridSimulation(Simulation(points, dt=0.05, seed=1, record={"spikes": record}), simulation, relay)
    hybrid.run(40.0)
    g = simulation.recording().traces[0].values[:, 0]
    return np.flatnonzero(np.diff(g) > 0.0), hybrid


@pytest.mark.parametrize("connected", [False, True])
def test_noise_that_only_detailed_cells_hear_reaches_them_as_if_it_were_recorded(connected):
    arrived, hybrid = heard_noise(False, connected)
    assert hybrid.points.recording().spikes is None
    same, recorded = heard_noise({"noise": True}, connected)
    train = spikes_of(recorded.points, recorded.points.network.find("noise").first_gid + 1)
    assert train.size > 5 and arrived.tolist() == same.tolist()
    sent = np.unique(train[train < 799 - 21])           # 20 steps on the way; g is sampled before events are heard
    assert arrived.tolist() == (sent + 1 + 20).tolist()


def test_what_does_not_fit_is_refused():
    hybrid, target = both()
    with pytest.raises(ConfigurationError, match="the relay must be 2 SpikeSourceArray cells"):
        HybridSimulation(hybrid.points, hybrid.cells, target)
    cells, receptors = detailed()
    with pytest.raises(ConfigurationError, match="a cell of 'target' must be from 0 to 1, got 2"):
        relay_to(cells, target, 2, receptors[0], weight=0.1, delay=1.0)
    other = CableSimulation(detailed()[0], dt=0.1)
    with pytest.raises(ConfigurationError, match="both simulations need one dt"):
        HybridSimulation(hybrid.points, other, hybrid.relay)
