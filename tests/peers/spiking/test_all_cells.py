"""The other cells against continuous time (DOP853, reference/single_cells.py) and against NEST on the same grid.

The engine runs them under a current step (in parts, with states carried over) and under fixed trains of spikes. Before
the first spike v must be as near to continuous time as NEST's is, or differ from it by rounding; spikes must be NEST's, or
nearer. What remains of their lateness is the grid's, and NEST's too. -s shows the table of
docs/cells.md.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from simcore.engine.simulation import Simulation
from simcore.models.cells import CELL_MODELS
from simcore.network import Network, OneToOne
from tests.peers.spiking.reference import single_cells as reference
from tests.peers.spiking.test_single_cells import deviations

KEPT = json.loads((Path(__file__).parent / "reference" / "cells.json").read_text())
TRACES = np.load(Path(__file__).parent / "reference" / "cells.npz")
ROUNDING = 5e-13                                # mV; 35 times the spacing of numbers near -65, and what DOP853 leaves
RESETS_WITHIN_STEPS = [c for c in reference.OTHER_CASES if c[0].startswith("EIF") and c[1] == 0.0]


def parameters(cell, tau_refrac):
    """The reference's parameters by the names and units of the model."""
    given = dict(reference.OTHER_CELLS[cell], tau_refrac=tau_refrac)
    if "facets" in cell:
        given["g_leak"] = given["cm"] / given["tau_m"]
    nS = {name: 1e3 * given[name] for name, p in CELL_MODELS[cell].parameters.items() if p.units == "nS"}
    return {name: value for name, value in (given | nS).items() if name in CELL_MODELS[cell].parameters}


def stages(cell, protocol, given):
    """(duration, parameters) of the parts of a run; IF_facets_hardware1 has no i_offset: v_rest does the same."""
    if protocol == "spikes":
        return [(reference.DURATION, given)]
    current = reference.OTHER_DC[cell]
    driven = {"v_rest": given["v_rest"] + 1e3 * current / given["g_leak"]} if "facets" in cell else {"i_offset": current}
    return [(reference.DC_ON, given), (reference.DC_OFF - reference.DC_ON, given | driven),
            (reference.DURATION - reference.DC_OFF, given)]


def simulated(cell, tau_refrac, protocol, dt):
    """Spike times [ms] and v on the reference's fine grid [mV], without its last sample."""
    began, states, times, v = 0.0, None, [], []
    for duration, given in stages(cell, protocol, parameters(cell, tau_refrac)):
        net = Network()
        made = net.population("cell", 1, cell, given)
        if protocol == "spikes":
            for receptor, train, weight in zip(("excitatory", "inhibitory"), (reference.EXC, reference.INH),
                                               reference.WEIGHT[cell], strict=True):
                source = net.population(receptor, 1, "SpikeSourceArray", {"spike_times": train})
                net.project(source, made, OneToOne(), weight=weight, delay=reference.DELAY, receptor=receptor)
        traced = [{"population": "cell", "variable": "v", "interval": 0.1}]
        simulation = Simulation(net, dt=dt, seed=1, record={"spikes": {"cell": True}, "traces": traced})
        if states is not None:
            simulation.machine.state.pool[:] = states
        simulation.run(duration)
        states, recording = simulation.machine.state.pool, simulation.recording()
        times.append((recording.spikes.step + 1) * dt + began)
        v.append(recording.traces[0].values[:, 0])
        began += duration
    return np.concatenate(times), np.concatenate(v)


@pytest.mark.parametrize("dt", [0.1, 0.01])
@pytest.mark.parametrize("case", reference.OTHER_CASES, ids=lambda c: reference.key(*c))
def test_a_cell_is_as_near_to_continuous_time_as_nest_is(case, dt):
    kept = KEPT[reference.key(*case)]
    exact, before = np.array(kept["spikes"]), TRACES[reference.key(*case)]
    times, v = simulated(*case, dt)
    dv = np.abs(v[:before.size] - before).max()
    ours, missed, extra = deviations(times, exact)
    theirs, nest_missed, _ = deviations(np.array(kept["nest"][str(dt)]), exact)
    print(f"| {case[0]}, {case[1]} | {case[2]} | {dt} | {dv:.1e} / {kept['nest_dv'][str(dt)]:.1e} | {missed} / {nest_missed} | "
          f"{ours.mean():.3f} / {theirs.mean():.3f} | {np.abs(ours).max():.3f} / {np.abs(theirs).max():.3f} |")
    assert before.size > 100
    assert np.ptp(before) > 5.0                         # mV: something happens before the first spike
    assert dv <= max(kept["nest_dv"][str(dt)], ROUNDING)
    assert 0.0 <= ours[0] <= (1.5 if case[0] == "HH_cond_exp" else 1.0) * dt
    assert extra == 0
    assert missed <= nest_missed
    assert missed < nest_missed or np.abs(ours).max() <= np.abs(theirs).max() + 1e-6


@pytest.mark.parametrize("dt", [0.1, 0.01])
@pytest.mark.parametrize("case", [c for c in reference.OTHER_CASES if c[1] >= 1.0 or c[0] == "HH_cond_exp"],
                         ids=lambda c: reference.key(*c))
def test_spikes_are_in_nests_steps(case, dt):
    """Where both mean the same: refractory periods of at least a step (NEST cannot do without), and the peaks of HH."""
    np.testing.assert_allclose(simulated(*case, dt)[0], KEPT[reference.key(*case)]["nest"][str(dt)], rtol=0, atol=1e-6)


@pytest.mark.parametrize("case", RESETS_WITHIN_STEPS, ids=lambda c: reference.key(*c))
def test_adaptive_cells_without_refractory_period_do_not_accumulate_lateness(case):
    """Each spike is dated at the end of its own step: late by 0 ... dt however many came before, at any dt."""
    exact = np.array(KEPT[reference.key(*case)]["spikes"])
    for dt in (0.1, 0.01):
        times, _ = simulated(*case, dt)
        assert len(times) == len(exact)
        assert np.all(times - exact > -0.03 * dt)
        assert np.all(times - exact < 1.03 * dt)


@pytest.mark.parametrize("cell", ["EIF_cond_alpha_isfa_ista", "EIF_cond_exp_isfa_ista"])
def test_resets_within_steps_are_of_order_two(cell):
    """Error of v at 219 ms, five resets after the current's beginning, for ten times smaller steps."""
    _, exact = reference.solve(cell, 0.0, "dc", reference.FINE)
    sizes = (0.1, 0.05, 0.02, 0.01)
    errors = [abs(simulated(cell, 0.0, "dc", dt)[1][2190] - exact[2190]) for dt in sizes]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    print(f"{cell}: errors {[f'{e:.1e}' for e in errors]} mV, order {slope:.2f}")
    assert slope > 1.8
    assert errors[0] < 0.01


def forward_euler(protocol, dt):
    """NEST's izhikevich, written out: spike times, v on the fine grid."""
    p = reference.OTHER_CELLS["Izhikevich"]
    changes = {}
    for t, which, by in reference.events("Izhikevich", protocol, p):
        changes.setdefault(round(t / dt) - (which is not None), []).append((which, by))
    v, u, current, times, trace = -70.0, -14.0, 0.0, [], []
    for step in range(round(reference.DURATION / dt)):
        if step % round(0.1 / dt) == 0:
            trace.append(v)
        jump = 0.0
        for which, by in changes.get(step, ()):
            current, jump = (current + by, jump) if which is None else (current, jump + by)
        v, u = (v + dt * (0.04 * v * v + 5.0 * v + 140.0 - u + 1e3 * current) + jump, u + dt * p["a"] * (p["b"] * v - u))
        if v >= 30.0:
            v, u = p["c"], u + p["d"]
            times.append((step + 1) * dt)
    return np.array(times), np.array(trace)


@pytest.mark.parametrize("dt", [0.1, 0.01])
@pytest.mark.parametrize("protocol", ["dc", "spikes"])
def test_izhikevich_is_nearer_to_continuous_time_than_nests_forward_euler(protocol, dt):
    case = ("Izhikevich", 0.0, protocol)
    exact, before = np.array(KEPT[reference.key(*case)]["spikes"]), TRACES[reference.key(*case)]
    times, v = simulated(*case, dt)
    euler_times, euler_v = forward_euler(protocol, dt)
    dv, euler_dv = (np.abs(x[:before.size] - before).max() for x in (v, euler_v))
    ours, missed, extra = deviations(times, exact)
    theirs, euler_missed, _ = deviations(euler_times, exact)
    print(f"| Izhikevich | {protocol} | {dt} | {dv:.1e} / {euler_dv:.1e} | {missed} / {euler_missed} | {np.abs(ours).max():.3f} / "
          f"{np.abs(theirs).max():.3f} |")
    assert dv < 0.01 * euler_dv
    assert missed == extra == 0
    assert np.abs(ours).max() <= np.abs(theirs).max()


@pytest.mark.parametrize("case", [c for c in reference.OTHER_CASES if c[0] in ("IF_cond_alpha", "Izhikevich")
                                  and c[1] == 0.0 and c[2] == "dc"], ids=lambda c: reference.key(*c))
def test_the_kept_reference_is_what_its_script_makes(case):
    spikes, v = reference.solve(*case, reference.FINE)
    np.testing.assert_allclose(spikes, KEPT[reference.key(*case)]["spikes"], rtol=0, atol=2e-9)
    np.testing.assert_allclose(v[reference.before_spike(case[0], spikes)], TRACES[reference.key(*case)], rtol=0, atol=1e-8)
