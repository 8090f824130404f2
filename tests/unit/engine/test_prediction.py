"""The dry run: what it predicts from counts alone, and what it advises."""

import numpy as np
import pytest

from simcore.engine.balance import Tree
from simcore.engine.prediction import BASE_BYTES, CellSize, Price, predict
from simcore.errors import InvalidParameterValueError

ONE = Price(compartment=1.0, channel=0.0, receptor=0.0, connection=0.0)


def test_price_counts_everything():
    assert Price(2.0, 3.0, 5.0, 7.0, 11.0).of(CellSize(1, 10, 100, 1000)) == 11 + 2 + 30 + 500 + 7000


@pytest.mark.parametrize("mode", ["round_robin", "whole_cell", "memory"])
def test_memory_of_all_ranks_is_that_of_all_cells(mode):
    sizes = [CellSize(n) for n in (100, 7, 7, 50, 1)]
    predicted = predict(sizes, 3, mode, memory=ONE, base=1000)
    assert predicted.memory.sum() == pytest.approx(3000 + 165)
    assert predicted.cell_memory.tolist() == [100, 7, 7, 50, 1]


def test_a_split_cell_has_its_memory_where_its_pieces_are():
    tree = Tree(np.arange(100) - 1, np.ones(100))
    predicted = predict([CellSize(100)], 4, "multi_split", trees=[tree], time=ONE, memory=ONE, base=0)
    np.testing.assert_allclose(predicted.memory, 25, atol=25 * 0.25)
    assert predicted.memory.sum() == pytest.approx(100)


def test_balance_is_of_time_even_when_memory_decides_the_place():
    sizes = [CellSize(10), CellSize(10), CellSize(10, connections=100)]
    memory = Price(0.0, 0.0, 0.0, 1.0, cell=1.0)
    predicted = predict(sizes, 2, "memory", time=ONE, memory=memory, base=0)
    assert predicted.memory.tolist() == [101, 2] and predicted.balance.load.tolist() == [10, 20]


def test_advice_is_the_fewest_ranks_that_fit():
    sizes = [CellSize(40)] * 9
    advised = predict(sizes, memory_per_rank=100.0, memory=ONE, base=10.0).advised_ranks
    assert advised == 5                                   # 90 a rank for cells: two of 40 each


def test_advice_grows_with_the_work_of_a_step():
    assert predict([CellSize(10)] * 10, time=ONE).advised_ranks == 1
    assert predict([CellSize(1000)] * 400, time=ONE, least_step_ns=50e3).advised_ranks == 8


def test_no_cells_need_one_rank_and_its_base():
    predicted = predict([], memory_per_rank=1e9)
    assert (predicted.advised_ranks, predicted.memory.tolist()) == (1, [BASE_BYTES])


def test_a_cell_that_fits_nowhere_is_told():
    with pytest.raises(InvalidParameterValueError, match="largest cell"):
        predict([CellSize(10)], memory_per_rank=5.0, memory=ONE, base=0.0)


def test_text_names_memory_balance_and_advice():
    text = str(predict([CellSize(10)] * 4, 2))
    assert "4 cells on 2 rank(s)" in text and "MB" in text and "advised" in text
