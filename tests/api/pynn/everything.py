"""A PyNN script with a bit of everything; prints the number of ranks and a digest of all that came out of it."""

import hashlib

import numpy as np

from simcore.api import pynn as sim


def main(n: int) -> str:
    """Populations of n, 3, 2 and 2 cells; returns the digest."""
    sim.setup(timestep=0.1, min_delay=0.2, max_delay=5.0, rng_seed=11)
    rng = sim.NumpyRNG(seed=5)
    p = sim.Population(n, sim.IF_cond_exp, {"tau_refrac": 2.0, "i_offset": 0.7}, label="p")
    q = sim.Population((1, 3), sim.IF_curr_exp, label="q")
    r = sim.Population(2, sim.HH_cond_exp, label="r")
    noise = sim.Population(n, sim.SpikeSourcePoisson, {"rate": 800.0})
    gamma = sim.Population(n, sim.SpikeSourceInhGamma, {"a": [3.0, 0.5], "b": [0.001, 0.004], "tbins": [0.0, 35.0]})
    s = sim.Population(2, sim.IF_cond_exp_gsfa_grr, {"i_offset": 1.5}, label="s")
    p.randomInit(sim.RandomDistribution("uniform", [-65.0, -50.0], rng=rng))
    p.rset("tau_m", sim.RandomDistribution("normal", [20.0, 1.0], rng=rng))
    for cell in q:                                      # each rank its own cells
        cell.i_offset = 0.8 + 0.01 * q.id_to_index(cell)
        sim.DCSource(0.05 * (1 + q.id_to_index(cell)), start=5.0).inject_into([cell])
    r.inject(sim.NoisyCurrentSource(0.3, 0.5, dt=0.2))
    stdp = sim.SynapseDynamics(fast=sim.TsodyksMarkramMechanism(U=0.3), slow=sim.STDPMechanism(
        sim.SpikePairRule(), sim.MultiplicativeWeightDependence(w_max=0.1), dendritic_delay_fraction=0.5))
    weights = sim.RandomDistribution("uniform", [0.01, 0.05], rng=rng)
    prjs = [sim.Projection(noise, p, sim.OneToOneConnector(weights=0.01)),
            sim.Projection(p, p, sim.FixedProbabilityConnector(0.4, False, weights=weights), synapse_dynamics=stdp),
            sim.Projection(p, q, sim.FixedNumberPreConnector(2, weights=0.2, delays=1.0)),
            sim.Projection(q, r, sim.AllToAllConnector(weights=0.05), target="inhibitory"),
            sim.Projection(p.view(slice(0, n, 2)), r, sim.AllToAllConnector(weights=0.01)),
            sim.Projection(gamma, s, sim.AllToAllConnector(weights=0.004))]
    prjs[2].randomizeWeights(sim.RandomDistribution("uniform", [0.1, 0.3], rng=rng))
    for group in (p, q, r, s):
        group.record()
        group.record_v(2, rng=rng)
    gamma.record()
    s.record_variable("i_syn", sampling_interval=0.5)
    prjs[1].record_weights(10.0)
    sim.run(30.0)
    prjs[3].setWeights(np.full((3, 2), 0.02))
    prjs[2].setDelays(0.4)                              # while spikes are under way
    prjs[4].setDelays(3.0)
    prjs[0].setDelays(0.7)
    prjs[1].randomizeDelays(sim.RandomDistribution("uniform", [0.3, 4.0], rng=rng))
    p.set("i_offset", 0.9)
    for cell in s:
        cell.e_rev_I = -80.0 - s.id_to_index(cell)
    gamma.set("b", [0.002, 0.001])
    sim.run(15.0)
    prjs[1].setDelays(0.5)                              # while some that were drawn are under way
    sim.run(15.0)
    found = [g.getSpikes() for g in (p, q, r, s, gamma)] + [g.get_v() for g in (p, q, r, s)] + [s.get_samples("i_syn")]
    found += [np.array(prj.getWeights()) for prj in prjs]
    found += [prjs[1].get_recorded_weights()[1], np.array(prjs[1].getSynapseDynamics("x")), rng.next(3, mask_local=False)]
    assert all(len(f) for f in found), [len(f) for f in found]
    total = hashlib.blake2b(digest_size=16)
    for array in found:
        total.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    import sys

    made = main(int(sys.argv[1]))
    if sim.rank() == 0:
        print(sim.num_processes(), made)
