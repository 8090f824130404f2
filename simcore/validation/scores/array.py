"""Scores of one model by several tests, or of several models by one test."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.validation.base import SciUnit, TestWeighted
from simcore.validation.models.base import Model
from simcore.validation.scores import tables
from simcore.validation.scores.base import Score
from simcore.validation.scores.incomplete import NoneScore
from simcore.validation.scores.labels import VIEWS, as_array, named, norm_of, place, weighted_mean
from simcore.validation.tests import Test

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


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
        return self._scores[place(item, self.index)]

    def get_by_name(self, name: str) -> Score:
        """The score of the test or model of this name; KeyError naming the nearest."""
        return self._scores[named(name, self.index)]

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
        return xr.DataArray(as_array(values, (len(self.index),)), dims=(dim,),
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
