"""The page of a suite: scores of several experiments in one matrix, each with observation, prediction, figure, provenance."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.errors import StoreError
from simcore.report import cards, tables
from simcore.store.atomic import write_bytes


@dataclass(frozen=True)
class Part:
    """An experiment of a suite: its label there, its name, its file, and the provenance of its runs."""

    label: str
    name: str
    description: str
    source: str
    n_runs: int
    provenance: Mapping[str, Any]

    @property
    def page(self) -> str:
        """Its own report, relative to the suite's."""
        return f"../../{self.name}/report.html"

    @property
    def made_by(self) -> str:
        """Code, environment and what differs among its runs, in a line."""
        commits = [f"commit {state['sha'][:10]}{' with uncommitted changes' if state['dirty'] else ''}" if state["sha"]
                   else "no commit" for state in self.provenance["commits"] if state["role"] == "project"]
        sources = [f"sources {digest[:8]}" for digest in self.provenance["sources"]]
        environments = [f"environment {state['digest'][:8]}" for state in self.provenance["environments"]]
        return ", ".join([*commits, *sources, *environments])


def write_suite_report(scores: str | os.PathLike | Mapping, parts: Sequence[Part], suite: Mapping[str, str],
                       out: str | os.PathLike) -> Path:
    """Write the page of a suite to `out`, whole or not at all; the same inputs give the same bytes.

    scores: scores.json of the suite, or its content. suite: name, description and source (its file). Raises StoreError for
    scores that cannot be read.
    """
    content = _read(scores)
    by_name = {part.name: part for part in parts}
    shown = [cards.card({**score, "provenance": by_name[score["experiment"]].made_by},
                        lambda run, part=by_name[score["experiment"]]: f"{part.page}#run-{run}")
             for score in content["scores"]]
    page = cards.template("suite.html.j2").render(
        suite=suite, summary=content["summary"], scores=shown, matrix=tables.score_matrix(content["scores"]),
        studies=_studies(parts, content["scores"]), means=_means(content["matrix"]))
    write_bytes(out, page.encode())
    return Path(out)


def read_part(label: str, name: str, description: str, source: str, results: str | os.PathLike) -> Part:
    """The part of a suite whose results lie in a folder; StoreError if its provenance cannot be read."""
    provenance = _read(Path(results, "provenance.json"))
    return Part(label, name, description, source, len(provenance["runs"]), provenance)


def _studies(parts: Sequence[Part], scores: Sequence[Mapping]) -> tables.Table:
    """One row an experiment: its report, its file, runs, scores, code, and the command that makes it again."""
    heads = ("experiment", "what it is", "runs", "passed", "made by", "again")
    rows = []
    for part in parts:
        own = [score for score in scores if score["experiment"] == part.name and "passed" in score]
        rows.append([tables.Cell(part.label, part.page), tables.Cell(part.description), tables.Cell(str(part.n_runs)),
                     tables.Cell(f"{sum(score['passed'] for score in own)} of {len(own)}"), tables.Cell(part.made_by),
                     tables.Cell(f"snakemake --cores 2 --configfile {part.source}")])
    return tables.Table([*map(tables.Cell, heads)], rows)


def _means(matrix: Mapping) -> list[tuple[str, str]]:
    """Mean norm score of each model, as text."""
    return [(model, tables.number(mean)) for model, mean in zip(matrix["models"], matrix["mean"], strict=True)]


def _read(source: str | os.PathLike | Mapping) -> Mapping:
    if isinstance(source, Mapping):
        return source
    try:
        return json.loads(Path(source).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{source} cannot be read: {error}", name=str(source)) from error
