"""When cells fire, what a spike does, and that nothing a network can do to a cell makes its numbers infinite."""

import math

import numpy as np
import pytest

from simcore.models.cells import CELL_MODELS
from simcore.models.cells.hh_cond_exp import over_expm1, rates
from tests.naive.cells import run_cell

DRIVEN = {                                      # constant currents that make each cell fire
    "IF_curr_delta": {"i_offset": 2.0}, "IF_curr_exp": {"i_offset": 2.0}, "IF_curr_alpha": {"i_offset": 2.0},
    "IF_cond_exp": {"i_offset": 2.0}, "IF_cond_exp_order2": {"i_offset": 2.0},
    "IF_cond_exp_gsfa_grr": {"i_offset": 3.0}, "IF_cond_alpha": {"i_offset": 2.0}, "IF_facets_hardware1": {"v_rest": -30.0},
    "EIF_cond_exp_isfa_ista": {"i_offset": 1.5}, "EIF_cond_alpha_isfa_ista": {"i_offset": 1.5},
    "Izhikevich": {"i_offset": 0.01}, "HH_cond_exp": {"i_offset": 0.5},
    "HH_cond_exp_order2": {"i_offset": 0.5}}
assert set(DRIVEN) == {name for name, model in CELL_MODELS.items() if model.step}
RESET = [name for name in DRIVEN if name not in ("Izhikevich", "HH_cond_exp", "HH_cond_exp_order2")]
ADAPTIVE = ["EIF_cond_exp_isfa_ista", "EIF_cond_alpha_isfa_ista"]


@pytest.mark.parametrize(("name", "tau_refrac"), [("IF_facets_hardware1", 1.0), *(
    (name, tau) for name in RESET if "facets" not in name for tau in (0.0, 0.1, 0.24, 2.0))])
def test_v_stays_at_reset_for_the_rounded_refractory_period(name, tau_refrac):
    """After a spike at the end of step k, samples k + 1 … k + 1 + n are v_reset, and the next is not."""
    model = CELL_MODELS[name]
    n = math.floor(tau_refrac / 0.1 + 0.5)
    given = DRIVEN[name] | ({} if "facets" in name else {"tau_refrac": tau_refrac})
    spikes, states = run_cell(model, given, 0.1, 1000)
    assert spikes.size > 3
    v_reset = model.parameters["v_reset"].default
    free = name in ADAPTIVE and n == 0                      # goes on within the step
    for k in spikes[:-1]:
        at_reset = states["v"][k + 1:k + 12 + n] == v_reset
        assert at_reset.tolist() == [not free] * (not free) + [True] * n + [False] * (11 if free else 10), k


@pytest.mark.parametrize("name", [n for n in RESET if n not in ADAPTIVE])
def test_a_cell_exactly_at_threshold_fires(name):
    spikes, states = run_cell(CELL_MODELS[name], {"v_rest": -50.0, "v_thresh": -50.0}, 0.1, 1, initial={"v": -50.0})
    assert spikes.tolist() == [0]
    below = math.nextafter(-50.0, -60.0)
    spikes, states = run_cell(CELL_MODELS[name], {"v_rest": below, "v_thresh": -50.0}, 0.1, 50, initial={"v": below})
    assert spikes.size == 0
    assert states["v"][-1] == pytest.approx(-50.0, abs=1e-12)


@pytest.mark.parametrize("name", RESET)
def test_a_spike_is_dated_at_the_end_of_the_step_in_which_v_gets_there(name):
    """No sample is at or above threshold: a cell that gets there is reset before it is seen."""
    model = CELL_MODELS[name]
    top = model.parameters["v_spike" if name in ADAPTIVE else "v_thresh"].default
    spikes, states = run_cell(model, DRIVEN[name], 0.1, 1000, initial={"v": -75.0})
    assert states["v"].max() < top
    assert np.all(states["v"][spikes] > states["v"][spikes + 1])


@pytest.mark.parametrize("name", ["IF_curr_alpha", "IF_cond_alpha", "IF_facets_hardware1", *ADAPTIVE])
def test_synapses_go_on_while_the_cell_is_refractory(name):
    kinds = [s for s in CELL_MODELS[name].states if s.startswith(("gsyn_exc", "isyn_exc"))]
    arrivals = [(k, "excitatory", 0.002) for k in range(0, 400, 7)]
    given = DRIVEN[name] | ({} if "facets" in name else {"tau_refrac": 5.0})
    spikes, driven = run_cell(CELL_MODELS[name], given, 0.1, 400, arrivals)
    _, quiet = run_cell(CELL_MODELS[name], {}, 0.1, 400, arrivals)
    assert spikes.size
    for kind in kinds:
        assert driven[kind].tobytes() == quiet[kind].tobytes()


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptation_jumps_by_b_and_decays_while_v_is_held(name):
    """Held at v_reset, w tends to a (v_reset - v_rest) with tau_w: exactly, at every sample."""
    given = DRIVEN[name] | {"tau_refrac": 5.0, "v_reset": -60.0, "b": 0.2}
    spikes, states = run_cell(CELL_MODELS[name], given, 0.1, 600)
    k, w = spikes[0], states["w"]
    assert w[k + 1] - w[k] == pytest.approx(0.2, abs=2e-4)
    rest = 0.004 * (-60.0 + 70.6)
    t = np.arange(51) * 0.1
    np.testing.assert_allclose(w[k + 1:k + 52], rest + (w[k + 1] - rest) * np.exp(-t / 144.0), rtol=1e-13)


def test_a_spike_opens_its_conductances_and_they_decay_also_while_v_is_held():
    given = DRIVEN["IF_cond_exp_gsfa_grr"] | {"tau_refrac": 5.0, "q_sfa": 40.0, "q_rr": 500.0, "tau_rr": 3.0}
    spikes, states = run_cell(CELL_MODELS["IF_cond_exp_gsfa_grr"], given, 0.1, 3000)
    assert spikes.size > 3
    ends = 0.1 * (spikes + 1)
    t = 0.1 * np.arange(3001)
    for state, q, tau in (("g_sfa", 0.04, 100.0), ("g_rr", 0.5, 3.0)):
        expected = sum(np.where(t > end - 1e-9, q * np.exp((end - t) / tau), 0.0) for end in ends)
        np.testing.assert_allclose(states[state], expected, rtol=1e-11, atol=1e-15)


def test_a_cell_with_adaptation_conductance_slows_down_to_a_steady_rate():
    """Muller et al. (2007), figure 1: intervals grow to the one that without adaptation needs less current."""
    spikes, _ = run_cell(CELL_MODELS["IF_cond_exp_gsfa_grr"], DRIVEN["IF_cond_exp_gsfa_grr"], 0.1, 20000)
    plain, _ = run_cell(CELL_MODELS["IF_cond_exp_gsfa_grr"], DRIVEN["IF_cond_exp_gsfa_grr"] | {"q_sfa": 0.0}, 0.1, 20000)
    intervals = np.diff(spikes)
    assert np.all(np.diff(intervals[:10]) >= 0)
    assert np.ptp(intervals[-5:]) <= 1
    assert intervals[-1] > 1.3 * intervals[0]
    assert np.ptp(np.diff(plain)) <= 1


@pytest.mark.parametrize("name", ADAPTIVE)
@pytest.mark.parametrize("delta_T", [0.5, 0.1, 0.01, 1e-3])
def test_an_ever_sharper_upstroke_becomes_a_threshold(name, delta_T):
    """For delta_T -> 0 and without adaptation it is the leaky integrate-and-fire cell with threshold v_thresh."""
    given = {"delta_T": delta_T, "a": 0.0, "b": 0.0, "i_offset": 1.0, "tau_refrac": 1.0}
    spikes, states = run_cell(CELL_MODELS[name], given, 0.1, 2000)
    drive = 1.0 * 9.3667 / 0.281
    interval = 9.3667 * math.log(drive / (drive - (-50.4 + 70.6)))
    assert all(np.isfinite(x).all() for x in states.values())
    slope = (drive - (-50.4 + 70.6)) / 9.3667                       # mV/ms at v_thresh
    late = np.diff(spikes).mean() * 0.1 - 1.0 - interval            # upstroke, and up to a step of holding on
    assert 0.0 <= late < 0.1 + 4.0 * delta_T / slope


@pytest.mark.parametrize("name", ADAPTIVE)
def test_reset_above_the_threshold_of_initiation_makes_bursts(name):
    """Brette & Gerstner (2005), figure 3: with v_reset near v_thresh a spike is followed by others at once."""
    given = {"i_offset": 0.8, "v_reset": -47.2, "tau_refrac": 0.0}
    spikes, _ = run_cell(CELL_MODELS[name], given, 0.1, 5000)
    intervals = np.diff(spikes) * 0.1
    assert intervals.min() < 10.0
    assert intervals.max() > 4 * intervals.min()


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_cell_that_starts_above_the_spike_fires_at_once(name):
    spikes, states = run_cell(CELL_MODELS[name], {}, 0.1, 100, initial={"v": 20.0})
    assert spikes.tolist() == [0]
    assert states["v"][1] == pytest.approx(-70.6, abs=0.1)


def test_an_izhikevich_cell_is_reset_where_input_or_upstroke_reach_the_peak():
    model = CELL_MODELS["Izhikevich"]
    spikes, states = run_cell(model, {}, 0.1, 3, [(1, "excitatory", 100.5)])
    assert spikes.tolist() == [1]
    assert states["v"][2] == -65.0
    assert states["u"][2] - states["u"][1] == pytest.approx(2.0, abs=0.01)
    spikes, _ = run_cell(model, {}, 0.1, 3, [(1, "excitatory", 90.0), (1, "inhibitory", -30.0)])
    assert spikes.size == 0
    spikes, states = run_cell(model, DRIVEN["Izhikevich"], 0.1, 3000)
    assert spikes.size > 5
    assert states["v"].max() < 30.0
    assert np.all(states["v"][spikes + 1] == -65.0)


def test_a_hodgkin_huxley_spike_is_the_first_fall_above_the_offset_and_2_ms_apart():
    """What NEST's hh_cond_exp_traub calls a spike, looked for in the trace."""
    spikes, states = run_cell(CELL_MODELS["HH_cond_exp"], {"i_offset": 1.0}, 0.1, 600)
    v, expected = states["v"], []
    for k in range(600):
        if v[k + 1] >= -33.0 and v[k + 1] < v[k] and (not expected or k - expected[-1] > 20):
            expected.append(k)
    assert spikes.tolist() == expected
    assert spikes.size > 3
    assert v.max() > 20.0
    assert np.all(np.diff(spikes) > 20)


def test_rates_are_smooth_where_their_formulas_are_zero_over_zero():
    """At 13, 15 and 40 mV above v_offset: 0.32 * 4, 0.032 * 5, 0.28 * 5; near them no digit is lost."""
    assert rates(13.0)[0] == pytest.approx(1.28, rel=1e-14)
    assert rates(15.0)[4] == pytest.approx(0.16, rel=1e-14)
    assert rates(40.0)[1] == pytest.approx(1.40, rel=1e-14)
    for x in [*10.0 ** np.arange(-17.0, 1.5, 0.37), 0.1, 0.0999999, 0.1000001]:
        for at in (x, -x):
            assert over_expm1(at, math.exp(at)) == pytest.approx(at / math.expm1(at), rel=1e-14)


@pytest.mark.parametrize("name", DRIVEN)
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_no_input_makes_a_state_infinite(name, dt):
    """Weights up to 1000 times the usual, currents of both signs: bounded, and gates between 0 and 1."""
    model = CELL_MODELS[name]
    rng = np.random.default_rng(3)
    for weight in (0.01, 1.0, 100.0):
        unit = weight * (1.0 if model.receptors["excitatory"][1] == "uS" else 20.0)
        arrivals = [(int(k), r, unit) for k in rng.integers(0, 150, 40) for r in model.receptors]
        for current in (0.0, 50.0, -50.0):
            given = {"i_offset": current} if "i_offset" in model.parameters else {}
            _, states = run_cell(model, given, dt, 150, arrivals)
            for state, values in states.items():
                assert np.all(np.abs(values) < 1e6), (state, weight, current)
                if state in ("m", "h", "n"):
                    assert 0.0 <= values.min() <= values.max() <= 1.0
