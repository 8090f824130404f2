"""Overhead of judging, and cost of cache hits, beside the package `sciunit` in the same minutes.

    python tests/benchmarks/sciunit/bench_sciunit.py --peer /path/of/a/python/with/sciunit [--rounds 5] [--out FILE]

20 models x 20 tests of a number in a range (the model gives a constant: all time is overhead). The peer runs the same
functions in its own interpreter, alternately with ours; the best of the rounds counts for both. Prints one JSON
object: for each measure [ms] simcore, sciunit and their ratio; machine, versions and commit.
"""

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path


def timed(function, repeats=1):
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats * 1e3


def names(which):
    """The classes of one of the two packages."""
    prefix = "simcore.api.sciunit" if which == "simcore" else "sciunit"
    import importlib

    part = lambda name: importlib.import_module(f"{prefix}.{name}")  # noqa: E731
    return (part("suites").TestSuite, part("tests").RangeTest, part("models.examples").ConstModel, part("models.backends").Backend,
            part("models.runnable").RunnableModel)


def measure(which):
    """What each measure takes [ms]."""
    suite_of, test_of, model_of, backend_of, runnable = names(which)
    import numpy as np

    class ResultBackend(backend_of):
        n_values = 1000

        def _backend_run(self):
            return {"trace": np.arange(float(self.n_values)), "mean": 1.0}

    models = [model_of(i, name=f"m{i}") for i in range(20)]
    tests = [test_of((i - 5, i + 5), name=f"t{i}") for i in range(20)]
    suite = suite_of(tests, name="S")
    found = {"judge, per cell": timed(lambda: suite.judge(models)) / 400,
             "judge without a suite, per cell": timed(lambda: [[t.judge(m) for t in tests] for m in models]) / 400,
             "predict and score alone, per cell": timed(
                 lambda: [[t.compute_score(t.observation, t.generate_prediction(m)) for t in tests] for m in models]) / 400,
             "hash of a model": timed(models[0].hash, 20)}
    runnable("registers the class", backend=ResultBackend)
    for kind, n_values, repeats in (("8 kB", 1000, 50), ("10 MB", 1_250_000, 5)):
        ResultBackend.n_values = n_values
        for cache in ("memory", "disk"):
            folder = str(Path(tempfile.mkdtemp(), "cache"))
            settings = {} if cache == "memory" else {"use_memory_cache": False, "use_disk_cache": folder}
            model = runnable("m", backend=("ResultBackend", settings))
            found[f"{cache} miss, {kind}"] = timed(lambda model=model: model.run(amp=1))
            found[f"{cache} hit, {kind}"] = timed(lambda model=model: model.run(amp=1), repeats)
    return found


def worker(which):
    os.environ["HOME"] = tempfile.mkdtemp()
    warnings.simplefilter("ignore")
    logging.disable()           # the peer prints every score otherwise
    measure(which)
    print(json.dumps(measure(which)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default="", help="interpreter with sciunit")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--worker", choices=("simcore", "sciunit"))
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.worker)
        return
    best = {"simcore": {}, "sciunit": {}}
    for _ in range(arguments.rounds):
        for which, python in (("simcore", sys.executable), ("sciunit", arguments.peer)):
            if python:
                done = subprocess.run([python, __file__, "--worker", which], capture_output=True, text=True, check=True)
                for name, value in json.loads(done.stdout.splitlines()[-1]).items():
                    best[which][name] = min(value, best[which].get(name, value))
    rows = {name: {which: round(best[which][name], 5) for which in best if name in best[which]} for name in best["simcore"]}
    for row in rows.values():
        if "sciunit" in row:
            row["ratio"] = round(row["sciunit"] / row["simcore"], 1)
    sha = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=Path(__file__).parent).stdout.strip()
    result = {"measures_ms": rows, "rounds": arguments.rounds, "python": platform.python_version(), "machine": platform.machine(),
              "cpus": len(os.sched_getaffinity(0)), "commit": sha}
    if arguments.peer:
        shown = "import importlib.metadata as m; print({n: m.version(n) for n in ('sciunit', 'pandas', 'numpy', 'quantities')})"
        result["peer"] = subprocess.run([arguments.peer, "-c", shown], capture_output=True, text=True, check=True).stdout.strip()
    text = json.dumps(result, indent=1)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
