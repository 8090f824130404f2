"""Each cell that is not exact converges with the order that its docstring states.

Error at a fixed time before any spike, against DOP853 at rtol 1e-13: least-squares slope of log error on log dt.
"""

import re
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from simcore.models.cells import CELL_MODELS
from simcore.models.cells.hh_cond_exp import rates
from tests.naive.cells import run_cell
from tests.peers.spiking.reference import single_cells as reference

NEVER = {"v_thresh": 1e6}
CONDUCTANCES = {"gsyn_exc": 0.1, "gsyn_inh": 0.15}
CASES = {       # order; time [ms]; steps dt [ms]; initial states; parameters; current [nA]
    "IF_cond_alpha": (6, 4.8, (0.8, 0.6, 0.4, 0.3), CONDUCTANCES | {"gsyn_exc_rise": 0.1, "gsyn_inh_rise": 0.2},
                      NEVER | {"tau_syn_E": 1.0, "tau_syn_I": 2.0}),
    "IF_cond_exp_gsfa_grr": (6, 9.6, (1.6, 1.2, 0.8, 0.6), CONDUCTANCES | {"g_sfa": 0.1, "g_rr": 0.3},
                             NEVER | {"tau_syn_E": 3.0, "tau_rr": 4.0, "i_offset": 2.0}),
    "IF_facets_hardware1": (6, 9.6, (1.6, 1.2, 0.8, 0.6), CONDUCTANCES, NEVER | {"tau_syn_E": 3.0, "tau_syn_I": 5.0}),
    "EIF_cond_exp_isfa_ista": (4, 9.6, (0.4, 0.2, 0.1, 0.05), {"v": -55.0, "w": 0.05, "gsyn_exc": 0.02, "gsyn_inh": 0.03},
                               {"tau_syn_E": 2.0, "i_offset": 0.1}),
    "EIF_cond_alpha_isfa_ista": (4, 9.6, (0.4, 0.2, 0.1, 0.05), {"v": -55.0, "w": 0.05, "gsyn_exc_rise": 0.02,
                                                                 "gsyn_inh_rise": 0.03}, {"i_offset": 0.1}),
    "Izhikevich": (4, 16.0, (0.5, 0.25, 0.125), {"v": -60.0, "u": -10.0}, {"i_offset": 0.003}),
    "HH_cond_exp": (6, 3.2, (0.05, 0.04, 0.025, 0.02), {"v": -72.0, "m": 0.01, "h": 0.99, "n": 0.03, "gsyn_exc": 0.003,
                                                      "gsyn_inh": 0.01}, {"tau_syn_E": 2.0, "i_offset": 0.1}),
}
CASES["IF_cond_exp_order2"] = (2, 9.6, (0.4, 0.2, 0.1, 0.05), CONDUCTANCES, NEVER)
CASES["HH_cond_exp_order2"] = (2, *CASES["HH_cond_exp"][1:])


def exact(name, time, initial, given):
    """v at `time`, by the reference's own equations."""
    complete = CELL_MODELS[name].complete(given)
    name = name.removesuffix("_order2")
    p = (reference.CELLS | reference.OTHER_CELLS)[name] | {k: v for k, v in complete.items() if CELL_MODELS[name].parameters[k].units != "nS"}
    y = reference.start(name, p)[0]
    names = ["v", "g_sfa", "g_rr"] if "gsfa" in name else {"EIF": ["v", "w"], "HH_": ["v", "m", "h", "n"], "Izh": ["v", "u"]}.get(name[:3], ["v"])
    for k, state in enumerate(names):
        y[k] = initial.get(state, y[k])
    if "alpha" in name:
        tau = complete["tau_syn_E"], complete["tau_syn_I"]
        y[-4:] = (initial.get("gsyn_exc", 0.0), np.e / tau[0] * initial["gsyn_exc_rise"],
                  initial.get("gsyn_inh", 0.0), np.e / tau[1] * initial["gsyn_inh_rise"])
    elif "gsyn_exc" in initial:
        y[-2:] = initial["gsyn_exc"], initial["gsyn_inh"]
    rhs = reference.derivative(name, p, complete.get("i_offset", 0.0), held=False)
    return solve_ivp(rhs, (0.0, time), y, method="DOP853", rtol=1e-13, atol=1e-13, max_step=0.05).y[0, -1]


@pytest.mark.parametrize("name", CASES)
def test_v_converges_with_the_stated_order(name):
    order, time, sizes, initial, given = CASES[name]
    text = CELL_MODELS[name].step.__doc__ + (sys.modules[CELL_MODELS[name].step.__module__].__doc__ or "")
    assert re.search(r"order (\d)", text).group(1) == str(order)
    true = exact(name, time, initial, given)
    errors = []
    for dt in sizes:
        spikes, states = run_cell(CELL_MODELS[name], given, dt, round(time / dt), initial=initial)
        assert spikes.size == 0
        errors.append(abs(states["v"][-1] - true))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    print(f"| {name} | {', '.join(f'{dt:g}: {e:.1e}' for dt, e in zip(sizes, errors, strict=True))} | {slope:.2f} |")
    assert abs(true - initial.get("v", -65.0)) > 1.0            # mV; something happened
    assert order - 0.5 < slope < order + 1.0
    assert errors[-1] < 1e-4


@pytest.mark.parametrize("name", ["IF_cond_exp_order2", "HH_cond_exp_order2"])
def test_cells_of_order_two_are_nearer_than_exponential_euler_at_the_usual_step(name):
    """Brian2's usual method for these cells, written out: every variable relaxes with rates taken at the beginning."""
    _, _, _, initial, given = CASES[name]
    true, dt, n = exact(name, 3.2, initial, given), 0.1, 32
    _, states = run_cell(CELL_MODELS[name], given, dt, n, initial=initial)
    plain = name.removesuffix("_order2")
    p = (reference.CELLS | reference.OTHER_CELLS)[plain] | CELL_MODELS[name].complete(given)
    p |= {k: 1e-3 * v for k, v in p.items() if k.startswith("g") and k in CELL_MODELS[name].parameters}
    x = {k: v[0] for k, v in states.items()}
    for _ in range(n):
        if plain == "IF_cond_exp":
            total, gates = p["cm"] / p["tau_m"], {}
            inward = total * p["v_rest"]
        else:
            am, bm, ah, bh, an, bn = rates(x["v"] - p["v_offset"])
            gates = {"m": (am, bm), "h": (ah, bh), "n": (an, bn)}
            na, k = p["gbar_Na"] * x["m"] ** 3 * x["h"], p["gbar_K"] * x["n"] ** 4
            total = p["g_leak"] + na + k
            inward = p["g_leak"] * p["e_rev_leak"] + na * p["e_rev_Na"] + k * p["e_rev_K"]
        total += x["gsyn_exc"] + x["gsyn_inh"]
        inward += x["gsyn_exc"] * p["e_rev_E"] + x["gsyn_inh"] * p["e_rev_I"] + p["i_offset"]
        new = {"v": inward / total + (x["v"] - inward / total) * np.exp(-dt * total / p["cm"])}
        new |= {g: a / (a + b) + (x[g] - a / (a + b)) * np.exp(-dt * (a + b)) for g, (a, b) in gates.items()}
        new |= {"gsyn_exc": x["gsyn_exc"] * np.exp(-dt / p["tau_syn_E"]), "gsyn_inh": x["gsyn_inh"] * np.exp(-dt / p["tau_syn_I"])}
        x |= new
    assert abs(states["v"][-1] - true) < 0.2 * abs(x["v"] - true)
    assert abs(x["v"] - true) < 1.0                             # the other method is right too, to its order
