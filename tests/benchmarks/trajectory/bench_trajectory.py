"""An exploration of a trivial model, 1,000 floats and their mean a run: ours, and pypet's where it is installed.

    python tests/benchmarks/trajectory/bench_trajectory.py                          # all of results.json but pypet, two minutes
        [--runs 1000 10000] [--ways …] [--repeat 3] [--folder DIR] [--peer PYTHON] [--out results.json]

Each phase runs in a process of its own. Prints one JSON line per way to run. `ms_a_run` is the wall time of the
exploration, with storing and folding and without the model alone, over the runs; `cpu_ms_a_run` the same in processor
time of all processes, which other work on the machine changes less; skeleton, scalar and trace are seconds to load the
skeleton, one scalar of all runs and one trace of all runs; ratio is bytes on disk over bytes of values; load: how many
processes wanted a core. --repeat: the best of so many. --peer PYTHON: an interpreter (3.12 or newer) that has pypet
0.7; it runs the same model in the same minutes, once. --out: lines of the same way and number of runs are replaced.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402

WAYS = {  # name: workers, commit
    "run, 2 processes": (2, "run"),
    "run, 1 process": (1, "run"),
    "disk, 2 processes": (2, "disk"),
    "disk, 1 process": (1, "disk"),
    "batch, 2 processes": (2, "batch"),
    "batch, 1 process": (1, "batch"),
}

ALL = ((1000, list(WAYS), 5), (10000, ["run, 2 processes", "batch, 2 processes", "disk, 2 processes"], 3),
       (100000, ["batch, 2 processes"], 1))  # runs, ways, repeated so often
RESULTS = Path(__file__).with_name("results.json")
TARGETS = {  # way, runs, what: at most
    ("batch, 2 processes", 1000, "ms_a_run"): 0.1, ("batch, 2 processes", 10000, "ms_a_run"): 0.1,
    ("batch, 2 processes", 100000, "ms_a_run"): 0.1, ("disk, 2 processes", 1000, "ms_a_run"): 1.0,
    ("batch, 2 processes", 10000, "skeleton"): 0.1, ("batch, 2 processes", 10000, "scalar"): 0.05,
    ("batch, 2 processes", 10000, "trace"): 0.5, ("batch, 2 processes", 1000, "merge_s"): 0.1,
    ("batch, 2 processes", 10000, "ratio"): 1.1}


def model(run):
    trace = np.sin(np.arange(1000) * (1e-3 * (run.x + 1)))
    run.f_add_result("trace", trace, comment="1,000 samples")
    run.f_add_result("mean", float(trace.mean()), comment="a scalar")


def explored(path, name, values):
    from simcore.trajectory import Trajectory

    traj = Trajectory(name, add_time=False, filename=path)
    traj.f_add_parameter("x", 0, comment="swept")
    traj.f_add_parameter("y", 1.5, comment="fixed")
    traj.f_explore({"x": values})
    return traj


def phase_run(path, n, workers, commit):
    traj = explored(path, "sweep", list(range(n)))
    start, cpu = time.perf_counter(), time.process_time()
    traj.run(model, n_workers=workers, commit=commit)
    seconds = time.perf_counter() - start
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"run_s": seconds, "cpu_s": time.process_time() - cpu + children.ru_utime + children.ru_stime,
            "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def phase_read(path, n):
    import xarray

    xarray.DataArray([0.0], {"run": [0]}, ["run"])  # what it imports when first used is not loading

    from simcore.trajectory import Trajectory

    traj = Trajectory("sweep", add_time=False, filename=path)
    t0 = time.perf_counter()
    traj.f_load()
    t1 = time.perf_counter()
    mean = traj.f_get_from_runs("mean", fast_access=True, use_indices=True)
    t2 = time.perf_counter()
    labelled = traj.results["mean"]
    t3 = time.perf_counter()
    trace = traj.f_get_from_runs("trace", fast_access=True, use_indices=True)
    t4 = time.perf_counter()
    array = traj.results["trace"]
    t5 = time.perf_counter()
    for i in (0, n // 3, n - 1):
        expected = np.sin(np.arange(1000) * (1e-3 * (i + 1)))
        assert np.array_equal(trace[i], expected) and np.array_equal(array[i], expected)
        assert mean[i] == expected.mean() == labelled[i]
    return {"skeleton": t1 - t0, "scalar": t2 - t1, "scalar_labelled": t3 - t2, "trace": t4 - t3, "trace_labelled": t5 - t4}


def phase_expand(path, n):
    from simcore.trajectory import Trajectory

    traj = Trajectory("sweep", add_time=False, filename=path)
    traj.f_load()
    traj.f_expand({"x": list(range(n, n + 100))})
    start = time.perf_counter()
    traj.run(model, n_workers=1)
    return {"expand_by_100_s": time.perf_counter() - start}


def phase_merge(path, n):
    folder = Path(path).parent
    other = explored(folder / "other.zarr", "other", list(range(n, 2 * n)))
    other.run(model, n_workers=2, commit="batch")
    from simcore.trajectory import Trajectory

    traj = Trajectory("sweep", add_time=False, filename=path)
    traj.f_load()
    start = time.perf_counter()
    traj.f_merge(other, remove_duplicates=True)
    seconds = time.perf_counter() - start
    assert len(traj) == 2 * n and traj.results["mean"].notnull().all()
    return {"merge_s": seconds}


PEER = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
import numpy as np, pypet
def model(traj):
    trace = np.sin(np.arange(1000) * (1e-3 * (traj.x + 1)))
    traj.f_add_result('trace', trace); traj.f_add_result('mean', float(trace.mean()))
n, path = int(sys.argv[1]), sys.argv[2]
start = time.perf_counter()
for x in range(n):
    np.sin(np.arange(1000) * (1e-3 * (x + 1))).mean()
alone = time.perf_counter() - start
env = pypet.Environment(trajectory='sweep', filename=path, add_time=False, log_config=None, log_stdout=False,
                        overwrite_file=True, git_repository=None)
traj = env.traj
traj.f_add_parameter('x', 0); traj.f_add_parameter('y', 1.5); traj.f_explore({'x': list(range(n))})
c0 = time.process_time(); t0 = time.perf_counter(); env.run(model); t1 = time.perf_counter(); c1 = time.process_time()
traj = pypet.Trajectory('sweep', add_time=False, filename=path)
t2 = time.perf_counter(); traj.f_load(name='sweep', load_results=1); t3 = time.perf_counter()
found = traj.f_get_from_runs('mean'); traj.f_load_items(list(found.values())); t4 = time.perf_counter()
found = traj.f_get_from_runs('trace'); traj.f_load_items(list(found.values())); t5 = time.perf_counter()
import os
print('RESULT', json.dumps(dict(run_s=t1 - t0, cpu_s=c1 - c0, ms_a_run=(t1 - t0 - alone) / n * 1e3,
    cpu_ms_a_run=(c1 - c0 - alone) / n * 1e3, ratio=os.path.getsize(path) / (n * 8008), skeleton=t3 - t2, scalar=t4 - t3,
    trace=t5 - t4, version=pypet.__version__)))
"""


def measure(folder, n, way, alone):
    workers, commit = WAYS[way]
    path = Path(folder) / "sweep.zarr"
    for old in Path(folder).glob("*.zarr"):
        shutil.rmtree(old)
    result = {"way": way, "runs": n, **phase("run", path, n, workers, commit)}
    result["ms_a_run"] = (result["run_s"] - alone / workers) / n * 1e3
    result["cpu_ms_a_run"] = (result["cpu_s"] - alone) / n * 1e3
    sizes = [file.stat().st_size for file in path.rglob("*") if file.is_file()]
    result |= {"files": len(sizes), "ratio": sum(sizes) / (n * 8008), **phase("read", path, n)}
    if way == "run, 2 processes":
        result |= phase("expand", path, n)
    if n <= 1000 and way == "batch, 2 processes":
        result |= phase("merge", path, n)
    return result


def phase(name, path, *args):
    command = [sys.executable, __file__, "--phase", name, str(path), *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="*")
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS))
    parser.add_argument("--folder", type=Path, default=Path("/tmp/bench-trajectory"))
    parser.add_argument("--peer")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    out = options.out or (None if options.runs else RESULTS)
    options.folder.mkdir(parents=True, exist_ok=True)
    for n, ways, repeat in [(n, options.ways, options.repeat) for n in options.runs or ()] or ALL:
        start = time.perf_counter()
        for x in range(n):
            np.sin(np.arange(1000) * (1e-3 * (x + 1))).mean()
        alone = time.perf_counter() - start
        for way in ways:
            tell(best([measure(options.folder, n, way, alone) for _ in range(repeat)]), out)
        if options.peer:
            tell(peer(options.peer, n, options.folder), out)
    shutil.rmtree(options.folder)
    if out:
        judge(out)


def peer(python, n, folder):
    """The same by pypet."""
    command = [python, "-c", PEER, str(n), str(folder / "sweep.hdf5")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return {"way": "pypet", "runs": n, **json.loads(line[7:])}


def best(results):
    """The smallest of every number; they were measured one after the other."""
    return {k: min(r[k] for r in results) if isinstance(v, float) else v for k, v in results[0].items()}


def tell(found, out):
    """Print a line, and put it into the file, in the place of an older one."""
    found = {k: round(v, 4) if isinstance(v, float) else v for k, v in found.items()}
    found |= {"load": round(os.getloadavg()[0], 1), "cores": os.cpu_count(), "machine": platform.machine()}
    print(json.dumps(found), flush=True)
    if out:
        lines = {(one["runs"], one["way"]): one for one in (*known(out), found)}
        text = ",\n".join(json.dumps(lines[key]) for key in sorted(lines))
        out.write_text(f"[\n{text}\n]\n")


def known(out):
    return json.loads(out.read_text()) if out.exists() else []


def judge(out):
    """Print what was to be reached, and how many times pypet's number ours is."""
    lines = {(one["way"], one["runs"]): one for one in known(out)}
    for (way, n, what), limit in TARGETS.items():
        value = lines.get((way, n), {}).get(what)
        theirs = lines.get(("pypet", n), {}).get(what)
        if value is not None:
            than = f", pypet {theirs} ({theirs / max(value, 1e-9):.0f} x)" if theirs else ""
            print(f"{n:6d} runs, {way}, {what}: {value} of {limit} at most{'' if value <= limit else ': TOO MUCH'}{than}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--phase"]:
        name, path, *numbers = sys.argv[2:]
        print(json.dumps(globals()[f"phase_{name}"](path, *(int(v) if v.isdigit() else v for v in numbers))))
    else:
        main()
