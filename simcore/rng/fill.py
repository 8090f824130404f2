"""Many draws at once, into an array."""

from __future__ import annotations

from simcore._jit import kernel
from simcore._math import exp
from simcore.rng.counter import open_unit, unit
from simcore.rng.laws import EXPONENTIAL, LOGNORMAL, NORMAL, UNIFORM, one_draw, uniform_quantile, words
from simcore.rng.variates import exponential, normal


@kernel
def fill(law, p, q, r, table, low, high, clip, owners, indices, lane, of_name, k0, k1, out):
    """out[i] = draw indices[i] of owners[i] (int64) of a law of laws.py; returns how many found no place in its limits.

    The laws that are inverted most have loops of their own, which become SIMD; what lies outside [low, high] is mended
    afterwards.
    """
    n = out.size
    if law == UNIFORM:
        for i in range(n):
            a, b, _, _ = words(indices[i], owners[i], lane, 0, of_name, k0, k1)
            out[i] = uniform_quantile(p, q, r, unit(a, b))
    elif law in (NORMAL, LOGNORMAL):
        for i in range(n):
            a, b, _, _ = words(indices[i], owners[i], lane, 0, of_name, k0, k1)
            out[i] = p + q * normal(open_unit(a, b))
        if law == LOGNORMAL:
            for i in range(n):
                out[i] = exp(out[i])
    elif law == EXPONENTIAL:
        for i in range(n):
            a, b, _, _ = words(indices[i], owners[i], lane, 0, of_name, k0, k1)
            out[i] = p * exponential(open_unit(a, b))
    else:
        for i in range(n):
            out[i] = one_draw(law, p, q, r, table, low, high, clip, indices[i], owners[i], lane, of_name, k0, k1)
    failed = 0
    for i in range(n):
        if not ((out[i] >= low) & (out[i] <= high)):
            out[i] = one_draw(law, p, q, r, table, low, high, clip, indices[i], owners[i], lane, of_name, k0, k1)
            failed += out[i] != out[i]
    return failed
