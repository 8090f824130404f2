"""Matrices of scores, labelled with tests and models; arrays are in `array`.

They hold the scores themselves; `to_xarray` gives values, norm scores, types and texts as an xarray.Dataset with
dims (model, test). (SciUnit's own are subclasses of pandas' classes, which breaks with new versions of pandas.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.validation.base import SciUnit, TestWeighted
from simcore.validation.models.base import Model
from simcore.validation.scores import tables
from simcore.validation.scores.array import ScoreArray
from simcore.validation.scores.base import Score
from simcore.validation.scores.incomplete import NoneScore
from simcore.validation.scores.labels import VIEWS, as_array, find, named, norm_of, number_of, place, weighted_mean
from simcore.validation.scores.numbers import FloatScore
from simcore.validation.tests import Test

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["ScoreArray", "ScoreMatrix"]


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
        j = place(test, self.tests)
        return ScoreArray(self.models, [row[j] for row in self._rows], name=test.name)

    def get_model(self, model: Model) -> ScoreArray:
        """Scores of one model by all tests."""
        return ScoreArray(self.tests, self._rows[place(model, self.models)], self.weights, name=model.name)

    def get_group(self, x: Sequence) -> Score:
        """Score of (test, model) or (model, test), objects or names; TypeError for anything else."""
        first, second = x
        for model, test in ((first, second), (second, first)):
            if isinstance(model, (Model, str)) and isinstance(test, (Test, str)):
                i, j = find(model, self.models), find(test, self.tests)
                if i is not None and j is not None:
                    return self._rows[i][j]
        if not all(isinstance(part, (Model, Test, str)) for part in x):
            raise TypeError(f"Expected (test, model) or (model, test), got {x!r}")
        raise KeyError(f"No pair of model and test {x!r}")

    def get_by_name(self, name: str) -> ScoreArray:
        """Scores of the model, or by the test, of this name; KeyError naming the nearest."""
        i = find(name, self.models)
        if i is not None:
            return self.get_model(self.models[i])
        return self.get_test(self.tests[named(name, self.tests, also=self.models)])

    def set(self, model: Model, test: Test, score: Score) -> None:
        """Put a score in its place."""
        self._rows[place(model, self.models)][place(test, self.tests)] = score

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

        array = xr.DataArray(as_array(values, (len(self.models), len(self.tests))), dims=("model", "test"),
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
        pick = {"value": lambda s: number_of(s.score), "norm": norm_of, "type": lambda s: s.score_type, "text": str}
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

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_markdown()

    __str__ = __repr__
