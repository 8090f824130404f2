#!/usr/bin/env python3
"""Every spike of the first 100 ms of CUBA in NEST, where nothing is random: one fixed set of pairs and initial potentials.

    pip install -r envs/peers.txt                            # or only nest-simulator
    python tests/peers/spiking/cuba_spikes_nest.py           # writes cuba_spikes_nest.npz

Benchmark 2 of Brette et al. (2007), J Comput Neurosci 23:349, without input: its cells rest above threshold.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

N_EXC, N_INH, P, DT, DELAY, STOP = 3200, 800, 0.02, 0.1, 0.1, 100.0
W_EXC, W_INH = 16.2, -90.0                      # pA
CELL = {"C_m": 200.0, "tau_m": 20.0, "E_L": -49.0, "V_th": -50.0, "V_reset": -60.0, "t_ref": 5.0, "tau_syn_ex": 5.0,
        "tau_syn_in": 10.0}


def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """pre, post (n,) of all pairs, ordered; initial potentials (4000,) mV."""
    rng = np.random.Generator(np.random.PCG64(20261121))
    n = N_EXC + N_INH
    pre, post = np.nonzero((rng.random((n, n)) < P) & ~np.eye(n, dtype=bool))
    return pre, post, -60.0 + 10.0 * rng.random(n)


def main() -> None:
    """Simulate, and store steps and cells."""
    import nest

    nest.ResetKernel()
    nest.set(resolution=DT, local_num_threads=1)
    cells = nest.Create("iaf_psc_exp", N_EXC + N_INH, CELL)
    pre, post, v = drawn()
    cells.V_m = v
    nest.Connect(pre + 1, post + 1, "one_to_one", {"synapse_model": "static_synapse", "delay": np.full(pre.size, DELAY),
                                                 "weight": np.where(pre < N_EXC, W_EXC, W_INH)})
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    nest.Simulate(STOP)
    step, cell = np.rint(recorder.events["times"] / DT).astype(np.int32), recorder.events["senders"] - 1
    order = np.lexsort((cell, step))
    np.savez_compressed(Path(__file__).with_suffix(".npz"), step=step[order], cell=cell[order].astype(np.int16),
                        nest=nest.__version__)


if __name__ == "__main__":
    main()
