"""Run as a program: the digests of a run that spills and of its store, and whether it is read from files."""

import hashlib
import sys
from pathlib import Path

from simcore.engine.simulation import run_network
from simcore.engine.spill import spilling
from simcore.store import spikes
from simcore.store.writer import write_run


def run(folder, held_bytes, comm):
    """Is it read from files, digest of the recording, digest of the store; None on ranks other than 0."""
    from tests.mpi.networks import RECORD, digest, everything

    with spilling(folder / "spill", held_bytes):
        result = run_network(everything(40), duration=40.0, dt=0.1, seed=3, comm=comm, record=RECORD)
    if result is None:
        return None
    write_run(folder / "a.zarr.zip", result, {}, {})
    mapped = all(type(a.base).__name__ == "mmap" for a in (result.spikes.gid, *(t.values for t in result.traces)))
    return mapped, digest(result), hashlib.sha256((folder / "a.zarr.zip").read_bytes()).hexdigest()


if __name__ == "__main__":
    from mpi4py import MPI

    sys.path.insert(0, str(Path(__file__).parents[2]))
    spikes.SORTED_AT_ONCE = 100
    made = run(Path(sys.argv[1]), int(sys.argv[2]), MPI.COMM_WORLD)
    if made:
        print(*made)
