"""How time and memory grow with cells, connections and ranks; a model of both, fitted, tested, and projected to many ranks.

python tests/benchmarks/spiking/bench_scaling.py [--networks brunel coba microcircuit] [--sizes 1 2 4 8] [--full] [--fit]

Three networks at 1, 2, 4, 8 times their cells with the same in-degrees and activity, on 1 and 2 ranks, each in processes
of their own; 6 times is held out of the fit, and so is the full microcircuit (--full: 4 GB). Writes scaling.json,
scaling.md and docs/images/scaling.png. --fit: only fit and draw what scaling.json has. The model: scaling_model.py.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
IMAGE = HERE.parents[2] / "docs" / "images" / "scaling.png"
WINDOWS = {"brunel": 60, "coba": 150, "microcircuit": 100}       # ms, of which several follow each other
HELD_OUT = 6


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--networks", nargs="*", default=list(WINDOWS))
    p.add_argument("--sizes", nargs="*", type=float, default=[1, 2, 4, 8, HELD_OUT])
    p.add_argument("--ranks", nargs="*", type=int, default=[1, 2])
    p.add_argument("--full", action="store_true", help="the full microcircuit on the largest number of ranks, held out")
    p.add_argument("--add", action="store_true", help="keep the runs that scaling.json has and that are not made again")
    p.add_argument("--fit", action="store_true", help="measure nothing")
    p.add_argument("--folder", type=Path, default=HERE, help="where scaling.json and scaling.md go")
    p.add_argument("--image", type=Path, default=IMAGE)
    p.add_argument("--one", nargs=2, metavar=("NETWORK", "SIZE"), help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.one:
        measure(a.one[0], float(a.one[1]))
        return
    from profile_networks import commit, into_docs, machine
    from scaling_model import merging, report

    path = a.folder / "scaling.json"
    if a.fit:
        record = json.loads(path.read_text())
    else:
        wanted = [(n, s, r) for n in a.networks for s in a.sizes for r in a.ranks]
        wanted += [("full microcircuit", 1.0, max(a.ranks))] if a.full else []
        runs = {key(r): r for r in json.loads(path.read_text())["runs"]} if a.add and path.exists() else {}
        runs |= {w: one(*w) | {"commit": commit()} for w in wanted}
        record = {"commit": commit(), "machine": machine(), "merge_ns": merging(), "runs": list(runs.values())}
        path.write_text(json.dumps(record, indent=1) + "\n")
    record["model"], text = report(record, HELD_OUT, a.image)
    path.write_text(json.dumps(record, indent=1) + "\n")
    (a.folder / "scaling.md").write_text(text)
    into_docs(a.folder, "scaling", text)
    print(text)


def key(run: dict) -> tuple[str, float, int]:
    """What makes a run another one."""
    return run["network"], run["size"], run["ranks"]


def one(name: str, size: float, ranks: int) -> dict:
    """One measurement in processes of its own."""
    launch = [] if ranks == 1 else [Path(sys.executable).with_name("mpiexec"), "-n", ranks]
    command = [*launch, sys.executable, *(["-m", "mpi4py"] if ranks > 1 else []), __file__, "--one", name, size]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} × {size:g} on {ranks}\n{done.stdout}{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"{name} × {size:g}, {ranks} rank(s): build {found['build_s']:.2f} s, RTF {found['rtf']:.3f}, "
          f"{found['peak_mb']:.0f} MB a rank", flush=True)
    return found


def network(name: str, size: float):
    """A network `size` times as large with the same in-degrees, and the populations whose spikes count."""
    from simcore.experiments import brunel, microcircuit, vogels_abbott

    def defaults(declared: dict) -> dict:
        return {k: defaults(v) if isinstance(v, dict) else v.default for k, v in declared.items()}

    if name == "brunel":
        own = {"n_exc": round(10_000 * size), "n_inh": round(2_500 * size), "epsilon": 0.1 / size}
        return brunel.build(defaults(brunel.PARAMETERS) | own), ("exc", "inh")
    if name == "coba":
        own = {"n": round(4_000 * size), "p": 0.02 / size, "order": 2}
        return vogels_abbott.build(defaults(vogels_abbott.PARAMETERS) | own), ("exc", "inh")
    own = {"n_scale": 1.0, "k_scale": 1.0} if name == "full microcircuit" else {"n_scale": 0.1 * size, "k_scale": 0.1}
    return microcircuit.build(defaults(microcircuit.PARAMETERS) | own), microcircuit.LAYERS


def measure(name: str, size: float) -> None:
    """Build, run with the loop of production, run with clocks; rank 0 prints one JSON line."""
    from loop_clock import TimedLoop, memory, seconds_per_tick, work

    from simcore.engine.simulation import Simulation

    comm = None
    if "PMI_SIZE" in os.environ or "OMPI_COMM_WORLD_SIZE" in os.environ:
        from mpi4py import MPI

        comm = MPI.COMM_WORLD
    gather = comm.gather if comm else lambda x: [x]
    net, names = network(name, size)
    empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    simulation = Simulation(net, dt=0.1, seed=12345, record={"spikes": dict.fromkeys(names, True)}, comm=comm)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    window = WINDOWS.get(name, 100)
    plain, timed = simulation.machine.loop, TimedLoop(simulation.machine.loop)
    simulation.run(100.0)
    production = []
    for _ in range(3):
        began = time.perf_counter()
        simulation.run(window)
        production.append(time.perf_counter() - began)
    simulation.machine.loop = timed
    simulation.run(10.0)
    timed.clear()
    first, began = simulation.step, time.perf_counter()
    simulation.run(2 * window)
    wall = time.perf_counter() - began
    simulation.machine.loop = plain
    parts = timed.seconds(seconds_per_tick())
    parts["Python"] = wall - timed.wall
    result = simulation.recording()
    n_steps = simulation.step - first
    spikes = np.bincount(result.spikes.gid[result.spikes.step >= first], minlength=net.size) if result else None
    spikes = comm.bcast(spikes) if comm else spikes
    mine = {"parts": parts, "work": work(simulation, spikes, first, n_steps), "memory": memory(simulation), "wall": wall,
            "calls": timed.calls, "epochs": n_steps / simulation._epoch if comm else 0, "production": statistics.median(production) / window * 1e3,
            "build_s": simulation.build_s, "peak_mb": peak, "empty_mb": empty,
            "end_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    every = gather(mine)
    if every is not None:
        print(json.dumps(summary(name, size, net, names, n_steps, every)))


def summary(name: str, size: float, net, names, n_steps: int, ranks: list[dict]) -> dict:
    """One run: seconds of parts, work, memory and peak as means over the ranks, for one biological second."""
    per_s = 1e4 / n_steps                                                 # dt = 0.1 ms

    def mean(key: str, scale: float) -> dict:
        return {k: scale * sum(r[key][k] for r in ranks) / len(ranks) for k in ranks[0][key]}

    n = sum(net.find(x).size for x in names)
    return {"network": name, "size": size, "ranks": len(ranks), "n_cells": n,
            "n_sources": sum(p.size for p in net.populations) - n, "epochs": ranks[0]["epochs"] * per_s,
            "calls": ranks[0]["calls"] * per_s, "rtf": max(r["production"] for r in ranks),
            "timed_rtf": max(r["wall"] for r in ranks) * per_s, "build_s": max(r["build_s"] for r in ranks),
            "peak_mb": max(r["peak_mb"] for r in ranks), "empty_mb": ranks[0]["empty_mb"],
            "end_mb": max(r["end_mb"] for r in ranks), "rate_hz": ranks[0]["work"]["spikes"] * per_s / n,
            "parts": mean("parts", per_s), "work": mean("work", per_s), "memory": mean("memory", 1.0)}


if __name__ == "__main__":
    main()
