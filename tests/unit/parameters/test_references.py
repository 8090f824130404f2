"""References: formulas that wait for their values."""

import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, ParameterTypeError, UnitError
from simcore.parameters import (
    NormalDist,
    Parameter,
    ParameterRange,
    ParameterReference,
    ParameterSet,
    lazy_operation,
    load_parameters,
    reverse,
)

ref = ParameterReference
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@given(st.lists(st.tuples(st.sampled_from(OPERATORS), st.integers(1, 9), st.booleans()), max_size=6), st.integers(1, 9))
def test_queued_operations_give_what_they_give_at_once(steps, value):
    """The formula, evaluated later, is the same number; also after a round through text."""
    lazy, now = ref("a.b"), value
    try:
        for f, operand, is_reversed in steps:
            if f is operator.pow:
                operand, is_reversed = min(operand, 3), False
            lazy, now = (f(operand, lazy), f(operand, now)) if is_reversed else (f(lazy, operand), f(now, operand))
    except (OverflowError, ZeroDivisionError):
        return
    if isinstance(now, complex) or (isinstance(now, int) and abs(now) > 10**100):
        return
    P = ParameterSet({"a": {"b": value}, "c": lazy})
    for made in (P, ParameterSet(P.pretty())):
        try:
            assert made.c.evaluate(made) == now if steps else made.c.evaluate(made) == value
        except InvalidParameterValueError as error:
            assert "bits" in str(error) or "large" in str(error)


@settings(max_examples=100)
@given(st.permutations(range(8)), st.lists(st.integers(0, 7), min_size=8, max_size=8))
def test_references_to_references_are_resolved_in_any_order(order, targets):
    """Parameter i is 1 + an earlier one (or 0): a twin computes it directly."""
    names = {i: (f"g{i % 2}.p{i}" if i % 3 else f"p{i}") for i in range(8)}
    P, expected = ParameterSet({}), {}
    for i in range(8):
        expected[i] = 1 + expected[targets[i] % i] if i else 0
    for i in order:
        P.flat_add(names[i], ref(names[targets[i] % i]) + 1 if i else 0)
    direct = {i: P[names[i]].evaluate(P) if i else 0 for i in range(8)}
    done = P.replace_references()
    assert {i: P[names[i]] for i in range(8)} == expected == direct
    assert done[names[7]] == (repr(ref(names[targets[7] % 7]) + 1), expected[7]) and not P.find_references()


def test_operators_leave_their_operands_alone():
    a = ref("x")
    b = a + 1
    assert a.operations == () and len(b.operations) == 1 and b.copy() == b and b.copy() is not b
    assert a != b and ref("x") == a and len({a, ref("x")}) == 1
    with pytest.raises(AttributeError, match="does not change"):
        a.reference_path = "y"


def test_operands_can_be_references():
    P = ParameterSet({"a": 3, "b": 4, "c": (ref("a") + 1) * (ref("b") - ref("a")), "d": [ref("c"), (ref("a"), 1)]})
    P.replace_references()
    assert P.c == 4 and P.d == [4, (3, 1)]


def test_a_reference_to_a_set_gives_a_copy_of_it():
    P = ParameterSet({"a": {"x": ref("y"), "z": {"q": 1}}, "y": 3, "b": ref("a"), "c": ref("b.z.q") + 1})
    copied = P.b.evaluate(P)
    assert copied == {"x": 3, "z": {"q": 1}}
    P.replace_references()
    assert P.b == {"x": 3, "z": {"q": 1}} and P.b is not P.a and P.b.z is not P.a.z and P.c == 2
    P.b.z.q = 5
    assert P.a.z.q == 1


@pytest.mark.parametrize(("tree", "path"), [
    ({"a": ref("b"), "b": ref("c.d"), "c": {"d": ref("a") + 1}}, "a -> b -> c.d -> a"), ({"a": ref("a")}, "a -> a"),
    ({"a": {"b": ref("a")}}, "a.b -> a.b"), ({"a": 1 + ref("b"), "b": 2 * ref("c"), "c": 3 - ref("b")}, "b -> c -> b"),
    ({"x": ref("y.z"), "y": ref("x")}, "x -> y -> x")])
def test_a_cycle_is_an_error_that_names_its_path(tree, path):
    with pytest.raises(ValueError, match=path):
        ParameterSet(tree).replace_references()
    P = ParameterSet(tree)
    with pytest.raises(ValueError, match="circle"):
        next(leaf for _, leaf in P.flat()).evaluate(P)


def test_a_long_chain_is_no_cycle():
    P = ParameterSet({f"p{i}": ref(f"p{i + 1}") + 1 for i in range(3000)} | {"p3000": 0})
    assert P.p0.evaluate(P) == 3000
    P.replace_references()
    assert P.p0 == 3000


def test_unknown_paths_are_errors_with_the_nearest_one():
    for wrong, hint in (("cell.tau", "did you mean 'cell.tau_m'"), ("cel.tau_m", "did you mean 'cell'"), ("x.y", "x is a single value")):
        P = ParameterSet({"cell": {"tau_m": 3}, "x": 1, "r": ref(wrong) * 2})
        with pytest.raises(KeyError) as caught:
            P.replace_references()
        assert isinstance(caught.value, NonExistentParameterError) and wrong in str(caught.value) and hint in str(caught.value)


def test_operations_that_cannot_be_applied_are_errors():
    with pytest.raises(TypeError, match=r"cannot apply \+ to 'text' and 1"):
        ParameterSet({"a": "text", "b": ref("a") + 1}).replace_references()
    with pytest.raises(ValueError, match="set of parameters"):
        ParameterSet({"a": {"x": 1}, "b": ref("a") * 2}).replace_references()
    with pytest.raises(InvalidParameterValueError, match=r"fails: .*zero"):
        ParameterSet({"a": 0, "b": 1 / ref("a")}).replace_references()
    with pytest.raises(InvalidParameterValueError, match="bits"):
        ParameterSet({"a": 10**9, "b": ref("a") ** ref("a")}).replace_references()
    for wrong in ("", "a..b", 3, None):
        with pytest.raises(ValueError, match="dotted path"):
            ref(wrong)


def test_units_are_checked_through_formulas():
    P = ParameterSet({"tau": Parameter(20.0, "ms"), "v": Parameter(-65.0, "mV"), "rate": 1 / ref("tau"), "bad": ref("tau") + ref("v")})
    assert P.rate.evaluate(P).to("Hz") == Parameter(50.0, "Hz")
    with pytest.raises(UnitError, match="mV"):
        P.replace_references()


def test_found_references_are_sets_names_and_formulas():
    P = ParameterSet({"a": ref("b"), "b": 1, "c": {"d": ref("b") * 2, "e": [ref("b")]}})
    assert [(s is P or s is P.c, k, v) for s, k, v in P.find_references()] == [
        (True, "a", ref("b")), (True, "d", ref("b") * 2), (True, "e", [ref("b")])]


def test_references_to_what_varies_stay_until_it_has_a_value():
    P = ParameterSet({"tau": ParameterRange([10, 20]), "half": ref("tau") / 2, "quarter": ref("half") / 2, "s": ref("inner"),
                      "inner": {"x": NormalDist()}, "fixed": ref("y"), "y": 1})
    assert set(P.replace_references()) == {"fixed"} and P.half == ref("tau") / 2 and P.s == ref("inner")
    assert [(p.half, p.quarter) for p in P.iter_inner()] == [(5.0, 2.5), (10.0, 5.0)]


def test_load_parameters_replaces_before_it_expands(tmp_path):
    (tmp_path / "a.param").write_text("{'a': 1, 'b': ref('a') * 10, 'c': {'d': 2}}")
    P = load_parameters(str(tmp_path / "a.param"), {"a": 5, "c.d": ref("b")})
    assert P == {"a": 5, "b": 50, "c": {"d": 50}}
    with pytest.raises(KeyError, match=r"e\.f"):
        load_parameters(str(tmp_path / "a.param"), {"e.f": 5})


def test_operations_of_ones_own_can_be_queued():
    class Own(ParameterReference):
        plus = lazy_operation("add")
        from_ = lazy_operation("sub", reversed=True)

    P = ParameterSet({"a": 3})
    assert Own("a").plus(4).evaluate(P) == 7 and Own("a").from_(4).evaluate(P) == 1
    assert reverse(operator.sub)(1, 3) == 2 and "Reversed argument form" in reverse(operator.sub).__doc__
    with pytest.raises(ParameterTypeError):
        (ref("a") + "x").evaluate(P)
