"""The Vogels–Abbott networks: sparse random networks that keep themselves firing, with currents or conductances.

n cells, 80 % excitatory, each pair connected with probability p. `synapses` chooses benchmark 1 (conductances, COBA),
benchmark 2 (currents, CUBA) or benchmark 3 (conductances on Hodgkin-Huxley cells, COBAHH) of Brette et al. COBA and COBAHH
are started by Poisson input to every cell for the first 50 ms; CUBA rests above threshold and needs none.

Sources: T.P. Vogels & L.F. Abbott (2005), J Neurosci 25:10786; R. Brette et al. (2007), Simulation of networks of
spiking neurons, J Comput Neurosci 23:349, appendix 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.models.cells import CELL_MODELS
from simcore.network import FixedProbability, Network, OneToOne
from simcore.parameters import UniformDist
from simcore.units import Param

PARAMETERS = {
    "synapses": Param("conductance", "", "conductance (COBA), current (CUBA) or conductance-hh (COBAHH)",
                      choices=("conductance", "current", "conductance-hh")),
    "order": Param(6, "", "order in dt of cells with conductances: 6 or 2, which is several times as fast", low=2, high=6),
    "n": Param(4000, "", "number of cells, 80 % of them excitatory", low=5),
    "p": Param(0.02, "", "connection probability", low=0.0, high=1.0),
    "delay": Param(0.1, "ms", "transmission delay", low=0.0, low_open=True),
    "g_exc": Param(0.006, "uS", "excitatory weight where synapses are conductances", low=0.0),
    "g_inh": Param(0.067, "uS", "inhibitory weight where synapses are conductances", low=0.0),
    "i_exc": Param(0.0162, "nA", "excitatory weight where synapses are currents", low=0.0),
    "i_inh": Param(-0.09, "nA", "inhibitory weight where synapses are currents", high=0.0),
    "start_rate": Param(300.0, "Hz", "Poisson input to each cell in the first 50 ms (conductances only)", low=0.0),
}

POPULATIONS = dict.fromkeys(("exc", "inh"), ("v", "gsyn_exc", "gsyn_inh", "isyn_exc", "isyn_inh", "refractory"))

_CELL = {"cm": 0.2, "tau_syn_E": 5.0, "tau_syn_I": 10.0}
_FIRES = {"tau_m": 20.0, "v_thresh": -50.0, "v_reset": -60.0, "tau_refrac": 5.0}
_REVERSALS = {"e_rev_E": 0.0, "e_rev_I": -80.0}
_CELLS = {              # model, its parameters, where v starts [mV]
    "current": ("IF_curr_exp", _CELL | _FIRES | {"v_rest": -49.0}, (-60.0, -50.0)),
    "conductance": ("IF_cond_exp", _CELL | _FIRES | _REVERSALS | {"v_rest": -60.0}, (-60.0, -50.0)),
    "conductance-hh": ("HH_cond_exp", _CELL | _REVERSALS, (-75.0, -65.0)),
}


def build(parameters: Mapping, seed: int = 0) -> Network:
    """The network; membrane potentials start uniformly distributed between reset and threshold (COBAHH: -75 … -65 mV)."""
    p = parameters
    network = Network()
    coba = p["synapses"] != "current"
    model, cell, start = _CELLS[p["synapses"]]
    model += "_order2" if coba and p["order"] < 6 else ""
    weights = (p["g_exc"], p["g_inh"]) if coba else (p["i_exc"], p["i_inh"])
    n_exc = round(0.8 * p["n"])
    exc, inh = (network.population(name, size, CELL_MODELS[model], cell, initial={"v": UniformDist(*start)})
                for name, size in (("exc", n_exc), ("inh", p["n"] - n_exc)))
    for target in (exc, inh):
        network.project(exc, target, FixedProbability(p["p"], allow_self=False), weight=weights[0], delay=p["delay"])
        network.project(inh, target, FixedProbability(p["p"], allow_self=False), weight=weights[1], delay=p["delay"],
                        receptor="inhibitory")
        if coba:
            start = network.population(f"start_{target.name}", target.size, "SpikeSourcePoisson",
                                       {"rate": p["start_rate"], "duration": 50.0})
            network.project(start, target, OneToOne(), weight=p["g_exc"], delay=p["delay"])
    return network
