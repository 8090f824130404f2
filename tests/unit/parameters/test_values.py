"""Parameter: usable wherever its number is, with units checked. ParameterRange: a list of values."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.errors import ParameterTypeError, UnitError
from simcore.parameters import Parameter, ParameterRange
from simcore.units import CANONICAL, registry

numbers = st.floats(-1e6, 1e6) | st.integers(-1000, 1000)


def test_attributes():
    f = Parameter(-65.3, "mV", "v")
    assert (f.value, f.units, f.name, f.type) == (-65.3, "mV", "v", float)
    assert Parameter(3).units is None and Parameter("hello", name="m").type is str
    assert repr(f) == "v = -65.3 mV" and repr(Parameter(3)) == " = 3"


def test_units_are_checked_when_it_is_made():
    with pytest.raises(UnitError, match="no unit 'mVV'"):
        Parameter(3, "mVV")
    with pytest.raises(UnitError):
        Parameter(3, "m" * 1_000_000)
    assert all(Parameter(1.0, u).units == u for u in CANONICAL)


def test_it_does_not_change():
    p = Parameter(3, "mV")
    for name in ("value", "units", "name", "other"):
        with pytest.raises(AttributeError, match="does not change"):
            setattr(p, name, 4)
    with pytest.raises(AttributeError):
        del p.value
    assert copy.deepcopy(p) == p == pickle.loads(pickle.dumps(p))


@given(numbers, numbers)
def test_without_a_unit_it_is_its_number(a, b):
    """Every operation gives what it gives with plain numbers, of the same type."""
    binary = [operator.add, operator.sub, operator.mul, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
    binary += [operator.truediv, operator.floordiv, operator.mod] if b else []
    for f in binary:
        for x, y in ((Parameter(a), b), (Parameter(a), Parameter(b)), (a, Parameter(b))):
            assert f(x, y) == f(a, b) and type(f(x, y)) is type(f(a, b))
    for f in (operator.neg, operator.pos, abs, float, int, bool, complex, math.floor, math.ceil, math.trunc, round, hash):
        assert f(Parameter(a)) == f(a)
    assert f"{Parameter(a):.3f}" == f"{a:.3f}" and f"{Parameter(a)!s}" == f" = {a}" and "%g" % Parameter(a) == "%g" % a


@given(numbers, numbers)
def test_sums_and_comparisons_convert_units(a, b):
    x, y = Parameter(a, "s"), Parameter(b, "ms")
    assert (x + y).value == pytest.approx(a + b / 1000) and (x + y).units == "s"
    assert (y - x).value == pytest.approx(b - a * 1000) and (y - x).units == "ms"
    assert (x < y) == (a < b * 0.001) and (Parameter(a, "s") == Parameter(a, "s"))


def test_plain_numbers_take_over_the_unit_of_what_they_are_added_to():
    p = Parameter(-65.0, "mV")
    assert (p + 10) == Parameter(-55.0, "mV") == (10 + p) and (10 - p).value == 75.0 and p < 3 and p == -65.0


def test_products_and_powers_have_their_own_units():
    current = Parameter(2.0, "nA")
    assert (current / Parameter(4.0, "uS")).to("mV") == Parameter(0.5, "mV")
    assert Parameter(5.0, "Hz") * Parameter(100.0, "ms") == 0.5 and isinstance(Parameter(5.0, "Hz") * Parameter(100.0, "ms"), float)
    assert (3 * current).units == "nA" and (1 / Parameter(10.0, "ms")).to("Hz").value == pytest.approx(100.0)
    assert (Parameter(3.0, "um") ** 2).to("um**2").value == 9.0 and 2 ** Parameter(3) == 8
    assert Parameter(7.0, "ms") % Parameter(0.002, "s") == Parameter(1.0, "ms") and Parameter(7.0, "ms") // Parameter(0.002, "s") == 3


@pytest.mark.parametrize("a", CANONICAL[:-1])
@pytest.mark.parametrize("b", CANONICAL[:-1])
def test_units_of_products_are_those_of_pint(a, b):
    ureg = registry()
    for f in (operator.mul, operator.truediv):
        found, expected = f(Parameter(3.0, a), Parameter(2.0, b)), f(ureg.Quantity(3.0, a), ureg.Quantity(2.0, b))
        units = getattr(found, "units", None) or "dimensionless"
        assert ureg.Quantity(float(found), units).to(expected.units).magnitude == pytest.approx(expected.magnitude, rel=1e-12)


def test_dimensions_that_do_not_fit_are_errors():
    v, t = Parameter(1.0, "mV"), Parameter(1.0, "ms")
    for f in (operator.add, operator.sub, operator.lt, operator.mod, operator.floordiv):
        with pytest.raises(UnitError, match="mV"):
            f(v, t)
    with pytest.raises(UnitError, match="exponent"):
        2**v
    assert v != t and not v == t
    with pytest.raises(UnitError):
        v.to("ms")


def test_numpy_takes_it_as_its_number():
    p = Parameter(4.0, "mV")
    assert isinstance(np.array([1.0, 2.0]) * p, Parameter) and (np.array([1.0, 2.0]) * p).units == "mV"
    assert (np.add(p, p) == Parameter(8.0, "mV")) and np.add([1.0, 2.0], p).value.tolist() == [5.0, 6.0]
    assert np.sqrt(Parameter(4.0, "mV**2")).to("mV").value == 2.0 and np.square(p).to("mV**2").value == 16.0
    assert np.abs(Parameter(-4.0, "mV")) == p and np.maximum(p, 7.0) == Parameter(7.0, "mV")
    assert np.float64(2) * p == Parameter(8.0, "mV") and np.float64(2) < p and np.isfinite(p)
    assert np.exp(Parameter(0.0)) == 1.0 and np.asarray(p) == 4.0 and np.array([p, p], dtype=float).tolist() == [4.0, 4.0]
    assert np.linspace(0, Parameter(4.0), 3).tolist() == [0, 2, 4] and np.zeros(Parameter(3)).shape == (3,)
    with pytest.raises(UnitError, match=r"numpy\.exp needs plain numbers"):
        np.exp(p)
    with pytest.raises(UnitError):
        np.add(p, Parameter(1.0, "ms"))
    assert list(range(Parameter(3))) == [0, 1, 2] and [10, 20][Parameter(1)] == 20 and math.sqrt(Parameter(4.0)) == 2.0


def test_equal_quantities_are_equal_and_have_no_wrong_hash():
    assert Parameter(1, "s") == Parameter(1000, "ms") and hash(Parameter(3)) == hash(3)
    with pytest.raises(TypeError, match="use its value"):
        hash(Parameter(1, "s"))


def test_pint_quantities_bring_their_unit():
    ureg = registry()
    assert Parameter(ureg.Quantity(3.0, "mV")).units == "millivolt"
    assert Parameter(ureg.Quantity(3.0, "V"), "mV").value == pytest.approx(3000.0)
    assert Parameter(3.0, "mV") + ureg.Quantity(1.0, "V") == Parameter(1003.0, "mV")


# --- ranges -----------------------------------------------------------------------------------------------------------

def test_a_range_is_a_parameter_of_its_first_value():
    r = ParameterRange([10.0, 15.0], "ms", "tau_m")
    assert (r.value, r.type, r.units, r.name, len(r)) == (10.0, float, "ms", "tau_m", 2)
    assert repr(ParameterRange([1, 2])) == "ParameterRange([1, 2])" and r[1] == 15.0 and 15.0 in r


def test_any_iterable_makes_a_range_and_it_iterates_again_and_again():
    for made in (ParameterRange(x for x in (1, 2, 3)), ParameterRange((1, 2, 3)), ParameterRange(np.array([1, 2, 3])),
                 ParameterRange({3, 1, 2}), ParameterRange(range(1, 4)), ParameterRange({1: 0, 2: 0, 3: 0}),
                 ParameterRange(ParameterRange([1, 2, 3]))):
        assert list(made) == list(made) == made.values == [1, 2, 3] and all(type(v) is int for v in made)


def test_next_goes_through_the_values_once():
    r = ParameterRange([1, 2])
    assert (next(r), r.next()) == (1, 2)
    with pytest.raises(StopIteration):
        next(r)
    iter(r)
    assert next(r) == 1


@pytest.mark.parametrize("value", ["abc", b"abc", 3, None])
def test_what_is_no_list_makes_no_range(value):
    with pytest.raises(TypeError, match="iterable"):
        ParameterRange(value)


def test_an_empty_range_is_an_error():
    with pytest.raises(ValueError, match="at least one value"):
        ParameterRange([])


def test_equality_compares_class_name_values_and_units():
    assert ParameterRange([1, 2], "ms", "a") == ParameterRange((1, 2), "ms", "a")
    others = [ParameterRange([1, 3], "ms", "a"), ParameterRange([1, 2], "s", "a"), ParameterRange([1, 2], "ms", "b"),
              Parameter(1, "ms", "a"), [1, 2]]
    assert all(ParameterRange([1, 2], "ms", "a") != other for other in others)


def test_shuffling_is_seeded_and_leaves_the_original_alone():
    values = tuple(range(20))
    made = ParameterRange(values, shuffle=True, seed=3)
    assert sorted(made) == list(values) != list(made) and values == tuple(range(20))
    assert list(made) == list(ParameterRange(values, shuffle=True, seed=3))
    assert list(made) != list(ParameterRange(values, shuffle=True, seed=4)) != list(ParameterRange(values, name="x", shuffle=True, seed=4))
    assert pickle.loads(pickle.dumps(made)) == made == copy.deepcopy(made)


def test_arithmetic_is_element_by_element():
    r = ParameterRange([1.0, 2.0], "ms")
    assert 2 * r + 1 == ParameterRange([3.0, 5.0], "ms") and -r == ParameterRange([-1.0, -2.0], "ms")
    assert (r * Parameter(1.0, "Hz")).values == [1e-3, 2e-3] and r.to("s") == ParameterRange([1e-3, 2e-3], "s")
    with pytest.raises(ParameterTypeError, match="ambiguous"):
        r + r
    with pytest.raises(ParameterTypeError, match="many values"):
        assert r < 3
