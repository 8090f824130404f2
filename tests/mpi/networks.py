"""A small network that uses every connector, source, distribution and cell; run as a program it prints its digest."""

import hashlib
import sys

import numpy as np

from simcore.network import (
    AC,
    STDP,
    AllToAll,
    Clone,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    FromList,
    Geometry,
    Network,
    Noise,
    OneToOne,
    PairFunction,
    PairProbability,
    SmallWorld,
    Space,
    Subset,
    TsodyksMarkram,
)
from simcore.parameters import ExponentialDist, GammaDist, NormalDist, PoissonDist, UniformDist

RECORD = {
    "spikes": True,
    "traces": [{"population": "cond", "variable": "v", "interval": 0.5},
               {"population": "cond", "variable": "gsyn_exc", "cells": [12, 3]},
               {"population": "delta", "variable": "v", "cells": 3}],
}


def everything(n: int = 60) -> Network:
    """About 1.5 n cells of three models, with the sources and connections that make them all fire."""
    net = Network()
    delta = net.population("delta", n, "IF_curr_delta", {"v_rest": 0.0, "v_thresh": 20.0, "v_reset": 10.0,
                                                         "tau_refrac": 2.0}, initial={"v": UniformDist(0.0, 20.0)})
    times = [[5.0, 5.0, 7.3], [1.0], [], [2.0, 3.3], [9.0], [10.0], [11.0]]
    given = net.population("given", 7, "SpikeSourceArray", {"spike_times": times})
    cond = net.population("cond", 13, "IF_cond_exp", {"tau_m": list(np.linspace(10.0, 20.0, 13)), "tau_refrac": 1.0,
                                                      "i_offset": UniformDist(0.5, 1.0)},
                          initial={"v": NormalDist(-60.0, 3.0, low=-70.0, high=-55.0)})
    curr = net.population("curr", 5, "IF_curr_exp", {"i_offset": 0.8})
    noise = net.population("noise", n, "SpikeSourcePoisson", {"rate": 15_000.0})
    poisson = net.population("poisson", 3, "SpikeSourcePoisson", {"rate": [100.0, 200.0, 30_000.0], "start": 10.0,
                                                                  "duration": 50.0})
    net.project(noise, delta, OneToOne(), weight=0.6, delay=1.5)
    net.project(delta, delta, FixedNumberPre(n // 6, allow_self=False), weight=0.3, delay=1.5)
    net.project(delta, delta, FixedProbability(0.1), weight=NormalDist(-0.5, 0.2, high=0.0), delay=UniformDist(0.3, 3.0),
                receptor="inhibitory")
    net.project(given, cond, FixedProbability(0.5), weight=NormalDist(0.02, 0.01, low=0.0), delay=UniformDist(0.1, 3.0))
    net.project(delta, cond, FixedNumberPost(2), weight=NormalDist(0.02, 0.01, low=0.0), delay=2.0)
    net.project(poisson, cond, AllToAll(), weight=0.001, delay=0.5)
    net.project(cond, cond, FromList([0, 1, 2, 0], [3, 4, 5, 3], weight=[0.1, 0.2, 0.3, 0.4]), weight=0.0, delay=1.0)
    net.project(cond, curr, AllToAll(), weight=0.1, delay=0.7)
    net.project(delta, cond, FixedProbability(0.2), weight=UniformDist(0.0, 0.02), delay=UniformDist(0.2, 2.0),
                dynamics=(STDP(w_max=0.02, A_plus=0.1, A_minus=0.1, dependence="gutig", dendritic_delay_fraction=0.4),
                          TsodyksMarkram(tau_psc=3.0)))
    net.project(poisson, curr, AllToAll(), weight=0.05, delay=0.5, dynamics=(STDP(A_plus=0.2),))
    where = Geometry(*(np.stack([np.arange(k), np.zeros(k), np.zeros(k)]) for k in (n, 13)), Space(scale_factor=n / 13))
    near = net.project(delta, cond, PairProbability(PairFunction("exp(-d/5)", geometry=where)), delay=1.2,
                       weight=PairFunction("0.02*exp(-d/9)", geometry=where))
    net.project(delta, cond, Clone(near), weight=np.linspace(0.0, 0.01, n * 13), delay=1.3)
    net.project(delta, cond, Subset(FixedNumberPre(PoissonDist(3.0), again=True), range(n - 1, 0, -2), [3, 12, 0]),
                weight=GammaDist(a=2.0, b=0.004), delay=ExponentialDist(1.0, high=3.0))
    net.project(cond, cond, FixedTotalNumber(40, "NoMutual", replacement=False), weight=np.full((13, 13), 0.004), delay=0.9)
    net.project(delta, cond, SmallWorld(3.0, 0.4, PairFunction("d", geometry=where), n=2), weight=0.003, delay=1.0)
    net.inject(Noise(0.0, 0.3, dt=0.5), cond, range(0, 13, 2))
    net.inject(AC(0.2, 0.1, 50.0), curr)
    return net


def volleys(n: int) -> Network:
    """n sources that fire together, at first a few of them, and n cells that answer together: many spikes in one epoch."""
    net = Network()
    times = [np.arange(1.0 + 3.0 * (k % 7 > 0), 30.0, 1.5) for k in range(n)]
    given = net.population("given", n, "SpikeSourceArray", {"spike_times": times})
    cond = net.population("cond", n, "IF_cond_exp", {"tau_refrac": 0.3})
    delta = net.population("delta", 7, "IF_curr_delta")
    net.project(given, cond, OneToOne(), weight=0.2, delay=0.3)
    net.project(cond, delta, AllToAll(), weight=0.01, delay=0.4)
    return net


def digest(recording) -> str:
    """One digest over every array of a recording."""
    total = hashlib.blake2b(digest_size=16)
    for array in (recording.spikes.step, recording.spikes.gid, *(t.values for t in recording.traces)):
        total.update(repr((array.dtype.str, array.shape)).encode() + np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    from mpi4py import MPI

    from simcore.engine.simulation import run_network

    comm = MPI.COMM_WORLD
    make = {"everything": everything, "volleys": volleys}[sys.argv[3]]
    result = run_network(make(int(sys.argv[2])), duration=float(sys.argv[1]), dt=0.1, seed=3, comm=comm, record=RECORD)
    if comm.rank == 0:
        print(comm.size, result.spikes.step.size, digest(result))
