"""An article whose numbers and figures are taken from the results by name, each with the digests of its runs.

The article is Markdown with expressions in double braces (Jinja2, sandboxed), beside the experiment file: params/paper.md
for params/paper.yaml. What can be asked for is `Article`'s methods without an underscore. No number needs to be typed.
"""

from __future__ import annotations

import html
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from jinja2.sandbox import SandboxedEnvironment

from simcore.errors import ExperimentError, NonExistentParameterError, SimcoreError, nearest
from simcore.report import cards, figures, tables
from simcore.report.material import Material, gather
from simcore.report.sections import describe
from simcore.store.atomic import write_bytes


def write_article(article: str | os.PathLike, trajectory: str | os.PathLike, quantities: str | os.PathLike,
                  scores: str | os.PathLike | None, provenance: str | os.PathLike, experiment: Any,
                  out: str | os.PathLike) -> Path:
    """Write the article to `out`, one HTML file, whole or not at all; the same results give the same bytes.

    article: the Markdown file. The rest as for html.write_report. Raises ExperimentError, naming article and line, for an
    expression that cannot be evaluated: a quantity, parameter, point or test that there is not.
    """
    material = gather(trajectory, quantities, scores, provenance, experiment)
    write_bytes(out, render(Path(article), material).encode())
    return Path(out)


def render(article: Path, material: Material) -> str:
    """The page as text."""
    import markdown_it

    made = Article(material)
    environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    names = {name: getattr(made, name) for name in dir(made) if not name.startswith("_")}
    try:
        text = environment.from_string(article.read_text(encoding="utf-8")).render(names)
    except jinja2.TemplateError as error:
        line = f":{error.lineno}" if getattr(error, "lineno", None) else ""
        raise ExperimentError(f"the article cannot be made: {error}{nearest(_missing(error), names)}",
                              where=f"{article}{line}") from error
    except SimcoreError as error:
        raise ExperimentError(error.message, name=error.name, got=error.got, where=str(article)) from None
    body = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    title = next((line.lstrip("# ") for line in text.splitlines() if line.startswith("# ")), material.experiment.name)
    return cards.template("article.html.j2").render(title=title, body=body, n_runs=len(material.run_ids))


class Article:
    """What an article may ask for."""

    def __init__(self, material: Material):
        self._material = material
        self._record = material.provenance.get("common", {})
        self.n_runs = len(material.run_ids)
        self.n_trials = len({explored.get("trial", 0) for explored in material.explored})
        self.model, self.name = material.experiment.model, material.experiment.name

    def parameter(self, name: str) -> str:
        """A parameter that all runs share, by its dotted name."""
        value: Any = self._common("parameters")
        for part in name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                valid = list(value) if isinstance(value, Mapping) else []
                raise NonExistentParameterError(f"all runs share no parameter {name!r}{nearest(part, valid)}", name=name)
            value = value[part]
        return _number(f"{value:g}" if isinstance(value, float) else str(value), f"parameters.{name} of all runs", "")

    def setting(self, name: str) -> str:
        """duration or dt, in ms, or the seed."""
        value = self._common(name)
        return _number(f"{value:g}" if isinstance(value, float) else str(value), f"{name} of all runs", "")

    def value(self, quantity: str, at: Mapping[str, Any], population: str = "") -> str:
        """A quantity at a point: mean ± standard deviation over its runs (trials), with their digests."""
        text, runs, meaning = self._value(quantity, at, population)
        return _number(text, meaning, _digests(runs))

    def table(self, quantities: Sequence[str], along: str, caption: str, population: str = "") -> str:
        """A table of quantities (columns) at all values of an explored parameter (rows)."""
        found = self._material.quantities
        heads = [along, *(f"{name}{tables.in_units(found[self._known(name)].attrs.get('units', ''))}" for name in quantities)]
        rows = []
        for value in self._values(along):
            cells = (self._value(name, {along: value}, population) for name in quantities)
            rows.append([f"{value:g}", *(f"{_number(text, about, '')}<br>{_digests(runs)}" for text, runs, about in cells)])
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
        return f"<table class='numbers'><caption>{html.escape(caption)}</caption><tr>{head}</tr>{body}</table>"

    def curve(self, quantity: str, along: str, caption: str) -> str:
        """A figure of a quantity against an explored parameter, a line a population, a point a run."""
        array = self._material.quantities[self._known(quantity)]
        with figures.style():
            figure = figures.Figure(figsize=(5.6, 3.4), layout="constrained")
            axes = figure.subplots()
            values = np.array([explored[along] for explored in self._material.explored], float)
            for i, population in enumerate(self._material.quantities.population.values):
                y = self._material.of_population(quantity, str(population))
                color = figures.COLORS[i % len(figures.COLORS)]
                axes.plot(values, y, "o", ms=4, color=color, label=str(population))
                ends = np.unique(values)
                axes.plot(ends, [np.mean(y[values == end]) for end in ends], color=color, lw=1)
            axes.set(xlabel=along, ylabel=f"{quantity}{tables.in_units(array.attrs.get('units', ''))}")
            axes.legend()
            image = figures.png(figure)
        return self._figure(image, caption, self._material.run_ids)

    def raster(self, at: Mapping[str, Any], caption: str, trial: int = 0, population: str = "", cells: int = 40,
               length: float = 200.0) -> str:
        """A figure of the spikes of one run."""
        chosen = self._runs({**at, **({"trial": trial} if "trial" in self._material.axes else {})})[0]
        activity = self._material.activity(chosen, self._material.population(population))
        image = figures.raster(activity, cells=cells, start=None, length=length)
        return self._figure(image, caption, [self._material.run_ids[chosen]])

    def score(self, test: str) -> str:
        """What a test of the study said, with the digests of the runs that it judged."""
        found = next((score for score in self._material.scores if score["test"] == test), None)
        if found is None:
            raise NonExistentParameterError(
                f"no test {test!r} was judged{nearest(test, [s['test'] for s in self._material.scores])}", name=test)
        said = found.get("description") or found["text"]
        return _number(said, f"{found.get('class', '')}: {found['text']}", _digests(found["runs"]))

    def runs(self) -> str:
        """The list of runs, and how to check them."""
        rows = []
        for i, run_id in enumerate(self._material.run_ids):
            about = self._material.provenance.get("runs", {}).get(run_id, {})
            commit = f"{about.get('commit') or 'no commit'}"[:12] + (" + changes" if about.get("dirty") else "")
            rows.append(f"<tr id='run-{run_id}'><td><code>{run_id}</code></td><td>{_point(self._material.explored[i])}</td>"
                        f"<td><code>{commit}</code></td><td><code>{about.get('source_digest', '')[:12]}</code></td>"
                        f"<td><code>{about.get('environment_digest', '')[:12]}</code></td></tr>")
        results = f"results/{self.name}"
        return ("<h2>Runs</h2><table class='runs'><tr><th>run</th><th>point</th><th>commit</th><th>sources</th>"
                f"<th>environment</th></tr>{''.join(rows)}</table><p>Where a number comes from: <code>python -m simcore show "
                f"{results}/quantities.zarr:mean_rate</code>. That a run comes out again: <code>python -m simcore verify "
                f"{results}/trajectory.zarr:{self._material.run_ids[0]} --rerun</code>.</p>")

    def _value(self, quantity: str, at: Mapping[str, Any], population: str) -> tuple[str, list[str], str]:
        """Text, runs and meaning of a quantity at a point."""
        array = self._material.quantities[self._known(quantity)]
        chosen, population = self._runs(at), self._material.population(population)
        values = self._material.of_population(quantity, population)[chosen]
        spread = f" ± {np.std(values, ddof=1):.2g}" if len(values) > 1 else ""
        meaning = f"{quantity}{tables.in_units(array.attrs.get('units', ''))} of {population} at {describe(at)}, " \
                  f"{len(values)} runs; {array.attrs.get('function', '')} {array.attrs.get('quantity_source_digest', '')}"
        return f"{tables.number(float(np.mean(values)))}{spread}", [self._material.run_ids[i] for i in chosen], meaning

    def _runs(self, at: Mapping[str, Any]) -> list[int]:
        """Indices of the runs at a point."""
        unknown = next((name for name in at if name not in self._material.axes), None)
        if unknown is not None:
            raise NonExistentParameterError(f"no parameter {unknown!r} is explored{nearest(unknown, self._material.axes)}",
                                            name=unknown)
        found = [i for i, explored in enumerate(self._material.explored)
                 if all(explored[name] == value for name, value in at.items())]
        if not found:
            raise ExperimentError(f"there is no run at {describe(at)}", name=describe(at))
        return found

    def _values(self, axis: str) -> list:
        if axis not in self._material.axes:
            raise NonExistentParameterError(f"no parameter {axis!r} is explored{nearest(axis, self._material.axes)}",
                                            name=axis)
        return sorted({explored[axis] for explored in self._material.explored})

    def _known(self, quantity: str) -> str:
        if quantity not in self._material.quantities:
            names = map(str, self._material.quantities)
            raise NonExistentParameterError(f"no quantity {quantity!r} was derived{nearest(quantity, names)}", name=quantity)
        return quantity

    def _common(self, name: str) -> Any:
        point = self._material.source.attrs.get("common", {}).get("point", {})
        if name not in point:
            raise NonExistentParameterError(f"the points of all runs share no {name!r}{nearest(name, point)}", name=name)
        return point[name]

    @staticmethod
    def _figure(png: bytes, caption: str, runs: Sequence[str]) -> str:
        text = html.escape(caption)
        return (f"<figure><img src='{cards.data_uri(png)}' alt='{text}'>"
                f"<figcaption>{text} {_digests(runs)}</figcaption></figure>")


def _number(text: str, meaning: str, digests: str) -> str:
    return f"<span class='number' title='{html.escape(meaning, quote=True)}'>{html.escape(text)}</span>{digests}"


def _point(explored: Mapping[str, Any]) -> str:
    return html.escape(", ".join(f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}"
                                 for name, value in explored.items()))


def _digests(runs: Sequence[str]) -> str:
    """Ids of runs, which are the first digits of the digests of their points, as links to the list of runs."""
    links = " ".join(f"<a href='#run-{run_id}'>{run_id}</a>" for run_id in runs)
    return f" <small class='digests'>[{links}]</small>"


def _missing(error: Exception) -> str:
    """The name that an error of Jinja2 says is undefined."""
    return str(error).partition("'")[2].partition("'")[0]
