"""Cells with the same parameters are prepared once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simcore.engine.assemble import distinct_columns


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(0, 6)), elements=st.sampled_from([-1.0, 0.0, 2.5, np.inf])))
def test_distinct_columns_are_those_of_numpy(table):
    distinct, which = distinct_columns(table)
    expected, inverse = np.unique(table, axis=1, return_inverse=True)
    assert distinct.tolist() == expected.tolist() and which.tolist() == inverse.tolist()
    assert np.array_equal(distinct[:, which], table)
