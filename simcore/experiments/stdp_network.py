"""A balanced network whose excitatory connections learn: after Morrison et al. and NEST's hpc_benchmark.

11,250 IF_curr_alpha cells, four fifths excitatory, each with in-degrees of 10 % (k_scale) from both populations and its own
Poisson input; excitatory to excitatory connections follow additive STDP. With in-degrees scaled down by k, weights are
divided by sqrt(k) and a constant current replaces the recurrent mean that is lost.

Sources: A. Morrison, A. Aertsen & M. Diesmann (2007), Neural Comput 19:1437 (network, alpha currents of 0.14 mV);
additive rule: S. Song, K.D. Miller & L.F. Abbott (2000), Nat Neurosci 3:919.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from simcore._math import exp
from simcore.network import STDP, FixedNumberPre, Network, OneToOne
from simcore.parameters import NormalDist
from simcore.units import Param

TAU_SYN = 0.32582722403722841               # ms, of both receptors
TAU_M, CM, THRESHOLD = 10.0, 0.25, 20.0     # ms, nF, mV above rest
N_EXC, N_INH = 9000, 2250                   # cells whose mean input smaller in-degrees keep

PARAMETERS = {
    "n_scale": Param(1.0, "", "cells relative to 9,000 + 2,250", low=0.0, low_open=True),
    "k_scale": Param(0.1, "", "in-degrees relative to 9,000 + 2,250", low=0.0, low_open=True, high=1.0),
    "psp": Param(0.14, "mV", "amplitude of an excitatory postsynaptic potential", low=0.0, low_open=True),
    "g": Param(5.0, "", "strength of inhibition relative to excitation", low=0.0),
    "eta": Param(1.685, "", "external rate relative to the threshold rate", low=0.0),
    "delay": Param(1.5, "ms", "transmission delay", low=0.0, low_open=True),
    "compensated_rate": Param(6.0, "Hz", "rate for which the lost recurrent mean is replaced", low=0.0),
    "learning_rate": Param(0.002, "", "A_plus of the additive rule; 0: static connections", low=0.0),
    "alpha": Param(1.05, "", "depression relative to potentiation", low=0.0),
}

POPULATIONS = dict.fromkeys(("exc", "inh"), ("v", "isyn_exc", "isyn_inh"))


def weight_for(psp: float) -> float:
    """Peak of an alpha-shaped current [nA] whose postsynaptic potential peaks at psp [mV]."""
    apart = 1.0 / TAU_SYN - 1.0 / TAU_M

    def potential(t: float) -> float:
        return math.e / (TAU_SYN * CM) * (exp(-t / TAU_M) / apart**2
                                          - exp(-t / TAU_SYN) * (t / apart + 1.0 / apart**2))
    low, high = 0.0, 10.0 * TAU_SYN + TAU_M
    for _ in range(200):                                    # the potential has one maximum
        third = (high - low) / 3.0
        low, high = (low + third, high) if potential(low + third) < potential(high - third) else (low, high - third)
    return psp / potential(0.5 * (low + high))


def build(parameters: Mapping, seed: int = 0) -> Network:
    """The network; membrane potentials start normally distributed, 5.7 ± 7.2 mV above rest."""
    p = parameters
    network = Network()
    full = weight_for(p["psp"])
    weight = full / math.sqrt(p["k_scale"])
    c_exc, c_inh = int(N_EXC * p["k_scale"]), int(N_INH * p["k_scale"])
    lost = (N_EXC - p["g"] * N_INH) * full - (c_exc - p["g"] * c_inh) * weight
    cell = {"tau_m": TAU_M, "cm": CM, "v_rest": 0.0, "v_thresh": THRESHOLD, "v_reset": 0.0, "tau_refrac": 0.5,
            "tau_syn_E": TAU_SYN, "tau_syn_I": TAU_SYN,
            "i_offset": lost * math.e * TAU_SYN * p["compensated_rate"] * 1e-3}
    exc, inh = (network.population(name, round(n * p["n_scale"]), "IF_curr_alpha", cell,
                                   initial={"v": NormalDist(5.7, 7.2)}) for name, n in (("exc", N_EXC), ("inh", N_INH)))
    threshold_rate = THRESHOLD / (N_EXC * TAU_M / CM * full * math.e * TAU_SYN)         # 1/ms
    rule = STDP(15.0, 30.0, 0.0, 2.0 * weight, p["learning_rate"], p["alpha"] * p["learning_rate"])
    for target in (exc, inh):
        learns = (rule,) if target is exc and p["learning_rate"] else ()
        network.project(exc, target, FixedNumberPre(c_exc), weight=weight, delay=p["delay"], dynamics=learns)
        network.project(inh, target, FixedNumberPre(c_inh), weight=-p["g"] * weight, delay=p["delay"],
                        receptor="inhibitory")
        noise = network.population(f"noise_{target.name}", target.size, "SpikeSourcePoisson",
                                   {"rate": 1e3 * threshold_rate * p["eta"] * N_EXC})
        network.project(noise, target, OneToOne(), weight=full, delay=p["delay"])
    return network
