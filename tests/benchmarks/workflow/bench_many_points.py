"""What thousands of points cost the workflow: dry run, runs, merging, nothing to do, one more point, reading the results.

    python tests/benchmarks/workflow/bench_many_points.py [--points 1000 10000] [--folder FOLDER] [--batches 10 --parts 1]

Points are networks of 100 cells for 100 ms, one Snakemake job each, on 2 cores. A line of json for each step: wall and CPU
time of all its processes [s], the largest memory of Snakemake and of all its processes together [MB]. The same folder twice
goes on where the first call ended, and the command can be put under a lock step by step (--steps). --batches: the runs in
so many calls (`snakemake --batch`), of which the first --parts are made.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[3]
STEPS = ("dry run", "runs", "merge", "nothing to do", "one more point", "reading")
READING = """
import json, sys, time
import xarray as xr
began = time.perf_counter()
tree = xr.open_datatree(sys.argv[1], engine="zarr")
opened = time.perf_counter()
g = tree.g.values
count = tree["spikes/n_spikes"].sum("cell").values
scalars = time.perf_counter()
counts = tree["spikes/n_spikes"]
before = int(counts.isel(run=slice(0, 5000)).sum())
n = int(counts.isel(run=5000 if len(g) > 5000 else 0).sum())
times = tree["spikes/spike_time"].isel(spike=slice(before, before + n)).values
print(json.dumps({"open_s": round(opened - began, 3), "counts_of_all_runs_s": round(scalars - opened, 3),
                  "spikes_of_one_run_s": round(time.perf_counter() - scalars, 3)}))
"""


def study(folder: Path, n: int, *, more: bool = False) -> Path:
    """An experiment file of n values of g; more: with one more in the middle."""
    values = [round(3 + 5 * i / n, 6) for i in range(n)]
    if more:
        values.insert(n // 2, round(values[n // 2] - 2.5 / n, 7))
    text = (ROOT / "params/short_points.yaml").read_text()
    text = text.replace("name: short_points", f"name: points{n}").replace("linspace(3, 8, 40)", f"range({values})")
    file = folder / f"points{n}{'_more' if more else ''}.yaml"
    file.write_text(text.replace("linspace(0.8, 4, 25)", "2"))
    return file


def measure(command: list, folder: Path) -> dict:
    """Run a command; wall and CPU time of it and all that it starts, the largest memory, what it printed."""
    began, cpu, most, most_all = time.perf_counter(), {}, 0, 0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(list(map(str, command)), cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        root = psutil.Process(process.pid)
        while process.poll() is None:
            total = 0
            with suppress(psutil.Error):
                for one in (root, *root.children(recursive=True)):
                    with suppress(psutil.Error):
                        cpu[one.pid] = sum(one.cpu_times()[:2])
                        memory = one.memory_info().rss / 1e6
                        total, most = total + memory, max(most, memory if one is root else 0)
            most_all = max(most_all, total)
            time.sleep(0.2)
        wall = time.perf_counter() - began
        out.seek(0)
        said = out.read()
    if process.returncode:
        sys.exit(said[-3000:])
    return {"wall_s": round(wall, 1), "cpu_s": round(sum(cpu.values()), 1), "snakemake_mb": round(most),
            "all_mb": round(most_all), "said": said}


def snakemake(file: Path, target: str, *arguments: str) -> list:
    """The command line."""
    return [sys.executable, "-m", "snakemake", target, *arguments, "--cores", "2", "--quiet", "all", "-s", ROOT / "Snakefile",
            "--configfile", file]


def run_step(step: str, folder: Path, n: int, batch: list[str]) -> dict:
    """Measure one step of a study of n points."""
    results = Path(f"results/points{n}")
    merged, file = f"{results}/trajectory.json", study(folder, n, more=step == "one more point")
    if step == "reading":
        found = measure([sys.executable, "-c", READING, results / "trajectory.zarr"], folder)
        return found | json.loads(found["said"].splitlines()[-1])
    arguments = {"dry run": ["--dry-run"], "runs": ["--until", "simulate"]}.get(step, [])
    return measure(snakemake(file, merged, *arguments, *batch), folder)


def main() -> None:
    """Measure, and print lines of json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--folder", type=Path, help="where to work; kept")
    parser.add_argument("--batches", type=int, default=0)
    parser.add_argument("--parts", type=int, default=0, help="how many of the batches; 0: all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for n in given.points:
            for step in given.steps:
                batches = [[f"--batch=merge={i + 1}/{given.batches}"] for i in range(given.parts or given.batches)]
                for batch in batches or [[]]:
                    found = run_step(step, folder, n, batch)
                    found.pop("said")
                    load = round(os.getloadavg()[0], 1)
                    print(json.dumps({"points": n, "step": step, "batch": batch, **found, "load": load}), flush=True)


if __name__ == "__main__":
    main()
