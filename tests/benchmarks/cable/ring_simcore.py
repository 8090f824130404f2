"""The ring network in simcore: `python ring_simcore.py --cells 256`, or with --mpi under `mpiexec -n 2`.

Prints one JSON line for each scheme; both simulate one network, which is described once.
"""

import argparse
import sys

import numpy as np
import problem as C

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor
from simcore.morphology.sections import Section

P = C.RING


def ring_root(gid, trees="ring"):
    """Sections of a cell, the soma first."""
    made = []
    for i, (parent, length, diam, nseg) in enumerate(C.CELLS[trees](gid)):
        section = Section(f"c{gid}_{i}", L=length, diam=diam, nseg=nseg, Ra=P["ra_ohmcm"], cm=P["cm_uf_cm2"])
        if i == 0:
            section.insert("hh")
            for name in ("gnabar", "gkbar", "gl", "el", "ena", "ek"):
                setattr(section, f"{name}_hh", P[name])
        else:
            section.insert("pas")
            section.g_pas, section.e_pas = P["g_pas"], P["e_pas"]
            section.connect(made[parent], 1.0)
        made.append(section)
    return made


def ring_network(n_cells, n_synapses=100, ring=16, gids=None, trees="ring"):
    """The network of all cells, or of `gids` and what ends on them."""
    network = CableNetwork(n_cells)
    for gid in range(n_cells) if gids is None else gids:
        sections = ring_root(gid, trees)
        network.add(sections[0], gid=gid, threshold=P["threshold"])
        for k, (sec, comp, src, w, delay) in enumerate(C.ring_synapses(gid, n_cells, n_synapses, ring)):
            place = sections[sec]((comp + 0.5) / P["nseg"])
            receptor = add_receptor(place, POINT_PROCESSES["ExpSyn"], {"tau": P["syn_tau"], "e": P["syn_e"]})
            network.connect(src, receptor, weight=w, delay=delay)
            if k == 0 and C.ring_starts(gid, n_cells, ring):
                network.stimulate(receptor, [P["kick_ms"]], weight=P["ring_weight"])
    return network


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--cells", type=int, default=64)
    ap.add_argument("--trees", default="ring", choices=C.CELLS)
    ap.add_argument("--tstop", type=float, default=200.0)
    ap.add_argument("--dt", type=float, default=0.025)
    ap.add_argument("--schemes", nargs="*", default=["default", "neuron"], help="one run each, of one network")
    ap.add_argument("--width", type=int)
    ap.add_argument("--mpi", action="store_true")
    ap.add_argument("--spikes", help="of the last scheme")
    a = ap.parse_args()
    comm = None
    if a.mpi:
        from mpi4py import MPI
        comm = MPI.COMM_WORLD
    rank, size = (comm.rank, comm.size) if comm else (0, 1)
    clock = C.Clock()
    network = ring_network(a.cells, gids=range(rank, a.cells, size), trees=a.trees)
    network_s = clock.lap()
    for scheme in a.schemes:
        one_run(a, network, scheme, network_s, comm)


def one_run(a, network, scheme, network_s, comm):
    """Compile or load, build again, run, report."""
    clock = C.Clock()
    warm = CableSimulation(network, dt=a.dt, scheme=scheme, comm=comm, width=a.width)
    warm.run(a.dt)                                                  # compiles, or loads what was compiled before
    del warm
    compile_s = clock.lap()
    simulation = CableSimulation(network, dt=a.dt, scheme=scheme, comm=comm, width=a.width)
    build_s = clock.lap() + network_s
    if comm:
        comm.Barrier()
    clock.lap()
    simulation.run(a.tstop)
    if comm:
        comm.Barrier()
    sim_s, cpu = clock.lap(), clock.cpu
    cpu = comm.allreduce(cpu) if comm else cpu
    peak = comm.allreduce(C.peak_rss_mb()) if comm else C.peak_rss_mb()
    recording = simulation.recording()
    if recording is None:
        return
    spikes = recording.spikes
    if a.spikes:
        C.save_spikes(a.spikes, [(float(t), int(g)) for t, g in zip((spikes.step + 1) * a.dt, spikes.gid, strict=True)])
    n = a.cells * sum(s[3] for s in C.CELLS[a.trees](0))
    C.report(sim="simcore" if scheme == "default" else f"simcore, scheme {scheme}", bench=a.trees, scheme=scheme,
             build_s=build_s, compile_s=compile_s, sim_s=sim_s, sim_cpu_s=cpu, biological_ms=a.tstop, dt=a.dt,
             n_cells=a.cells, n_compartments=n, n_synapses=100 * a.cells, spikes=int(np.size(spikes.step)),
             ranks=comm.size if comm else 1, blocks=len(simulation.blocks), width=simulation.blocks[0].width,
             peak_rss_mb=peak, mcomp_steps_per_s=n * a.tstop / a.dt / sim_s / 1e6)


if __name__ == "__main__":
    sys.exit(main())
