"""Models, tests and scores as scores.json has them: to look at, not to judge with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simcore.validation.models.base import Model
from simcore.validation.scores.base import Score
from simcore.validation.tests import Test


class RecordedModel(Model):
    """A model of a score file: its name, the parameters it was `at`, and ids of its runs."""

    def __init__(self, name: str, cell: Mapping):
        self.at, self.run_ids = dict(cell.get("at") or {}), list(cell.get("runs") or [])
        super().__init__(name, **self.at)


class RecordedTest(Test):
    """A test of a score file: its name, class and observation."""

    def __init__(self, cell: Mapping):
        super().__init__(cell.get("observation"), name=cell["test"])
        self.class_path, self.source = cell.get("class", ""), cell.get("source", "")
        self.description = cell.get("test_description") or self.description

    def validate_observation(self, observation: Any) -> Any:
        """As it is: it was validated when it judged."""
        return observation


class RecordedScore(Score):
    """A score of a type that is not one of simcore's."""

    recorded: Mapping = {}

    @property
    def norm_score(self) -> float | None:
        """The norm that was recorded."""
        return self.recorded.get("norm")

    @property
    def score_type(self) -> str:
        """Name of the type that was recorded."""
        return self.recorded.get("type", "Score")

    def __str__(self) -> str:
        return str(self.recorded.get("text", self.score))
