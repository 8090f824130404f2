"""Tests of derived quantities of a population against an observed mean and standard deviation.

The prediction is the mean over the runs (trials); the score its Z in standard deviations of the observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simcore.units import Param
from simcore.validation.capabilities import ProducesQuantity
from simcore.validation.checks.limited import LIMIT, LimitedZTest
from simcore.validation.checks.samples import Summary, summary
from simcore.validation.dimension import plain, unit_text
from simcore.validation.errors import ParametersError
from simcore.validation.features.distributions import bootstrap_interval
from simcore.validation.models.base import Model
from simcore.validation.scores import BooleanScore, InsufficientDataScore, Score, ZScore


class QuantityTest(LimitedZTest):
    """Is a derived quantity as observed? Parameters: quantity, population, limit (|Z| up to which it passes)."""

    quantity = ""
    default_params = {"population": "exc", "limit": 2.0}  # noqa: RUF012
    params_schema = {"quantity": Param("", "", "name of the quantity"), "limit": LIMIT,  # noqa: RUF012
                     "population": Param("exc", "", "population that is looked at")}
    required_capabilities = (ProducesQuantity,)

    def compute_params(self) -> None:
        """The quantity is that of the class, or a parameter; its units those of the declaration."""
        self.params["quantity"] = self.params.get("quantity") or self.quantity
        if not self.params["quantity"]:
            raise ParametersError(f"{self.name} needs the parameter 'quantity'", name="quantity")
        if not self.units:
            from simcore.analysis import QUANTITIES

            declared = QUANTITIES.get(self.params["quantity"])
            self.units = unit_text(declared.units) if declared else ""
            self.source = self.source or (declared.source if declared else "")

    def generate_prediction(self, model: Model) -> Summary:
        """The quantity over the runs, in the test's units."""
        values = model.produce_quantity(self.params["quantity"], self.params["population"])
        units = unit_text(values.attrs.get("units"))
        return summary(plain(_quantity(values.values, units), self.units) if units != unit_text(self.units) else values)

    def compute_score(self, observation: Mapping, prediction: Summary) -> Score:
        """Z of the mean; InsufficientDataScore if the quantity is undefined in all runs."""
        if np.isnan(prediction["mean"]):
            return InsufficientDataScore(f"{self.params['quantity']} is undefined in these runs")
        return self.score_type.compute(observation, prediction)

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Summary) -> None:
        """Say the numbers; related data: values of the runs, and the bootstrap interval of their mean."""
        if not isinstance(score, ZScore):
            return
        low, high = bootstrap_interval(prediction["values"])
        score.related_data.update(runs=prediction["values"], interval_95=[low, high], p_value=score.p_value)
        score.description = (f"{self.params['quantity']} of {self.params['population']}: {prediction['mean']:.4g} "
                             f"(n = {prediction['n']}) against {observation['mean']:.4g} ± {observation['std']:.4g} "
                             f"{unit_text(self.units)}").strip()


class QuantityRangeTest(QuantityTest):
    """Is a derived quantity within an observed range? The observation has `min` and `max`, in the quantity's units."""

    default_params = {"population": "exc"}  # noqa: RUF012
    params_schema = {name: QuantityTest.params_schema[name] for name in ("quantity", "population")}  # noqa: RUF012
    score_type = BooleanScore
    observation_schema = {name: {"type": "number", "required": True} for name in ("min", "max")}  # noqa: RUF012

    def compute_score(self, observation: Mapping, prediction: Summary) -> Score:
        """Whether the mean over the runs is in [min, max]; InsufficientDataScore if it is undefined in all of them."""
        if np.isnan(prediction["mean"]):
            return InsufficientDataScore(f"{self.params['quantity']} is undefined in these runs")
        return self.score_type(bool(observation["min"] <= prediction["mean"] <= observation["max"]))

    def bind_score(self, score: Score, model: Model, observation: Mapping, prediction: Summary) -> None:
        """Say the numbers; related data: values of the runs."""
        score.related_data["runs"] = prediction["values"]
        score.description = (f"{self.params['quantity']} of {self.params['population']}: {prediction['mean']:.4g} "
                             f"(n = {prediction['n']}), observed {observation['min']:g} to {observation['max']:g} "
                             f"{unit_text(self.units)}").strip()

    def passes(self, score: Score) -> bool | None:
        """Whether it is in the range."""
        return score.score if isinstance(score, BooleanScore) else None


class FiringRateTest(QuantityTest):
    """Is the mean firing rate of the population as observed?"""

    quantity, units, source = "mean_rate", "Hz", "Dayan & Abbott (2001) Theoretical Neuroscience, eq. 1.4"


class IrregularityTest(QuantityTest):
    """Is the coefficient of variation of inter-spike intervals as observed?"""

    quantity, source = "cv_isi", "Softky & Koch (1993) J Neurosci 13:334"


class CorrelationTest(QuantityTest):
    """Is the correlation of spike counts of pairs of cells as observed?"""

    quantity, source = "count_correlation", "Cohen & Kohn (2011) Nat Neurosci 14:811"


class SynchronyTest(QuantityTest):
    """Is the variance of the population's spike count, over its Poisson expectation, as observed?"""

    quantity, source = "synchrony", "Brunel (2000) J Comput Neurosci 8:183, section 4"


class SpectralPeakTest(QuantityTest):
    """Is the frequency of the largest power of the population rate as observed?"""

    quantity, units, source = "dominant_frequency", "Hz", "Welch (1967) IEEE Trans Audio Electroacoust 15:70"


def _quantity(values: Any, units: str) -> Any:
    from simcore.units import registry

    return registry().Quantity(values, units)
