"""Brunel's (2000) sparse network of excitatory and inhibitory integrate-and-fire cells, model A.

N_E excitatory and N_I inhibitory cells with delta-shaped synapses; each cell gets C_E = epsilon N_E excitatory and
C_I = epsilon N_I inhibitory connections from randomly chosen different cells, weights J and -g J, all with delay D,
and the input of C_E external Poisson processes of rate nu_ext = eta nu_thr, where nu_thr = theta / (J C_E tau) is the
rate at which the mean input alone reaches threshold.

Source: N. Brunel (2000), Dynamics of sparsely connected networks of excitatory and inhibitory spiking neurons,
J Comput Neurosci 8:183-208, section 2 and figure 8. Potentials are relative to rest, as there.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.models.cells import CELL_MODELS
from simcore.network import FixedNumberPre, Network, OneToOne
from simcore.parameters import UniformDist
from simcore.units import Param

PARAMETERS = {
    "n_exc": Param(10_000, "", "number of excitatory cells N_E", low=1),
    "n_inh": Param(2_500, "", "number of inhibitory cells N_I", low=1),
    "epsilon": Param(0.1, "", "connection probability C_E / N_E = C_I / N_I", low=0.0, high=1.0, low_open=True),
    "J": Param(0.1, "mV", "amplitude of an excitatory postsynaptic potential", low=0.0, low_open=True),
    "g": Param(5.0, "", "strength of inhibition relative to excitation", low=0.0),
    "eta": Param(2.0, "", "external rate relative to the threshold rate, nu_ext / nu_thr", low=0.0),
    "delay": Param(1.5, "ms", "transmission delay D", low=0.0, low_open=True),
    "cell": {
        "tau_m": Param(20.0, "ms", "membrane time constant tau", low=0.0, low_open=True),
        "v_thresh": Param(20.0, "mV", "threshold theta above rest", low=0.0, low_open=True),
        "v_reset": Param(10.0, "mV", "reset potential V_r above rest"),
        "tau_refrac": Param(2.0, "ms", "refractory period tau_rp", low=0.0),
    },
}

POPULATIONS = {name: tuple(CELL_MODELS["IF_curr_delta"].states) for name in ("exc", "inh")}


def threshold_rate(parameters: Mapping) -> float:
    """nu_thr = theta / (J C_E tau) in Hz: Brunel (2000), section 2."""
    cell = parameters["cell"]
    return 1e3 * cell["v_thresh"] / (parameters["J"] * in_degree(parameters, "n_exc") * cell["tau_m"])


def in_degree(parameters: Mapping, size: str) -> int:
    """Connections a cell gets from the population whose size is parameters[size]."""
    return round(parameters["epsilon"] * parameters[size])


def build(parameters: Mapping, seed: int = 0) -> Network:
    """The network. Membrane potentials start uniformly distributed between rest and threshold.

    The seed is not needed: every random number belongs to the run's streams.
    """
    p = parameters
    network = Network()
    cell = dict(p["cell"], v_rest=0.0)
    start = {"v": UniformDist(0.0, p["cell"]["v_thresh"])}
    exc = network.population("exc", p["n_exc"], "IF_curr_delta", cell, initial=start)
    inh = network.population("inh", p["n_inh"], "IF_curr_delta", cell, initial=start)
    external = {"rate": p["eta"] * threshold_rate(p) * in_degree(p, "n_exc")}
    for target in (exc, inh):
        noise = network.population(f"noise_{target.name}", target.size, "SpikeSourcePoisson", external)
        network.project(noise, target, OneToOne(), weight=p["J"], delay=p["delay"])
        network.project(exc, target, FixedNumberPre(in_degree(p, "n_exc"), allow_self=False), weight=p["J"],
                        delay=p["delay"])
        network.project(inh, target, FixedNumberPre(in_degree(p, "n_inh"), allow_self=False), weight=-p["g"] * p["J"],
                        delay=p["delay"], receptor="inhibitory")
    return network
