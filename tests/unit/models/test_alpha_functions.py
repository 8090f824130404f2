"""Alpha-shaped synapses: the weight is the peak, at tau_syn; the potential they make has 13 digits for any tau_syn."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from simcore.models.cells import CELL_MODELS
from simcore.models.cells.conductance import NODES, alpha_shape, exponential_shape
from tests.naive.cells import run_cell

ALPHA = ["IF_curr_alpha", "IF_cond_alpha", "EIF_cond_alpha_isfa_ista"]


def state(name, receptor):
    return ("isyn_" if "curr" in name else "gsyn_") + receptor[:3]


@pytest.mark.parametrize("name", ALPHA)
@pytest.mark.parametrize("receptor", ["excitatory", "inhibitory"])
def test_a_weight_is_the_peak_of_what_it_makes(name, receptor):
    """At every sample it is w (t / tau) e**(1 - t / tau), since the arrival at the end of step 3."""
    parameter = "tau_syn_E" if receptor == "excitatory" else "tau_syn_I"
    _, states = run_cell(CELL_MODELS[name], {parameter: 2.0}, 0.1, 300, [(3, receptor, 0.004)])
    t = np.maximum(np.arange(301) - 4, 0) * 0.1
    expected = 0.004 * t / 2.0 * np.exp(1.0 - t / 2.0)
    np.testing.assert_allclose(states[state(name, receptor)], expected, rtol=2e-13, atol=1e-18)
    assert states[state(name, receptor)].max() == pytest.approx(0.004, rel=1e-14)


def potential(t, weight, tau_m, cm, tau_syn):
    """v - v_rest at t after an alpha current, to 50 digits: e w / (cm tau_s) e**(-t/tau_m) (1 - (1 + x) e**-x) / d²,
    x = d t, d = 1/tau_s - 1/tau_m; t² / 2 in place of the fraction where d = 0."""
    with localcontext() as context:
        context.prec = 50
        t, weight, tau_m, cm, tau_syn = (Decimal(float(x)) for x in (t, weight, tau_m, cm, tau_syn))
        d = 1 / tau_syn - 1 / tau_m
        x = d * t
        shape = t * t / 2 if d == 0 else (1 - (1 + x) * (-x).exp()) / (d * d)
        return float(Decimal(1).exp() * weight / (cm * tau_syn) * (-t / tau_m).exp() * shape)


@pytest.mark.parametrize("tau_syn", [0.05, 0.5, 5.0, 20.0 - 1e-3, 20.0 - 1e-6, 20.0 - 1e-9, 20.0 * (1 - 2.0**-52), 20.0,
                                     20.0 + 1e-9, 20.0 + 1e-5, 20.5, 80.0])
@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_the_potential_of_an_alpha_current_keeps_13_digits_up_to_equal_time_constants(tau_syn, dt):
    parameters = {"tau_syn_E": tau_syn, "v_rest": 0.0, "v_reset": -1.0, "v_thresh": 1e6}
    _, states = run_cell(CELL_MODELS["IF_curr_alpha"], parameters, dt, 201, [(0, "excitatory", 1.5)], initial={"v": 0.0})
    expected = [potential(k * dt, 1.5, 20.0, 1.0, tau_syn) for k in range(1, 201)]
    np.testing.assert_allclose(states["v"][2:], expected, rtol=1e-13)


def test_both_receptors_of_a_current_cell_add_up():
    parameters = {"tau_syn_E": 3.0, "tau_syn_I": 7.0, "v_rest": 0.0, "v_reset": -1.0, "v_thresh": 1e6, "i_offset": 0.2}
    _, states = run_cell(CELL_MODELS["IF_curr_alpha"], parameters, 0.1, 400,
                         [(0, "excitatory", 1.5), (0, "inhibitory", -2.0)], initial={"v": 0.0})
    expected = [potential(k * 0.1, 1.5, 20.0, 1.0, 3.0) - potential(k * 0.1, 2.0, 20.0, 1.0, 7.0)
                - 0.2 * 20.0 * math.expm1(-(k + 1) * 0.1 / 20.0) for k in range(1, 400)]
    np.testing.assert_allclose(states["v"][2:], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("tau", [0.02, 0.3, 5.0, 1e4])
def test_shapes_of_conductances_and_their_integrals_agree_with_quadrature(tau):
    """m_k, n_k: by 40-point Gauss-Legendre quadrature of the conductance from the beginning of the step to the node."""
    dt = 0.1
    alpha, exponential = alpha_shape(dt, tau, "E"), exponential_shape(dt, tau, "E")
    x, weights = np.polynomial.legendre.leggauss(40)
    for k, node in enumerate(NODES, 1):
        s = node * dt * (x + 1) / 2
        of = weights * node / 2
        assert exponential[f"d{k}E"] == pytest.approx(math.exp(-node * dt / tau), rel=1e-14)
        assert exponential[f"m{k}E"] == pytest.approx(of @ np.exp(-s / tau), rel=1e-13)
        assert alpha[f"r{k}E"] * alpha[f"d{k}E"] == pytest.approx(node * dt / tau * math.exp(1 - node * dt / tau), rel=1e-14)
        assert alpha[f"n{k}E"] == pytest.approx(of @ (s / tau * np.exp(1 - s / tau)), rel=1e-13)
