"""ParameterTable: rows of parameters that all have the same columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simcore.errors import InvalidParameterValueError, NonExistentParameterError, nearest

if TYPE_CHECKING:
    from simcore.parameters.sets import ParameterSet, ParameterTable


def string_table(tablestring: str) -> dict[str, dict[str, float]]:
    """The dict of dicts of a table written as text: a header `# column column …`, then rows `name number number …`.

    ValueError, naming the row, if a row has not as many numbers as there are columns.
    """
    lines = [line.split() for line in tablestring.strip().split("\n") if line.strip()]
    table: dict[str, dict[str, float]] = {}
    for label, *items in lines[1:]:
        columns = lines[0][1:]
        if len(items) != len(columns) or label in table:
            problem = "is there twice" if label in table else f"has {len(items)} values for {len(columns)} columns"
            raise InvalidParameterValueError(f"row {label!r} of a table {problem}: {' '.join(items)}", name=label, got=items)
        table[label] = {column: _number(item, f"{label}.{column}") for column, item in zip(columns, items, strict=True)}
    return table


def is_table_text(text: str) -> bool:
    """Whether text is a table and not a path, a URL or a mapping."""
    text = text.strip()
    return text[:1] == "#" or ("\n" in text and text[:1] != "{")


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidParameterValueError(f"{name} in a table must be a number, got {text!r}", name=name, got=text) from None


class TableMethods:
    """Rows and columns of a set of sets."""

    def _check_is_table(self) -> None:
        """Raise ValueError unless every row is a set of single values with the columns of the first row."""
        columns = self.column_labels()
        for label, row in self.items():
            if not isinstance(row, Mapping):
                raise InvalidParameterValueError(f"row {label!r} of a table must be a mapping of columns, got {row!r}",
                                                 name=label, got=row)
            for column in [*(c for c in row if c not in columns), *(c for c in columns if c not in row)]:
                there = "is not in the first row" if column in row else "is missing"
                raise InvalidParameterValueError(f"the rows of a table must have the same columns: {label}.{column} {there}",
                                                 name=f"{label}.{column}", valid=columns)
            for column, value in row.items():
                if isinstance(value, Mapping):
                    raise InvalidParameterValueError(f"{label}.{column} of a table must be a single value, got {value!r}",
                                                     name=f"{label}.{column}", got=value)

    def row(self, row_label: str) -> ParameterSet:
        """The row of this label."""
        return self[row_label]

    def rows(self) -> list[tuple[str, ParameterSet]]:
        """(label, row) of all rows."""
        return list(self.items())

    def row_labels(self) -> list[str]:
        """The labels of the rows."""
        return list(self)

    def column(self, column_label: str) -> ParameterSet:
        """The column of this label: {row label: value}."""
        if column_label not in self.column_labels():
            raise NonExistentParameterError(f"the table has no column {column_label!r}"
                                            f"{nearest(column_label, self.column_labels())}", name=column_label)
        return self.plain_set({label: row[column_label] for label, row in self.items()})

    def columns(self) -> list[tuple[str, ParameterSet]]:
        """(label, column) of all columns."""
        return [(label, self.column(label)) for label in self.column_labels()]

    def column_labels(self) -> list[str]:
        """The labels of the columns."""
        first = next(iter(self.values()), {})
        return list(first) if isinstance(first, Mapping) else []

    def transpose(self) -> ParameterTable:
        """A new table with rows and columns swapped."""
        return type(self)(dict(self.columns()), self.label)

    def table_string(self) -> str:
        """Text that gives the table again; ValueError if a label or value is not a word or number."""
        columns = self.column_labels()
        rows = [["#", *columns]]
        rows += [[label, *(_cell(row[c], f"{label}.{c}") for c in columns)] for label, row in self.items()]
        for word in [*rows[0][1:], *self]:
            if len(word.split()) != 1:
                raise InvalidParameterValueError(f"the label {word!r} cannot be in the text of a table", name=word)
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join("  ".join(text.ljust(n) for text, n in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cell(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidParameterValueError(f"{name} must be a number to be in the text of a table, got {value!r}", name=name,
                                         got=value)
    return repr(float(value))
