"""CUBA without randomness has NEST's spikes, every one: both integrate it exactly, on the same grid, by the same conventions."""

from pathlib import Path

import numpy as np

from simcore.engine.simulation import run_network
from simcore.network import FromList, Network
from tests.peers.spiking import cuba_spikes_nest as cuba

NEST = np.load(Path(cuba.__file__).with_suffix(".npz"))


def test_every_spike_of_the_first_100_ms_is_nests():
    pre, post, v = cuba.drawn()
    net = Network()
    c = cuba.CELL
    cells = net.population("cells", v.size, "IF_curr_exp", {
        "cm": c["C_m"] * 1e-3, "tau_m": c["tau_m"], "v_rest": c["E_L"], "v_thresh": c["V_th"], "v_reset": c["V_reset"],
        "tau_refrac": c["t_ref"], "tau_syn_E": c["tau_syn_ex"], "tau_syn_I": c["tau_syn_in"]}, initial={"v": v})
    for receptor, weight, mine in (("excitatory", cuba.W_EXC, pre < cuba.N_EXC), ("inhibitory", cuba.W_INH, pre >= cuba.N_EXC)):
        net.project(cells, cells, FromList(pre[mine], post[mine]), weight=weight * 1e-3, delay=cuba.DELAY, receptor=receptor)
    spikes = run_network(net, duration=cuba.STOP, dt=cuba.DT, seed=1, record={"spikes": True}).spikes
    assert NEST["step"].size > 2000
    assert (spikes.step + 1).tolist() == NEST["step"].tolist()
    assert spikes.gid.tolist() == NEST["cell"].tolist()
