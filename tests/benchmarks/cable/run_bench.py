"""Rings of branching cells, one core and two: simcore beside NEURON and Arbor, alternately, medians of CPU or wall time.

    python run_bench.py --peers PYTHON_WITH_NEURON_AND_ARBOR [--cells 64 256 1024] [--reps 3] [--out FILE]

Scripts of the peers: bench_ring_neuron.py, bench_ring_arbor.py in --scripts. Prints one line a run and a table.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def commands(a, n, cores):
    """(name, command) of every simulator for n cells on 1 or 2 cores."""
    ours = [sys.executable, HERE / "ring_simcore.py", "--cells", n]
    if cores == 2:
        ours = [Path(sys.executable).with_name("mpiexec"), "-n", "2", sys.executable, "-m", "mpi4py", *ours[1:], "--mpi"]
    peer = [a.peers, Path(a.scripts)]
    yield "simcore", [*ours, "--scheme", "default"]
    yield "simcore, scheme neuron", [*ours, "--scheme", "neuron"]
    yield "NEURON", [peer[0], peer[1] / "bench_ring_neuron.py", "--cells", n, "--threads", cores]
    yield "Arbor", [peer[0], peer[1] / "bench_ring_arbor.py", "--cells", n, "--threads", cores]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--peers", required=True)
    ap.add_argument("--scripts", default=HERE)
    ap.add_argument("--cells", type=int, nargs="*", default=[64, 256, 1024])
    ap.add_argument("--cores", type=int, nargs="*", default=[1, 2])
    ap.add_argument("--reps", type=int, default=3)
    ap.add_argument("--out")
    a = ap.parse_args()
    found = {}
    for n in a.cells:
        for cores in a.cores:
            for _ in range(a.reps):
                for name, command in commands(a, n, cores):
                    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True)
                    line = json.loads(next(x for x in done.stdout.splitlines() if x.startswith("{")))
                    found.setdefault((n, cores), {}).setdefault(name, []).append((line["sim_s"], line["sim_cpu_s"], line["spikes"]))
                    print(n, cores, name, line["sim_s"], line["sim_cpu_s"], line["spikes"], flush=True)
    rows = ["| cells | cores | " + " | ".join(next(iter(found.values()))) + " | NEURON / ours | Arbor / ours |"]
    for (n, cores), runs in found.items():
        s = {name: statistics.median(x[0] for x in xs) for name, xs in runs.items()}
        rows.append(f"| {n} | {cores} | " + " | ".join(f"{t:.3g}" for t in s.values())
                    + f" | {s['NEURON'] / s['simcore']:.1f} | {s['Arbor'] / s['simcore']:.1f} |")
    print("\n".join(rows))
    if a.out:
        Path(a.out).write_text(json.dumps([{"cells": n, "cores": c, "runs": r} for (n, c), r in found.items()], indent=1))


if __name__ == "__main__":
    main()
