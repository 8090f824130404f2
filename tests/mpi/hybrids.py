"""Point cells and detailed cells in one network, on any number of ranks.

    python hybrids.py DURATION [RANK]       (RANK: one that gives a detailed cell more current than numbers can hold)
"""

import hashlib
import sys

import numpy as np

from simcore.engine.cable_hybrid import HybridSimulation, relay_to
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.simulation import Simulation
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor, attach_clamp
from simcore.morphology.sections import Section
from simcore.network.connectors import FixedNumberPre, OneToOne
from simcore.network.network import Network

N, M, DT = 5, 12, 0.05          # detailed cells, point cells


def described(unlucky_gids=()):
    """(detailed network, point network, its relay): they drive each other; the first detailed cells have a clamp."""
    cells, receptors = CableNetwork(), []
    for gid in range(N):
        soma = Section(f"soma{gid}", L=20.0, diam=20.0).insert("hh")
        dendrite = Section(f"dend{gid}", L=100.0 + 10.0 * gid, diam=2.0, nseg=3).insert("pas").connect(soma, 1.0)
        receptors.append([add_receptor(dendrite(x), POINT_PROCESSES["ExpSyn"], {"tau": 2.0}) for x in (0.2, 0.8)])
        cells.add(soma, threshold=-10.0)
        if gid < 2:
            attach_clamp(soma, 0.5, delay=1.0 + gid, duration=30.0, amplitude=0.4)
        if gid in unlucky_gids:
            attach_clamp(soma, 0.5, delay=4.0, duration=1.0, amplitude=1e308)
    points = Network()
    relay = points.population("relay", N, "SpikeSourceArray")
    target = points.population("target", M, "IF_curr_delta")
    noise = points.population("noise", M, "SpikeSourcePoisson", {"rate": 900.0})
    distant = points.population("distant", M, "SpikeSourcePoisson", {"rate": 200.0})     # heard by detailed cells alone
    points.project(noise, target, OneToOne(), weight=2.0, delay=1.0, receptor="excitatory")
    points.project(relay, target, FixedNumberPre(2), weight=9.0, delay=0.75, receptor="excitatory")
    for k in range(M):
        relay_to(cells, target, k, receptors[k % N][k % 2], weight=0.01, delay=0.6 + 0.15 * k)
        relay_to(cells, distant, k, receptors[k % N][k % 2], weight=0.002, delay=1.0)
    for gid in range(N):
        cells.connect(gid, receptors[(gid + 2) % N][0], weight=0.01, delay=2.0)
    return cells, points, relay


def digest(hybrid):
    """(spikes of detailed cells, of all point cells, every bit of both and of the detailed cells' states) on rank 0."""
    cells, points, state = hybrid.cells.recording(), hybrid.points.recording(), hybrid.cells.state()
    if cells is None:
        return None
    found = hashlib.blake2b(digest_size=12)
    for array in (cells.spikes.step, cells.spikes.gid, points.spikes.step, points.spikes.gid, state["values"]):
        found.update(np.ascontiguousarray(array).tobytes())
    return cells.spikes.step.size, points.spikes.step.size, found.hexdigest()


def simulation(comm=None, unlucky=None):
    """Both simulations at time 0; the rank `unlucky` gives its first cell too much current."""
    cells, points, relay = described([unlucky] if comm and comm.rank == unlucky else [])
    record = {"spikes": {"relay": True, "target": True, "noise": True}}
    return HybridSimulation(Simulation(points, dt=DT, seed=3, record=record, comm=comm),
                            CableSimulation(cells, dt=DT, comm=comm), relay)


def main():
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    hybrid = simulation(comm, int(sys.argv[2]) if len(sys.argv) > 2 else None)
    hybrid.run(float(sys.argv[1]))
    found = digest(hybrid)
    if comm.rank == 0:
        print(comm.size, *found)


if __name__ == "__main__":
    main()
