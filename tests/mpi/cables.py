"""A network of detailed cells of several shapes, with synapses of all kinds, clamps and given spikes; run it on any number of ranks.

    python cables.py DURATION ASSIGNMENT [FOLDER]       (a load balance mode, or one of `assignments`; where recordings spill)
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from simcore.engine import cable_recorder
from simcore.engine.balance import MODES
from simcore.engine.cable_costs import assign
from simcore.engine.cable_network import CableNetwork
from simcore.engine.cable_simulation import CableSimulation
from simcore.engine.spill import spilling
from simcore.models.clamps import PlayedConductance, PlayedCurrent
from simcore.models.mechanisms import POINT_PROCESSES
from simcore.morphology.attachments import add_receptor, attach, attach_clamp
from simcore.morphology.sections import Section

N = 13
RECORD = {"traces": [{"variable": "v", "interval": 0.1}, {"variable": "v", "section": "all", "x": "all", "interval": 0.5},
                     {"variable": "m_hh", "cells": [0, 5, 11]}]}


def cell(gid):
    """A soma and 1 to 3 dendrites, the last one forked; lengths differ from cell to cell."""
    soma = Section(f"soma{gid}", L=20.0, diam=20.0).insert("hh")
    trunks = [Section(f"d{gid}_{k}", L=80.0 + 7.0 * gid + 11.0 * k, diam=2.0, nseg=3 + gid % 2).insert("pas").connect(soma, (1.0, 0.0, 0.5)[k])
              for k in range(1 + gid % 3)]
    for k in range(2):
        Section(f"t{gid}_{k}", L=60.0 + 5.0 * k, diam=1.0, nseg=2).insert("pas").connect(trunks[-1], 1.0)
    return soma


def network():
    """The network; every rank can describe all of it."""
    net = CableNetwork()
    rng = np.random.default_rng(5)
    cells = [cell(g) for g in range(N)]
    receptors = []
    for gid, root in enumerate(cells):
        net.add(root, gid=gid, threshold=-10.0)
        sections = root.subtree()
        own = []
        for name, values in (("ExpSyn", {"tau": 2.0}), ("Exp2Syn", {"tau1": 0.5, "tau2": 3.0, "e": -5.0}), ("ExpSyn", {"tau": 1.0 + gid})):
            for x in (0.3, 0.7, 0.3):
                own.append(add_receptor(sections[-1](x), POINT_PROCESSES[name], values))
        add_receptor(sections[1](0.5), POINT_PROCESSES["AlphaSynapse"], {"onset": 3.0 + gid, "tau": 1.0, "gmax": 0.01})
        receptors.append(own)
    for gid in range(N):
        for k, receptor in enumerate(receptors[gid]):
            net.connect(int(rng.integers(N)), receptor, weight=float(rng.uniform(0.002, 0.02)), delay=float(rng.uniform(0.6, 4.0)))
            if k == 0:
                net.stimulate(receptor, rng.uniform(0.0, 25.0, 5), weight=0.02)
    for gid in (2, 5):                                  # spikes of a dendrite, which go their own way
        net.connect(net.watch(gid, cells[gid].children[-1], 0.5, threshold=-40.0), receptors[11 - gid][1], weight=0.02, delay=1.3)
    attach_clamp(cells[2], 0.5, delay=2.013, duration=6.0, amplitude=0.4)
    attach(cells[7], 0.5, PlayedCurrent(np.array([1.0, 9.0, 20.0]), np.array([0.0, 0.5, 0.0])))
    attach(cells[3].children[0], 1.0, PlayedConductance(np.array([1.0, 4.0, 20.0]), np.array([0.0, 0.02, 0.0]), 0.0))
    return net


def record(net):
    """What is recorded: RECORD, and the current of a receptor that one rank has."""
    return {"traces": [*RECORD["traces"], {"variable": "i", "receptor": net.cells[4].root.subtree()[-1].receptors[3]}]}


def simulation(net=None, comm=None, ranks=None):
    """Of the network, with all that is recorded."""
    net = net or network()
    return CableSimulation(net, dt=0.05, record=record(net), comm=comm, ranks=ranks)


def digest(recording):
    """Of every bit that a run leaves behind."""
    found = hashlib.blake2b(digest_size=12)
    for array in (recording.spikes.step, recording.spikes.gid, *recording.results.values(), *(x for t in recording.traces for x in (t.cells, t.sections, t.positions, t.values))):
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def spilling_simulation(folder, net=None, comm=None, ranks=None):
    """One that keeps 1,000 bytes of its recordings in memory, and makes traces of a few samples at a time."""
    cable_recorder.AT_ONCE = 5000
    with spilling(folder, 1000):
        return simulation(net, comm, ranks)


def in_files(recording):
    """Is all of it read from files?"""
    watched = (recording.results[f"watched_spike_{name}"] for name in ("time", "place"))
    arrays = (recording.spikes.step, recording.spikes.gid, *watched, *(t.values for t in recording.traces))
    return all(type(a.base).__name__ == "mmap" for a in arrays)


def assignments(size):
    """Ways to distribute cells over ranks."""
    gids = np.arange(N)
    return {"blocks": gids * size // N, "reversed": (N - 1 - gids) % size, "half": np.minimum(gids // 9, size - 1)}


def main():
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    net, mode = network(), sys.argv[2]
    ranks = assign([cell.root for cell in net.cells.values()], comm.size, mode) if mode in MODES else assignments(comm.size)[mode]
    made = spilling_simulation(Path(sys.argv[3]), net, comm, ranks) if len(sys.argv) > 3 else simulation(net, comm, ranks)
    made.run(float(sys.argv[1]))
    recording = made.recording()
    if comm.rank == 0:
        print(comm.size, recording.spikes.step.size, digest(recording), *(["in files"] if in_files(recording) else []))


if __name__ == "__main__":
    main()
