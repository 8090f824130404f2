"""What the workflow costs a short run: 100 cells for 100 ms, one Snakemake job each, on 2 cores.

    python tests/benchmarks/workflow/bench_short_points.py [--runs 1000]

Prints wall time a run, from the start of Snakemake to the merged trajectory, with warm workers (and, for a tenth of
the runs, with a process for each). The target is 40 ms, the limit 60 ms of wall time a run on an idle machine of 2 cores.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]


def measure(folder: Path, n: int, launch: str) -> dict:
    """Wall and CPU time of n runs and their merging."""
    values = f"linspace(3, 8, {n // 25})"
    command = [sys.executable, "-m", "snakemake", f"results/{launch}/trajectory.json", "--cores", "2", "--quiet", "all",
               "-s", ROOT / "Snakefile", "--configfile", ROOT / "params/short_points.yaml",
               "--config", f"name={launch}", f"launch={launch}", f'parameters={{g: "{values}"}}']
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {"runs": n, "wall_ms": round(1e3 * (time.perf_counter() - began) / n, 1)}


def main() -> None:
    """Measure both ways and print one line of json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000, help="number of runs, a multiple of 25")
    n = parser.parse_args().runs // 25 * 25
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), 25, "warm")               # fills the cache of compiled code
    found = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    for launch, share in (("warm", 1), ("process", 10)):
        with tempfile.TemporaryDirectory() as folder:
            found[launch] = measure(Path(folder), max(25, n // share // 25 * 25), launch)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
