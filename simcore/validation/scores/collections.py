"""Arrays and matrices of scores, labelled with tests and models.

They hold the scores themselves; `to_xarray` gives values, norm scores, types and texts as an xarray.Dataset with
dims (model, test). (SciUnit's own are subclasses of pandas' classes, which breaks with new versions of pandas.)
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import nearest
from simcore.validation.base import SciUnit, TestWeighted
from simcore.validation.models.base import Model
from simcore.validation.scores import tables
from simcore.validation.scores.base import Score
from simcore.validation.scores.incomplete import NoneScore
from simcore.validation.scores.numbers import FloatScore
from simcore.validation.tests import Test

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


VIEWS = ("T", "scores", "score", "norm_scores", "norm_score", "related_data", "scores_flat", "tests", "models", "index",
         "names")       # properties that say again what the scores say


class ScoreArray(SciUnit, TestWeighted):
    """Scores of one model by several tests, or of several models by one test.

    tests_or_models: all tests, or all models. weights: of the tests.
    """

    __test__ = False
    state_hide = VIEWS

    def __init__(self, tests_or_models: Sequence, scores: Sequence[Score] | None = None,
                 weights: Sequence[float] | None = None, name: str | None = None):
        items = list(tests_or_models)
        kinds = [Test if isinstance(item, Test) else Model if isinstance(item, Model) else None for item in items]
        assert None not in kinds and len(set(kinds)) == 1, "A ScoreArray may be indexed by only test or models"
        self.index = items
        self.index_type = "tests" if kinds[0] is Test else "models"
        self.weights_ = list(weights or [])
        self.name = name or type(self).__name__
        self._scores = list(scores) if scores is not None else [NoneScore(None) for _ in items]
        if len(self._scores) != len(items):
            raise ValueError(f"{len(items)} {self.index_type} need as many scores, got {len(self._scores)}")

    @property
    def tests(self) -> list:
        """The tests; AttributeError if it is of models."""
        return self._items("tests")

    @property
    def models(self) -> list:
        """The models; AttributeError if it is of tests."""
        return self._items("models")

    def _items(self, kind: str) -> list:
        if kind != self.index_type:
            raise AttributeError(f"this ScoreArray is of {self.index_type}")
        return self.index

    def __getitem__(self, item: Any) -> Score:
        if isinstance(item, str):
            return self.get_by_name(item)
        if isinstance(item, (int, np.integer)):
            return self._scores[item]
        return self._scores[_place(item, self.index)]

    def get_by_name(self, name: str) -> Score:
        """The score of the test or model of this name; KeyError naming the nearest."""
        return self._scores[_named(name, self.index)]

    def __iter__(self) -> Iterator[Score]:
        return iter(self._scores)

    def __len__(self) -> int:
        return len(self._scores)

    @property
    def scores_flat(self) -> list[Score]:
        """The scores as a list."""
        return list(self._scores)

    @property
    def scores(self) -> xr.DataArray:
        """Values of the scores, labelled with names."""
        return self._labelled([score.score for score in self._scores])

    score = scores

    @property
    def related_data(self) -> xr.DataArray:
        """Related data of the scores, labelled with names."""
        return self._labelled([score.related_data for score in self._scores])

    @property
    def norm_scores(self) -> xr.DataArray:
        """Norm scores; NaN where there is none."""
        return self._labelled(self._norms())

    def _norms(self) -> np.ndarray:
        return np.array([norm_of(score) for score in self._scores])

    def _labelled(self, values: Any) -> xr.DataArray:
        import xarray as xr

        dim = self.index_type[:-1]
        return xr.DataArray(_array(values, (len(self.index),)), dims=(dim,),
                            coords={dim: [str(item.name) for item in self.index]}, name=self.name)

    def mean(self) -> float:
        """Mean of the norm scores: over tests by their weights, over models equally.

        Scores without norm are left out, and the other weights made up to 1; NaN if all are.
        """
        return weighted_mean(self._norms(), self.weights if self.index_type == "tests" else None)

    def stature(self, test_or_model: Any) -> float:
        """Rank by norm score, 1 for the best; equal ones share the mean of their ranks; NaN without norm."""
        norms, mine = self._norms(), norm_of(self[test_or_model])
        return math.nan if math.isnan(mine) else float(1 + (norms > mine).sum() + ((norms == mine).sum() - 1) / 2)

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """All attributes; for people, names and scores."""
        return dict(vars(self)) if exact else {
            "name": self.name, self.index_type: [str(item.name) for item in self.index], "scores": self._scores}

    def to_pandas(self) -> pd.Series:
        """The scores as a pandas Series of Score objects."""
        import pandas as pd

        return pd.Series(self._scores, index=[str(item.name) for item in self.index], name=self.name)

    def _repr_html_(self) -> str:
        return tables.html([self.name], [str(item.name) for item in self.index], [self._scores])

    def __repr__(self) -> str:
        return "\n".join(f"{item.name}: {score}" for item, score in zip(self.index, self._scores, strict=True))

    __str__ = __repr__


class ScoreMatrix(SciUnit, TestWeighted):
    """Scores of several models (rows) by several tests (columns).

    sm[test], sm[model] and sm[name] are ScoreArrays; sm[model, test] and sm[test, model], also by names, are scores.
    scores: one list per model, or an array (model, test). transpose: shown with tests as rows.
    """

    __test__ = False
    state_hide = VIEWS
    show_mean = False
    colorize = True

    def __init__(self, tests: Any, models: Any, scores: Any = None, weights: Sequence[float] | None = None,
                 transpose: bool = False):
        self.tests = [tests] if isinstance(tests, Test) else list(tests)
        self.models = [models] if isinstance(models, Model) else list(models)
        if scores is None:
            scores = [[NoneScore(None) for _ in self.tests] for _ in self.models]
        rows = [list(row) if isinstance(row, (list, tuple, np.ndarray)) else [row] for row in scores]
        if len(rows) != len(self.models) or any(len(row) != len(self.tests) for row in rows):
            raise ValueError(f"scores of {len(self.models)} models by {len(self.tests)} tests are needed, got rows of "
                             f"{[len(row) for row in rows]}")
        self._rows, self.weights_, self.transposed = rows, list(weights or []), transpose

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, Test):
            return self.get_test(item)
        if isinstance(item, Model):
            return self.get_model(item)
        if isinstance(item, str):
            return self.get_by_name(item)
        if isinstance(item, (list, tuple)) and len(item) == 2:
            return self.get_group(item)
        raise TypeError(f"Expected test; model; test,model; or model,test, got {item!r}")

    def get_test(self, test: Test) -> ScoreArray:
        """Scores of all models by one test."""
        j = _place(test, self.tests)
        return ScoreArray(self.models, [row[j] for row in self._rows], name=test.name)

    def get_model(self, model: Model) -> ScoreArray:
        """Scores of one model by all tests."""
        return ScoreArray(self.tests, self._rows[_place(model, self.models)], self.weights, name=model.name)

    def get_group(self, x: Sequence) -> Score:
        """Score of (test, model) or (model, test), objects or names; TypeError for anything else."""
        first, second = x
        for model, test in ((first, second), (second, first)):
            if isinstance(model, (Model, str)) and isinstance(test, (Test, str)):
                i, j = _find(model, self.models), _find(test, self.tests)
                if i is not None and j is not None:
                    return self._rows[i][j]
        if not all(isinstance(part, (Model, Test, str)) for part in x):
            raise TypeError(f"Expected (test, model) or (model, test), got {x!r}")
        raise KeyError(f"No pair of model and test {x!r}")

    def get_by_name(self, name: str) -> ScoreArray:
        """Scores of the model, or by the test, of this name; KeyError naming the nearest."""
        i = _find(name, self.models)
        if i is not None:
            return self.get_model(self.models[i])
        return self.get_test(self.tests[_named(name, self.tests, also=self.models)])

    def set(self, model: Model, test: Test, score: Score) -> None:
        """Put a score in its place."""
        self._rows[_place(model, self.models)][_place(test, self.tests)] = score

    def __iter__(self) -> Iterator[tuple[Model, Test, Score]]:
        for model, row in zip(self.models, self._rows, strict=True):
            for test, score in zip(self.tests, row, strict=True):
                yield model, test, score

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns as shown."""
        shape = len(self.models), len(self.tests)
        return shape[::-1] if self.transposed else shape

    @property
    def scores_flat(self) -> list[Score]:
        """All scores, model by model."""
        return [score for row in self._rows for score in row]

    @property
    def scores(self) -> xr.DataArray:
        """Values of the scores (model, test)."""
        return self._labelled([[score.score for score in row] for row in self._rows])

    score = scores

    @property
    def norm_scores(self) -> xr.DataArray:
        """Norm scores (model, test); NaN where there is none."""
        return self._labelled(self._norms())

    @property
    def related_data(self) -> xr.DataArray:
        """Related data of the scores (model, test)."""
        return self._labelled([[score.related_data for score in row] for row in self._rows])

    def _norms(self) -> np.ndarray:
        return np.array([[norm_of(score) for score in row] for row in self._rows]).reshape(len(self.models),
                                                                                         len(self.tests))

    def _labelled(self, values: Any) -> xr.DataArray:
        import xarray as xr

        array = xr.DataArray(_array(values, (len(self.models), len(self.tests))), dims=("model", "test"),
                             coords={"model": [str(model) for model in self.models],
                                     "test": [str(test) for test in self.tests]})
        return array.T if self.transposed else array

    def mean(self) -> xr.DataArray:
        """Mean norm score of each model over the tests, by their weights; scores without norm are left out."""
        import xarray as xr

        return xr.DataArray([weighted_mean(row, self.weights) for row in self._norms()], dims=("model",),
                            coords={"model": [str(model) for model in self.models]}, name="mean")

    def stature(self, test: Test, model: Model) -> float:
        """Rank of a model among all by one test, 1 for the best."""
        return self.get_test(test).stature(model)

    def copy(self, transpose: bool | None = None) -> ScoreMatrix:
        """A matrix with the same scores, transposed as this one or as asked."""
        return ScoreMatrix(self.tests, self.models, [list(row) for row in self._rows], self.weights_,
                           self.transposed if transpose is None else transpose)

    @property
    def T(self) -> ScoreMatrix:
        """The same scores, shown the other way round."""
        return self.copy(transpose=not self.transposed)

    def add_mean(self) -> ScoreMatrix:
        """The matrix with a first column "Mean"."""
        weights = [0.0, *self.weights]
        rows = [[FloatScore(float(mean)), *row] for mean, row in zip(self.mean().values, self._rows, strict=True)]
        return ScoreMatrix([Test({}, name="Mean"), *self.tests], self.models, rows, weights, self.transposed)

    def by_hash(self) -> dict[tuple[str, str], Score]:
        """Scores by (model.hash(), test.hash()), for TestSuite.judge(known=…)."""
        tests = [test.hash() for test in self.tests]
        return {(model.hash(), tests[j]): score for model, row in zip(self.models, self._rows, strict=True)
                for j, score in enumerate(row)}

    def to_xarray(self) -> xr.Dataset:
        """Dataset (model, test): norm (float), type and text (str), and value (float, NaN for what is no number)."""
        import xarray as xr

        scores = self.copy(transpose=False)
        pick = {"value": lambda s: _number(s.score), "norm": norm_of, "type": lambda s: s.score_type, "text": str}
        arrays = {name: scores._labelled([[take(score) for score in row] for row in self._rows])
                  for name, take in pick.items()}
        return xr.Dataset(arrays).assign_coords(weight=("test", self.weights))

    def to_pandas(self) -> pd.DataFrame:
        """DataFrame of Score objects with names of models and tests."""
        import pandas as pd

        frame = pd.DataFrame(self._rows, index=[str(m) for m in self.models], columns=[str(t) for t in self.tests])
        return frame.T if self.transposed else frame

    def to_html(self, show_mean: bool | None = None, colorize: bool | None = None) -> str:
        """An HTML table: scores with the colour of their norm, descriptions as titles."""
        shown = self.add_mean() if (self.show_mean if show_mean is None else show_mean) else self
        return tables.html(*shown._as_shown(), colorize=self.colorize if colorize is None else colorize)

    def to_markdown(self, show_mean: bool = False) -> str:
        """A table in Markdown."""
        return tables.markdown(*(self.add_mean() if show_mean else self)._as_shown())

    def _as_shown(self) -> tuple[list, list, list]:
        models, tests = [str(m) for m in self.models], [str(t) for t in self.tests]
        return (tests, models, [list(c) for c in zip(*self._rows, strict=True)]) if self.transposed else (
            models, tests, self._rows)

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """All attributes; for people, names, weights and scores."""
        return dict(vars(self)) if exact else {
            "models": [str(m) for m in self.models], "tests": [str(t) for t in self.tests], "weights": self.weights,
            "scores": self._rows}

    def to_json(self) -> str:
        """The whole matrix as JSON, for `from_json`; tests and models must be of classes that can be imported."""
        return json.dumps(self.json(string=False, unpicklable=True))

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_markdown()

    __str__ = __repr__


def norm_of(score: Score) -> float:
    """Norm score as a float; NaN where there is none."""
    norm = score.norm_score
    return math.nan if norm is None else float(norm) if isinstance(norm, (bool, int, float, np.number)) else math.nan


def weighted_mean(norms: np.ndarray, weights: Sequence[float] | None = None) -> float:
    """Mean of the norms that are not NaN, by their weights; NaN if there is none, or all their weights are 0."""
    weights = np.ones(len(norms)) if weights is None else np.asarray(weights)
    there = ~np.isnan(norms)
    total = weights[there].sum()
    return float((norms[there] * weights[there]).sum() / total) if total > 0 else math.nan


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (bool, int, float, np.number)) else math.nan


def _array(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Plain numbers as such, anything else as objects."""
    if isinstance(values, np.ndarray):
        return values
    objects = np.empty(shape, object)
    for where in np.ndindex(shape):
        value = values
        for i in where:
            value = value[i]
        objects[where] = value
    kinds = {type(value) for value in objects.ravel()}
    return objects.astype(kinds.pop()) if len(kinds) == 1 and kinds <= {bool, int, float, str} else objects


def _place(item: Any, items: Sequence) -> int:
    for i, other in enumerate(items):
        if other is item:
            return i
    raise KeyError(f"{item} is not one of {', '.join(str(other) for other in items)}")


def _find(item: Any, items: Sequence) -> int | None:
    for i, other in enumerate(items):
        if other is item or (isinstance(item, str) and other.name == item):
            return i
    return None


def _named(name: str, items: Sequence, also: Sequence = ()) -> int:
    i = _find(name, items)
    if i is None:
        raise KeyError(f"No model or test with name '{name}'{nearest(name, [str(x.name) for x in [*items, *also]])}")
    return i
