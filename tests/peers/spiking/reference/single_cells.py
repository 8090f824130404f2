#!/usr/bin/env python3
"""High-precision single cells: every cell model under a current step and under fixed spike trains.

    python tests/peers/spiking/reference/single_cells.py            # writes cells.json and cells.npz (scipy)
    python tests/peers/spiking/reference/single_cells.py --nest     # adds NEST's spikes at dt = 0.1 and 0.01 ms

The equations in continuous time by DOP853 (rtol 1e-13, atol 1e-13, steps of at most 0.1 ms) from event to event,
threshold crossings by root finding. Threshold: v >= v_thresh (v_spike, 30 mV) from below; then v = v_reset for
tau_refrac; synaptic variables and adaptation are never clamped. HH_cond_exp is not reset; its spikes are the peaks of v.
An input spike at t changes its synaptic variable (Izhikevich: v) at t + 1 ms.
Samples of v are right-continuous (after the jump or the reset): of IF_curr_exp and IF_cond_exp every 0.5 ms, of the
OTHER_CELLS every 0.1 ms before the first spike. nest_dv is the largest |v - reference| of NEST over the same samples.
Units: ms, mV, nA, uS, nF.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

HERE = Path(__file__).parent
DURATION, DC_ON, DC_OFF, DC = 300.0, 20.0, 220.0, 1.0           # ms, ms, ms, nA
DELAY = 1.0                                                     # ms
GRID = np.arange(601) * 0.5                                     # ms
FINE = np.arange(3001) * 0.1                                    # ms
TAU_REFRAC = (0.0, 0.1, 2.0)                                    # ms
COMMON = {"v_rest": -65.0, "cm": 1.0, "tau_m": 20.0, "v_reset": -65.0, "v_thresh": -50.0,
          "tau_syn_E": 5.0, "tau_syn_I": 5.0}
CELLS = {"IF_curr_exp": COMMON, "IF_cond_exp": COMMON | {"e_rev_E": 0.0, "e_rev_I": -70.0}}
ADAPTIVE = {"cm": 0.281, "v_spike": -40.0, "v_reset": -70.6, "v_rest": -70.6, "tau_m": 9.3667, "a": 0.004, "b": 0.0805,
            "delta_T": 2.0, "tau_w": 144.0, "v_thresh": -50.4, "e_rev_E": 0.0, "tau_syn_E": 5.0, "e_rev_I": -80.0,
            "tau_syn_I": 5.0}                                   # a in uS
OTHER_CELLS = {
    "IF_curr_alpha": COMMON | {"tau_syn_E": 0.5, "tau_syn_I": 0.5},
    "IF_cond_alpha": COMMON | {"tau_syn_E": 0.3, "tau_syn_I": 0.5, "e_rev_E": 0.0, "e_rev_I": -70.0},
    "IF_cond_exp_gsfa_grr": COMMON | {
        "e_rev_E": 0.0, "e_rev_I": -70.0, "tau_sfa": 100.0, "e_rev_sfa": -75.0, "q_sfa": 0.015, "tau_rr": 2.0,
        "e_rev_rr": -75.0, "q_rr": 3.0},                        # q in uS
    "IF_facets_hardware1": {"cm": 0.2, "tau_m": 5.0, "v_rest": -65.0, "v_reset": -80.0, "v_thresh": -55.0,
                            "tau_syn_E": 30.0, "tau_syn_I": 30.0, "e_rev_E": 0.0, "e_rev_I": -80.0},
    "EIF_cond_exp_isfa_ista": ADAPTIVE,
    "EIF_cond_alpha_isfa_ista": ADAPTIVE,
    "HH_cond_exp": {"gbar_Na": 20.0, "gbar_K": 6.0, "g_leak": 0.01, "cm": 0.2, "v_offset": -63.0, "e_rev_Na": 50.0,
                    "e_rev_K": -90.0, "e_rev_leak": -65.0, "e_rev_E": 0.0, "e_rev_I": -80.0, "tau_syn_E": 0.2,
                    "tau_syn_I": 2.0},                          # conductances in uS
    "Izhikevich": {"a": 0.02, "b": 0.2, "c": -65.0, "d": 2.0},
}
OTHER_CASES = [(cell, tau, protocol) for cell in OTHER_CELLS for protocol in ("dc", "spikes") for tau in (
    (1.0,) if "facets" in cell else (0.0,) if cell in ("HH_cond_exp", "Izhikevich") else (0.0, 2.0))]
OTHER_DC = {"IF_curr_alpha": 1.0, "IF_cond_alpha": 1.0, "IF_cond_exp_gsfa_grr": 1.5, "IF_facets_hardware1": 0.6, "EIF_cond_exp_isfa_ista": 0.8,
            "EIF_cond_alpha_isfa_ista": 0.8, "HH_cond_exp": 0.5, "Izhikevich": 0.01}       # nA
WEIGHT = {"IF_curr_exp": (0.9, -0.5), "IF_cond_exp": (0.018, 0.03), "IF_curr_alpha": (4.0, -2.0),
          "IF_cond_alpha": (0.12, 0.08), "IF_cond_exp_gsfa_grr": (0.018, 0.02), "IF_facets_hardware1": (0.0015, 0.002), "EIF_cond_exp_isfa_ista": (0.012, 0.008),
          "EIF_cond_alpha_isfa_ista": (0.008, 0.008), "HH_cond_exp": (0.06, 0.02),
          "Izhikevich": (6.0, -3.0)}                            # nA, uS or mV: excitatory, inhibitory
EXC = [5.0, 10.0, 12.5, 15.0, 17.2, 19.9, 30.0, 31.0, 32.0, 33.1, 34.7, 36.0, 50.3, 55.5, 60.0, 61.2,
       62.4, 63.6, 64.8, 66.0, 67.2, 90.0, 91.5, 93.0, 94.5, 96.0, 97.5, 99.0, 120.7, 121.9, 123.3,
       125.0, 126.1, 127.7, 129.2, 130.0, 160.0, 160.8, 161.6, 162.4, 163.2, 164.0, 164.8, 165.6,
       166.4, 167.2, 200.0, 205.0, 210.0, 213.0, 216.0, 218.0, 220.0, 221.0, 222.0, 223.0, 224.0,
       225.0, 226.0, 260.0, 261.1, 262.2, 263.3, 264.4, 265.5]
INH = [8.0, 33.5, 52.0, 65.5, 95.2, 96.4, 124.2, 128.0, 163.0, 165.0, 170.0, 207.0, 222.5, 250.0, 263.0]


def key(cell: str, tau_refrac: float, protocol: str) -> str:
    return f"{cell}|{tau_refrac}|{protocol}"


def start(cell: str, p: dict) -> tuple[list[float], int, int, float, float]:
    """Initial state (v first), which states the two inputs change, and by how much per unit of weight."""
    if cell == "Izhikevich":
        return [-70.0, -14.0], 0, 0, 1.0, 1.0
    if cell == "HH_cond_exp":
        rates = traub(p["e_rev_leak"] - p["v_offset"])
        return [p["e_rev_leak"], *(a / (a + b) for a, b in rates), 0.0, 0.0], 4, 5, 1.0, 1.0
    before = [p["v_rest"], 0.0] if cell.startswith("EIF") else [p["v_rest"], 0.0, 0.0] if "gsfa" in cell else [p["v_rest"]]
    n = len(before)
    if "alpha" in cell:                         # x' = -x / tau, g' = x - g / tau: x jumps by e / tau of the peak
        return [*before, 0.0, 0.0, 0.0, 0.0], n + 1, n + 3, math.e / p["tau_syn_E"], math.e / p["tau_syn_I"]
    return [*before, 0.0, 0.0], n, n + 1, 1.0, 1.0


def traub(u: float) -> tuple[tuple[float, float], ...]:
    """alpha, beta [1/ms] of m, h and n at u [mV] above v_offset: Traub & Miles (1991)."""
    def ratio(x, k):
        return k if abs(x) < 1e-9 else x / math.expm1(x / k)
    return ((0.32 * ratio(13 - u, 4.0), 0.28 * ratio(u - 40, 5.0)),
            (0.128 * math.exp((17 - u) / 18), 4 / (1 + math.exp((40 - u) / 5))),
            (0.032 * ratio(15 - u, 5.0), 0.5 * math.exp((10 - u) / 40)))


def derivative(cell: str, p: dict, current: float, held: bool):
    """dy/dt of y = (v [mV], then w or gates or u, then synaptic variables); v stands still while held."""
    def synapses(y):
        """Excitatory and inhibitory variable, and the derivatives of all that belong to them."""
        if "alpha" in cell:
            e, x_e, i, x_i = y
            return e, i, [x_e - e / p["tau_syn_E"], -x_e / p["tau_syn_E"], x_i - i / p["tau_syn_I"], -x_i / p["tau_syn_I"]]
        e, i = y
        return e, i, [-e / p["tau_syn_E"], -i / p["tau_syn_I"]]

    def integrate_and_fire(_t, y):
        v = y[0]
        e, i, changes = synapses(y[1:])
        synaptic = e + i if "curr" in cell else e * (p["e_rev_E"] - v) + i * (p["e_rev_I"] - v)
        return [0.0 if held else (p["v_rest"] - v) / p["tau_m"] + (synaptic + current) / p["cm"], *changes]

    def self_inhibiting(_t, y):
        v, sfa, rr = y[:3]
        dv, *changes = integrate_and_fire(_t, [v, *y[3:]])
        own = (sfa * (p["e_rev_sfa"] - v) + rr * (p["e_rev_rr"] - v)) / p["cm"]
        return [0.0 if held else dv + own, -sfa / p["tau_sfa"], -rr / p["tau_rr"], *changes]

    def adaptive(_t, y):
        v, w = y[:2]
        e, i, changes = synapses(y[2:])
        into = e * (p["e_rev_E"] - v) + i * (p["e_rev_I"] - v) - w + current
        upstroke = p["delta_T"] * math.exp((v - p["v_thresh"]) / p["delta_T"])
        dv = 0.0 if held else (p["v_rest"] - v + upstroke) / p["tau_m"] + into / p["cm"]
        return [dv, (p["a"] * (v - p["v_rest"]) - w) / p["tau_w"], *changes]

    def hodgkin_huxley(_t, y):
        v, m, h, n = y[:4]
        e, i, changes = synapses(y[4:])
        into = (p["g_leak"] * (p["e_rev_leak"] - v) + p["gbar_Na"] * m**3 * h * (p["e_rev_Na"] - v)
                + p["gbar_K"] * n**4 * (p["e_rev_K"] - v) + e * (p["e_rev_E"] - v) + i * (p["e_rev_I"] - v))
        gates = [a * (1 - x) - b * x for (a, b), x in zip(traub(v - p["v_offset"]), (m, h, n), strict=True)]
        return [(into + current) / p["cm"], *gates, *changes]

    def izhikevich(_t, y):
        v, u = y
        return [0.04 * v * v + 5 * v + 140 - u + 1000 * current, p["a"] * (p["b"] * v - u)]

    if cell.startswith("IF"):
        return self_inhibiting if "gsfa" in cell else integrate_and_fire
    return adaptive if cell.startswith("EIF") else izhikevich if cell == "Izhikevich" else hodgkin_huxley


def events(cell: str, protocol: str, p: dict) -> list[tuple[float, int | None, float]]:
    """(time, index of the state that changes or None for the current, by how much); ordered."""
    if protocol == "dc":
        current = OTHER_DC.get(cell, DC)
        return [(DC_ON, None, current), (DC_OFF, None, -current)]
    exc, inh = WEIGHT[cell]
    _, to_e, to_i, per_e, per_i = start(cell, p)
    return sorted([(round(t + DELAY, 6), to_e, exc * per_e) for t in EXC]
                  + [(round(t + DELAY, 6), to_i, inh * per_i) for t in INH])


def before_spike(cell: str, spikes: list[float]) -> np.ndarray:
    """Which samples of FINE lie before the first spike: its upstroke left out, where any lateness is a large dv."""
    return spikes[0] - (1.0 if cell == "HH_cond_exp" else 0.15) > FINE


def solve(cell: str, tau_refrac: float, protocol: str, grid: np.ndarray = GRID) -> tuple[list[float], np.ndarray]:
    """Spike times [ms] and v on a grid [mV]."""
    p = (CELLS | OTHER_CELLS)[cell]
    queue = events(cell, protocol, p)
    t, y, current, held_until = 0.0, np.array(start(cell, p)[0]), 0.0, -1.0
    top = p.get("v_spike", p.get("v_thresh", p.get("v_offset", 0.0) + 30.0))        # Izhikevich: 30 mV
    spikes, v = [], np.empty(grid.size)

    def crossing(_t, y):
        return y[0] - top
    crossing.terminal, crossing.direction = True, 1
    while t < DURATION - 1e-12:
        while queue and queue[0][0] <= t + 1e-12:
            _, which, change = queue.pop(0)
            if which is None:
                current += change
            else:
                y[which] += change
        held = held_until > t + 1e-12
        rhs = derivative(cell, p, current, held)

        def peak(t, y, rhs=rhs):
            return rhs(t, y)[0]
        peak.direction = -1
        watched = peak if cell == "HH_cond_exp" else None if held else crossing
        end = min(queue[0][0] if queue else DURATION, DURATION, held_until if held else DURATION)
        part = solve_ivp(rhs, (t, end), y, method="DOP853", rtol=1e-13, atol=1e-13, max_step=0.1, dense_output=True,
                         events=watched)
        inside = (t - 1e-9 <= grid) & (part.t[-1] - 1e-9 > grid)
        if inside.any():
            v[inside] = part.sol(np.clip(grid[inside], t, part.t[-1]))[0]
        t, y = float(part.t[-1]), part.y[:, -1].copy()
        if cell == "HH_cond_exp":
            spikes += [float(at) for at, state in zip(part.t_events[0], part.y_events[0], strict=True) if state[0] > top]
        elif part.status == 1:
            spikes.append(t)
            y[0] = p.get("v_reset", p.get("c"))
            if "gsfa" in cell:
                y[1:3] += p["q_sfa"], p["q_rr"]
            elif not cell.startswith("IF"):
                y[1] += p["d"] if cell == "Izhikevich" else p["b"]
            held_until = t + tau_refrac
    v[-1] = y[0]
    return spikes, v


def nest_model(cell: str, tau_refrac: float, dt: float) -> tuple[str, dict]:
    """NEST's name and parameters (pF, nS, pA) of a cell; IF cells refractory for at least dt, as PyNN sets it."""
    p = (CELLS | OTHER_CELLS)[cell]
    if cell == "Izhikevich":
        return "izhikevich", p | {"V_m": -70.0, "U_m": -14.0}
    of_synapses = {"tau_syn_ex": p["tau_syn_E"], "tau_syn_in": p["tau_syn_I"], "C_m": p["cm"] * 1e3}
    if "e_rev_E" in p:
        of_synapses |= {"E_ex": p["e_rev_E"], "E_in": p["e_rev_I"]}
    if cell == "HH_cond_exp":                           # NEST's own initial gates are those of another V_T
        gates = [a / (a + b) for a, b in traub(p["e_rev_leak"] - p["v_offset"])]
        return "hh_cond_exp_traub", of_synapses | {
            "g_Na": p["gbar_Na"] * 1e3, "g_K": p["gbar_K"] * 1e3, "g_L": p["g_leak"] * 1e3, "V_T": p["v_offset"],
            "E_Na": p["e_rev_Na"], "E_K": p["e_rev_K"], "E_L": p["e_rev_leak"], "V_m": p["e_rev_leak"],
            "Act_m": gates[0], "Inact_h": gates[1], "Act_n": gates[2]}
    common = of_synapses | {"E_L": p["v_rest"], "V_reset": p["v_reset"], "V_th": p["v_thresh"], "V_m": p["v_rest"]}
    leak = {"g_L": p["cm"] * 1e3 / p["tau_m"]}
    if cell.startswith("EIF"):
        own = {"a": p["a"] * 1e3, "b": p["b"] * 1e3, "Delta_T": p["delta_T"], "tau_w": p["tau_w"], "V_peak": p["v_spike"],
               "w": 0.0, "t_ref": tau_refrac}
        return ("aeif_cond_alpha" if "alpha" in cell else "aeif_cond_exp"), common | leak | own
    common["t_ref"] = max(dt, tau_refrac)
    if "facets" in cell:
        return "iaf_cond_exp_sfa_rr", common | leak | {"q_sfa": 0.0, "q_rr": 0.0}
    if "gsfa" in cell:
        own = {"q_sfa": p["q_sfa"] * 1e3, "q_rr": p["q_rr"] * 1e3, "E_sfa": p["e_rev_sfa"], "E_rr": p["e_rev_rr"],
               "tau_sfa": p["tau_sfa"], "tau_rr": p["tau_rr"]}
        return "iaf_cond_exp_sfa_rr", common | leak | own
    shape = "alpha" if "alpha" in cell else "exp"
    return (f"iaf_psc_{shape}", common | {"tau_m": p["tau_m"]}) if "curr" in cell else (f"iaf_cond_{shape}", common | leak)


def nest_run(nest, cell: str, tau_refrac: float, protocol: str, dt: float) -> tuple[list[float], np.ndarray]:
    """Spike times of NEST's cell at this dt, and its v on FINE (but for the last sample)."""
    nest.ResetKernel()
    nest.resolution = dt
    name, parameters = nest_model(cell, tau_refrac, dt)
    made = nest.Create(name, params=parameters)
    recorder = nest.Create("spike_recorder")
    nest.Connect(made, recorder, syn_spec={"delay": dt})
    meter = nest.Create("multimeter", params={"interval": 0.1, "record_from": ["V_m"]})
    nest.Connect(meter, made, syn_spec={"delay": dt})
    if protocol == "spikes":
        exc, inh = WEIGHT[cell]
        scale = 1.0 if cell == "Izhikevich" else 1e3            # weights: mV, pA or nS
        sign = -1.0 if "cond" in cell or "facets" in cell else 1.0      # inhibitory conductances are negative weights
        for times, weight in ((EXC, exc * scale), (INH, sign * inh * scale)):
            source = nest.Create("spike_generator", params={"spike_times": times})
            nest.Connect(source, made, syn_spec={"weight": weight, "delay": DELAY})
    changes = {0.0: 0.0} | ({DC_ON: OTHER_DC.get(cell, DC) * 1e3, DC_OFF: 0.0} if protocol == "dc" else {})
    for begin, end in zip(changes, [*list(changes)[1:], DURATION], strict=True):
        made.I_e = changes[begin]
        nest.Simulate(end - begin)
    v = np.full(FINE.size, np.nan)
    v[0] = parameters["V_m"]
    v[np.round(np.array(meter.events["times"]) * 10).astype(int)] = meter.events["V_m"]
    return sorted(np.round(recorder.events["times"], 6).tolist()), v


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nest", action="store_true", help="also simulate with NEST (needs nest-simulator)")
    args = parser.parse_args()
    file = HERE / "cells.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    cases = [(c, r, p) for c in CELLS for r in TAU_REFRAC for p in ("dc", "spikes")]
    traces = {}
    for case in cases + OTHER_CASES:
        spikes, v = solve(*case, GRID if case in cases else FINE)
        traces[key(*case)] = v if case in cases else v[before_spike(case[0], spikes)]
        kept.setdefault(key(*case), {})["spikes"] = [round(t, 9) for t in spikes]
    np.savez_compressed(HERE / "cells.npz", **traces)
    if args.nest:
        import nest

        nest.verbosity = nest.VerbosityLevel.ERROR
        for case in cases + OTHER_CASES:
            runs = {str(dt): nest_run(nest, *case, dt) for dt in (0.1, 0.01)}
            kept[key(*case)]["nest"] = {dt: spikes for dt, (spikes, _) in runs.items()}
            if case in OTHER_CASES:
                exact = traces[key(*case)]
                kept[key(*case)]["nest_dv"] = {
                    dt: float(f"{np.abs(v[:exact.size] - exact).max():.2g}") for dt, (_, v) in runs.items()}
        kept["nest_version"] = nest.__version__
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(kept[name])}" for name in sorted(kept))
    file.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
