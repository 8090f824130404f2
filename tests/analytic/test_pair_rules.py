"""Rules that PyNN's connectors need: distances, total numbers, small worlds, subsets; statistics against theory."""

import numpy as np
import pytest
from scipy import stats

from simcore.engine.pairs import local_pairs
from simcore.engine.partition import partition
from simcore.errors import ConfigurationError
from simcore.network import (
    AllToAll,
    Clone,
    FixedNumberPost,
    FixedNumberPre,
    FixedProbability,
    FixedTotalNumber,
    FromList,
    Geometry,
    Network,
    OneToOne,
    PairFunction,
    PairProbability,
    SmallWorld,
    Space,
    Subset,
)
from simcore.parameters import PoissonDist, UniformIntDist
from simcore.rng import streams
from tests.analytic.test_connectors import pairs, unique


def line(n, m=None, **space):
    """Cells at 0, 1, 2 … along x."""
    positions = [np.stack([np.arange(k, dtype=float), np.zeros(k), np.zeros(k)]) for k in (n, n if m is None else m)]
    return Geometry(*positions, Space(**space))


def of_distance(text, n, m=None, **space):
    return PairFunction(text, geometry=line(n, m, **space))


CHOOSING = {"total": lambda s: FixedTotalNumber(900, s, replacement=False),
            "total, nearly all": lambda s: FixedTotalNumber(2449, s, replacement=False),
            "distance": lambda s: PairProbability(of_distance("exp(-d/20)", 50), s),
            "small world": lambda s: SmallWorld(6, 0.3, of_distance("d", 50), s)}


@pytest.mark.parametrize("allow_self", [True, False])
@pytest.mark.parametrize("connector", CHOOSING.values(), ids=CHOOSING)
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


@pytest.mark.parametrize("connector", [lambda s: AllToAll(s), lambda s: FixedProbability(0.7, s),
                                       lambda s: FixedTotalNumber(700, s, replacement=False),
                                       lambda s: PairProbability(of_distance("0.7 if d >= 0 else 0", 50), s)])
def test_of_two_cells_only_the_later_reaches_the_earlier_where_no_connection_is_mutual(connector):
    pre, post = pairs(connector("NoMutual"), 50)
    assert unique(pre, post)
    assert (pre > post).all()
    expected = 50 * 49 / 2
    assert pre.size in (expected, 700) or abs(pre.size - 0.7 * expected) < 5 * np.sqrt(0.21 * expected)


@pytest.mark.parametrize("rule", [FixedNumberPre, FixedNumberPost])
def test_with_replacement_partners_are_independent_of_each_other(rule):
    """200 choices of 50 for each of 300 cells: how often a pair comes is binomial, and so is the free degree."""
    of_pre = rule is FixedNumberPre
    chosen, owners = pairs(rule(200, replacement=True), *((50, 300) if of_pre else (300, 50)))[::1 if of_pre else -1]
    assert set(np.bincount(owners, minlength=300).tolist()) == {200}
    assert chi_square(np.bincount(owners * 50 + chosen, minlength=15000), stats.binom(200, 1 / 50)) > 1e-3
    assert stats.chisquare(np.bincount(chosen, minlength=50)).pvalue > 1e-3
    inside = pairs(rule(200, allow_self=False, replacement=True), 50)
    assert (inside[0] != inside[1]).all()
    assert stats.chisquare(np.bincount(inside[0 if of_pre else 1], minlength=50)).pvalue > 1e-3


def test_the_number_of_partners_may_come_from_a_distribution():
    for connector, side, size in ((FixedNumberPre(PoissonDist(8.0)), 1, 2000), (FixedNumberPost(UniformIntDist(3, 9)), 0, 1500)):
        made = pairs(connector, 1500, 2000)
        degrees = np.bincount(made[side], minlength=size)
        assert unique(*made)
        assert chi_square(degrees, stats.poisson(8.0) if side else stats.randint(3, 9)) > 1e-3


def test_a_total_number_is_exact_and_spread_evenly():
    """With replacement degrees are binomial; without, hypergeometric."""
    n_pre, n_post, n = 300, 200, 9000
    for replacement in (True, False):
        pre, post = pairs(FixedTotalNumber(n, replacement=replacement), n_pre, n_post)
        assert pre.size == n
        assert unique(pre, post) != replacement
        for degrees, size, other in ((np.bincount(pre, minlength=n_pre), n_pre, n_post),
                                     (np.bincount(post, minlength=n_post), n_post, n_pre)):
            theory = stats.binom(n, 1 / size) if replacement else stats.hypergeom(n_pre * n_post, other, n)
            assert chi_square(degrees, theory) > 1e-3


def chi_square(degrees, theory):
    """p-value of observed numbers under a discrete distribution, in bins of about a tenth each."""
    edges = np.unique([-1.0, *theory.ppf(np.arange(0.1, 1.0, 0.1)), theory.ppf(1.0 - 1e-12), np.inf])
    probability = np.diff(theory.cdf(edges))
    probability, edges = probability[:-1], edges[:-1]           # what is above the last edge is impossible, or nearly
    observed = np.histogram(degrees, edges + 0.5)[0]
    assert observed.sum() == len(degrees)
    return stats.chisquare(observed, probability / probability.sum() * len(degrees)).pvalue


@pytest.mark.parametrize("connector", [FixedNumberPre(6), FixedNumberPost(4), FixedTotalNumber(120, replacement=False),
                                       FixedTotalNumber(120), PairProbability(of_distance("0.2 if d >= 0 else 0", 30, 20))])
def test_every_pair_is_equally_likely(connector):
    """Chi-square over the 600 possible pairs, 400 draws."""
    counts = np.zeros((30, 20))
    for seed in range(400):
        pre, post = pairs(connector, 30, 20, seed=seed)
        np.add.at(counts, (pre, post), 1)
    mean, degrees = counts.mean(), counts.size - 1
    once = not getattr(connector, "replacement", False)
    spread = ((counts - mean) ** 2).sum() / (mean * (1 - mean / 400 if once else 1))
    assert 1e-3 < stats.chi2(degrees).cdf(spread) < 1 - 1e-3


@pytest.mark.parametrize("periodic", [False, True])
def test_the_probability_follows_the_distance(periodic):
    """400 cells on a ring or a line; a chi-square over distances from 0 to 50."""
    n, boundaries = 400, ((0.0, 400.0), None, None)
    connector = PairProbability(of_distance("0.8*exp(-d/30.0)", n, periodic_boundaries=boundaries if periodic else None))
    pre, post = pairs(connector, n)
    assert unique(pre, post)
    distance = np.abs(pre - post)
    distance = np.minimum(distance, n - distance) if periodic else distance
    d = np.arange(51)
    possible = np.where(d == 0, n, 2 * n) if periodic else np.where(d == 0, n, 2 * (n - d))
    p = 0.8 * np.exp(-d / 30.0)
    counts = np.bincount(distance, minlength=51)[:51]
    assert stats.chi2(51).sf((((counts - possible * p) ** 2) / (possible * p * (1 - p))).sum()) > 1e-3
    if periodic:                                        # every cell sees the same surroundings
        assert abs(np.bincount(post)[:30].mean() - np.bincount(post)[150:250].mean()) < 5 * np.sqrt(40 / 30)


def test_a_boolean_expression_connects_all_within_a_distance():
    pre, post = pairs(PairProbability(of_distance("d<3", 40), allow_self=False), 40)
    expected = {(i, j) for i in range(40) for j in range(40) if i != j and abs(i - j) < 3}
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == expected


def test_probabilities_may_depend_on_indices_and_displacements():
    pre, post = pairs(PairProbability(PairFunction("(i % 2 == 0) & (j == i + 1)", "indices")), 10, 10)
    assert list(zip(pre.tolist(), post.tolist(), strict=True)) == [(i, i + 1) for i in range(0, 10, 2)]
    ahead = PairFunction("(d[0] > 0) * (d[0] <= 2)", "displacement", line(10))
    pre, post = pairs(PairProbability(ahead), 10)
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == {(i, j) for i in range(10) for j in range(10) if 0 < j - i <= 2}
    by_function = PairFunction(lambda d: d == 1, geometry=line(10))
    assert pairs(PairProbability(by_function), 10)[0].size == 18


@pytest.mark.parametrize("rewiring", [0.0, 0.25, 1.0])
def test_a_small_world_keeps_its_out_degrees_and_rewires_a_fraction(rewiring):
    n, ring = 400, {"periodic_boundaries": ((0.0, 400.0), None, None)}
    pre, post = pairs(SmallWorld(11, rewiring, of_distance("d", n, **ring), allow_self=False), n)
    assert set(np.bincount(pre, minlength=n).tolist()) == {20}
    assert unique(pre, post)
    distance = np.minimum(np.abs(pre - post), n - np.abs(pre - post))
    far = (distance >= 11).sum()
    # an edge leaves its surroundings unless it is rewired to a place that another edge has left
    assert (far == 0) if rewiring == 0.0 else stats.binomtest(int(far), pre.size, rewiring).pvalue > 1e-6 or rewiring == 1.0
    if rewiring == 1.0:
        assert far / pre.size == pytest.approx(1 - 9.5 / 379, abs=0.01)      # of the 379 free cells k are near after k edges
        assert stats.kstest(distance[distance >= 11] + np.random.default_rng(1).uniform(-0.5, 0.5, far),
                            stats.uniform(10.5, 190).cdf).pvalue > 1e-3


def test_a_small_world_may_keep_a_number_of_connections():
    pre, _ = pairs(SmallWorld(11, 0.5, of_distance("d", 100), n=7), 100)
    assert set(np.bincount(pre, minlength=100).tolist()) == {7}


def test_all_pairs_come_before_any_comes_again():
    """FixedNumberPre with n = 23 of 10 sources: all of them twice, then 3 different ones."""
    pre, post = pairs(FixedNumberPre(23, again=True), 10, 30)
    counts = np.zeros((30, 10), dtype=int)
    np.add.at(counts, (post, pre), 1)
    assert set(counts.ravel().tolist()) == {2, 3}
    assert ((counts == 3).sum(axis=1) == 3).all()
    pre, post = pairs(FixedNumberPost(20, allow_self=False, again=True), 11)
    assert pre.size == 220 and (pre != post).all() and np.bincount(pre * 11 + post).max() == 2
    with pytest.raises(ConfigurationError, match=r"cannot choose 23 different cells of the 10"):
        pairs(FixedNumberPre(23), 10, 30)


def test_subsets_connect_their_own_cells_only():
    chosen, reached = [7, 3, 9, 4], [2, 9, 3, 40, 41]
    pre, post = pairs(Subset(AllToAll(allow_self=False), chosen, reached), 50)
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == {(i, j) for i in chosen for j in reached if i != j}
    pre, post = pairs(Subset(OneToOne(), chosen, reached[:4]), 50, 60)
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == set(zip(chosen, reached, strict=False))
    pre, post = pairs(Subset(FixedNumberPre(3, allow_self=False), chosen, reached), 50)
    assert np.bincount(post, minlength=50)[reached].tolist() == [3] * 5 and set(pre.tolist()) <= set(chosen)
    assert (pre != post).all()
    pre, post = pairs(Subset(FixedNumberPost(4, allow_self=False), chosen, reached), 50)
    assert np.bincount(pre, minlength=50)[chosen].tolist() == [4] * 4 and set(post.tolist()) <= set(reached)
    pre, post = pairs(Subset(FixedTotalNumber(18, allow_self=False, replacement=False), chosen, reached), 50)
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == {(i, j) for i in chosen for j in reached if i != j}
    pre, post = pairs(Subset(FromList([0, 3], [4, 0]), chosen, reached), 50, 60)
    assert sorted(zip(pre.tolist(), post.tolist(), strict=True)) == [(4, 2), (7, 41)]
    pre, post = pairs(Subset(PairProbability(PairFunction("i == j", "indices")), chosen, reached), 50, 60)
    assert set(zip(pre.tolist(), post.tolist(), strict=True)) == set(zip(chosen, reached, strict=False))


def test_a_clone_has_the_pairs_of_its_original():
    net = Network()
    a = net.population("a", 40, "IF_curr_exp")
    first = net.project(a, a, FixedProbability(0.2), weight=1.0, delay=1.0)
    net.project(a, a, FixedProbability(0.2), weight=1.0, delay=1.0)
    again = net.project(a, a, Clone(first), weight=2.0, delay=1.0)
    made = [local_pairs(p, partition(net).slot(a), streams.key(3)) for p in net.projections]
    assert np.array_equal(made[0].pre, made[2].pre) and np.array_equal(made[0].lid, made[2].lid) and again.weight == 2.0
    assert not np.array_equal(made[0].pre, made[1].pre)


def test_a_seed_of_the_rule_makes_other_pairs():
    made = [pairs(FixedProbability(0.2, seed=s), 40) for s in (None, 1, 2, 1)]
    assert np.array_equal(made[1][0], made[3][0]) and len({m[0].tobytes() for m in made}) == 3


def test_empty_ends_and_probabilities_are_allowed():
    for connector in (FixedProbability(0.0), FixedNumberPre(0), FixedNumberPost(0), FromList([], []), FixedTotalNumber(0),
                      PairProbability(of_distance("0*d", 10, 10))):
        assert pairs(connector, 10, 10)[0].size == 0
    for connector in (AllToAll(), FixedProbability(0.5), PairProbability(of_distance("d<9", 0, 5)), SmallWorld(2, 1.0, of_distance("d", 0, 5))):
        assert pairs(connector, 0, 5)[0].size == 0
    for connector in (AllToAll(), FixedProbability(0.5), FixedNumberPre(2), PairProbability(of_distance("d<9", 5, 0)),
                      SmallWorld(2, 1.0, of_distance("d", 5, 0))):
        assert pairs(connector, 5, 0)[0].size == 0
