"""Draws from a distribution as NEURON's Random makes them: which uniform numbers are used for what, bit for bit.

A call of a distribution chooses it and gives its first value; `repick` goes on with it. A normal distribution makes its
numbers in pairs (Marsaglia & Bray 1964, polar method) and keeps the second for the next pick; a new call drops it.

# ASSUME: log, exp and pow are those of the C library, as in NEURON: equal bits there and here on one machine. Uniform
# and whole-number draws are the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from simcore.errors import InvalidParameterValueError

_MOST_AHEAD = 4096


class Uniforms:
    """Numbers of a generator, drawn ahead in blocks, with a place that can be told and set."""

    def __init__(self, generator):
        self.generator = generator
        self._ahead = np.empty(0)
        self._listed: list[float] | None = None             # the same as Python's floats, for one by one
        self._at = 0

    @property
    def position(self) -> int:
        """Number of words used so far."""
        return self.generator.position - (self._ahead.size - self._at) * self.generator.words_per_double

    @position.setter
    def position(self, place: int) -> None:
        self._ahead, self._listed, self._at = np.empty(0), None, 0
        self.generator.position = place

    def peek(self, n: int) -> np.ndarray:
        """The next n numbers, (n,) float64, without using them up."""
        if self._at + n > self._ahead.size:
            self._draw(n)
        return self._ahead[self._at:self._at + n]

    def skip(self, n: int) -> None:
        """Use up n numbers that were looked at."""
        self._at += n

    def take(self, n: int) -> np.ndarray:
        """The next n numbers, (n,) float64."""
        values = self.peek(n).copy()
        self._at += n
        return values

    def next(self) -> float:
        """The next number."""
        if self._at == self._ahead.size:
            self._draw(1)
        if self._listed is None:
            self._listed = self._ahead.tolist()
        self._at += 1
        return self._listed[self._at - 1]

    def _draw(self, n: int) -> None:
        left = self._ahead[self._at:]
        fresh = max(n - left.size, min(2 * self._ahead.size, _MOST_AHEAD), 4)
        self._ahead = np.concatenate([left, self.generator.doubles(fresh)])
        self._listed, self._at = None, 0


class Random:
    """A stream of random numbers with the distributions of NEURON's Random; picklable, with its exact place.

    generator: one of simcore.rng.generators. The distribution before any is chosen is normal(0, 1).
    """

    def __init__(self, generator):
        self._uniforms = Uniforms(generator)
        self._choose(_normal, 0.0, 1.0)

    def _choose(self, draw: Callable, *constants: float) -> Random:
        self._draw, self._constants = draw, constants
        self.spare: float | None = None
        return self

    def repick(self) -> float:
        """The next value of the distribution chosen last."""
        return float(self._draw(self, 1, *self._constants)[0])

    def repicks(self, n: int) -> np.ndarray:
        """The next n values of the distribution chosen last, (n,) float64: what Vector.setrand fills in."""
        return np.asarray(self._draw(self, int(n), *self._constants), dtype=np.float64)

    def seq(self, place: float | None = None) -> float:
        """The place in the stream (number of words used; MCellRan4: the high index); with an argument, go there."""
        if place is not None:
            self._uniforms.position = int(place)
            self.spare = None
        return float(self._uniforms.position)

    def uniform(self, low: float, high: float) -> float:
        """Uniform between the two bounds, in either order."""
        low, high = min(low, high), max(low, high)
        return self._choose(_uniform, float(low), float(high) - float(low)).repick()

    def discunif(self, low: int, high: int) -> float:
        """A whole number between the two bounds, both included, in either order."""
        low, high = min(low, high), max(low, high)
        return self._choose(_discunif, float(low), float(high) - float(low) + 1.0).repick()

    def normal(self, mean: float, variance: float) -> float:
        """Normal with this mean and VARIANCE, as in NEURON."""
        _check(variance >= 0, "variance must be >= 0", "variance", variance)
        return self._choose(_normal, float(mean), math.sqrt(variance)).repick()

    def negexp(self, mean: float) -> float:
        """Exponential with this mean."""
        return self._choose(_negexp, float(mean)).repick()

    def poisson(self, mean: float) -> float:
        """Poisson count with this mean: products of uniform numbers (Knuth), so time grows with the mean."""
        _check(0 <= mean < 700, "mean of a Poisson count must be in [0, 700)", "mean", mean)
        return self._choose(_poisson, math.exp(-mean)).repick()

    def lognormal(self, mean: float, variance: float) -> float:
        """Lognormal with this mean and variance of the value itself."""
        _check(mean > 0, "mean must be > 0", "mean", mean)
        _check(variance >= 0, "variance must be >= 0", "variance", variance)
        square = float(mean) * float(mean)
        centre = math.log(square / math.sqrt(variance + square))
        return self._choose(_lognormal, centre, math.sqrt(math.log((variance + square) / square))).repick()

    def binomial(self, n: int, p: float) -> float:
        """Successes in n trials of probability p."""
        return self._choose(_binomial, int(n), float(p)).repick()

    def geometric(self, p: float) -> float:
        """1 + the number of successes of probability p before the first failure."""
        _check(0 <= p < 1, "probability must be in [0, 1)", "p", p)
        return self._choose(_geometric, float(p)).repick()

    def erlang(self, mean: float, variance: float) -> float:
        """Erlang with this mean and nearly this variance (its order is a whole number)."""
        _check(mean > 0, "mean must be > 0", "mean", mean)
        _check(variance > 0, "variance must be > 0", "variance", variance)
        order = max(1, int(mean * mean / variance + 0.5))
        return self._choose(_erlang, order, order / float(mean)).repick()

    def hypergeo(self, mean: float, variance: float) -> float:
        """Mixture of two exponentials with this mean and variance (variance > mean**2)."""
        z = variance / (mean * mean)
        _check(z >= 1, "variance must be at least the squared mean", "variance", variance)
        return self._choose(_hypergeo, float(mean), 0.5 * (1.0 - math.sqrt((z - 1.0) / (z + 1.0)))).repick()

    def weibull(self, alpha: float, beta: float) -> float:
        """Weibull: (-beta ln(1 - u)) ** (1 / alpha)."""
        _check(alpha > 0, "alpha must be > 0", "alpha", alpha)
        return self._choose(_weibull, 1.0 / float(alpha), float(beta)).repick()

    def gamma(self, shape: float, scale: float, n: int = 1) -> np.ndarray:
        """n gamma variates, (n,) float64: Marsaglia & Tsang (2000), ACM TOMS 26:363, with the draws of neurodamus.

        shape < 1: n uniform numbers first, to the power 1 / shape, times variates of shape + 1. Every variate begins
        with a fresh pair of normal numbers, of which one is used.
        """
        _check(shape > 0, "shape of a gamma distribution must be > 0", "shape", shape)
        if shape < 1:
            self.uniform(0.0, 1.0)
            power = 1.0 / shape
            factors = np.array([math.pow(u, power) for u in self.repicks(n)])
            return self.gamma(1 + shape, scale, n) * factors
        if n:
            self._choose(_uniform, 0.0, 1.0)
        d = shape - 1 / 3
        c = 1 / 3 / math.sqrt(d)
        return np.array([scale * d * _cube(self._uniforms.next, c, d) for _ in range(int(n))])


def _check(ok: bool, rule: str, name: str, value: object) -> None:
    if not ok:
        raise InvalidParameterValueError(f"{rule}, got {value!r}", name=name, got=value)


def _cube(u: Callable[[], float], c: float, d: float) -> float:
    """The accepted cube of one gamma variate."""
    while True:
        x, _ = _pair(u)
        v = 1 + c * x
        if v > 0:
            v = v * v * v
            w = u()
            if w < 1 - 0.0331 * x * x * x * x or math.log(w) < 0.5 * x * x + d * (1 - v + math.log(v)):
                return v


def _pair(u: Callable[[], float]) -> tuple[float, float]:
    """Two standard normal numbers."""
    while True:
        a, b = 2.0 * u() - 1.0, 2.0 * u() - 1.0
        w = a * a + b * b
        if w <= 1.0:
            y = math.sqrt(-2.0 * math.log(w) / w)
            return a * y, b * y


def _standard_normal(random: Random, n: int) -> np.ndarray:
    """(n,) standard normal numbers: the spare one first, then pairs; a second that is not needed is kept."""
    if n == 1:
        if random.spare is None:
            one, random.spare = _pair(random._uniforms.next)
        else:
            one, random.spare = random.spare, None
        return np.array([one])
    made = [np.array([] if random.spare is None else [random.spare])]
    missing = n - made[0].size
    random.spare = None
    while missing > 0:
        made.append(_pairs(random._uniforms, -(-missing // 2)))
        missing -= made[-1].size
    numbers = np.concatenate(made)
    if missing < 0:
        random.spare = float(numbers[-1])
    return numbers[:n]


def _pairs(uniforms: Uniforms, n: int) -> np.ndarray:
    """At most n pairs of standard normal numbers, in order, from a look ahead of about n / (pi / 4) trials."""
    ahead = 2.0 * uniforms.peek(2 * (n + n // 4 + 4)) - 1.0
    first, second = ahead[::2], ahead[1::2]
    w = first * first + second * second
    accepted = np.flatnonzero(w <= 1.0)[:n]
    uniforms.skip(2 * (int(accepted[-1]) + 1) if accepted.size == n else ahead.size)
    w = w[accepted]
    y = np.sqrt(-2.0 * np.fromiter(map(math.log, w.tolist()), np.float64, w.size) / w)
    return np.stack([first[accepted] * y, second[accepted] * y], axis=1).ravel()


def _uniform(random, n, low, width):
    return low + width * random._uniforms.take(n)


def _discunif(random, n, low, count):
    return low + np.floor(count * random._uniforms.take(n))


def _normal(random, n, mean, sd):
    return _standard_normal(random, n) * sd + mean


def _negexp(random, n, mean):
    return [-mean * math.log(u) for u in random._uniforms.take(n).tolist()]


def _poisson(random, n, bound):
    u, counts = random._uniforms.next, []
    for _ in range(n):
        count, p = 0, 1.0
        while p >= bound:
            count += 1
            p *= u()
        counts.append(count - 1)
    return counts


def _lognormal(random, n, centre, sd):
    return [math.pow(math.e, x * sd + centre) for x in _standard_normal(random, n).tolist()]


def _binomial(random, n, trials, p):
    return (random._uniforms.take(n * trials).reshape(n, trials) < p).sum(axis=1)


def _geometric(random, n, p):
    u, counts = random._uniforms.next, []
    for _ in range(n):
        count = 1
        while u() < p:
            count += 1
        counts.append(count)
    return counts


def _erlang(random, n, order, rate):
    products = [math.prod(row) for row in random._uniforms.take(n * order).reshape(n, order).tolist()]
    return [-math.log(p) / rate for p in products]


def _hypergeo(random, n, mean, p):
    draws = random._uniforms.take(2 * n).reshape(n, 2).tolist()
    return [-mean * math.log(v) / (2.0 * (1.0 - p if u > p else p)) for u, v in draws]


def _weibull(random, n, power, beta):
    return [math.pow(-beta * math.log(1.0 - u), power) for u in random._uniforms.take(n).tolist()]
