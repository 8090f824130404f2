"""Tests of single cells: f-I curve, adaptation, shape of action potentials, sag, EPSP. Times in ms, currents in nA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from simcore.units import Param
from simcore.validation.capabilities.cell import RespondsToCurrent, RespondsToSpike, Response
from simcore.validation.checks.limited import LIMIT, LimitedZTest
from simcore.validation.errors import ObservationError
from simcore.validation.features.potential import epsp_shape, sag_ratio, spike_shape
from simcore.validation.features.spikes import adaptation_index, rate
from simcore.validation.models.base import Model
from simcore.validation.scores import InsufficientDataScore, RelativeDifferenceScore, Score
from simcore.validation.tests import Test

_STEP = {"start": Param(100.0, "ms", "the current begins", low=0.0), "stop": Param(1100.0, "ms", "it ends", low=0.0),
         "duration": Param(1200.0, "ms", "length of the recording", low=0.0, low_open=True)}
_DEFAULTS = {name: param.default for name, param in _STEP.items()}
_CURRENT = Param(0.2, "nA", "injected current")


def _respond(test: Test, model: Model, current: float) -> Response:
    return model.inject_current(current, test.params["start"], test.params["stop"], test.params["duration"])


class FICurveTest(Test):
    """Does the cell fire at the observed rates for the observed currents?

    Observation: currents [nA], rates [Hz], and optionally std [Hz] of each rate. Score: root mean square of the
    differences, each relative to its std; without std, to `scale` (5 Hz). Up to 1 it passes.
    """

    default_params = {**_DEFAULTS, "scale": 5.0}  # noqa: RUF012
    params_schema: ClassVar = {**_STEP, "scale": Param(5.0, "Hz", "difference that counts as 1", low=0.0,
                                                       low_open=True)}
    required_capabilities = (RespondsToCurrent,)
    score_type = RelativeDifferenceScore
    observation_schema = {"currents": {"type": "list", "minlength": 1, "required": True},  # noqa: RUF012
                          "rates": {"type": "list", "minlength": 1, "required": True}, "std": {"type": "list"}}
    units = {"currents": "nA", "rates": "Hz", "std": "Hz", "value": "Hz"}  # noqa: RUF012
    source = "McCormick, Connors, Lighthall & Prince (1985) J Neurophysiol 54:782 (f-I curves)"

    def validate_observation(self, observation: Any) -> Any:
        """Lists of one length; ObservationError otherwise."""
        if isinstance(observation, Mapping) and observation.get("units") == "Hz":
            observation = {key: value for key, value in observation.items() if key != "units"}
        observation = super().validate_observation(observation)
        lengths = {key: len(observation[key]) for key in ("currents", "rates", "std") if key in observation}
        if len(set(lengths.values())) != 1:
            raise ObservationError(f"observation of {self.name}: currents, rates and std must have one length, "
                                   f"got {lengths}", name=self.name, got=lengths)
        return observation

    def generate_prediction(self, model: Model) -> dict[str, list[float]]:
        """Rates while the current flows [Hz]."""
        start, stop = self.params["start"], self.params["stop"]
        rates = [rate(_respond(self, model, current).spikes, start, stop) for current in self.observation["currents"]]
        return {"currents": list(self.observation["currents"]), "rates": rates}

    def compute_score(self, observation: Mapping, prediction: Mapping) -> Score:
        """sqrt(mean(((predicted - observed) / scale)^2))."""
        scale = np.asarray(observation.get("std", self.params["scale"]), float)
        difference = (np.asarray(prediction["rates"]) - np.asarray(observation["rates"], float)) / scale
        return self.score_type(float(np.sqrt(np.mean(difference**2))), {
            "currents_nA": list(observation["currents"]), "observed_Hz": list(observation["rates"]),
            "predicted_Hz": prediction["rates"], "difference_in_scale": difference.tolist()})

    def passes(self, score: Score) -> bool | None:
        """Whether the root mean square is at most 1."""
        return score.score <= 1 if isinstance(score, RelativeDifferenceScore) else None


class FeatureTest(LimitedZTest):
    """Base of tests of one feature of a response, against mean and std: `feature` names it."""

    feature = "value"

    def features(self, model: Model) -> dict[str, float]:
        """All that was measured; `feature` is what is compared."""
        raise NotImplementedError(f"{type(self).__name__} does not implement features")

    def generate_prediction(self, model: Model) -> dict[str, float]:
        """What was measured, with the compared feature as "value"."""
        found = self.features(model)
        return {**found, "value": found[self.params.get("feature", self.feature)]}

    def compute_score(self, observation: Mapping, prediction: Mapping) -> Score:
        """Z of the feature; InsufficientDataScore where it is undefined."""
        if np.isnan(prediction["value"]):
            return InsufficientDataScore(f"{self.params.get('feature', self.feature)} is undefined in this response")
        return self.score_type.compute(observation, {"value": prediction["value"]})

    def bind_score(self, score: Score, model: Model, observation: Any, prediction: Mapping) -> None:
        """Keep all that was measured."""
        score.related_data.update({key: value for key, value in prediction.items() if key != "value"})


class AdaptationTest(FeatureTest):
    """Does the cell adapt as observed? Mean relative change of successive inter-spike intervals during a current."""

    default_params = {**_DEFAULTS, "current": 0.5, "limit": 2.0}  # noqa: RUF012
    params_schema = {**_STEP, "current": _CURRENT, "limit": LIMIT}  # noqa: RUF012
    required_capabilities = (RespondsToCurrent,)
    feature = "adaptation_index"
    source = "Druckmann et al. (2007) Front Neurosci 1:7 (accommodation index)"

    def features(self, model: Model) -> dict[str, float]:
        """Adaptation index, and the number of spikes."""
        spikes = np.asarray(_respond(self, model, self.params["current"]).spikes)
        during = spikes[(spikes > self.params["start"]) & (spikes <= self.params["stop"])]
        return {"adaptation_index": adaptation_index(during), "n_spikes": float(len(during))}


class SpikeShapeTest(FeatureTest):
    """Are action potentials shaped as observed? feature: amplitude [mV], width [ms] or ahp [mV], mean over spikes."""

    default_params = {**_DEFAULTS, "current": 0.5, "limit": 2.0, "feature": "amplitude", "level": -20.0}  # noqa: RUF012
    params_schema = {**_STEP, "current": _CURRENT, "limit": LIMIT,  # noqa: RUF012
                     "feature": Param("amplitude", "", "what is compared", choices=("amplitude", "width", "ahp")),
                     "level": Param(-20.0, "mV", "potential that an action potential crosses")}
    required_capabilities = (RespondsToCurrent,)
    source = "Bean (2007) Nat Rev Neurosci 8:451, box 2"

    def compute_params(self) -> None:
        """Units are those of the feature."""
        self.units = "ms" if self.params["feature"] == "width" else "mV"

    def features(self, model: Model) -> dict[str, float]:
        """Mean amplitude, width, ahp and threshold; NaN without action potentials."""
        response = _respond(self, model, self.params["current"])
        shapes = spike_shape(response.v, response.t, level=self.params["level"])
        found = {key: [shape[key] for shape in shapes if not np.isnan(shape[key])]
                 for key in ("amplitude", "width", "ahp", "threshold")}
        return {key: float(np.mean(values)) if values else np.nan for key, values in found.items()}


class SagTest(FeatureTest):
    """Does the potential sag as observed when the cell is hyperpolarised? 0: not at all, 1: back to rest."""

    default_params = {**_DEFAULTS, "current": -0.1, "limit": 2.0}  # noqa: RUF012
    params_schema = {**_STEP, "current": _CURRENT, "limit": LIMIT}  # noqa: RUF012
    required_capabilities = (RespondsToCurrent,)
    feature = "sag_ratio"
    source = "Robinson & Siegelbaum (2003) Annu Rev Physiol 65:453"

    def features(self, model: Model) -> dict[str, float]:
        """Sag ratio."""
        response = _respond(self, model, self.params["current"])
        return {"sag_ratio": sag_ratio(response.v, response.t, self.params["start"], self.params["stop"])}


class EPSPTest(FeatureTest):
    """Is an excitatory postsynaptic potential as observed? feature: amplitude [mV], rise_time or time_to_peak [ms]."""

    default_params = {"onset": 20.0, "duration": 200.0, "limit": 2.0, "feature": "amplitude"}  # noqa: RUF012
    params_schema = {"onset": Param(20.0, "ms", "the spike arrives", low=0.0, low_open=True), "limit": LIMIT,  # noqa: RUF012
                     "duration": _STEP["duration"],
                     "feature": Param("amplitude", "", "what is compared",
                                      choices=("amplitude", "rise_time", "time_to_peak"))}
    required_capabilities = (RespondsToSpike,)
    source = "Rall (1967) J Neurophysiol 30:1138"

    def compute_params(self) -> None:
        """Units are those of the feature."""
        self.units = "mV" if self.params["feature"] == "amplitude" else "ms"

    def features(self, model: Model) -> dict[str, float]:
        """Amplitude, rise time and time to peak."""
        response = model.receive_spike(self.params["onset"], self.params["duration"])
        return epsp_shape(response.v, response.t, self.params["onset"])
