"""64 cells of 64 different trees (31 sections each at random places), 100 synapses a cell: CPU time a compartment and step.

Compare with ring_simcore.py, whose cells have one tree. `--width 1` simulates each cell by itself.
"""

import argparse
import time

import numpy as np
import problem as C

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor
from simcore.morphology.sections import Section


def random_cell(gid):
    """Sections of a cell whose dendrites fork at random."""
    rng = np.random.default_rng(gid)
    made = [Section("soma", L=20.0, diam=20.0).insert("hh")]
    for k in range(1, 31):
        open_ends = [s for s in made[1:] if len(s.children) < 2] or made[:1]
        parent = made[0] if k <= 2 else open_ends[int(rng.integers(len(open_ends)))]
        section = Section(f"d{k}", L=float(rng.uniform(40, 80)), diam=1.0, nseg=5).insert("pas").connect(parent, 1.0)
        section.g_pas, section.e_pas = 1e-4, -65.0
        made.append(section)
    return made


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cells", type=int, default=64)
    ap.add_argument("--width", type=int)
    a = ap.parse_args()
    network = CableNetwork()
    for gid in range(a.cells):
        sections = random_cell(gid)
        network.add(sections[0], threshold=-10.0)
        for sec, comp, src, w, delay in C.ring_synapses(gid, a.cells, 100, 16):
            place = sections[sec]((comp + 0.5) / 5)
            receptor = add_receptor(place, POINT_PROCESSES["ExpSyn"], {"tau": 2.0})
            network.connect(src, receptor, weight=w, delay=delay)
            if gid % 16 == 0 and w:
                network.stimulate(receptor, [1.0], weight=0.05)
    simulation = CableSimulation(network, width=a.width)
    simulation.run(0.025)
    began = time.process_time()
    simulation.run(100.0)
    n = a.cells * 151
    own = sum(p.tree.size for b in simulation.blocks for p in b.plans)
    nodes = sum(b.width * b.v.shape[0] for b in simulation.blocks)
    C.report(bench="mixed", cells=a.cells, blocks=len(simulation.blocks), common=nodes / own,
             ns_compartment=(time.process_time() - began) * 1e9 / (n * 4000), spikes=int(simulation.recording().spikes.step.size))


if __name__ == "__main__":
    main()
