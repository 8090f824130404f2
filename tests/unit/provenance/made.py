"""A study as far as provenance needs one: runs with records, and their trajectory."""

import json
from types import SimpleNamespace

from simcore.provenance import record
from simcore.store.writer import write_run
from simcore.trajectory.merge import merge
from tests.unit.provenance.points import FakePoint
from tests.unit.store.recordings import make_recording


class Study:
    """Runs and trajectory in a folder; changes: entries of the records, as code__source_digest="…"."""

    def __init__(self, folder, parameters=({"g": 4.0}, {"g": 5.0}), **changes):
        self.points = {point.run_id: point for point in map(FakePoint, parameters)}
        self.folder = folder
        for i, point in enumerate(self.points.values()):
            found = record.collect(point, record.Start())
            found = json.loads(json.dumps(found))
            for path, value in changes.items():
                *above, last = path.split("__")
                inner = found
                for name in above:
                    inner = inner[name]
                inner[last] = value
            write_run(self.store(point), make_recording(i), point, found)
        merge({run_id: self.store(point) for run_id, point in self.points.items()}, self.points,
              folder / "trajectory.zarr", SimpleNamespace(name="s", axes=()))
        self.trajectory = folder / "trajectory.zarr"

    def store(self, point):
        return self.folder / "runs" / f"{point.run_id}.zarr.zip"

    def stores(self):
        return [self.store(point) for point in self.points.values()]
