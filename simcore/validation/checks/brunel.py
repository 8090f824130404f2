"""Brunel's (2000) sparse network: is each regime where the paper has it, and is the rate that of the mean-field theory?

N. Brunel (2000), Dynamics of sparsely connected networks of excitatory and inhibitory spiking neurons, J Comput
Neurosci 8:183-208.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simcore.errors import nearest
from simcore.units import Param
from simcore.validation.capabilities import (
    KnowsParameters,
    ProducesIrregularity,
    ProducesRates,
    ProducesSpectrum,
    ProducesSynchrony,
)
from simcore.validation.checks.samples import Summary, summary
from simcore.validation.errors import ObservationError
from simcore.validation.models.base import Model
from simcore.validation.scores import BooleanScore, InsufficientDataScore, RelativeDifferenceScore, Score
from simcore.validation.tests import Test

POPULATION = Param("exc", "", "population that is looked at")
_SOURCE = "Brunel (2000) J Comput Neurosci 8:183"


class RegimeTest(Test):
    """Is the network in the state that Brunel (2000) found at this point?

    The observation has bounds of features of each regime; `regime` (by default the test's name) says which. Features
    are means over the runs; the test passes if all are within their bounds. Related data: for each feature the values
    of the runs, the bounds and why.
    """

    default_params = {"population": "exc", "regime": ""}    # noqa: RUF012
    params_schema = {"population": POPULATION, "regime": Param("", "", "regime; the test's name")}  # noqa: RUF012
    required_capabilities = (ProducesRates, ProducesIrregularity, ProducesSynchrony, ProducesSpectrum)
    score_type = BooleanScore
    source = f"{_SOURCE}, figure 8"

    def validate_observation(self, observation: Any) -> dict:
        """Bounds of one regime: {feature: {"bounds": [low, high], "why": text}} with source; ObservationError."""
        if isinstance(observation, Mapping) and "regimes" in observation:
            name, regimes = self.params["regime"] or self.name, observation["regimes"]
            if name not in regimes:
                raise ObservationError(f"there is no regime {name!r}{nearest(name, regimes)}", name=name,
                                       got=name, valid=list(regimes))
            observation = {**regimes[name], "regime": name, "source": observation.get("source", self.source)}
        features = _bounds_of(observation) if isinstance(observation, Mapping) else {}
        if not features:
            raise ObservationError(f"{self.name} needs bounds of {', '.join(FEATURES)}, got {observation!r}",
                                   name=self.name)
        for feature, entry in features.items():
            if feature not in FEATURES:
                raise ObservationError(f"{feature!r} is no feature of a regime{nearest(feature, FEATURES)}",
                                       name=feature)
            if not (isinstance(entry["bounds"], list) and len(entry["bounds"]) == 2):
                raise ObservationError(f"bounds of {feature} must be [low, high], got {entry['bounds']!r}",
                                       name=feature)
        return dict(observation)

    def generate_prediction(self, model: Model) -> dict[str, Summary]:
        """Each feature that has bounds, over the runs."""
        population = self.params["population"]
        return {feature: summary(FEATURES[feature](model, population)) for feature in _bounds_of(self.observation)}

    def compute_score(self, observation: Mapping, prediction: Mapping[str, Summary]) -> Score:
        """Pass if the mean of each feature is within its bounds; InsufficientDataScore if one is undefined."""
        undefined = [feature for feature, found in prediction.items() if np.isnan(found["mean"])]
        if undefined:
            return InsufficientDataScore(f"undefined in these runs: {', '.join(undefined)} (too few spikes?)")
        rows = {feature: _row(prediction[feature], entry) for feature, entry in _bounds_of(observation).items()}
        return self.score_type(all(row["inside"] for row in rows.values()), related_data={"features": rows})

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Mapping) -> None:
        """Say which features were where."""
        rows = score.related_data.get("features", {})
        parts = [f"{feature} {row['mean']:.3g} {'in' if row['inside'] else 'NOT in'} {_text(row['bounds'])}"
                 for feature, row in rows.items()]
        if parts:
            score.description = f"{observation.get('meaning', observation.get('regime', 'regime'))}: {'; '.join(parts)}"


class MeanFieldRateTest(Test):
    """Is the mean rate that of the self-consistent mean-field solution?

    The rate is computed here from the theory, for the parameters that the model was run with (g, eta, J, epsilon,
    n_exc, n_inh, cell.*; those it does not know are the paper's). The score is the difference relative to `tolerance`
    times the theory; up to 1 it passes. The theory holds for the asynchronous irregular state, in the diffusion
    approximation:
    5 % allow for the finite size of synaptic jumps, J / (theta - V_r) = 1 %, which it neglects.
    """

    default_params = {"population": "exc", "tolerance": 0.05}    # noqa: RUF012
    params_schema = {"population": POPULATION,  # noqa: RUF012
                     "tolerance": Param(0.05, "", "relative difference that is accepted", low=0.0, low_open=True)}
    required_capabilities = (ProducesRates, KnowsParameters)
    score_type = RelativeDifferenceScore
    units = "Hz"
    source = f"{_SOURCE}, section 3; Siegert (1951) Phys Rev 81:617"

    def validate_observation(self, observation: Any) -> Any:
        """There is none: the theory takes its place."""
        return observation

    def generate_prediction(self, model: Model) -> dict[str, Any]:
        """Mean rate over the runs, with std, sem, n; and the rate of the theory."""
        from simcore.analysis.meanfield import brunel_rate  # scipy

        known = theory_parameters(model)
        return {**summary(model.produce_rate(self.params["population"])), "theory": brunel_rate(**known),
                "parameters": known}

    def compute_score(self, observation: Any, prediction: Mapping) -> Score:
        """|mean - theory| / (tolerance theory)."""
        theory = prediction["theory"]
        if not theory > 0 or np.isnan(prediction["mean"]):
            return InsufficientDataScore(f"mean rate {prediction['mean']} Hz, mean-field rate {theory} Hz")
        related = {"theory": theory, "difference": prediction["mean"] / theory - 1,
                   "tolerance": self.params["tolerance"],
                   "parameters": prediction["parameters"], "runs": prediction["values"]}
        return self.score_type(abs(prediction["mean"] - theory) / (self.params["tolerance"] * theory), related)

    def bind_score(self, score: Score, model: Model, observation: Any, prediction: Mapping) -> None:
        """Say both rates; the theory is the observation."""
        if "theory" in score.related_data:
            score.observation = {"value": prediction["theory"], "units": "Hz", "source": self.source}
            score.description = (
                f"mean rate {prediction['mean']:.3g} Hz (n = {prediction['n']}) against {prediction['theory']:.3g} Hz "
                f"of the mean-field theory: {score.related_data['difference']:+.1%}, "
                f"accepted ±{self.params['tolerance']:.0%}")

    def passes(self, score: Score) -> bool | None:
        """Whether the difference is at most the tolerance."""
        return score.score <= 1 if isinstance(score, RelativeDifferenceScore) else None


def theory_parameters(model: Model) -> dict[str, float]:
    """Arguments of brunel_rate for a model: what it knows of its parameters, else the paper's."""
    from simcore.experiments.brunel import PARAMETERS  # networks

    def value(name: str) -> float:
        declared: Any = PARAMETERS
        for part in name.split("."):
            declared = declared[part]
        return float(model.parameter(name, declared.default))

    n_exc, n_inh, epsilon = value("n_exc"), value("n_inh"), value("epsilon")
    cell = {name: value(f"cell.{name}") for name in ("tau_m", "v_thresh", "v_reset", "tau_refrac")}
    degree = {name: round(epsilon * n) for name, n in (("exc", n_exc), ("inh", n_inh))}
    return {"C_E": degree["exc"], "gamma": degree["inh"] / degree["exc"], "g": value("g"), "J": value("J"),
            "tau": cell["tau_m"], "theta": cell["v_thresh"], "V_r": cell["v_reset"], "tau_rp": cell["tau_refrac"],
            "nu_ext_over_nu_thr": value("eta")}


def modulation(model: Model, population: str) -> np.ndarray:
    """Standard deviation of the population rate over its mean, from the integral of its power spectrum (run,)."""
    spectrum = model.produce_spectrum(population)
    variance = spectrum.integrate("frequency").values
    rate = model.produce_rate(population).values
    return np.divide(np.sqrt(variance), rate, out=np.full(rate.shape, np.nan), where=rate > 0)


def _spikes_per_cycle(model: Model, population: str) -> np.ndarray:
    return model.produce_rate(population).values / model.produce_dominant_frequency(population).values


FEATURES = {
    "rate": lambda model, population: model.produce_rate(population),
    "cv_isi": lambda model, population: model.produce_cv_isi(population),
    "synchrony": lambda model, population: model.produce_synchrony(population),
    "modulation": modulation,
    "dominant_frequency": lambda model, population: model.produce_dominant_frequency(population),
    "spikes_per_cycle": _spikes_per_cycle,
}


def _bounds_of(observation: Mapping) -> dict[str, Mapping]:
    return {key: entry for key, entry in observation.items() if isinstance(entry, Mapping) and "bounds" in entry}


def _row(found: Summary, entry: Mapping) -> dict[str, Any]:
    low, high = entry["bounds"]
    inside = (low is None or found["mean"] >= low) and (high is None or found["mean"] <= high)
    return {**found, "bounds": entry["bounds"], "inside": bool(inside), "why": entry.get("why", "")}


def _text(bounds: list) -> str:
    low, high = bounds
    return f"[{'-∞' if low is None else f'{low:g}'}, {'∞' if high is None else f'{high:g}'}]"
