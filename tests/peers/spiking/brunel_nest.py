#!/usr/bin/env python3
"""Reference values of Brunel's (2000) network, model A, made with NEST: a point of each regime, several seeds.

    pip install -r envs/peers.txt                       # or only nest-simulator
    python tests/peers/spiking/brunel_nest.py           # adds what is missing to brunel_nest.json

Each run is kept as soon as it is done; runs that are in the file already are not repeated. About 100 s for a run
of the SR point and 10-50 s for the others on one core (1.2 s of biological time, 15.6 million synapses).

The network: 10,000 excitatory and 2,500 inhibitory iaf_psc_delta cells; every cell gets exactly 1,000 excitatory
and 250 inhibitory inputs, drawn without replacement and without itself; one independent Poisson train a cell at
the rate of its C_E external connections; delays of 1.5 ms; initial membrane potentials uniform in [0, 20) mV.
Input that arrives during the refractory period is discarded (refractory_input = False, NEST's default).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import brunel_statistics as stats

N_EXC, N_INH, C_E, C_I = 10_000, 2_500, 1_000, 250
J, DELAY, THETA, TAU_M = 0.1, 1.5, 20.0, 20.0              # mV, ms, mV, ms
CELL = {"C_m": 1.0, "tau_m": TAU_M, "E_L": 0.0, "V_th": THETA, "V_reset": 10.0, "t_ref": 2.0}


def arguments() -> argparse.Namespace:
    here = Path(__file__).parent
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("--out", type=Path, default=here / "brunel_nest.json", help="values, read and added to")
    parser.add_argument("--points", nargs="+", choices=list(stats.POINTS), default=list(stats.POINTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(1, 9)), help="default: 1 ... 8")
    parser.add_argument("--discard", type=float, default=200.0, help="ms before the window [200]")
    parser.add_argument("--duration", type=float, default=1000.0, help="ms of the window [1000]")
    return parser.parse_args()


def simulate(nest, g: float, eta: float, seed: int, stop: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Build and run one network; spikes of each population as (tick, cell number)."""
    nest.ResetKernel()
    nest.set(resolution=stats.DT, local_num_threads=1, rng_seed=seed)
    exc, inh = nest.Create("iaf_psc_delta", N_EXC, CELL), nest.Create("iaf_psc_delta", N_INH, CELL)
    every = exc + inh
    every.V_m = nest.random.uniform(0.0, THETA)
    for source, indegree, weight in ((exc, C_E, J), (inh, C_I, -g * J)):
        rule = {"rule": "fixed_indegree", "indegree": indegree,
                "allow_multapses": False, "allow_autapses": False}
        nest.Connect(source, every, rule, {"weight": weight, "delay": DELAY})
    nu_thr = THETA / (J * C_E * TAU_M)                      # spikes / ms and external connection
    noise = nest.Create("poisson_generator", params={"rate": 1000.0 * eta * nu_thr * C_E})
    nest.Connect(noise, every, syn_spec={"weight": J, "delay": DELAY})
    recorders = {"exc": (exc, nest.Create("spike_recorder")), "inh": (inh, nest.Create("spike_recorder"))}
    for population, recorder in recorders.values():
        nest.Connect(population, recorder)
    nest.Simulate(stop)
    spikes = {}
    for name, (population, recorder) in recorders.items():
        events = recorder.events
        tick = np.rint(events["times"] / stats.DT).astype(np.int64)
        spikes[name] = (tick, events["senders"] - population[0].global_id)
    return spikes


def summary(runs: list[dict]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation (ddof = 1) over seeds of each value."""
    names = [name for name in runs[0] if name not in ("seed", "wall_s")]
    columns = {name: np.array([run[name] for run in runs], dtype=float) for name in names}
    return {name: {"mean": float(c.mean()), "sd": float(c.std(ddof=1)) if c.size > 1 else None, "n": c.size}
            for name, c in columns.items()}


def main() -> None:
    args = arguments()
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    made_with = {
        "simulator": f"NEST {nest.__version__}", "numpy": np.__version__, "python": sys.version.split()[0],
        "script": "tests/peers/spiking/brunel_nest.py",
        "dt_ms": stats.DT, "discard_ms": args.discard, "window_ms": args.duration,
        "definitions": "tests/peers/spiking/brunel_statistics.py",
        "source": "Brunel (2000) J Comput Neurosci 8:183, fig. 8",
    }
    kept = json.loads(args.out.read_text()) if args.out.exists() else {"made_with": made_with, "points": {}}
    if kept["made_with"] != made_with:
        sys.exit(f"{args.out} was made with {kept['made_with']}, this is {made_with}; choose another --out")
    window = (round(args.discard / stats.DT), round((args.discard + args.duration) / stats.DT))
    for seed in args.seeds:             # all points of a seed first: the file is balanced early
        for point in args.points:
            entry = kept["points"].setdefault(point, {**stats.POINTS[point], "runs": []})
            if any(run["seed"] == seed for run in entry["runs"]):
                continue
            started = time.perf_counter()
            spikes = simulate(nest, *stats.POINTS[point].values(), seed, args.discard + args.duration)
            values = stats.measure(spikes["exc"], spikes["inh"], (N_EXC, N_INH), window)
            entry["runs"].append({"seed": seed, **values, "wall_s": round(time.perf_counter() - started, 1)})
            entry["summary"] = summary(entry["runs"])
            args.out.write_text(json.dumps(kept, indent=1) + "\n")
            print(point, entry["runs"][-1], flush=True)


if __name__ == "__main__":
    main()
