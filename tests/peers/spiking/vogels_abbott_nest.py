#!/usr/bin/env python3
"""Reference values of the Vogels–Abbott networks made with NEST: CUBA and COBA, several seeds.

    pip install -r envs/peers.txt                            # or only nest-simulator
    python tests/peers/spiking/vogels_abbott_nest.py         # writes vogels_abbott_nest.json

The networks of Brette et al. (2007), benchmarks 1 (COBA) and 2 (CUBA), as simcore.experiments.vogels_abbott has them:
3,200 excitatory and 800 inhibitory cells, each pair connected with probability 0.02, delays of 0.1 ms, initial
potentials uniform in [-60, -50) mV; COBA gets Poisson input of 300 Hz to each cell for the first 50 ms. NEST's
Runge-Kutta-Fehlberg for COBA, exact integration for CUBA. 1 s for a run of CUBA and 9 s for one of COBA on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import brunel_statistics as stats

N_EXC, N_INH, P, DELAY = 3200, 800, 0.02, 0.1
SHARED = {"C_m": 200.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0, "tau_syn_ex": 5.0, "tau_syn_in": 10.0}
NETWORKS = {                    # model, its own parameters, excitatory and inhibitory weight (pA; nS)
    "current": ("iaf_psc_exp", {"tau_m": 20.0, "E_L": -49.0}, 16.2, -90.0),
    "conductance": ("iaf_cond_exp", {"g_L": 10.0, "E_L": -60.0, "E_ex": 0.0, "E_in": -80.0}, 6.0, -67.0),
}


def simulate(nest, synapses: str, seed: int, stop: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Build and run one network; spikes of each population as (tick, cell number)."""
    model, own, w_exc, w_inh = NETWORKS[synapses]
    nest.ResetKernel()
    nest.set(resolution=stats.DT, local_num_threads=1, rng_seed=seed)
    exc, inh = (nest.Create(model, n, SHARED | own) for n in (N_EXC, N_INH))
    every = exc + inh
    every.V_m = nest.random.uniform(-60.0, -50.0)
    rule = {"rule": "pairwise_bernoulli", "p": P, "allow_autapses": False}
    nest.Connect(exc, every, rule, {"weight": w_exc, "delay": DELAY})
    nest.Connect(inh, every, rule, {"weight": w_inh, "delay": DELAY})
    if synapses == "conductance":
        start = nest.Create("poisson_generator", params={"rate": 300.0, "start": 0.0, "stop": 50.0})
        nest.Connect(start, every, syn_spec={"weight": w_exc, "delay": DELAY})
    recorders = {"exc": (exc, nest.Create("spike_recorder")), "inh": (inh, nest.Create("spike_recorder"))}
    for population, recorder in recorders.values():
        nest.Connect(population, recorder)
    nest.Simulate(stop)
    return {name: (np.rint(recorder.events["times"] / stats.DT).astype(np.int64),
                   recorder.events["senders"] - population[0].global_id)
            for name, (population, recorder) in recorders.items()}


def main() -> None:
    """Run all seeds and write values and their means."""
    import nest

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("vogels_abbott_nest.json"))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(1, 13)), help="default: 1 ... 12")
    args = parser.parse_args()
    nest.verbosity = nest.VerbosityLevel.ERROR
    discard, duration = 200.0, 1000.0
    window = (round(discard / stats.DT), round((discard + duration) / stats.DT))
    found: dict = {"made_with": {
        "simulator": f"NEST {nest.__version__}", "script": "tests/peers/spiking/vogels_abbott_nest.py",
        "dt_ms": stats.DT, "discard_ms": discard, "window_ms": duration,
        "definitions": "tests/peers/spiking/brunel_statistics.py",
        "source": "Brette et al. (2007) J Comput Neurosci 23:349, benchmarks 1 and 2"}, "networks": {}}
    for synapses in NETWORKS:
        runs = []
        for seed in args.seeds:
            spikes = simulate(nest, synapses, seed, discard + duration)
            runs.append({"seed": seed, **stats.measure(spikes["exc"], spikes["inh"], (N_EXC, N_INH), window)})
            print(synapses, runs[-1], flush=True)
        columns = {name: np.array([run[name] for run in runs], float) for name in runs[0] if name != "seed"}
        found["networks"][synapses] = {"runs": runs, "summary": {
            name: {"mean": float(values.mean()), "std": float(values.std(ddof=1)), "n": len(values)}
            for name, values in columns.items()}}
    args.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
