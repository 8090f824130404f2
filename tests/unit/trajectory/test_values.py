"""Any value comes back with its type, bits and labels; nothing is pickled unless asked."""

import math
import pickletools

import numpy as np
import pandas as pd
import pint
import pytest
import scipy.sparse
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simcore.trajectory import PickleParameter, Trajectory, register_converter
from simcore.trajectory.values import decode, encode, from_json, part_from_json, part_to_json, to_json

units = pint.get_application_registry()
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary())
plain = st.recursive(scalars, lambda inner: st.one_of(
    st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=5), inner, max_size=3),
    st.dictionaries(st.integers(), inner, max_size=3), st.frozensets(st.integers(), max_size=3)), max_leaves=12)
arrays = hnp.arrays(st.one_of(hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="<"), hnp.floating_dtypes(endianness="<"),
                              hnp.complex_number_dtypes(endianness="<", sizes=(64, 128)), hnp.datetime64_dtypes(endianness="<")),
                    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))


def same(a, b):
    """Equal in type and value, NaN being equal to itself, -0.0 not to 0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    return a == b


def returned(value):
    form, parts = encode(value)
    assert all(isinstance(p, str) or p.dtype.kind in "biufc" for p in parts.values())
    through_json = {s: part_from_json(part_to_json(p)) for s, p in parts.items()}
    return decode(form, through_json)


@given(plain)
@settings(max_examples=300, deadline=None)
def test_plain_python_values_come_back(value):
    assert same(returned(value), value) and same(from_json(to_json(value)), value)


@given(arrays)
@settings(max_examples=150, deadline=None)
def test_arrays_come_back_bit_by_bit(value):
    assert same(returned(value), value)
    for element in value.ravel()[:2]:
        assert type(returned(element)) is type(element) and np.asarray(returned(element)).tobytes() == np.asarray(element).tobytes()


LABELLED = [
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"], 3: [1.5, None]}, index=pd.Index(["r", "s"], name="row")),
    pd.DataFrame({"t": pd.to_datetime(["2020-01-01", "2021-02-03"])}), pd.Series([1.0, 2.0], ["a", "b"], name="s"), pd.DataFrame(),
    xr.DataArray(np.arange(6.0).reshape(2, 3), {"x": [1, 2], "y": ["a", "b", "c"]}, ("x", "y"), "q", {"units": "mV"}),
    xr.Dataset({"v": ("t", np.arange(3.0)), "w": ("t", [1, 2, 3])}, {"t": [1, 2, 3]}, {"title": "d"}),
    3 * units.mV, np.arange(3.0) * units.nA, np.matrix([[1, 2], [3, 4]]), np.array(["a", "bcd"]), np.array([b"a", b"bcd"]),
    np.array([1, "a", None], object), np.datetime64("2020-01-01"), np.str_("text"), np.float16(0.5),
    *(getattr(scipy.sparse, f"{k}_{kind}")(np.diag([1.0, 2.0, 0.0])) for k in ("csr", "csc", "coo", "dia", "bsr", "lil", "dok")
      for kind in ("matrix", "array")),
]


@pytest.mark.parametrize("value", LABELLED, ids=lambda v: type(v).__name__)
def test_tables_labelled_arrays_quantities_and_sparse_matrices_come_back(value, path):
    traj = Trajectory("t", add_time=False, filename=path)
    traj.f_add_parameter("x", 0)
    traj.f_explore({"x": [0, 1]})
    traj.f_add_result("own", value, inside={"deep": [value]})
    traj.run(lambda run: run.f_add_result("of_run", value).v_name and None, n_workers=1)
    again = Trajectory("t", add_time=False, filename=path)
    again.f_load(load_all=2)
    for got in (again.f_get("own").own, again.f_get("own").inside["deep"][0], again.results[1].f_get("of_run").of_run):
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(got, value)
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(got, value)
        elif isinstance(value, (xr.DataArray, xr.Dataset)):
            xr.testing.assert_identical(got, value)
        elif scipy.sparse.issparse(value):
            assert scipy.sparse.issparse(got) and (got.toarray() == value.toarray()).all() and got.dtype == value.dtype
        elif isinstance(value, units.Quantity):
            assert got.units == value.units and np.array_equal(got.magnitude, value.magnitude)
        else:
            assert type(got) is type(value) and np.array_equal(got, value)


class Strange:
    """A class of the user's own."""

    def __init__(self, n):
        self.n = n


def test_what_cannot_be_stored_is_refused_when_it_is_set(path):
    traj = Trajectory("t", filename=path)
    for value in (Strange(1), [Strange(1)], {"a": object()}, lambda: 0, np.zeros(2, [("a", int)])):
        with pytest.raises(TypeError, match="PickleResult"):
            traj.f_add_result("r", value)
        with pytest.raises(TypeError, match="PickleParameter"):
            traj.f_add_parameter("p", value)
    with pytest.raises(TypeError, match="cannot be None"):
        traj.f_add_parameter("p").f_set(None)


def test_a_converter_makes_a_class_storable(path):
    register_converter(Strange, "Strange", lambda s: ({"n": s.n}, {"": np.full(3, s.n)}), lambda about, parts: Strange(about["n"]))
    traj = Trajectory("t", add_time=False, filename=path)
    traj.f_add_result("r", Strange(5))
    traj.f_store()
    again = Trajectory("t", add_time=False, filename=path)
    again.f_load(load_all=2)
    assert again.f_get("r").r.n == 5


def test_nothing_in_a_store_is_a_pickle_unless_asked_for(path):
    traj = Trajectory("t", add_time=False, filename=path)
    for i, value in enumerate(LABELLED):
        traj.f_add_result(f"r{i}", value)
    traj.f_add_parameter("p", {"a": (1, 2)})
    traj.f_store()
    for name, about in {n: a for b in ("results", "parameters")
                        for n, a in traj.v_storage_service.store.docs[b]["attributes"]["leaves"].items()}.items():
        for item in about["items"].values():
            assert not item["form"].startswith("bytes"), name
    pickled = traj.f_add_parameter(PickleParameter, "pickled", Strange)
    assert list(pickletools.genops(pickled._store()["data"]))
    traj.f_add_result("list_of_numbers", [1, 2, 3])
    assert traj.list_of_numbers == [1, 2, 3]
