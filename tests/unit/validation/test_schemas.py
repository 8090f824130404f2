"""Schemas of observations: which values are refused, and with what message."""

import numpy as np
import pint
import pytest
import quantities as pq

from simcore.units import Param
from simcore.validation.dimension import plain, same_dimension
from simcore.validation.schemas import completed, problems
from simcore.validation.scores import ZScore

ureg = pint.get_application_registry()


@pytest.mark.parametrize(("rules", "good", "bad"), [
    ({"type": "integer"}, [1, np.int64(2)], [1.5, True, "1"]),
    ({"type": "number"}, [1, 1.5, np.float32(1)], ["1", False]),
    ({"type": ["string", "list"]}, ["a", [1]], [1]),
    ({"min": 0, "max": 2}, [0, 2.0, np.array([1, 2])], [-1, 3, np.array([1, 3])]),
    ({"min": 0}, [3.0 * pq.mV], [-3.0 * pq.mV]),
    ({"allowed": ["a", "b"]}, ["a", ["a", "b"]], ["c", ["a", "c"]]),
    ({"forbidden": ["a"]}, ["b"], ["a"]),
    ({"regex": "[a-z]+"}, ["abc"], ["ABC", "a1"]),
    ({"minlength": 2, "maxlength": 3}, ["ab", [1, 2, 3]], ["a", [1, 2, 3, 4]]),
    ({"empty": False}, ["a"], ["", []]),
    ({"nullable": True}, [None], []),
    ({"type": "string"}, ["a"], [None]),
    ({"iterable": True}, [[1], np.arange(2)], [1, np.array(1)]),
    ({"type": "list", "schema": {"type": "integer"}}, [[1, 2]], [[1, "a"]]),
    ({"type": "dict", "schema": {"b": {"required": True}}}, [{"b": 1}], [{}, {"b": 1, "c": 2}]),
    ({"valuesrules": {"type": "integer"}}, [{"a": 1}], [{"a": "x"}]),
    ({"keysrules": {"regex": "a+"}}, [{"aa": 1}], [{"b": 1}]),
    ({"anyof": [{"type": "string"}, {"min": 3}]}, ["a", 3], [2]),
    ({"oneof": [{"min": 3}, {"max": 5}]}, [6, 2], [4]),
    ({"type": "quantity"}, [1 * pq.mV, 1 * ureg.mV], [1.0]),
    ({"type": "voltage"}, [1 * pq.V, 1 * ureg.mV], [1 * pq.s, 1.0]),
    ({"check_with": lambda field, value, error: error(field, "odd") if value % 2 else None}, [2], [3]),
])
def test_rules(rules, good, bad):
    for value in good:
        assert problems({"a": value}, {"a": rules}) == {}, value
    for value in bad:
        assert problems({"a": value}, {"a": rules}), value


@pytest.mark.parametrize(("value", "units", "fits"), [
    (5 * pq.mV, "mV", True), (5 * pq.mV, pq.V, True), (5 * ureg.mV, pq.V, True), (5 * ureg.mV, ureg.V, True), ("5 mV", "V", True),
    (5.0, "mV", False), (5.0, "", True), (5.0, pq.dimensionless, True), (5 * pq.s, "mV", False), ("5 s", "mV", False),
    (5 * pq.dimensionless, "", True), (5 * pq.pA, {"a": "nA"}, True), (5 * pq.pA, {"b": "nA"}, False)])
def test_units_are_compared_by_dimension(value, units, fits):
    wrong = problems({"a": value}, {"a": {"units": True}}, units)
    assert (wrong == {}) is fits
    if not fits:
        assert "Must have units of" in wrong["a"][0]


def test_unknown_and_missing_fields():
    schema = {"mean": {"required": True}, "std": {}}
    assert problems({"std": 1}, schema) == {"mean": ["required field"]}
    assert problems({"mean": 1, "stdd": 2}, schema) == {"stdd": ["unknown field; did you mean 'std'?"]}
    assert problems({"mean": 1, "source": "paper", "units": "mV", "note": "x"}, schema) == {}
    assert problems([1], schema) == {"": ["must be of dict type"]}
    with pytest.raises(ValueError, match=r"unknown rule 'requird' for 'a' in a schema; did you mean 'required'|unknown rule"):
        problems({"a": 1}, {"a": {"requird": True}})
    with pytest.raises(ValueError, match="unknown type 'intger' in a schema; did you mean 'integer'"):
        problems({"a": 1}, {"a": {"type": "intger"}})


def test_one_of_several_schemas_must_fit():
    schema = ZScore.observation_schema
    assert problems({"mean": 1.0, "std": 1.0}, schema) == {}
    assert problems({"mean": 1.0, "sem": 1.0, "n": 5}, schema) == {}
    assert problems({"mean": 1.0, "sem": 1.0, "n": 5, "std": 1.0}, schema) == {}      # once the std was computed
    assert "none of 2 schemas fits" in problems({"mean": 1.0, "sem": 1.0}, schema)[""]
    assert problems({"mean": 1.0}, schema)


def test_declarations_complete_and_convert():
    schema = {"tau": Param(20.0, "ms", low=0.0), "n": Param(3, "")}
    assert completed({"tau": "0.01 s"}, schema) == {"tau": 10.0, "n": 3}
    assert problems({"tau": -1.0}, schema) == {"tau": ["tau must be >= 0 ms, got -1.0 ms"]}
    assert problems({"tauu": 1.0}, schema)["tauu"] == ["unknown field; did you mean 'tau'?"]


def test_a_class_with_model_validate_is_a_schema():
    pydantic = pytest.importorskip("pydantic")

    class Observation(pydantic.BaseModel):
        mean: float
        n: int = 5

    assert problems({"mean": 1}, Observation) == {}
    assert "Input should be a valid number" in problems({"mean": "x"}, Observation)[""][0]
    assert completed({"mean": 1}, Observation) == {"mean": 1.0, "n": 5}


def test_conversion_to_plain_numbers():
    assert plain("5 V", "mV") == plain(5 * pq.V, "mV") == plain(5 * ureg.V, pq.mV) == 5000.0
    assert plain(np.array([1.0, 2.0]) * pq.s, "ms").tolist() == [1000.0, 2000.0]
    assert plain(3.0, "mV") == 3.0
    assert same_dimension(pq.Hz, "1/s")
    assert not same_dimension("nonsense", "1/s")
