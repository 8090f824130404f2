"""expm1, ramp_mean, exp_small and exp_decay of simcore._math against 60 digits of Python's decimal; bounds as their docstrings state them."""

import math
import re
from decimal import Decimal, localcontext

import numpy as np
import pytest

from simcore import _math
from simcore._jit import kernel
from simcore._math import exp_decay, exp_small, expm1, ramp_mean


@kernel
def expm1_all(x, y):
    """y = expm1(x), compiled."""
    for i in range(x.size):
        y[i] = expm1(x[i])


@kernel
def exponentials(x, small, decay):
    """exp_small and exp_decay of x, compiled."""
    for i in range(x.size):
        small[i] = exp_small(x[i])
        decay[i] = exp_decay(x[i])


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


def test_exp_small_is_within_the_bound_of_its_docstring():
    x = np.append(np.random.default_rng(6).uniform(-0.5, 0.5, 20_000), (-0.5, 0.5))
    assert worst(exp_small, lambda v: Decimal(v).exp(), x) < stated_bound(_math.exp_small) <= 2e-16
    assert exp_small(0.0) == 1.0


def test_exp_decay_is_within_the_absolute_bound_of_its_docstring():
    rng = np.random.default_rng(7)
    x = np.concatenate([-rng.uniform(0, 3, 10_000), -rng.uniform(0, 708, 2000), -10.0 ** rng.uniform(-18, 0, 2000), [-708.0]])
    with localcontext() as context:
        context.prec = 60
        error = max(abs(Decimal(exp_decay(v)) - Decimal(v).exp()) for v in x.tolist())
    assert error < stated_bound(_math.exp_decay) <= 1e-16
    assert exp_decay(0.0) == 1.0 and math.isnan(exp_decay(math.nan))


def test_exp_small_and_exp_decay_interpreted_and_compiled_give_the_same_bits():
    x = np.append(-np.random.default_rng(8).uniform(0.0, 0.5, 500), 0.0)
    small, decay = np.empty_like(x), np.empty_like(x)
    exponentials(x, small, decay)
    assert small.tobytes() == np.array([exp_small(v) for v in x.tolist()]).tobytes()
    assert decay.tobytes() == np.array([exp_decay(v) for v in x.tolist()]).tobytes()
