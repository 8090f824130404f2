#!/usr/bin/env python3
"""Brian2 side of the spiking-network peer benchmarks.  Own code; only published model
equations and parameters are used.  Prints exactly one JSON line on stdout.

  python brian2_bench.py --model coba --target standalone --threads 2 --t 1000
"""
import argparse
import math
import os
import shutil
import tempfile
import threading
import time

t_import = time.perf_counter()
import brian2 as b  # noqa: E402
import numpy as np  # noqa: E402
from bench_common import PD, emit, rss_mb  # noqa: E402
from brian2 import (  # noqa: E402
    Hz,
    Network,
    NeuronGroup,
    PoissonInput,
    SpikeMonitor,
    Synapses,
    defaultclock,
    device,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
    set_device,
)

p = argparse.ArgumentParser()
p.add_argument("--model", required=True,
               choices=["cuba", "coba", "cobahh", "brunel_delta", "pd", "stdp"])
p.add_argument("--target", default="standalone", choices=["standalone", "cython", "numpy"])
p.add_argument("--n", type=int, default=None)
p.add_argument("--p", type=float, default=None)
p.add_argument("--n-scale", type=float, default=0.1)
p.add_argument("--k-scale", type=float, default=0.1)
p.add_argument("--delay", type=float, default=None, help="ms; default: no delay for cuba/coba/hh")
p.add_argument("--threads", type=int, default=1)
p.add_argument("--t", type=float, default=1000.0)
p.add_argument("--dt", type=float, default=0.1)
p.add_argument("--seed", type=int, default=12345)
p.add_argument("--float32", action="store_true")
p.add_argument("--dir", default=None, help="build directory (default: a temporary one)")
p.add_argument("--reps", type=int, default=1, help="re-run the binary; sim_s is the median")
p.add_argument("--go", default=None, help="compile, touch GO.ready, wait for GO, run, touch GO.done")
p.add_argument("--tag", default="")
a = p.parse_args()
b.BrianLogger.log_level_error()
import_s = time.perf_counter() - t_import


class HWM(threading.Thread):
    """Peak RSS of the process called 'main' below us (the standalone binary)."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.stop = 0.0, False

    def run(self):
        import psutil
        me = psutil.Process()
        while not self.stop:
            for c in me.children(recursive=True):
                try:
                    if c.name() == "main":
                        with open(f"/proc/{c.pid}/status") as f:
                            for ln in f:
                                if ln.startswith("VmHWM"):
                                    self.peak = max(self.peak, int(ln.split()[1]) / 1024.0)
                except (OSError, psutil.Error):
                    pass
            time.sleep(0.02)


t0 = time.perf_counter()
tmp = a.dir or tempfile.mkdtemp(prefix="b2_")
if a.float32:
    prefs.core.default_float_dtype = np.float32
if a.target == "standalone":
    if a.threads > 1:
        prefs.devices.cpp_standalone.openmp_threads = a.threads
    set_device("cpp_standalone", build_on_run=False, directory=tmp)
else:
    prefs.codegen.target = a.target
b.seed(a.seed)
rng = np.random.default_rng(a.seed)
defaultclock.dt = a.dt * ms
objs, extras, mons, outdeg = [], [], {}, {}


def connect_va(G, exc_post, inh_post, ns):
    n = G.N
    pr = a.p if a.p is not None else 0.02 * 4000.0 / n
    ne = int(0.8 * n)
    d = None if a.delay is None else a.delay * ms
    ce = Synapses(G[:ne], G, on_pre=exc_post, delay=d, namespace=ns)
    ci = Synapses(G[ne:], G, on_pre=inh_post, delay=d, namespace=ns)
    ce.connect(p=pr)
    ci.connect(p=pr)
    objs.extend([ce, ci])
    mons["E"], mons["I"] = SpikeMonitor(G[:ne]), SpikeMonitor(G[ne:])
    outdeg.update(E=pr * n, I=pr * n)
    if a.model != "cuba":        # 50 ms of 300 Hz Poisson input to every neuron, as in nest_bench.py
        steps = round(50.0 / a.dt)
        hit = rng.random((steps, n)) < 300.0 * a.dt * 1e-3
        ti, idx = np.nonzero(hit)
        sg = b.SpikeGeneratorGroup(n, idx, ti * a.dt * ms)
        kick = Synapses(sg, G, on_pre=exc_post, namespace=ns)
        kick.connect(j="i")
        extras.extend([sg, kick])


if a.model == "cuba":
    n = a.n or 4000
    ns = dict(taum=20 * ms, taue=5 * ms, taui=10 * ms, El=-49 * mV, Vt=-50 * mV, Vr=-60 * mV,
              we=1.62 * mV, wi=-9 * mV)
    G = NeuronGroup(n, """dv/dt = (ge + gi - (v - El))/taum : volt (unless refractory)
                          dge/dt = -ge/taue : volt
                          dgi/dt = -gi/taui : volt""",
                    threshold="v > Vt", reset="v = Vr", refractory=5 * ms, method="exact",
                    namespace=ns)
    G.v = "Vr + rand()*(Vt - Vr)"
    connect_va(G, "ge += we", "gi += wi", ns)
elif a.model == "coba":
    n = a.n or 4000
    ns = dict(C=200 * pF, gl=10 * nS, El=-60 * mV, Vt=-50 * mV, Vr=-60 * mV, Ee=0 * mV,
              Ei=-80 * mV, taue=5 * ms, taui=10 * ms, we=6 * nS, wi=67 * nS)
    G = NeuronGroup(n, """dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v))/C : volt (unless refractory)
                          dge/dt = -ge/taue : siemens
                          dgi/dt = -gi/taui : siemens""",
                    threshold="v > Vt", reset="v = Vr", refractory=5 * ms,
                    method="exponential_euler", namespace=ns)
    G.v = "El + rand()*(Vt - El)"
    connect_va(G, "ge += we", "gi += wi", ns)
elif a.model == "cobahh":
    n = a.n or 4000
    ns = dict(C=200 * pF, gl=10 * nS, El=-65 * mV, gna=20000 * nS, gk=6000 * nS, Ena=50 * mV,
              Ek=-90 * mV, VT=-63 * mV, Ee=0 * mV, Ei=-80 * mV, taue=5 * ms, taui=10 * ms,
              we=6 * nS, wi=67 * nS)
    G = NeuronGroup(n, """
        dv/dt = (gl*(El - v) + ge*(Ee - v) + gi*(Ei - v) - gna*m**3*h*(v - Ena) - gk*nn**4*(v - Ek))/C : volt
        dm/dt = am*(1 - m) - bm*m : 1
        dh/dt = ah*(1 - h) - bh*h : 1
        dnn/dt = an*(1 - nn) - bn*nn : 1
        dge/dt = -ge/taue : siemens
        dgi/dt = -gi/taui : siemens
        am = 0.32*4/exprel((13*mV - v + VT)/(4*mV))/ms : Hz
        bm = 0.28*5/exprel((v - VT - 40*mV)/(5*mV))/ms : Hz
        ah = 0.128*exp((17*mV - v + VT)/(18*mV))/ms : Hz
        bh = 4/(1 + exp((40*mV - v + VT)/(5*mV)))/ms : Hz
        an = 0.032*5/exprel((15*mV - v + VT)/(5*mV))/ms : Hz
        bn = 0.5*exp((10*mV - v + VT)/(40*mV))/ms : Hz""",
                    threshold="v > -20*mV", refractory=3 * ms, method="exponential_euler",
                    namespace=ns)
    G.v = "El + (randn()*5 - 5)*mV"
    connect_va(G, "ge += we", "gi += wi", ns)
elif a.model == "brunel_delta":
    n = a.n or 12500
    pr = a.p if a.p is not None else 0.1
    d = (a.delay or 1.5) * ms
    ne = int(0.8 * n)
    ni = n - ne
    ce, ci = int(pr * ne), int(pr * ni)
    J, g, eta = 0.1, 5.0, 2.0
    nu = eta * 20.0 / (J * ce * 20.0) * 1e3            # Hz
    ns = dict(taum=20 * ms, J=J * mV, gJ=g * J * mV)
    G = NeuronGroup(n, "dv/dt = -v/taum : volt (unless refractory)", threshold="v >= 20*mV",
                    reset="v = 10*mV", refractory=2 * ms, method="exact", namespace=ns)
    G.v = "rand()*20*mV"
    for lo, npre, k, w, name in ((0, ne, ce, "v += J", "E"), (ne, ni, ci, "v -= gJ", "I")):
        S = Synapses(G[lo:lo + npre], G, on_pre=w, delay=d, namespace=ns)
        pre = np.sort(rng.integers(0, npre, size=(n, k), dtype=np.int32), axis=1).ravel()
        S.connect(i=pre, j=np.repeat(np.arange(n, dtype=np.int32), k))
        objs.append(S)
        outdeg[name] = pr * n
    objs.append(PoissonInput(G, "v", N=ce, rate=nu * Hz, weight=J * mV))
    mons["E"], mons["I"] = SpikeMonitor(G[:ne]), SpikeMonitor(G[ne:])
elif a.model == "pd":
    net_p = PD(a.n_scale, a.k_scale)
    n = sum(net_p.n)
    off = np.concatenate([[0], np.cumsum(net_p.n)])
    G = NeuronGroup(n, """dv/dt = (-65*mV - v)/(10*ms) + (isyn + idc)/(250*pF) : volt (unless refractory)
                          disyn/dt = -isyn/(0.5*ms) : amp
                          idc : amp (constant)""",
                    threshold="v >= -50*mV", reset="v = -65*mV", refractory=2 * ms, method="exact")
    pre, post, w, dl = [], [], [], []
    for tg in range(8):
        for sr in range(8):
            k = int(net_p.nsyn[tg, sr])
            if not k:
                continue
            pre.append(rng.integers(off[sr], off[sr + 1], k, dtype=np.int32))
            post.append(rng.integers(off[tg], off[tg + 1], k, dtype=np.int32))
            m = net_p.w[tg, sr]
            x = rng.normal(m, abs(0.1 * m), k)
            w.append(np.where(x * m > 0, x, m))
            dl.append(np.maximum(a.dt, rng.normal(net_p.delay[sr], 0.5 * net_p.delay[sr], k)))
    pre, post, w, dl = (np.concatenate(x) for x in (pre, post, w, dl))
    S = Synapses(G, G, "w : amp (constant)", on_pre="isyn_post += w")
    S.connect(i=pre, j=post)
    S.w = w * pA
    S.delay = dl * ms
    del pre, post, w, dl
    objs.append(S)
    G.v = rng.normal(np.repeat(net_p.v0_mean, net_p.n), np.repeat(net_p.v0_sd, net_p.n)) * mV
    G.idc = np.repeat(net_p.i_dc, net_p.n) * pA
    for i, nm in enumerate(net_p.names):
        sub = G[int(off[i]):int(off[i + 1])]
        kx = max(1, round(net_p.K_EXT[i] * a.k_scale))
        objs.append(PoissonInput(sub, "isyn", N=kx, rate=net_p.bg_rate[i] / kx * Hz,
                                 weight=float(net_p.w_ext) * pA))
        mons[nm] = SpikeMonitor(sub)
        outdeg[nm] = float(net_p.nsyn[:, i].sum() / net_p.n[i])
elif a.model == "stdp":
    # 11250-neuron balanced network, pair STDP (additive, clipped) on E->E, in-degree 1125
    ne, ni = 9000, 2250
    n = ne + ni
    ce, ci = int(9000 * a.k_scale), int(2250 * a.k_scale)
    d, g = 1.5 * ms, 5.0
    taus, taum = 0.32582722403722841, 10.0
    from bench_common import alpha_weight_for_psp
    w0 = alpha_weight_for_psp(0.14, taum, taus, 250.0)
    w = w0 / math.sqrt(a.k_scale)
    ext = 20.0 / (9000 * taum / 250.0 * w0 * math.e * taus) * 1.685 * 9000 * 1e3     # Hz
    full, red = (9000 - g * 2250) * w0, (ce - g * ci) * w
    idc = (full - red) * math.e * taus * 6e-3
    ns = dict(taum=taum * ms, taus=taus * ms, C=250 * pF, e1=math.e, we=w * pA, wi=g * w * pA,
              wx=w0 * pA, Idc=idc * pA, tp=15 * ms, tm=30 * ms, Ap=0.002, Am=0.0021, wmax=2 * w * pA)
    G = NeuronGroup(n, """dv/dt = -v/taum + (x + Idc)/C : volt (unless refractory)
                          dx/dt = (y - x)/taus : amp
                          dy/dt = -y/taus : amp""",
                    threshold="v >= 20*mV", reset="v = 0*mV", refractory=0.5 * ms, method="exact",
                    namespace=ns)
    G.v = "(5.7 + 7.2*randn())*mV"
    E, I = G[:ne], G[ne:]
    S = Synapses(E, E, """w : amp
                          dap/dt = -ap/tp : 1 (event-driven)
                          dam/dt = -am/tm : 1 (event-driven)""",
                 on_pre="""y_post += e1*w
                           ap += Ap
                           w = clip(w - wmax*am, 0*amp, wmax)""",
                 on_post="""am += Am
                            w = clip(w + wmax*ap, 0*amp, wmax)""", delay=d, namespace=ns)

    def indeg(npre, npost, k):
        pre = np.sort(rng.integers(0, npre, size=(npost, k), dtype=np.int32), axis=1).ravel()
        return dict(i=pre, j=np.repeat(np.arange(npost, dtype=np.int32), k))
    S.connect(**indeg(ne, ne, ce))
    S.w = w * pA
    EI = Synapses(E, I, on_pre="y_post += e1*we", delay=d, namespace=ns)
    EI.connect(**indeg(ne, ni, ce))
    IN = Synapses(I, G, on_pre="y_post -= e1*wi", delay=d, namespace=ns)
    IN.connect(**indeg(ni, n, ci))
    objs.extend([S, EI, IN, PoissonInput(G, "y", N=9000, rate=ext / 9000 * Hz, weight=math.e * w0 * pA)])
    mons["E"], mons["I"] = SpikeMonitor(E), SpikeMonitor(I)
    outdeg = {"E": ce * n / ne, "I": ci * n / ni}

net = Network([G, *objs, *extras, *list(mons.values())])
defined_s = time.perf_counter() - t0
extra = {}
if a.target == "standalone":
    net.run(a.t * ms)
    tb = time.perf_counter()
    device.build(run=False, directory=tmp, with_output=False)
    compile_s = time.perf_counter() - tb
    if a.go:
        open(a.go + ".ready", "w").close()
        while not os.path.exists(a.go):
            time.sleep(0.05)
    hw = HWM()
    hw.start()
    sims, bins = [], []
    for _ in range(a.reps):
        tr = time.perf_counter()
        device.run(directory=tmp, with_output=False)
        bins.append(time.perf_counter() - tr)
        sims.append(float(device._last_run_time))
    hw.stop = True
    hw.join()
    if a.go:
        open(a.go + ".done", "w").close()
    k = int(np.argsort(sims)[(len(sims) - 1) // 2])
    sim_s, binary_s = sims[k], bins[k]
    build_s = defined_s + compile_s + binary_s - sim_s
    peak = hw.peak
    extra = dict(sim_s_all=[round(x, 4) for x in sims], compile_s=compile_s, synapse_creation_and_io_s=binary_s - sim_s,
                 python_peak_rss_mb=rss_mb(peak=True))
else:
    net.run(0 * ms)
    build_s = time.perf_counter() - t0
    tr = time.perf_counter()
    net.run(a.t * ms)
    sim_s = time.perf_counter() - tr
    peak = rss_mb(peak=True)
nsyn = int(sum(len(o) for o in objs if isinstance(o, Synapses)))
rates, events, spikes = {}, 0.0, 0
for k, m in mons.items():
    ns_ = int(m.num_spikes)
    spikes += ns_
    rates[k] = round(ns_ / m.source.N / (a.t * 1e-3), 3)
    events += ns_ * outdeg[k]
emit(simulator="brian2", version=b.__version__, target=a.target, model=a.model, tag=a.tag,
     dt_ms=a.dt, threads=a.threads, import_s=import_s, build_s=build_s, sim_s=sim_s,
     biological_ms=a.t, n_neurons=int(n), n_synapses=nsyn, spikes=spikes,
     mean_rate_hz=spikes / n / (a.t * 1e-3), rates_hz=rates, syn_events=events,
     rtf=sim_s / (a.t * 1e-3), peak_rss_mb=peak, float32=a.float32, **extra)
if a.dir is None:
    shutil.rmtree(tmp, ignore_errors=True)
