"""Building one recurrent projection of 8 million connections among 40,000 IF_curr_exp cells, beside PyNN 0.13 and NEST 3.10.

    python tests/benchmarks/building/bench_building.py --peer PYTHON [--out tests/benchmarks/building/results.json] [--repeat 3]

PYTHON is the interpreter of an environment with `pip install pynn==0.13.0 nest-simulator==3.10.0` (envs/peers.txt). Each
case runs in a process of its own, one thread, systems in turn; times are from an empty simulator to a network that could
run, without imports and with compiled code in its cache, best of the repeats (PyNN: once, it takes more than a minute).
Memory is the largest resident size above that before the build. Exits with 1 if a target is missed.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

CELLS, DEGREE = 40_000, 200
CASES = {"fixed in-degree, one weight": ("indegree", False), "fixed in-degree, random weights": ("indegree", True),
         "fixed probability, one weight": ("probability", False), "fixed probability, random weights": ("probability", True)}
SYSTEMS = {"simcore": False, "simcore.api.pynn": False, "nest": True, "pynn.nest": True}       # True: with the peers' Python
SLOW = {"pynn.nest"}
TARGETS = {"pynn.nest": 50.0, "nest": 2.0}
BYTES = {False: 8.0, True: 16.0}


def memory() -> float:
    """Largest resident size of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def build_simcore(n: int, rule: str, random: bool) -> dict:
    from simcore.engine.simulation import Simulation
    from simcore.network import FixedNumberPre, FixedProbability, Network
    from simcore.parameters import NormalDist

    network = Network()
    cells = network.population("cells", n, "IF_curr_exp")
    connector = FixedNumberPre(DEGREE * n // CELLS) if rule == "indegree" else FixedProbability(DEGREE / CELLS)
    projection = network.project(cells, cells, connector, weight=NormalDist(0.1, 0.01) if random else 0.1, delay=1.5)
    simulation = Simulation(network, dt=0.1, seed=1)
    table = simulation.machine.table
    return {"connections": table.target.size, "bytes": table.target.nbytes + table.weights.nbytes + table.indptr.nbytes,
            "keep": (simulation, projection)}


def build_face(n: int, rule: str, random: bool) -> dict:
    from simcore.api import pynn as sim
    from simcore.api.pynn.random import NumpyRNG, RandomDistribution
    from simcore.api.pynn.world import current

    sim.setup(timestep=0.1, min_delay=0.1)
    cells = sim.Population(n, sim.IF_curr_exp)
    weights = RandomDistribution("normal", (0.1, 0.01), rng=NumpyRNG(42)) if random else 0.1
    connector = (sim.FixedNumberPreConnector(DEGREE * n // CELLS, weights=weights, delays=1.5) if rule == "indegree" else
                 sim.FixedProbabilityConnector(DEGREE / CELLS, weights=weights, delays=1.5))
    projection = sim.Projection(cells, cells, connector)
    table = current().simulation.machine.table              # made when it is first needed
    return {"connections": table.target.size, "keep": (cells, projection)}


def build_nest(n: int, rule: str, random: bool) -> dict:
    import nest

    nest.ResetKernel()
    nest.set(resolution=0.1, local_num_threads=1)
    cells = nest.Create("iaf_psc_exp", n)
    how = ({"rule": "fixed_indegree", "indegree": DEGREE * n // CELLS} if rule == "indegree" else
           {"rule": "pairwise_bernoulli", "p": DEGREE / CELLS})
    weight = nest.random.normal(100.0, 10.0) if random else 100.0
    nest.Connect(cells, cells, how, {"synapse_model": "static_synapse", "weight": weight, "delay": 1.5})
    nest.Prepare()                              # the tables that a simulation needs
    nest.Cleanup()
    return {"connections": nest.num_connections, "keep": cells}


def build_pynn(n: int, rule: str, random: bool) -> dict:
    import pyNN.nest as sim
    from pyNN.random import NumpyRNG, RandomDistribution

    sim.setup(timestep=0.1, min_delay=0.1, max_delay=10.0, threads=1)
    cells = sim.Population(n, sim.IF_curr_exp())
    weight = RandomDistribution("normal", (0.1, 0.01), rng=NumpyRNG(42)) if random else 0.1
    connector = (sim.FixedNumberPreConnector(DEGREE * n // CELLS) if rule == "indegree" else
                 sim.FixedProbabilityConnector(DEGREE / CELLS))
    projection = sim.Projection(cells, cells, connector, sim.StaticSynapse(weight=weight, delay=1.5))
    import nest

    return {"connections": nest.num_connections, "keep": projection}


BUILD = {"simcore": build_simcore, "simcore.api.pynn": build_face, "nest": build_nest, "pynn.nest": build_pynn}


def one(system: str, case: str) -> dict:
    """Build once, after a small network of the same kind; for the process of a case."""
    rule, random = CASES[case]
    BUILD[system](200, rule, random)
    before, start = memory(), time.perf_counter()
    made = BUILD[system](CELLS, rule, random)
    seconds = time.perf_counter() - start
    del made["keep"]
    return {"seconds": seconds, "MiB": memory() - before, **made}


def run(system: str, case: str, python: str) -> dict:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYNEST_QUIET": "1"}
    done = subprocess.run([python, __file__, "--one", system, case], capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{system}, {case}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(peer: str | None, repeat: int, systems: list[str], cases: list[str]) -> dict:
    """{case: {system: {seconds, MiB, connections, bytes …}}}, systems in turn."""
    results = {case: {system: [] for system in systems} for case in cases}
    for turn in range(repeat):
        for case in cases:
            for system in systems:
                if turn == 0 or system not in SLOW:
                    results[case][system].append(run(system, case, peer if SYSTEMS[system] else sys.executable))
    return {case: {system: {"best_s": min(r["seconds"] for r in runs), "median_s": statistics.median(r["seconds"] for r in runs),
                            **{k: runs[0][k] for k in ("MiB", "connections", "bytes") if k in runs[0]}}
                   for system, runs in of_case.items()} for case, of_case in results.items()}


def missed(results: dict) -> list[str]:
    """Targets that are missed."""
    found = []
    for case, of_case in results.items():
        for system in ("simcore", "simcore.api.pynn"):
            for peer, target in TARGETS.items():
                if system in of_case and peer in of_case and of_case[peer]["best_s"] < target * of_case[system]["best_s"]:
                    found.append(f"{case}: {system} is only {of_case[peer]['best_s'] / of_case[system]['best_s']:.1f} × {peer}")
        own = of_case.get("simcore", {})
        if own and own["bytes"] > BYTES[CASES[case][1]] * own["connections"]:
            found.append(f"{case}: {own['bytes'] / own['connections']:.1f} bytes a connection")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="Python with PyNN and NEST; without it only simcore is measured")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--systems", nargs="*", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(*given.one)))
        return 0
    systems = [s for s in given.systems if given.peer or not SYSTEMS[s]]
    results = measure(given.peer, given.repeat, systems, given.cases)
    for case, of_case in results.items():
        for system, r in of_case.items():
            size = f"{r['bytes'] / r['connections']:5.1f} bytes a connection" if "bytes" in r else ""
            ratio = r["best_s"] / of_case["simcore"]["best_s"] if "simcore" in of_case else float("nan")
            print(f"{case:36} {system:18} {r['best_s']:8.3f} s {r['MiB']:7.0f} MiB {ratio:8.1f} × {size}")
    if given.out:
        given.out.write_text(json.dumps({"python": platform.python_version(), "machine": platform.machine(), "cells": CELLS,
                                         "connections": CELLS * DEGREE, "results": results}, indent=1) + "\n")
    failures = missed(results)
    print("\n".join(failures) or "all targets that could be compared are met")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
