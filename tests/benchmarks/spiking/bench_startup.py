"""Start-up: a whole script, from a new process to the last spike of CUBA (4,000 cells, 1 s), with compiled code on disk.

python tests/benchmarks/spiking/bench_startup.py [--rounds 7]

Each round starts four processes in turn: the interpreter, `import numpy`, `import numba`, the script. Writes startup.json:
medians of wall and processor time, what the script spends where, and which packages its imports go to.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = """
import json, time
def now(): return time.process_time()
marks = {"interpreter": now()}
from simcore.engine.simulation import Simulation
from simcore.experiments import vogels_abbott
marks["imports"] = now()
p = {k: v.default for k, v in vogels_abbott.PARAMETERS.items()} | {"synapses": "current"}
simulation = Simulation(vogels_abbott.build(p), dt=0.1, seed=1)
marks["build"] = now()
simulation.run(0.1)
marks["first step"] = now()
simulation.run(999.9)
assert simulation.recording().spikes.gid.size > 10_000
marks["the other steps"] = now()
print(json.dumps(marks))
"""
PROGRAMS = {"interpreter": "pass", "numpy": "import numpy", "numba": "import numba", "script": SCRIPT}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--folder", type=Path, default=HERE, help="where startup.json goes")
    a = p.parse_args()
    from profile_networks import commit, into_docs, machine

    with tempfile.TemporaryDirectory() as pyc:                  # byte code is there, as after any first run
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPYCACHEPREFIX": pyc}
        for program in PROGRAMS.values():
            process(program, environment)
        rounds = [{name: process(program, environment) for name, program in PROGRAMS.items()} for _ in range(a.rounds)]
        packages = imported(environment)
    record = {"commit": commit(), "machine": machine(), "rounds": a.rounds, "packages_ms": packages}
    record |= {k: {name: statistics.median(r[name][k] for r in rounds) for name in PROGRAMS} for k in ("wall_s", "cpu_s")}
    record["spread_wall_s"] = {n: [min(r[n]["wall_s"] for r in rounds), max(r[n]["wall_s"] for r in rounds)] for n in PROGRAMS}
    marks = {name: statistics.median(r["script"]["marks"][name] for r in rounds) for name in rounds[0]["script"]["marks"]}
    ends = [0.0, *marks.values()]
    record["script_cpu_s"] = {name: end - before for name, before, end in zip(marks, ends, ends[1:], strict=False)}
    record["first_step_cpu_s"] = marks["first step"]
    (a.folder / "startup.json").write_text(json.dumps(record, indent=1) + "\n")
    into_docs(a.folder, "start-up", table(record))
    print(table(record))


def table(record: dict) -> str:
    """Wall and processor time of the programs, and what the script spends where."""
    parts = record["script_cpu_s"]
    lines = ["| process | wall [s] | processor [s] |", "|---|---|---|"]
    lines += [f"| {n} | {record['wall_s'][n]:.2f} | {record['cpu_s'][n]:.2f} |" for n in PROGRAMS]
    packages = ", ".join(f"{k} {v:.0f}" for k, v in record["packages_ms"].items() if k != "n_modules")
    return "\n".join([*lines, "", "Processor time of the script, s: " + ", ".join(f"{k} {v:.2f}" for k, v in parts.items())
                      + f"; to the end of the first step {record['first_step_cpu_s']:.2f}; the end of the process "
                      f"{record['cpu_s']['script'] - sum(parts.values()):.2f}. Imports by package, ms: {packages}."]) + "\n"


def process(program: str, environment: dict[str, str]) -> dict:
    """Wall and processor time of a new process; what it printed last, if that is JSON."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "marks": json.loads(done.stdout or "{}")}


def imported(environment: dict[str, str]) -> dict[str, float]:
    """Milliseconds of the script's imports by package, without those below; the ten largest, and the number of modules."""
    said = subprocess.run([sys.executable, "-X", "importtime", "-c", SCRIPT], capture_output=True, text=True, check=True,
                          env=environment).stderr
    found: Counter = Counter()
    lines = [m for m in map(re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)").match, said.splitlines()) if m]
    for m in lines:
        found[m.group(2).split(".")[0]] += int(m.group(1)) / 1e3
    return dict(found.most_common(10)) | {"n_modules": len(lines)}


if __name__ == "__main__":
    main()
