"""Pairs, weights and delays of all ranks together are those of one rank, for every rule and every kind of value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.engine.connection_values import values_of
from simcore.engine.pairs import _RULES, local_pairs
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
from simcore.network.values import Listed
from simcore.parameters import ExponentialDist, GammaDist, NormalDist, PoissonDist, UniformDist, UniformIntDist
from simcore.rng import streams

KEY = streams.key(3, 1)


def geometry(n_pre, n_post):
    rng = np.random.default_rng(5)
    return Geometry(rng.uniform(0, 10, (3, n_pre)), rng.uniform(0, 10, (3, n_post)), Space("xy", periodic_boundaries=((0, 10),) * 3))


def all_rules(n_pre, n_post, allow_self=True):
    """Every rule that fits populations of these sizes."""
    near = PairFunction("exp(-d/3)", geometry=geometry(n_pre, n_post))
    made = [AllToAll(allow_self), FixedProbability(0.4, allow_self), PairProbability(near, allow_self),
            FixedNumberPre(min(3, n_pre - 1), allow_self), FixedNumberPre(UniformIntDist(0, 9), allow_self, again=True),
            FixedNumberPre(4, allow_self, replacement=True), FixedNumberPost(min(2, n_post - 1), allow_self),
            FixedNumberPost(PoissonDist(2.0), allow_self, again=True), FixedTotalNumber(25, allow_self),
            FixedTotalNumber((n_pre * n_post) // 3, allow_self, replacement=False),
            SmallWorld(3.0, 0.4, PairFunction("d", geometry=geometry(n_pre, n_post)), allow_self),
            FromList([0, n_pre - 1, 0, 0], [n_post - 1, 0, 0, n_post - 1])]
    if n_pre == n_post:
        made.append(OneToOne())
    half, rest = np.arange(n_pre)[::-2], np.arange(n_post)[::-1][:max(2, n_post // 2)]
    made += [Subset(AllToAll(allow_self), half, rest), Subset(FixedProbability(0.5, allow_self), half, rest),
             Subset(PairProbability(PairFunction("(i+j) % 3 > 0", "indices"), allow_self), half, rest),
             Subset(FixedNumberPost(PoissonDist(1.0), allow_self, again=True), half, rest)]
    return made


def values(n_pre, n_post):
    yield 0.5
    yield from (NormalDist(1.0, 0.2), UniformDist(0.5, 2.0, seed=4), GammaDist(2.0, 1.0), ExponentialDist(2.0, low=0.1, high=3.0),
                PoissonDist(4.0))
    yield PairFunction("0.1 + i + 100*j", "indices")
    yield np.arange(1.0, 1.0 + 10 * n_pre * n_post + 30)
    yield Listed(lambda n: np.arange(1.0, n + 1.0))


def connections(rule, value, n_pre, n_post, n_ranks, *, same=False):
    """(source, target, weight, delay) of all ranks, ordered by source, then target."""
    net = Network()
    net.population("before", 3, "IF_curr_exp")
    post = net.population("post", n_post, "IF_curr_exp")
    pre = post if same else net.population("pre", n_pre, "SpikeSourcePoisson")
    projection = net.project(pre, post, rule, weight=value, delay=value)
    rows = []
    for rank in range(n_ranks):
        part = partition(net, rank, n_ranks)
        slot = part.slot(post)
        made = local_pairs(projection, slot, KEY)
        both = [np.broadcast_to(values_of(value, given, made, purpose, projection, slot, KEY), made.pre.size)
                for given, purpose in ((made.weight, streams.WEIGHT), (made.delay, streams.DELAY))]
        gid = slot.first_gid + (made.lid - slot.first_lid) * n_ranks
        assert made.pre.dtype == made.lid.dtype == np.int32
        rows.append(np.stack([made.pre, gid - post.first_gid, *both]))
    table = np.concatenate(rows, axis=1)
    return table[:, np.lexsort((table[1], table[0]))]       # stable: equal pairs stay in their order


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(2, 9), st.integers(2, 9), st.integers(2, 12), st.booleans(), st.sampled_from([True, False]))
def test_all_ranks_together_make_the_connections_of_one(data, n_pre, n_post, n_ranks, same, allow_self):
    n_pre = n_post if same else n_pre
    rule = data.draw(st.sampled_from(all_rules(n_pre, n_post, allow_self or not same)))
    value = data.draw(st.sampled_from(list(values(n_pre, n_post))))
    one = connections(rule, value, n_pre, n_post, 1, same=same)
    assert np.array_equal(connections(rule, value, n_pre, n_post, n_ranks, same=same), one)


@pytest.mark.parametrize("k", range(len(all_rules(7, 7))))
def test_every_rule_on_three_ranks(k):
    rule = all_rules(7, 7, allow_self=False)[k]
    assert np.array_equal(connections(rule, NormalDist(), 7, 7, 3, same=True), connections(rule, NormalDist(), 7, 7, 1, same=True))


def test_these_are_all_the_rules():
    tried = {type(r) for r in all_rules(7, 7)} | {Clone}
    assert set(_RULES) == tried


def test_arrays_are_used_up_in_the_order_of_source_and_target():
    n = np.arange(1.0, 13.0)
    pre, post, weight, _ = connections(AllToAll(), n, 4, 3, 2)
    assert weight.tolist() == n.tolist()
    assert pre.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3] and post.tolist() == [0, 1, 2] * 4


def test_matrices_give_each_pair_its_number():
    matrix = np.arange(1.0, 13.0).reshape(4, 3)
    matrix[2, 1] = np.nan                                       # a gap where nothing is connected
    pre, post, weight, delay = connections(PairProbability(PairFunction("(i != 2) | (j != 1)", "indices")), matrix, 4, 3, 2)
    assert pre.size == 11
    assert np.array_equal(weight, matrix[pre.astype(int), post.astype(int)]) and np.array_equal(weight, delay)
    with pytest.raises(ConfigurationError, match="must have a number for each connection, got NaN"):
        connections(AllToAll(), matrix, 4, 3, 1)
    with pytest.raises(ConfigurationError, match=r"shape \(source cells, target cells\) = \(4, 3\), got \(3, 4\)"):
        connections(AllToAll(), np.ones((3, 4)), 4, 3, 1)
    with pytest.raises(ConfigurationError, match="a number for each of the 12 connections, got 11"):
        connections(AllToAll(), np.ones(11), 4, 3, 1)


def test_values_may_be_functions_of_the_distance():
    where = geometry(4, 3)
    pre, post, weight, _ = connections(AllToAll(), PairFunction("0.1 + exp(-d/2.0)", geometry=where), 4, 3, 2)
    pre, post = pre.astype(int), post.astype(int)
    d = np.abs(where.pre[:2, pre] - where.post[:2, post])
    d = np.hypot(*np.minimum(d, 10 - d))
    assert weight == pytest.approx(0.1 + np.exp(-d / 2.0), rel=1e-14)
    subset = Subset(AllToAll(), [3, 1], [2, 0])
    pre, post, weight, _ = connections(subset, PairFunction("1 + 10*i + j", "indices"), 4, 3, 1)
    number = {3: 0, 1: 1}, {2: 0, 0: 1}                     # indices count the chosen cells
    assert weight.tolist() == [1.0 + 10 * number[0][int(i)] + number[1][int(j)] for i, j in zip(pre, post, strict=True)]


@pytest.mark.parametrize(("rule", "message"), [
    (FixedTotalNumber(13, replacement=False), "cannot choose 13 of 12 pairs"),
    (FixedNumberPre(PoissonDist(40.0)), "cannot choose .* different cells of the 4 available"),
    (FixedNumberPre(NormalDist(-5.0, 0.1)), "needs numbers >= 0, but .* gave -5"),
    (Subset(AllToAll(), [0, 4], [0]), r"Subset.pre must be in \[0, 4\)"), (Subset(OneToOne(), [0, 1], [0]), "equal size, got 2 and 1"),
    (FromList([0], [3]), r"FromList.post must be in \[0, 3\), got 3"),
    (Subset(FixedNumberPre(3), [0, 1], [0]), "cannot choose 3 different cells of the 2 available")])
def test_rules_that_do_not_fit_are_errors(rule, message):
    with pytest.raises(ConfigurationError, match=message):
        connections(rule, 1.0, 4, 3, 1)


def test_numbers_that_do_not_fit_are_an_error_on_every_rank():
    """Only one of 40 targets gets more sources than there are, and it is on one of the ranks."""
    rule = FixedNumberPre(PoissonDist(3.0))
    with pytest.raises(ConfigurationError, match="cannot choose"):
        connections(rule, 1.0, 7, 40, 1)
    net = Network()
    post, pre = net.population("post", 40, "IF_curr_exp"), net.population("pre", 7, "SpikeSourcePoisson")
    projection = net.project(pre, post, rule, weight=1.0, delay=1.0)
    for rank in range(20):
        with pytest.raises(ConfigurationError, match="cannot choose"):
            local_pairs(projection, partition(net, rank, 20).slot(post), KEY)


@pytest.mark.parametrize("make", [lambda: Subset(AllToAll(), [0, 0], [1]), lambda: FixedProbability(1.5), lambda: FixedTotalNumber(-1),
                                  lambda: AllToAll("no"), lambda: FixedNumberPre(3, "NoMutual"), lambda: FixedNumberPost(2.5),
                                  lambda: SmallWorld(1.0, 2.0, PairFunction("i", "indices")), lambda: PairFunction("d"),
                                  lambda: FromList([1], [2, 3])])
def test_rules_that_make_no_sense_are_errors(make):
    from simcore.errors import SimcoreError

    with pytest.raises(SimcoreError):
        make()
