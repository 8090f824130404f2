#!/usr/bin/env python3
"""High-precision single cells: IF_curr_exp and IF_cond_exp under a current step and under fixed spike trains.

    python tests/peers/spiking/reference/single_cells.py            # writes cells.json and cells.npz (scipy)
    python tests/peers/spiking/reference/single_cells.py --nest     # adds NEST's spikes at dt = 0.1 and 0.01 ms

The equations in continuous time by DOP853 (rtol 1e-11, atol 1e-12, steps of at most 0.25 ms) from event to event,
threshold crossings by root finding. Threshold: v >= v_thresh from below; then v = v_reset for tau_refrac; synaptic
variables are never clamped. An input spike at t changes its synaptic variable at t + 1 ms.
Samples of v are right-continuous (after the jump or the reset), every 0.5 ms.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

HERE = Path(__file__).parent
DURATION, DC_ON, DC_OFF, DC = 300.0, 20.0, 220.0, 1.0           # ms, ms, ms, nA
DELAY = 1.0                                                     # ms
GRID = np.arange(601) * 0.5                                     # ms
TAU_REFRAC = (0.0, 0.1, 2.0)                                    # ms
COMMON = {"v_rest": -65.0, "cm": 1.0, "tau_m": 20.0, "v_reset": -65.0, "v_thresh": -50.0,
          "tau_syn_E": 5.0, "tau_syn_I": 5.0}
CELLS = {"IF_curr_exp": COMMON, "IF_cond_exp": COMMON | {"e_rev_E": 0.0, "e_rev_I": -70.0}}
WEIGHT = {"IF_curr_exp": (0.9, -0.5), "IF_cond_exp": (0.018, 0.03)}     # nA or uS: excitatory, inhibitory
EXC = [5.0, 10.0, 12.5, 15.0, 17.2, 19.9, 30.0, 31.0, 32.0, 33.1, 34.7, 36.0, 50.3, 55.5, 60.0, 61.2,
       62.4, 63.6, 64.8, 66.0, 67.2, 90.0, 91.5, 93.0, 94.5, 96.0, 97.5, 99.0, 120.7, 121.9, 123.3,
       125.0, 126.1, 127.7, 129.2, 130.0, 160.0, 160.8, 161.6, 162.4, 163.2, 164.0, 164.8, 165.6,
       166.4, 167.2, 200.0, 205.0, 210.0, 213.0, 216.0, 218.0, 220.0, 221.0, 222.0, 223.0, 224.0,
       225.0, 226.0, 260.0, 261.1, 262.2, 263.3, 264.4, 265.5]
INH = [8.0, 33.5, 52.0, 65.5, 95.2, 96.4, 124.2, 128.0, 163.0, 165.0, 170.0, 207.0, 222.5, 250.0, 263.0]


def key(cell: str, tau_refrac: float, protocol: str) -> str:
    return f"{cell}|{tau_refrac}|{protocol}"


def derivative(cell: str, p: dict, current: float, held: bool):
    """dy/dt of y = (v [mV], excitatory, inhibitory synaptic variable [nA or uS])."""
    def of(_t, y):
        v, e, i = y
        synaptic = e + i if cell == "IF_curr_exp" else e * (p["e_rev_E"] - v) + i * (p["e_rev_I"] - v)
        dv = 0.0 if held else (p["v_rest"] - v) / p["tau_m"] + (synaptic + current) / p["cm"]
        return [dv, -e / p["tau_syn_E"], -i / p["tau_syn_I"]]
    return of


def events(cell: str, protocol: str) -> list[tuple[float, int, float]]:
    """(time, what changes, by how much): 0 the current, 1 excitation, 2 inhibition; ordered."""
    if protocol == "dc":
        return [(DC_ON, 0, DC), (DC_OFF, 0, -DC)]
    exc, inh = WEIGHT[cell]
    return sorted([(round(t + DELAY, 6), 1, exc) for t in EXC] + [(round(t + DELAY, 6), 2, inh) for t in INH])


def solve(cell: str, tau_refrac: float, protocol: str) -> tuple[list[float], np.ndarray]:
    """Spike times [ms] and v on GRID [mV]."""
    p, queue = CELLS[cell], events(cell, protocol)
    t, y, current, held_until = 0.0, np.array([p["v_rest"], 0.0, 0.0]), 0.0, -1.0
    spikes, v = [], np.empty(GRID.size)

    def crossing(_t, y):
        return y[0] - p["v_thresh"]
    crossing.terminal, crossing.direction = True, 1
    while t < DURATION - 1e-12:
        while queue and queue[0][0] <= t + 1e-12:
            _, which, change = queue.pop(0)
            if which == 0:
                current += change
            else:
                y[which] += change
        held = held_until > t + 1e-12
        end = min(queue[0][0] if queue else DURATION, DURATION, held_until if held else DURATION)
        part = solve_ivp(derivative(cell, p, current, held), (t, end), y, method="DOP853", rtol=1e-11, atol=1e-12,
                         max_step=0.25, dense_output=True, events=None if held else crossing)
        inside = (t - 1e-9 <= GRID) & (part.t[-1] - 1e-9 > GRID)
        if inside.any():
            v[inside] = part.sol(np.clip(GRID[inside], t, part.t[-1]))[0]
        t, y = float(part.t[-1]), part.y[:, -1].copy()
        if part.status == 1:
            spikes.append(t)
            y[0] = p["v_reset"]
            held_until = t + tau_refrac
    v[-1] = y[0]
    return spikes, v


def nest_spikes(nest, cell: str, tau_refrac: float, protocol: str, dt: float) -> list[float]:
    """Spike times of NEST's cell at this dt; refractory for at least dt, as PyNN sets it."""
    p = CELLS[cell]
    nest.ResetKernel()
    nest.resolution = dt
    common = {"C_m": p["cm"] * 1e3, "E_L": p["v_rest"], "V_reset": p["v_reset"], "V_th": p["v_thresh"],
              "V_m": p["v_rest"], "tau_syn_ex": p["tau_syn_E"], "tau_syn_in": p["tau_syn_I"],
              "t_ref": max(dt, tau_refrac)}
    if cell == "IF_curr_exp":
        made = nest.Create("iaf_psc_exp", params=common | {"tau_m": p["tau_m"]})
    else:
        made = nest.Create("iaf_cond_exp", params=common | {
            "g_L": p["cm"] * 1e3 / p["tau_m"], "E_ex": p["e_rev_E"], "E_in": p["e_rev_I"]})
    recorder = nest.Create("spike_recorder")
    nest.Connect(made, recorder, syn_spec={"delay": dt})
    if protocol == "spikes":
        sign = -1.0 if cell == "IF_cond_exp" else 1.0           # NEST: inhibitory conductances are negative weights
        exc, inh = WEIGHT[cell]
        for times, weight in ((EXC, exc * 1e3), (INH, sign * inh * 1e3)):
            source = nest.Create("spike_generator", params={"spike_times": times})
            nest.Connect(source, made, syn_spec={"weight": weight, "delay": DELAY})
    changes = {0.0: 0.0} | ({DC_ON: DC * 1e3, DC_OFF: 0.0} if protocol == "dc" else {})
    for start, end in zip(changes, [*list(changes)[1:], DURATION], strict=True):
        made.I_e = changes[start]
        nest.Simulate(end - start)
    return sorted(np.round(recorder.events["times"], 6).tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nest", action="store_true", help="also simulate with NEST (needs nest-simulator)")
    args = parser.parse_args()
    file = HERE / "cells.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    cases = [(c, r, p) for c in CELLS for r in TAU_REFRAC for p in ("dc", "spikes")]
    traces = {}
    for case in cases:
        spikes, traces[key(*case)] = solve(*case)
        kept.setdefault(key(*case), {})["spikes"] = [round(t, 9) for t in spikes]
    np.savez_compressed(HERE / "cells.npz", **traces)
    if args.nest:
        import nest

        nest.verbosity = nest.VerbosityLevel.ERROR
        for case in cases:
            kept[key(*case)]["nest"] = {str(dt): nest_spikes(nest, *case, dt) for dt in (0.1, 0.01)}
        kept["nest_version"] = nest.__version__
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(kept[name])}" for name in sorted(kept))
    file.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
