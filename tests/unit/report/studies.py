"""A small study with everything that a report is made of, by the real writer, merge, derivation and tracing."""

import json
from types import SimpleNamespace

import numpy as np

from simcore.analysis.derivation import derive
from simcore.provenance.trace import trace
from tests.unit.analysis.made import poisson_trains, recording, trajectory

CLEAN = {"sha": "c0ffee" * 6 + "c0ff", "branch": "main", "remote": None, "dirty": False, "changed": [], "n_changed": 0,
         "untracked": {}, "n_untracked": 0, "diff": "", "diff_digest": None, "diff_bytes": 0}
DIRTY = {**CLEAN, "dirty": True, "changed": ["a.py"], "n_changed": 1, "diff": "--- a.py\n+++ a.py <b>\n",
         "diff_digest": "d1ff" * 16, "diff_bytes": 20, "untracked": {"new.py": "ab" * 32, "gone": None}, "n_untracked": 2}
NO_GIT = {"sha": None, "reason": "no git repository"}


def record(run, project):
    """A record of a run, with what tracing reads of it."""
    return {
        "point": {"run_id": f"{run:012x}", "digest": f"{run:064x}", "seed": 1, "trial": run % 2},
        "code": {"version": "0", "project": project, "model": None, "model_name": "m", "source_digest": "50" * 32},
        "environment": {"python": "3.11.7", "implementation": "CPython", "os": "Linux", "cpu": "a <cpu>", "cores": 2,
                        "lock_digest": None, "digest": "e7" * 32, "packages": {"numpy": "2.0"}},
        "host": {"name": "host"},
        "process": {"command": ["x"], "started": "2026-01-01T00:00:00+00:00", "ended": "2026-01-01T00:00:01+00:00",
                    "wall_s": 1.5 + run, "cpu_s": 1.0, "peak_memory_MB": 123.4, "ranks": 1, "statistics": {}},
    }


def study(folder, *, project=CLEAN, report=None, gs=(3.0, 5.0), etas=(0.9, 2.0), trials=2, quantities=None,
          duration=400.0):
    """Paths of the files of a study over g, eta and trial, and its experiment."""
    rng, recordings, explored = np.random.default_rng(1), [], []
    for g in gs:
        for eta in etas:
            for trial in range(trials):
                trains = {name: poisson_trains(rng, n, 10 * eta, duration) for name, n in (("exc", 12), ("inh", 4))}
                recordings.append(recording(trains, duration=duration))
                explored.append({"g": g, "eta": eta, "trial": trial})
    axes = tuple(SimpleNamespace(name=name, units=units, values=tuple(dict.fromkeys(e[name] for e in explored)))
                 for name, units in (("g", ""), ("eta", "mV"), ("trial", "")))
    records = [record(run, project) for run in range(len(recordings))]
    path = trajectory(folder, recordings, explored, axes=axes, records=records)
    derive(path, folder / "quantities.zarr", quantities)
    trace(folder)
    experiment = SimpleNamespace(name=folder.name, description="A <script>alert(1)</script> & study", model="my.model",
                                 source="params/x.yaml", report=report or {}, axes=axes)
    (folder / "scores.json").write_text(json.dumps({"scores": SCORES}))
    return SimpleNamespace(trajectory=path, quantities=folder / "quantities.zarr", scores=folder / "scores.json",
                           provenance=folder / "provenance.json", experiment=experiment, out=folder / "report.html",
                           explored=explored)


SCORES = [
    {"model": "g=3, eta=0.9 mV", "test": "rate", "score": -0.4, "norm": 0.7, "type": "ZScore", "text": "Z = -0.4",
     "observation": {"mean": 9.5, "std": 1.0, "units": "Hz"}, "prediction": {"value": [9.1, 9.2]}, "passed": True,
     "description": "close", "runs": ["000000000000", "000000000001"], "class": "my.RateTest", "params": {"a": 1},
     "source_digest": "7e57" * 16},
    {"model": "g=5, eta=2 mV", "test": "regime <AI>", "score": False, "norm": 0.0, "type": "BooleanScore",
     "text": "Fail", "observation": None, "prediction": None, "passed": False, "runs": ["000000000006"]},
    {"model": "g=5, eta=2 mV", "test": "rate", "score": None, "norm": None, "type": "NAScore", "text": "N/A",
     "observation": 3, "prediction": None, "description": "", "runs": []},
]
