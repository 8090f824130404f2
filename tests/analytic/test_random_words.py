"""The generator: published vectors, an independent twin, uniformity and independence of the streams."""

import numpy as np
import pytest
from scipy import special, stats

from simcore._jit import kernel
from simcore.rng import streams
from simcore.rng.counter import below, open_unit, philox, unit
from simcore.rng.variates import exponential, normal
from tests.naive.philox import philox4

# Random123 1.14, tests/kat_vectors, "philox4x32 10": counter, key, result
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return tuple(int(word, 16) for word in text.split())


@kernel
def words_of(owners, steps, lane, k0, k1, out):
    """out[i, j] = word j of the draw at (owners[i], steps[i]) of one lane."""
    for i in range(owners.size):
        w0, w1, w2, w3 = philox(steps[i], owners[i], lane, 0, k0, k1)
        out[i, 0] = w0
        out[i, 1] = w1
        out[i, 2] = w2
        out[i, 3] = w3


LANE = streams.lane(streams.POISSON)


def drawn(owners, steps, *, lane=LANE, seed=1):
    owners, steps = np.broadcast_arrays(np.asarray(owners, np.int64), np.asarray(steps, np.int64))
    out = np.empty((owners.size, 4), np.int64)
    words_of(owners.ravel().copy(), steps.ravel().copy(), lane, *streams.key(seed), out)
    return out


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN)
def test_known_answers_of_random123_are_reproduced(counter, key, result):
    assert philox(*words(counter), *words(key)) == words(result)
    assert philox4(words(counter), words(key)) == words(result)


def test_naive_twin_has_the_structure_of_numpys_philox():
    """numpy has the 64-bit sibling, which counts up before it draws: the twin with 64-bit constants matches."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        counter = [int(w) for w in rng.integers(0, 2**63, 4)]
        key = [int(w) for w in rng.integers(0, 2**63, 2)]
        bits = np.random.Philox(counter=sum(w << 64 * i for i, w in enumerate(counter)),
                                key=sum(w << 64 * i for i, w in enumerate(key)))
        following = [counter[0] + 1, *counter[1:]]
        assert philox4(following, key, width=64) == tuple(int(w) for w in bits.random_raw(4))


def test_compiled_words_are_those_of_the_naive_twin():
    rng = np.random.default_rng(6)
    owners, steps = rng.integers(0, 2**32, (2, 200))
    out = drawn(owners, steps)
    expected = [philox4((s, o, streams.lane(streams.POISSON), 0), streams.key(1))
                for s, o in zip(steps, owners, strict=True)]
    assert [tuple(row) for row in out.tolist()] == expected


@pytest.mark.parametrize("bits", [8, 14])
def test_each_word_is_uniform_in_its_high_and_low_bits(bits):
    """chi² over 2**bits classes; the smallest of 8 p-values at 1e-4 / 8 (fails by chance 1 in 10,000)."""
    out = drawn(np.arange(400)[:, None], np.arange(400)[None, :])
    p_values = []
    for word in range(4):
        for shift in (0, 32 - bits):
            counts = np.bincount((out[:, word] >> shift) & ((1 << bits) - 1), minlength=1 << bits)
            p_values.append(stats.chisquare(counts).pvalue)
    assert min(p_values) > 1e-4 / len(p_values)


@pytest.mark.parametrize("axis", ["steps of one owner", "owners at one step", "lanes", "seeds"])
def test_neighbouring_draws_are_independent(axis):
    """Correlation of successive uniform numbers, as z-score: |z| < 4.5 (by chance 7 in a million)."""
    n = 100_000
    if axis == "steps of one owner":
        out = drawn(7, np.arange(n))
    elif axis == "owners at one step":
        out = drawn(np.arange(n), 7)
    elif axis == "lanes":
        lanes = [streams.lane(streams.CONNECT, i) for i in range(2000)]
        out = np.concatenate([drawn(np.arange(40), 3, lane=lane) for lane in lanes])
        out = out.reshape(2000, 40, 4).transpose(1, 0, 2).reshape(-1, 4)
    else:
        out = np.concatenate([drawn(np.arange(40), 3, seed=i) for i in range(2000)])
        out = out.reshape(2000, 40, 4).transpose(1, 0, 2).reshape(-1, 4)
    u = unit_of(out[:, 0], out[:, 1]) - 0.5
    for lag in (1, 2, 3, 10):
        z = 12 * (u[lag:] * u[:-lag]).mean() * np.sqrt(u.size - lag)
        assert abs(z) < 4.5


def unit_of(high, low):
    return (((high >> 5) * 67108864.0) + (low >> 6)) / 9007199254740992.0


def test_uniform_numbers_pass_kolmogorov_smirnov_and_keep_their_interval():
    out = drawn(np.arange(300)[:, None], np.arange(300)[None, :])
    u = np.array([unit(int(a), int(b)) for a, b in out[:, :2]])
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert np.array_equal(u, unit_of(out[:, 0], out[:, 1]))
    assert unit(0, 0) == 0.0
    assert unit(2**32 - 1, 2**32 - 1) == 1.0 - 2.0**-53
    assert open_unit(0, 0) == 2.0**-53
    assert open_unit(2**32 - 1, 2**32 - 1) == 1.0 - 2.0**-53


def test_pairs_of_successive_numbers_fill_the_square_evenly():
    """Serial test: chi² of (u_n, u_n+1) on a 64 x 64 grid, over steps of one owner."""
    out = drawn(11, np.arange(100_000))
    u = (out[:, 0] >> 26).reshape(-1, 2)
    counts = np.bincount(u[:, 0] * 64 + u[:, 1], minlength=64 * 64)
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1000, 2**31])
def test_whole_numbers_below_n_are_uniform(n):
    out = drawn(np.arange(300)[:, None], np.arange(300)[None, :], seed=3)[:, 2]
    k = np.array([below(int(word), n) for word in out])
    assert k.min() >= 0
    assert k.max() < n
    classes = min(n, 100)
    edges = -(-np.arange(classes + 1) * n // classes)              # ceil: first number of each class
    counts = np.histogram(k, edges)[0]
    if classes > 1:
        assert stats.chisquare(counts, np.diff(edges) / n * k.size).pvalue > 1e-4


def test_normal_quantile_agrees_with_scipy():
    tails = 10.0 ** -np.arange(1, 16)
    u = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 2001), tails, 1 - tails])
    ours = np.array([normal(float(x)) for x in u])
    np.testing.assert_allclose(ours, special.ndtri(u), rtol=4e-15, atol=1e-16)


def test_exponential_quantile_agrees_with_its_definition():
    u = np.linspace(2.0**-53, 1 - 2.0**-53, 1001)
    np.testing.assert_allclose([exponential(float(x)) for x in u], -np.log1p(-u), rtol=1e-14, atol=2e-16)
