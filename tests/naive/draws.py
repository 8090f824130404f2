"""Random draws the obvious way: one number at a time, from the naive generator, keyed as rng/streams.py says."""

import math

from simcore._math import exp, log
from simcore.parameters import NormalDist, ParameterDist, UniformDist
from simcore.rng import streams
from simcore.rng.variates import normal
from tests.naive.philox import philox4


def words(index, owner, lane, key, attempt=0):
    return philox4((index, owner, lane, attempt), key)


def unit(high, low):
    """[0, 1) with 53 bits."""
    return ((high >> 5) * 2**26 + (low >> 6)) / 2**53


def open_unit(high, low):
    """(0, 1) with 52 bits, between the grid points."""
    return ((high >> 6) * 2**26 + (low >> 6) + 0.5) / 2**52


def value(of, owner, index, lane, key):
    """A number stays; a distribution gives draw `index` of `owner`."""
    if not isinstance(of, ParameterDist):
        return float(of)
    for attempt in range(1000):
        a, b, _, _ = words(index, owner, lane, key, attempt)
        if isinstance(of, UniformDist):
            x = of.params["min"] + (of.params["max"] - of.params["min"]) * unit(a, b)
        elif isinstance(of, NormalDist):
            x = of.params["mean"] + of.params["std"] * normal(open_unit(a, b))
        else:
            raise NotImplementedError(f"{of} has no naive twin; its law is tested by its statistics")
        if of.low <= x <= of.high:
            return x
    raise ValueError(f"{of} has no room between its limits")


def poisson_count(step, gid, mean, key):
    """The number of spikes of a Poisson source in a step: the first k with word < P(N <= k) * 2**32."""
    word = words(step // 4, gid, streams.lane(streams.POISSON), key)[step % 4]
    term = total = exp(-mean)
    k = 0
    while word >= round_half_up(total * 2**32) and round_half_up(total * 2**32) < 2**32:
        k += 1
        term *= mean / k
        total += term
    return k


def round_half_up(x):
    return math.floor(x + 0.5)


def different(n, available, owner, skip, lane, key):
    """n different numbers of range(available) without `skip`; where n is more than half, what n - available leave."""
    pool = [x for x in range(available) if x != skip]
    few = min(n, len(pool) - n)
    chosen = []
    i = 0
    while len(chosen) < few:
        word = words(i // 4, owner, lane, key)[i % 4]
        x = pool[word * len(pool) // 2**32]
        if x not in chosen:
            chosen.append(x)
        i += 1
    return chosen if few == n else [x for x in pool if x not in chosen]


def bernoulli(p, available, owner, skip, lane, key):
    """Numbers of range(available) that pass with probability p: geometric gaps, floor(log u / log(1 - p)).

    As drawn by the kernel, so that the same pairs come out; that the law is Bernoulli's is tested by its statistics.
    """
    chosen, x = [], -1
    rest = 1.0 - p
    scale = -p if rest == 1.0 else log(rest) * (-p / (rest - 1.0))
    i = 0
    while True:
        a, b, _, _ = words(i, owner, lane, key, 1)
        i += 1
        gap = log(open_unit(a, b)) / scale
        if gap >= available - x - 1:
            return chosen
        x += 1 + int(gap)
        if x != skip:
            chosen.append(x)
