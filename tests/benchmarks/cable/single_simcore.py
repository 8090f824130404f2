"""The cell of single_neuron.py in simcore. Prints one JSON line for each scheme."""

import argparse
import math
from pathlib import Path

import problem as C
import swc_sections as S

from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.morphology.attachments import attach_clamp
from simcore.morphology.sections import Section


def single_root(dx, amplitude):
    """The soma of the cell, with everything on it."""
    made = []
    for i, spec in enumerate(S.sections(Path(__file__).with_name("large.swc"))):
        nseg = 1 if i == 0 else max(1, math.ceil(S.length(spec) / dx))
        section = Section(f"s{i}", points=spec["points"], nseg=nseg, Ra=100.0, cm=1.0).insert("hh")
        if i:
            section.connect(made[spec["parent"]], 1.0)
        made.append(section)
    attach_clamp(made[0], 0.5, delay=5.0, duration=1e9, amplitude=amplitude)
    return made[0]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--dx", type=float, default=6.0, help="longest compartment, um")
    ap.add_argument("--tstop", type=float, default=1000.0)
    ap.add_argument("--dt", type=float, default=0.025)
    ap.add_argument("--amp", type=float, default=3.0, help="current into the soma, nA")
    ap.add_argument("--schemes", nargs="*", default=["default", "neuron"])
    a = ap.parse_args()
    clock = C.Clock()
    root = single_root(a.dx, a.amp)
    network = CableNetwork()
    network.add(root, threshold=0.0)
    network_s = clock.lap()
    for scheme in a.schemes:
        CableSimulation(network, dt=a.dt, scheme=scheme).run(a.dt)
        clock.lap()
        simulation = CableSimulation(network, dt=a.dt, scheme=scheme)
        build_s = clock.lap() + network_s
        simulation.run(a.tstop)
        sim_s = clock.lap()
        n = sum(s.nseg for s in root.subtree())
        C.report(sim="simcore" if scheme == "default" else f"simcore, scheme {scheme}", bench="single", scheme=scheme,
                 build_s=build_s, sim_s=sim_s, sim_cpu_s=clock.cpu, biological_ms=a.tstop, dt=a.dt, n_cells=1,
                 n_compartments=n, spikes=int(simulation.recording().spikes.step.size), peak_rss_mb=C.peak_rss_mb(), ranks=1,
                 mcomp_steps_per_s=n * a.tstop / a.dt / sim_s / 1e6)


if __name__ == "__main__":
    main()
