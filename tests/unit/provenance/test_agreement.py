import json
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from simcore.provenance.agreement import agreed, rest, together

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, "a"]) | st.just([1]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES), min_size=1, max_size=4)


@given(RECORDS)
def test_what_is_common_and_what_is_left_make_each_record_again(records):
    common = reduce(agreed, records)
    for record in records:
        again = together(common, rest(record, common))
        assert json.dumps(again, sort_keys=True) == json.dumps(record, sort_keys=True)  # tells 1, 1.0 and True apart


@given(RECORDS)
def test_equal_records_agree_on_everything(records):
    assert agreed(records[0], records[0]) == records[0] and rest(records[0], records[0]) == {}


def test_true_and_one_are_not_the_same_fact():
    assert agreed({"dirty": True}, {"dirty": 1}) == {}
