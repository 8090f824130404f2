"""Two kinds of tests that others are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simcore.validation.capabilities.base import ProducesNumber
from simcore.validation.errors import ObservationError
from simcore.validation.models.base import Model
from simcore.validation.scores import BooleanScore, Score
from simcore.validation.tests import Test


class RangeTest(Test):
    """Test if the model generates a number within a certain range, without its ends: observation (low, high)."""

    required_capabilities = (ProducesNumber,)
    score_type = BooleanScore

    def __init__(self, observation: Sequence[float], name: str | None = None, **params: Any):
        super().__init__(observation, name=name, **params)

    def validate_observation(self, observation: Any) -> Any:
        """A list or tuple of two numbers, the second the larger; ObservationError otherwise."""
        if not isinstance(observation, (tuple, list)) or len(observation) != 2 or not observation[1] > observation[0]:
            raise ObservationError(f"the observation of {self.name} must be (low, high) with low < high, got "
                                   f"{observation!r}", name=self.name, got=observation)
        return observation

    def generate_prediction(self, model: Model) -> float:
        """The number that the model produces."""
        return model.produce_number()

    def compute_score(self, observation: Sequence[float], prediction: float) -> Score:
        """Whether low < prediction < high."""
        return self.score_type(bool(observation[0] < prediction < observation[1]))


class ProtocolToFeaturesTest(Test):
    """A test whose prediction takes three steps: set up a protocol, run the model, extract features of the result.

    A test author writes these three instead of `generate_prediction`.
    """

    def generate_prediction(self, model: Model) -> Any:
        """Features of the result of the protocol."""
        assert callable(getattr(model, "run", None)), "Model must have a `run` method to use a ProtocolToFeaturesTest"
        self.setup_protocol(model)
        return self.extract_features(model, self.get_result(model))

    def setup_protocol(self, model: Model) -> Any:
        """Set up the experiment: run parameters, stimuli. Returns NotImplementedError where it is not written."""
        return NotImplementedError(f"{self.name} does not implement setup_protocol")

    def get_result(self, model: Model) -> Any:
        """Run the model and return what it gives. Returns NotImplementedError where it is not written."""
        return NotImplementedError(f"{self.name} does not implement get_result")

    def extract_features(self, model: Model, result: Any) -> Any:
        """The prediction, from the result. Returns NotImplementedError where it is not written."""
        return NotImplementedError(f"{self.name} does not implement extract_features")
