"""Own exp and log against 40 digits of Python's decimal; the bounds are those that their docstrings state."""

import math
import re
from decimal import Decimal, localcontext

import numpy as np
import pytest

from simcore import _math
from simcore._jit import kernel
from simcore._math import exp, log


@kernel
def exp_all(x, y):
    """y = exp(x), compiled."""
    for i in range(x.size):
        y[i] = exp(x[i])


@kernel
def log_all(x, y):
    """y = log(x), compiled."""
    for i in range(x.size):
        y[i] = log(x[i])


def stated_bound(function):
    return float(re.search(r"relative error below ([0-9.e-]+)", function.__doc__).group(1))


def arguments(name):
    rng = np.random.default_rng(11)
    if name == "exp":
        return np.concatenate([rng.uniform(-708, 709, 4000), rng.uniform(-1, 1, 4000),
                               rng.uniform(-40, 5, 4000), 10.0 ** rng.uniform(-18, 0, 1000), -(10.0 ** rng.uniform(-18, 0, 1000)),
                               np.arange(-700, 700) * math.log(2) / 2])
    near_one = 1 + rng.uniform(-1e-3, 1e-3, 3000)
    return np.concatenate([10.0 ** rng.uniform(-307, 308, 4000), rng.uniform(0.1, 10, 4000), near_one,
                           rng.uniform(0, 1, 3000), 1 + np.arange(1, 50) * 2.0**-52,
                           1 - np.arange(1, 50) * 2.0**-53,
                           2.0 ** np.arange(-1020, 1020, 7) * math.sqrt(0.5)])


def relative_error(ours, x, name):
    """|ours / true - 1| with the true value to 40 digits."""
    with localcontext() as context:
        context.prec = 40
        worst = 0.0
        for y, argument in zip(ours, x, strict=True):
            true = getattr(Decimal(float(argument)), "exp" if name == "exp" else "ln")()
            if true != 0:
                worst = max(worst, abs(float((Decimal(float(y)) - true) / true)))
    return worst


@pytest.mark.parametrize("name", ["exp", "log"])
def test_error_is_within_the_bound_of_the_docstring(name):
    x = arguments(name)
    y = np.empty_like(x)
    (exp_all if name == "exp" else log_all)(x, y)
    bound = stated_bound(getattr(_math, name))
    assert bound < 2 * 2.0**-52                      # the bound itself stays below 2 ulp
    assert relative_error(y, x, name) < bound


@pytest.mark.parametrize("name", ["exp", "log"])
def test_interpreted_and_compiled_bits_are_the_same(name):
    x = arguments(name)[::7]
    y = np.empty_like(x)
    (exp_all if name == "exp" else log_all)(x, y)
    plain = np.array([getattr(_math, name)(float(v)) for v in x])
    assert np.array_equal(plain.view(np.int64), y.view(np.int64))


def test_exp_at_its_edges():
    inf, nan = math.inf, math.nan
    assert exp(0.0) == 1.0
    assert exp(-0.0) == 1.0
    assert exp(inf) == inf
    assert exp(-inf) == 0.0
    assert exp(800.0) == inf
    assert exp(-800.0) == 0.0
    assert math.isnan(exp(nan))
    assert exp(709.78) < inf
    assert exp(-708.39) > 0.0


def test_log_at_its_edges():
    assert log(1.0) == 0.0
    assert log(0.0) == -math.inf
    assert log(math.inf) == math.inf
    assert math.isnan(log(-1.0))
    assert math.isnan(log(math.nan))
    assert log(2.2250738585072014e-308) == math.log(2.2250738585072014e-308)


def test_exp_rises_within_its_rounding():
    """A grid of neighbouring floats around places where the argument reduction changes its k."""
    for centre in np.arange(-20, 21) * math.log(2) / 2 + 1e-300:
        x = centre + np.arange(-200, 201) * np.spacing(abs(centre) or 1e-16)
        y = np.empty_like(x)
        exp_all(x, y)
        assert np.all(np.diff(y) >= -2 * np.spacing(y[1:]))
