"""Ring network of branching cells in NEURON or CoreNEURON.

    python ring_neuron.py --cells 256 --threads 1
    python ring_neuron.py --cells 256 --coreneuron      (run where nrnivmodl -coreneuron was run)
    mpiexec -n 2 python ring_neuron.py --cells 256 --mpi

Prints one JSON line.
"""

import argparse

ap = argparse.ArgumentParser()
ap.add_argument("--cells", type=int, default=64)
ap.add_argument("--synapses", type=int, default=100, help="per cell")
ap.add_argument("--ring", type=int, default=16, help="cells in one ring")
ap.add_argument("--tstop", type=float, default=200.0)
ap.add_argument("--dt", type=float, default=0.025)
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--mpi", action="store_true")
ap.add_argument("--coreneuron", action="store_true")
ap.add_argument("--cell-permute", type=int, default=0)
ap.add_argument("--same", action="store_true", help="all cells alike")
ap.add_argument("--exact-rates", action="store_true", help="usetable_hh = 0")
ap.add_argument("--trees", default="ring", help="ring: all cells fork alike; mixed: each in its own way")
ap.add_argument("--spikes", help="write spikes here")
a = ap.parse_args()

import problem as C  # noqa: E402

clock = C.Clock()
from neuron import h  # noqa: E402

if a.mpi:
    h.nrnmpi_init()
pc = h.ParallelContext()
rank, nhost = int(pc.id()), int(pc.nhost())
import_s = clock.lap()

P = C.RING
h.celsius = P["celsius"]
if a.exact_rates:
    h.usetable_hh = 0
cells, keep, detectors = {}, [], []
n_comp = n_syn = 0
for gid in range(rank, a.cells, nhost):
    secs = []
    for i, (par, length, diam, nseg) in enumerate(C.CELLS[a.trees](gid, a.same)):
        s = h.Section(name=f"c{gid}_{i}")
        s.L, s.diam, s.nseg, s.Ra, s.cm = length, diam, nseg, P["ra_ohmcm"], P["cm_uf_cm2"]
        if i == 0:
            s.insert("hh")
            for seg in s:
                seg.hh.gnabar, seg.hh.gkbar, seg.hh.gl, seg.hh.el = (
                    P["gnabar"], P["gkbar"], P["gl"], P["el"])
            s.ena, s.ek = P["ena"], P["ek"]
        else:
            s.insert("pas")
            for seg in s:
                seg.pas.g, seg.pas.e = P["g_pas"], P["e_pas"]
            s.connect(secs[par](1))
        n_comp += nseg
        secs.append(s)
    syns = []
    for sec, comp, *_ in C.ring_synapses(gid, a.cells, a.synapses, a.ring):
        syn = h.ExpSyn(secs[sec]((comp + 0.5) / secs[sec].nseg))
        syn.tau, syn.e = P["syn_tau"], P["syn_e"]
        syns.append(syn)
    cells[gid] = (secs, syns)
    pc.set_gid2node(gid, rank)
    nc = h.NetCon(secs[0](0.5)._ref_v, None, sec=secs[0])
    nc.threshold = P["threshold"]
    pc.cell(gid, nc)
    detectors.append(nc)
for gid, (_, syns) in cells.items():
    for syn, (_, _, src, w, delay) in zip(
            syns, C.ring_synapses(gid, a.cells, a.synapses, a.ring), strict=False):
        nc = pc.gid_connect(src, syn)
        nc.weight[0], nc.delay = w, delay
        keep.append(nc)
        n_syn += 1
    if C.ring_starts(gid, a.cells, a.ring):
        ns = h.NetStim()
        # some delay: NEURON threads and CoreNEURON refuse one of less than two steps
        ns.start, ns.number, ns.noise = P["kick_ms"] - 0.5, 1, 0
        nc = h.NetCon(ns, syns[0])
        nc.weight[0], nc.delay = P["ring_weight"], 0.5
        keep += [ns, nc]

tvec, gvec = h.Vector(), h.Vector()
pc.spike_record(-1, tvec, gvec)
h.dt = a.dt
h.CVode().active(0)
h.CVode().cache_efficient(1)
pc.nthread(a.threads)
pc.set_maxstep(10)
if a.coreneuron:
    from neuron import coreneuron
    coreneuron.enable = True
    coreneuron.verbose = 0
    coreneuron.cell_permute = a.cell_permute
h.finitialize(P["v_init"])
build_s = clock.lap()
pc.barrier()
clock.lap()
pc.psolve(a.tstop)
pc.barrier()
sim_s = clock.lap()
cpu_s = clock.cpu

spikes = list(zip(tvec.to_python(), (int(g) for g in gvec), strict=False))
total = int(pc.allreduce(len(spikes), 1))
n_comp = int(pc.allreduce(n_comp, 1))
n_syn = int(pc.allreduce(n_syn, 1))
rss = pc.allreduce(C.peak_rss_mb(), 1)
if a.spikes:
    parts = pc.py_gather(spikes, 0)
    if rank == 0:
        C.save_spikes(a.spikes, [s for part in parts for s in part])
if rank == 0:
    C.report(sim="coreneuron" if a.coreneuron else "neuron", bench="ring", version=h.nrnversion(5),
             import_s=import_s, build_s=build_s, sim_s=sim_s, sim_cpu_s=cpu_s, biological_ms=a.tstop, dt=a.dt,
             n_cells=a.cells, n_compartments=n_comp, n_synapses=n_syn, spikes=total,
             peak_rss_mb=rss, threads=a.threads, ranks=nhost,
             hh_table=not a.exact_rates, same=a.same, permute=a.cell_permute,
             mcomp_steps_per_s=n_comp * a.tstop / a.dt / sim_s / 1e6)
pc.barrier()
h.quit()
