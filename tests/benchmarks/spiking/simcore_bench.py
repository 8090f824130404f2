"""Our side of the spiking benchmarks: one network, one JSON line, with the keys of nest_bench.py and brian2_bench.py.

python simcore_bench.py --model coba --t 1000 [--reps 3]          (several ranks: mpiexec -n 2 python -m mpi4py …)
"""

import argparse
import json
import os
import resource
import time

BEGAN = time.perf_counter()


def parse():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--model", required=True, choices=("cuba", "coba", "cobahh", "brunel_delta", "pd", "hpc_stdp"))
    p.add_argument("--n", type=int, default=4000)
    p.add_argument("--n-scale", type=float, default=1.0)
    p.add_argument("--k-scale", type=float, default=1.0)
    p.add_argument("--order", type=int, default=6, help="of cells with conductances: 6 or 2")
    p.add_argument("--t", type=float, default=1000.0, help="biological ms")
    p.add_argument("--presim", type=float, default=0.0)
    p.add_argument("--reps", type=int, default=1, help="windows of --t ms; sim_s is their median")
    p.add_argument("--record", default="spikes", choices=("spikes", "nothing", "voltages"), help="voltages: of 1 %% of the cells")
    p.add_argument("--seed", type=int, default=12345)
    p.add_argument("--tag", default="")
    return p.parse_args()


def network(a):
    """The network, and the names of the populations whose spikes count."""
    from simcore.experiments import brunel, microcircuit, stdp_network, vogels_abbott

    def defaults(declared):
        return {k: defaults(v) if isinstance(v, dict) else v.default for k, v in declared.items()}

    if a.model in ("cuba", "coba", "cobahh"):
        synapses = {"cuba": "current", "coba": "conductance", "cobahh": "conductance-hh"}[a.model]
        own = {"n": a.n, "p": 0.02 * 4000 / a.n, "synapses": synapses, "order": a.order}
        return vogels_abbott.build(defaults(vogels_abbott.PARAMETERS) | own), ("exc", "inh")
    if a.model == "brunel_delta":
        return brunel.build(defaults(brunel.PARAMETERS)), ("exc", "inh")
    scales = {"n_scale": a.n_scale, "k_scale": a.k_scale}
    if a.model == "pd":
        return microcircuit.build(defaults(microcircuit.PARAMETERS) | scales), microcircuit.LAYERS
    return stdp_network.build(defaults(stdp_network.PARAMETERS) | scales), ("exc", "inh")


def main():
    a = parse()
    from simcore.engine.simulation import Simulation

    comm = None
    if "PMI_SIZE" in os.environ or "OMPI_COMM_WORLD_SIZE" in os.environ:
        from mpi4py import MPI

        comm = MPI.COMM_WORLD
    net, names = network(a)
    record = {"spikes": dict.fromkeys(names, True) if a.record != "nothing" else False}
    if a.record == "voltages":
        record["traces"] = [{"population": n, "variable": "v", "cells": max(1, net.find(n).size // 100)} for n in names]
    simulation = Simulation(net, dt=0.1, seed=a.seed, record=record, comm=comm)
    rss_built = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    simulation.run(0.1)                                     # compiled code is loaded or made here
    started = time.perf_counter() - BEGAN
    simulation.run(a.presim)
    windows = []
    for _ in range(a.reps):
        began, cpu = time.perf_counter(), time.process_time()
        simulation.run(a.t)
        windows.append((time.perf_counter() - began, time.process_time() - cpu))
    result = simulation.recording()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peak = sum(comm.allgather(peak)) if comm else peak
    if result is None:
        return
    sim_s, cpu_s = sorted(windows)[(len(windows) - 1) // 2]
    rates, spikes = {}, 0
    if result.spikes is not None:
        late = result.spikes.gid[(result.spikes.step + 1) * 0.1 > a.presim + 0.15]
        for name in names:
            p = net.find(name)
            n = int(((late >= p.first_gid) & (late < p.first_gid + p.size)).sum())
            rates[name], spikes = round(n / p.size / (a.t * a.reps * 1e-3), 3), spikes + n // a.reps
    print(json.dumps({
        "simulator": "simcore", "model": a.model, "tag": a.tag, "dt_ms": 0.1, "threads": comm.size if comm else 1,
        "order": a.order, "start_s": round(started, 3), "build_s": round(simulation.build_s, 4), "sim_s": round(sim_s, 5),
        "cpu_s": round(cpu_s, 5), "sim_s_all": [round(w[0], 5) for w in windows], "biological_ms": a.t,
        "n_neurons": sum(net.find(n).size for n in names), "n_synapses": result.statistics["n_connections"],
        "spikes": spikes, "rates_hz": rates, "rtf": round(sim_s / (a.t * 1e-3), 5), "rss_built_mb": round(rss_built, 1),
        "peak_rss_mb": round(peak, 1), "record": a.record}), flush=True)


if __name__ == "__main__":
    main()
