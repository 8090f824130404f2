"""Values that are wrong for a pair or a cell of one rank only: every rank prints the same error. wrong_values.py KIND."""

import sys

import numpy as np

from simcore.api import pynn as sim


def provoke(kind: str) -> None:
    """Make a network of 1 × 5 cells with something wrong for the last one."""
    sim.setup(timestep=0.1, min_delay=0.1, rng_seed=1)
    pre, post = sim.Population(1, sim.SpikeSourceArray, {"spike_times": [1.0]}), sim.Population(5, sim.IF_cond_exp)
    wrong = np.array([[0.1, 0.1, 0.1, 0.1, np.nan]])
    weights = {"gap": wrong, "nan": list(wrong[0]), "negative": [0.1, 0.1, 0.1, 0.1, -0.1], "infinite": [0.1] * 4 + [np.inf],
               "function": "0.1 - 0.05 * (d > 3)**2 * d"}.get(kind, 0.1)
    delays = {"delay": "1.0 - 0.4 * (d > 3) * d", "late": "1.0 + 50.0 * (d > 3)"}.get(kind, 1.0)
    prj = sim.Projection(pre, post, sim.AllToAllConnector(weights=weights, delays=delays))
    if kind in ("set", "set list"):
        prj.setWeights(wrong if kind == "set" else wrong[0])
    if kind == "set delays":
        prj.setDelays(wrong[0] + 0.9)
    if kind in ("cell", "initial"):
        len(prj)
        for cell in post:
            if post.id_to_index(cell) == 4:
                setattr(cell, *(("v_reset", -40.0) if kind == "cell" else ("v_init", -60.0)))
    sim.run(3.0)


try:
    provoke(sys.argv[1])
    seen = "nothing"
except Exception as error:
    seen = f"{type(error).__name__}: {error}"
told = [seen]
if sim.num_processes() > 1:
    from mpi4py import MPI

    told = MPI.COMM_WORLD.allgather(seen)
if sim.rank() == 0:
    print("|".join(told))
