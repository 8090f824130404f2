"""ParameterTable: rows that all have the same columns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.parameters import Parameter, ParameterSet, ParameterTable, string_table

TEXT = """
#       col1    col2    col3
row1     1       2       3
row2     4       5       6
"""
words = st.text("abcxyz_1", min_size=1, max_size=4)
tables = st.lists(words, min_size=1, max_size=4, unique=True).flatmap(lambda columns: st.dictionaries(
    words, st.fixed_dictionaries({c: st.floats(allow_nan=False) for c in columns}), min_size=1, max_size=4))


def test_rows_and_columns():
    t = ParameterTable(TEXT, label="l")
    assert t == {"row1": {"col1": 1.0, "col2": 2.0, "col3": 3.0}, "row2": {"col1": 4.0, "col2": 5.0, "col3": 6.0}}
    assert t.row("row1") is t.row1 and t.rows() == [("row1", t.row1), ("row2", t.row2)] and t.row_labels() == ["row1", "row2"]
    assert t.column("col2") == {"row1": 2.0, "row2": 5.0} and type(t.column("col2")) is ParameterSet and t.label == "l"
    assert t.columns() == [(c, t.column(c)) for c in t.column_labels()] and t.column_labels() == ["col1", "col2", "col3"]
    assert isinstance(t.row1.col3, float) and isinstance(t.tree_copy(), ParameterTable)


@settings(deadline=None)
@given(tables)
def test_tables_survive_transposition_and_their_text(content):
    table = ParameterTable(content)
    assert table.transpose().transpose() == table and table.transpose().row_labels() == table.column_labels()
    assert ParameterTable(table.table_string()) == table == ParameterTable(table.pretty()) == ParameterTable(ParameterSet(content))


@pytest.mark.parametrize(("content", "message"), [
    ({"a": {"x": 1}, "b": {"y": 1}}, r"b\.y is not in the first row"), ({"a": {"x": 1, "y": 1}, "b": {"x": 1}}, r"b\.y is missing"),
    ({"a": 3}, "row 'a' of a table must be a mapping"), ({"a": {"x": {"y": 1}}}, r"a\.x of a table must be a single value"),
    (3, "mapping of rows"), ([1], "mapping of rows"), ("# a b\nr 1", "row 'r' .* 1 values for 2 columns"),
    ("# a\nr 1\nr 2", "twice"), ("# a\nr x", r"r\.a in a table must be a number, got 'x'"), ("[1]", "made of")])
def test_what_is_no_table_is_a_value_error(content, message):
    with pytest.raises(ValueError, match=message):
        ParameterTable(content)


def test_unknown_rows_and_columns_are_key_errors():
    t = ParameterTable(TEXT)
    for ask, hint in ((t.row, "row"), (t.column, "col")):
        with pytest.raises(KeyError, match=f"did you mean '{hint}1'"):
            ask(f"{hint}1_")


def test_labels_and_values_that_are_no_words_have_no_text():
    with pytest.raises(ValueError, match="cannot be in the text"):
        ParameterTable({"a b": {"x": 1.0}}).table_string()
    with pytest.raises(ValueError, match=r"a\.x must be a number"):
        ParameterTable({"a": {"x": "y"}}).table_string()
    assert ParameterTable({}).column_labels() == [] and ParameterTable({"a": {"x": Parameter(1, "mV")}}).row("a").x.units == "mV"


def test_tables_come_from_files(tmp_path):
    (tmp_path / "t.yaml").write_text("a: {x: 1}\nb: {x: 2}\n")
    assert ParameterTable(str(tmp_path / "t.yaml")).column("x") == {"a": 1, "b": 2}
    P = ParameterSet({"t": ParameterTable(TEXT)})
    assert isinstance(ParameterSet(P.pretty()).t, ParameterTable)
    assert string_table(TEXT)["row2"] == {"col1": 4.0, "col2": 5.0, "col3": 6.0} and string_table("") == {}
