"""Digests: the same for the same value in every process, and different for different values."""

import subprocess
import sys

import numpy as np
import pytest
import quantities as pq
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from simcore.validation.canonical import digest
from simcore.validation.models.examples import ConstModel, UniformModel

ATOMS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner))


def exact(value):
    """A text that tells values apart as digests must: types, -0.0 and structure count, order of keys does not."""
    if isinstance(value, dict):
        return f"d{sorted((exact(k), exact(v)) for k, v in value.items())}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}{[exact(item) for item in value]}"
    return f"{type(value).__name__}:{value!r}"


@given(VALUES, VALUES)
def test_digests_are_equal_exactly_for_equal_values_of_equal_types(a, b):
    assert (digest(a) == digest(b)) == (exact(a) == exact(b))


@pytest.mark.parametrize(("a", "b"), [
    (1, 1.0), (1, True), (0, False), (1, "1"), ([1], (1,)), (0.0, -0.0), ({}, []), (None, ""), ("a", b"a"), ({1}, [1]),
    (["ab", "c"], ["a", "bc"]), ([[1], 2], [[1, 2]]), (np.zeros(2), np.zeros((1, 2))), (np.zeros(2), [0.0, 0.0]),
    (np.zeros(2), np.zeros(2, "f4")), (np.array(["a"]), np.array([b"a"])), (np.float32(1), np.float64(1)),
    (5 * pq.mV, 5 * pq.V), (5 * pq.mV, 5.0), (len, digest), (ConstModel(1), ConstModel(2)),
    (ConstModel(1), ConstModel(1, name="other")), (lambda x: x, lambda x: x + 1),
])
def test_different_values_have_different_digests(a, b):
    assert digest(a) != digest(b)


@pytest.mark.parametrize(("a", "b"), [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({1, 2, 3}, {3, 2, 1}), (np.arange(6)[::2], np.array([0, 2, 4])),
    (np.asfortranarray(np.eye(3)), np.eye(3)), (ConstModel(1), ConstModel(1)),
    (xr.DataArray([1.0], dims="x"), xr.DataArray([1.0], dims="x")),
])
def test_equal_values_have_equal_digests(a, b):
    assert digest(a) == digest(b)


def test_the_digest_is_the_same_in_another_process():
    program = ("from simcore.validation.canonical import digest; from simcore.validation.models.examples import UniformModel;"
               "import numpy as np; print(digest({'x': {1, 'a', 2.5}, 'm': UniformModel(1, 2), 'a': np.arange(3)}, UniformModel))")
    found = {subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                            env={"PYTHONHASHSEED": seed, "PATH": ""}).stdout.strip() for seed in ("1", "2")}
    assert found == {digest({"x": {1, "a", 2.5}, "m": UniformModel(1, 2), "a": np.arange(3)}, UniformModel)}


def test_what_has_no_lasting_identity_is_refused():
    cycle = []
    cycle.append(cycle)
    with pytest.raises(TypeError, match="holds itself"):
        digest(cycle)
    with open(__file__) as file, pytest.raises(TypeError, match="keep it out of attributes"):
        digest({"file": file})
