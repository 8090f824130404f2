"""Detailed cells side by side with NEURON, CoreNEURON and Arbor: the same cells, the same cores, alternately.

    python tests/benchmarks/cable/bench_cable.py --peers PYTHON [--rows ring64 single …] [--rounds 3] [--cores 1 2]

PYTHON: the interpreter of an environment with envs/peers.txt. CoreNEURON's mechanisms are compiled first, with -O3
-march=native -ffast-math, which needs a C++ compiler; without one its columns stay empty. Writes results.json (every run,
with machine and commit) and table.md beside this file after each round, so that a run that is cut keeps what it has.
Without --peers only our side runs. About 11 minutes on two idle cores; no new round begins after --minutes.

Every cell is 31 sections, 151 compartments, a Hodgkin-Huxley soma, passive dendrites and 100 ExpSyn, 16 cells to a ring, 200 ms
at dt 0.025 (problem.py); "mixed" are cells of 64 different trees; "single" is one cell of 2,118 HH compartments, 1 s. Times
are those of the run alone; build: describing and building the network, or the two together where the peer has no border.
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
ROWS = {                        # name: (script, arguments, cores)
    "ring64": ("ring", ["--cells", "64"], (1, 2)),
    "ring256": ("ring", ["--cells", "256"], (1, 2)),
    "mixed64": ("ring", ["--cells", "64", "--trees", "mixed"], (1,)),
    "single": ("single", [], (1,)),
    "ring1024": ("ring", ["--cells", "1024"], (1, 2)),
}
OURS = ("simcore", "simcore, scheme neuron")
PEERS = ("NEURON", "NEURON, exact rates", "CoreNEURON", "Arbor")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--peers", type=Path, help="Python of the peers' environment")
    p.add_argument("--rows", nargs="*", default=list(ROWS), choices=ROWS)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--cores", nargs="*", type=int, default=[1, 2])
    p.add_argument("--tstop", type=float, help="ms, in place of each row's own; to try things out")
    p.add_argument("--minutes", type=float, default=10.5, help="after which no round begins")
    p.add_argument("--folder", type=Path, default=HERE, help="where results go")
    a = p.parse_args()
    runs, began = [], time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        compiled = a.peers is not None and compile_mechanisms(a.peers, Path(scratch))
        for row in a.rows:
            for cores in (c for c in ROWS[row][2] if c in a.cores):
                for number in range(a.rounds):
                    if time.monotonic() - began > 60 * a.minutes:
                        print(f"{row} on {cores}: no time for round {number + 1}", flush=True)
                        break
                    for simulator, command in commands(row, cores, a, compiled=compiled):
                        found = run(command, simulator, Path(scratch))
                        runs += [r | {"row": row, "cores": cores, "round": number} for r in found]
                        print(*(f"{time.monotonic() - began:4.0f} s  {row} on {cores}, {r['sim']}: {r['sim_s']:.3f} s, "
                                f"CPU {r['sim_cpu_s']:.3f} s, build {r['build_s']:.2f} s, {r['spikes']} spikes"
                                for r in found), sep="\n", flush=True)
                    write(runs, a.folder)
    print((a.folder / "table.md").read_text())


def commands(row, cores, a, *, compiled):
    """(simulator, command) of each side for a row; ours first, as one process for both schemes."""
    script, arguments, _ = ROWS[row]
    arguments = arguments + (["--tstop", a.tstop] if a.tstop else [])
    ours = [sys.executable, HERE / f"{script}_simcore.py", *arguments]
    if cores > 1:
        launcher = Path(sys.executable).with_name("mpiexec")
        ours = [launcher, "-n", cores, sys.executable, "-m", "mpi4py", *ours[1:], "--mpi"]
    yield "simcore", ours
    if a.peers is None:
        return
    neuron = [a.peers, HERE / f"{script}_neuron.py", *arguments, "--threads", cores]
    yield "NEURON", neuron
    if row == "single":
        yield "NEURON, exact rates", [*neuron, "--exact-rates"]
    if compiled:
        yield "CoreNEURON", [*neuron, "--coreneuron"]
    yield "Arbor", [a.peers, HERE / f"{script}_arbor.py", *arguments, "--threads", cores]


def compile_mechanisms(peers, folder):
    """Compile CoreNEURON's mechanisms for this machine in `folder`; whether that worked."""
    (folder / "mod").mkdir()
    command = [peers.with_name("nrnivmodl"), "-coreneuron", "-incflags", "-O3 -march=native -ffast-math", "mod"]
    done = subprocess.run(command, cwd=folder, env=environment(peers), capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"CoreNEURON is left out, its mechanisms could not be compiled:\n{done.stdout[-500:]}{done.stderr[-500:]}",
              flush=True)
    return done.returncode == 0


def run(command, simulator, folder):
    """Run a process of its own and return its JSON lines."""
    command = [str(c) for c in command]
    done = subprocess.run(command, cwd=folder, env=environment(Path(command[0])), capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return [line | {"sim": line["sim"] if simulator == "simcore" else simulator} for line in lines]


def environment(python):
    """Variables of a process: what belongs to its Python comes first on the path."""
    return os.environ | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""}


def write(runs, folder):
    """results.json and table.md."""
    commit = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True,
                            check=False).stdout.strip()
    machine = {"cpu": cpu(), "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    versions = {r["sim"]: r["version"] for r in runs if "version" in r}
    rows = summary(runs)
    record = {"commit": commit, "machine": machine, "versions": versions, "rows": rows, "runs": runs}
    (folder / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    (folder / "table.md").write_text("\n".join(table(rows)) + "\n")


def summary(runs):
    """For each row and number of cores the medians of each simulator; spread: half the range of run times."""
    rows = []
    for row, cores in dict.fromkeys((r["row"], r["cores"]) for r in runs):
        found = {"row": row, "cores": cores}
        for name in (*OURS, *PEERS):
            own = [r for r in runs if (r["row"], r["cores"], r["sim"]) == (row, cores, name)]
            if own:
                times = [r["sim_s"] for r in own]
                found[name] = {"sim_s": statistics.median(times), "spread": (max(times) - min(times)) / 2,
                               "cpu_s": statistics.median(r["sim_cpu_s"] for r in own), "rounds": len(own),
                               "build_s": statistics.median(r["build_s"] for r in own), "spikes": own[-1]["spikes"],
                               "peak_rss_mb": max(r["peak_rss_mb"] for r in own)}
        rows.append(found)
    return rows


def table(rows):
    """Lines of Markdown: run times in s, then how many times longer each peer takes, then building and memory."""
    peers = [n for n in PEERS if any(n in r for r in rows)]
    heads = ["network", "cores", "simcore [s]", "scheme neuron [s]", *(f"{n} [s]" for n in peers),
             *(f"{n} / simcore" for n in peers), "build [s]", *(f"{n}'s" for n in peers), "peak [MB]", *(f"{n}'s" for n in peers)]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for r in rows:
        ours = r["simcore"]
        cells = [r["row"], str(r["cores"]), *(seconds(r.get(n)) for n in (*OURS, *peers)),
                 *(f"{r[n]['sim_s'] / ours['sim_s']:.1f}" if n in r else "–" for n in peers),
                 *(f"{r[n][value]:{style}}" if n in r else "–" for value, style in (("build_s", ".2f"), ("peak_rss_mb", ".0f"))
                   for n in ("simcore", *peers))]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def seconds(found):
    return f"{found['sim_s']:.3f} ± {found['spread']:.3f}" if found else "–"


def cpu():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


if __name__ == "__main__":
    main()
