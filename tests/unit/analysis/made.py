"""Spike trains of known statistics, and trajectories made of them by the real writer and the real merge."""

from types import SimpleNamespace

import numpy as np

from simcore.analysis import Activity
from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
from simcore.store.writer import write_run
from simcore.trajectory.merge import merge

DT = 0.1


def activity(trains, *, duration, dt=DT, start=0.0):
    """Activity of one population from spike times [ms] of each cell."""
    ticks = [np.rint(np.asarray(train) / dt).astype(np.int64) for train in trains]
    cell = np.repeat(np.arange(len(trains)), [len(t) for t in ticks])
    return Activity("exc", len(trains), np.concatenate([*ticks, np.zeros(0, np.int64)]), cell, dt, start, duration)


def poisson_trains(rng, n_cells, rate, duration, dt=DT):
    """Bernoulli process on the grid of dt (Poisson for small rate * dt): spike times [ms] of each cell."""
    fired = rng.random((n_cells, round(duration / dt))) < rate * dt * 1e-3
    return [(np.flatnonzero(row) + 1) * dt for row in fired]


def gamma_trains(rng, n_cells, shape, rate, duration):
    """Gamma renewal processes: spike times [ms] of each cell."""
    n = int(3 * rate * duration * 1e-3) + 50
    times = rng.gamma(shape, 1e3 / rate / shape, (n_cells, n)).cumsum(axis=1)
    return [row[(row > DT) & (row < duration)] for row in times]


def recording(trains_by_population, *, duration, dt=DT, v=None, results=None):
    """A Recording of populations laid one after the other; v: {population: (times, cells)} sampled every 1 ms."""
    first, populations, steps, gids = 0, [], [], []
    for name, trains in trains_by_population.items():
        populations.append(PopulationInfo(name, first, len(trains), "IF"))
        for i, train in enumerate(trains):
            steps.append(np.rint(np.asarray(train) / dt).astype(np.int64) - 1)
            gids.append(np.full(len(train), first + i, np.int32))
        first += len(trains)
    step, gid = np.concatenate([*steps, np.zeros(0, np.int64)]), np.concatenate([*gids, np.zeros(0, np.int32)])
    order = np.lexsort((gid, step))
    spikes = SpikeRecord(step[order], gid[order], np.arange(first, dtype=np.int32))
    traces = tuple(
        Trace(name, "v", "mV", "membrane potential", np.arange(values.shape[1], dtype=np.int32) + p.first_gid, 1.0, 1.0,
              values)
        for p in populations for name, values in (v or {}).items() if name == p.name)
    return Recording(dt, duration, tuple(populations), spikes if first else None, traces, results or {})


def trajectory(folder, recordings, explored, *, axes=(), records=None):
    """Write run stores and merge them; returns the path of trajectory.zarr. Run ids are 000000000000, 000000000001 …"""
    points, paths = {}, {}
    for i, (made, values) in enumerate(zip(recordings, explored, strict=True)):
        run_id = f"{i:012x}"
        fields = {"parameters": values, "seed": i}
        points[run_id] = SimpleNamespace(explored=values, run_id=run_id, to_dict=lambda fields=fields: fields)
        paths[run_id] = folder / f"runs/{run_id}.zarr.zip"
        write_run(paths[run_id], made, points[run_id], records[i] if records else {})
    experiment = SimpleNamespace(name="study", description="A study", model="m", config={"name": "study"}, axes=axes)
    merge(paths, points, folder / "trajectory.zarr", experiment)
    return folder / "trajectory.zarr"
