"""The page of a suite, and figures of scores."""

import numpy as np
import pytest

from simcore.errors import StoreError
from simcore.report.scorefigures import score_figure
from simcore.report.suite import read_part, write_suite_report
from tests.unit.report.studies import SCORES, study
from tests.unit.report.test_html import Page

PNG = b"\x89PNG"
SUITE = {"name": "canonical", "description": "two & more", "source": "params/suites/canonical.yaml"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    parts = []
    for name in ("first", "second"):
        (folder / name).mkdir()
        study(folder / name)
        parts.append(read_part(name.title(), name, "what it is", f"params/{name}.yaml", folder / name))
    scores = [{**score, "model": f"{part.label}: {score['model']}", "study": part.label, "experiment": part.name}
              for part in parts for score in SCORES]
    scores[0] |= {"passed": False, "fails_because": "it must"}
    models = list(dict.fromkeys(score["model"] for score in scores))
    content = {"scores": scores, "summary": {"cells": len(scores), "passed": 1, "failed": 1, "errors": 0, "surprises": 0},
               "matrix": {"models": models, "mean": [0.5] * len(models)}}
    out = folder / "report.html"
    write_suite_report(content, parts, SUITE, out)
    return content, parts, out


def test_every_score_leads_to_observation_prediction_runs_and_code(made):
    content, _, out = made
    page = Page(out.read_text())
    assert [f"score-{i}" in page.ids for i in range(len(content["scores"]))] == [True] * len(content["scores"])
    matrix = page.tables[0]
    assert sum(link.startswith("#score-") for row in matrix for _, link, _ in row) == len(content["scores"])
    assert f"../../first/report.html#run-{content['scores'][0]['runs'][0]}" in page.links
    assert "commit c0ffeec0ff" in page.text and "snakemake --cores 2 --configfile params/second.yaml" in page.text
    assert all(link.removeprefix("#") in page.ids for link in page.links if link.startswith("#"))


def test_a_test_that_rightly_fails_says_why(made):
    page = Page(made[2].read_text())
    assert "Rightly fails: it must" in " ".join(page.text.split())
    assert page.text.count("(✗)") >= 2          # in the matrix, and at its card


def test_the_page_needs_nothing_else_and_has_the_same_bytes(made):
    content, parts, out = made
    page = Page(out.read_text())
    assert page.tags.isdisjoint({"script", "link", "iframe", "object"})
    assert all(source.startswith("data:image/png") for source in page.sources)
    again = out.with_name("again.html")
    write_suite_report(content, parts, SUITE, again)
    assert again.read_bytes() == out.read_bytes()


def test_provenance_that_is_missing_is_said(tmp_path):
    with pytest.raises(StoreError, match=r"provenance.json cannot be read"):
        read_part("A", "a", "", "a.yaml", tmp_path)


@pytest.mark.parametrize("score", [
    {"related": {"features": {"rate": {"bounds": [None, 5], "values": [3.0, 4.0], "inside": True},
                              "cv": {"bounds": [0.5, None], "values": [0.2, np.nan], "inside": False}}}},
    {"related": {"curve": {"currents": [0.1, 0.2], "rates": [0.0, 5.0]}},
     "observation": {"currents": [0.1], "rates": [1.0], "std": [0.5]}},
    {"related": {"curve": {"currents": [0.1, 0.2], "rates": [0.0, 5.0]}, "first_current": 0.2},
     "observation": {"mean": 70.0, "std": 5.0}},
    {"related": {"currents_nA": [0.1, 0.2], "observed_Hz": [1.0, 2.0], "predicted_Hz": [1.0, 3.0]}},
    {"related": {"time_ms": [5.0, 15.0], "observed_Hz": [1.0, 2.0], "predicted_Hz": [1.0, 3.0]}},
    {"related": {"quantiles": [0.0, 0.5, 1.0], "observed": [1.0, 2.0, 3.0], "predicted": [1.0, 2.5, 4.0]}},
    {"observation": {"mean": 1.0, "std": 0.5}, "prediction": {"mean": 1.2, "values": [1.1, 1.3]}, "units": "Hz"},
    {"observation": {"mean": 1.0, "std": 0.5}, "prediction": 1.2},
    {"observation": {"value": 3.0}, "prediction": {"mean": 3.1, "values": [3.1]}, "related": {"theory": 3.0, "tolerance": 0.05}},
    {"observation": {"min": 0.5, "max": 1.0}, "prediction": {"mean": 0.7, "values": [0.7]}, "related": {"runs": [0.7]}},
])
def test_what_can_be_drawn_is_drawn_the_same_each_time(score):
    png = score_figure(score)
    assert png.startswith(PNG)
    assert score_figure(score) == png


@pytest.mark.parametrize("score", [
    {}, {"observation": None, "prediction": None}, {"observation": {"mean": 1.0}, "prediction": 1.0},
    {"observation": {"mean": 1.0, "std": 1.0}, "prediction": {"mean": float("nan"), "values": [float("nan")]}},
    {"observation": {"mean": 1.0, "std": 1.0}, "prediction": "text"}])
def test_what_cannot_be_drawn_has_no_figure(score):
    assert score_figure(score) is None
