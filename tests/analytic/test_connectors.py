"""Connectors: in- and out-degrees against theory, no pair twice, no cell to itself where that is excluded."""

import numpy as np
import pytest
from scipy import stats

from simcore.engine.pairs import local_pairs
from simcore.engine.partition import partition
from simcore.network import AllToAll, FixedNumberPost, FixedNumberPre, FixedProbability, FromList, Network, OneToOne
from simcore.rng import streams


def pairs(connector, n_pre, n_post=None, *, seed=1):
    """(pre, post) indices of a projection between two populations, or within one where n_post is not given."""
    net = Network()
    net.population("before", 3, "IF_curr_exp")                  # so that gids are not indices
    pre = net.population("pre", n_pre, "IF_curr_exp")
    post = pre if n_post is None else net.population("post", n_post, "IF_curr_exp")
    projection = net.project(pre, post, connector, weight=1.0, delay=1.0)
    slot = partition(net).slot(post)
    made = local_pairs(projection, slot, streams.key(seed))
    return made.pre, made.lid - slot.first_lid


def unique(pre, post):
    return len(set(zip(pre.tolist(), post.tolist(), strict=True))) == pre.size


@pytest.mark.parametrize("allow_self", [True, False])
@pytest.mark.parametrize("connector", [lambda s: AllToAll(allow_self=s), lambda s: FixedProbability(0.3, allow_self=s),
                                       lambda s: FixedProbability(0.999, allow_self=s),
                                       lambda s: FixedNumberPre(20, allow_self=s), lambda s: FixedNumberPre(49, s),
                                       lambda s: FixedNumberPost(20, allow_self=s), lambda s: FixedNumberPost(49, s)],
                         ids=["all", "p=0.3", "p=0.999", "pre 20", "pre 49 of 50", "post 20", "post 49 of 50"])
def test_no_pair_twice_and_no_cell_to_itself(connector, allow_self):
    selves = 0
    for seed in range(10):
        pre, post = pairs(connector(allow_self), 50, seed=seed)
        assert unique(pre, post)
        assert pre.min() >= 0
        assert pre.max() < 50
        assert post.max() < 50
        selves += int((pre == post).sum())
    assert (selves > 0) == allow_self


def test_self_connections_come_as_often_as_any_other():
    """FixedNumberPre within one population of 40, 10 sources each, 100 draws: 1,000 selves expected."""
    selves = sum(int(np.equal(*pairs(FixedNumberPre(10), 40, seed=seed)).sum()) for seed in range(100))
    assert abs(selves - 1000) < 4.5 * np.sqrt(1000 * 0.75)


@pytest.mark.parametrize("n", [0, 1, 30, 59, 60])
def test_fixed_numbers_are_exact(n):
    _, post = pairs(FixedNumberPre(n), 60, 40)
    assert np.array_equal(np.bincount(post, minlength=40), np.full(40, n))
    pre, _ = pairs(FixedNumberPost(n), 40, 60)
    assert np.array_equal(np.bincount(pre, minlength=40), np.full(40, n))


@pytest.mark.parametrize(("connector", "side"), [(FixedNumberPre(100), 0), (FixedNumberPost(100), 1)],
                         ids=["out-degrees of fixed in-degrees", "in-degrees of fixed out-degrees"])
@pytest.mark.parametrize("complement", [False, True])
def test_the_free_degree_is_binomial(connector, side, complement):
    """n of N without replacement by M partners: the free degree is Binomial(M, n / N)."""
    if complement:
        connector = type(connector)(300)                        # more than half: the rest is drawn instead
    sizes = (400, 1000) if side == 0 else (1000, 400)
    degree = np.bincount(pairs(connector, *sizes)[side], minlength=400)
    assert_binomial(degree, 1000, connector.n / 400)


def assert_binomial(degree, n, p):
    """chi² of the degrees in classes of about a tenth each, and the variance."""
    law = stats.binom(n, p)
    edges = np.unique(np.concatenate([[-1], law.ppf(np.arange(0.1, 1.0, 0.1)), [n]]))
    expected = np.diff(law.cdf(edges)) * degree.size
    observed = np.histogram(degree, edges + 0.5)[0]
    assert stats.chisquare(observed, expected).pvalue > 1e-4
    assert degree.var() == pytest.approx(law.var(), rel=4.5 * np.sqrt(2 / degree.size))


@pytest.mark.parametrize("p", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("side", [0, 1])
def test_degrees_of_fixed_probability_are_binomial_on_both_sides(p, side):
    degree = np.bincount(pairs(FixedProbability(p), 300, 300)[side], minlength=300)
    assert_binomial(degree, 300, p)


def test_fixed_probability_is_bernoulli_for_every_pair():
    """Each of 30 x 30 pairs over 400 seeds: Binomial(400, p), pairs uncorrelated along a row."""
    table = np.zeros((400, 30, 30))
    for seed in range(400):
        pre, post = pairs(FixedProbability(0.2), 30, 30, seed=seed)
        table[seed, pre, post] = 1.0
    assert_binomial(table.sum(axis=0).ravel(), 400, 0.2)
    centred = (table - 0.2) / np.sqrt(0.2 * 0.8)
    for shift in (1, 2, 3):
        along_pre = (centred[:, shift:] * centred[:, :-shift]).sum() / np.sqrt(centred[:, shift:].size)
        along_post = (centred[:, :, shift:] * centred[:, :, :-shift]).sum() / np.sqrt(centred[:, :, shift:].size)
        assert abs(along_pre) < 4.5
        assert abs(along_post) < 4.5


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_probability_zero_and_one(p):
    pre, post = pairs(FixedProbability(p), 20, 30)
    assert pre.size == round(600 * p)
    assert unique(pre, post)


@pytest.mark.parametrize("p", [1e-300, 1e-17, 1e-9])
def test_tiny_probabilities_make_no_or_few_connections(p):
    pre, _ = pairs(FixedProbability(p), 200, 200)
    assert pre.size <= 1


def test_sets_of_sources_are_equally_likely():
    """All 20 sets of 3 out of 6, over 4,000 targets."""
    pre, post = pairs(FixedNumberPre(3), 6, 4000)
    order = np.lexsort((pre, post))
    sets = pre[order].reshape(-1, 3) @ np.array([36, 6, 1])
    found, observed = np.unique(sets, return_counts=True)
    assert found.size == 20
    assert stats.chisquare(observed).pvalue > 1e-4


def test_every_order_of_a_draw_is_equally_likely():
    """Weights are drawn by position, so position must not tell which source it is."""
    pre, _ = pairs(FixedNumberPre(2), 8, 20_000)
    table = np.zeros((8, 8), dtype=np.int64)
    np.add.at(table, tuple(pre.reshape(-1, 2).T), 1)
    assert stats.chisquare(table[~np.eye(8, dtype=bool)]).pvalue > 1e-4


def test_targets_draw_independently_of_each_other_and_of_the_number_of_targets():
    few, many = pairs(FixedNumberPre(5), 100, 20), pairs(FixedNumberPre(5), 100, 50)
    assert np.array_equal(few[0], many[0][:100])
    shared = [len(set(many[0][5 * i:5 * i + 5]) & set(many[0][5 * i + 5:5 * i + 10])) for i in range(49)]
    assert abs(np.mean(shared) - 0.25) < 4.5 * np.sqrt(0.23 / 49)


def test_one_to_one_and_lists():
    pre, post = pairs(OneToOne(), 7, 7)
    assert np.array_equal(pre, post)
    pre, post = pairs(FromList([2, 0, 2], [1, 1, 1]), 3, 2)
    assert pre.tolist() == [2, 0, 2]
    assert post.tolist() == [1, 1, 1]
