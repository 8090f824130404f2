"""Side by side with NEST and Brian2: the same networks, the same cores, alternately; medians, ratios, table and plot.

python tests/benchmarks/spiking/bench_spiking.py --peers PYTHON [--rows cuba coba …] [--rounds 3] [--threads 1 2]

PYTHON: the interpreter of an environment with envs/peers.txt (Python 3.13 or newer for Brian2). Writes results.json (every
run, with machine and commit), table.md and speed.png beside this file. Without --peers only our side runs.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROWS = {        # name: (our arguments, NEST's, Brian2's), biological ms
    "CUBA 4,000": (["--model", "cuba"], ["--model", "cuba"], ["--model", "cuba"], 1000),
    "COBA 4,000": (["--model", "coba"], ["--model", "coba"], ["--model", "coba"], 1000),
    "COBA 4,000, order 2": (["--model", "coba", "--order", "2"], ["--model", "coba"], ["--model", "coba"], 1000),
    "COBAHH 4,000, order 2": (["--model", "cobahh", "--order", "2"], ["--model", "cobahh"], ["--model", "cobahh"], 1000),
    "COBA 40,000, order 2": (["--model", "coba", "--n", "40000", "--order", "2"], ["--model", "coba", "--n", "40000"],
                             ["--model", "coba", "--n", "40000"], 300),
    "Brunel 12,500": (["--model", "brunel_delta"], ["--model", "brunel_delta"], ["--model", "brunel_delta"], 500),
    "microcircuit 0.1": (["--model", "pd", "--n-scale", "0.1", "--k-scale", "0.1"],
                         ["--model", "pd", "--n-scale", "0.1", "--k-scale", "0.1"], ["--model", "pd"], 1000),
    "STDP 11,250": (["--model", "hpc_stdp", "--k-scale", "0.1", "--presim", "50"],
                    ["--model", "hpc_stdp", "--k-scale", "0.1", "--comp-rate", "6", "--presim", "50", "--syn", "stdp_add",
                     "--hpc-synapses"], ["--model", "stdp", "--k-scale", "0.1"], 300),
}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--peers", help="Python of the peers' environment")
    p.add_argument("--rows", nargs="*", help="which networks, by the beginnings of their names")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--threads", nargs="*", type=int, default=[1])
    p.add_argument("--no-brian2", action="store_true", help="leave out Brian2, which compiles for half a minute a network")
    p.add_argument("--folder", type=Path, default=HERE, help="where results go")
    a = p.parse_args()
    chosen = [n for n in ROWS if not a.rows or any(n.lower().startswith(r.lower()) for r in a.rows)]
    runs = []
    for name in chosen:
        for threads in a.threads:
            for number in range(a.rounds):
                for simulator in ("simcore", *(("nest",) if a.peers else ()), *(() if a.no_brian2 or not a.peers else ("brian2",))):
                    if simulator == "brian2" and number:        # one build, its own repetitions
                        continue
                    run = one(simulator, name, threads, a)
                    runs.append(run | {"row": name, "round": number})
                    print(f"{name}, {threads} thread(s), {simulator}: RTF {run['rtf']:.3f}, build {run['build_s']:.2f} s, "
                          f"rates {run['rates_hz']}", flush=True)
    write(runs, a.folder)


def one(simulator: str, name: str, threads: int, a: argparse.Namespace) -> dict:
    """One run of one simulator as a process of its own; its JSON line."""
    ours, nest, brian2, t = ROWS[name]
    if simulator == "simcore":
        launch = [] if threads == 1 else [Path(sys.executable).with_name("mpiexec"), "-n", threads]
        launch += [sys.executable, *(["-m", "mpi4py"] if threads > 1 else []), HERE / "simcore_bench.py", *ours]
    elif simulator == "nest":
        launch = [a.peers, HERE / "nest_bench.py", *nest, "--threads", threads]
    else:
        launch = [a.peers, HERE / "brian2_bench.py", *brian2, "--threads", threads, "--reps", a.rounds]
    command = [*map(str, launch), "--t", str(t)]
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch, env=os.environ)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def write(runs: list[dict], folder: Path) -> None:
    """results.json, table.md, speed.png."""
    commit = subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True,
                            check=False).stdout.strip()
    machine = {"cpu": cpu(), "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    rows = summary(runs)
    record = {"commit": commit, "machine": machine, "rows": rows, "runs": runs}
    (folder / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    lines = ["| network | threads | simcore, RTF | NEST / simcore | Brian2 / simcore | our build [s] | NEST's | our peak [MB] | NEST's |",
             "|---|---|---|---|---|---|---|---|---|"]
    for r in rows:
        lines.append("| " + " | ".join([r["row"], str(r["threads"]), f"{r['simcore']['rtf']:.3f} ± {r['simcore']['spread']:.3f}",
                                        ratio(r, "nest"), ratio(r, "brian2"), f"{r['simcore']['build_s']:.2f}",
                                        f"{r['nest']['build_s']:.2f}" if "nest" in r else "–", f"{r['simcore']['peak_rss_mb']:.0f}",
                                        f"{r['nest']['peak_rss_mb']:.0f}" if "nest" in r else "–"]) + " |")
    (folder / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    if any("nest" in r for r in rows):
        plot(rows, folder / "speed.png")


def summary(runs: list[dict]) -> list[dict]:
    """For each row and number of threads the medians of each simulator; spread: half the range of RTFs."""
    rows = []
    for key in dict.fromkeys((r["row"], r["threads"]) for r in runs):
        row = {"row": key[0], "threads": key[1]}
        for simulator in ("simcore", "nest", "brian2"):
            of = [r for r in runs if (r["row"], r["threads"]) == key and r["simulator"] == simulator]
            if of:
                every = [s / (r["biological_ms"] * 1e-3) for r in of for s in r.get("sim_s_all", [r["sim_s"]])]
                row[simulator] = {"rtf": statistics.median(every), "spread": (max(every) - min(every)) / 2,
                                  "build_s": statistics.median(r["build_s"] for r in of),
                                  "peak_rss_mb": max(r["peak_rss_mb"] for r in of), "rates_hz": of[-1]["rates_hz"]}
        rows.append(row)
    return rows


def ratio(row: dict, peer: str) -> str:
    return f"{row[peer]['rtf'] / row['simcore']['rtf']:.1f}" if peer in row else "–"


def cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def plot(rows: list[dict], path: Path) -> None:
    """How many times faster than each peer, by network."""
    import matplotlib as mpl

    mpl.use("svg" if path.suffix == ".svg" else "agg")
    import matplotlib.pyplot as plt

    names = [f"{r['row']}, {r['threads']}" for r in rows]
    figure, axes = plt.subplots(figsize=(8, 0.5 * len(rows) + 1.5))
    for k, (peer, colour) in enumerate((("nest", "C0"), ("brian2", "C1"))):
        at = [(i + 0.2 * (2 * k - 1), r[peer]["rtf"] / r["simcore"]["rtf"]) for i, r in enumerate(rows) if peer in r]
        axes.barh([y for y, _ in at], [x for _, x in at], height=0.38, color=colour, label=peer)
    axes.set(yticks=range(len(rows)), yticklabels=names, xscale="log", xlabel="run time of the peer / run time of simcore")
    axes.axvline(1.0, color="k", lw=0.8)
    axes.invert_yaxis()
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")


if __name__ == "__main__":
    if shutil.which("git") is None:
        print("git was not found: results will not name a commit", file=sys.stderr)
    main()
