"""A network of every cell model, driven and connected; run as a program it prints its spikes per population and digest."""

import sys
from pathlib import Path

from simcore.models.cells import CELL_MODELS
from simcore.network import AllToAll, FixedProbability, Network
from simcore.parameters import NormalDist, UniformDist

WEIGHT = {"mV": 6.0, "nA": 3.0, "uS": 0.03}
CELLS = [model for model in CELL_MODELS.values() if model.step]


def every_cell() -> Network:
    """Seven cells of each model, each model driven by noise and by the one before it, the first by gamma sources."""
    net = Network()
    noise = net.population("noise", 20, "SpikeSourcePoisson", {"rate": 400.0})
    gamma = net.population("gamma", 5, "SpikeSourceInhGamma", {"a": [3.0, 0.5], "b": [5e-4, 2e-3], "tbins": [0.0, 10.0]})
    before = gamma
    for model in CELLS:
        cell = net.population(model.name, 7, model.name, initial={"v": UniformDist(-70.0, -60.0)})
        weight = WEIGHT[model.receptors["excitatory"][1]]
        net.project(noise, cell, FixedProbability(0.5), weight=NormalDist(weight, 0.2 * weight, low=0.0), delay=0.5)
        net.project(before, cell, AllToAll(), weight=weight / 50, delay=UniformDist(0.2, 2.0))
        before = cell
    return net


RECORD = {"spikes": True, "traces": [{"population": m.name, "variable": s, "interval": 0.5} for m in CELLS for s in m.states]}


if __name__ == "__main__":
    from mpi4py import MPI

    from simcore.engine.simulation import run_network

    sys.path.insert(0, str(Path(__file__).parents[3]))
    from tests.mpi.networks import digest

    result = run_network(every_cell(), duration=25.0, dt=0.1, seed=5, record=RECORD, comm=MPI.COMM_WORLD)
    if MPI.COMM_WORLD.rank == 0:
        print(MPI.COMM_WORLD.size, digest(result))
