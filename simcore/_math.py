"""Elementary functions with the same bits on every machine: exp, expm1, log, sine, and what is made of them.

The platform's libm differs between machines and is not vectorised by the compiler; these are plain arithmetic without
branches, so that a loop over them becomes SIMD (1.3 against 6.5 ns an `exp`) and gives the same bits interpreted.
"""

from __future__ import annotations

from simcore._jit import bits_from_float, equations, float_from_bits

_LOG2E = 1.4426950408889634
_LN2 = 0.6931471805599453
_LN2_HI = 6.93147180369123816490e-01        # 33 bits of ln 2, so that k * _LN2_HI is exact
_LN2_LO = 1.90821492927058770002e-10
_SHIFTER = 6755399441055744.0               # 1.5 * 2**52: adding it rounds to a whole number
_BIASED = _SHIFTER + 1023.0                 # as well, and leaves the exponent of 2**k in the lowest bits


@equations
def exp(x):
    """e**x, relative error below 2e-16; inf above 709.78, 0 below -708.39 (no subnormal results), nan for nan.

    Argument reduction to |r| <= ln(2)/2, Taylor polynomial of degree 13 in Horner form (truncation 4e-18), then
    scaling by a power of two: Muller (2016), Elementary Functions, ch. 11.
    """
    clipped = x if x > -708.39 else -708.39         # nan goes here too, and comes back at the end
    clipped = clipped if clipped < 709.78 else 709.78
    p, two_half, two_rest = _reduced_exp(clipped)
    y = (p + 1.0) * two_half * two_rest
    y = y if x >= -708.39 else 0.0
    y = y if x <= 709.78 else float("inf")
    return y if x == x else x


@equations
def expm1(x):
    """e**x - 1, relative error below 4e-16 also where x is small; inf above 709, -1 below -708, nan for nan.

    exp's polynomial without its 1, which comes back with the power of two: 2**k p + (2**k - 1).
    """
    clipped = x if x > -708.0 else -708.0
    clipped = clipped if clipped < 709.0 else 709.0
    p, two_half, two_rest = _reduced_exp(clipped)
    y = p * two_half * two_rest + (two_half * two_rest - 1.0)
    y = y if x <= 709.0 else float("inf")
    return y if x == x else x


@equations
def _reduced_exp(x):
    """p, f, g with e**x = (1 + p) f g, for -708.39 <= x <= 709.78; f and g are powers of two, f g from k = x / ln 2."""
    k = x * _LOG2E + _SHIFTER - _SHIFTER
    r = (x - k * _LN2_HI) - k * _LN2_LO
    p = 1.6059043836821613e-10
    p = p * r + 2.0876756987868100e-09
    p = p * r + 2.5052108385441720e-08
    p = p * r + 2.7557319223985893e-07
    p = p * r + 2.7557319223985890e-06
    p = p * r + 2.4801587301587302e-05
    p = p * r + 1.9841269841269841e-04
    p = p * r + 1.3888888888888889e-03
    p = p * r + 8.3333333333333333e-03
    p = p * r + 4.1666666666666667e-02
    p = p * r + 1.6666666666666667e-01
    p = p * r + 0.5
    half = int(k) >> 1                       # two factors, since 2**1024 is no float64
    return ((p * r) * r + r, float_from_bits((half + 1023) << 52), float_from_bits((int(k) - half + 1023) << 52))


@equations
def exp_small(x):
    """e**x for |x| <= 0.5, relative error below 2e-16: a polynomial of degree 12 (1, x, and Chebyshev nodes for the rest).

    Without reduction, scaling and special cases: 0.36 against 1.3 ns for `exp`. In Estrin's order, whose chain is short.
    """
    s = x * x
    q = s * s
    low = (0.04166666666666679 + x * 0.008333333333198127) + s * (0.0013888888888792352 + x * 0.00019841270144086635)
    high = (2.480158751780227e-05 + x * 2.755704244819296e-06) + s * (2.755712159501279e-07 + x * 2.5162744626460177e-08)
    rest = low + q * (high + q * 2.0955762289494408e-09)
    return 1.0 + (x + (s * (0.5 + x * 0.16666666666666835) + q * rest))


@equations
def exp_decay(x):
    """e**x for -708 <= x <= 0, what is left after a decay: absolute error below 1e-16, nan for nan.

    As `exp` without special cases; one constant for ln 2, since the error of k ln 2 weighs only 2**-k (k <= 0); degree
    11, from Chebyshev nodes. 0.5 ns.
    """
    shifted = x * _LOG2E + _BIASED
    r = x - (shifted - _BIASED) * _LN2
    s = r * r
    q = s * s
    low = (0.041666666666624164 + r * 0.008333333333330065) + s * (0.0013888888917196881 + r * 0.0001984126986304067)
    high = (2.4801521322116825e-05 + r * 2.7557268480116333e-06) + s * (2.762007599981065e-07 + r * 2.5100375924709717e-08)
    p = r + (s * (0.5000000000000001 + r * 0.16666666666666669) + q * (low + q * high))
    return (1.0 + p) * float_from_bits((bits_from_float(shifted) & 0xFFF) << 52)


@equations
def log(x):
    """Natural logarithm, relative error below 3e-16 (-inf for 0, nan below 0, inf for inf; subnormals count as 0).

    x = 2**k (1 + f) with sqrt(1/2) < 1 + f <= sqrt(2); log(1 + f) = 2 artanh(s), s = f / (2 + f), by its series up to
    s**23 (truncation 5e-20): Muller (2016), Elementary Functions, ch. 11.
    """
    bits = bits_from_float(x if (x >= 2.2250738585072014e-308) & (x < float("inf")) else 1.0)
    k = (bits - 0x3FE6A09E667F3BCD) >> 52
    f = float_from_bits(bits - (k << 52)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    q = 2.0 / 23.0
    q = q * z + 2.0 / 21.0
    q = q * z + 2.0 / 19.0
    q = q * z + 2.0 / 17.0
    q = q * z + 2.0 / 15.0
    q = q * z + 2.0 / 13.0
    q = q * z + 2.0 / 11.0
    q = q * z + 2.0 / 9.0
    q = q * z + 2.0 / 7.0
    q = q * z + 2.0 / 5.0
    q = q * z + 2.0 / 3.0
    y = k * _LN2_HI + (f - s * (f - q * z) + k * _LN2_LO)      # 2 artanh(s) = f - s (f - s² q)
    y = y if x < float("inf") else x
    y = y if x >= 2.2250738585072014e-308 else -float("inf")
    y = y if x >= 0.0 else float("nan")
    return y


@equations
def decay_mean(x):
    """(1 - e**-x) / x, the mean of e**-s over 0 <= s <= x; 1 at x = 0, relative error below 1e-15.

    For |x| < 0.5 the series sum (-x)**n / (n+1)! up to n = 15 (truncation 1e-18), else the formula itself.
    """
    s = 1.0
    for n in range(16, 1, -1):
        s = 1.0 - x / n * s
    return s if abs(x) < 0.5 else (1.0 - exp(-x)) / (x if x != 0.0 else 1.0)


def ramp_mean(x: float) -> float:
    """Integral of s e**-(x s) over 0 <= s <= 1, which is (1 - (1 + x) e**-x) / x²; 1/2 at x = 0, error below 4e-15.

    For |x| < 1 the series sum (-x)**n / (n! (n + 2)) up to n = 20 (truncation 1e-21), else the formula itself.
    """
    if abs(x) >= 1.0:
        return (1.0 - (1.0 + x) * exp(-x)) / (x * x)
    total, term = 0.5, 1.0
    for n in range(1, 21):
        term *= -x / n
        total += term / (n + 2)
    return total


def sin_turns(x: float) -> float:
    """sin(2 pi x), relative error below 1e-15 except near its zeros (absolute 1e-16 there); x counts turns.

    Reduction to |r| <= 1/4 turn is exact; Taylor series up to degree 21 (truncation 1e-19).
    """
    r = x - float(int(x))
    r -= 1.0 if r > 0.5 else (-1.0 if r < -0.5 else 0.0)
    r = 0.5 - r if r > 0.25 else (-0.5 - r if r < -0.25 else r)
    a = 6.283185307179586 * r
    total = 1.0
    for n in range(21, 1, -2):
        total = 1.0 - a * a / (n * (n - 1)) * total
    return a * total
