"""The hazard of a gamma distribution: how surely an interval of this age ends, and when a given amount of it is used up.

    Q(a, y) = integral_y^inf s**(a - 1) e**-s ds / Gamma(a),      H(a, y) = -ln Q(a, y),     y = age / scale

An interval ends where H reaches an exponential number of mean 1 (the time-rescaling theorem: Brown et al. (2002), Neural
Comput 14:325). P = 1 - Q by its series below a + 1, Q by Lentz's continued fraction above, in logarithms: no age is too
large (Press et al., Numerical Recipes, 6.2).
"""

from __future__ import annotations

from simcore._jit import equations
from simcore._math import exp, log

_HALF_LOG_2PI = 0.9189385332046728
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def log_gamma(a: float) -> float:
    """ln Gamma(a) for a > 0, error below 1e-14: Stirling's series at a + n >= 10."""
    product, x = 1.0, a
    while x < 10.0:
        product *= x
        x += 1.0
    series = 0.0
    for coefficient in reversed(_STIRLING):
        series = coefficient + series / (x * x)
    return (x - 0.5) * log(x) - x + _HALF_LOG_2PI + series / x - log(product)


@equations
def cumulative_hazard(a, log_gamma_a, y):
    """H(a, y), error below 1e-13 (1 + H); 0 for y <= 0."""
    if y <= 0.0:
        return 0.0
    if y < a + 1.0:
        term = 1.0 / a
        total = term
        n = 1.0
        while term > 1e-17 * total:
            term *= y / (a + n)
            total += term
            n += 1.0
        p = total * exp(a * log(y) - y - log_gamma_a)
        q = 1.0 - p
        return p if q == 1.0 else -log(q) * (p / (1.0 - q))        # -ln(1 - p) to all digits, also for small p (W. Kahan)
    b = y + 1.0 - a
    c = 1e300
    d = 1.0 / b
    fraction = d
    n = 1.0
    ratio = 2.0
    while abs(ratio - 1.0) > 1e-16 and n < 500.0:
        numerator = n * (a - n)
        b += 2.0
        d = 1.0 / (numerator * d + b)
        c = b + numerator / c
        ratio = c * d
        fraction *= ratio
        n += 1.0
    return y - a * log(y) + log_gamma_a - log(fraction)


@equations
def age_at(a, log_gamma_a, target, y):
    """The age at which H(a, age) = target, in units of the scale, at least y: Newton's method, kept in a bracket."""
    low = y
    high = y + 1.0
    while cumulative_hazard(a, log_gamma_a, high) < target:
        low = high
        high = 2.0 * high
    age = 0.5 * (low + high)
    for _ in range(100):
        reached = cumulative_hazard(a, log_gamma_a, age)
        low = age if reached < target else low
        high = high if reached < target else age
        rate = exp((a - 1.0) * log(age) - age - log_gamma_a + reached)
        better = age - (reached - target) / rate
        better = better if (better > low) & (better < high) else 0.5 * (low + high)
        if abs(better - age) <= 1e-15 * (1.0 + age):
            return better
        age = better
    return age
