"""Where the time of each benchmark network goes, against what the machine can do. Writes profiles.json and profiles.md.

python tests/benchmarks/spiking/profile_networks.py [--rows CUBA Brunel] [--windows 4] [--no-limits]

Each network is a process of its own. In it the loop of production and the same loop with clocks (loop_clock.py) run
alternately; the first gives the time, the second how it is divided. Limits: limits.c (bare C, one core) where gcc is
there, else those that profiles.json has.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

HERE = Path(__file__).resolve().parent
DOCS = HERE.parents[2] / "docs" / "performance.md"
NETWORKS = {        # name: arguments of simcore_bench.network, ms before, ms of a window, limit of a cell-step and an event
    "CUBA 4,000": ({"model": "cuba"}, 100, 250, "lif_exp_f64_N4000", "scatter_8B_N4000_K80_table_in_L2"),
    "COBA 4,000": ({"model": "coba"}, 100, 250, "coba_expeuler_f64_N4000", "scatter_8B_N4000_K80_table_in_L2"),
    "COBA 4,000, order 2": ({"model": "coba", "order": 2}, 100, 250, "coba_expeuler_f64_N4000",
                            "scatter_8B_N4000_K80_table_in_L2"),
    "COBAHH 4,000, order 2": ({"model": "cobahh", "order": 2}, 100, 250, "hh_traub_expeuler_f64_N4000",
                              "scatter_8B_N4000_K80_table_in_L2"),
    "COBA 40,000, order 2": ({"model": "coba", "n": 40000, "order": 2}, 100, 150, "coba_expeuler_f64_N80000",
                             "scatter_8B_N40000_K80_table_in_L3"),
    "Brunel 12,500": ({"model": "brunel_delta"}, 100, 150, "lif_exp_f64_N4000", "scatter_4B_N12500_K1250"),
    "microcircuit 0.1": ({"model": "pd", "n_scale": 0.1, "k_scale": 0.1}, 200, 250, "lif_exp_f64_N4000",
                         "scatter_4B_N77169_groups_of_65_current_slot"),
    "STDP 11,250": ({"model": "hpc_stdp", "k_scale": 0.1}, 100, 50, "lif_exp_f64_N4000", "scatter_16B_N12500_K1250"),
}
DRAW = "poisson_ladder_lambda1.3_N4000"
ORDER = ("update", "delivery", "plasticity", "draws", "collection", "recording", "entry", "Python")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rows", nargs="*", help="which networks, by the beginnings of their names")
    p.add_argument("--windows", type=int, default=4, help="of each loop")
    p.add_argument("--no-limits", action="store_true", help="leave the limits as profiles.json has them")
    p.add_argument("--folder", type=Path, default=HERE, help="where results go")
    p.add_argument("--one", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.one:
        print(json.dumps(profile(a.one, a.windows)))
        return
    before = a.folder / "profiles.json"
    known = json.loads((before if before.exists() else HERE / "profiles.json").read_text()) if (
        HERE / "profiles.json").exists() else {}
    limits = known.get("limits", {}) if a.no_limits else bare_c() or known.get("limits", {})
    rows = {r["network"]: r for r in known.get("rows", [])}
    for name in NETWORKS:
        if not a.rows or any(name.lower().startswith(r.lower()) for r in a.rows):
            done = subprocess.run([sys.executable, __file__, "--one", name, "--windows", str(a.windows)],
                                  capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
            rows[name] = json.loads(done.stdout.splitlines()[-1]) | {"commit": commit()}
            print(name, {k: f"{v:.3f}" for k, v in rows[name]["share"].items()}, flush=True)
    record = {"commit": commit(), "machine": machine(), "limits": limits, "rows": [rows[n] for n in NETWORKS if n in rows]}
    (a.folder / "profiles.json").write_text(json.dumps(record, indent=1) + "\n")
    (a.folder / "profiles.md").write_text(table(record))
    into_docs(a.folder, "profiles", table(record))
    print(table(record))


def profile(name: str, windows: int) -> dict:
    """One network in this process: seconds and shares of the parts, and what they did."""
    from loop_clock import TimedLoop, memory, seconds_per_tick, work
    from simcore_bench import network

    from simcore.engine.simulation import Simulation

    arguments, before, window, *_ = NETWORKS[name]
    net, names = network(SimpleNamespace(**{"n": 4000, "n_scale": 1.0, "k_scale": 1.0, "order": 6} | arguments))
    simulation = Simulation(net, dt=0.1, seed=12345, record={"spikes": dict.fromkeys(names, True)})
    plain, timed = simulation.machine.loop, TimedLoop(simulation.machine.loop)
    for loop in (plain, timed):                                         # compiled or loaded here
        simulation.machine.loop = loop
        simulation.run(before / 2)
    timed.clear()
    first = simulation.step
    seconds: dict[str, list[float]] = {"plain": [], "timed": []}
    for k in range(2 * windows):
        which = ("plain", "timed", "timed", "plain")[k % 4]
        simulation.machine.loop = plain if which == "plain" else timed
        began = time.perf_counter()
        simulation.run(window)
        seconds[which].append(time.perf_counter() - began)
    spikes = simulation.recording().spikes
    n_steps = simulation.step - first
    of = np.bincount(spikes.gid[spikes.step >= first], minlength=net.size)
    parts = timed.seconds(seconds_per_tick()) | {"Python": sum(seconds["timed"]) - timed.wall}
    done = {k: v / 2 for k, v in work(simulation, of, first, n_steps).items()}      # half of it with clocks
    total = sum(seconds["timed"])
    return {"network": name, "biological_ms": windows * window, "rtf": statistics.median(seconds["plain"]) / window * 1e3,
            "spread": (max(seconds["plain"]) - min(seconds["plain"])) / 2 / window * 1e3,
            "clocks_cost": statistics.median(seconds["timed"]) / statistics.median(seconds["plain"]) - 1.0,
            "share": {k: parts[k] / total for k in sorted(parts, key=rank)}, "seconds": parts, "work": done,
            "memory": memory(simulation)}


def rank(part: str) -> int:
    """Where a part stands in tables."""
    return ORDER.index(part) if part in ORDER else len(ORDER)


def bare_c() -> dict[str, float]:
    """What bare C reaches on one core: name of the test -> ns (or GB/s); empty without gcc."""
    if shutil.which("gcc") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "limits")
        subprocess.run(["gcc", "-O3", "-march=native", "-ffast-math", "-fopenmp", HERE / "limits.c", "-o", program, "-lm"],
                       check=True)
        said = subprocess.run([program], capture_output=True, text=True, check=True,
                              env=os.environ | {"OMP_NUM_THREADS": "1"}).stdout
    found = {}
    for line in map(json.loads, said.splitlines()):
        found[line["test"]] = 1e3 / line["value"] if line["unit"] == "Mevents/s" else line["value"]
    return found


def table(record: dict) -> str:
    """profiles.md: shares; ns a cell-step, draw, event, plastic event, each beside what bare C takes."""
    limits = record["limits"]
    parts = [x for x in ORDER if any(x in r["share"] for r in record["rows"])]
    lines = ["| network | RTF | " + " | ".join(f"{x} %" for x in parts) + " |", "|---|---" + "|---" * len(parts) + "|"]
    for r in record["rows"]:
        lines.append(f"| {r['network']} | {r['rtf']:.3f} ± {r['spread']:.3f} | "
                     + " | ".join(f"{100 * r['share'].get(x, 0.0):.1f}" for x in parts) + " |")
    lines += ["", "| network | cell-step [ns] | bare C | draw [ns] | bare C | event [ns] | bare C | plastic event [ns] | "
              "B a connection | table [MB] | from memory [GB/s] |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for r in record["rows"]:
        s, w, m = r["seconds"], r["work"], r["memory"]
        _, _, _, cell_limit, event_limit = NETWORKS[r["network"]]
        a_connection = (m["targets"] + m["weights"] + m["rows"]) / max(1, m["connections"])
        events = w["events"] + w["plastic_events"]
        moved = events * (m["targets"] + m["weights"]) / max(1, m["connections"])
        lines.append("| " + " | ".join([
            r["network"], ns(s["update"], w["cell_steps"]), limit(limits, cell_limit), ns(s["draws"], w["draws"]),
            limit(limits, DRAW) if w["draws"] else "–", ns(s["delivery"], w["events"]), limit(limits, event_limit),
            ns(s.get("plasticity", 0.0), w["plastic_events"]), f"{a_connection:.1f}",
            f"{(m['targets'] + m['weights'] + m['rows']) / 1e6:.1f}",
            f"{moved / (s['delivery'] + s.get('plasticity', 0.0)) / 1e9:.1f}"]) + " |")
    memory = f"{limits['stream_triad']:.0f} GB/s (triad), {limits['stream_read']:.0f} (read)" if limits else "not measured"
    costs = [r["clocks_cost"] for r in record["rows"]]
    return "\n".join([*lines, "", f"Memory of one core: {memory}. The clocks cost {100 * min(costs):.0f} to {100 * max(costs):.0f} %."
                      ]) + "\n"


def ns(seconds: float, n: float) -> str:
    return f"{seconds / n * 1e9:.2f}" if n else "–"


def limit(limits: dict[str, float], test: str) -> str:
    return f"{limits[test]:.2f}" if test in limits else "–"


def into_docs(folder: Path, name: str, text: str) -> None:
    """Put text between the marks of this name in docs/performance.md, if results go to the repository."""
    if folder.resolve() == HERE:
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, rest = DOCS.read_text().split(begin)
        DOCS.write_text(before + begin + "\n\n" + text.strip() + "\n\n" + end + rest.split(end, 1)[1])


def commit() -> str:
    return subprocess.run(["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True,
                          check=False).stdout.strip()


def machine() -> dict:
    """Processor, cores, Python, system."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return {"cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}


if __name__ == "__main__":
    main()
