"""Tables of parameters for papers and pages: LaTeX, Markdown, HTML.

As Nordlie, Gewaltig & Plesser (2009), PLoS Comput Biol 5:e1000456, propose: one row for each parameter with name, value and
unit, one block for each group, and tables as tables of their own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simcore.errors import InvalidParameterValueError, nearest
from simcore.parameters.distributions import ParameterDist
from simcore.parameters.references import ParameterReference
from simcore.parameters.values import Parameter, ParameterRange
from simcore.parameters.writing import text_of

if TYPE_CHECKING:
    from simcore.parameters.sets import ParameterSet

Row = tuple[int, str, str, str]         # level, name, value, unit; value None for the head of a group
_LATEX = {"\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
          "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
          "µ": r"\textmu{}", "Ω": r"$\Omega$"}


def exported(parameters: ParameterSet, format: str = "latex", *, caption: str = "", label: str = "",
             digits: int | None = None, whole: bool = False, indent: float = 0.5) -> str:
    """Text of the tables of a set.

    format: latex, markdown or html. caption, label: of the first table (default: the label of the set). digits: significant
    digits shown (default: all). whole: a document that can be compiled or opened by itself. indent: of a level [cm].
    """
    writers = {"latex": _latex, "markdown": _markdown, "md": _markdown, "html": _html}
    if format not in writers:
        raise InvalidParameterValueError(f"there is no export to {format!r}{nearest(format, writers)}", name="format",
                                         got=format)
    caption = caption or parameters.label or "Parameters"
    if hasattr(parameters, "table_string"):
        tables, rows = [(caption, parameters)], []
    else:
        tables = list(_tables(parameters, ""))
        rows = list(_rows(parameters, 0, lambda v: _number(v, digits)))
    return writers[format](rows, tables, caption, label or "parameters", lambda v: _number(v, digits), whole, indent)


def _rows(node: Mapping, level: int, shown: Callable[[Any], str]) -> Iterator[Row]:
    for key, value in node.items():
        if hasattr(value, "table_string"):
            yield level, key, "see table", ""
        elif isinstance(value, Mapping):
            yield level, key, "", ""
            yield from _rows(value, level + 1, shown)
        else:
            yield level, key, _value(value, shown), _unit(value)


def _tables(node: Mapping, path: str) -> Iterator[tuple[str, ParameterSet]]:
    for key, value in node.items():
        name = f"{path}.{key}" if path else key
        if hasattr(value, "table_string"):
            yield name, value
        elif isinstance(value, Mapping):
            yield from _tables(value, name)


def _value(value: Any, shown: Callable[[Any], str]) -> str:
    if isinstance(value, ParameterRange):
        return ", ".join(map(shown, value.values))
    if isinstance(value, Parameter):
        return shown(value.value)
    if isinstance(value, ParameterReference):
        return re.sub(r"ref\('([^']*)'\)", r"\1", repr(value))
    if isinstance(value, ParameterDist):
        inner = ", ".join(f"{k} = {shown(v)}" for k, v in value._arguments().items() if k != "repr_mode")
        return f"{value.dist_name.removesuffix('Dist').lower()}({inner})"
    return shown(value)


def _unit(value: Any) -> str:
    return getattr(value, "units", None) or ""


def _number(value: Any, digits: int | None) -> str:
    if isinstance(value, float) and digits is not None:
        return f"{value:.{digits}g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_number(v, digits) for v in value)
    return value if isinstance(value, str) else text_of(value)


def _cells(table: ParameterSet, shown: Callable[[Any], str]) -> tuple[list[str], list[list[str]]]:
    """Header (with units where a column has one) and rows of a table."""
    heads = []
    for label, column in table.columns():
        units = {_unit(v) for v in column.values()}
        heads.append(f"{label} [{units.pop()}]" if len(units) == 1 and units != {""} else label)
    return ["", *heads], [[label, *(_value(row[c], shown) for c in table.column_labels())] for label, row in table.rows()]


def _latex(rows: list[Row], tables: list, caption: str, label: str, shown: Callable, whole: bool, indent: float) -> str:
    lines = []
    if rows:
        body = [_latex_row(row, indent) for row in rows]
        lines += _latex_table("lll", ["Name", "Value", "Unit"], body, caption, label)
    for name, table in tables:
        head, cells = _cells(table, shown)
        body = [" & ".join(map(_tex, row)) for row in cells]
        lines += _latex_table("l" * len(head), head, body, name, f"{label}:{name}")
    if whole:
        lines = [r"\documentclass{article}", r"\usepackage[T1]{fontenc}", r"\usepackage{textcomp}", r"\begin{document}",
                 *lines, r"\end{document}"]
    return "\n".join(lines) + "\n"


def _latex_row(row: Row, indent: float) -> str:
    level, name, value, unit = row
    space = f"\\hspace*{{{indent * level:g}cm}}" if level else ""
    return f"{space}\\textit{{{_tex(name)}}} & & " if not value and not unit else \
        f"{space}{_tex(name)} & {_tex(value)} & {_tex(unit)}"


def _latex_table(columns: str, head: Iterable[str], body: list[str], caption: str, label: str) -> list[str]:
    label = re.sub(r"[^A-Za-z0-9:.-]", "-", label)
    return [r"\begin{table}[ht]", r"\centering", f"\\caption{{{_tex(caption)}}}", f"\\label{{{label}}}",
            f"\\begin{{tabular}}{{{columns}}}", r"\hline", " & ".join(map(_tex, head)) + r" \\", r"\hline",
            *(f"{line} \\\\" for line in body), r"\hline", r"\end{tabular}", r"\end{table}"]


def _tex(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in text.replace("\n", " "))


def _markdown(rows: list[Row], tables: list, caption: str, label: str, shown: Callable, whole: bool, indent: float) -> str:
    blocks = []
    if rows:
        body = [["&nbsp;" * 4 * level + (f"*{_md(name)}*" if not value and not unit else _md(name)), _md(value), _md(unit)]
                for level, name, value, unit in rows]
        blocks.append(_markdown_table(caption, ["Name", "Value", "Unit"], body))
    for name, table in tables:
        head, cells = _cells(table, shown)
        blocks.append(_markdown_table(name, list(map(_md, head)), [list(map(_md, row)) for row in cells]))
    return "\n\n".join(blocks) + "\n"


def _markdown_table(caption: str, head: list[str], body: list[list[str]]) -> str:
    lines = [f"**{_md(caption)}**", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in body)])


def _md(text: str) -> str:
    return re.sub(r"([\\`*_|\[\]<>])", r"\\\1", text.replace("\n", " "))


def _html(rows: list[Row], tables: list, caption: str, label: str, shown: Callable, whole: bool, indent: float) -> str:
    parts = []
    if rows:
        body = [(f'<th scope="row" style="padding-left:{indent * level:g}cm">{html.escape(name)}</th>',
                 f"<td>{html.escape(value)}</td>", f"<td>{html.escape(unit)}</td>") for level, name, value, unit in rows]
        parts.append(_html_table(caption, ["Name", "Value", "Unit"], body, label))
    for name, table in tables:
        head, cells = _cells(table, shown)
        body = [[f'<th scope="row">{html.escape(row[0])}</th>', *(f"<td>{html.escape(c)}</td>" for c in row[1:])]
                for row in cells]
        parts.append(_html_table(name, head, body, f"{label}:{name}"))
    content = "\n".join(parts)
    if whole:
        content = (f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html.escape(caption)}</title>'
                   f"</head>\n<body>\n{content}\n</body>\n</html>")
    return content + "\n"


def _html_table(caption: str, head: list[str], body: Iterable[Iterable[str]], label: str) -> str:
    cells = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in head)
    lines = [f'<table id="{html.escape(label)}">', f"<caption>{html.escape(caption)}</caption>",
             f"<thead><tr>{cells}</tr></thead>", "<tbody>"]
    return "\n".join([*lines, *(f"<tr>{''.join(row)}</tr>" for row in body), "</tbody>", "</table>"])
