"""Distribution of cells over ranks: every cell once, the bounds of the theory, the same answer everywhere."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.engine.balance import MODES, Tree, cut, distribute
from simcore.errors import ConfigurationError, InvalidParameterValueError

costs_ = st.lists(st.floats(0, 1e6), max_size=60)
ranks_ = st.integers(1, 9)


@st.composite
def trees(draw, largest=12):
    n = draw(st.integers(1, largest))
    parent = [-1] + [draw(st.integers(0, i - 1)) for i in range(1, n)]
    return Tree(np.array(parent), np.array(draw(st.lists(st.floats(0, 100), min_size=n, max_size=n))))


def line(costs):
    return Tree(np.arange(len(costs)) - 1, np.array(costs, dtype=float))


@given(costs=costs_, n_ranks=ranks_, mode=st.sampled_from(MODES))
def test_every_cell_is_on_one_rank_and_loads_add_up(costs, n_ranks, mode):
    trees_ = [line([c]) for c in costs]
    balance = distribute(costs, n_ranks, mode, memory=costs, trees=trees_)
    assert balance.rank.shape == (len(costs),) and np.all((balance.rank >= 0) & (balance.rank < n_ranks))
    assert sorted(itertools.chain(*(balance.cells(r) for r in range(n_ranks)))) == list(range(len(costs)))
    np.testing.assert_allclose(balance.load, [sum(costs[i] for i in balance.cells(r)) for r in range(n_ranks)], rtol=1e-9)
    assert balance.imbalance >= 1 - 1e-9


@given(costs=st.lists(st.integers(1, 30), min_size=1, max_size=7), n_ranks=st.integers(1, 3))
def test_longest_first_is_within_grahams_bound_of_the_optimum(costs, n_ranks):
    best = min(max(np.bincount(ranks, costs, n_ranks)) for ranks in itertools.product(range(n_ranks), repeat=len(costs)))
    assert distribute(costs, n_ranks, "whole_cell").load.max() <= (4 / 3 - 1 / (3 * n_ranks)) * best + 1e-9


def test_grahams_worst_case_reaches_the_bound():
    assert distribute([5, 5, 4, 4, 3, 3, 3], 3, "whole_cell").load.max() == 11          # the optimum is 9; 11/9 = 4/3 - 1/9


def test_round_robin_goes_by_number_alone():
    assert distribute([9, 1, 1, 1, 1], 2).rank.tolist() == [0, 1, 0, 1, 0]


def test_whole_cell_beats_round_robin_where_costs_differ():
    costs = [10, 1] * 20
    assert distribute(costs, 2).imbalance > 1.8
    assert distribute(costs, 2, "whole_cell").imbalance == 1.0


def test_equal_costs_are_dealt_out_in_order():
    assert distribute([1.0] * 6, 3, "whole_cell").rank.tolist() == [0, 1, 2, 0, 1, 2]


def test_memory_balances_bytes_and_not_time():
    balance = distribute([1, 1, 1, 1], 2, "memory", memory=[30, 10, 10, 10])
    assert balance.load.tolist() == [30, 30]
    with pytest.raises(ConfigurationError, match="dry run"):
        distribute([1, 1], 2, "memory")


@given(tree=trees(), most=st.floats(1, 300))
def test_pieces_are_connected_and_small_unless_one_section_is_not(tree, most):
    piece = cut(tree, most)
    assert set(piece) == set(range(piece.max() + 1)) and piece[0] == 0
    for k in set(piece):
        sections = np.flatnonzero(piece == k)
        roots = [s for s in sections if s == 0 or piece[tree.parent[s]] != k]
        assert len(roots) == 1, "connected: one section alone hangs from elsewhere"
        assert tree.cost[sections].sum() <= max(most, tree.cost[roots[0]]) * (1 + 1e-9)


@given(tree=trees(largest=7), most=st.floats(1, 300))
def test_no_cut_of_a_tree_has_fewer_pieces(tree, most):
    tree = Tree(tree.parent, np.ceil(tree.cost))            # whole numbers: sums do not depend on their order
    n, largest = len(tree.cost), max(most, tree.cost.max())
    fits = max(most, 0) >= tree.cost.max()
    fewest = n
    for keep in itertools.product([False, True], repeat=n - 1):
        piece = np.zeros(n, int)
        for s in range(1, n):
            piece[s] = piece[tree.parent[s]] if keep[s - 1] else s
        if np.bincount(piece, tree.cost).max() <= largest:
            fewest = min(fewest, len(set(piece)))
    if fits:
        assert cut(tree, most).max() + 1 == fewest


@given(forest=st.lists(trees(), min_size=1, max_size=8), n_ranks=ranks_, share=st.floats(0.05, 1.0))
def test_split_cells_have_every_section_once_and_bounded_loads(forest, n_ranks, share):
    costs = [float(t.cost.sum()) for t in forest]
    balance = distribute(costs, n_ranks, "multi_split", trees=forest, share=share)
    seen = {cell: [] for cell in range(len(forest))}
    for piece in balance.pieces:
        whole = np.arange(len(forest[piece.cell].cost))
        seen[piece.cell] += (piece.sections if piece.sections.size else whole).tolist()
        if 0 in (piece.sections if piece.sections.size else whole):
            assert balance.rank[piece.cell] == piece.rank
    assert all(sorted(sections) == list(range(len(forest[cell].cost))) for cell, sections in seen.items())
    np.testing.assert_allclose(balance.load.sum(), sum(costs), rtol=1e-9)
    mean = sum(costs) / n_ranks
    largest = max(share * mean, max(float(t.cost.max()) for t in forest))
    assert balance.load.max() <= (mean + largest) * (1 + 1e-9)


def test_one_large_cell_is_split_over_all_ranks():
    forest = [line([1.0] * 64), *(line([1.0]) for _ in range(8))]
    costs = [t.cost.sum() for t in forest]
    assert distribute(costs, 4, "whole_cell").imbalance > 3
    assert distribute(costs, 4, "multi_split", trees=forest).imbalance < 1.25


@pytest.mark.parametrize(("wrong", "error", "message"), [
    (dict(costs=[1.0], n_ranks=0), InvalidParameterValueError, "at least 1 rank"),
    (dict(costs=[1.0, -1.0], n_ranks=2), InvalidParameterValueError, r"cells \[1\]"),
    (dict(costs=[float("nan")], n_ranks=2), InvalidParameterValueError, "finite"),
    (dict(costs=[[1.0]], n_ranks=2), InvalidParameterValueError, "one value a cell"),
    (dict(costs=[1.0], n_ranks=2, mode="wholecell"), ConfigurationError, "did you mean 'whole_cell'"),
    (dict(costs=[1.0], n_ranks=2, mode="multi_split"), ConfigurationError, "tree"),
    (dict(costs=[1.0], n_ranks=2, mode="multi_split", trees=[Tree(np.array([-1, 2, 1]), np.ones(3))]),
     ConfigurationError, "root first"),
    (dict(costs=[1.0], n_ranks=2, mode="multi_split", trees=[line([3.0])]), ConfigurationError, "sections cost 3"),
    (dict(costs=[1.0], n_ranks=2, mode="memory", memory=[1.0, 2.0]), InvalidParameterValueError, "one value a cell"),
])
def test_wrong_input_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        distribute(**wrong)
