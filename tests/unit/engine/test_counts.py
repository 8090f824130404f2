"""Connections are counted without being listed, and listed in order whatever their delays."""

import numpy as np
import pytest

from simcore.engine.simulation import Simulation
from simcore.network import AllToAll, FixedNumberPost, FixedProbability, FromList, Network, OneToOne
from simcore.parameters import UniformDist


@pytest.mark.parametrize("delay", [1.5, UniformDist(0.1, 9.0)])
def test_counts_are_those_of_the_lists_and_lists_are_sorted(delay):
    net = Network()
    noise = net.population("noise", 9, "SpikeSourcePoisson", {"rate": 5.0})
    a, b = net.population("a", 9, "IF_curr_exp"), net.population("b", 7, "IF_curr_exp")
    for target in (a, b):                                       # projections of one bundle
        net.project(noise, target, FixedProbability(0.4), weight=0.1, delay=delay)
        net.project(a, target, FixedNumberPost(3), weight=UniformDist(), delay=delay)
    net.project(noise, a, OneToOne(), weight=0.1, delay=delay)
    net.project(b, a, FromList([3, 3, 0], [2, 2, 1], delay=[2.0, 1.0, 3.0]), weight=0.1, delay=delay)
    net.project(a, b, AllToAll(), weight=0.1, delay=delay)
    simulation = Simulation(net, dt=0.1, seed=1)
    for projection in net.projections:
        made = simulation.connections(projection)
        assert simulation.n_connections(projection) == made.pre.size > 0
        rows = list(zip(made.pre.tolist(), made.post.tolist(), made.delay.tolist(), strict=True))
        assert rows == sorted(rows)
    assert np.array_equal(simulation.connections(net.projections[5]).delay, [3.0, 1.0, 2.0])
