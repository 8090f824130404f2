"""scores.json: what `validate` leaves behind, and how to read it as a ScoreMatrix. See docs/validation.md."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import StoreError
from simcore.store.atomic import write_bytes
from simcore.validation.base import first_line
from simcore.validation.dimension import required, unit_text
from simcore.validation.errors import Error
from simcore.validation.recorded import RecordedModel, RecordedScore, RecordedTest
from simcore.validation.scores import SCORE_TYPES, ErrorScore, NoneScore, Score
from simcore.validation.scores.collections import ScoreMatrix
from simcore.validation.scores.labels import norm_of, weighted_mean
from simcore.validation.serial import Encoder
from simcore.validation.sources import source_digest_of

if TYPE_CHECKING:
    from simcore.validation.entries import Entry
    from simcore.validation.models.trajectory import TrajectoryModel
    from simcore.validation.tests import Test

LAYOUT = 1


def cell_of(score: Score, model: TrajectoryModel, entry: Entry) -> dict[str, Any]:
    """One entry of "scores"."""
    test, norm = entry.test, norm_of(score)
    encode = Encoder().encode
    failed = isinstance(score, ErrorScore)
    cell = {
        "model": model.name, "at": encode(model.at), "test": str(test), "class": class_path(test),
        "score": encode(str(score.score) if failed else score.score), "norm": None if np.isnan(norm) else norm,
        "type": score.score_type, "text": str(score), "description": score.describe(), "source": test.source,
        "observation": encode(score.observation if score.observation is not None else test.observation),
        "observation_source": _source(test), "observation_file": entry.observation_file,
        "prediction": encode(score.prediction), "units": unit_text(required(test.units, "value")),
        "params": encode(test.params), "runs": model.run_ids, "related": encode(score.related_data),
        "source_digest": source_digest_of(type(test)), "digest": entry.digest, "inputs": dict(model.used),
        "test_description": first_line(type(test)), "fails_because": entry.fails_because,
    }
    passed = None if failed or isinstance(score, NoneScore) else test.passes(score)
    if failed:
        passed = False
    return cell | ({} if passed is None else {"passed": bool(passed)})


def same_inputs(cell: Mapping, model: TrajectoryModel, entry: Entry) -> bool:
    """Whether judging would see what it saw when this cell was made. Cells that ended in an error are judged anew."""
    if cell.get("type") == "ErrorScore" or not cell.get("digest") or cell["digest"] != entry.digest:
        return False
    return all(model.input_digest(name) == seen for name, seen in cell.get("inputs", {}).items())


def known_cells(path: str | os.PathLike | Mapping | None) -> dict[tuple[str, str], dict]:
    """Cells of an earlier file (or content) by (model, test); none if there is no such file, or it cannot be read."""
    try:
        content = path if isinstance(path, Mapping) else json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
        if content.get("layout") != LAYOUT:
            return {}
        return {(cell["model"], cell["test"]): cell for cell in content["scores"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_scores(cells: Iterable[Mapping], out: str | os.PathLike | None, *, weights: Mapping[str, float]) -> dict:
    """The content of scores.json, written to `out` if it is given."""
    cells = list(cells)
    content = {"layout": LAYOUT, "scores": cells, "matrix": _matrix(cells, weights), "summary": _summary(cells)}
    if out is not None:
        write_bytes(out, json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False).encode())
    return content


def read_scores(path: str | os.PathLike | Mapping) -> ScoreMatrix:
    """scores.json, or its content, as a ScoreMatrix of recorded models and tests; a cell without score is a NoneScore.

    StoreError if it is missing or of an unknown layout.
    """
    try:
        content = path if isinstance(path, Mapping) else json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"scores {path} cannot be read: {error}", name=str(path)) from error
    if content.get("layout") != LAYOUT:
        raise StoreError(f"scores of layout {content.get('layout')!r} cannot be read; this version reads {LAYOUT}",
                         name="layout", got=content.get("layout"), valid=LAYOUT)
    matrix, cells = content["matrix"], {(cell["model"], cell["test"]): cell for cell in content["scores"]}
    of_model = {cell["model"]: cell for cell in content["scores"]}
    of_test = {cell["test"]: cell for cell in content["scores"]}
    models = [RecordedModel(name, of_model[name]) for name in matrix["models"]]
    tests = [RecordedTest(of_test[name]) for name in matrix["tests"]]
    rows = [[_score(cells.get((model.name, test.name)), model, test) for test in tests] for model in models]
    return ScoreMatrix(tests, models, rows, weights=matrix["weights"])


def class_path(thing: object) -> str:
    """Dotted path of an object's class."""
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _source(test: Test) -> str:
    observation = test.observation
    return str(observation.get("source") or test.source) if isinstance(observation, Mapping) else test.source


def _matrix(cells: list, weights: Mapping[str, float]) -> dict[str, Any]:
    models = list(dict.fromkeys(cell["model"] for cell in cells))
    tests = list(dict.fromkeys(cell["test"] for cell in cells))
    found = {(cell["model"], cell["test"]): cell for cell in cells}
    norm = [[found.get((model, test), {}).get("norm") for test in tests] for model in models]
    text = [[found.get((model, test), {}).get("text") for test in tests] for model in models]
    weight = [weights.get(test, 1.0) for test in tests]
    means = [weighted_mean(np.array([np.nan if value is None else value for value in row]), weight) for row in norm]
    return {"models": models, "tests": tests, "weights": weight, "norm": norm, "text": text,
            "mean": [None if np.isnan(mean) else mean for mean in means]}


def _summary(cells: list) -> dict[str, int]:
    surprises = [cell for cell in cells if "passed" in cell and cell["passed"] == bool(cell.get("fails_because"))]
    return {"cells": len(cells), "surprises": len(surprises), "passed": sum(cell.get("passed") is True for cell in cells),
            "failed": sum(cell.get("passed") is False and cell["type"] != "ErrorScore" for cell in cells),
            "errors": sum(cell["type"] == "ErrorScore" for cell in cells)}


def _score(cell: Mapping | None, model: RecordedModel, test: RecordedTest) -> Score:
    if cell is None:
        return NoneScore(None)
    cls = SCORE_TYPES.get(cell["type"], RecordedScore)
    value = Error(cell["score"]) if cls is ErrorScore else cell["score"]
    score = cls.__new__(cls)
    score.score, score.related_data = value, dict(cell["related"] or {})
    score.model, score.test, score.description = model, test, cell["description"]
    score.observation, score.prediction = cell["observation"], cell["prediction"]
    score.recorded = dict(cell)
    return score
