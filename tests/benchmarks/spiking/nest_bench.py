#!/usr/bin/env python3
"""NEST side of the spiking-network peer benchmarks.  Own code; only published
model parameters are used.  Prints exactly one JSON line on stdout.

  python nest_bench.py --model coba --threads 2 --t 1000
"""
import argparse
import math
import os
import resource
import sys
import time

from bench_common import PD, alpha_weight_for_psp, emit, rss_mb

MODELS = ["cuba", "coba", "cobahh", "brunel_delta", "brunel_alpha", "pd", "hpc_stdp"]


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--model", choices=MODELS, required=True)
    p.add_argument("--n", type=int, default=None, help="neurons (cuba/coba/cobahh/brunel)")
    p.add_argument("--p", type=float, default=None, help="connection probability")
    p.add_argument("--n-scale", type=float, default=1.0, help="pd / hpc_stdp: neuron scaling")
    p.add_argument("--k-scale", type=float, default=1.0, help="pd / hpc_stdp: in-degree scaling")
    p.add_argument("--delay", type=float, default=None, help="ms")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--t", type=float, default=1000.0, help="biological ms")
    p.add_argument("--presim", type=float, default=0.0, help="untimed warm-up, biological ms")
    p.add_argument("--dt", type=float, default=0.1)
    p.add_argument("--seed", type=int, default=12345)
    p.add_argument("--hpc-synapses", action="store_true", help="use the *_hpc (small) synapse types")
    p.add_argument("--no-source-table", action="store_true", help="keep_source_table=False")
    p.add_argument("--syn", default="stdp_pl", choices=["stdp_pl", "stdp_add", "static"],
                   help="hpc_stdp: E->E synapse")
    p.add_argument("--comp-rate", type=float, default=8.0, help="hpc_stdp: rate (Hz) used for the DC compensation")
    p.add_argument("--dc-input", action="store_true", help="pd: DC instead of Poisson background")
    p.add_argument("--no-record", action="store_true")
    p.add_argument("--reps", type=int, default=1,
                   help="consecutive windows of --t ms; sim_s is the median window")
    p.add_argument("--tag", default="")
    return p.parse_args()


a = parse()
devnull = os.open(os.devnull, os.O_WRONLY)
stdout_fd = os.dup(1)
os.dup2(devnull, 1)          # NEST prints a banner; keep stdout for the JSON line
import nest  # noqa: E402
import numpy as np  # noqa: E402

try:
    nest.verbosity = nest.VerbosityLevel.ERROR
except Exception:
    nest.set_verbosity("M_ERROR")
nest.ResetKernel()
nest.resolution = a.dt
nest.local_num_threads = a.threads
nest.rng_seed = a.seed
if a.no_source_table:
    nest.keep_source_table = False
STATIC = "static_synapse_hpc" if a.hpc_synapses else "static_synapse"
nest.print_time = False
rank, nproc = nest.Rank(), nest.NumProcesses()
rng = np.random.default_rng(a.seed)
t0 = time.perf_counter()
pops = []                     # (name, NodeCollection)


def va(model, params, wex, win, v_lo, v_hi):
    n = a.n or 4000
    p = a.p if a.p is not None else 0.02 * 4000.0 / n
    d = a.delay or 0.1
    ne = round(0.8 * n)
    E, I = nest.Create(model, ne, params), nest.Create(model, n - ne, params)
    allp = E + I
    allp.V_m = nest.random.uniform(v_lo, v_hi)
    rule = {"rule": "pairwise_bernoulli", "p": p, "allow_autapses": False}
    nest.Connect(E, allp, rule, {"synapse_model": STATIC, "weight": wex, "delay": d})
    nest.Connect(I, allp, rule, {"synapse_model": STATIC, "weight": win, "delay": d})
    nsyn = nest.num_connections
    if model != "iaf_psc_exp":
        pg = nest.Create("poisson_generator", params={"rate": 300.0, "start": 0.0, "stop": 50.0})
        nest.Connect(pg, allp, syn_spec={"weight": wex, "delay": d})
    pops.extend([("E", E), ("I", I)])
    return nsyn, {"E": p * n, "I": p * n}


if a.model == "cuba":
    nsyn, outdeg = va("iaf_psc_exp",
                      dict(C_m=200.0, tau_m=20.0, E_L=-49.0, V_th=-50.0, V_reset=-60.0, t_ref=5.0,
                           tau_syn_ex=5.0, tau_syn_in=10.0), 16.2, -90.0, -60.0, -50.0)
elif a.model == "coba":
    nsyn, outdeg = va("iaf_cond_exp",
                      dict(C_m=200.0, g_L=10.0, E_L=-60.0, V_th=-50.0, V_reset=-60.0, t_ref=5.0,
                           E_ex=0.0, E_in=-80.0, tau_syn_ex=5.0, tau_syn_in=10.0),
                      6.0, -67.0, -60.0, -50.0)
elif a.model == "cobahh":
    nsyn, outdeg = va("hh_cond_exp_traub",
                      dict(C_m=200.0, g_L=10.0, E_L=-65.0, g_Na=20000.0, g_K=6000.0, E_Na=50.0,
                           E_K=-90.0, V_T=-63.0, E_ex=0.0, E_in=-80.0, t_ref=3.0,
                           tau_syn_ex=5.0, tau_syn_in=10.0), 6.0, -67.0, -75.0, -65.0)
elif a.model.startswith("brunel"):
    n = a.n or 12500
    p = a.p if a.p is not None else 0.1
    d = a.delay or 1.5
    ne = round(0.8 * n)
    ni = n - ne
    ce, ci = int(p * ne), int(p * ni)
    g, eta, J, theta, tau_m = 5.0, 2.0, 0.1, 20.0, 20.0
    if a.model == "brunel_delta":
        mod, par, w = "iaf_psc_delta", dict(C_m=1.0), J
    else:
        tau_s = 0.5
        mod, par = "iaf_psc_alpha", dict(C_m=250.0, tau_syn_ex=tau_s, tau_syn_in=tau_s)
        w = alpha_weight_for_psp(J, tau_m, tau_s, 250.0)
    par.update(tau_m=tau_m, E_L=0.0, V_th=theta, V_reset=10.0, t_ref=2.0, V_m=0.0)
    nu_ex = eta * theta / (J * ce * tau_m)          # spikes/ms
    E, I = nest.Create(mod, ne, par), nest.Create(mod, ni, par)
    (E + I).V_m = nest.random.uniform(0.0, 20.0)
    nest.Connect(E, E + I, {"rule": "fixed_indegree", "indegree": ce},
                 {"synapse_model": STATIC, "weight": w, "delay": d})
    nest.Connect(I, E + I, {"rule": "fixed_indegree", "indegree": ci},
                 {"synapse_model": STATIC, "weight": -g * w, "delay": d})
    nsyn = nest.num_connections
    pg = nest.Create("poisson_generator", params={"rate": 1000.0 * nu_ex * ce})
    nest.Connect(pg, E + I, syn_spec={"weight": w, "delay": d})
    pops.extend([("E", E), ("I", I)])
    outdeg = {"E": p * n, "I": p * n}
elif a.model == "pd":
    net = PD(a.n_scale, a.k_scale)
    par = dict(C_m=250.0, tau_m=10.0, E_L=-65.0, V_th=-50.0, V_reset=-65.0, t_ref=2.0,
               tau_syn_ex=0.5, tau_syn_in=0.5)
    outdeg = {}
    for name in net.names:       # NEST allows 2**27 connections per synapse model and virtual process
        nest.CopyModel(STATIC, "syn_" + name)
    for i, name in enumerate(net.names):
        pop = nest.Create("iaf_psc_exp", net.n[i], par)
        pop.I_e = float(net.i_dc[i] + (net.i_bg_dc[i] if a.dc_input else 0.0))
        pop.V_m = nest.random.normal(net.v0_mean[i], net.v0_sd[i])
        pops.append((name, pop))
        outdeg[name] = float(net.nsyn[:, i].sum() / net.n[i])
    for tgt in range(8):
        for src in range(8):
            k = int(net.nsyn[tgt, src])
            if k == 0:
                continue
            w, dm = float(net.w[tgt, src]), float(net.delay[src])
            wdist = nest.math.redraw(nest.random.normal(w, abs(0.1 * w)),
                                     min=0.0 if w > 0 else -np.inf, max=np.inf if w > 0 else 0.0)
            ddist = nest.math.redraw(nest.random.normal(dm, 0.5 * dm), min=a.dt - 0.5 * a.dt,
                                     max=np.inf)
            nest.Connect(pops[src][1], pops[tgt][1], {"rule": "fixed_total_number", "N": k},
                         {"synapse_model": "syn_" + net.names[src], "weight": wdist, "delay": ddist})
    nsyn = nest.num_connections
    if not a.dc_input:
        for i, (_, pop) in enumerate(pops):
            pg = nest.Create("poisson_generator", params={"rate": float(net.bg_rate[i])})
            nest.Connect(pg, pop, syn_spec={"weight": float(net.w_ext), "delay": 1.5})
elif a.model == "hpc_stdp":
    ne, ni = int(9000 * a.n_scale), int(2250 * a.n_scale)
    ce, ci = int(9000 * a.k_scale), int(2250 * a.k_scale)
    tau_m, tau_s, C, theta, d = 10.0, 0.32582722403722841, 250.0, 20.0, 1.5
    g, eta, JE = 5.0, 1.685, 0.14
    w0 = alpha_weight_for_psp(JE, tau_m, tau_s, C)
    w = w0 / math.sqrt(a.k_scale)
    par = dict(C_m=C, tau_m=tau_m, E_L=0.0, V_th=theta, V_reset=0.0, t_ref=0.5,
               tau_syn_ex=tau_s, tau_syn_in=tau_s, tau_minus=30.0)
    E, I = nest.Create("iaf_psc_alpha", ne, par), nest.Create("iaf_psc_alpha", ni, par)
    (E + I).V_m = nest.random.normal(5.7, 7.2)
    sfx = "_hpc" if a.hpc_synapses else ""
    if a.syn == "stdp_pl":
        nest.CopyModel("stdp_pl_synapse_hom" + sfx, "ee",
                       {"alpha": 0.0513, "lambda": 0.1, "mu": 0.4, "tau_plus": 15.0})
    elif a.syn == "stdp_add":
        nest.CopyModel("stdp_synapse_hom" + sfx, "ee",
                       {"alpha": 1.05, "lambda": 0.002, "mu_plus": 0.0, "mu_minus": 0.0,
                        "Wmax": 2.0 * w, "tau_plus": 15.0})
    else:
        nest.CopyModel(STATIC, "ee")
    nest.Connect(E, E, {"rule": "fixed_indegree", "indegree": ce},
                 {"synapse_model": "ee", "weight": w, "delay": d})
    nest.Connect(I, E, {"rule": "fixed_indegree", "indegree": ci},
                 {"synapse_model": STATIC, "weight": -g * w, "delay": d})
    nest.Connect(E, I, {"rule": "fixed_indegree", "indegree": ce},
                 {"synapse_model": STATIC, "weight": w, "delay": d})
    nest.Connect(I, I, {"rule": "fixed_indegree", "indegree": ci},
                 {"synapse_model": STATIC, "weight": -g * w, "delay": d})
    nsyn = nest.num_connections
    # mean drive for a 9000/2250 network; external noise is kept at its unscaled amplitude
    nu_thresh = theta / (9000 * tau_m / C * w0 * math.e * tau_s)
    pg = nest.Create("poisson_generator", params={"rate": 1000.0 * nu_thresh * eta * 9000})
    nest.Connect(pg, E + I, syn_spec={"weight": w0, "delay": d})
    if a.k_scale != 1.0:     # restore the mean recurrent input lost by down-scaling
        full, red = (9000 - g * 2250) * w0, (ce - g * ci) * w
        (E + I).I_e = float((full - red) * math.e * tau_s * a.comp_rate * 1e-3)
    pops.extend([("E", E), ("I", I)])
    outdeg = {"E": ce * (ne + ni) / ne, "I": ci * (ne + ni) / ni}

recs = {}
if not a.no_record:
    for name, pop in pops:
        recs[name] = nest.Create("spike_recorder")
        nest.Connect(pop, recs[name])
build_s = time.perf_counter() - t0
rss_built = rss_mb()
t1 = time.perf_counter()
nest.Prepare()
prepare_s = time.perf_counter() - t1
if a.presim > 0:
    nest.Run(a.presim)
before = {k: r.n_events for k, r in recs.items()}
# local_spike_counter restarts at every Run()
wins = []
spikes = 0
for _ in range(a.reps):
    ru0 = resource.getrusage(resource.RUSAGE_SELF)
    t2 = time.perf_counter()
    nest.Run(a.t)
    w_s = time.perf_counter() - t2
    ru1 = resource.getrusage(resource.RUSAGE_SELF)
    wins.append((w_s, ru1.ru_utime + ru1.ru_stime - ru0.ru_utime - ru0.ru_stime))
    spikes += int(nest.local_spike_counter)
nest.Cleanup()
spikes //= a.reps
sim_s, cpu_s = sorted(wins)[(a.reps - 1) // 2]
n = sum(len(p) for _, p in pops)
rates, events = {}, 0.0
for name, pop in pops:
    if name in recs:
        ns = (recs[name].n_events - before[name]) / a.reps
        rates[name] = round(ns / len(pop) / (a.t * 1e-3), 3)
        events += ns * outdeg[name]
if nproc > 1:                  # counters are per rank
    from mpi4py import MPI
    comm = MPI.COMM_WORLD
    nsyn, spikes, events = comm.allreduce(int(nsyn)), comm.allreduce(spikes), comm.allreduce(events)
    rates = {k: round(comm.allreduce(v), 3) for k, v in rates.items()}
    rss_sum = comm.allreduce(rss_mb(peak=True))
os.dup2(stdout_fd, 1)
if rank == 0:
    emit(simulator="nest", version=nest.__version__, model=a.model, tag=a.tag, dt_ms=a.dt,
         threads=a.threads, mpi=nproc, build_s=build_s, prepare_s=prepare_s, sim_s=sim_s,
         cpu_s=cpu_s, sim_s_all=[round(w[0], 4) for w in wins],
         biological_ms=a.t, n_neurons=n, n_synapses=int(nsyn), spikes=spikes,
         mean_rate_hz=spikes / n / (a.t * 1e-3),
         rates_hz=rates, syn_events=events, rtf=sim_s / (a.t * 1e-3),
         rss_built_mb=rss_built, peak_rss_mb=rss_mb(peak=True) if nproc == 1 else rss_sum,
         synapse=("ee=" + a.syn + "," if a.model == "hpc_stdp" else "") + STATIC)
sys.stdout.flush()
