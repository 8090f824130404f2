"""Write the report: one HTML file with everything in it, no script, no request to anywhere."""

from __future__ import annotations

import json
import os
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from simcore.report import cards, figures, tables
from simcore.report.material import Material, gather
from simcore.report.sections import PhaseDiagram, describe
from simcore.store.atomic import write_bytes

_ABOUT_LETTERS = ("Letters: the rasters, from orange to blue by the lowest norm score (0 to 1) of the tests of that "
                  "point alone, white if there are none.")


@dataclass(frozen=True)
class Picture:
    """A figure: title, image, text for who cannot see it, caption, links (text, target) each, and its numbers."""

    title: str
    source: str
    alt: str
    text: str
    links: tuple[tuple[str, str], ...] = ()
    table: tables.Table | None = None


def write_report(trajectory: str | os.PathLike, quantities: str | os.PathLike, scores_json: str | os.PathLike | None,
                 provenance_json: str | os.PathLike, experiment: Any, out: str | os.PathLike) -> Path:
    """Write the report of a study to `out`, whole or not at all; the same inputs give the same bytes.

    experiment: an Experiment, or anything with its name, description, model, source and report. scores_json: None if
    nothing was judged. Raises StoreError for a file that cannot be read and ExperimentError for a name in the report
    section that there is not.
    """
    material = gather(trajectory, quantities, scores_json, provenance_json, experiment)
    write_bytes(out, render(material).encode())
    return Path(out)


def render(material: Material) -> str:
    """The page as text."""
    rasters = list(_rasters(material))
    return cards.template("report.html.j2").render(
        experiment=material.experiment, title=material.sections.title or material.experiment.name,
        n_runs=len(material.run_ids), attrs=material.source.attrs, provenance=material.provenance,
        trajectory_digest=material.source.digest, versions=json.loads(material.quantities.attrs.get("versions", "{}")),
        commands=_commands(material), rasters=rasters, phase_diagrams=list(_phase_diagrams(material)),
        spectra=_spectra(material), scores=[cards.card(score, partial(_run_link, material)) for score in material.scores],
        matrix=tables.score_matrix(material.scores), quantities=tables.quantities(material),
        formulas=tables.formulas(material), runs=tables.runs(material), example=material.run_ids[0])


def _rasters(material: Material) -> Iterable[Picture]:
    for letter, raster in zip(_letters(), material.sections.rasters, strict=False):
        population = material.population(raster.population)
        if not population:
            return
        png = figures.raster(material.activity(raster.run, population), cells=raster.cells, start=raster.start,
                             length=raster.length)
        run_id, explored = material.run_ids[raster.run], describe(material.explored[raster.run])
        shown = [f"{name} {tables.number(material.value(name, raster.run, population))}{tables.in_units(units)}"
                 for name in ("mean_rate", "cv_isi", "synchrony", "dominant_frequency")
                 if name in material.quantities for units in [material.quantities[name].attrs["units"]]]
        text = f"{explored}; population {population}. {', '.join(shown)}."
        yield Picture(f"{letter}  {raster.title}", cards.data_uri(png), f"Spikes of {population} at {explored}", text,
                      ((f"run {run_id}", f"#run-{run_id}"),))


def _phase_diagrams(material: Material) -> Iterable[Picture]:
    for diagram in material.sections.phase_diagrams:
        variable = material.quantities[diagram.quantity]
        population = material.population(diagram.population) if "population" in variable.dims else ""
        points = _points(material, diagram, population)
        if not points:
            continue
        x, y, means = np.array([(x, y, mean) for (x, y), (mean, _) in points.items()]).T
        units = tables.in_units(variable.attrs["units"])
        label = f"{diagram.quantity} {population}".strip() + units
        png = figures.phase_diagram(x, y, means, labels=(_axis(material, diagram.x), _axis(material, diagram.y), label),
                                    marks=_marks(material, diagram, points))
        text = f"{variable.attrs['long_name']}{units}; mean over the runs of each point. {_ABOUT_LETTERS}"
        links = ((variable.attrs["function"], f"#quantity-{diagram.quantity}"),)
        yield Picture(label, cards.data_uri(png), f"{label} over {diagram.x} and {diagram.y}", text, links,
                      _numbers(material, diagram, points))


def _points(material: Material, diagram: PhaseDiagram, population: str) -> dict[tuple, tuple[float, list[int]]]:
    """Mean of the quantity and the runs at each point of the plane; NaN is left out of means."""
    values = material.of_population(diagram.quantity, population)
    runs: dict[tuple, list[int]] = {}
    for run, explored in enumerate(material.explored):
        at = (explored[diagram.x], explored[diagram.y])
        if all(isinstance(value, (int, float)) and value == value for value in at):
            runs.setdefault(at, []).append(run)
    means = {}
    for at, members in runs.items():
        there = values[members][np.isfinite(values[members])]
        means[at] = (float(there.mean()) if len(there) else np.nan, members)
    return means


def _numbers(material: Material, diagram: PhaseDiagram, points: Mapping) -> tables.Table:
    """The numbers of a phase diagram, with the runs that they come from."""
    names = (_axis(material, diagram.x), _axis(material, diagram.y), diagram.quantity, "runs")
    heads = [tables.Cell(name) for name in names]
    n_runs = max(len(runs) for _, runs in points.values())
    rows = []
    for (x, y), (mean, runs) in list(points.items())[: tables.MOST_ROWS]:
        links = [tables.Cell(material.run_ids[run], f"#run-{material.run_ids[run]}") for run in runs]
        links += [tables.Cell("")] * (n_runs - len(runs))
        rows.append([*(tables.Cell(tables.number(value)) for value in (x, y, mean)), *links])
    return tables.Table([*heads, *[tables.Cell("")] * (n_runs - 1)], rows, n_left_out=len(points) - len(rows))


def _marks(material: Material, diagram: PhaseDiagram, points: Mapping) -> list[figures.Mark]:
    """Letters of the rasters on the plane, coloured by the lowest norm score of the tests of that point alone."""
    letters: dict[tuple[Any, Any], str] = {}
    for letter, raster in zip(_letters(), material.sections.rasters, strict=False):
        at = (material.explored[raster.run][diagram.x], material.explored[raster.run][diagram.y])
        letters[at] = letters.get(at, "") + letter
    marks = []
    for at, text in letters.items():
        own = {material.run_ids[run] for run in points[at][1]} if at in points else set()
        norms = [score["norm"] for score in material.scores
                 if score.get("runs") and own.issuperset(score["runs"]) and score.get("norm") is not None]
        if own:
            marks.append(figures.Mark(at[0], at[1], text, *(tables.shade(min(norms)) if norms else ())))
    return marks


def _spectra(material: Material) -> Picture | None:
    asked = material.sections.spectra
    if asked is None or not asked.runs:
        return None
    population = material.population(asked.population)
    spectrum = material.quantities["power_spectrum"].sel(population=population)
    lines = [(title, spectrum.frequency.values, spectrum.values[run]) for title, run in asked.runs]
    png = figures.spectra(lines, maximum=asked.maximum, units=spectrum.attrs["units"].replace("^2", "²"))
    links = tuple((f"run {material.run_ids[run]}", f"#run-{material.run_ids[run]}") for _, run in asked.runs)
    return Picture("Power spectra", cards.data_uri(png), f"Power spectra of the rate of {population}",
                   f"{spectrum.attrs['long_name']}; population {population}. Dots: the largest power shown.",
                   (("power_spectrum", "#quantity-power_spectrum"), *links))


def _run_link(material: Material, run_id: str) -> str:
    return f"#run-{run_id}" if run_id in material.run_ids else ""


def _commands(material: Material) -> dict[str, str]:
    """How to make all of it again, and one run."""
    name, source = material.experiment.name, getattr(material.experiment, "source", "") or "EXPERIMENT.yaml"
    state = next((state for state in material.provenance["commits"] if state["role"] == "project"), None)
    return {"checkout": f"git checkout {state['sha']}" if state and state["sha"] else "",
            "all": f"snakemake --cores 2 --configfile {source}",
            "one": f"python -m simcore run results/{name}/experiment.json {material.run_ids[0]}",
            "check": f"python -m simcore verify results/{name}/runs/{material.run_ids[0]}.zarr.zip"}


def _axis(material: Material, name: str) -> str:
    return f"{name}{tables.in_units(material.units(name))}"


def _letters() -> Iterable[str]:
    return iter(string.ascii_uppercase)
