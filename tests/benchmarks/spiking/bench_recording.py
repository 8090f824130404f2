"""What recording costs a simulation, and how much memory a run takes as it gets longer.

    python tests/benchmarks/spiking/bench_recording.py [--seconds 12] [--lengths 1 10 100]

Cost: for each network two simulations in one process, one that records nothing and one that records all spikes and the
voltages of 1 % of the cells (every 0.1 ms), advance in turns; the median ratio of the processor time of neighbouring turns
counts, and each ratio's quartiles are kept. Beside it: writing as many bytes to a new file without a simulation, and writing
the store afterwards. Memory: CUBA with
the same recordings, each length in a process of its own, and with everything held in memory for comparison. Prints a line
of JSON for each, and writes all to recording.json beside this file, with machine and commit.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
NETWORKS = {"Brunel 12,500": ["--model", "brunel_delta"],
            "microcircuit 0.1": ["--model", "pd", "--n-scale", "0.1", "--k-scale", "0.1"],
            "CUBA 4,000": ["--model", "cuba"]}


def simulation(arguments: list[str], recorded: bool):
    """A simulation of a network of simcore_bench.py that records all of it, or nothing."""
    from simcore.engine.simulation import Simulation

    sys.argv[1:] = arguments
    sys.path.insert(0, str(HERE))
    import simcore_bench

    net, names = simcore_bench.network(simcore_bench.parse())
    traces = [{"population": n, "variable": "v", "cells": max(1, net.find(n).size // 100)} for n in names]
    record = {"spikes": dict.fromkeys(names, True), "traces": traces} if recorded else {"spikes": False}
    return Simulation(net, dt=0.1, seed=12345, record=record)


def turn(simulated, ms: float) -> float:
    """Processor time [s] of so many more ms."""
    began = time.process_time()
    simulated.run(ms)
    return time.process_time() - began


def cost(name: str, seconds: float) -> dict:
    """How recording slows one network, measured for about so many seconds."""
    from simcore.engine.spill import spilling
    from simcore.store.writer import write_run

    with tempfile.TemporaryDirectory(dir=".") as folder, spilling(folder):
        off, on = simulation(NETWORKS[name], recorded=False), simulation(NETWORKS[name], recorded=True)
        for simulated in (off, on):
            simulated.run(100.0)
        ms = round(max(50.0, 100.0 * 0.3 / turn(off, 100.0)))           # turns of about 0.3 s
        on.run(100.0)
        ratios, plain, n = [], [], 0
        began = time.perf_counter()
        while len(ratios) < 8 or time.perf_counter() - began < seconds:
            n += 1
            first, second = (turn(s, ms) for s in ((off, on) if n % 2 else (on, off)))
            plain.append(first if n % 2 else second)
            ratios.append(second / first if n % 2 else first / second)
        on.clear_recordings()
        on.run(ms)
        made, began = on.recording(), time.process_time()
        write_run(Path(folder) / "a.zarr.zip", made, {}, {})
        written = time.process_time() - began
        bare = statistics.median(bare_writing(folder, recorded_bytes(made)) for _ in range(5))
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {"network": name, "recording_percent": round(100 * (middle - 1), 1),
            "quartiles_percent": [round(100 * (q - 1), 1) for q in (low, high)], "turns": len(ratios), "turn_ms": ms,
            "bare_file_percent": round(100 * bare / statistics.median(plain), 1),
            "writing_percent": round(100 * written / statistics.median(plain), 1)}


def bare_writing(folder: str, n_bytes: int) -> float:
    """Processor time [s] of writing so many bytes, a MiB at a time from the same memory, to a new file, and no more."""
    from simcore.engine.spill import unnamed_file

    block = memoryview(bytes(range(256)) * 4096)
    with unnamed_file(Path(folder)) as file:
        began = time.process_time()
        for offset in range(0, n_bytes, len(block)):
            os.pwrite(file.fileno(), block[:n_bytes - offset], offset)
        return time.process_time() - began


def recorded_bytes(made) -> int:
    """Bytes of all spikes and samples of a recording."""
    return sum(x.nbytes for x in (made.spikes.step, made.spikes.gid, *(t.values for t in made.traces)))


def memory(seconds: float, held_bytes: int) -> dict:
    """Peak memory [MB] of a run of CUBA of so many biological seconds, and of writing its store."""
    from simcore.engine.spill import spilling
    from simcore.store.writer import write_run

    with tempfile.TemporaryDirectory(dir=".") as folder, spilling(folder, held_bytes):
        simulated = simulation(NETWORKS["CUBA 4,000"], recorded=True)
        built, began = peak(), time.perf_counter()
        simulated.run(1000.0 * seconds)
        run, run_s = peak(), time.perf_counter() - began
        made, began = simulated.recording(), time.perf_counter()
        write_run(Path(folder) / "a.zarr.zip", made, {}, {})
        return {"biological_s": seconds, "held_mb": held_bytes >> 20, "built_mb": built, "run_mb": run, "written_mb": peak(),
                "recorded_mb": round(recorded_bytes(made) / 1e6),
                "n_spikes": len(made.spikes.gid), "run_s": round(run_s, 2), "write_s": round(time.perf_counter() - began, 2)}


def peak() -> int:
    """Largest resident memory of this process so far [MB]; ru_maxrss would begin with the parent's."""
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM")) // 1024


def apart(call: str) -> dict:
    """A call of this module in a process of its own."""
    code = f"import json, bench_recording as b; print(json.dumps(b.{call}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, text=True, stdout=subprocess.PIPE,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])})
    print(done.stdout.strip(), flush=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure all of it and write recording.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0, help="of alternating turns, for each network")
    parser.add_argument("--lengths", type=float, nargs="*", default=[1.0, 10.0, 100.0], help="biological seconds")
    given = parser.parse_args()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, text=True, stdout=subprocess.PIPE, check=False).stdout
    found = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0],
             "commit": commit.strip(), "cost": [apart(f"cost({name!r}, {given.seconds})") for name in NETWORKS],
             "memory": [apart(f"memory({length}, {64 << 20})") for length in given.lengths]}
    found["memory_all_held"] = [apart(f"memory({length}, {1 << 60})") for length in given.lengths]
    (HERE / "recording.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
