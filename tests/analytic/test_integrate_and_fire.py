"""Integrate-and-fire cells against closed forms: rates, postsynaptic potentials, steady states, order in dt.

The cells are run by plain Python on the model's own equations; `tests/naive` holds that the engine gives the same bits.
"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from simcore.models.cells import CELL_MODELS
from tests.naive.cells import run_cell

CURR_EXP, COND_EXP, DELTA = (CELL_MODELS[name] for name in ("IF_curr_exp", "IF_cond_exp", "IF_curr_delta"))
NEVER = {"v_thresh": 1e6}                       # mV; a cell that does not fire


@pytest.mark.parametrize("model", [CURR_EXP, COND_EXP, DELTA], ids=lambda m: m.name)
@pytest.mark.parametrize("dt", [0.1, 0.025])
@pytest.mark.parametrize("current", [0.76, 0.8, 1.0, 1.7, 4.0])
@pytest.mark.parametrize("tau_refrac", [0.0, 2.0])
def test_rate_at_constant_current_is_the_textbooks(model, dt, current, tau_refrac):
    """Every interval is t_ref + tau_m ln(R I / (R I - (v_thresh - v_reset))), rounded up to the grid; v_reset = v_rest.

    The rate then lies within one step per interval of the exact f-I curve.
    """
    tau_m, cm, gap = 20.0, 1.0, 15.0
    drive = current * tau_m / cm                                    # mV
    exact = tau_m * np.log(drive / (drive - gap))                   # ms from reset to threshold
    steps = int(np.ceil(exact / dt))
    assert abs(exact / dt - round(exact / dt)) > 1e-6               # not on the grid itself: no tie to round
    n_refrac = round(tau_refrac / dt)
    spikes, _ = run_cell(model, {"i_offset": current, "tau_refrac": tau_refrac}, dt, 5 * (steps + n_refrac))
    assert spikes[0] == steps - 1                                   # a spike of step k lies at its end, (k + 1) dt
    assert set(np.diff(spikes)) == {steps + n_refrac}
    rate = 1.0 / (np.diff(spikes).mean() * dt)
    assert 0.0 <= 1.0 / (tau_refrac + exact) - rate < dt * rate**2 * (1 + dt * rate) / (1 - dt * rate)


@pytest.mark.parametrize("model", [CURR_EXP, COND_EXP, DELTA], ids=lambda m: m.name)
def test_no_spike_below_the_rheobase(model):
    """R I = v_thresh - v_rest is approached from below and never reached."""
    spikes, states = run_cell(model, {"i_offset": 0.7499}, 0.1, 20_000)
    assert spikes.size == 0
    assert states["v"][-1] == pytest.approx(-65.0 + 0.7499 * 20.0, abs=1e-11)


@pytest.mark.parametrize("tau_syn", [0.5, 5.0, 19.9999, 20.0, 80.0])
@pytest.mark.parametrize("receptor", ["excitatory", "inhibitory"])
def test_psp_of_an_exponential_current_is_the_double_exponential(tau_syn, receptor):
    """v(t) = w / cm * (e**(-t/tau_m) - e**(-t/tau_s)) / (1/tau_s - 1/tau_m), also where both are equal."""
    dt, tau_m, weight = 0.1, 20.0, 0.3 if receptor == "excitatory" else -0.3
    parameters = NEVER | {"tau_syn_E": tau_syn, "tau_syn_I": tau_syn}
    _, states = run_cell(CURR_EXP, parameters, dt, 1500, [(0, receptor, weight)])
    t = np.arange(1500) * dt                                        # since the arrival at the end of step 0
    difference = 1 / tau_syn - 1 / tau_m
    shape = -np.expm1(-t * difference) / difference if difference else t
    np.testing.assert_allclose(states["v"][1:] + 65.0, weight * np.exp(-t / tau_m) * shape, rtol=0, atol=2e-13)


@pytest.mark.parametrize(("receptor", "weight"), [("excitatory", 0.1), ("inhibitory", -0.5)])
def test_psp_of_a_delta_synapse_jumps_and_decays(receptor, weight):
    _, states = run_cell(DELTA, NEVER, 0.1, 1000, [(4, receptor, weight)])
    assert np.all(states["v"][:5] == -65.0)
    t = np.arange(996) * 0.1
    np.testing.assert_allclose(states["v"][5:] + 65.0, weight * np.exp(-t / 20.0), rtol=0, atol=1e-12)


def test_delta_input_is_lost_while_refractory_and_counts_just_after():
    """Model A of Brunel (2000): the n_refrac steps after a spike discard what arrives; the next step does not."""
    parameters = {"tau_refrac": 2.0, "v_thresh": -50.0, "v_reset": -60.0}
    spikes, states = run_cell(DELTA, parameters, 0.1, 60, [(0, "excitatory", 20.0), *((k, "excitatory", 1.0)
                                                                                      for k in range(1, 21))])
    assert spikes.tolist() == [0]
    assert np.all(states["v"][1:22] == -60.0)
    _, later = run_cell(DELTA, parameters, 0.1, 60, [(0, "excitatory", 20.0), (21, "excitatory", 1.0)])
    assert later["v"][22] == pytest.approx(-65.0 + 5.0 * np.exp(-0.1 / 20.0) + 1.0, abs=1e-12)


def test_synaptic_variables_are_not_clamped_by_the_refractory_period():
    for model in (CURR_EXP, COND_EXP):
        name = "isyn_exc" if model is CURR_EXP else "gsyn_exc"
        _, states = run_cell(model, {"tau_refrac": 5.0, "i_offset": 4.0}, 0.1, 300, [(0, "excitatory", 0.02)])
        np.testing.assert_allclose(states[name][1:], 0.02 * np.exp(-np.arange(300) * 0.1 / 5.0), rtol=1e-12)


def test_regular_input_brings_the_conductance_to_its_geometric_sum():
    """One arrival a step: g -> w / (1 - e**(-dt/tau)), over the transient 1 - q**n."""
    dt, tau, w = 0.1, 5.0, 0.001
    _, states = run_cell(COND_EXP, NEVER, dt, 1000, [(k, "excitatory", w) for k in range(1000)])
    q = np.exp(-dt / tau)
    np.testing.assert_allclose(states["gsyn_exc"], w * (1 - q ** np.arange(1001)) / (1 - q), rtol=1e-12)


@pytest.mark.parametrize(("g_exc", "g_inh"), [(0.02, 0.0), (0.0, 0.1), (0.05, 0.3), (30.0, 4.0)])
def test_constant_conductance_gives_the_steady_state_and_the_effective_time_constant(g_exc, g_inh):
    """Conductances that do not decay: v -> sum g E / sum g with tau = cm / sum g; exact also for tau << dt."""
    parameters = NEVER | {"tau_syn_E": 1e15, "tau_syn_I": 1e15}
    _, states = run_cell(COND_EXP, parameters, 0.1, 4000, initial={"gsyn_exc": g_exc, "gsyn_inh": g_inh})
    total = 0.05 + g_exc + g_inh                                    # uS; leak cm / tau_m
    steady = (0.05 * -65.0 + g_exc * 0.0 + g_inh * -70.0) / total
    t = np.arange(4001) * 0.1
    expected = steady + (-65.0 - steady) * np.exp(-t * total)
    np.testing.assert_allclose(states["v"], expected, rtol=0, atol=1e-10)


def conductance_reference(t_end, g_exc, g_inh):
    """v(t_end) of IF_cond_exp with default parameters, DOP853 at rtol 1e-13, from v_rest."""
    def rhs(t, v):
        return (-65.0 - v) / 20.0 + g_exc * np.exp(-t / 5.0) * (0.0 - v) + g_inh * np.exp(-t / 5.0) * (-70.0 - v)
    return solve_ivp(rhs, (0.0, t_end), [-65.0], method="DOP853", rtol=1e-13, atol=1e-13, max_step=0.05).y[0, -1]


@pytest.mark.parametrize(("g_exc", "g_inh"), [(0.05, 0.0), (0.1, 0.2), (0.5, 1.0)])
def test_if_cond_exp_converges_with_order_six(g_exc, g_inh):
    """Error of v at 16 ms for dt = 2, 1, 0.5, 0.25 ms: least-squares slope of log error on log dt."""
    exact = conductance_reference(16.0, g_exc, g_inh)
    sizes = np.array([2.0, 1.0, 0.5, 0.25])
    error = []
    for dt in sizes:
        _, states = run_cell(COND_EXP, NEVER, dt, round(16.0 / dt), initial={"gsyn_exc": g_exc, "gsyn_inh": g_inh})
        error.append(abs(states["v"][-1] - exact))
    slope = np.polyfit(np.log(sizes), np.log(error), 1)[0]
    print(f"IF_cond_exp, g = {g_exc}, {g_inh} uS: errors {[f'{e:.2g}' for e in error]} mV, order {slope:.2f}")
    assert 5.7 < slope < 6.5
    assert error[-1] < 1e-11


def test_if_cond_exp_is_within_ten_picovolts_at_a_tenth_of_a_millisecond():
    """At the usual dt a synaptic potential of 10 mV is right to 1e-8 mV: no adaptive solver is needed."""
    exact = conductance_reference(10.0, 0.05, 0.02)
    _, states = run_cell(COND_EXP, NEVER, 0.1, 100, initial={"gsyn_exc": 0.05, "gsyn_inh": 0.02})
    assert exact > -58.0
    assert abs(states["v"][-1] - exact) < 1e-8


@pytest.mark.parametrize("model", [CURR_EXP, DELTA], ids=lambda m: m.name)
def test_linear_cells_are_exact_at_any_step(model):
    """Exact integration: v on common grid points does not depend on dt (Rotter & Diesmann 1999)."""
    traces = []
    weight = 3.0 if model is DELTA else 0.3
    for dt in (0.1, 0.5, 2.0):
        at = round(2.0 / dt) - 1                                    # arrival at 2 ms on every grid
        _, states = run_cell(model, NEVER | {"i_offset": 0.2}, dt, round(100.0 / dt), [(at, "excitatory", weight)])
        traces.append(states["v"][::round(2.0 / dt)])
    np.testing.assert_allclose(traces[0], traces[1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(traces[0], traces[2], rtol=0, atol=1e-12)


@pytest.mark.parametrize("model", [CURR_EXP, COND_EXP, DELTA], ids=lambda m: m.name)
def test_spike_times_on_the_grid_converge_with_order_one(model):
    """Spikes lie on the grid, so the time of the tenth is late by 0 ... 10 dt, whatever the order between spikes."""
    exact = 10 * 20.0 * np.log(20.0 / 5.0)
    lateness = []
    for dt in (0.4, 0.1, 0.025):
        spikes, _ = run_cell(model, {"i_offset": 1.0}, dt, round(290.0 / dt))
        lateness.append((spikes[9] + 1) * dt - exact)
        assert 0.0 <= lateness[-1] < 10 * dt
