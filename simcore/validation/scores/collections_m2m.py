"""Arrays and matrices of scores of models against models; the observation, if there is one, is the first label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import nearest
from simcore.validation.base import SciUnit
from simcore.validation.models.base import Model
from simcore.validation.scores import tables
from simcore.validation.scores.base import Score
from simcore.validation.scores.labels import VIEWS, as_array, norm_of
from simcore.validation.tests import Test

if TYPE_CHECKING:
    import xarray as xr

OBSERVATION = "observation"


class _OfPairs(SciUnit):
    """What the array and the matrix share: the labels, and how to find one."""

    state_hide = VIEWS
    test: Test
    models: list[Model]

    @property
    def index(self) -> list:
        """The labels: the test in place of the observation if there is one, then the models."""
        return [*([self.test] if self.test.observation is not None else []), *self.models]

    @property
    def names(self) -> list[str]:
        """The labels as text."""
        return [OBSERVATION if item is self.test else str(item.name) for item in self.index]

    def json_state(self, *, exact: bool) -> dict[str, Any]:
        """All attributes; for people, names and scores."""
        return dict(vars(self)) if exact else {
            "test": str(self.test), "models": self.names,
            "scores": vars(self).get("_rows") or vars(self).get("_scores")}

    def place(self, item: Any) -> int:
        """Position of a model, of the test or "observation", or of a name; KeyError naming the nearest."""
        wanted = OBSERVATION if isinstance(item, str) and item.lower() == OBSERVATION else item
        for i, (other, name) in enumerate(zip(self.index, self.names, strict=True)):
            if other is wanted or name == wanted or (isinstance(wanted, str) and other.name == wanted):
                return i
        raise KeyError(f"Doesn't match test, 'observation' or any model: '{item}'{nearest(str(item), self.names)}")


class ScoreArrayM2M(_OfPairs):
    """Scores of one model (or of the observation) against all: array[model], array["observation"]."""

    def __init__(self, test: Test, models: Sequence[Model], scores: Sequence[Score]):
        self.test, self.models, self._scores = test, list(models), list(scores)

    def __getitem__(self, item: Any) -> Score:
        return self._scores[item if isinstance(item, int) else self.place(item)]

    def get_by_name(self, name: str) -> Score:
        """The score against the model of this name, or against the observation."""
        return self._scores[self.place(name)]

    def __iter__(self) -> Iterator[Score]:
        return iter(self._scores)

    def __len__(self) -> int:
        return len(self._scores)

    @property
    def scores(self) -> xr.DataArray:
        """Values of the scores (model)."""
        return _labelled([score.score for score in self._scores], [self.names], ["model"])

    score = scores

    @property
    def norm_scores(self) -> xr.DataArray:
        """Norm scores (model); NaN where there is none."""
        return _labelled([norm_of(score) for score in self._scores], [self.names], ["model"])

    @property
    def related_data(self) -> xr.DataArray:
        """Related data of the scores (model)."""
        return _labelled([score.related_data for score in self._scores], [self.names], ["model"])


class ScoreMatrixM2M(_OfPairs):
    """Scores of all pairs: sm[model], sm["observation"] are arrays; sm[model, other] is a score."""

    def __init__(self, test: Test, models: Sequence[Model], scores: Sequence[Sequence[Score]]):
        self.test, self.models = test, list(models)
        self._rows = [list(row) for row in scores]
        n = len(self.index)
        if len(self._rows) != n or any(len(row) != n for row in self._rows):
            raise ValueError(f"{n} by {n} scores are needed, got rows of {[len(row) for row in self._rows]}")

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, (Test, Model, str)):
            return ScoreArrayM2M(self.test, self.models, self._rows[self.place(item)])
        if isinstance(item, (list, tuple)) and len(item) == 2:
            return self.get_group(item)
        raise TypeError("Expected test/'observation'; model; test/'observation',model; model,test/'observation'; or "
                        f"model,model, got {item!r}")

    def get_by_name(self, name: str) -> ScoreArrayM2M:
        """Scores of the model of this name, or of the observation."""
        return self[name]

    def get_group(self, x: Sequence) -> Score:
        """Score of a pair of models, tests or names; TypeError for anything else."""
        if len(x) != 2 or not all(isinstance(part, (Test, Model, str)) for part in x):
            raise TypeError(f"Expected test/model pair, got {x!r}")
        return self._rows[self.place(x[0])][self.place(x[1])]

    @property
    def scores(self) -> xr.DataArray:
        """Values of the scores (model, against)."""
        return self._of(lambda score: score.score)

    score = scores

    @property
    def norm_scores(self) -> xr.DataArray:
        """Norm scores (model, against); NaN where there is none."""
        return self._of(norm_of)

    norm_score = norm_scores

    @property
    def related_data(self) -> xr.DataArray:
        """Related data of the scores (model, against)."""
        return self._of(lambda score: score.related_data)

    def _of(self, take: Any) -> xr.DataArray:
        return _labelled([[take(score) for score in row] for row in self._rows], [self.names] * 2, ["model", "against"])

    def to_html(self) -> str:
        """An HTML table."""
        return tables.html(self.names, self.names, self._rows)

    def to_markdown(self) -> str:
        """A table in Markdown."""
        return tables.markdown(self.names, self.names, self._rows)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_markdown()

    __str__ = __repr__


def _labelled(values: Any, names: list[list[str]], dims: list[str]) -> xr.DataArray:
    import xarray as xr

    shape = tuple(len(labels) for labels in names)
    return xr.DataArray(as_array(values, shape) if not isinstance(values, np.ndarray) else values, dims=dims,
                        coords=dict(zip(dims, names, strict=True)))
