"""Recordings for the tests of store, trajectory and provenance."""

import numpy as np

from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace


def make_recording(seed=0, n_cells=20, n_times=50, n_spikes=200, *, dt=0.1, interval=1.0, results=None):
    """A recording of two populations, with spikes of all cells and traces of the first."""
    rng = np.random.default_rng(seed)
    step, gid = rng.integers(0, 10 * n_times, n_spikes), rng.integers(0, n_cells, n_spikes).astype("i4")
    order = np.lexsort((gid, step))
    n_exc = n_cells - n_cells // 5
    exc = np.arange(n_exc, dtype="i4")
    v = -65 + np.cumsum(rng.standard_normal((n_times, n_exc)) * 0.1, axis=0)
    populations = (PopulationInfo("exc", 0, n_exc, "IF"), PopulationInfo("inh", n_exc, n_cells - n_exc, "IF"))
    return Recording(dt, n_times * interval, populations,
                     SpikeRecord(step[order], gid[order], np.arange(n_cells, dtype="i4")),
                     (Trace("exc", "v", "mV", "membrane potential", exc, interval, interval, v),),
                     {"answer": np.float64(42.5)} if results is None else results)


def naive_spikes(spikes, dt):
    """Spike times [ms] of each recorded cell, the obvious way."""
    return [[(k + 1) * dt for k, g in sorted(zip(spikes.step, spikes.gid, strict=True)) if g == gid]
            for gid in spikes.cells]
