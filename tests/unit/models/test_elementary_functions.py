"""expm1 and ramp_mean of simcore._math against 60 digits of Python's decimal; bounds as their docstrings state them."""

import math
import re
from decimal import Decimal, localcontext

import numpy as np
import pytest

from simcore import _math
from simcore._jit import kernel
from simcore._math import expm1, ramp_mean


@kernel
def expm1_all(x, y):
    """y = expm1(x), compiled."""
    for i in range(x.size):
        y[i] = expm1(x[i])


def stated_bound(function):
    return float(re.search(r"error below ([0-9]e-[0-9]+)", function.__doc__).group(1))


def true_expm1(x):
    return Decimal(x).exp() - 1


def true_ramp_mean(x):
    return (1 - (1 + Decimal(x)) * (-Decimal(x)).exp()) / Decimal(x) ** 2


def arguments():
    rng = np.random.default_rng(5)
    tiny = 10.0 ** rng.uniform(-15, 0, 1500)
    return np.concatenate([tiny, -tiny, rng.uniform(-3, 3, 1500), rng.uniform(-40, 700, 1000),
                           np.arange(-60, 60) * math.log(2) / 2])


def worst(function, true, arguments):
    with localcontext() as context:
        context.prec = 60
        return max(abs(float(Decimal(function(float(x))) / true(float(x)) - 1)) for x in arguments if x)


def test_expm1_is_within_the_bound_of_its_docstring():
    assert worst(expm1, true_expm1, arguments()) < stated_bound(_math.expm1) <= 4e-16


def test_ramp_mean_is_within_the_bound_of_its_docstring():
    x = arguments()
    assert worst(ramp_mean, true_ramp_mean, x[np.abs(x) < 30.0]) < stated_bound(_math.ramp_mean) <= 4e-15


def test_expm1_interpreted_and_compiled_gives_the_same_bits():
    x = arguments()
    y = np.empty_like(x)
    expm1_all(x, y)
    assert y.tobytes() == np.array([expm1(float(v)) for v in x]).tobytes()


@pytest.mark.parametrize(("x", "expected"), [(0.0, 0.0), (math.inf, math.inf), (-math.inf, -1.0), (800.0, math.inf),
                                             (-800.0, -1.0), (-40.0, -1.0)])
def test_expm1_at_its_edges(x, expected):
    assert expm1(x) == expected
    assert math.isnan(expm1(math.nan))


def test_ramp_mean_is_one_half_at_zero_and_continuous_where_its_series_ends():
    assert ramp_mean(0.0) == 0.5
    for edge in (-1.0, 1.0):
        assert ramp_mean(edge * (1 - 1e-15)) == pytest.approx(ramp_mean(edge), rel=4e-15)
