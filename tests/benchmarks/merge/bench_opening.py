"""Time of opening a merged trajectory with xarray, and of one number of all runs; next to what xarray writes itself.

    python tests/benchmarks/merge/bench_opening.py TRAJECTORY.zarr [--repeat 7]

Prints JSON lines, wall and processor time [ms]: `first` is in a fresh process, where xarray imports zarr, dask, pint and
scipy when it first opens, loads and sums; then the best of so many. `as xarray writes it`: the same tree after
`open_datatree(…).load().to_zarr(…)`, which is the least that xarray needs for such a tree.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path


def timed(function, n: int, before=lambda: None) -> dict:
    """Best wall and processor time [ms] of n calls function(before())."""
    found = []
    for _ in range(n):
        argument = before()
        wall, cpu = time.perf_counter(), time.process_time()
        function(argument)
        found.append((1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)))
    return {"ms": round(min(w for w, _ in found), 1), "cpu_ms": round(min(c for _, c in found), 1)}


def read(path: Path, n: int) -> dict:
    """Times of opening, of one number of all runs, of one of all runs and cells summed; nothing is kept in memory."""
    import xarray as xr

    def opened(_=None):
        return xr.open_datatree(path, engine="zarr")

    found = {"open": timed(opened, n)}
    tree = opened()
    name = next(str(name) for name, v in tree["runs"].data_vars.items() if v.dims == ("run",) and v.dtype.kind == "f")
    found["one number of all runs"] = timed(lambda tree: tree["runs"][name].values, n, opened)
    if "spikes" in tree.children:
        found["spikes of all runs, summed over cells"] = timed(lambda tree: tree["spikes"].n_spikes.sum("cell").values, n, opened)
    return found


def main() -> None:
    """Measure both, in processes of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trajectory", type=Path)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        print(json.dumps({"first": read(options.trajectory, 1), "best": read(options.trajectory, options.repeat)}))
        return
    import xarray as xr

    warnings.filterwarnings("ignore", message="Consolidated metadata")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.zarr")
        tree = xr.open_datatree(options.trajectory, engine="zarr").load()
        for node in tree.subtree:
            for variable in node.variables.values():
                variable.encoding.clear()
        tree.to_zarr(copy, zarr_format=3)
        for what, path in (("ours", options.trajectory), ("as xarray writes it", copy)):
            done = subprocess.run([sys.executable, __file__, path, "--once", "--repeat", str(options.repeat)],
                                  capture_output=True, text=True, check=True)
            print(json.dumps({"what": what, "runs": tree.sizes["run"], **json.loads(done.stdout.splitlines()[-1])}), flush=True)


if __name__ == "__main__":
    main()
