"""f–I curves of runs: one run (or several trials) for each current, explored as a parameter of the experiment.

The tests of `cells` inject currents into a model themselves; these judge what a study has run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from simcore.units import Param
from simcore.validation.capabilities import ProducesCurve
from simcore.validation.checks.cells import FICurveTest
from simcore.validation.checks.limited import LIMIT, LimitedZTest
from simcore.validation.errors import PredictionError
from simcore.validation.features.curves import slope_above_threshold
from simcore.validation.models.base import Model
from simcore.validation.scores import InsufficientDataScore, Score, ZScore

_POPULATION = Param("cell", "", "population that is looked at")
_OVER = Param("current", "", "explored parameter that is the current [nA]")


class RunsFICurveTest(FICurveTest):
    """Do runs fire at the observed rates for the observed currents?

    Observation and score are those of `cells.FICurveTest`; there must be a run for each of the currents.
    """

    default_params = {"population": "cell", "over": "current", "scale": 5.0}  # noqa: RUF012
    params_schema: ClassVar = {"population": _POPULATION, "over": _OVER, "scale": FICurveTest.params_schema["scale"]}
    required_capabilities = (ProducesCurve,)

    def generate_prediction(self, model: Model) -> dict[str, list[float]]:
        """Rates of the runs at the observed currents [Hz], and the whole curve."""
        currents, rates = model.produce_curve("mean_rate", self.params["over"], self.params["population"])
        wanted = np.asarray(self.observation["currents"], float)
        near = np.abs(currents[:, None] - wanted).argmin(axis=0)
        missing = wanted[~np.isclose(currents[near], wanted, rtol=1e-6, atol=1e-9)]
        if len(missing):
            raise PredictionError.about(model, f"no run has {self.params['over']} = {missing[0]:g} nA; "
                                               f"there are {', '.join(f'{current:g}' for current in currents)}", "rates")
        return {"currents": wanted.tolist(), "rates": rates[near].tolist(),
                "curve": {"currents": currents.tolist(), "rates": rates.tolist()}}

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Mapping) -> None:
        """Say each current and rate, and keep the curve."""
        std = observation.get("std", [self.params["scale"]] * len(prediction["rates"]))
        score.related_data["curve"] = prediction["curve"]
        score.description = "; ".join(
            f"{rate:.3g} Hz at {current:g} nA against {observed:g} ± {width:.2g} Hz" for current, rate, observed, width
            in zip(prediction["currents"], prediction["rates"], observation["rates"], std, strict=True))


class FISlopeTest(LimitedZTest):
    """Is the f–I curve as steep as observed? Line through the rates from the first current that makes the cell fire.

    Currents up to `span` above that one count. The observation is a slope with its standard deviation over cells (or
    standard error and n) [Hz/nA].
    """

    default_params = {"population": "cell", "over": "current", "span": 0.3, "limit": 2.0}  # noqa: RUF012
    params_schema: ClassVar = {
        "population": _POPULATION, "over": _OVER,
        "span": Param(0.3, "nA", "currents up to this above the first that counts", low=0.0, low_open=True),
        "limit": LIMIT}
    required_capabilities = (ProducesCurve,)
    units = "Hz/nA"
    source = "McCormick, Connors, Lighthall & Prince (1985) J Neurophysiol 54:782 (slope of the f-I curve)"

    def generate_prediction(self, model: Model) -> dict[str, object]:
        """Slope [Hz/nA], the first current with spikes [nA], and the curve."""
        currents, rates = model.produce_curve("mean_rate", self.params["over"], self.params["population"])
        value, first, n = slope_above_threshold(currents, rates, self.params["span"])
        return {"value": value, "first_current": first, "n_currents": n,
                "curve": {"currents": currents.tolist(), "rates": rates.tolist()}}

    def compute_score(self, observation: Mapping, prediction: Mapping) -> Score:
        """Z of the slope; InsufficientDataScore with fewer than two currents that make the cell fire."""
        if np.isnan(prediction["value"]):
            return InsufficientDataScore("fewer than two of the currents make the cell fire")
        return self.score_type.compute(observation, {"value": prediction["value"]})

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Mapping) -> None:
        """Say the slopes, and keep the curve."""
        score.related_data.update({key: value for key, value in prediction.items() if key != "value"})
        if isinstance(score, ZScore):
            score.description = (f"slope of {prediction['value']:.3g} Hz/nA over {prediction['n_currents']} currents from "
                                 f"{prediction['first_current']:g} nA, against {observation['mean']:g} ± "
                                 f"{observation['std']:.2g} Hz/nA")
