"""The ring network of ring_neuron.py in Arbor. Prints one JSON line."""

import argparse

ap = argparse.ArgumentParser()
ap.add_argument("--cells", type=int, default=64)
ap.add_argument("--synapses", type=int, default=100, help="per cell")
ap.add_argument("--ring", type=int, default=16)
ap.add_argument("--tstop", type=float, default=200.0)
ap.add_argument("--dt", type=float, default=0.025)
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--group", type=int, default=0, help="cells per cell group (0: Arbor's default)")
ap.add_argument("--catalogue", help="folder or .so of a catalogue whose hh/pas/expsyn replace the default's")
ap.add_argument("--same", action="store_true")
ap.add_argument("--trees", default="ring", help="ring: all cells fork alike; mixed: each in its own way")
ap.add_argument("--spikes")
a = ap.parse_args()

import problem as C  # noqa: E402

clock = C.Clock()
import arbor as A  # noqa: E402
from arbor import units as U  # noqa: E402

import_s = clock.lap()
P = C.RING


def make_cell(gid):
    """Sections laid out as a straight tree; only lengths and radii matter."""
    tree = A.segment_tree()
    ends = []
    for i, (par, length, diam, _) in enumerate(C.CELLS[a.trees](gid, a.same)):
        x0 = 0.0 if par < 0 else ends[par]
        r = diam / 2
        # y marks the branch so that no two segments coincide
        parent = A.mnpos if par < 0 else par
        tree.append(parent, A.mpoint(x0, float(i), 0.0, r), A.mpoint(x0 + length, float(i), 0.0, r),
                    tag=1 if i == 0 else 3)
        ends.append(x0 + length)
    return tree


class Ring(A.recipe):
    def __init__(self):
        A.recipe.__init__(self)
        self.props = A.neuron_cable_properties()
        if a.catalogue:
            cat = A.load_catalogue(a.catalogue)
            base = A.default_catalogue()
            merged = A.catalogue()
            merged.extend(base, "d_")
            merged.extend(cat, "")
            self.props.catalogue = merged
        self.props.set_property(Vm=P["v_init"] * U.mV, tempK=(273.15 + P["celsius"]) * U.Kelvin,
                                rL=P["ra_ohmcm"] * U.Ohm * U.cm, cm=P["cm_uf_cm2"] * 0.01 * U.F / U.m2)
        self.props.set_ion("na", int_con=10 * U.mM, ext_con=140 * U.mM, rev_pot=P["ena"] * U.mV)
        self.props.set_ion("k", int_con=54.4 * U.mM, ext_con=2.5 * U.mM, rev_pot=P["ek"] * U.mV)

    def num_cells(self):
        return a.cells

    def cell_kind(self, gid):
        return A.cell_kind.cable

    def global_properties(self, kind):
        return self.props

    def cell_description(self, gid):
        dec = A.decor()
        dec.paint('(tag 1)', A.density("hh", {"gnabar": P["gnabar"], "gkbar": P["gkbar"],
                                              "gl": P["gl"], "el": P["el"]}))
        dec.paint('(tag 3)', A.density(f"pas/e={P['e_pas']}", {"g": P["g_pas"]}))
        for k, (sec, comp, *_) in enumerate(C.ring_synapses(gid, a.cells, a.synapses, a.ring)):
            pos = (comp + 0.5) / P["nseg"]
            dec.place(f"(on-components {pos} (segment {sec}))",
                      A.synapse("expsyn", {"tau": P["syn_tau"], "e": P["syn_e"]}), f"s{k}")
        dec.place('(on-components 0.5 (segment 0))', A.threshold_detector(P["threshold"] * U.mV), "det")
        # one CV on the soma, nseg on each dendrite section; forks are zero-size CVs as in NEURON
        pol = A.cv_policy_fixed_per_branch(1, '(tag 1)') | A.cv_policy_fixed_per_branch(P["nseg"], '(tag 3)')
        return A.cable_cell(make_cell(gid), dec, A.label_dict(), pol)

    def connections_on(self, gid):
        return [A.connection((src, "det"), f"s{k}", w, d * U.ms)
                for k, (_, _, src, w, d) in enumerate(C.ring_synapses(gid, a.cells, a.synapses, a.ring))]

    def event_generators(self, gid):
        if C.ring_starts(gid, a.cells, a.ring):
            return [A.event_generator("s0", P["ring_weight"], A.explicit_schedule([P["kick_ms"] * U.ms]))]
        return []


recipe = Ring()
ctx = A.context(threads=a.threads)
hints = {}
if a.group:
    hints = {A.cell_kind.cable: A.partition_hint(cpu_group_size=a.group)}
dom = A.partition_load_balance(recipe, ctx, hints)
sim = A.simulation(recipe, ctx, dom)
sim.record(A.spike_recording.local)
build_s = clock.lap()
sim.run(a.tstop * U.ms, dt=a.dt * U.ms)
sim_s = clock.lap()
cpu_s = clock.cpu

spikes = [(float(s[1]), int(s[0][0])) for s in sim.spikes()]
if a.spikes:
    C.save_spikes(a.spikes, spikes)
n_comp = a.cells * sum(s[3] for s in C.CELLS[a.trees](0))
C.report(sim="arbor", bench="ring", version=A.__version__, vectorize=A.config()["vectorize"],
         arch=A.config()["arch"], import_s=import_s, build_s=build_s, sim_s=sim_s, sim_cpu_s=cpu_s,
         biological_ms=a.tstop, dt=a.dt, n_cells=a.cells, n_compartments=n_comp,
         n_synapses=a.cells * a.synapses, spikes=len(spikes), peak_rss_mb=C.peak_rss_mb(),
         threads=a.threads, ranks=1, same=a.same, group=a.group,
         mcomp_steps_per_s=n_comp * a.tstop / a.dt / sim_s / 1e6)
