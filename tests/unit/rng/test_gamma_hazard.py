"""The cumulative hazard of a gamma distribution against scipy's incomplete gamma functions, and its inverse."""

import numpy as np
import pytest
from scipy.special import gammaincc, gammaln

from simcore.rng.gamma_hazard import age_at, cumulative_hazard, log_gamma

SHAPES = (0.1, 0.5, 1.0, 1.7, 5.0, 40.0)


@pytest.mark.parametrize("a", SHAPES)
def test_log_gamma_is_scipys(a):
    assert log_gamma(a) == pytest.approx(gammaln(a), abs=1e-14)


@pytest.mark.parametrize("a", SHAPES)
def test_the_hazard_used_up_is_the_logarithm_of_what_survives(a):
    for y in (1e-3, 0.3, 1.0, a, a + 0.999, a + 1.001, 2.0 * a + 3.0, 50.0, 300.0, 600.0):
        assert cumulative_hazard(a, log_gamma(a), y) == pytest.approx(-np.log(gammaincc(a, y)), rel=1e-12, abs=1e-14)
    assert cumulative_hazard(a, log_gamma(a), 0.0) == 0.0


def test_no_age_is_too_large():
    """Far beyond where scipy's survival function is 0 the hazard tends to one per scale."""
    for a in SHAPES:
        far, farther = (cumulative_hazard(a, log_gamma(a), y) for y in (1e6, 2e6))
        assert farther - far == pytest.approx(1e6, rel=1e-4)


def test_shape_one_has_the_hazard_of_a_poisson_process():
    for y in (1e-9, 0.1, 1.99, 2.01, 1e3):
        assert cumulative_hazard(1.0, 0.0, y) == pytest.approx(y, rel=1e-13)


@pytest.mark.parametrize("a", SHAPES)
def test_the_age_is_where_the_hazard_is_used_up(a):
    for start in (0.0, 0.7, 30.0):
        used = cumulative_hazard(a, log_gamma(a), start)
        for more in (0.01, 0.5, 2.0, 30.0, 1000.0):
            age = age_at(a, log_gamma(a), used + more, start)
            digits = 1e-14 * (1.0 + age)                        # the hazard of a shape below 1 is infinite at age 0
            below, above = (cumulative_hazard(a, log_gamma(a), age + d) for d in (-digits, digits))
            assert age > start
            assert below <= (used + more) * (1.0 + 1e-14) and (used + more) * (1.0 - 1e-14) <= above
