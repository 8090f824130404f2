"""The cell of single_neuron.py in Arbor. Prints one JSON line."""

import argparse
import itertools
import math
import os

ap = argparse.ArgumentParser()
ap.add_argument("--swc", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "large.swc"))
ap.add_argument("--dx", type=float, default=6.0)
ap.add_argument("--tstop", type=float, default=1000.0)
ap.add_argument("--dt", type=float, default=0.025)
ap.add_argument("--amp", type=float, default=3.0)
ap.add_argument("--copies", type=int, default=1)
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--spikes")
a = ap.parse_args()

import problem as C  # noqa: E402
import swc_sections as S  # noqa: E402

clock = C.Clock()
import arbor as A  # noqa: E402
from arbor import units as U  # noqa: E402

import_s = clock.lap()
spec = S.sections(a.swc)
nsegs = [1 if i == 0 else max(1, math.ceil(S.length(sp) / a.dx)) for i, sp in enumerate(spec)]


class One(A.recipe):
    def __init__(self):
        A.recipe.__init__(self)
        self.props = A.neuron_cable_properties()
        self.props.set_property(Vm=-65 * U.mV, tempK=279.45 * U.Kelvin, rL=100 * U.Ohm * U.cm,
                                cm=0.01 * U.F / U.m2)
        self.props.set_ion("na", int_con=10 * U.mM, ext_con=140 * U.mM, rev_pot=50 * U.mV)
        self.props.set_ion("k", int_con=54.4 * U.mM, ext_con=2.5 * U.mM, rev_pot=-77 * U.mV)

    def num_cells(self):
        return a.copies

    def cell_kind(self, gid):
        return A.cell_kind.cable

    def global_properties(self, kind):
        return self.props

    def cell_description(self, gid):
        tree, ends, pol = A.segment_tree(), [], None
        for i, sp in enumerate(spec):
            last = A.mnpos if i == 0 else ends[sp["parent"]]
            for p, q in itertools.pairwise(sp["points"]):
                last = tree.append(last, A.mpoint(*p[:3], p[3] / 2), A.mpoint(*q[:3], q[3] / 2), tag=i + 1)
            ends.append(last)
            one = A.cv_policy_fixed_per_branch(nsegs[i], f"(tag {i + 1})")
            pol = one if pol is None else pol | one
        dec = A.decor()
        dec.paint("(all)", A.density("hh"))
        dec.place("(on-components 0.5 (tag 1))",
                  A.i_clamp(5 * U.ms, 1e9 * U.ms, a.amp * U.nA))
        dec.place("(on-components 0.5 (tag 1))", A.threshold_detector(0 * U.mV), "det")
        return A.cable_cell(tree, dec, A.label_dict(), pol)


recipe = One()
ctx = A.context(threads=a.threads)
sim = A.simulation(recipe, ctx, A.partition_load_balance(recipe, ctx))
sim.record(A.spike_recording.local)
build_s = clock.lap()
sim.run(a.tstop * U.ms, dt=a.dt * U.ms)
sim_s = clock.lap()
cpu_s = clock.cpu
spikes = [(float(s[1]), int(s[0][0])) for s in sim.spikes()]
if a.spikes:
    C.save_spikes(a.spikes, spikes)
n_comp = a.copies * sum(nsegs)
C.report(sim="arbor", bench="single", version=A.__version__, vectorize=A.config()["vectorize"],
         arch=A.config()["arch"], import_s=import_s, build_s=build_s, sim_s=sim_s, sim_cpu_s=cpu_s,
         biological_ms=a.tstop, dt=a.dt, n_cells=a.copies, n_compartments=n_comp, n_synapses=0,
         spikes=len(spikes), peak_rss_mb=C.peak_rss_mb(), threads=a.threads, ranks=1,
         mcomp_steps_per_s=n_comp * a.tstop / a.dt / sim_s / 1e6)
