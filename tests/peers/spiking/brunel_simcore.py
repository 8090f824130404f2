#!/usr/bin/env python3
"""Brunel's network in simcore beside NEST's kept values, over as many seeds: the table of docs/accuracy.md.

    python -m tests.peers.spiking.brunel_simcore --seeds 1 2 3 4 5 6 7 8 9 10 11 12

Two-sample tests: Welch's for the means, Mann-Whitney's for the distributions (SR's rates have two modes).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy import stats as theory

from simcore.engine.simulation import Simulation
from simcore.experiments import brunel
from simcore.units import Param
from tests.peers.spiking import brunel_statistics as stats

NEST = json.loads((Path(__file__).parent / "brunel_nest.json").read_text())
COMPARED = ("rate_exc", "rate_inh", "cv_exc", "cv_inh", "synchrony_exc")
_DISCARD, _MEASURE = NEST["made_with"]["discard_ms"], NEST["made_with"]["window_ms"]
WINDOW = tuple(round(t / stats.DT) for t in (_DISCARD, _DISCARD + _MEASURE))


def defaults(declared: dict) -> dict:
    """The default values of nested declarations."""
    return {name: p.default if isinstance(p, Param) else defaults(p) for name, p in declared.items()}


def measured(point: str, seed: int) -> dict[str, float]:
    """The compared values of one run of simcore: the study's own network with its default parameters."""
    network = brunel.build(defaults(brunel.PARAMETERS) | stats.POINTS[point])
    sizes = [network.find(name).size for name in ("exc", "inh")]
    if sizes != [10_000, 2_500]:
        raise ValueError(f"NEST's network has 10,000 and 2,500 cells, this one {sizes}")
    simulation = Simulation(network, dt=stats.DT, seed=seed, record={"spikes": {"exc": True, "inh": True}})
    simulation.run(WINDOW[1] * stats.DT)
    spikes = simulation.recording().spikes
    by_name = []
    for name in ("exc", "inh"):
        population = network.find(name)
        mine = (spikes.gid >= population.first_gid) & (spikes.gid < population.first_gid + population.size)
        by_name.append((spikes.step[mine] + 1, spikes.gid[mine] - population.first_gid))
    return stats.measure(*by_name, sizes, WINDOW)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", nargs="+", choices=list(stats.POINTS), default=list(stats.POINTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(1, 13)), help="default: 1 ... 12")
    args = parser.parse_args()
    print("| point | quantity | simcore: mean ± sd | NEST: mean ± sd | Welch p | Mann-Whitney p |\n|---|---|---|---|---|---|")
    for point in args.points:
        runs = [measured(point, seed) for seed in args.seeds]
        for name in COMPARED:
            ours, nest = (np.array([run[name] for run in r]) for r in (runs, NEST["points"][point]["runs"]))
            shown = [f"{x.mean():.5g} ± {x.std(ddof=1):.2g}" for x in (ours, nest)]
            p = theory.ttest_ind(ours, nest, equal_var=False).pvalue, theory.mannwhitneyu(ours, nest).pvalue
            print(f"| {point} | {name} | {shown[0]} | {shown[1]} | {p[0]:.2f} | {p[1]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
