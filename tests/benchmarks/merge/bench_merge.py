"""Time of merging run stores, next to xarray's open_mfdataset → to_zarr in the same minute.

    python tests/benchmarks/merge/bench_merge.py [--runs 1000] [--folder DIR] [--peer]

Each store has 100 cells x 1,000 samples and 5,000 spikes. Each way runs in a process of its own, so that its
peak memory is its own. Prints one JSON line per way: seconds, CPU seconds, peak memory [MB], files and MB
written.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def make(folder: Path, n_runs: int) -> None:
    """Stores 0 … n_runs - 1 as a simulation would write them; time a store costs."""
    from simcore.engine.recording import PopulationInfo, Recording, SpikeRecord, Trace
    from simcore.store.writer import write_run

    cells, populations = (
        np.arange(100, dtype="i4"),
        (PopulationInfo("exc", 0, 80, "IF"), PopulationInfo("inh", 80, 20, "IF")),
    )
    record = {
        "code": {"project": {"sha": "0" * 40, "dirty": False}},
        "process": {"wall_s": 1.0, "started": "2026-01-01"},
        "environment": {"digest": "1" * 64, "packages": {f"package{i}": "1.2.3" for i in range(60)}},
    }
    cpu = wall = 0.0
    for i in range(n_runs):
        rng = np.random.default_rng(i)
        step, gid = np.sort(rng.integers(0, 10_000, 5000)), rng.integers(0, 100, 5000).astype("i4")
        v = -65 + np.cumsum(rng.standard_normal((1000, 100)) * 0.1, axis=0)
        recording = Recording(
            0.1,
            1000.0,
            populations,
            SpikeRecord(step, gid, cells),
            (Trace("exc", "v", "mV", "membrane potential", cells, 1.0, 1.0, v),),
            {"rate": np.float64(i)},
        )
        wall, cpu = wall - time.perf_counter(), cpu - time.process_time()
        write_run(folder / f"{i:012x}.zarr.zip", recording, {"parameters": {"g": float(i)}, "seed": i}, record)
        wall, cpu = wall + time.perf_counter(), cpu + time.process_time()
    print(
        json.dumps(
            {"way": "write one store", "ms": round(1e3 * wall / n_runs, 2), "cpu_ms": round(1e3 * cpu / n_runs, 2)}
        )
    )


def merge(paths: list[Path], out: Path) -> None:
    """Our way."""
    from simcore.trajectory.merge import merge

    points = {path.name.split(".")[0]: SimpleNamespace(explored={"g": float(i)}) for i, path in enumerate(paths)}
    axes = (SimpleNamespace(name="g", units="", values=tuple(float(i) for i in range(len(paths)))),)
    experiment = SimpleNamespace(name="bench", description="", model="none", axes=axes, config={})
    merge(dict(zip(points, paths, strict=True)), points, out, experiment)


def mfdataset(paths: list[Path], out: Path) -> None:
    """As most people write it; without spikes, since ragged dimensions do not combine."""
    import xarray as xr
    from zarr.storage import ZipStore

    stores = [ZipStore(path, mode="r") for path in paths]
    ds = xr.open_mfdataset(
        stores,
        engine="zarr",
        group="traces/exc",
        combine="nested",
        concat_dim="run",
        consolidated=False,
        coords="minimal",
        compat="override",
        join="override",
        data_vars="all",
    )
    for variable in ds.variables.values():
        variable.encoding.clear()
    ds.to_zarr(out, mode="w", zarr_format=3, consolidated=False)


WAYS = {"merge": merge, "open_mfdataset": mfdataset}


def run(way: str, runs: Path, out: Path) -> None:
    """One way in this process."""
    paths = sorted(runs.glob("*.zarr.zip"))
    shutil.rmtree(out, ignore_errors=True)
    wall, cpu = time.perf_counter(), time.process_time()
    WAYS[way](paths, out)
    files = [f for f in out.rglob("*") if f.is_file()]
    print(
        json.dumps(
            {
                "way": way,
                "runs": len(paths),
                "s": round(time.perf_counter() - wall, 2),
                "cpu_s": round(time.process_time() - cpu, 2),
                "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "files": len(files),
                "MB": round(sum(f.stat().st_size for f in files) / 1e6),
            }
        )
    )


def main() -> None:
    """Make the stores, then each way in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=Path("results/bench_merge"))
    parser.add_argument("--peer", action="store_true", help="time open_mfdataset too")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    runs, out = args.folder / "runs", args.folder / "trajectory.zarr"
    if args.way:
        run(args.way, runs, out)
        return
    if len(list(runs.glob("*.zarr.zip"))) != args.runs:
        shutil.rmtree(runs, ignore_errors=True)
        make(runs, args.runs)
    for way in WAYS if args.peer else ["merge"]:
        subprocess.run([sys.executable, __file__, "--folder", args.folder, "--way", way], check=True)


if __name__ == "__main__":
    main()
