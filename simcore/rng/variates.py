"""Distributions from uniform draws by inversion: one draw, one number, the same on every machine."""

from __future__ import annotations

import math

from simcore._jit import equations
from simcore._math import log


@equations
def _central(q):
    r = 0.180625 - q * q
    num = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
             + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
           + 133.14166789178437745) * r + 3.387132872796366608
    den = ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
             + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
           + 42.313330701600911252) * r + 1.0
    return q * num / den


@equations
def _tail(p):
    r = math.sqrt(-log(p))
    a = r - 1.6
    num = ((((((7.7454501427834140764e-4 * a + 0.0227238449892691845833) * a + 0.24178072517745061177) * a
             + 1.27045825245236838258) * a + 3.64784832476320460504) * a + 5.7694972214606914055) * a
           + 4.6303378461565452959) * a + 1.42343711074968357734
    den = ((((((1.05075007164441684324e-9 * a + 5.475938084995344946e-4) * a + 0.0151986665636164571966) * a
             + 0.14810397642748007459) * a + 0.68976733498510000455) * a + 1.6763848301838038494) * a
           + 2.05319162663775882187) * a + 1.0
    b = r - 5.0
    num_far = ((((((2.01033439929228813265e-7 * b + 2.71155556874348757815e-5) * b + 0.0012426609473880784386) * b
                 + 0.026532189526576123093) * b + 0.29656057182850489123) * b + 1.7848265399172913358) * b
               + 5.4637849111641143699) * b + 6.6579046435011037772
    den_far = ((((((2.04426310338993978564e-15 * b + 1.4215117583164458887e-7) * b + 1.8463183175100546818e-5) * b
                 + 7.868691311456132591e-4) * b + 0.0148753612908506148525) * b + 0.13692988092273580531) * b
               + 0.59983220655588793769) * b + 1.0
    return num / den if r <= 5.0 else num_far / den_far


@equations
def normal(u):
    """The standard normal quantile of u in (0, 1), relative error about 1e-16: Wichura (1988), AS 241, PPND16."""
    q = u - 0.5
    p = u if q < 0.0 else 1.0 - u
    tail = _tail(p)
    return _central(q) if abs(q) <= 0.425 else (-tail if q < 0.0 else tail)


@equations
def exponential(u):
    """The exponential quantile (mean 1) of u in (0, 1)."""
    return -log(1.0 - u)


@equations
def arccos(x):
    """Arc cosine of x in [-1, 1], absolute error below 1e-15: 2 arctan(sqrt((1 - x) / (1 + x)))."""
    t = math.sqrt((1.0 - x) / (1.0 + x if x > -1.0 else 1e-300))
    steep, medium = t > 2.414213562373095, t > 0.66
    y = 0.5 * math.pi if steep else (0.25 * math.pi if medium else 0.0)
    s = -1.0 / t if steep else ((t - 1.0) / (t + 1.0) if medium else t)
    return 2.0 * (y + _arctan(s))


@equations
def _arctan(s):
    """Arc tangent of |s| <= 0.66: Moshier (1989), Methods and Programs for Mathematical Functions (Cephes)."""
    z = s * s
    num = (((-8.750608600031904122785e-1 * z - 1.615753718733365076637e1) * z - 7.500855792314704667340e1) * z
           - 1.228866684490136173410e2) * z - 6.485021904942025371773e1
    den = ((((z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2) * z + 4.328810604912902668951e2) * z
           + 4.853903996359136964868e2) * z + 1.945506571482613964425e2
    return s + s * (z * num / den)
