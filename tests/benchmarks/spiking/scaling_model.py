"""A model of what a rank costs, fitted to the runs of bench_scaling.py, and what it says of 64 and 1,024 ranks.

For one biological second of N cells on R ranks, each with N / R of them; everything else is counted in the runs:

    update      u(network) · cell-steps / R
    draws       d · draws / R
    delivery    (b or b_own) · events / R + r · rows         rows: every spike, every delay, on every rank
    collection  k · (cells + sources) · steps / R
    entering    e · calls of the compiled loop               one a chunk, and one where more is sent than fits
    Python      p · these calls
    exchange    l · log2(R) · epochs + m(R) · spikes + bytes / bandwidth       m: measured for every R, without a network
    waiting     the slowest of R ranks: measured on 2; on more, sqrt(2 ln R) deviations of its Poisson number of events

    memory      what tables, states and an index of every source and delay take: 4 bytes each on every rank

Rates are fitted with relative weights and none is negative. The latency of a network of many nodes is an assumption.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from simcore.engine.exchange import _INLINE

NODE = {"latency_us": 2.0, "bandwidth_gb_s": 10.0}      # ASSUME: of one message, and of a rank's link, on a cluster
RANKS = 2 ** np.arange(0, 13)
PARTS = ("update", "draws", "delivery", "collection", "entry", "Python", "exchange", "waiting")


# --- what a run has of each feature, per biological second ---------------------------------------------------------------

def features(run: dict) -> dict[str, dict[str, float]]:
    """Part -> what it is proportional to, by name of the rate: ns each."""
    w, several = run["work"], run["ranks"] > 1
    own = "own" if run["memory"]["weights"] else "shared"
    return {"update": {f"update of a cell, {base(run)}": w["cell_steps"]},
            "draws": {"draw": w["draws"]} if w["draws"] else {},
            "delivery": {f"event, {own} weights": w["events"], "row of a spike and delay": w["rows"]},
            "collection": {"cell looked at for spikes": (run["n_cells"] + run["n_sources"]) / run["ranks"] * 1e4},
            "entry": {"call of the loop": run["calls"]},
            "Python": {"call, Python": run["calls"]} if several else {},
            "exchange": {"epoch, exchange": run["epochs"] * np.log2(run["ranks"])} if several else {},
            "waiting": {"epoch, waiting": run["epochs"]} if several else {}}


def base(run: dict) -> str:
    return run["network"].removeprefix("full ")


def fit(runs: list[dict]) -> dict[str, float]:
    """Rates [ns] that make the relative errors of each part least, none negative."""
    from scipy.optimize import nnls

    rates = {}
    for part in PARTS:
        rows = [(features(r)[part], r["parts"].get(part, 0.0)) for r in runs if features(r)[part] and r["parts"].get(part)]
        names = sorted({n for f, _ in rows for n in f})
        if not rows:
            continue
        matrix = np.array([[f.get(n, 0.0) * 1e-9 / y for n in names] for f, y in rows])
        rates |= dict(zip(names, map(float, nnls(matrix, np.ones(len(rows)))[0]), strict=True))
    return rates


def predict(run: dict, rates: dict[str, float]) -> dict[str, float]:
    """Seconds of each part for one biological second."""
    return {part: sum(rates.get(n, 0.0) * x for n, x in f.items()) * 1e-9 for part, f in features(run).items()}


def merging() -> dict[str, float]:
    """ns a spike that merging the blocks of R ranks takes, 2,000 spikes in 64 epochs: no communication."""
    from simcore.kernels.exchange import merge

    found, n_epochs, per_epoch = {}, 64, 32
    for n_ranks in (2, 8, 64, 256, 1024):
        random = np.random.default_rng(1)
        blocks = np.zeros((n_epochs, n_ranks, 1 + 64), dtype=np.int32)
        for block in blocks:
            gids = np.sort(random.choice(100_000, per_epoch, replace=False))
            for r in range(n_ranks):
                own = gids[gids % n_ranks == r]
                block[r, 0], block[r, 1:1 + own.size] = own.size, own
        work = np.empty(n_ranks, dtype=np.int64), np.empty(n_ranks, dtype=np.int64), np.empty(per_epoch, dtype=np.int32)
        best = np.inf
        for _ in range(4):
            gid, ptr = np.zeros(n_epochs * per_epoch, dtype=np.int32), np.zeros(n_epochs + 1, dtype=np.int64)
            began = time.perf_counter()
            for k, block in enumerate(blocks):
                merge(block, block[:, :0], 1, 1, k, gid, ptr, work)
            best = min(best, time.perf_counter() - began)
        assert ptr[-1] == gid.size
        found[str(n_ranks)] = best / gid.size * 1e9
    return found


# --- many ranks ----------------------------------------------------------------------------------------------------------

def project(run: dict, rates: dict[str, float], merge_ns: dict[str, float], ranks: int, growth: int = 1) -> dict[str, float]:
    """Parts [s a biological second] of the network of `run`, `growth` times as large, on a number of ranks of a cluster."""
    scale = growth * run["ranks"] / ranks
    w = run["work"]
    work = {"cell_steps": w["cell_steps"] * scale, "draws": w["draws"] * scale, "events": w["events"] * scale,
            "rows": w["rows"] * growth, "spikes": w["spikes"] * growth}
    epochs = (run["epochs"] or 1e4) if ranks > 1 else 0.0            # one a step where a run on one rank does not say
    finished = epochs if epochs and work["spikes"] / epochs / ranks > _INLINE[1] else 0.0   # in Python: more than fit
    calls = 20.0 + finished                                          # ASSUME: loops of 500 steps
    like = run | {"ranks": ranks, "work": work, "n_cells": run["n_cells"] * growth, "n_sources": run["n_sources"] * growth,
                  "epochs": epochs, "calls": calls}
    parts = predict(like, rates)
    if ranks == 1:
        return parts | {"exchange": 0.0, "waiting": 0.0, "Python": 0.0}
    known = np.array(sorted(map(int, merge_ns)))
    a_spike = np.interp(ranks, known, [merge_ns[str(r)] for r in known])
    if ranks > known[-1]:
        a_spike *= np.log2(ranks) / np.log2(known[-1])
    received = 4.0 * ranks * (1 + gids_sent(work["spikes"] / epochs / ranks))             # bytes an epoch
    parts["exchange"] = 1e-9 * a_spike * work["spikes"] + epochs * (
        1e-6 * NODE["latency_us"] * np.log2(ranks) + received / (1e9 * NODE["bandwidth_gb_s"]))
    an_event = (parts["delivery"] - 1e-9 * rates["row of a spike and delay"] * work["rows"]) / max(1.0, work["events"])
    events = work["events"] / epochs
    parts["waiting"] = epochs * an_event * np.sqrt(events * 2.0 * np.log(ranks))
    return parts


def gids_sent(spikes: float) -> float:
    """Gids that go with every epoch where a rank has so many spikes in it on average: those of its busiest epochs."""
    return float(np.clip(2.0 * (spikes + 5.0 * np.sqrt(spikes)), *_INLINE))


def memory_mb(run: dict, ranks: int, growth: int = 1) -> dict[str, float]:
    """Megabytes of a rank: connections, index of sources and delays, cells."""
    m, scale = run["memory"], growth * run["ranks"] / ranks
    return {"connections": (m["targets"] + m["weights"]) * scale * 1e-6, "index": m["rows"] * growth * 1e-6,
            "cells": m["states"] * scale * 1e-6}


# --- report --------------------------------------------------------------------------------------------------------------

def report(record: dict, held_out: float, image: Path) -> tuple[dict, str]:
    """The fitted model and what it says, as numbers and as text; draws the figure."""
    runs = record["runs"]
    known = [r for r in runs if r["size"] != held_out and not r["network"].startswith("full")]
    rates = fit(known)
    lines = ["| network | × | ranks | cells | connections | build [s] | RTF | model | peak a rank [MB] | B a connection |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    errors: dict[str, list[float]] = {"fitted": [], "held out": []}
    for r in runs:
        total = sum(predict(r, rates).values())
        errors["fitted" if r in known else "held out"].append(total / r["rtf"] - 1.0)
        m = r["memory"]
        a_connection = (m["targets"] + m["weights"] + m["rows"]) / m["connections"]
        lines.append(f"| {r['network']}{'' if r in known else ' (held out)'} | {r['size']:g} | {r['ranks']} | {r['n_cells']:,} | "
                     f"{m['connections'] * r['ranks'] / 1e6:.2f} M | {r['build_s']:.2f} | {r['rtf']:.3f} | {total:.3f} | "
                     f"{r['peak_mb']:.0f} | {a_connection:.1f} |")
    lines += ["", "| rate | ns |", "|---|---|", *(f"| {n} | {x:.2f} |" for n, x in sorted(rates.items())),
              "| merging a spike, by number of ranks | " + ", ".join(f"{k}: {v:.0f}" for k, v in record["merge_ns"].items())
              + " |", ""]
    said = {k: {"rms": float(np.sqrt(np.mean(np.square(v)))), "largest": float(max(v, key=abs))} for k, v in errors.items() if v}
    lines += [f"Model against the loop of production, {k} ({len(errors[k])} runs): rms {100 * v['rms']:.0f} %, largest "
              f"{100 * v['largest']:+.0f} %." for k, v in said.items()]
    projections = {}
    for run in largest(runs):
        projections[run["network"]] = projection(run, rates, record["merge_ns"])
        lines += ["", *said_of(run, projections[run["network"]])]
    draw(runs, rates, known, projections, image)
    return {"rates_ns": rates, "errors": said, "assumed": NODE, "projections": projections}, "\n".join(lines) + "\n"


def largest(runs: list[dict]) -> list[dict]:
    """The largest run of each network that is projected: the full microcircuit, where it was run, and Brunel's."""
    chosen = []
    for name in ("full microcircuit", "microcircuit", "brunel"):
        of = [r for r in runs if r["network"] == name]
        if of and not (name == "microcircuit" and chosen):
            chosen.append(max(of, key=lambda r: (r["size"], r["ranks"])))
    return chosen


def projection(run: dict, rates: dict[str, float], merge_ns: dict[str, float]) -> dict:
    """The same network on more ranks (strong), and as much of it for each rank as at half of it (weak)."""
    found: dict = {"ranks": RANKS.tolist(), "strong": [], "weak": [], "weak_mb": []}
    for r in map(int, RANKS):
        found["strong"].append(project(run, rates, merge_ns, r))
        found["weak"].append(project(run, rates, merge_ns, r, r))
        found["weak_mb"].append(memory_mb(run, r, r))
    return found


def said_of(run: dict, found: dict) -> list[str]:
    """In words: where efficiency falls below a half, and what takes the time at 64 and 1,024 ranks."""
    strong = [sum(p.values()) for p in found["strong"]]
    efficiency = [strong[0] / (r * s) for r, s in zip(found["ranks"], strong, strict=True)]
    half = next((r for r, e in zip(found["ranks"], efficiency, strict=True) if e < 0.5), None)
    best = found["ranks"][int(np.argmin(strong))]
    lines = [f"**{run['network']} × {run['size']:g}**, {run['n_cells']:,} cells: on one rank {strong[0]:.2f} s a biological second; "
             f"below half of the ideal gain from {half} ranks on; fastest on {best} ({min(strong):.2f} s).", "",
             "| ranks | strong: s | of it | weak, cells | s | of it | index of sources [GB a rank] |", "|---|---|---|---|---|---|---|"]
    for wanted in (2, 16, 64, 256, 1024):
        k = found["ranks"].index(wanted)
        weak = found["weak"][k]
        lines.append(f"| {wanted} | {strong[k]:.3f} | {shares(found['strong'][k])} | {run['n_cells'] * wanted / 1e6:.1f} M | "
                     f"{sum(weak.values()):.1f} | {shares(weak)} | {found['weak_mb'][k]['index'] / 1e3:.2f} |")
    return lines


def shares(parts: dict[str, float]) -> str:
    """The three largest parts, in per cent."""
    total = sum(parts.values())
    top = sorted(parts, key=parts.get, reverse=True)[:3]
    return ", ".join(f"{p} {100 * parts[p] / total:.0f} %" for p in top)


def draw(runs: list[dict], rates: dict[str, float], known: list[dict], projections: dict, image: Path) -> None:
    """Measured against modelled; parts on many ranks, the same network and a network that grows with the ranks."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for k, name in enumerate(dict.fromkeys(r["network"] for r in runs)):
        for ranks, marker in ((1, "o"), (2, "s")):
            of = sorted((r for r in runs if (r["network"], r["ranks"]) == (name, ranks)), key=lambda r: r["n_cells"])
            if of:
                face = [f"C{k}" if r in known else "w" for r in of]
                axes[0].plot([r["n_cells"] for r in of], [sum(predict(r, rates).values()) for r in of], f"C{k}", lw=0.8,
                             ls="-" if ranks == 1 else "--")
                axes[0].scatter([r["n_cells"] for r in of], [r["rtf"] for r in of], 18, face, marker, edgecolors=f"C{k}",
                                label=f"{name}, {ranks}", zorder=3)
    axes[0].set(xscale="log", yscale="log", xlabel="cells", ylabel="s a biological second", title="measured, model (lines)")
    axes[0].xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    axes[0].legend(fontsize=6)
    name, found = next(iter(projections.items()), ("", None))
    if found:
        draw_strong(axes[1], found["strong"], f"{name}, whole")
        draw_weak(axes[2], found["weak"], f"{name}, one for each rank")
    image.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(image, dpi=70)
    plt.close(figure)


def draw_strong(ax, parts: list[dict[str, float]], title: str) -> None:  # a matplotlib Axes
    """Parts on top of each other; dotted: the time on one rank over the number of ranks."""
    below = np.zeros(len(RANKS))
    for part in PARTS:
        above = below + [p.get(part, 0.0) for p in parts]
        ax.fill_between(RANKS, below, above, lw=0, label=part)
        below = above
    ax.plot(RANKS, below[0] / RANKS, "k:", lw=1, label="ideal")
    ax.set(xscale="log", xlabel="ranks (projected)", title=title)
    ax.set_ylim(0, 1.1 * below[1])
    ax.legend(fontsize=6, loc="upper right")


def draw_weak(ax, parts: list[dict[str, float]], title: str) -> None:  # a matplotlib Axes
    """Each part as a line; dotted: the time on one rank."""
    for part in PARTS:
        ax.plot(RANKS, [p.get(part, 0.0) for p in parts], label=part)
    ax.axhline(sum(parts[0].values()), color="k", ls=":", lw=1)
    ax.set(xscale="log", yscale="log", xlabel="ranks (projected)", title=title)
    ax.set_ylim(1e-3)
