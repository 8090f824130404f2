"""One number of a distribution from the counter-based generator: the same bits compiled and interpreted, everywhere.

A law is a code, three numbers p, q, r and a table; laws.py knows nothing of what they are for. Most laws are inverted:
one block of words, one number. Gamma and von Mises are drawn by rejection, each attempt from a block of its own.

| code | p, q, r | table |
|---|---|---|
| UNIFORM | low, high, largest value | |
| NORMAL, LOGNORMAL | mean, standard deviation (of the logarithm) | |
| EXPONENTIAL | mean | |
| GAMMA | shape, scale | |
| VON_MISES | mean in [-pi, pi], concentration | |
| UNIFORM_INT | first value, number of values | |
| TABLE | first value | probabilities of at most first, first + 1, … |
"""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import exp, log
from simcore.rng.counter import open_unit, philox, unit
from simcore.rng.variates import arccos, exponential, normal

UNIFORM, NORMAL, LOGNORMAL, EXPONENTIAL, GAMMA, VON_MISES, UNIFORM_INT, TABLE = range(8)
_LOW = 0xFFFFFFFF
_MORE = 0x40000000              # the attempt whose block gives further words to attempt 0
_LAST = 0xFFFFFFFF
MAX_REDRAWS = 1000              # numbers outside their limits, before a draw gives up


@equations
def words(index, owner, lane, attempt, of_name, k0, k1):
    """The four words of an attempt at a draw.

    Cells and connections: counter (index, owner, lane, attempt). Named parameters (of_name; the name is in the key):
    counter (index, attempt, lane, index >> 32).
    """
    return philox(index & _LOW, attempt if of_name else owner & _LOW, lane, (index >> 32) & _LOW if of_name else attempt,
                  k0, k1)


@equations
def uniform_quantile(p, q, r, u):
    """Uniform on [p, q); rounding up does not reach q."""
    x = p + (q - p) * u
    return x if x < q else r


@equations
def inverted(law, p, q, r, table, a, b):
    """The number that two words make by inversion."""
    if law == UNIFORM:
        return uniform_quantile(p, q, r, unit(a, b))
    if law == UNIFORM_INT:
        return p + float(int(unit(a, b) * q))
    if law == TABLE:
        return p + float(_below(table, open_unit(a, b)))
    if law == EXPONENTIAL:
        return p * exponential(open_unit(a, b))
    x = p + q * normal(open_unit(a, b))
    return exp(x) if law == LOGNORMAL else x


@equations
def _below(table, u):
    """How many entries of an ascending table are <= u."""
    first, last = 0, table.size
    while first < last:
        middle = (first + last) >> 1
        if table[middle] <= u:
            first = middle + 1
        else:
            last = middle
    return first


@equations
def gamma_proposal(d, c, a, b, e, f):
    """Marsaglia & Tsang (2000), ACM Trans Math Softw 26:363: a gamma number of scale 1, or -1 if it is refused."""
    x, u = normal(open_unit(a, b)), open_unit(e, f)
    v = 1.0 + c * x
    v = v * v * v
    if v > 0.0 and log(u) < 0.5 * x * x + d * (1.0 - v + log(v)):
        return d * v
    return -1.0


@equations
def von_mises_proposal(mean, kappa, a, b, c, d, e, f, g, h):
    """Best & Fisher (1979), Appl Stat 28:152: an angle in [-pi, pi], or 9 if it is refused.

    The cosine of a uniform angle comes from a point in the unit disc, so that no cosine is needed.
    """
    if kappa < 1e-8:
        y = 2.0 * math.pi * unit(a, b) - math.pi
    else:
        x, y = 2.0 * open_unit(a, b) - 1.0, 2.0 * open_unit(c, d) - 1.0
        square = x * x + y * y
        if square > 1.0 or square == 0.0:
            return 9.0
        z = (x * x - y * y) / square
        if kappa < 1e-5:
            r = 1.0 / kappa + kappa             # the formula below would lose its digits
        else:
            tau = 1.0 + math.sqrt(1.0 + 4.0 * kappa * kappa)
            rho = (tau - math.sqrt(2.0 * tau)) / (2.0 * kappa)
            r = (1.0 + rho * rho) / (2.0 * rho)
        cosine = (1.0 + r * z) / (r + z)
        s, u = kappa * (r - cosine), open_unit(e, f)
        if not (s * (2.0 - s) - u > 0.0 or log(s / u) + 1.0 - s >= 0.0):
            return 9.0
        y = arccos(cosine)
        y = y if g & 1 else -y
    y += mean
    y = y - 2.0 * math.pi if y > math.pi else y
    return y + 2.0 * math.pi if y < -math.pi else y


@equations
def one_draw(law, p, q, r, table, low, high, clip, index, owner, lane, of_name, k0, k1):
    """Draw `index` of `owner`: redrawn while outside [low, high], or clipped to it; nan after MAX_REDRAWS."""
    shape = p if p >= 1.0 else p + 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * abs(d))
    attempt, redrawn = 0, 0
    while redrawn < MAX_REDRAWS:
        w0, w1, w2, w3 = words(index, owner, lane, attempt, of_name, k0, k1)
        accepted = True
        if law == GAMMA:
            x = gamma_proposal(d, c, w0, w1, w2, w3)
            accepted = x >= 0.0
            if accepted and p < 1.0:            # section 6 there: a gamma of shape p + 1 times u**(1/p)
                w0, w1, w2, w3 = words(index, owner, lane, _LAST - redrawn, of_name, k0, k1)
                x *= exp(log(open_unit(w0, w1)) / p)
            x *= q
        elif law == VON_MISES:
            w4, w5, w6, w7 = words(index, owner, lane, _MORE + attempt, of_name, k0, k1)
            x = von_mises_proposal(p, q, w0, w1, w2, w3, w4, w5, w6, w7)
            accepted = x < 9.0
        else:
            x = inverted(law, p, q, r, table, w0, w1)
        attempt += 1
        if accepted:
            if (x >= low) & (x <= high):
                return x
            if clip:
                return low if x < low else high
            redrawn += 1
    return float("nan")
