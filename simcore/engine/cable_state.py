"""The whole state of detailed cells at the beginning of a step, and how a run goes on from it, bit for bit.

A state does not know of blocks or ranks: it holds one vector a cell (v by node, states of mechanisms, states of
receptors, whether v is above the threshold of each detector) and the spikes that are still on their way. So it can be
restored on any number of ranks and into blocks of any width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.engine.cable_block import Block
from simcore.errors import StoreError

if TYPE_CHECKING:
    from simcore.engine.cable_simulation import CableSimulation

VERSION = 1


def state_of(simulation: CableSimulation) -> dict[str, np.ndarray] | None:
    """The state as named arrays on rank 0 (None elsewhere); collective.

    version, step: numbers; dt [ms]; scheme; gid: (n,) cells; size: (n,) length of each one's vector; values: those vectors
    end to end, float64; spike_step, spike_gid: spikes that connections still carry.
    """
    own = {}
    for block in simulation.blocks:
        for lane, p in enumerate(block.plans):
            own[p.cell.gid] = np.append(block.pool[_indices(block, lane)], block.above[_detectors(block, lane)])
    parts = simulation.comm.gather(own) if simulation.comm else [own]
    if parts is None:
        return None
    cells = {gid: vector for part in parts for gid, vector in part.items()}
    gids = sorted(cells)
    steps, spikes = simulation.log.since(simulation.log.first_step)
    return {"version": np.int64(VERSION), "step": np.int64(simulation.step), "dt": np.float64(simulation.dt),
            "scheme": np.array(simulation.scheme), "gid": np.array(gids, dtype=np.int64),
            "size": np.array([cells[g].size for g in gids], dtype=np.int64),
            "values": np.concatenate([np.empty(0), *(cells[g] for g in gids)]), "spike_step": steps, "spike_gid": spikes}


def restore(simulation: CableSimulation, state: dict[str, np.ndarray]) -> None:
    """Put a simulation of the same network into a state; every rank gets the whole state.

    Raises StoreError when the state is of another version, dt, scheme or network.
    """
    if int(state["version"]) != VERSION:
        raise StoreError(f"a state must be of version {VERSION}, got {int(state['version'])}", name="version")
    for name, mine in (("dt", simulation.dt), ("scheme", simulation.scheme)):
        if state[name].item() != mine:
            raise StoreError(f"the state was saved with {name} = {state[name].item()!r}, this run has {mine!r}", name=name,
                             got=state[name].item(), valid=mine)
    ends = np.cumsum(state["size"])
    place = {int(g): slice(int(e - n), int(e)) for g, n, e in zip(state["gid"], state["size"], ends, strict=True)}
    for block in simulation.blocks:
        for lane, p in enumerate(block.plans):
            where, at = place.get(p.cell.gid), _indices(block, lane)
            size = at.size + len(p.detectors)
            if where is None or where.stop - where.start != size:
                raise StoreError(f"the state is of another network: cell {p.cell.gid} has {size} values here",
                                 name="size", got=None if where is None else where.stop - where.start)
            vector = state["values"][where]
            block.pool[at] = vector[:at.size]
            block.above[_detectors(block, lane)] = vector[at.size:] > 0.0
    _restore_spikes(simulation, state)


def _restore_spikes(simulation: CableSimulation, state: dict[str, np.ndarray]) -> None:
    step = int(state["step"])
    first = int(state["spike_step"][0]) if state["spike_step"].size else step
    simulation.begin(step, first)
    simulation.log.add(state["spike_step"], state["spike_gid"], step - first)
    simulation.recorder.forget(step)


def _indices(block: Block, lane: int) -> np.ndarray:
    """Where the states of one cell lie in the pool, in an order that is the cell's own."""
    p = block.plans[lane]
    indices = [block.index_nodes(lane)]
    indices += [block.index_states(layer, lane).ravel() for layer in p.layers]
    return np.concatenate([*indices, block.sites.of_cell(lane)])


def _detectors(block: Block, lane: int) -> slice:
    """The detectors of one cell among those of its block."""
    return slice(*block.detector_begin[lane:lane + 2].tolist())
