"""The cortical microcircuit of Potjans & Diesmann: four layers of excitatory and inhibitory cells under 1 mm² of cortex.

Eight populations of IF_curr_exp cells, 77,169 at full scale, with 0.3·10⁹ connections; connection probabilities by layer
from anatomy and physiology. Weights vary by 10 %, delays by 50 % (at least one step). Background: each cell has its own
Poisson input, or the constant current of the same mean.

Smaller networks keep the mean input: with in-degrees scaled by k, weights are divided by sqrt(k) and a constant current
replaces what is lost, from the rates of the full network.

Sources: T.C. Potjans & M. Diesmann (2014), The cell-type specific cortical microcircuit, Cereb Cortex 24:785, table 5;
down-scaling and optimised initial potentials: S.J. van Albada et al. (2015), PLoS Comput Biol 11:e1004490, and NEST's
example network cortical_microcircuit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from simcore._math import exp, log
from simcore.models.cells import CELL_MODELS
from simcore.network import Network, OneToOne
from simcore.network.connectors import FixedTotalNumber
from simcore.parameters import NormalDist
from simcore.units import Param

LAYERS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
PROBABILITIES = np.array([          # rows: target, columns: source
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
    [0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443]])
EXTERNAL_DEGREES = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
FULL_RATES = np.array([0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])         # Hz, of the full network
V_MEAN = (-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43)               # mV, in its stationary state
V_STD = (5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48)
CELL = {"cm": 0.25, "tau_m": 10.0, "v_rest": -65.0, "v_thresh": -50.0, "v_reset": -65.0, "tau_refrac": 2.0,
        "tau_syn_E": 0.5, "tau_syn_I": 0.5}

PARAMETERS = {
    "n_scale": Param(0.1, "", "part of the cells", low=0.0, high=1.0, low_open=True),
    "k_scale": Param(0.1, "", "part of the in-degrees", low=0.0, high=1.0, low_open=True),
    "background": Param("poisson", "", "input from other areas", choices=("poisson", "constant")),
    "background_rate": Param(8.0, "Hz", "rate of each background connection", low=0.0),
    "psp": Param(0.15, "mV", "amplitude of an excitatory postsynaptic potential", low=0.0),
    "g": Param(-4.0, "", "inhibitory relative to excitatory weights", high=0.0),
    "weight_cv": Param(0.1, "", "standard deviation of weights relative to their mean", low=0.0),
    "delay_exc": Param(1.5, "ms", "mean excitatory delay", low=0.0, low_open=True),
    "delay_inh": Param(0.75, "ms", "mean inhibitory delay", low=0.0, low_open=True),
    "delay_cv": Param(0.5, "", "standard deviation of delays relative to their mean", low=0.0),
}

POPULATIONS = {name: tuple(CELL_MODELS["IF_curr_exp"].states) for name in LAYERS}


def weight_for(psp: float) -> float:
    """Jump of an exponential current [nA] whose postsynaptic potential peaks at psp [mV]."""
    tau_m, tau_s = CELL["tau_m"], CELL["tau_syn_E"]
    r = tau_s / tau_m
    to_s, to_m = (exp(log(r) * tau / (tau_m - tau_s)) for tau in (tau_s, tau_m))
    peak = tau_m * tau_s / (tau_m - tau_s) * (to_s - to_m)
    return psp * CELL["cm"] / peak


def in_degrees() -> np.ndarray:
    """(8, 8) mean in-degrees of the full network, target by source.

    From the probability that a pair has at least one connection: Potjans & Diesmann (2014), eq. 1.
    """
    portable_log = np.vectorize(log)
    total = portable_log(1.0 - PROBABILITIES) / portable_log(1.0 - 1.0 / np.outer(SIZES, SIZES))
    return total / SIZES[:, None]


def build(parameters: Mapping, seed: int = 0) -> Network:
    """The network; membrane potentials start normally distributed as in the stationary state."""
    p = parameters
    network = Network()
    sizes = np.round(SIZES * p["n_scale"]).astype(int)
    degrees, weights = in_degrees(), _weights(p)
    scaled = weights / math.sqrt(p["k_scale"])
    external = weight_for(p["psp"])
    rates = EXTERNAL_DEGREES * p["background_rate"]
    lost = 1e-3 * CELL["tau_syn_E"] * (1.0 - math.sqrt(p["k_scale"])) * ((weights * degrees * FULL_RATES).sum(axis=1)
                                                                         + external * rates)
    constant = 1e-3 * CELL["tau_syn_E"] * external * math.sqrt(p["k_scale"]) * rates
    populations = [network.population(name, int(n), "IF_curr_exp",
                                      CELL | {"i_offset": float(i + (c if p["background"] == "constant" else 0.0))},
                                      initial={"v": NormalDist(mean, std)})
                   for name, n, i, c, mean, std in zip(LAYERS, sizes, lost, constant, V_MEAN, V_STD, strict=True)]
    for t, target in enumerate(populations):
        for s, source in enumerate(populations):
            n = round(degrees[t, s] * p["k_scale"] * target.size)
            if n:
                inhibitory = s % 2 == 1
                network.project(source, target, FixedTotalNumber(n, replacement=True),
                                weight=_weight(float(scaled[t, s]), p["weight_cv"]),
                                delay=_delay(p["delay_inh" if inhibitory else "delay_exc"], p["delay_cv"]),
                                receptor="inhibitory" if inhibitory else "excitatory")
        if p["background"] == "poisson":
            noise = network.population(f"background_{target.name}", target.size, "SpikeSourcePoisson",
                                       {"rate": float(rates[t] * p["k_scale"])})
            network.project(noise, target, OneToOne(), weight=external / math.sqrt(p["k_scale"]), delay=p["delay_exc"])
    return network


def _weights(p: Mapping) -> np.ndarray:
    """(8, 8) mean weights of the full network [nA]; those from L4E to L23E are twice as strong."""
    exc = weight_for(p["psp"])
    weights = np.tile(np.where(np.arange(8) % 2 == 0, exc, p["g"] * exc), (8, 1))
    weights[0, 2] *= 2.0
    return weights


def _weight(mean: float, cv: float) -> float | NormalDist:
    if cv == 0.0:
        return mean
    return NormalDist(mean, abs(mean) * cv, low=0.0 if mean > 0 else -math.inf, high=math.inf if mean > 0 else 0.0)


def _delay(mean: float, cv: float) -> float | NormalDist:
    """Normal, redrawn below half of the usual step of 0.1 ms; delays below one step are one step."""
    return mean if cv == 0.0 else NormalDist(mean, mean * cv, low=0.05)
