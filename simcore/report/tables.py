"""Tables of a report as plain rows of cells: scores, quantities, runs, provenance. No HTML here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcore.report.material import Material

MOST_ROWS = 400         # rows of a table; the whole is in quantities.zarr and run_table.tsv


@dataclass(frozen=True)
class Cell:
    """What is shown, where a click leads ("" nowhere), what hovering tells, and a colour (background, text) or ""."""

    text: str
    link: str = ""
    hint: str = ""
    colors: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Table:
    """Heads and rows of cells; anchors: an id for each row, or none; n_left_out rows are not shown."""

    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    anchors: Sequence[str] = ()
    n_left_out: int = 0


def number(value: object) -> str:
    """A number with four significant digits; – for NaN and None; other things as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "–" if math.isnan(value) else f"{value:+.0f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def quantities(material: Material) -> Table:
    """One row a run: explored values, and each quantity of each population; every number leads to its run."""
    heads = [Cell("run"), *_axis_heads(material)]
    columns = []
    for name in material.sections.quantities:
        variable = material.quantities[name]
        populations = [str(p) for p in variable.population.values] if "population" in variable.dims else [""]
        for population in populations:
            units = in_units(variable.attrs.get("units", ""))
            head = f"{name} {population}{units}".strip()
            heads.append(Cell(head, f"#quantity-{name}", variable.attrs.get("long_name", "")))
            columns.append(material.of_population(name, population))
    rows = []
    for run, run_id in enumerate(material.run_ids[:MOST_ROWS]):
        cells = [Cell(number(float(column[run])), f"#run-{run_id}") for column in columns]
        rows.append([Cell(run_id, f"#run-{run_id}"), *_explored(material, run), *cells])
    return Table(heads, rows, n_left_out=len(material.run_ids) - len(rows))


def runs(material: Material) -> Table:
    """One row a run: explored values, costs, code, environment, point, store, log, and how to make it again."""
    name = material.experiment.name
    facts = ("wall time [s]", "peak memory [MB]", "ranks", "commit", "sources", "environment", "point", "store", "log",
             "again: python -m simcore run …")
    rows, anchors = [], []
    for run, run_id in enumerate(material.run_ids[:MOST_ROWS]):
        about = material.provenance["runs"].get(run_id, {})
        log, store = f"logs/simulate/{run_id}.log", f"runs/{run_id}.zarr.zip"
        rows.append([Cell(run_id), *_explored(material, run), Cell(number(about.get("wall_s"))),
                     Cell(number(about.get("peak_memory_MB"))), Cell(number(about.get("ranks"))), _commit(about),
                     _digest(about.get("source_digest")), _digest(about.get("environment_digest"), "#environment-"),
                     _digest(about.get("point_digest")), Cell(store, store), Cell(log, log),
                     Cell(f"results/{name}/experiment.json {run_id}")])
        anchors.append(f"run-{run_id}")
    heads = [Cell("run"), *_axis_heads(material), *map(Cell, facts)]
    return Table(heads, rows, anchors, len(material.run_ids) - len(rows))


def formulas(material: Material) -> Table:
    """One row a quantity: what it is, its paper, the function with the digest of its source, its options."""
    rows, anchors = [], []
    for name, variable in material.quantities.data_vars.items():
        attrs = variable.attrs
        options = ", ".join(f"{key} = {number(value)}" for key, value in json.loads(attrs.get("options", "{}")).items())
        rows.append([Cell(str(name)), Cell(attrs.get("units", "")), Cell(attrs.get("long_name", "")), Cell(options),
                     Cell(attrs.get("function", "")), _digest(attrs.get("quantity_source_digest")),
                     Cell(attrs.get("source", ""))])
        anchors.append(f"quantity-{name}")
    heads = ("quantity", "unit", "meaning", "options", "function", "its source", "paper")
    return Table([*map(Cell, heads)], rows, anchors)


def score_matrix(scores: Sequence[Mapping]) -> Table:
    """Tests by models (the longer list downwards), coloured by norm score; every cell leads to its details."""
    models, tests = (list(dict.fromkeys(str(score[key]) for score in scores)) for key in ("model", "test"))
    where = {(str(score["model"]), str(score["test"])): i for i, score in enumerate(scores)}
    down, across = (tests, models) if len(tests) >= len(models) else (models, tests)
    heads = [Cell("test" if down is tests else "model"), *map(Cell, across)]
    rows = []
    for row in down:
        pairs = [(column, row) if down is tests else (row, column) for column in across]
        rows.append([Cell(row), *(_score_cell(scores, where.get(pair)) for pair in pairs)])
    return Table(heads, rows)


def verdict(score: Mapping) -> str:
    """A sign for whether the test is passed; (✗) fails as it should, ✓! passes though it should not, "" says nothing."""
    passed, reason = score.get("passed"), score.get("fails_because")
    if passed is None:
        return ""
    if reason:
        return "✓!" if passed else "(✗)"
    return "✓" if passed else "✗"


def shade(norm: object) -> tuple[str, str]:
    """Background and text for a norm score: orange (0) over white to blue (1), told apart with any colour vision."""
    if not isinstance(norm, (int, float)) or isinstance(norm, bool) or not math.isfinite(norm):
        return "#dddddd", "#000000"
    norm = min(1.0, max(0.0, float(norm)))
    bad, middle, good = (213, 94, 0), (247, 247, 247), (0, 114, 178)
    start, stop, part = (bad, middle, norm * 2) if norm < 0.5 else (middle, good, norm * 2 - 1)
    color = [round(a + (b - a) * part) for a, b in zip(start, stop, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*color), "#000000" if _luminance(color) > 0.179 else "#ffffff"


def _luminance(color: Sequence[int]) -> float:
    """Relative luminance; black is easier to read on a colour above 0.18, white below (WCAG 2.2)."""
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _score_cell(scores: Sequence[Mapping], index: int | None) -> Cell:
    if index is None:
        return Cell("–", hint="not judged")
    score = scores[index]
    value = score.get("score")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    shown = number(value) if is_number else str(score.get("text", value))
    hint = f"{score.get('text', '')}; norm score {number(score.get('norm'))}".strip("; ")
    return Cell(f"{verdict(score)} {shown}".strip(), f"#score-{index}", hint, shade(score.get("norm")))


def _axis_heads(material: Material) -> list[Cell]:
    return [Cell(f"{axis}{in_units(material.units(axis))}") for axis in material.axes]


def _explored(material: Material, run: int) -> list[Cell]:
    return [Cell(number(value)) for value in material.explored[run].values()]


def in_units(units: str) -> str:
    """A unit in brackets, after a blank; "" for none."""
    return f" [{units.replace('^2', '²')}]" if units and units != "1" else ""


def _digest(value: object, link: str = "") -> Cell:
    text = str(value or "")
    return Cell(text[:8] or "–", f"{link}{text}" if link and text else "", text)


def _commit(about: Mapping) -> Cell:
    sha = str(about.get("commit") or "")
    if not sha:
        return Cell("no git", "#code")
    return Cell(f"{sha[:10]}{' + changes' if about.get('dirty') else ''}", "#code", sha)
