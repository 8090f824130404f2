"""Scores as tables in HTML and Markdown: no template engine, no style sheet from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from simcore.validation.scores.base import Score


def html(rows: Sequence[str], columns: Sequence[str], scores: Sequence[Sequence[Score]], *,
         colorize: bool = True) -> str:
    """A table with one cell a score: its text, coloured by norm score, its description as title."""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in columns)
    body = "".join(f"<tr><th scope='row'>{escape(name)}</th>{''.join(_cell(s, colorize) for s in row)}</tr>"
                   for name, row in zip(rows, scores, strict=True))
    return f"<table class='simcore-scores'><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"


def markdown(rows: Sequence[str], columns: Sequence[str], scores: Sequence[Sequence[Score]]) -> str:
    """A table in Markdown, padded so that it can be read as text."""
    table = [["", *columns], *([name, *(str(score) for score in row)] for name, row in zip(rows, scores, strict=True))]
    table = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in table]
    widths = [max(3, *(len(row[j]) for row in table)) for j in range(len(table[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in table]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _cell(score: Score, colorize: bool) -> str:
    style = ""
    if colorize:
        red, green, blue = score.color()
        ink = "#000" if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else "#fff"
        style = f" style='background-color: rgb({red}, {green}, {blue}); color: {ink}; text-align: center'"
    return f"<td{style} title='{escape(score.describe(), quote=True)}'>{escape(str(score))}</td>"
