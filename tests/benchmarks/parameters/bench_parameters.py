"""Spaces and sets of parameters, beside the PyPI package `parameters` (NeuroTools.parameters' successor) in one run.

    python tests/benchmarks/parameters/bench_parameters.py [--out tests/benchmarks/parameters/results.json] [--repeat 5]

The peer is taken from the environment that runs this: `pip install parameters==0.2.1` beside simcore, best in an environment
of its own. Each task is timed alternately here and there, the best of the repeats counts; memory is what the task allocates
at most. Exits with 1 if the peer is missing, or if a target is not met.
"""

import argparse
import importlib.metadata
import itertools
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import simcore.parameters as own

try:
    import parameters as peer
except ImportError:
    peer = None

TARGETS = {"iterate 1e5 points, 105 leaves": 25.0, "load 1,000 leaves": 1.0}


def space(package, leaves: int):
    """100,000 points of 10 x 100 x 100 values among so many leaves."""
    content = {"a": package.ParameterRange(list(range(10))), "b": package.ParameterRange(list(range(100))),
               "g": {"c": package.ParameterRange(list(range(100)))}, "fixed": 1.5, "name": "x"}
    content["g"].update({f"p{i}": float(i) for i in range(leaves - 5)})
    return package.ParameterSpace(content)


def walk(points) -> int:
    """Go through all points and use one value of each."""
    total = 0
    for point in points:
        total += point.a
    return total


def big(package):
    """A set of 1,000 leaves in 50 groups."""
    return package.ParameterSet({f"g{i}": {f"p{j}": float(i * 100 + j) for j in range(20)} for i in range(50)})


def tasks(package, folder: Path) -> dict:
    """What is timed: {name: function}; each gives something to compare."""
    small, wide, made = space(package, 5), space(package, 105), big(package)
    path = str(folder / f"{package.__name__}.param")
    made.save(path)
    return {
        "iterate 1e5 points, 5 leaves": lambda: walk(small.iter_inner()),
        "iterate 1e5 points, 105 leaves": lambda: walk(wide.iter_inner()),
        "iterate 1e5 points, 5 leaves, copies": lambda: walk(small.iter_inner(copy=True)),
        "load 1,000 leaves": lambda: dict(package.ParameterSet(path).flatten()),
        "save 1,000 leaves": lambda: made.save(path),
        "text of 1,000 leaves": lambda: len(made.pretty()) > 10_000,
        "flatten 1,000 leaves": lambda: made.flatten(),
        "copy 1,000 leaves": lambda: made.tree_copy().flatten(),
        "1,000 dotted names": lambda: sum(made["g7.p3"] for _ in range(1000)),
        "difference of 1,000 leaves": lambda: made - made,
    }


def seconds(function) -> float:
    """Time of one call."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def peak_mb(function) -> float:
    """Memory that a call allocates at most, in MB."""
    tracemalloc.start()
    function()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def memory() -> dict:
    """Peak memory [MB] of the first 1,000 and of all 100,000 points of 105 leaves: the same, if it does not grow."""
    made = space(own, 105)
    return {f"{n:,} points": round(peak_mb(lambda n=n: walk(itertools.islice(made.iter_inner(), n))), 4)
            for n in (1000, 100_000)}


def compare(repeat: int) -> dict:
    """{task: seconds here and there, and their ratio}, timed alternately."""
    with tempfile.TemporaryDirectory() as name:
        here, there = tasks(own, Path(name)), tasks(peer, Path(name))
        found = {}
        for task in here:
            assert here[task]() == there[task](), f"{task}: the two packages disagree"
            n = 1 if "1e5" in task and repeat > 3 else repeat
            times = [(seconds(here[task]), seconds(there[task])) for _ in range(max(n, 3) if "1e5" not in task else 3)]
            ours, theirs = (min(column) for column in zip(*times, strict=True))
            found[task] = {"simcore_s": ours, "parameters_s": theirs, "ratio": theirs / ours,
                           "median_ratio": statistics.median(b / a for a, b in times)}
            print(f"{task:40s} {1e3 * ours:10.3f} ms {1e3 * theirs:10.3f} ms  {theirs / ours:7.2f} x", flush=True)
        return found


def main() -> int:
    """Compare, print, keep; 1 if the peer is missing or a target is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="file (JSON) to add the results to")
    parser.add_argument("--repeat", type=int, default=9)
    arguments = parser.parse_args()
    if peer is None:
        print("the PyPI package `parameters` is not in this environment: pip install parameters==0.2.1", file=sys.stderr)
        return 1
    results = compare(arguments.repeat)
    sha = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    record = {"peer": f"parameters {importlib.metadata.version('parameters')}", "python": platform.python_version(),
              "machine": f"{platform.machine()} {platform.system()}", "commit": sha.stdout.strip(), "results": results,
              "memory_mb": memory()}
    print(json.dumps(record["memory_mb"]))
    if arguments.out:
        kept = json.loads(arguments.out.read_text()) if arguments.out.is_file() else []
        arguments.out.write_text(json.dumps([*kept, record], indent=1) + "\n")
    missed = {task: target for task, target in TARGETS.items() if results[task]["ratio"] < target}
    for task, target in missed.items():
        print(f"target missed: {task} is {results[task]['ratio']:.2f} x as fast as the peer, not {target} x", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
