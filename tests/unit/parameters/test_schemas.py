"""Schemas: what sets must look like, and all in which they do not."""

import copy
import pickle

import numpy as np
import pytest

from simcore.errors import InvalidParameterValueError, ParameterTextError, SimcoreError
from simcore.parameters import (
    CongruencyValidator,
    Eval,
    OneOf,
    Parameter,
    ParameterSchema,
    ParameterSet,
    Range,
    SchemaBase,
    Shape,
    Subclass,
    Unit,
    ValidationError,
    congruent_dicts,
)
from tests.unit.parameters.model_for_tests import PARAMETERS

validate = CongruencyValidator().validate


def first_error(given, schema):
    with pytest.raises(ValidationError) as caught:
        validate(ParameterSet(given), ParameterSchema(schema))
    return caught.value


def test_leaves_of_a_schema_become_their_types():
    schema = ParameterSchema({"age": 0, "a": {"b": "x", "c": Eval("leaf > 0")}})
    assert schema == ParameterSchema({"age": Subclass(int), "a": {"b": Subclass(type=str), "c": Eval("leaf > 0")}})
    assert schema.a.b == Subclass(str) != Subclass(int) and schema.a.c != Eval("leaf > 1") != Eval("leaf > 1", var="x")
    assert validate(ParameterSet({"age": 3, "a": {"b": "q", "c": 2}}), schema) is True


def test_the_first_mismatch_is_carried_and_all_are_listed():
    error = first_error({"age": 1.5, "a": {"c": -1, "d": 2}, "extra": 3},
                        {"age": 0, "a": {"b": "x", "c": Eval("leaf > 0")}})
    assert (error.path, error.schema_base, error.parameter) == ("age", Subclass(int), 1.5)
    assert error.errors == [("age", Subclass(int), 1.5), ("a.b", Subclass(str), "<MISSING>"), ("a.c", Eval("leaf > 0"), -1),
                            ("a.d", "<MISSING>", 2), ("extra", "<MISSING>", 3)]
    assert 'validation error @ age: parameter "1.5" failed against schema: Subclass(type=int)' in str(error)
    assert isinstance(error, ValueError) and isinstance(error, SimcoreError)
    again = pickle.loads(pickle.dumps(error))
    assert (again.path, again.errors, str(again)) == (error.path, error.errors, str(error))


def test_names_must_agree_in_both_directions():
    assert first_error({}, {"a": 1}).errors == [("a", Subclass(int), "<MISSING>")]
    assert first_error({"a": 1, "b": {"c": 1}}, {"a": 1}).errors == [("b.c", "<MISSING>", 1)]
    assert first_error({"a": 1}, {"a": {"b": 1}}).errors == [("a.b", Subclass(int), "<MISSING>"), ("a", "<MISSING>", 1)]
    assert first_error({"a": {"b": 1}}, {"a": 1}).path == "a"
    assert "did you mean 'tau_m'" in str(first_error({"tau": 1}, {"tau_m": 1}))


def test_a_star_stands_for_any_name():
    schema = {"cells": {"*": {"tau": 1.0}, "special": 1}, "n": 1}
    assert validate(ParameterSet({"cells": {"a": {"tau": 2.0}, "b": {"tau": 3.0}, "special": 2}, "n": 1}), ParameterSchema(schema))
    assert validate(ParameterSet({"cells": {"special": 2}, "n": 1}), ParameterSchema(schema))
    assert first_error({"cells": {"a": {"tau": "x"}, "special": 2}, "n": 1}, schema).path == "cells.a.tau"


@pytest.mark.parametrize(("base", "right", "wrong"), [
    (Subclass(float), [1.5, Parameter(1.5, "mV")], [1, "x", Parameter(1)]), (Subclass((int, str)), [1, "x"], [1.5]),
    (Eval("0 < leaf < 1"), [0.5], [2, "x", None]), (Eval("isinstance(x, str) and len(x) > 1", var="x"), ["ab"], ["a", 3]),
    (Eval("leaf in ['a', 'b']"), ["a"], ["c", 3]), (Eval("leaf[0] == max(leaf)"), [[3, 1]], [[1, 3], 3]),
    (Range(0, 10), [0, 10, 5.5, Parameter(3, "mV")], [-1, 11, "x", True, None]),
    (Range(0, 10, "ms"), [Parameter(0.005, "s"), 5], [Parameter(5, "s"), Parameter(5, "mV")]),
    (Unit("mV"), [Parameter(1, "V"), Parameter(1, "mV")], [1, Parameter(1), Parameter(1, "ms")]),
    (OneOf("a", 1), ["a", 1], ["b", 1.0, True]), (OneOf(["a", "b"]), ["b"], ["c"]),
    (Shape([2, None]), [[[1, 2], [3, 4]], np.zeros((2, 7))], [[1, 2], np.zeros((3, 2)), [[1], [1, 2]], 3]),
    (SchemaBase(), [], [1, "a"])], ids=repr)
def test_what_can_stand_in_a_schema(base, right, wrong):
    assert all(base.validate(v) for v in right) and not any(base.validate(v) for v in wrong)
    assert copy.deepcopy(base) == base == pickle.loads(pickle.dumps(base))


def test_schemas_survive_text(tmp_path):
    schema = ParameterSchema({"a": 1, "b": {"c": Eval("x > 1", var="x"), "d": OneOf("p", "q"), "e": Range(0, 1, "ms"),
                                            "f": Unit("mV"), "g": Shape([None, 3]), "h": Subclass(ParameterSet)}})
    assert ParameterSchema(schema.pretty()) == schema
    schema.save(tmp_path / "schema.param")
    assert ParameterSchema(str(tmp_path / "schema.param")) == schema
    assert validate(ParameterSet({"a": 3}), ParameterSchema("{'a': Subclass(type=int)}"))


@pytest.mark.parametrize("text", ["__import__('os')", "leaf.__class__", "open('x')", "[x for x in leaf]", "lambda: 1", "leaf >", 3,
                                  "leaf.x(3)", "f'{leaf}'", "(leaf := 3)"])
def test_conditions_that_are_not_allowed_are_errors_at_once(text):
    with pytest.raises(ParameterTextError):
        Eval(text)


def test_a_condition_with_another_name_is_an_error():
    with pytest.raises(KeyError, match="'x'"):
        Eval("x > 1").validate(3)


def test_a_schema_can_be_made_of_the_declarations_of_a_model():
    schema = ParameterSchema(PARAMETERS)
    given = {"g": 1.0, "eta": 2, "n": 3, "rule": "none", "on": True, "weights": [1.0], "delay": "1 ms", "rate": 5, "extra": 3,
             "cell": {"tau_m": Parameter(0.01, "s"), "v_rest": -65, "inner": {"depth": 1}}}
    assert [e[0] for e in first_error({**given, "cell": {**given["cell"], "tau_m": -1.0}}, PARAMETERS).errors] == ["extra", "cell.tau_m"]
    assert schema.cell.tau_m.validate("10 ms") and not schema.cell.tau_m.validate("10 mV")


def test_what_is_no_set_cannot_be_compared():
    with pytest.raises(TypeError):
        validate(3, ParameterSchema({}))
    with pytest.raises(InvalidParameterValueError):
        Range(0, 1, "nounit")


def test_congruent_dicts_have_the_same_names():
    assert congruent_dicts({"a": 1, "b": {"c": 2}}, {"a": 5, "b": {"c": 1}})
    assert not congruent_dicts({"a": 1}, {"a": 1, "b": 2}) and not congruent_dicts({"a": {"b": 1}}, {"a": 1})
    assert congruent_dicts({"a": 1, "b": {"c": 2}}, {"a": 1}, subset=True) and not congruent_dicts({"a": 1}, {"b": 1}, subset=True)
    assert not congruent_dicts({"a": 1}, {"a": {"b": 1}})
