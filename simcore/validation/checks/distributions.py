"""Tests of distributions, and of responses in time: Kolmogorov-Smirnov, Wasserstein, effect size, PSTH."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simcore.units import Param
from simcore.validation.capabilities.cell import ProducesSample, ProducesSpikeTimes
from simcore.validation.dimension import unit_text
from simcore.validation.errors import ObservationError
from simcore.validation.features.distributions import hedges_g
from simcore.validation.features.spikes import psth
from simcore.validation.models.base import Model
from simcore.validation.scores import (
    CohenDScore,
    CorrelationScore,
    DistanceScore,
    InsufficientDataScore,
    PValueScore,
    Score,
)
from simcore.validation.tests import Test


class SampleTest(Test):
    """Base of tests of a sample against an observed one: observation {"values": […], units, source}."""

    default_params = {"sample": "", "population": "exc", "units": ""}  # noqa: RUF012
    observation_schema = {"values": {"type": "list", "minlength": 2, "required": True}}  # noqa: RUF012
    required_capabilities = (ProducesSample,)

    def compute_params(self) -> None:
        """Units are a parameter where the class has none."""
        self.units = self.params.get("units") or self.units

    def generate_prediction(self, model: Model) -> np.ndarray:
        """The values, without undefined ones."""
        values = np.asarray(model.produce_sample(self.params["sample"], self.params["population"]), float).ravel()
        return values[~np.isnan(values)]

    def compute_score(self, observation: Mapping, prediction: np.ndarray) -> Score:
        """The comparison; InsufficientDataScore for fewer than two values."""
        observed = np.asarray(observation["values"], float)
        if len(prediction) < 2:
            return InsufficientDataScore(f"{len(prediction)} values of {self.params['sample'] or 'the sample'}")
        return self.compare(observed, prediction)

    def compare(self, observed: np.ndarray, predicted: np.ndarray) -> Score:
        """The score of two samples."""
        raise NotImplementedError(f"{type(self).__name__} does not implement compare")

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: np.ndarray) -> None:
        """Keep quantiles of both samples, for a figure of one against the other."""
        at = np.linspace(0, 1, 21)
        if len(prediction) > 1:
            score.related_data.update(
                n_observed=len(observation["values"]), n_predicted=len(prediction), quantiles=at.tolist(),
                observed=np.quantile(np.asarray(observation["values"], float), at).tolist(),
                predicted=np.quantile(prediction, at).tolist(), units=unit_text(self.units))


class KolmogorovSmirnovTest(SampleTest):
    """Could both samples be of one distribution? The p-value of the two-sample Kolmogorov-Smirnov statistic."""

    default_params = {**SampleTest.default_params, "alpha": 0.05}  # noqa: RUF012
    score_type = PValueScore
    source = "Kolmogorov (1933), Smirnov (1948); Hodges (1958) Ark Mat 3:469"

    def compare(self, observed: np.ndarray, predicted: np.ndarray) -> Score:
        """p, two-sided; the statistic is related data."""
        from scipy.stats import ks_2samp

        found = ks_2samp(observed, predicted)
        return self.score_type(float(found.pvalue), {"statistic": float(found.statistic)})

    def passes(self, score: Score) -> bool | None:
        """Whether p is at least alpha."""
        return score.score >= self.params["alpha"] if isinstance(score, PValueScore) else None


class WassersteinTest(SampleTest):
    """How far is one sample from the other? The Wasserstein-1 distance, relative to `scale` (the observed std)."""

    default_params = {**SampleTest.default_params, "scale": 0.0, "limit": 0.5}  # noqa: RUF012
    score_type = DistanceScore
    source = "Vallender (1974) Theory Probab Appl 18:784"

    def compare(self, observed: np.ndarray, predicted: np.ndarray) -> Score:
        """Distance over scale."""
        from scipy.stats import wasserstein_distance

        scale = self.params["scale"] or float(np.std(observed, ddof=1))
        if not scale > 0:
            return InsufficientDataScore("the observed values do not differ: give a scale")
        distance = float(wasserstein_distance(observed, predicted))
        return self.score_type(distance / scale, {"distance": distance, "scale": scale})

    def passes(self, score: Score) -> bool | None:
        """Whether the distance is at most `limit` scales."""
        return score.score <= self.params["limit"] if isinstance(score, DistanceScore) else None


class EffectSizeTest(SampleTest):
    """How large is the difference of the means? Hedges' g; |g| up to `limit` (0.5, a medium effect) passes."""

    default_params = {**SampleTest.default_params, "limit": 0.5}  # noqa: RUF012
    score_type = CohenDScore
    source = "Hedges (1981) J Educ Stat 6:107; Cohen (1988) Statistical Power Analysis, ch. 2"

    def compare(self, observed: np.ndarray, predicted: np.ndarray) -> Score:
        """g of predicted against observed."""
        effect = hedges_g(predicted, observed)
        return InsufficientDataScore("neither sample varies") if np.isnan(effect) else self.score_type(effect)

    def passes(self, score: Score) -> bool | None:
        """Whether |g| is at most the limit."""
        return abs(score.score) <= self.params["limit"] if isinstance(score, CohenDScore) else None


class PSTHTest(Test):
    """Does the rate follow the stimulus as observed? Correlation of peri-stimulus time histograms.

    Observation: rates [Hz] of bins of width bin [ms] from start [ms] on.
    """

    default_params = {"limit": 0.7}  # noqa: RUF012
    params_schema = {"limit": Param(0.7, "", "correlation from which on it passes", low=-1.0, high=1.0)}  # noqa: RUF012
    required_capabilities = (ProducesSpikeTimes,)
    score_type = CorrelationScore
    observation_schema = {"rates": {"type": "list", "minlength": 3, "required": True},  # noqa: RUF012
                          "bin": {"type": "number", "required": True}, "start": {"type": "number"}}
    source = "Gerstein & Kiang (1960) Biophys J 1:15"

    def validate_observation(self, observation: Any) -> Any:
        """Bins must be wider than 0; ObservationError."""
        if isinstance(observation, Mapping) and observation.get("units") == "Hz":      # of the rates; bins are in ms
            observation = {key: value for key, value in observation.items() if key != "units"}
        observation = super().validate_observation(observation)
        if not observation["bin"] > 0:
            raise ObservationError(f"observation of {self.name}: bin must be > 0 ms, got {observation['bin']} ms")
        return observation

    def generate_prediction(self, model: Model) -> dict[str, list[float]]:
        """The histogram in the bins of the observation."""
        width, start = self.observation["bin"], self.observation.get("start", 0.0)
        stop = start + width * len(self.observation["rates"])
        time, rates = psth(model.produce_spike_times(), start, stop, width)
        return {"time": time.tolist(), "rates": rates.tolist()}

    def compute_score(self, observation: Mapping, prediction: Mapping) -> Score:
        """Pearson's coefficient; InsufficientDataScore where a histogram is flat."""
        if np.ptp(prediction["rates"]) == 0 or np.ptp(observation["rates"]) == 0:
            return InsufficientDataScore("a histogram is flat: it correlates with nothing")
        score = self.score_type.compute(observation["rates"], prediction["rates"])
        score.related_data.update(time_ms=prediction["time"], observed_Hz=list(observation["rates"]),
                                  predicted_Hz=prediction["rates"])
        return score

    def passes(self, score: Score) -> bool | None:
        """Whether the correlation is at least the limit."""
        return score.score >= self.params["limit"] if isinstance(score, CorrelationScore) else None
