"""The Vogels–Abbott benchmark networks as a PyNN 0.6 script: CUBA and COBA of Brette et al. (2007), J Comput Neurosci 23:349.

On its own it prints rates (`python params/pynn_vogels_abbott.py`, or under mpiexec); pynn_vogels_abbott.yaml sweeps it.
"""

from collections.abc import Mapping

from simcore.api import pynn as sim
from simcore.units import Param

PARAMETERS = {
    "synapses": Param("current", "", "current (CUBA) or conductance (COBA)", choices=("current", "conductance")),
    "n": Param(4000, "", "number of cells, 80 % of them excitatory", low=5),
    "p": Param(0.02, "", "connection probability", low=0.0, high=1.0),
}
CELL = {"cm": 0.2, "tau_m": 20.0, "v_thresh": -50.0, "v_reset": -60.0, "tau_refrac": 5.0, "tau_syn_E": 5.0, "tau_syn_I": 10.0}


def main(parameters: Mapping) -> dict:
    """Build, run for parameters["duration"] ms, recording all spikes; mean rates [Hz]."""
    sim.setup(timestep=parameters["dt"], min_delay=0.1, max_delay=0.1)
    coba = parameters["synapses"] == "conductance"
    celltype, more = ((sim.IF_cond_exp, {"v_rest": -60.0, "e_rev_E": 0.0, "e_rev_I": -80.0}) if coba else
                      (sim.IF_curr_exp, {"v_rest": -49.0}))
    n_exc = round(0.8 * parameters["n"])
    cells = {name: sim.Population(size, celltype, CELL | more, label=name)
             for name, size in (("exc", n_exc), ("inh", parameters["n"] - n_exc))}
    weights = {"exc": 0.006, "inh": 0.067} if coba else {"exc": 0.0162, "inh": -0.09}
    for group in cells.values():
        group.randomInit(sim.RandomDistribution("uniform", [-60.0, -50.0], rng=sim.NumpyRNG()))
        group.record()
    for source, target in (("exc", "excitatory"), ("inh", "inhibitory")):
        connector = sim.FixedProbabilityConnector(parameters["p"], allow_self_connections=False, weights=weights[source])
        for group in cells.values():
            sim.Projection(cells[source], group, connector, target=target)
    if coba:                            # 50 ms of noise for every cell, then the network keeps itself going
        for group in cells.values():
            noise = sim.Population(group.size, sim.SpikeSourcePoisson, {"rate": 300.0, "duration": 50.0})
            sim.Projection(noise, group, sim.OneToOneConnector(weights=weights["exc"]), target="excitatory")
    sim.run(parameters["duration"])
    return {name: group.meanSpikeCount() / parameters["duration"] * 1e3 for name, group in cells.items()}


if __name__ == "__main__":
    for synapses in PARAMETERS["synapses"].choices:
        rates = main({"synapses": synapses, "n": 4000, "p": 0.02, "dt": 0.1, "duration": 1000.0})
        if sim.rank() == 0:
            print(synapses, {name: round(rate, 2) for name, rate in rates.items()}, "Hz")
    sim.end()
