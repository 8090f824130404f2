import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import erfc

from simcore.analysis.meanfield import brunel_input, brunel_rate, brunel_rates, siegert_rate, threshold_rate

CELL = {"tau": 20.0, "theta": 20.0, "V_r": 10.0, "tau_rp": 2.0}
MODEL_A = {"C_E": 1000, "gamma": 0.25, "J": 0.1, **CELL}


@pytest.mark.parametrize("mu", [5.0, 15.0, 20.0, 25.0, 60.0])
@pytest.mark.parametrize("sigma", [4.0, 8.0, 20.0])
def test_the_integral_is_that_of_plain_quadrature(mu, sigma):
    area, _ = quad(lambda u: np.exp(u * u) * erfc(-u), (10 - mu) / sigma, (20 - mu) / sigma, epsabs=0, epsrel=1e-12)
    expected = 1e3 / (2.0 + 20.0 * np.sqrt(np.pi) * area)
    assert_allclose(siegert_rate(mu, sigma, **CELL), expected, rtol=1e-9)


@given(mu=st.floats(21.0, 1e4), sigma=st.floats(1e-9, 1e-3))
def test_with_little_noise_the_rate_is_that_of_the_noise_free_cell(mu, sigma):
    expected = 1e3 / (2.0 + 20.0 * np.log((mu - 10) / (mu - 20)))
    assert_allclose(siegert_rate(mu, sigma, **CELL), expected, rtol=1e-6)
    assert_allclose(siegert_rate(mu, 0.0, **CELL), expected, rtol=1e-12)


def test_below_threshold_a_cell_without_noise_is_silent_and_one_with_little_nearly():
    assert siegert_rate(19.0, 0.0, **CELL) == 0
    assert siegert_rate(20.0, 0.0, **CELL) == 0
    assert siegert_rate(-1e6, 0.1, **CELL) == 0
    assert 0 < siegert_rate(15.0, 0.5, **CELL) < 1e-30


@given(mu=st.floats(-200, 400), sigma=st.floats(0.5, 50), more=st.floats(0.1, 10))
def test_more_input_never_lowers_the_rate_and_the_refractory_period_bounds_it(mu, sigma, more):
    low, high = siegert_rate(mu, sigma, **CELL), siegert_rate(mu + more, sigma, **CELL)
    assert 0 <= low <= high * (1 + 1e-12) < 500


def euler_maruyama(mu, sigma, *, n_cells, duration, dt, tau, theta, V_r, tau_rp, seed):
    """Rate [Hz] and its standard error of independent cells, simulated the obvious way; first 100 ms left out."""
    rng, v = np.random.default_rng(seed), np.full(n_cells, V_r)
    wait, fired = np.zeros(n_cells), np.zeros(n_cells)
    # looking at the threshold only every dt is like a threshold higher by 0.5826 standard deviations of a step:
    # -zeta(1/2) / sqrt(2 pi), Asmussen, Glynn & Pitman (1995) Ann Appl Probab 5:875
    seen_theta = theta - 0.5826 * sigma * np.sqrt(dt / tau)
    for step in range(round(duration / dt)):
        free = wait <= 0
        v += np.where(free, (mu - v) * dt / tau + sigma * np.sqrt(dt / tau) * rng.standard_normal(n_cells), 0.0)
        spike = free & (v >= seen_theta)
        v[spike] = V_r
        wait = np.where(spike, tau_rp, wait - dt)
        fired += spike * (step * dt >= 100)
    rates = fired / (duration - 100) * 1e3
    return rates.mean(), rates.std() / np.sqrt(n_cells)


@pytest.mark.parametrize(("mu", "sigma"), [(15.0, 8.0), (22.0, 3.0)])
def test_the_rate_is_that_of_simulated_cells_under_white_noise(mu, sigma):
    """Within 4 standard errors and 1 % for what the step leaves (0.05 ms)."""
    rate, error = euler_maruyama(mu, sigma, n_cells=1000, duration=600.0, dt=0.05, seed=1, **CELL)
    assert siegert_rate(mu, sigma, **CELL) == pytest.approx(rate, abs=4 * error + 0.01 * rate)


@pytest.mark.parametrize(("g", "eta", "rate"), [(6.0, 4.0, 55.8), (5.0, 2.0, 38.0), (4.5, 0.9, 6.5)])
def test_rates_of_model_a_are_those_brunel_calculated(g, eta, rate):
    """The analytical rates quoted with the simulations of fig. 8 B, C and D, to the digits given there."""
    assert brunel_rate(g=g, nu_ext_over_nu_thr=eta, **MODEL_A) == pytest.approx(rate, abs=0.06)


def test_a_solution_reproduces_itself():
    for g in (3.0, 4.5, 8.0):
        rate = brunel_rate(g=g, nu_ext_over_nu_thr=1.5, **MODEL_A)
        nu_ext = 1.5 * threshold_rate(1000, 0.1, 20.0, 20.0)
        mu, sigma = brunel_input(rate, 1000, 0.25, g, 0.1, 20.0, nu_ext)
        assert siegert_rate(mu, sigma, **CELL) == pytest.approx(rate, rel=1e-9)


def test_excitation_makes_a_network_below_threshold_bistable_and_inhibition_does_not():
    low, middle, high = brunel_rates(g=3.0, nu_ext_over_nu_thr=0.5, **MODEL_A)
    assert low < 0.1 < middle < 100 < high < 500
    assert len(brunel_rates(g=5.0, nu_ext_over_nu_thr=0.5, **MODEL_A)) == 1
    assert brunel_rate(g=3.0, nu_ext_over_nu_thr=0.5, **MODEL_A) == low


def test_with_many_weak_connections_inhibition_holds_the_mean_input_at_threshold():
    """Then nu = (nu_ext - nu_thr) / (gamma g - 1): Brunel (2000), sec. 3, for g > 1/gamma and little noise."""
    weak = {**MODEL_A, "C_E": 1_000_000, "J": 1e-3, "tau_rp": 0.0}
    rate = brunel_rate(g=8.0, nu_ext_over_nu_thr=4.0, **weak)
    balance = (4 - 1) * threshold_rate(1_000_000, 1e-3, 20.0, 20.0) / (8 * 0.25 - 1)
    assert rate == pytest.approx(balance, rel=0.05)


def test_without_outside_input_the_network_is_silent():
    assert brunel_rate(g=5.0, nu_ext_over_nu_thr=0.0, **MODEL_A) == 0
