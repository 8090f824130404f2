"""One large cell, Hodgkin-Huxley on every compartment, in NEURON or CoreNEURON.

    python single_neuron.py
    python single_neuron.py --threads 2      (the cell split over threads by multisplit)
"""

import argparse
import math
import os

ap = argparse.ArgumentParser()
ap.add_argument("--swc", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "large.swc"))
ap.add_argument("--dx", type=float, default=6.0, help="longest compartment, um")
ap.add_argument("--tstop", type=float, default=1000.0)
ap.add_argument("--dt", type=float, default=0.025)
ap.add_argument("--amp", type=float, default=3.0, help="current into the soma, nA")
ap.add_argument("--copies", type=int, default=1)
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--coreneuron", action="store_true")
ap.add_argument("--exact-rates", action="store_true")
ap.add_argument("--spikes")
a = ap.parse_args()

import problem as C  # noqa: E402
import swc_sections as S  # noqa: E402

clock = C.Clock()
from neuron import h  # noqa: E402

pc = h.ParallelContext()
import_s = clock.lap()
h.celsius = 6.3
if a.exact_rates:
    h.usetable_hh = 0
keep = []
n_comp = 0
spec = S.sections(a.swc)
for copy in range(a.copies):
    secs = []
    for i, sp in enumerate(spec):
        s = h.Section(name=f"c{copy}_{i}")
        for p in sp["points"]:
            s.pt3dadd(*p)
        s.nseg = 1 if i == 0 else max(1, math.ceil(S.length(sp) / a.dx))
        s.Ra, s.cm = 100.0, 1.0
        s.insert("hh")
        s.ena, s.ek = 50.0, -77.0
        if i:
            s.connect(secs[sp["parent"]](1))
        n_comp += s.nseg
        secs.append(s)
    ic = h.IClamp(secs[0](0.5))
    ic.delay, ic.dur, ic.amp = 5.0, 1e9, a.amp
    pc.set_gid2node(copy, 0)
    nc = h.NetCon(secs[0](0.5)._ref_v, None, sec=secs[0])
    nc.threshold = 0.0
    pc.cell(copy, nc)
    keep.append((secs, ic, nc))
tvec, gvec = h.Vector(), h.Vector()
pc.spike_record(-1, tvec, gvec)
h.dt = a.dt
h.CVode().active(0)
h.CVode().cache_efficient(1)
if a.threads > 1 and a.copies == 1:
    h.load_file("stdrun.hoc")
    h.load_file("parcom.hoc")
    tool = h.ParallelComputeTool()
    tool.change_nthread(a.threads, 1)
    tool.multisplit(1)
else:
    pc.nthread(a.threads)
pc.set_maxstep(10)
if a.coreneuron:
    from neuron import coreneuron
    coreneuron.enable = True
    coreneuron.verbose = 0
h.finitialize(-65.0)
build_s = clock.lap()
pc.psolve(a.tstop)
sim_s = clock.lap()
cpu_s = clock.cpu
if a.spikes:
    C.save_spikes(a.spikes, list(zip(tvec.to_python(), (int(g) for g in gvec), strict=True)))
C.report(sim="coreneuron" if a.coreneuron else "neuron", bench="single", version=h.nrnversion(5),
         import_s=import_s, build_s=build_s, sim_s=sim_s, sim_cpu_s=cpu_s, biological_ms=a.tstop,
         dt=a.dt, n_cells=a.copies, n_compartments=n_comp, n_synapses=0, spikes=int(tvec.size()),
         peak_rss_mb=C.peak_rss_mb(), threads=a.threads, ranks=1, hh_table=not a.exact_rates,
         mcomp_steps_per_s=n_comp * a.tstop / a.dt / sim_s / 1e6)
