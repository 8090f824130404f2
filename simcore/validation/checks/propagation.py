"""How activity travels and from which current a cell fires: runs of detailed cells against theory and another simulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from simcore.units import Param
from simcore.validation.capabilities import ProducesCurve
from simcore.validation.checks.limited import LIMIT, LimitedZTest
from simcore.validation.models.base import Model
from simcore.validation.scores import BooleanScore, InsufficientDataScore, Score, ZScore
from simcore.validation.tests import Test


class SlopeTest(LimitedZTest):
    """Does a quantity rise with an explored parameter as steeply as expected? Least-squares line through all runs.

    Observation: mean and std of the slope. Delays between the cells of a ring, for instance, add to the time from cell to
    cell with slope 1, whatever the cells are.
    """

    default_params = {"quantity": "succession", "over": "delay", "population": "ring", "units": "",  # noqa: RUF012
                      "limit": 2.0}
    params_schema: ClassVar = {
        "quantity": Param("succession", "", "name of the quantity"),
        "over": Param("delay", "", "explored parameter"),
        "population": Param("ring", "", "population that is looked at"),
        "units": Param("", "", "of the slope: the quantity's over the parameter's"), "limit": LIMIT}
    required_capabilities = (ProducesCurve,)

    def compute_params(self) -> None:
        """Units are a parameter."""
        self.units = self.params["units"]

    def generate_prediction(self, model: Model) -> dict[str, object]:
        """Slope, and the points: values of the parameter, means of the quantity."""
        x, y = model.produce_curve(self.params["quantity"], self.params["over"], self.params["population"])
        known = np.isfinite(y)
        slope = float(np.polyfit(x[known], y[known], 1)[0]) if known.sum() > 1 else np.nan
        return {"value": slope, "points": [x.tolist(), y.tolist()]}

    def compute_score(self, observation: Mapping, prediction: Mapping) -> Score:
        """Z of the slope; InsufficientDataScore if there are fewer than two points."""
        if np.isnan(prediction["value"]):
            return InsufficientDataScore(f"{self.params['quantity']} is known at fewer than two values of "
                                         f"{self.params['over']}")
        return self.score_type.compute(observation, {"value": prediction["value"]})

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Mapping) -> None:
        """Say the slopes, and keep the points of the line."""
        score.related_data["points"] = prediction["points"]
        if isinstance(score, ZScore):
            score.description = (f"{self.params['quantity']} rises by {prediction['value']:.6g} per unit of "
                                 f"{self.params['over']}, expected {observation['mean']:g} ± {observation['std']:.2g}")


class RheobaseTest(Test):
    """Is the rheobase between the currents of the sweep where firing begins?

    Observation: `rheobase` [nA], from which current on the cell goes on firing. The rate counts from `minimum` [Hz] on, so
    that spikes at the onset alone are none.
    """

    default_params = {"over": "current", "population": "cell", "minimum": 5.0}  # noqa: RUF012
    params_schema: ClassVar = {
        "over": Param("current", "", "explored parameter that is the current [nA]"),
        "population": Param("cell", "", "population that is looked at"),
        "minimum": Param(5.0, "Hz", "rate from which on a cell goes on firing", low=0.0)}
    required_capabilities = (ProducesCurve,)
    score_type = BooleanScore
    observation_schema = {"rheobase": {"type": "number", "required": True}}  # noqa: RUF012
    source = "Lapicque (1907) J Physiol Pathol Gen 9:620 (rheobase)"

    def generate_prediction(self, model: Model) -> dict[str, float]:
        """The largest current below which, and the smallest from which on, the cell fires [nA]; NaN if there is none."""
        currents, rates = model.produce_curve("mean_rate", self.params["over"], self.params["population"])
        fires = rates >= self.params["minimum"]
        first = int(np.argmax(fires)) if fires.any() else len(currents)
        return {"silent": float(currents[first - 1]) if first else np.nan,
                "firing": float(currents[first]) if first < len(currents) else np.nan}

    def compute_score(self, observation: Mapping, prediction: Mapping) -> Score:
        """Whether silent < rheobase <= firing; InsufficientDataScore if the sweep does not have both."""
        low, high = prediction["silent"], prediction["firing"]
        if np.isnan(low) or np.isnan(high):
            return InsufficientDataScore("firing does not begin within the currents of the sweep")
        return self.score_type(bool(low < observation["rheobase"] <= high))

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Mapping) -> None:
        """Say the currents."""
        score.related_data.update(prediction)
        score.description = (f"silent at {prediction['silent']:g} nA, firing at {prediction['firing']:g} nA; rheobase "
                             f"{observation['rheobase']:g} nA")

    def passes(self, score: Score) -> bool | None:
        """Whether it is between them."""
        return score.score if isinstance(score, BooleanScore) else None
